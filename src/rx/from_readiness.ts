import { Observable } from 'rxjs';
import { type Interest, interestMask, type Readiness, requireSocket, Watch } from '../readiness.ts';
import type { Socket } from '../socket.ts';

/**
 * Emits what a socket is ready for: `watch` as an observable, uv_poll(3) on
 * epoll(7).
 *
 * One emission per attempt: after one, the direction is silent until it is
 * attempted (see `watch`). Nothing is read or written. Completes when the
 * socket is closed; unsubscribing leaves it open.
 *
 * @example
 * fromReadiness(socket, 'readable').subscribe(() => {
 *   for (let n = socket.recv(buffer); n !== null && n > 0; n = socket.recv(buffer)) use(buffer, n);
 * });
 *
 * @see {@link fromReadable}, {@link fromWritable}
 * @param socket An open socket.
 * @param interest `'readable'`, `'writable'`, `'both'`, `'hangup'` or `'priority'`.
 * @returns A cold observable; each subscription has its own watch.
 */
export function fromReadiness(socket: Socket, interest: Interest): Observable<Readiness> {
  requireSocket(socket);
  const mask = interestMask(interest);
  return new Observable((subscriber) => {
    const watch = new Watch(socket, mask, {
      onReady: (ready) => subscriber.next(ready),
      onClose: () => subscriber.complete(),
    });
    subscriber.add(() => watch.dispose());
  });
}
