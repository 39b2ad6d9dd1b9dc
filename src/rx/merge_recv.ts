import { Observable, type ObservableInput, type ObservedValueOf } from 'rxjs';
import { giveBack } from '../chunks.ts';
import { requireFunction } from '../config.ts';
import { requireSocket } from '../readiness.ts';
import { checkRecvConfig, RecvLoop } from '../recv_loop.ts';
import type { Socket } from '../socket.ts';
import { Merge, MergeThrough } from './merge.ts';
import { checkMerging, type MergeConfig, mergingOf, type Through } from './merge_config.ts';

/** Configuration of {@link mergeRecv}. */
export interface MergeRecvConfig extends MergeConfig {}

/** @inline */
type Chunk = Buffer<ArrayBuffer>;

/**
 * Maps what a socket receives to observables, and receives only when there is
 * room for their work: recv(2) with backpressure that reaches the kernel.
 *
 * Like `mergeMap` over {@link fromRecv}, but the loop is closed: while
 * `concurrent` inner observables are active nothing is read, the data stays
 * in the kernel's buffer, and TCP slows the peer down. Completes at the end of
 * the stream (or when the socket is closed) once the inner observables have
 * completed; their errors are its errors. Unsubscribing ends the inner ones
 * and leaves the socket open.
 *
 * @example
 * // an echo that never holds more than one chunk
 * mergeRecv(socket, (chunk) => send(socket, chunk)).subscribe();
 *
 * @example
 * // a protocol of lines; the next are read when these are answered
 * mergeRecv(socket, (line) => send(socket, answer(line)), { through: lines() }).subscribe();
 *
 * @example
 * // fails when there is no answer for 10 s: the peer sends no whole line, or does not read
 * mergeRecv(socket, (line) => send(socket, answer(line)), { through: lines() })
 *   .pipe(timeout(10_000)).subscribe();
 *
 * @see {@link fromRecv}, {@link mergeRecvfrom}, {@link mergeAccept}, {@link send}
 * @param socket A connected socket, or a datagram socket.
 * @param project Makes the work of a chunk (or an item of `through`): anything `from` of RxJS takes.
 * @param config How many at once, or a {@link MergeRecvConfig}.
 * @returns A cold observable of what the inner observables emit.
 */
export function mergeRecv<I, O extends ObservableInput<unknown>>(
  socket: Socket,
  project: (item: I, index: number) => O,
  config: MergeRecvConfig & Through<Chunk, I>,
): Observable<ObservedValueOf<O>>;
export function mergeRecv<O extends ObservableInput<unknown>>(
  socket: Socket,
  project: (chunk: Chunk, index: number) => O,
  config?: number | MergeRecvConfig,
): Observable<ObservedValueOf<O>>;
export function mergeRecv<I, R>(
  socket: Socket,
  project: (item: Chunk | I, index: number) => ObservableInput<R>,
  config: number | (MergeRecvConfig & Partial<Through<Chunk, I>>) = {},
): Observable<R> {
  requireSocket(socket);
  requireFunction('project', project);
  const options = mergingOf(config);
  const { concurrent, reuse, through, itemsPerTurn } = checkMerging(options);
  const receiving = checkRecvConfig(options);
  return new Observable((subscriber) => {
    const sink =
      through === undefined
        ? new Merge<Chunk, R>({ project, onGone: reuse ? giveBack : undefined }, concurrent, subscriber)
        : new MergeThrough(
            through,
            new Merge<I, R>({ project }, concurrent, subscriber, itemsPerTurn),
            subscriber,
          );
    new RecvLoop(socket, receiving, sink, reuse);
    sink.start();
  });
}
