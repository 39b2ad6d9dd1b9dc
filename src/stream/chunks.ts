import { requireConfig } from '../config.ts';
import { requireSocket } from '../readiness.ts';
import { checkRecvConfig, type RecvConfig, RecvLoop } from '../recv_loop.ts';
import type { Socket } from '../socket.ts';
import { type IterationOptions, PullIterator } from './pull_iterator.ts';

/** Options of {@link chunks}. */
export interface ChunksOptions extends RecvConfig, IterationOptions {}

/**
 * The bytes that a socket receives, for `for await`: recv(2), once for each
 * iteration.
 *
 * Nothing is read while the loop's body runs, so unread data stays in the
 * kernel, and TCP slows the peer down. Each chunk is a Buffer that is yours
 * for good. Ends at the end of the stream, and when the socket is closed;
 * throws the `SystemError` of a connection that is reset. From the first
 * iteration to the end nobody else may read a stream (`ERR_SOCKET_BUSY`, which
 * the first iteration throws if somebody reads it already). `break` leaves the
 * socket open, and everything unread to whoever reads it next.
 *
 * @example
 * for await (const chunk of chunks(socket)) await file.write(chunk);
 * socket.close();
 *
 * @see {@link SocketStream}; `fromRecv` and `mergeRecv` of `uvsock/rx`
 * @param socket A connected socket, or a datagram socket.
 * @param options See {@link ChunksOptions}.
 * @returns An async iterator; `await using` ends it, too.
 */
export function chunks(
  socket: Socket,
  options: ChunksOptions = {},
): AsyncIterableIterator<Buffer<ArrayBuffer>, undefined, undefined> & AsyncDisposable {
  requireSocket(socket);
  const config = checkRecvConfig(requireConfig(options));
  return new PullIterator((sink) => new RecvLoop(socket, config, sink), options);
}
