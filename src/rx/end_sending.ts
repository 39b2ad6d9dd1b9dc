/** What pump, relay and end share at the end of a direction. */
import { concat, defer, EMPTY, Observable } from 'rxjs';
import { requireOpen } from '../config.ts';
import { SHUT_WR } from '../constants.ts';
import { SendQueue } from '../send_queue.ts';
import type { Socket } from '../socket.ts';

/** Completes when everything queued before is with the kernel. */
export function flushed(socket: Socket): Observable<never> {
  return new Observable((subscriber) => {
    const flushing = SendQueue.flush(requireOpen(socket), {
      next() {},
      error: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
    subscriber.add(() => flushing?.cancel());
  });
}

/** Ends the sending side, shutdown(2), when everything queued before is with the kernel. */
export function endSending(socket: Socket): Observable<never> {
  const shutdown = defer(() => {
    requireOpen(socket).shutdown(SHUT_WR);
    return EMPTY;
  });
  return concat(flushed(socket), shutdown);
}
