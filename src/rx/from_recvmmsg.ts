import { Observable } from 'rxjs';
import type { DatagramBatch } from '../datagram_batch.ts';
import type { Socket } from '../socket.ts';
import { checkPauseWhile, type PauseConfig, PushSink } from './push_sink.ts';
import { checkRecvmmsgConfig, type RecvmmsgConfig, RecvmmsgLoop, requireDatagrams } from './recvmmsg_loop.ts';

/** Configuration of {@link fromRecvmmsg}. */
export interface FromRecvmmsgConfig extends RecvmmsgConfig, PauseConfig {
  /**
   * Lends the batch: it is one and the same at every emission, valid until
   * `next` has returned, and then received into again. What is to be kept of it
   * must be copied (`batch.copy()`, `Buffer.from(data)`). Saves copies and
   * allocations. Default false: what is emitted is the subscriber's.
   */
  reuse?: boolean;
}

/**
 * Emits what a socket receives in batches, each as many datagrams as were there
 * and the batch has slots for: recvmmsg(2).
 *
 * Like `bufferCount` over {@link fromRecvfrom}, but with one system call and
 * one emission for many datagrams. A batch is the subscriber's for good;
 * who is done with one may `release()` it, and saves the allocation of the
 * next. `reuse: true` lends it instead. Completes when the socket is closed;
 * errors as `fromRecvfrom` does. {@link mergeRecvmmsg} receives only as fast as
 * its work is done.
 *
 * @example
 * fromRecvmmsg(socket, { gro: true, reuse: true }).subscribe((batch) => {
 *   batch.forEach((slab, start, end) => count(slab, start, end));
 * });
 *
 * @see {@link mergeRecvmmsg}, {@link sendBatches}, {@link fromRecvfrom}
 * @param socket A datagram or raw socket.
 * @param config See {@link FromRecvmmsgConfig}, {@link RecvmmsgConfig} and
 * {@link PauseConfig}.
 * @returns A cold observable. Several subscriptions share the datagrams out
 * among them; use `share()` to give all to all.
 */
export function fromRecvmmsg(socket: Socket, config: FromRecvmmsgConfig = {}): Observable<DatagramBatch> {
  requireDatagrams(socket);
  const checked = checkRecvmmsgConfig(config);
  const pauseWhile = checkPauseWhile(config.pauseWhile);
  const memory = config.reuse ? 'lend' : 'keep';
  return new Observable((subscriber) => {
    const sink = new PushSink(subscriber, pauseWhile);
    new RecvmmsgLoop(socket, checked, memory, sink);
    sink.start();
  });
}
