import { map, type Observable } from 'rxjs';
import type { Socket } from '../socket.ts';
import { fromReadiness } from './from_readiness.ts';

/**
 * Emits the socket each time that receiving (or accepting) is worth an
 * attempt.
 *
 * {@link fromReadiness} for `'readable'`, with the socket as the value, so
 * that several merge into one stream of sockets to serve.
 *
 * @example
 * merge(...sockets.map(fromReadable)).subscribe((socket) => read(socket));
 *
 * @see {@link fromReadiness}, {@link fromRecv}
 * @param socket An open socket.
 * @returns A cold observable of the socket itself.
 */
export function fromReadable(socket: Socket): Observable<Socket> {
  return fromReadiness(socket, 'readable').pipe(map(() => socket));
}
