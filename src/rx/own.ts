/** Owning a connection: it is closed however the work on it ends. */
import { Observable, type ObservableInput } from 'rxjs';
import type { Socket } from '../socket.ts';
import { end, isOver } from './end.ts';
import { subscribeInner } from './inner.ts';

/**
 * The work on a socket as an observable that owns it: completing ends the
 * connection gracefully (and completes when that is done), an error or
 * unsubscribing closes it. A socket that was detached or closed meanwhile is
 * left alone.
 */
export function own<R>(socket: Socket, work: () => ObservableInput<R>, endTimeout: number): Observable<R> {
  return new Observable((subscriber) => {
    const owner = {
      project: work,
      innerError(error: unknown) {
        // First, so that whoever tries again finds it closed.
        socket.close();
        subscriber.error(error);
      },
      innerComplete() {
        // What has ended by itself needs no ending.
        if (isOver(socket)) socket.close();
        if (socket.closed) return subscriber.complete();
        subscriber.add(
          end(socket, { timeout: endTimeout }).subscribe({ complete: () => subscriber.complete() }),
        );
      },
    };
    subscribeInner(owner, undefined, 0, subscriber);
    // After the work's own teardown: what that does, it does on an open socket.
    subscriber.add(() => socket.close());
  });
}
