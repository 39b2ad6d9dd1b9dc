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
 * With `MSG_ZEROCOPY`, on a TCP socket under Linux, a message of 16 KiB or more
 * is sent from its own memory, and completes when the kernel has given that
 * back, which it does when the peer has acknowledged it: a round trip later, or
 * a delayed acknowledgement (40 ms); messages behind it do not wait for that.
 * `SO_ZEROCOPY` is set by the first. Where the kernel refuses, or copies after
 * all (loopback), and for all other messages and sockets, the flag is of no
 * effect. Until it completes the memory is the kernel's: after an error, and
 * after unsubscribing from what has begun, let it go and do not write there.
 * {@link fromErrorQueue} works as ever; without it other entries of the error
 * queue are dropped while something is outstanding. Closing with something
 * outstanding keeps the connection, in a duplicate of the descriptor, and the
 * process until the peer has acknowledged it, or has taken nothing for a
 * minute: then it is reset. A worker that is terminated, and process.exit(),
 * do not wait: what is still under way may then be sent with other contents.
 *
 * @example
 * concat(send(socket, 'GET / HTTP/1.0\r\n\r\n'), fromRecv(socket)).subscribe(print);
 *
 * @see {@link sendto}, {@link mergeRecv}, {@link end}
 * @param socket A connected socket.
 * @param data Bytes, or text, which is sent as UTF-8.
 * @param flags Flags of send(2): `MSG_MORE`, `MSG_EOR`, `MSG_ZEROCOPY`, ... Default 0.
 * @returns A cold observable of one number: each subscription sends.
 */
export function send(socket: Socket, data: ArrayBufferView | string, flags = 0): Observable<number> {
  return new Queued(socket, data, flags, null);
}
