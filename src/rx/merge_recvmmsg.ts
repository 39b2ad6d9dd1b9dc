import { Observable, type ObservableInput, type ObservedValueOf } from 'rxjs';
import { optionalFunction, requireFunction } from '../config.ts';
import type { DatagramBatch } from '../datagram_batch.ts';
import type { Socket } from '../socket.ts';
import { Merge, MergeThrough } from './merge.ts';
import { checkMerging, type Merging, mergingOf, type Through } from './merge_config.ts';
import type { MergeRecvfromConfig } from './merge_recvfrom.ts';
import { checkRecvmmsgConfig, type RecvmmsgConfig, RecvmmsgLoop, requireDatagrams } from './recvmmsg_loop.ts';
import { reportDatagramError } from './report.ts';

/** Configuration of {@link mergeRecvmmsg}. */
export interface MergeRecvmmsgConfig<I = DatagramBatch>
  extends RecvmmsgConfig,
    Merging,
    Pick<MergeRecvfromConfig<I>, 'onError'> {}

/**
 * Maps what a socket receives in batches to observables, and receives only when
 * there is room for their work: recvmmsg(2) with backpressure.
 *
 * Like {@link mergeRecvfrom}, with one system call and one inner observable for
 * as many datagrams as were there. While `concurrent` inner observables are
 * active nothing is received; what the kernel's buffer has no room for is
 * dropped (udp(7)). An error of the work on a batch ends that only. With
 * `reuse: true` a batch is lent until its inner observable has ended, and its
 * memory is then received into again. With `through` the items may be single
 * datagrams: `through: concatMap((batch) => batch)`.
 *
 * @example
 * // an echo: each datagram goes back where it came from
 * mergeRecvmmsg(socket, (batch) => {
 *   socket.sendmmsg(batch);
 *   return EMPTY;
 * }, { reuse: true }).subscribe();
 *
 * @see {@link fromRecvmmsg}, {@link mergeRecvfrom}, {@link sendBatches}
 * @param socket A datagram or raw socket.
 * @param project Makes the work of a batch (or an item of `through`): anything
 * `from` of RxJS takes.
 * @param config How many at once, or a {@link MergeRecvmmsgConfig}.
 * @returns A cold observable of what the inner observables emit.
 */
export function mergeRecvmmsg<I, O extends ObservableInput<unknown>>(
  socket: Socket,
  project: (item: I, index: number) => O,
  config: MergeRecvmmsgConfig<I> & Through<DatagramBatch, I>,
): Observable<ObservedValueOf<O>>;
export function mergeRecvmmsg<O extends ObservableInput<unknown>>(
  socket: Socket,
  project: (batch: DatagramBatch, index: number) => O,
  config?: number | MergeRecvmmsgConfig,
): Observable<ObservedValueOf<O>>;
export function mergeRecvmmsg<I, R>(
  socket: Socket,
  project: (item: DatagramBatch | I, index: number) => ObservableInput<R>,
  config: number | (MergeRecvmmsgConfig<DatagramBatch | I> & Partial<Through<DatagramBatch, I>>) = {},
): Observable<R> {
  requireDatagrams(socket);
  requireFunction('project', project);
  const options = mergingOf(config);
  const { concurrent, reuse, through, itemsPerTurn } = checkMerging(options);
  const receiving = checkRecvmmsgConfig(options);
  const handler = optionalFunction('onError', options.onError);
  const onError = handler ?? ((error, item) => reportDatagramError(error, socket, item));
  const onGone = reuse ? (batch: DatagramBatch) => batch.release() : undefined;
  return new Observable((subscriber) => {
    const sink =
      through === undefined
        ? new Merge<DatagramBatch, R>({ project, onError, onGone }, concurrent, subscriber)
        : new MergeThrough(
            through,
            new Merge<I, R>({ project, onError }, concurrent, subscriber, itemsPerTurn),
            subscriber,
          );
    new RecvmmsgLoop(socket, receiving, reuse ? 'give' : 'keep', sink);
    sink.start();
  });
}
