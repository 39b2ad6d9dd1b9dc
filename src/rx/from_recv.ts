import { Observable } from 'rxjs';
import { requireSocket } from '../readiness.ts';
import { checkRecvConfig, type RecvConfig, RecvLoop } from '../recv_loop.ts';
import type { Socket } from '../socket.ts';
import { checkPauseWhile, type PauseConfig, PushSink } from './push_sink.ts';

/** Configuration of {@link fromRecv} and {@link fromRecvfrom}. */
export interface FromRecvConfig extends RecvConfig, PauseConfig {}

/**
 * Emits the bytes that a socket receives, recv(2).
 *
 * Reads whenever the kernel says there is something, and emits each piece as
 * a Buffer that is the subscriber's for good. On a stream the pieces are
 * arbitrary parts of it; on datagram sockets each is one datagram. Completes
 * at the end of the stream, and when the socket is closed; errors with a
 * `SystemError`, or with `ERR_SOCKET_BUSY` while somebody else reads the same
 * stream. Reading goes on whether the subscriber keeps up or not, unless
 * `pauseWhile` says so; {@link mergeRecv} reads only as fast as its work is
 * done. Unsubscribing stops at once, loses nothing and leaves the socket open.
 *
 * @example
 * fromRecv(socket).subscribe({
 *   next: (chunk) => console.log(chunk.toString()),
 *   complete: () => socket.close(),
 * });
 *
 * @see {@link mergeRecv}, {@link fromRecvfrom}
 * @param socket A connected socket, or a datagram socket.
 * @param config See {@link RecvConfig} and {@link PauseConfig}.
 * @returns A cold observable of Buffers; each subscription reads for itself.
 */
export function fromRecv(socket: Socket, config: FromRecvConfig = {}): Observable<Buffer<ArrayBuffer>> {
  requireSocket(socket);
  const checked = checkRecvConfig(config);
  const pauseWhile = checkPauseWhile(config.pauseWhile);
  return new Observable((subscriber) => {
    const sink = new PushSink(subscriber, pauseWhile);
    new RecvLoop(socket, checked, sink);
    sink.start();
  });
}
