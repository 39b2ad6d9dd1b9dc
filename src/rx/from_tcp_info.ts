import { Observable } from 'rxjs';
import { positive } from '../config.ts';
import { IPPROTO_TCP, TCP_INFO } from '../constants.ts';
import { invalidArgType } from '../errors.ts';
import { requireSocket, Watch } from '../readiness.ts';
import type { Socket } from '../socket.ts';
import { decodeTcpInfo, TCP_INFO_LENGTH, type TcpInfo } from '../tcp_info.ts';

/**
 * Emits the kernel's account of a TCP connection, over and over: `TCP_INFO` of
 * tcp(7), on Linux.
 *
 * The first on subscription, then one every `period`. Nothing is read or
 * written, so it runs beside any other source or sink of the socket. Completes
 * when the socket is closed; unsubscribing leaves it open. Holds the process
 * as a watch does: not if the socket is `unref`'d, which is looked at with
 * each emission.
 *
 * @example
 * fromTcpInfo(socket, 1000)
 *   .pipe(map(({ rtt }) => rtt / 1000))
 *   .subscribe((milliseconds) => gauge.set(milliseconds));
 *
 * @see {@link TcpInfo}
 * @param socket An open TCP socket, of any state.
 * @param period In milliseconds, an integer >= 1.
 * @returns A cold observable; each subscription has its own timer. Fails as
 * `getsockopt` does: `EOPNOTSUPP` or `ENOPROTOOPT` if the socket is none of
 * TCP, or the system has no `TCP_INFO`.
 */
export function fromTcpInfo(socket: Socket, period: number): Observable<TcpInfo> {
  requireSocket(socket);
  if (period === undefined) throw invalidArgType('period', 'of type number', period);
  positive('period', period, 1, 2 ** 31 - 1);
  return new Observable((subscriber) => {
    const watch = new Watch(socket, 0, { onReady() {}, onClose: () => subscriber.complete() });
    subscriber.add(() => watch.dispose());

    const sample = () => {
      let info: TcpInfo;
      try {
        info = decodeTcpInfo(socket.getsockopt(IPPROTO_TCP, TCP_INFO ?? -1, TCP_INFO_LENGTH));
      } catch (error) {
        subscriber.error(error);
        return;
      }
      subscriber.next(info);
    };
    sample();
    if (subscriber.closed) return;

    const hold = () => (socket._referenced ? timer.ref() : timer.unref());
    const timer = setInterval(() => {
      hold();
      sample();
    }, period);
    hold();
    subscriber.add(() => clearInterval(timer));
  });
}
