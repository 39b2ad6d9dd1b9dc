import { Observable, type Subscriber } from 'rxjs';
import { type AddressLike, type SocketAddress, toSocketAddress } from '../address.ts';
import { SystemError, socketClosed, systemError } from '../errors.ts';
import { requireSocket, Watch, type Watcher, WRITABLE } from '../readiness.ts';
import type { Socket } from '../socket.ts';
import { requireOpen } from './config.ts';

class Connecting implements Watcher {
  readonly #socket: Socket;
  readonly #address: SocketAddress;
  readonly #subscriber: Subscriber<Socket>;
  #watch: Watch | null = null;
  #settled = false;

  constructor(socket: Socket, address: SocketAddress, subscriber: Subscriber<Socket>) {
    this.#socket = socket;
    this.#address = address;
    this.#subscriber = subscriber;
  }

  start(): void {
    try {
      requireOpen(this.#socket);
      if (this.#socket.connect(this.#address)) this.#succeed();
      else this.#watch = new Watch(this.#socket, WRITABLE, this);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Unsubscribing before success closes the socket. */
  abandon(): void {
    if (this.#settled) return;
    this.#settle();
    this.#socket.close();
  }

  onReady(): void {
    const error = this.#socket.takeError();
    if (error !== null) this.#fail(systemError(error.errno, 'connect', this.#address));
    else if (isConnected(this.#socket)) this.#succeed();
    // else the notification was spurious, and taking the error has re-armed it
  }

  onClose(): void {
    this.#fail(socketClosed());
  }

  #settle(): void {
    this.#settled = true;
    this.#watch?.dispose();
  }

  #succeed(): void {
    this.#settle();
    this.#subscriber.next(this.#socket);
    this.#subscriber.complete();
  }

  #fail(error: unknown): void {
    this.abandon();
    this.#subscriber.error(error);
  }
}

function isConnected(socket: Socket): boolean {
  try {
    socket.getpeername();
    return true;
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOTCONN') return false;
    throw error;
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
    const connecting = new Connecting(typeof open === 'function' ? open() : open, target, subscriber);
    subscriber.add(() => connecting.abandon());
    connecting.start();
  });
}
