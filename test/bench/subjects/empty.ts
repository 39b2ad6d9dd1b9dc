/** A process that does nothing: what a Node process costs before it does anything. */
import { listening } from './listening.ts';

setInterval(() => {}, 2 ** 30);
listening(0);
