/** The half close that pump and end share. */
import { Observable } from 'rxjs';
import { requireOpen } from '../config.ts';
import { SHUT_WR } from '../constants.ts';
import { SendQueue } from '../send_queue.ts';
import type { Socket } from '../socket.ts';

/** Ends the sending side, shutdown(2), when everything queued before is with the kernel. */
export function endSending(socket: Socket): Observable<never> {
  return new Observable((subscriber) => {
    const flushing = SendQueue.flush(requireOpen(socket), {
      next() {},
      error: (error) => subscriber.error(error),
      complete() {
        try {
          socket.shutdown(SHUT_WR);
        } catch (error) {
          return subscriber.error(error);
        }
        subscriber.complete();
      },
    });
    subscriber.add(() => flushing?.cancel());
  });
}
