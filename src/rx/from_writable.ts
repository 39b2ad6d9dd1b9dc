import { map, type Observable } from 'rxjs';
import type { Socket } from '../socket.ts';
import { fromReadiness } from './from_readiness.ts';

/**
 * Emits the socket each time that sending is worth an attempt.
 *
 * {@link fromReadiness} for `'writable'`, with the socket as the value.
 * {@link send} waits by itself; this is for what it does not do.
 *
 * @example
 * fromWritable(socket).subscribe(() => socket.send(nextPart()));
 *
 * @see {@link fromReadiness}, {@link send}
 * @param socket An open socket.
 * @returns A cold observable of the socket itself.
 */
export function fromWritable(socket: Socket): Observable<Socket> {
  return fromReadiness(socket, 'writable').pipe(map(() => socket));
}
