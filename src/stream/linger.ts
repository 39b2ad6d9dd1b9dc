/** The graceful end of a stream whose input nobody reads to its end. */
import { DiscardLoop, END_TIMEOUT } from '../discard_loop.ts';
import { SystemError } from '../errors.ts';
import type { Sink } from '../pull_loop.ts';
import type { Socket } from '../socket.ts';

/** Whether closing now would reset the connection, and what was sent could be lost (RFC 2525, 2.17). */
export function hasUnread(socket: Socket): boolean {
  try {
    return socket.bytesReadable() > 0;
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}

/** Discards what comes until the peer ends its side, too, or has had its time. */
export class Linger implements Sink<number> {
  readonly #done: () => void;
  readonly #loop: DiscardLoop;
  readonly #timer: NodeJS.Timeout;
  readonly hasRoom = true;

  constructor(socket: Socket, done: () => void) {
    this.#done = done;
    this.#timer = setTimeout(() => this.complete(), END_TIMEOUT);
    if (!socket._referenced) this.#timer.unref();
    this.#loop = new DiscardLoop(socket, this);
    this.#loop.run();
  }

  connect(): void {}

  next(): void {}

  complete(): void {
    this.stop();
    this.#done();
  }

  /** A reset: the connection is over all the same. */
  error(): void {
    this.complete();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#loop.unsubscribe();
  }
}
