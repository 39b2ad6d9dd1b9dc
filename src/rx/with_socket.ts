import { mergeMap, type ObservableInput, type ObservedValueOf, type OperatorFunction } from 'rxjs';
import { milliseconds, requireConfig, requireFunction } from '../config.ts';
import { END_TIMEOUT } from '../discard_loop.ts';
import type { Socket } from '../socket.ts';
import { own } from './own.ts';

/** Configuration of {@link withSocket}. */
export interface WithSocketConfig {
  /** How long the graceful end after success may take, in milliseconds; see `end`. Default 5,000. */
  endTimeout?: number;
}

/**
 * Works on each socket of the source, and closes it however that ends.
 *
 * Like `mergeMap`, but it owns the socket: when the inner observable
 * completes, the connection is ended gracefully ({@link end}) and then the
 * result completes; an error or unsubscribing closes it at once. So `retry`
 * and `repeat` leave no socket behind. A socket that was detached is left
 * alone.
 *
 * @example
 * fromConnect(open, address).pipe(
 *   withSocket((socket) => merge(send(socket, request), fromRecv(socket))),
 *   retry({ count: 3, delay: 1000 }),
 * ).subscribe(print);
 *
 * @see {@link fromConnect}, {@link end}
 * @param project Makes the work on a socket.
 * @param config See {@link WithSocketConfig}.
 * @returns An operator from sockets to the results of their work.
 */
export function withSocket<O extends ObservableInput<unknown>>(
  project: (socket: Socket) => O,
  config?: WithSocketConfig,
): OperatorFunction<Socket, ObservedValueOf<O>>;
export function withSocket<R>(
  project: (socket: Socket) => ObservableInput<R>,
  config: WithSocketConfig = {},
): OperatorFunction<Socket, R> {
  requireFunction('project', project);
  const timeout = milliseconds('endTimeout', requireConfig(config).endTimeout, END_TIMEOUT);
  return mergeMap((socket) => own(socket, () => project(socket), timeout));
}
