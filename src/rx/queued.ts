/** What send and sendto share: a message in the socket's queue, as an observable. */
import { Observable, type Subscriber } from 'rxjs';
import type { SocketAddress } from '../address.ts';
import { requireOpen } from '../config.ts';
import { invalidArgType } from '../errors.ts';
import { requireSocket } from '../readiness.ts';
import { SendQueue } from '../send_queue.ts';
import type { Socket } from '../socket.ts';

/** The bytes of what is to be sent; text is UTF-8. */
export function toBytes(data: ArrayBufferView | string): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (typeof data === 'string') return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw invalidArgType('data', 'of type string or an ArrayBufferView', data);
}

/**
 * Emits the length once the kernel has every byte; cold, and synchronous if it
 * takes all at once. What runs many of these may do the two steps itself, and
 * needs a subscriber only for what has to wait.
 */
export class Queued extends Observable<number> {
  readonly #socket: Socket;
  readonly #flags: number;
  readonly #address: SocketAddress | null;
  readonly #onTakenBack: (() => void) | undefined;
  readonly bytes: Uint8Array;

  /** `onTakenBack` is told when unsubscribing has kept all of the message from being sent. */
  constructor(
    socket: Socket,
    data: ArrayBufferView | string,
    flags: number,
    address: SocketAddress | null,
    onTakenBack?: () => void,
  ) {
    requireSocket(socket);
    if (typeof flags !== 'number') throw invalidArgType('flags', 'of type number', flags);
    super(subscribe);
    this.#socket = socket;
    this.#flags = flags;
    this.#address = address;
    this.#onTakenBack = onTakenBack;
    this.bytes = toBytes(data);
  }

  /** How many bytes the kernel takes at once; null for none. Throws what it says. */
  attempt(): number | null {
    return SendQueue.attempt(requireOpen(this.#socket), this.bytes, this.#flags, this.#address);
  }

  /** Waits for the rest after an attempt, on behalf of `subscriber`. */
  wait(sent: number | null, subscriber: Subscriber<number>): void {
    const { bytes } = this;
    const request = SendQueue.enqueue(this.#socket, bytes, this.#flags, this.#address, sent, subscriber);
    subscriber.add(() => {
      if (request.cancel()) this.#onTakenBack?.();
    });
  }
}

/** One function for all, instead of a closure for each. */
function subscribe(this: Observable<number>, subscriber: Subscriber<number>): void {
  const queued = this as Queued;
  const sent = queued.attempt();
  if (sent === queued.bytes.byteLength) {
    subscriber.next(sent);
    subscriber.complete();
  } else {
    queued.wait(sent, subscriber);
  }
}
