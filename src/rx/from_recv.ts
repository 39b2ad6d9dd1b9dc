import { Observable, type Subscriber } from 'rxjs';
import { requireSocket } from '../readiness.ts';
import type { Socket } from '../socket.ts';
import { type CheckedRecvConfig, checkRecvConfig, type RecvConfig, RecvLoop } from './recv_loop.ts';

class FromRecv extends RecvLoop {
  readonly #subscriber: Subscriber<Buffer<ArrayBuffer>>;

  constructor(socket: Socket, config: CheckedRecvConfig, subscriber: Subscriber<Buffer<ArrayBuffer>>) {
    super(socket, config);
    this.#subscriber = subscriber;
  }

  protected hasRoom(): boolean {
    return !this.#subscriber.closed;
  }
  protected deliver(chunk: Buffer<ArrayBuffer>): void {
    this.#subscriber.next(chunk);
  }
  protected finish(): void {
    this.#subscriber.complete();
  }
  protected fail(error: unknown): void {
    this.#subscriber.error(error);
  }
}

/**
 * Emits the bytes that a socket receives, recv(2).
 *
 * Reads whenever the kernel says there is something, and emits each piece as
 * a Buffer that is the subscriber's for good. On a stream the pieces are
 * arbitrary parts of it; on datagram sockets each is one datagram. Completes
 * at the end of the stream, and when the socket is closed; errors with a
 * `SystemError`, or with `ERR_SOCKET_BUSY` while somebody else reads the same
 * stream. Reading goes on whether the subscriber keeps up or not:
 * {@link mergeRecv} reads only as fast as its work is done. Unsubscribing
 * stops at once, loses nothing and leaves the socket open.
 *
 * @example
 * fromRecv(socket).subscribe({
 *   next: (chunk) => console.log(chunk.toString()),
 *   complete: () => socket.close(),
 * });
 *
 * @see {@link mergeRecv}, {@link fromRecvfrom}
 * @param socket A connected socket, or a datagram socket.
 * @param config See {@link RecvConfig}.
 * @returns A cold observable of Buffers; each subscription reads for itself.
 */
export function fromRecv(socket: Socket, config?: RecvConfig): Observable<Buffer<ArrayBuffer>> {
  requireSocket(socket);
  const checked = checkRecvConfig(config);
  return new Observable((subscriber) => {
    const loop = new FromRecv(socket, checked, subscriber);
    subscriber.add(() => loop.stop());
    loop.run();
  });
}
