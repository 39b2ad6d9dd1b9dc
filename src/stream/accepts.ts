import { AcceptLoop, acceptsPerTurn, warnExhausted } from '../accept_loop.ts';
import { optionalFunction, requireConfig } from '../config.ts';
import type { SystemError } from '../errors.ts';
import { requireSocket } from '../readiness.ts';
import type { Accepted, Socket } from '../socket.ts';
import { type IterationOptions, PullIterator } from './pull_iterator.ts';

/** Options of {@link accepts}. */
export interface AcceptsOptions extends IterationOptions {
  /** The most connections to accept in one turn of the event loop. Default 64. */
  maxPerTurn?: number;
  /**
   * Told once each time that descriptors or memory run out; accepting goes on
   * by itself when there are some again. What it throws ends the iteration.
   * Default: a process warning.
   */
  onError?: (error: SystemError) => void;
}

/**
 * The connections of a listening socket, for `for await`: accept(2), once for
 * each iteration.
 *
 * Nothing is accepted while the loop's body runs: connections wait in the
 * backlog, and none is lost by `break`. What is accepted is yours, to close or
 * to give to a {@link SocketStream}. Errors of a single connection are
 * skipped, those of the listener thrown; ends when the listener is closed,
 * which stays open otherwise.
 *
 * @example
 * for await (const { socket } of accepts(listener)) serve(new SocketStream(socket)); // and accepts the next
 *
 * @see {@link chunks}; `fromAccept` and `mergeAccept` of `uvsock/rx`
 * @param listener A listening socket.
 * @param options See {@link AcceptsOptions}.
 * @returns An async iterator; `await using` ends it, too.
 */
export function accepts(
  listener: Socket,
  options: AcceptsOptions = {},
): AsyncIterableIterator<Accepted, undefined, undefined> & AsyncDisposable {
  requireSocket(listener);
  const { maxPerTurn, onError } = requireConfig(options);
  const most = acceptsPerTurn(maxPerTurn);
  const onExhausted = optionalFunction('onError', onError) ?? warnExhausted;
  return new PullIterator((sink) => new AcceptLoop(listener, most, onExhausted, sink), options);
}
