/** The wait for how a connect ends; whoever connects shares it. */
import { constants as os } from 'node:os';
import type { SocketAddress } from './address.ts';
import { SystemError, socketClosed, systemError } from './errors.ts';
import { type Readiness, Watch, type Watcher, WRITABLE } from './readiness.ts';
import type { Socket } from './socket.ts';

const { ENOTCONN } = os.errno;

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
  /** Notified without being connected, or an error that tells why: somebody else may have taken it. */
  #unexplained = false;

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

  onReady(ready: Readiness): void {
    const error = this.#socket.takeError();
    if (error !== null) {
      this.dispose();
      this.#observer.failed(systemError(error.errno, 'connect', this.#address));
    } else if (isConnected(this.#socket)) {
      this.dispose();
      this.#observer.connected(this.#socket);
    } else if (this.#unexplained && !ready.error) {
      this.dispose();
      this.#observer.failed(systemError(-ENOTCONN, 'connect', this.#address));
    } else {
      // Of before the connect, perhaps; taking the error has re-armed it. A second one is of the socket as it is.
      // What is in an error queue, and stays there, says nothing of either.
      this.#unexplained = !ready.error;
    }
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
