import { Observable } from 'rxjs';
import { AcceptLoop, acceptsPerTurn, warnExhausted } from '../accept_loop.ts';
import { optionalFunction, requireConfig } from '../config.ts';
import type { SystemError } from '../errors.ts';
import { requireSocket } from '../readiness.ts';
import type { Accepted, Socket } from '../socket.ts';
import { checkPauseWhile, type PauseConfig, PushSink } from './push_sink.ts';
import { callHandler } from './report.ts';

/** Configuration of {@link fromAccept}. */
export interface AcceptConfig extends PauseConfig {
  /** The most connections accepted in one turn of the event loop. Default 64. */
  maxPerTurn?: number;
  /**
   * Told once when descriptors run out (`EMFILE`, `ENFILE`, `ENOBUFS`,
   * `ENOMEM`), or one connection after the other fails before it is accepted;
   * accepting pauses, tries again by timer, and loses nothing. Default: a
   * process warning.
   */
  onError?: (error: SystemError) => void;
}

/**
 * Emits the connections that a listener accepts, accept4(2).
 *
 * Each emission is `{ socket, address }`, and the socket belongs to the
 * subscriber, who must close it. A connection that failed before it was
 * accepted (`ECONNABORTED` and its kin) is skipped. Completes when the
 * listener is closed; other errors of the listener are its errors. Without
 * limit, except in pauses: {@link mergeAccept} accepts only as many as it may
 * serve.
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
  const { maxPerTurn: most, onError: handler, pauseWhile: notifier } = requireConfig(config);
  const maxPerTurn = acceptsPerTurn(most);
  const onError = optionalFunction('onError', handler) ?? warnExhausted;
  const onExhausted = (error: SystemError) => callHandler(() => onError(error));
  const pauseWhile = checkPauseWhile(notifier);
  return new Observable((subscriber) => {
    const sink = new PushSink(subscriber, pauseWhile);
    new AcceptLoop(listener, maxPerTurn, onExhausted, sink);
    sink.start();
  });
}
