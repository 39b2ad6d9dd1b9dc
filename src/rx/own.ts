/** Owning a connection: it is closed however the work on it ends. */
import { Observable, type ObservableInput, type Subscriber } from 'rxjs';
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
      innerComplete: () => endOwned(socket, endTimeout, subscriber, () => subscriber.complete()),
      innerUnsubscribed: () => socket.close(),
    };
    subscribeInner(owner, undefined, 0, subscriber);
  });
}

/** The graceful end of a socket whose work is done; unsubscribing closes it at once. */
export function endOwned(
  socket: Socket,
  timeout: number,
  subscriber: Subscriber<unknown>,
  done: () => void,
): void {
  // What has ended by itself needs no ending.
  if (isOver(socket)) socket.close();
  if (socket.closed) done();
  else subscriber.add(end(socket, { timeout }).subscribe({ complete: done }));
}
