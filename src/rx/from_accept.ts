import { Observable, type Subscriber } from 'rxjs';
import type { SystemError } from '../errors.ts';
import { requireSocket } from '../readiness.ts';
import type { Accepted, Socket } from '../socket.ts';
import { AcceptLoop, warnExhausted } from './accept_loop.ts';
import { optionalFunction, positive, requireConfig } from './config.ts';
import { callHandler } from './report.ts';

/** Configuration of {@link fromAccept}. */
export interface AcceptConfig {
  /** The most connections accepted in one turn of the event loop. Default 64. */
  maxPerTurn?: number;
  /**
   * Told once when descriptors run out (`EMFILE`, `ENFILE`, `ENOBUFS`,
   * `ENOMEM`); accepting pauses, tries again by timer, and loses nothing.
   * Default: a process warning.
   */
  onError?: (error: SystemError) => void;
}

class FromAccept extends AcceptLoop {
  readonly #subscriber: Subscriber<Accepted>;
  readonly #onError: (error: SystemError) => void;

  constructor(
    listener: Socket,
    maxPerTurn: number,
    onError: (error: SystemError) => void,
    subscriber: Subscriber<Accepted>,
  ) {
    super(listener, maxPerTurn);
    this.#onError = onError;
    this.#subscriber = subscriber;
  }

  protected hasRoom(): boolean {
    return !this.#subscriber.closed;
  }
  protected deliver(accepted: Accepted): void {
    this.#subscriber.next(accepted);
  }
  protected exhaustedResources(error: SystemError): void {
    callHandler(() => this.#onError(error));
  }
  protected finish(): void {
    this.#subscriber.complete();
  }
  protected fail(error: unknown): void {
    this.#subscriber.error(error);
  }
}

/**
 * Emits the connections that a listener accepts, accept4(2).
 *
 * Each emission is `{ socket, address }`, and the socket belongs to the
 * subscriber, who must close it. A connection that failed before it was
 * accepted (`ECONNABORTED` and its kin) is skipped. Completes when the
 * listener is closed; other errors of the listener are its errors. Without
 * limit: {@link mergeAccept} accepts only as many as it may serve.
 *
 * @example
 * fromAccept(listener).subscribe(({ socket, address }) => {
 *   console.log(`${address} connected`);
 *   end(socket).subscribe();
 * });
 *
 * @see {@link mergeAccept}
 * @param listener A listening socket.
 * @param config See {@link AcceptConfig}.
 * @returns A cold observable.
 */
export function fromAccept(listener: Socket, config: AcceptConfig = {}): Observable<Accepted> {
  requireSocket(listener);
  const { maxPerTurn: most, onError: handler } = requireConfig(config);
  const maxPerTurn = positive('maxPerTurn', most, 64, Number.POSITIVE_INFINITY);
  const onError = optionalFunction('onError', handler) ?? warnExhausted;
  return new Observable((subscriber) => {
    const loop = new FromAccept(listener, maxPerTurn, onError, subscriber);
    subscriber.add(() => loop.stop());
    loop.run();
  });
}
