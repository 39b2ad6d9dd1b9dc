/** The wait for how a connect ends; whoever connects shares it. */
import type { SocketAddress } from './address.ts';
import { SystemError, socketClosed, systemError } from './errors.ts';
import { Watch, type Watcher, WRITABLE } from './readiness.ts';
import type { Socket } from './socket.ts';

/** Who is told, once, how a connect has ended. */
export interface ConnectObserver {
  connected(socket: Socket): void;
  /** The socket stays open, unless that is the failure. */
  failed(error: unknown): void;
}

/** A connect in progress. */
export class Connecting implements Watcher {
  readonly #socket: Socket;
  readonly #address: SocketAddress | null;
  readonly #observer: ConnectObserver;
  readonly #watch: Watch;

  /** `address` is what errors name, if it is known. */
  constructor(socket: Socket, address: SocketAddress | null, observer: ConnectObserver) {
    this.#socket = socket;
    this.#address = address;
    this.#observer = observer;
    this.#watch = new Watch(socket, WRITABLE, this);
  }

  /** Nobody is told any more. */
  dispose(): void {
    this.#watch.dispose();
  }

  onReady(): void {
    const error = this.#socket.takeError();
    if (error !== null) {
      this.dispose();
      this.#observer.failed(systemError(error.errno, 'connect', this.#address));
    } else if (isConnected(this.#socket)) {
      this.dispose();
      this.#observer.connected(this.#socket);
    }
    // else the notification was spurious, and taking the error has re-armed it
  }

  onClose(): void {
    this.#observer.failed(socketClosed());
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
