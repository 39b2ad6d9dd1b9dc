/**
 * The messages of a socket that wait for room in the kernel. All senders of a
 * socket share one queue: their order is kept, and the bytes of two messages
 * are never interleaved.
 */
import { AsyncResource } from 'node:async_hooks';
import type { SocketAddress } from './address.ts';
import { binding } from './binding.ts';
import { SOCK_STREAM } from './constants.ts';
import { socketClosed } from './errors.ts';
import { RoomWait, type RoomWaiter } from './room_wait.ts';
import { attempt, attemptParts } from './send_attempt.ts';
import type { Socket } from './socket.ts';
import { type Loan, type LoanObserver, ZEROCOPY, Zerocopy } from './zerocopy.ts';

/** Messages leave together up to so many bytes; the kernel rarely has room for more. */
const MOST_GATHERED = 1 << 18;

/** Who waits for a message: told once, by `next` with its length and `complete`, or by `error`. */
export interface SendObserver {
  next(length: number): void;
  error(error: unknown): void;
  complete(): void;
}

/**
 * What came of an attempt: all of it is with the kernel, some has gone, there
 * was no room for any, or the request works on and says when to ask it again.
 */
export type Attempt = 'done' | 'went' | 'full' | 'busy';

/** What waits in the queue; its observer is told in the async context in which it was queued. */
export abstract class QueuedRequest extends AsyncResource {
  /** @internal */
  _previous: QueuedRequest | null = null;
  /** @internal */
  _next: QueuedRequest | null = null;
  protected readonly queue: SendQueue;
  /** Null once told of the end, or cancelled. */
  #observer: SendObserver | null;

  /** @internal */
  constructor(queue: SendQueue, observer: SendObserver) {
    super('UvsockSend');
    this.queue = queue;
    this.#observer = observer;
  }

  /** @internal One step, when it is the first; throws why it cannot be sent. */
  abstract _attempt(socket: Socket): Attempt;

  /** @internal Tells that the kernel has it all. */
  _complete(): void {
    this.tell((observer) => observer.complete());
  }

  /** @internal Tells why it cannot be sent. */
  _fail(error: unknown): void {
    this.tell((observer) => observer.error(error));
  }

  /** @internal Whether nothing behind it can be sent if it fails on a stream. */
  _spoils(): boolean {
    return true;
  }

  /** Takes it back, and says whether it could. */
  abstract cancel(): boolean;

  protected get observed(): boolean {
    return this.#observer !== null;
  }

  /** Says something, the last thing unless `more` follows. */
  protected tell(news: (observer: SendObserver) => void, more = false): void {
    const observer = this.#observer;
    if (!more) this.#observer = null;
    if (observer !== null) this.runInAsyncScope(news, null, observer);
  }

  /** Returns whether somebody was still to be told. */
  protected forget(): boolean {
    const observed = this.#observer !== null;
    this.#observer = null;
    return observed;
  }
}

/** A message. */
export class SendRequest extends QueuedRequest implements LoanObserver {
  /** @internal How many bytes the kernel has. */
  _offset = 0;
  /** The kernel has all of it. */
  #gone = false;
  /** @internal */
  _data: Uint8Array;
  /** @internal */
  readonly _flags: number;
  /** @internal */
  readonly _address: SocketAddress | null;
  /** Null: the kernel copies it. */
  readonly #loan: Loan | null;

  /** @internal */
  constructor(
    queue: SendQueue,
    data: Uint8Array,
    flags: number,
    address: SocketAddress | null,
    loan: Loan | null,
    observer: SendObserver,
  ) {
    super(queue, observer);
    this.#loan = loan;
    this._data = data;
    this._flags = flags;
    this._address = address;
  }

  /** @internal */
  _attempt(socket: Socket): Attempt {
    // It may have gone with one before it.
    if (this.#gone) return 'done';
    const others = this.#companions(socket);
    const sent =
      others.length === 0
        ? this.#attemptAlone(socket)
        : attemptParts(socket, [this._data.subarray(this._offset), ...others.map((each) => each._data)]);
    if (sent === null) return 'full';
    let left = this.#take(sent);
    for (const each of others) left = each.#take(left);
    return this.#gone ? 'done' : 'went';
  }

  #attemptAlone(socket: Socket): number | null {
    const { _flags: flags, _offset: offset } = this;
    if (this.#loan !== null) return this.#loan.attempt(socket, flags, offset);
    return attempt(socket, this._data, flags, offset, this._address);
  }

  /** What may leave in the same call: on streams, where one message ends and the next begins is nobody's business. */
  #companions(socket: Socket): SendRequest[] {
    const found: SendRequest[] = [];
    if (socket.style !== SOCK_STREAM || !this.#isPlain) return found;
    let bytes = this._data.byteLength - this._offset;
    for (let each = this._next; each instanceof SendRequest && each.#isPlain; each = each._next) {
      if (bytes >= MOST_GATHERED || found.length + 1 === binding.mostParts) break;
      found.push(each);
      bytes += each._data.byteLength;
    }
    return found;
  }

  get #isPlain(): boolean {
    return this._flags === 0 && this._address === null;
  }

  /** Its part of `sent` bytes; returns what is left of them for those behind it. */
  #take(sent: number): number {
    const taken = Math.min(sent, this._data.byteLength - this._offset);
    this._offset += taken;
    this.#gone = this._offset === this._data.byteLength;
    return sent - taken;
  }

  /** @internal One that has gone with others has not failed with them. */
  override _fail(error: unknown): void {
    if (this.#gone) this._complete();
    else super._fail(error);
  }

  /** @internal */
  override _complete(): void {
    if (this.#loan === null) this.onReturned();
    else this.#loan.whenReturned(this);
  }

  /** Nobody but the caller has the data any more. */
  onReturned(): void {
    this.tell((observer) => {
      observer.next(this._data.byteLength);
      observer.complete();
    });
  }

  onClose(): void {
    super._fail(socketClosed());
  }

  /** Takes the message back, and says whether it could: one that has begun is finished, for nobody. */
  cancel(): boolean {
    if (!this.forget()) return false;
    if (this._offset === 0) return this.queue._remove(this);
    // From now on the caller may change what he lent, unless the kernel has it.
    if (this.#loan === null) this._data = new Uint8Array(this._data);
    return false;
  }
}

/** Waits for those before it. */
class FlushRequest extends QueuedRequest {
  /** @internal */
  _attempt(): Attempt {
    return 'done';
  }

  cancel(): boolean {
    return this.forget() && this.queue._remove(this);
  }
}

/** Null: the message is copied. */
function loanOf(socket: Socket, data: Uint8Array, flags: number, address: SocketAddress | null): Loan | null {
  return (flags & ZEROCOPY) === 0 || address !== null ? null : Zerocopy.loan(socket, data);
}

export class SendQueue implements RoomWaiter {
  /** @internal */
  readonly _socket: Socket;
  readonly #room: RoomWait;
  #first: QueuedRequest | null = null;
  #last: QueuedRequest | null = null;

  private constructor(socket: Socket) {
    this._socket = socket;
    this.#room = new RoomWait(socket, this);
    socket._sendQueue = this;
  }

  /**
   * Sends a message at once, if its turn is now. One that is not to be copied
   * always waits: it is not over when the kernel has every byte.
   *
   * @param address null sends to the connected peer.
   * @returns How many bytes the kernel has; null if it has no room, or others wait.
   * @throws What the kernel says.
   */
  static attempt(
    socket: Socket,
    data: Uint8Array,
    flags: number,
    address: SocketAddress | null,
  ): number | null {
    if (!SendQueue.isEmpty(socket)) return null;
    if ((flags & ZEROCOPY) === 0) return attempt(socket, data, flags, 0, address);
    return Zerocopy.loan(socket, data) === null ? attempt(socket, data, flags & ~ZEROCOPY, 0, address) : null;
  }

  /** Whether nothing waits. */
  static isEmpty(socket: Socket): boolean {
    const queue = socket._sendQueue;
    return queue === null || queue.#first === null;
  }

  /** Lets a message wait after an `attempt` that sent `sent` bytes of it, or none. */
  static enqueue(
    socket: Socket,
    data: Uint8Array,
    flags: number,
    address: SocketAddress | null,
    sent: number | null,
    observer: SendObserver,
  ): SendRequest {
    const queue = SendQueue.#of(socket);
    const first = queue.#first === null;
    const loan = loanOf(socket, data, flags, address);
    const asked = loan === null ? flags & ~ZEROCOPY : flags;
    const request = queue.#append(new SendRequest(queue, data, asked, address, loan, observer));
    request._offset = sent ?? 0;
    if (first) queue.#room.wait();
    return request;
  }

  /** Lets a request of another kind wait for its turn, which may be now. */
  static append<R extends QueuedRequest>(socket: Socket, make: (queue: SendQueue) => R): R {
    const queue = SendQueue.#of(socket);
    const request = queue.#append(make(queue));
    queue._resume(request, false);
    return request;
  }

  /** Completes when everything queued now is with the kernel, or fails with what fails that. */
  static flush(socket: Socket, observer: SendObserver): FlushRequest | null {
    const queue = socket._sendQueue;
    if (queue === null || queue.#first === null) {
      observer.complete();
      return null;
    }
    return queue.#append(new FlushRequest(queue, observer));
  }

  static #of(socket: Socket): SendQueue {
    return socket._sendQueue ?? new SendQueue(socket);
  }

  onClose(): void {
    this._socket._sendQueue = null;
    this.#failAll(socketClosed());
  }

  #append<R extends QueuedRequest>(request: R): R {
    request._previous = this.#last;
    if (this.#last === null) this.#first = request;
    else this.#last._next = request;
    this.#last = request;
    return request;
  }

  /** @internal Returns whether it was still there. */
  _remove(request: QueuedRequest): boolean {
    if (this.#first !== request && request._previous === null) return false;
    if (request._previous === null) this.#first = request._next;
    else request._previous._next = request._next;
    if (request._next === null) this.#last = request._previous;
    else request._next._previous = request._previous;
    request._previous = null;
    if (this.#first === null) this.#room.rest();
    return true;
  }

  /** @internal A request that was busy, and perhaps got on, is asked again if its turn is still now. */
  _resume(request: QueuedRequest, progress: boolean): void {
    if (this.#first !== request) return;
    if (progress) this.#room.progress();
    this.onRoom();
  }

  onRoom(): void {
    for (let request = this.#first; request !== null; request = this.#first) {
      let came: Attempt;
      try {
        came = request._attempt(this._socket);
      } catch (error) {
        if (this._socket.style === SOCK_STREAM && request._spoils()) {
          // What follows a torn message would be taken for its rest.
          this.#failAll(error);
        } else {
          this.#room.progress();
          this._remove(request);
          request._fail(error);
        }
        continue;
      }
      if (came === 'busy') {
        this.#room.pause();
        return;
      }
      if (came !== 'full') this.#room.progress();
      if (came !== 'done') {
        this.#room.wait();
        return;
      }
      this._remove(request);
      request._complete();
    }
    this.#room.rest();
  }

  #failAll(error: unknown): void {
    const failed: QueuedRequest[] = [];
    for (let request = this.#first; request !== null; ) {
      const next: QueuedRequest | null = request._next;
      request._previous = null;
      request._next = null;
      failed.push(request);
      request = next;
    }
    this.#first = null;
    this.#last = null;
    for (const request of failed) request._fail(error);
  }
}
