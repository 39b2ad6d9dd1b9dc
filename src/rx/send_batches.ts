import { Observable, type OperatorFunction, Subscriber } from 'rxjs';
import { type SocketAddress, toSocketAddress } from '../address.ts';
import { requireOpen } from '../config.ts';
import { DatagramBatch } from '../datagram_batch.ts';
import { SystemError, socketClosed, socketOverflow } from '../errors.ts';
import { RoomWait, type RoomWaiter } from '../room_wait.ts';
import type { Socket } from '../socket.ts';
import { ZEROCOPY } from '../zerocopy.ts';
import { Fullness } from './fullness.ts';
import { toBytes } from './queued.ts';
import { requireDatagrams } from './recvmmsg_loop.ts';
import { callHandler } from './report.ts';
import {
  type CheckedSendAllConfig,
  checkSendAllConfig,
  type SendAllConfig,
  type SendItem,
} from './send_all.ts';

/** Configuration of {@link sendBatches}. With `'dropOldest'`, messages that were put together are dropped together. */
export interface SendBatchesConfig extends SendAllConfig {
  /**
   * Puts messages that follow each other, to one address and of one size,
   * together, for the kernel to take apart (`UDP_SEGMENT`); nothing changes
   * for the receiver. Default true.
   */
  gso?: boolean;
}

/** Of a batch that fills: bytes for some super-datagrams, or a slot for each of many messages. */
const BATCH = { count: 64, size: 2048 };

/** Subscribes to the source; it stays when that has completed, until nothing waits. */
class BatchSending extends Subscriber<SendItem> implements RoomWaiter {
  readonly #socket: Socket;
  readonly #config: CheckedSendAllConfig;
  readonly #gso: boolean;
  readonly #subscriber: Subscriber<number>;
  readonly #room: RoomWait;
  readonly #fullness: Fullness;
  /** The first is being sent, the last is being filled; none is empty. */
  #queue: DatagramBatch[] = [];
  /** The slot of the first to go on with. */
  #start = 0;
  #bytes = 0;
  /** The kernel has no room. */
  #blocked = false;
  #flushing: NodeJS.Immediate | null = null;
  #completed = false;
  // What is yet to be told: handlers run when the state is in order.
  #sent = 0;
  #failures: [error: unknown, item: SendItem][] = [];
  #fatal: { readonly error: unknown } | null = null;

  constructor(socket: Socket, config: CheckedSendAllConfig, gso: boolean, subscriber: Subscriber<number>) {
    super();
    this.#socket = requireOpen(socket);
    this.#config = config;
    this.#gso = gso;
    this.#subscriber = subscriber;
    this.#room = new RoomWait(socket, this);
    this.#fullness = new Fullness(config.highWaterMark, config.fullObserver);
    // Before subscribing: a synchronous source must stop when the subscriber does.
    subscriber.add(this);
  }

  onRoom(): void {
    this.#flush();
    this.#tell();
  }

  onClose(): void {
    if (this.#queue.length === 0) return;
    this.#fatal = { error: socketClosed() };
    this.#tell();
  }

  protected override _next(item: SendItem): void {
    try {
      this.#take(item);
    } catch (error) {
      this.#failed(error, item);
    }
    this.#tell();
  }

  /** The end comes first, lest somebody sends more from within the error. */
  protected override _error(error: unknown): void {
    this.unsubscribe();
    this.#subscriber.error(error);
  }

  protected override _complete(): void {
    this.#completed = true;
    if (!this.#blocked) this.#flush();
    this.#tell();
  }

  /** Takes back what the kernel has not. */
  override unsubscribe(): void {
    if (this.closed) return;
    if (this.#flushing !== null) clearImmediate(this.#flushing);
    this.#room.dispose();
    for (const batch of this.#queue) batch.release();
    this.#queue = [];
    this.#bytes = 0;
    super.unsubscribe();
    // Now the source is gone, and cannot go on and lose what it takes.
    this.#fullness.tell(0);
  }

  /** Copies an item into the last batch; what comes in one turn goes at its end, or when a batch is full. */
  #take(item: SendItem): void {
    requireOpen(this.#socket);
    const addressed = typeof item === 'object' && item !== null && !ArrayBuffer.isView(item);
    const address = addressed ? toSocketAddress(item.address) : this.#config.address;
    const data = toBytes(addressed ? item.data : item);
    if (!this.#fits(data.length) && !this.#blocked) this.#flush();
    if (!this.#fits(data.length) && !this.#makeRoom(data.length)) return;
    const last = this.#queue.at(-1);
    if (last === undefined || !this.#append(last, data, address)) {
      if (!this.#blocked) this.#flush();
      const batch = new DatagramBatch(BATCH);
      this.#append(batch, data, address);
      this.#queue.push(batch);
    }
    this.#bytes += data.length;
    if (this.#blocked || this.#flushing !== null) return;
    this.#flushing = setImmediate(() => {
      this.#flushing = null;
      if (!this.#blocked) this.onRoom();
    });
  }

  #append(batch: DatagramBatch, data: Uint8Array, address: SocketAddress | null): boolean {
    return this.#gso ? batch.coalesce(data, address) : batch.push(data, address);
  }

  #fits(length: number): boolean {
    return this.#queue.length === 0 || this.#bytes + length <= this.#config.highWaterMark;
  }

  #makeRoom(length: number): boolean {
    const { overflow, highWaterMark } = this.#config;
    if (overflow === 'error') this.#fatal = { error: socketOverflow(highWaterMark) };
    if (overflow !== 'dropOldest') return false;
    while (!this.#fits(length)) this.#advance(1);
    return true;
  }

  /** Sends what waits, as far as the kernel has room. */
  #flush(): void {
    this.#blocked = false;
    for (let batch = this.#queue[0]; batch !== undefined && this.#fatal === null; batch = this.#queue[0]) {
      const sent = this.#attempt(batch);
      if (sent === null) {
        this.#blocked = true;
        this.#room.wait();
        return;
      }
      this.#advance(sent);
      this.#room.progress();
    }
    this.#room.rest();
  }

  /** How many slots are done with: sent, or one that cannot be. */
  #attempt(batch: DatagramBatch): number | null {
    const start = this.#start;
    try {
      const n = this.#socket.sendmmsg(batch, { start, flags: this.#config.flags & ~ZEROCOPY });
      if (n !== null) this.#sent += batch._datagramsIn(start, start + n);
      return n;
    } catch (error) {
      if (error instanceof SystemError && error.code === 'ENOBUFS') return null;
      const address = batch.address(start);
      for (const data of batch._unsent(start))
        this.#failed(error, address === null ? data : { data, address });
      return 1;
    }
  }

  /** So many slots are done with. */
  #advance(slots: number): void {
    const [batch] = this.#queue as [DatagramBatch];
    this.#bytes -= batch._bytesIn(this.#start, this.#start + slots);
    this.#start += slots;
    if (this.#start < batch.filled) return;
    this.#queue.shift();
    this.#start = 0;
    batch.release();
  }

  #failed(error: unknown, item: SendItem): void {
    if (this.#config.onError === undefined || this.#socket.closed) this.#fatal ??= { error };
    else this.#failures.push([error, item]);
  }

  #tell(): void {
    if (this.#sent > 0 || this.#failures.length > 0) this.#tellResults();
    if (this.closed) return;
    if (this.#fatal !== null) {
      this._error(this.#fatal.error);
      return;
    }
    this.#fullness.tell(this.#bytes);
    if (!this.#completed || this.#queue.length > 0) return;
    this.unsubscribe();
    this.#subscriber.complete();
  }

  #tellResults(): void {
    const sent = this.#sent;
    const failures = this.#failures;
    this.#sent = 0;
    this.#failures = [];
    if (sent > 0) this.#subscriber.next(sent);
    for (const [error, item] of failures) callHandler(() => this.#config.onError?.(error, item));
  }
}

/**
 * Sends the datagrams that a source pushes, as many as come in a turn of the
 * event loop with one call: sendmmsg(2), without backpressure, with a bounded
 * amount waiting.
 *
 * Like {@link sendAll}, whose items and configuration it takes, for many small
 * messages. An item is copied, so it may change at once. What has come is sent
 * at the end of the turn, or before if it is much; messages in a row that go to
 * one address and have one size are one for the kernel, which takes them apart
 * again (`UDP_SEGMENT`). Their order is kept; they go past the queue of
 * {@link send} and its kin. Emits how many datagrams the kernel has taken, a
 * number for each turn, and completes when the source has completed and
 * nothing waits. An error concerns the messages that were put together, of
 * which `onError` is told one by one; without it the error is the result's.
 * Unsubscribing and the source's error take back what waits.
 *
 * @example
 * interval(1).pipe(
 *   concatMap(() => samples()),
 *   map((sample) => ({ data: `${sample.name}:${sample.value}|g`, address })),
 *   sendBatches(socket),
 * ).subscribe();
 *
 * @see {@link sendAll}, {@link sendto}, {@link fromRecvmmsg}
 * @param socket A datagram socket.
 * @param config See {@link SendBatchesConfig} and {@link SendAllConfig}.
 * @returns An operator from items to numbers of datagrams.
 */
export function sendBatches(
  socket: Socket,
  config: SendBatchesConfig = {},
): OperatorFunction<SendItem, number> {
  requireDatagrams(socket);
  const checked = checkSendAllConfig(config);
  const gso = Boolean(config.gso ?? true);
  return (source) =>
    new Observable((subscriber) => {
      source.subscribe(new BatchSending(socket, checked, gso, subscriber));
    });
}
