import { Observable, type Observer, type OperatorFunction, of, Subscriber } from 'rxjs';
import { type AddressLike, type SocketAddress, toSocketAddress } from '../address.ts';
import { optionalFunction, positive, requireConfig, requireOpen } from '../config.ts';
import { invalidArgType, invalidArgValue, socketOverflow } from '../errors.ts';
import { hasEnd } from '../reader_claim.ts';
import { requireSocket } from '../readiness.ts';
import { type SendObserver, SendQueue, type SendRequest } from '../send_queue.ts';
import type { Socket } from '../socket.ts';
import { Fullness } from './fullness.ts';
import { toBytes } from './queued.ts';
import { callHandler } from './report.ts';

/** What {@link sendAll} sends: bytes, or text, which is sent as UTF-8; on datagram sockets also with where to. */
export type SendItem =
  | ArrayBufferView
  | string
  | {
      /** The datagram. */
      readonly data: ArrayBufferView | string;
      /** Where it goes. */
      readonly address: AddressLike;
    };

/** Configuration of {@link sendAll}. */
export interface SendAllConfig {
  /**
   * How many bytes may wait for room in the kernel. What the kernel takes at
   * once does not wait; an item of which it has a part waits with its whole
   * length. One item may be longer, when nothing else waits. Default 1 MiB.
   */
  highWaterMark?: number;
  /**
   * What happens to an item that would exceed `highWaterMark`. `'error'`: the
   * result fails with `ERR_SOCKET_OVERFLOW`. `'dropNewest'`: the item is
   * dropped. `'dropOldest'`: those that have waited longest are dropped until
   * it fits; if it cannot, because of one that has begun, it is dropped
   * itself. What is dropped is not emitted. Default `'error'`.
   */
  overflow?: 'error' | 'dropNewest' | 'dropOldest';
  /**
   * Told true when more than half of `highWaterMark` waits, and false when a
   * quarter or less waits again, or the result ends. Made for `pauseWhile` of
   * {@link fromRecv}: a source that is paused then has the other half for what
   * is under way. Only its `next` is called.
   */
  fullObserver?: Partial<Observer<boolean>>;
  /** Where the items without an address go, on a datagram socket. Default: to the connected peer. */
  address?: AddressLike;
  /**
   * Flags of send(2): `MSG_MORE`, `MSG_EOR`, ... Default 0. With `MSG_ZEROCOPY`
   * as for {@link send}: an item waits, and counts, until the kernel has given
   * its memory back, and the lengths of shorter ones may come before its.
   */
  flags?: number;
  /**
   * Told of the error of an item that cannot be sent; the others are. On
   * datagram sockets only: a stream that misses a message is torn. Default:
   * the error is the result's.
   */
  onError?: (error: unknown, item: SendItem) => void;
}

/** A {@link SendAllConfig}, checked. */
export interface CheckedSendAllConfig {
  readonly highWaterMark: number;
  readonly overflow: NonNullable<SendAllConfig['overflow']>;
  readonly fullObserver: Partial<Observer<boolean>> | undefined;
  readonly address: SocketAddress | null;
  readonly flags: number;
  readonly onError: SendAllConfig['onError'];
}

export function checkSendAllConfig(config: SendAllConfig): CheckedSendAllConfig {
  const { highWaterMark, overflow = 'error', fullObserver, flags = 0, onError } = requireConfig(config);
  if (overflow !== 'error' && overflow !== 'dropNewest' && overflow !== 'dropOldest') {
    throw invalidArgValue('overflow', overflow, "must be 'error', 'dropNewest' or 'dropOldest'");
  }
  if (fullObserver !== undefined && (typeof fullObserver !== 'object' || fullObserver === null)) {
    throw invalidArgType('fullObserver', 'an Observer', fullObserver);
  }
  optionalFunction('fullObserver.next', fullObserver?.next);
  if (typeof flags !== 'number') throw invalidArgType('flags', 'of type number', flags);
  return {
    highWaterMark: positive('highWaterMark', highWaterMark, 1 << 20),
    overflow,
    fullObserver,
    address: config.address === undefined ? null : toSocketAddress(config.address),
    flags,
    onError: optionalFunction('onError', onError),
  };
}

function requireDestination(socket: Socket, address: SocketAddress | null): void {
  if (address !== null && hasEnd(socket))
    throw invalidArgValue('address', address, 'needs a datagram socket');
}

/** An item in the socket's queue, or before there is a socket; they form a list, oldest first. */
class Waiting implements SendObserver {
  readonly #sending: Sending;
  readonly item: SendItem;
  readonly bytes: Uint8Array;
  readonly address: SocketAddress | null;
  /** Null while there is no socket. */
  request: SendRequest | null = null;
  following: Waiting | null = null;

  constructor(sending: Sending, item: SendItem, bytes: Uint8Array, address: SocketAddress | null) {
    this.#sending = sending;
    this.item = item;
    this.bytes = bytes;
    this.address = address;
  }

  get length(): number {
    return this.bytes.byteLength;
  }

  get begun(): boolean {
    return this.request !== null && this.request._offset > 0;
  }

  next(): void {
    this.#sending.sent(this);
  }

  error(error: unknown): void {
    this.#sending.failed(this, error);
  }

  /** Nothing: `next` has told. */
  complete(): void {}
}

/** Subscribes to the source; it stays when that has completed, until nothing waits. */
class Sending extends Subscriber<SendItem> {
  /** Null while it is yet to be opened. */
  #socket: Socket | null = null;
  readonly #config: CheckedSendAllConfig;
  readonly #subscriber: Subscriber<number>;
  #first: Waiting | null = null;
  #last: Waiting | null = null;
  /** How many bytes wait. */
  #bytes = 0;
  readonly #fullness: Fullness;
  #completed = false;

  constructor(config: CheckedSendAllConfig, subscriber: Subscriber<number>) {
    super();
    this.#config = config;
    this.#subscriber = subscriber;
    this.#fullness = new Fullness(config.highWaterMark, config.fullObserver);
    // Before subscribing: a synchronous source must stop when the subscriber does.
    subscriber.add(this);
  }

  protected override _next(item: SendItem): void {
    let length: number | null = null;
    try {
      length = this.#send(item);
    } catch (error) {
      this.#itemFailed(error, item);
    }
    if (length !== null) this.#subscriber.next(length);
    this.#fullness.tell(this.#bytes);
  }

  /** The end comes first, lest somebody sends more from within the error. */
  protected override _error(error: unknown): void {
    this.unsubscribe();
    this.#subscriber.error(error);
  }

  protected override _complete(): void {
    this.#completed = true;
    this.#goOn();
  }

  /** Takes back what has not begun; the queue finishes what has. */
  override unsubscribe(): void {
    for (let item = this.#first; item !== null; item = item.following) item.request?.cancel();
    this.#first = null;
    this.#last = null;
    this.#bytes = 0;
    super.unsubscribe();
    // Now the source is gone, and cannot go on and lose what it takes.
    this.#fullness.tell(this.#bytes);
  }

  /** Sends what has waited for this. What comes meanwhile goes behind it. */
  open(socket: Socket): void {
    for (let item = this.#first; item !== null && !this.closed; item = item.following) {
      try {
        if (!this.#begin(item, socket)) this.sent(item);
      } catch (error) {
        this.failed(item, error);
      }
    }
    this.#socket = socket;
  }

  /** An item is with the kernel. */
  sent(item: Waiting): void {
    this.#remove(item, this.#before(item));
    // Before the source may go on: what it sends then can be through at once.
    this.#subscriber.next(item.length);
    this.#goOn();
  }

  /** An item cannot be sent. */
  failed(item: Waiting, error: unknown): void {
    this.#remove(item, this.#before(item));
    this.#itemFailed(error, item.item);
    this.#goOn();
  }

  /** Sends an item, or lets it wait; returns its length if it is with the kernel already. */
  #send(item: SendItem): number | null {
    const addressed = typeof item === 'object' && item !== null && !ArrayBuffer.isView(item);
    const address = addressed ? toSocketAddress(item.address) : this.#config.address;
    const waiting = new Waiting(this, item, toBytes(addressed ? item.data : item), address);
    const { length } = waiting;
    if (!this.#fits(length) && !this.#makeRoom(length)) return null;
    if (this.#socket !== null && !this.#begin(waiting, this.#socket)) return length;
    if (this.#last === null) this.#first = waiting;
    else this.#last.following = waiting;
    this.#last = waiting;
    this.#bytes += length;
    return null;
  }

  /** Returns whether the item has to wait. */
  #begin(item: Waiting, socket: Socket): boolean {
    requireDestination(requireOpen(socket), item.address);
    const { bytes, address } = item;
    const { flags } = this.#config;
    const sent = SendQueue.attempt(socket, bytes, flags, address);
    if (sent === bytes.byteLength) return false;
    item.request = SendQueue.enqueue(socket, bytes, flags, address, sent, item);
    return true;
  }

  #fits(length: number): boolean {
    return this.#first === null || this.#bytes + length <= this.#config.highWaterMark;
  }

  #makeRoom(length: number): boolean {
    const { overflow, highWaterMark } = this.#config;
    if (overflow === 'error') this._error(socketOverflow(highWaterMark));
    if (overflow !== 'dropOldest') return false;
    // Those that have begun are in front, and cannot be dropped.
    let begun: Waiting | null = null;
    let kept = 0;
    for (let item = this.#first; item?.begun; item = item.following) {
      begun = item;
      kept += item.length;
    }
    if (begun !== null && kept + length > highWaterMark) return false;
    while (!this.#fits(length)) {
      const oldest = (begun === null ? this.#first : begun.following) as Waiting;
      oldest.request?.cancel();
      this.#remove(oldest, begun);
    }
    return true;
  }

  /** Null for the first, which is the rule: only those whose pages the kernel has stay in front of others. */
  #before(item: Waiting): Waiting | null {
    let before: Waiting | null = null;
    for (let each = this.#first; each !== item && each !== null; each = each.following) before = each;
    return before;
  }

  #remove(item: Waiting, before: Waiting | null): void {
    if (before === null) this.#first = item.following;
    else before.following = item.following;
    if (item.following === null) this.#last = before;
    this.#bytes -= item.length;
  }

  #itemFailed(error: unknown, item: SendItem): void {
    const { onError } = this.#config;
    if (onError === undefined || this.#socket?.closed) this._error(error);
    else callHandler(() => onError(error, item));
  }

  #goOn(): void {
    this.#fullness.tell(this.#bytes);
    if (!this.#completed || this.#first !== null) return;
    this.unsubscribe();
    this.#subscriber.complete();
  }
}

/**
 * Sends the messages that a source pushes, each whole and in order, with a
 * bounded amount waiting: send(2) or sendto(2) without backpressure.
 *
 * For sources that do not wait: timers, other connections, a `Subject`. Like
 * `concatMap` over {@link send}, but what waits is bounded, and too much of it
 * is an error or is dropped, as `overflow` says. Shares the queue of `send`:
 * messages of other senders come before or after, never within. Emits the
 * length of each item once the kernel has all of it, and completes when the
 * source has completed and nothing waits. The source's error takes back what
 * has not begun, as unsubscribing does, and is passed on at once; an item that
 * has begun is finished. Errors as `send` and `sendto` do: on a stream an
 * error is the end, on a datagram socket `onError` may keep it to its item.
 * `ERR_SOCKET_CLOSED` comes at once if anything waits, else with the next
 * item. The data must not change before its length is emitted.
 *
 * @example
 * // a source that can pause, and does while much waits
 * const full = new Subject<boolean>();
 * fromRecv(source, { pauseWhile: full }).pipe(sendAll(destination, { fullObserver: full })).subscribe();
 *
 * @see {@link send}, {@link sendto}, {@link mergeRecv}
 * @param socket A connected socket, or a datagram socket.
 * @param config See {@link SendAllConfig}.
 * @returns An operator from items to their lengths.
 */
export function sendAll(socket: Socket, config: SendAllConfig = {}): OperatorFunction<SendItem, number> {
  const checked = checkSendAllConfig(config);
  requireDestination(requireSocket(socket), checked.address);
  if (checked.onError !== undefined && hasEnd(socket)) {
    throw invalidArgValue('onError', checked.onError, 'needs a datagram socket');
  }
  return sendAllWhenOpen(of(socket), checked);
}

/** `sendAll` on the socket that `opening` emits; until then everything waits. */
export function sendAllWhenOpen(
  opening: Observable<Socket>,
  config: CheckedSendAllConfig,
): OperatorFunction<SendItem, number> {
  return (source) =>
    new Observable((subscriber) => {
      const sending = new Sending(config, subscriber);
      sending.add(opening.subscribe((socket) => sending.open(socket)));
      source.subscribe(sending);
    });
}
