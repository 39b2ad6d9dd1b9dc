import {
  defer,
  EMPTY,
  from,
  mergeMap,
  NEVER,
  type NextObserver,
  Observable,
  type ObservableInput,
  type ObservedValueOf,
  Subject,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { acceptsPerTurn } from '../accept_loop.ts';
import type { SocketAddress } from '../address.ts';
import { milliseconds, positive, requireConfig, requireFunction } from '../config.ts';
import { END_TIMEOUT } from '../discard_loop.ts';
import { invalidArgType, invalidArgValue } from '../errors.ts';
import { requireSocket } from '../readiness.ts';
import type { Socket } from '../socket.ts';
import { type MergeAcceptConfig, mergeAccept } from './merge_accept.ts';
import { own } from './own.ts';

/** How a server is doing: counts since it was subscribed to. */
export interface ServeStats {
  /** Connections open now, those that are ending included. */
  readonly active: number;
  /** Connections that the handler got. */
  readonly accepted: number;
  /** Connections closed at once because there were too many. */
  readonly refused: number;
}

/** Configuration of {@link serve}. */
export interface ServeConfig extends MergeAcceptConfig {
  /**
   * What becomes of connections beyond `concurrent`: `'wait'` leaves them in
   * the backlog, `'refuse'` accepts and closes them. Default `'wait'`.
   */
  overflow?: 'wait' | 'refuse';
  /**
   * Its first value begins the shutdown: the listener is closed, and active
   * connections have `grace` to finish. Completing without a value means
   * nothing, an error is the server's. Default: never.
   */
  until?: ObservableInput<unknown>;
  /** How long active connections may go on after `until`, in milliseconds, before they are closed. Default 10,000. */
  grace?: number;
  /** Told of the counts whenever one changes; only its `next` is called. */
  statsObserver?: NextObserver<ServeStats>;
}

/** @inline */
type Handler<O> = (connection: Socket, address: SocketAddress, index: number) => O;

function checkUntil(until: ObservableInput<unknown>): Observable<unknown> {
  try {
    return from(until);
  } catch {
    throw invalidArgType('until', 'an Observable, Promise or another ObservableInput', until);
  }
}

/** Counts, and tells. */
class Counter {
  readonly #changes = new Subject<ServeStats>();
  #active = 0;
  #accepted = 0;
  #refused = 0;

  constructor(observer: NextObserver<ServeStats> | undefined) {
    // By way of a subscriber of its own: what it throws must not hit the server.
    if (observer !== undefined) this.#changes.subscribe((stats) => observer.next(stats));
  }

  get active(): number {
    return this.#active;
  }

  refuse(): void {
    this.#refused++;
    this.#tell();
  }

  /** Returns the index of the connection. */
  enter(): number {
    this.#active++;
    const index = this.#accepted++;
    this.#tell();
    return index;
  }

  leave(): void {
    this.#active--;
    this.#tell();
  }

  #tell(): void {
    this.#changes.next({ active: this.#active, accepted: this.#accepted, refused: this.#refused });
  }
}

/**
 * Serves the connections of a listener until told to stop, and then lets them
 * finish.
 *
 * Like {@link mergeAccept}, with a shutdown: when `until` emits, the listener
 * is closed, the active connections have a grace time, those left after it
 * are closed, and the result completes. Connections that wait in the backlog
 * then are reset. A handler that keeps idle connections should listen to the
 * same notifier, so as not to use up the grace time. Unsubscribing closes the
 * connections at once, and leaves the listener open.
 *
 * @example
 * serve(listen({ port: 7 }), (connection) =>
 *   mergeRecv(connection, (chunk) => send(connection, chunk)), {
 *   concurrent: 10_000,
 *   until: fromEvent(process, 'SIGTERM'),
 *   statsObserver: { next: ({ active }) => gauge.set(active) },
 * }).subscribe();
 *
 * @example
 * // for peers that are not to be trusted: too many of them, messages too long,
 * // 10 s without a whole message, or without reading the answer, end a connection
 * serve(listener, (connection) =>
 *   mergeRecv(connection, (line) => send(connection, answer(line)), {
 *     through: lines({ maxLength: 1024 }),
 *   }).pipe(timeout(10_000)), {
 *   concurrent: 10_000,
 *   overflow: 'refuse',
 * }).subscribe();
 *
 * @see {@link mergeAccept}, {@link listen}, {@link end}, `timeout` of RxJS
 * @param listener A listening socket; closed by the shutdown.
 * @param handler Makes the work on a connection, which ends with it.
 * @param config See {@link ServeConfig}.
 * @returns A cold observable of what the handlers' observables emit.
 */
export function serve<O extends ObservableInput<unknown>>(
  listener: Socket,
  handler: Handler<O>,
  config?: ServeConfig,
): Observable<ObservedValueOf<O>>;
export function serve<R>(
  listener: Socket,
  handler: Handler<ObservableInput<R>>,
  config: ServeConfig = {},
): Observable<R> {
  requireSocket(listener);
  requireFunction('handler', handler);
  const { overflow = 'wait', until = NEVER, statsObserver } = requireConfig(config);
  const any = Number.POSITIVE_INFINITY;
  const concurrent = positive('concurrent', config.concurrent, any, any);
  const endTimeout = milliseconds('endTimeout', config.endTimeout, END_TIMEOUT);
  const maxPerTurn = acceptsPerTurn(config.maxPerTurn);
  const grace = milliseconds('grace', config.grace, 10_000);
  const stop = checkUntil(until);
  if (overflow !== 'wait' && overflow !== 'refuse') {
    throw invalidArgValue('overflow', overflow, "must be 'wait' or 'refuse'");
  }
  if (statsObserver !== undefined && typeof statsObserver?.next !== 'function') {
    throw invalidArgType('statsObserver', 'an observer with a next method', statsObserver);
  }
  const accepting = {
    ...config,
    endTimeout,
    maxPerTurn,
    concurrent: overflow === 'refuse' ? any : concurrent,
  };

  return defer(() => {
    const counter = new Counter(statsObserver);
    let stopping = false;
    const connections = mergeAccept(
      listener,
      (connection, address) => {
        if (counter.active >= concurrent) {
          connection.close();
          counter.refuse();
          return EMPTY;
        }
        return new Observable<R>((subscriber) => {
          const index = counter.enter();
          // Owned here already, so that a connection counts until it is closed.
          subscriber.add(() => counter.leave());
          // The observer of the counts may have unsubscribed.
          if (subscriber.closed) return;
          own(connection, () => handler(connection, address, index), endTimeout).subscribe(subscriber);
        });
      },
      accepting,
    );
    const over = stop.pipe(
      take(1),
      tap(() => {
        stopping = true;
        listener.close();
      }),
      mergeMap(() => timer(grace)),
    );
    // A notifier that emits at once leaves no listener to accept from.
    return defer(() => (stopping ? EMPTY : connections)).pipe(takeUntil(over));
  });
}
