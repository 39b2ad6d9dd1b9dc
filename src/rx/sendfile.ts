import { Observable } from 'rxjs';
import { natural, requireConfig, requireOpen, requireStream } from '../config.ts';
import { FileRequest, type FileSource, toFile } from '../send_file.ts';
import type { Socket } from '../socket.ts';

export type { FileSource };

/** Configuration of {@link sendfile}. */
export interface SendfileConfig {
  /** The first byte to send, in bytes. Default 0. */
  offset?: number;
  /**
   * How many bytes to send. Default: to the end that the file has when its
   * turn comes.
   */
  length?: number;
}

/**
 * Sends a file, or a part of it, without its bytes passing through the
 * process: sendfile(2).
 *
 * Like {@link send}, it takes its place in the socket's queue when it is
 * subscribed to: what was sent before goes first, what is sent after waits,
 * and nothing gets in between. Since a file that is not in the cache blocks,
 * it is opened and read on the thread pool of Node (`UV_THREADPOOL_SIZE`), at
 * most 1 MiB at a time; a full socket is waited for here, and keeps no thread.
 * What sendfile(2) cannot read (procfs), and on systems other than Linux all,
 * is read and sent there.
 *
 * Emits the number of bytes that the kernel has got so far, each time that it
 * has got some, and completes when that was the last; of an empty part it
 * emits 0. A path is opened when its turn comes, and closed in the end. A
 * descriptor or `FileHandle` stays the caller's, who may close it as soon as
 * this is subscribed to: it is duplicated, and its position is neither used
 * nor moved.
 *
 * Which bytes: with `length`, exactly so many from `offset` on. Without, all
 * up to the size that the file has when its turn comes, so not what is
 * appended later; of an `offset` at or beyond the end there is nothing to
 * send. A file without a size (procfs, a device) is sent until it ends. One
 * that is shorter than `length`, or is cut while it is sent, is an error
 * `ERR_FILE_TRUNCATED`, whose `sent` tells how many bytes have gone: none, if
 * it was known before. The kernel does not copy a file, it refers to its
 * pages: what is written to it before the peer has acknowledged them may be
 * sent in place of what was there.
 *
 * Unsubscribing takes the file back if no byte of it has gone, which of a piece
 * that is under way will show; one that has begun is finished, for nobody,
 * since what follows would be taken for its rest. Close the socket to stop it:
 * this, or `detach()`, fails it at once with `ERR_SOCKET_CLOSED`, though the
 * piece that is under way may still go out.
 *
 * Errors with a `SystemError` of `open` (`ENOENT`, `EACCES`) or `sendfile`
 * (`EPIPE`, `ECONNRESET`; `EISDIR`; `ESPIPE` for a pipe, socket or terminal;
 * `EBADF`; `EIO`). Before the first byte it concerns this file only; after
 * that, it fails what is queued behind it, too, and the connection should be
 * closed.
 *
 * @example
 * const { size } = await stat('film.mp4');
 * concat(
 *   send(socket, `HTTP/1.0 200 OK\r\nContent-Length: ${size}\r\n\r\n`, MSG_MORE),
 *   sendfile(socket, 'film.mp4', { length: size }),
 *   end(socket),
 * ).subscribe();
 *
 * @see {@link send}, {@link pump}
 * @param socket A connected stream socket.
 * @param file A path (string, Buffer or file: URL), a descriptor, or a
 * `FileHandle` of `node:fs/promises`.
 * @param config See {@link SendfileConfig}.
 * @returns A cold observable of the running total: each subscription sends.
 */
export function sendfile(socket: Socket, file: FileSource, config: SendfileConfig = {}): Observable<number> {
  requireStream(socket);
  const source = toFile(file);
  // That of a FileHandle which was closed is -1.
  if (typeof source === 'number') natural('file', source, 0, 2 ** 31 - 1);
  const offset = natural('offset', requireConfig(config).offset, 0, Number.MAX_SAFE_INTEGER);
  const length = natural('length', config.length, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER - offset);
  return new Observable((subscriber) => {
    const request = FileRequest.send(requireOpen(socket), { file: source, offset, length }, subscriber);
    subscriber.add(() => request.cancel());
  });
}
