/**
 * The messages of a socket that wait for room in the kernel. All senders of a
 * socket share one queue: their order is kept, and the bytes of two messages
 * are never interleaved.
 */
import { AsyncResource } from 'node:async_hooks';
import type { SocketAddress } from './address.ts';
import { SOCK_STREAM } from './constants.ts';
import { SystemError, socketClosed } from './errors.ts';
import { RoomWait, type RoomWaiter } from './room_wait.ts';
import type { Socket } from './socket.ts';

/** Who waits for a message: told once, by `next` with its length and `complete`, or by `error`. */
export interface SendObserver {
  next(length: number): void;
  error(error: unknown): void;
  complete(): void;
}

/** The data of a request that only waits for those before it. */
const FLUSH = new Uint8Array(0);

/** A message in the queue; its observer is told in the async context in which it was queued. */
export class SendRequest extends AsyncResource {
  /** @internal */
  _previous: SendRequest | null = null;
  /** @internal */
  _next: SendRequest | null = null;
  /** @internal How many bytes the kernel has. */
  _offset = 0;
  readonly #queue: SendQueue;
  /** @internal */
  _data: Uint8Array;
  /** @internal */
  readonly _flags: number;
  /** @internal */
  readonly _address: SocketAddress | null;
  /** Null once told, or cancelled: a message that has begun goes on without it. */
  #observer: SendObserver | null;

  /** @internal */
  constructor(
    queue: SendQueue,
    data: Uint8Array,
    flags: number,
    address: SocketAddress | null,
    observer: SendObserver,
  ) {
    super('UvsockSend');
    this.#queue = queue;
    this._data = data;
    this._flags = flags;
    this._address = address;
    this.#observer = observer;
  }

  /** @internal Tells that the kernel has it all. */
  _complete(): void {
    this.#tell((observer) => {
      observer.next(this._data.byteLength);
      observer.complete();
    });
  }

  /** @internal Tells why it cannot be sent. */
  _fail(error: unknown): void {
    this.#tell((observer) => observer.error(error));
  }

  #tell(news: (observer: SendObserver) => void): void {
    const observer = this.#observer;
    this.#observer = null;
    if (observer !== null) this.runInAsyncScope(news, null, observer);
  }

  /** Takes the message back, and says whether it could: one that has begun is finished, for nobody. */
  cancel(): boolean {
    if (this.#observer === null) return false;
    this.#observer = null;
    if (this._offset === 0) return this.#queue._remove(this);
    // From now on the caller may change what he lent.
    this._data = new Uint8Array(this._data);
    return false;
  }
}

export class SendQueue implements RoomWaiter {
  readonly #socket: Socket;
  readonly #room: RoomWait;
  #first: SendRequest | null = null;
  #last: SendRequest | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#room = new RoomWait(socket, this);
    socket._sendQueue = this;
  }

  /**
   * Sends a message at once, if its turn is now.
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
    return SendQueue.isEmpty(socket) ? attempt(socket, data, flags, 0, address) : null;
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
    const queue = socket._sendQueue ?? new SendQueue(socket);
    const first = queue.#first === null;
    const request = queue.#append(new SendRequest(queue, data, flags, address, observer));
    request._offset = sent ?? 0;
    if (first) queue.#room.wait();
    return request;
  }

  /** Completes when everything queued now is with the kernel, or fails with what fails that. */
  static flush(socket: Socket, observer: SendObserver): SendRequest | null {
    const queue = socket._sendQueue;
    if (queue === null || queue.#first === null) {
      observer.complete();
      return null;
    }
    return queue.#append(new SendRequest(queue, FLUSH, 0, null, observer));
  }

  onClose(): void {
    this.#socket._sendQueue = null;
    this.#failAll(socketClosed());
  }

  #append(request: SendRequest): SendRequest {
    request._previous = this.#last;
    if (this.#last === null) this.#first = request;
    else this.#last._next = request;
    this.#last = request;
    return request;
  }

  /** @internal Returns whether it was still there. */
  _remove(request: SendRequest): boolean {
    if (this.#first !== request && request._previous === null) return false;
    if (request._previous === null) this.#first = request._next;
    else request._previous._next = request._next;
    if (request._next === null) this.#last = request._previous;
    else request._next._previous = request._previous;
    request._previous = null;
    if (this.#first === null) this.#room.rest();
    return true;
  }

  onRoom(): void {
    for (let request = this.#first; request !== null; request = this.#first) {
      let sent: number | null;
      try {
        sent =
          request._data === FLUSH
            ? 0
            : attempt(this.#socket, request._data, request._flags, request._offset, request._address);
      } catch (error) {
        if (this.#socket.style === SOCK_STREAM) {
          // What follows a torn message would be taken for its rest.
          this.#failAll(error);
        } else {
          this.#room.progress();
          this._remove(request);
          request._fail(error);
        }
        continue;
      }
      if (sent !== null) {
        this.#room.progress();
        request._offset += sent;
      }
      if (request._offset < request._data.byteLength || sent === null) {
        this.#room.wait();
        return;
      }
      this._remove(request);
      request._complete();
    }
    this.#room.rest();
  }

  #failAll(error: unknown): void {
    const failed: SendRequest[] = [];
    for (let request = this.#first; request !== null; ) {
      const next: SendRequest | null = request._next;
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

/** One system call: how many bytes went; null for none, for want of room. */
function attempt(
  socket: Socket,
  data: Uint8Array,
  flags: number,
  offset: number,
  address: SocketAddress | null,
): number | null {
  try {
    return address === null
      ? socket.send(data, flags, offset)
      : socket._sendto(offset === 0 ? data : data.subarray(offset), flags, address);
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOBUFS') return null;
    throw error;
  }
}
