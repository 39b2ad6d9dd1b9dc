import { Observable, type ObservableInput, type ObservedValueOf } from 'rxjs';
import { giveBack } from '../chunks.ts';
import { optionalFunction, requireFunction } from '../config.ts';
import { requireSocket } from '../readiness.ts';
import { checkRecvConfig } from '../recv_loop.ts';
import type { Socket } from '../socket.ts';
import { Merge, MergeThrough } from './merge.ts';
import { checkMerging, type MergeConfig, mergingOf, type Through } from './merge_config.ts';
import { type Datagram, RecvfromLoop } from './recvfrom_loop.ts';
import { reportDatagramError } from './report.ts';

/** Configuration of {@link mergeRecvfrom}. */
export interface MergeRecvfromConfig<I = Datagram> extends MergeConfig {
  /**
   * Told of the error of the work on a datagram (or on an item of `through`),
   * which ends that work only. Default: a `SystemError` is published on the
   * `node:diagnostics_channel` `'uvsock.datagram.error'` as `{ error, socket,
   * item }`, anything else is reported as unhandled.
   */
  onError?: (error: unknown, item: I) => void;
}

/**
 * Maps the datagrams that a socket receives to observables, and receives only
 * when there is room for their work: recvfrom(2) with backpressure.
 *
 * Like `mergeMap` over {@link fromRecvfrom}, but the loop is closed, and one
 * datagram's trouble is its own: anybody can send a datagram whose source
 * port is 0, an answer to which fails with `EINVAL`, and that must not end a
 * server. While `concurrent` inner observables are active nothing is read;
 * what the kernel's buffer has no room for is dropped (udp(7)). Completes when
 * the socket is closed and the inner observables have completed; errors of
 * receiving are its errors. Unsubscribing ends the inner ones and leaves the
 * socket open.
 *
 * @example
 * mergeRecvfrom(socket, ({ data, address }) => sendto(socket, data, address!)).subscribe();
 *
 * @see {@link fromRecvfrom}, {@link mergeRecv}, {@link sendto}
 * @param socket A datagram or raw socket.
 * @param project Makes the work of a datagram (or an item of `through`):
 * anything `from` of RxJS takes.
 * @param config How many at once, or a {@link MergeRecvfromConfig}.
 * @returns A cold observable of what the inner observables emit.
 */
export function mergeRecvfrom<I, O extends ObservableInput<unknown>>(
  socket: Socket,
  project: (item: I, index: number) => O,
  config: MergeRecvfromConfig<I> & Through<Datagram, I>,
): Observable<ObservedValueOf<O>>;
export function mergeRecvfrom<O extends ObservableInput<unknown>>(
  socket: Socket,
  project: (datagram: Datagram, index: number) => O,
  config?: number | MergeRecvfromConfig,
): Observable<ObservedValueOf<O>>;
export function mergeRecvfrom<I, R>(
  socket: Socket,
  project: (item: Datagram | I, index: number) => ObservableInput<R>,
  config: number | (MergeRecvfromConfig<Datagram | I> & Partial<Through<Datagram, I>>) = {},
): Observable<R> {
  requireSocket(socket);
  requireFunction('project', project);
  const options = mergingOf(config);
  const { concurrent, reuse, through, itemsPerTurn } = checkMerging(options);
  const receiving = checkRecvConfig(options);
  const handler = optionalFunction('onError', options.onError);
  const onError = handler ?? ((error, item) => reportDatagramError(error, socket, item));
  const onGone = reuse ? (datagram: Datagram) => giveBack(datagram.data) : undefined;
  return new Observable((subscriber) => {
    const sink =
      through === undefined
        ? new Merge<Datagram, R>({ project, onError, onGone }, concurrent, subscriber)
        : new MergeThrough(
            through,
            new Merge<I, R>({ project, onError }, concurrent, subscriber, itemsPerTurn),
            subscriber,
          );
    new RecvfromLoop(socket, receiving, sink, reuse);
    sink.start();
  });
}
