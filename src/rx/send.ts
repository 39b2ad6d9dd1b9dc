import type { Observable } from 'rxjs';
import type { Socket } from '../socket.ts';
import { Queued } from './queued.ts';

/**
 * Sends a message whole: send(2), as often as it takes.
 *
 * Tries at once; what the kernel has no room for waits in the socket's queue,
 * which all senders share: order is kept, and the bytes of two messages are
 * never interleaved. Emits the number of bytes once the kernel has every one,
 * and completes: synchronously, if that is at once. Unsubscribing takes the
 * message back if no byte of it has gone; one that has begun is finished.
 * Errors with a `SystemError` (`EPIPE`, `ECONNRESET`, `EMSGSIZE`), or
 * `ERR_SOCKET_CLOSED`; on a stream that fails what is queued behind it, too.
 * The data must not change before it completes.
 *
 * @example
 * concat(send(socket, 'GET / HTTP/1.0\r\n\r\n'), fromRecv(socket)).subscribe(print);
 *
 * @see {@link sendto}, {@link mergeRecv}, {@link end}
 * @param socket A connected socket.
 * @param data Bytes, or text, which is sent as UTF-8.
 * @param flags Flags of send(2): `MSG_MORE`, `MSG_EOR`, ... Default 0.
 * @returns A cold observable of one number: each subscription sends.
 */
export function send(socket: Socket, data: ArrayBufferView | string, flags = 0): Observable<number> {
  return new Queued(socket, data, flags, null);
}
