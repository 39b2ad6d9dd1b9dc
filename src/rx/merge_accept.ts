import { Observable, type ObservableInput, type ObservedValueOf } from 'rxjs';
import { AcceptLoop, acceptsPerTurn, warnExhausted } from '../accept_loop.ts';
import type { SocketAddress } from '../address.ts';
import { milliseconds, optionalFunction, positive, requireConfig, requireFunction } from '../config.ts';
import { END_TIMEOUT } from '../discard_loop.ts';
import { requireSocket } from '../readiness.ts';
import type { Accepted, Socket } from '../socket.ts';
import { Merge, type Work } from './merge.ts';
import { endOwned } from './own.ts';
import { callHandler, reportConnectionError } from './report.ts';

/** Configuration of {@link mergeAccept}. */
export interface MergeAcceptConfig {
  /** How many connections may be open at once; the others wait in the backlog. Default: any number. */
  concurrent?: number;
  /**
   * Told of the error of a connection, which ends that connection only. Told
   * with neither connection nor address, once, when descriptors run out (or
   * one connection after the other fails before it is accepted) and accepting
   * pauses. Default: a `SystemError` of a connection is published
   * on the `node:diagnostics_channel` `'uvsock.connection.error'` as
   * `{ error, connection, address }`, anything else is reported as unhandled;
   * running out is a process warning.
   */
  onError?: (error: unknown, connection: Socket | null, address: SocketAddress | null) => void;
  /** How long the graceful end of a connection may take, in milliseconds; see `end`. Default 5,000. */
  endTimeout?: number;
  /** The most connections accepted in one turn of the event loop. Default 64. */
  maxPerTurn?: number;
}

/** @inline */
type Project<O> = (connection: Socket, address: SocketAddress, index: number) => O;

/**
 * Serves the connections of a listener: accepts, maps each to an observable,
 * and closes it however that ends.
 *
 * Like `mergeMap` over {@link fromAccept}, but it owns the connections and
 * isolates their errors. A connection whose inner observable completes is
 * ended gracefully ({@link end}); one whose inner observable errors is closed,
 * and the others do not notice; unsubscribing closes all. `detach()` exempts
 * a connection. With a limit, no more than that many are open, those that are
 * ending included, and the rest waits in the backlog. Completes when the
 * listener is closed and the last connection is gone; errors of the listener
 * are its errors.
 *
 * @example
 * mergeAccept(listener, (connection) =>
 *   mergeRecv(connection, (chunk) => send(connection, chunk)), 10_000,
 * ).subscribe();
 *
 * @see {@link mergeRecv}, {@link fromAccept}
 * @param listener A listening socket.
 * @param project Makes the work on a connection.
 * @param config How many at once, or a {@link MergeAcceptConfig}.
 * @returns A cold observable of what the inner observables emit.
 */
export function mergeAccept<O extends ObservableInput<unknown>>(
  listener: Socket,
  project: Project<O>,
  config?: number | MergeAcceptConfig,
): Observable<ObservedValueOf<O>>;
export function mergeAccept<R>(
  listener: Socket,
  project: Project<ObservableInput<R>>,
  config: number | MergeAcceptConfig = {},
): Observable<R> {
  requireSocket(listener);
  requireFunction('project', project);
  const options = typeof config === 'number' ? { concurrent: config } : requireConfig(config);
  const { concurrent: limit, endTimeout: patience, maxPerTurn: most } = options;
  const concurrent = positive('concurrent', limit, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  const endTimeout = milliseconds('endTimeout', patience, END_TIMEOUT);
  const maxPerTurn = acceptsPerTurn(most);
  const onError = optionalFunction('onError', options.onError);
  const onConnectionError = onError ?? reportConnectionError;
  const onExhausted = onError
    ? (error: unknown) => callHandler(() => onError(error, null, null))
    : warnExhausted;
  return new Observable((subscriber) => {
    const work: Work<Accepted, R> = {
      project: ({ socket, address }, index) => project(socket, address, index),
      // A place is free only when the connection is closed.
      end: ({ socket }, done) => endOwned(socket, endTimeout, subscriber, done),
      onError(error, { socket, address }) {
        // First, so that whoever is told finds it closed.
        socket.close();
        onConnectionError(error, socket, address);
      },
      onUnsubscribed: ({ socket }) => socket.close(),
    };
    const merge = new Merge(work, concurrent, subscriber);
    new AcceptLoop(listener, maxPerTurn, onExhausted, merge);
    merge.start();
  });
}
