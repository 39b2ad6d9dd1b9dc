import { Observable, type ObservableInput, type Subscriber } from 'rxjs';
import type { SocketAddress } from '../address.ts';
import type { SystemError } from '../errors.ts';
import { requireSocket } from '../readiness.ts';
import type { Accepted, Socket } from '../socket.ts';
import { AcceptLoop, warnExhausted } from './accept_loop.ts';
import { milliseconds, optionalFunction, positive, requireConfig, requireFunction } from './config.ts';
import { subscribeInner } from './inner.ts';
import { own } from './own.ts';
import { callHandler, reportConnectionError } from './report.ts';

/** Configuration of {@link mergeAccept}. */
export interface MergeAcceptConfig {
  /** How many connections may be open at once; the others wait in the backlog. Default: any number. */
  concurrent?: number;
  /**
   * Told of the error of a connection, which ends that connection only. Told
   * with neither connection nor address, once, when descriptors run out and
   * accepting pauses. Default: a `SystemError` of a connection is published
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

type Project<R> = (connection: Socket, address: SocketAddress, index: number) => ObservableInput<R>;

interface CheckedConfig {
  readonly concurrent: number;
  readonly endTimeout: number;
  readonly maxPerTurn: number;
  readonly onError: MergeAcceptConfig['onError'];
}

class MergeAccept<R> extends AcceptLoop {
  readonly #project: Project<R>;
  readonly #config: CheckedConfig;
  readonly #subscriber: Subscriber<R>;
  #active = 0;
  #index = 0;
  #finished = false;

  constructor(listener: Socket, project: Project<R>, config: CheckedConfig, subscriber: Subscriber<R>) {
    super(listener, config.maxPerTurn);
    this.#project = project;
    this.#config = config;
    this.#subscriber = subscriber;
  }

  protected hasRoom(): boolean {
    return this.#active < this.#config.concurrent && !this.#subscriber.closed;
  }

  protected deliver({ socket, address }: Accepted): void {
    this.#active++;
    const work = () => this.#project(socket, address, this.#index++);
    subscribeInner(() => own(socket, work, this.#config.endTimeout), this.#subscriber, {
      innerError: (error) => {
        callHandler(() => (this.#config.onError ?? reportConnectionError)(error, socket, address));
        this.#gone();
      },
      innerComplete: () => this.#gone(),
    });
  }

  /** A place is free only when the connection is closed. */
  #gone(): void {
    this.#active--;
    if (!this.#finished) this.run();
    else if (this.#active === 0) this.#subscriber.complete();
  }

  protected exhaustedResources(error: SystemError): void {
    const { onError } = this.#config;
    if (onError) callHandler(() => onError(error, null, null));
    else warnExhausted(error);
  }

  protected finish(): void {
    this.#finished = true;
    if (this.#active === 0) this.#subscriber.complete();
  }

  protected fail(error: unknown): void {
    this.#subscriber.error(error);
  }
}

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
export function mergeAccept<R>(
  listener: Socket,
  project: Project<R>,
  config: number | MergeAcceptConfig = {},
): Observable<R> {
  requireSocket(listener);
  requireFunction('project', project);
  const options = typeof config === 'number' ? { concurrent: config } : requireConfig(config);
  const checked: CheckedConfig = {
    concurrent: positive(
      'concurrent',
      options.concurrent,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ),
    endTimeout: milliseconds('endTimeout', options.endTimeout, 5000),
    maxPerTurn: positive('maxPerTurn', options.maxPerTurn, 64, Number.POSITIVE_INFINITY),
    onError: optionalFunction('onError', options.onError),
  };
  return new Observable((subscriber) => {
    const loop = new MergeAccept(listener, project, checked, subscriber);
    subscriber.add(() => loop.stop());
    loop.run();
  });
}
