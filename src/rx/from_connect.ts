import { Observable, type Subscriber } from 'rxjs';
import { type AddressLike, type SocketAddress, toSocketAddress } from '../address.ts';
import { requireOpen } from '../config.ts';
import { Connecting, type ConnectObserver } from '../connecting.ts';
import { requireSocket } from '../readiness.ts';
import type { Socket } from '../socket.ts';

/** Owns the socket until it is connected. */
class Attempt implements ConnectObserver {
  readonly #socket: Socket;
  readonly #address: SocketAddress;
  readonly #subscriber: Subscriber<Socket>;
  #connecting: Connecting | null = null;
  #settled = false;

  constructor(socket: Socket, address: SocketAddress, subscriber: Subscriber<Socket>) {
    this.#socket = socket;
    this.#address = address;
    this.#subscriber = subscriber;
  }

  start(): void {
    try {
      if (requireOpen(this.#socket).connect(this.#address)) this.connected();
      else this.#connecting = new Connecting(this.#socket, this.#address, this);
    } catch (error) {
      this.failed(error);
    }
  }

  /** Unsubscribing before success closes the socket. */
  abandon(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#connecting?.dispose();
    this.#socket.close();
  }

  connected(): void {
    this.#settled = true;
    this.#subscriber.next(this.#socket);
    this.#subscriber.complete();
  }

  failed(error: unknown): void {
    this.abandon();
    this.#subscriber.error(error);
  }
}

/**
 * Connects a socket: connect(2), and the wait for how it ends.
 *
 * Emits the socket once it is connected, and completes. Until then it owns
 * the socket: an error, or unsubscribing, closes it. From then on it is the
 * subscriber's. Errors with the `SystemError` of the connect and its address;
 * `EAGAIN` means that the backlog of a Unix listener is full.
 *
 * @example
 * fromConnect(() => socket(AF_INET, SOCK_STREAM), { address: '127.0.0.1', port: 7 })
 *   .pipe(withSocket((connection) => mergeRecv(connection, print)), retry(3))
 *   .subscribe();
 *
 * @see {@link withSocket}, {@link end}
 * @param open A socket, or what opens one anew for each subscription: only
 * that can be retried.
 * @param address Where to.
 * @returns A cold observable of one socket.
 */
export function fromConnect(open: Socket | (() => Socket), address: AddressLike): Observable<Socket> {
  const target = toSocketAddress(address);
  if (typeof open !== 'function') requireSocket(open);
  return new Observable((subscriber) => {
    const attempt = new Attempt(typeof open === 'function' ? open() : open, target, subscriber);
    subscriber.add(() => attempt.abandon());
    attempt.start();
  });
}
