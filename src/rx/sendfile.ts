import { Observable } from 'rxjs';
import { FileRequest, type FileSource, toFile } from '../send_file.ts';
import type { Socket } from '../socket.ts';
import { natural, requireConfig, requireOpen, requireStream } from './config.ts';

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
 * the kernel is asked on the thread pool of Node (`UV_THREADPOOL_SIZE`), for
 * at most 1 MiB at a time; where the socket is full it is waited for. Files
 * that sendfile(2) cannot read (procfs), and on systems other than Linux all,
 * are read and sent there instead.
 *
 * Emits the number of bytes that the kernel has got so far, each time that it
 * has got some, and completes when that was the last; of an empty part it
 * emits 0. A path is opened when its turn comes, and closed in the end. A
 * descriptor or `FileHandle` stays the caller's, who may close it once this is
 * subscribed to: it is duplicated, and its position is neither used nor moved.
 *
 * Which bytes: with `length`, exactly so many, from `offset` on. Without, all
 * up to the size that the file has when the first of them goes; what is
 * appended later is not sent; of an `offset` at or beyond the end there is
 * nothing to send. A file without a size (procfs, devices) is sent until it
 * ends. A file that ends before that, since it was truncated meanwhile, or was
 * shorter than `length`, is an error `ERR_FILE_TRUNCATED`, whose `sent` says
 * how many bytes have gone.
 *
 * Unsubscribing takes the file back if no byte of it has gone; one that has
 * begun is finished, for nobody, since what follows would be taken for its
 * rest. Close the socket to stop it. Closing it, or `detach()`, fails this at
 * once with `ERR_SOCKET_CLOSED`, though a piece already under way on the
 * thread pool may still go out.
 *
 * Errors with a `SystemError` of `open` (`ENOENT`, `EACCES`) or `sendfile`
 * (`EPIPE`, `ECONNRESET`; `EISDIR`; `ESPIPE` for a pipe, socket or terminal;
 * `EBADF`; `EIO`). An error before the first byte concerns this file only;
 * after that, it fails what is queued behind it, too, and the connection
 * should be closed.
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
