/** What becomes of pages that the kernel still has when their socket is closed or given away. */
import { AF_UNSPEC, SO_LINGER, SOL_SOCKET } from './constants.ts';
import { ERROR, Watch, type Watcher } from './readiness.ts';
import { Socket } from './socket.ts';
import type { Ledger } from './zerocopy_ledger.ts';

/** In milliseconds: a peer that has taken nothing for so long will not. */
const PATIENCE = 60_000;

/**
 * Memory that is freed is used again, and would be sent with what is then in
 * it. So a duplicate of the descriptor stays open, and with it the memory, until
 * the kernel has given all back: the connection ends when the peer has what was
 * sent. It keeps the process alive as the socket did.
 */
export class ZerocopyDrain implements Watcher {
  readonly #socket: Socket;
  readonly #ledger: Ledger;
  readonly #detached: boolean;
  readonly #timer: NodeJS.Timeout;
  #unsent: number;

  /** @throws SystemError `EMFILE`, `ENFILE`. */
  constructor(socket: Socket, ledger: Ledger, detached: boolean) {
    const { enabled, timeout } = socket.getsockopt(SOL_SOCKET, SO_LINGER);
    this.#socket = Socket._adoptDuplicate(socket.fd);
    if (!socket._referenced) this.#socket.unref();
    this.#ledger = ledger;
    this.#detached = detached;
    this.#unsent = this.#socket.bytesUnsent();
    this.#timer = setInterval(() => this.#look(), PATIENCE).unref();
    new Watch(this.#socket, ERROR, this);
    if (!detached && enabled && timeout === 0) this.#reset();
  }

  onReady(): void {
    this.#ledger.read(this.#socket);
    if (this.#ledger.isEmpty) this.#socket.close();
  }

  onClose(): void {
    clearInterval(this.#timer);
  }

  /** A connection that was given away is not ended from here. */
  #look(): void {
    const unsent = this.#socket.bytesUnsent();
    if (!this.#detached && unsent === this.#unsent) this.#reset();
    // Whoever has it now may have read what was for us: then the peer's acknowledgement tells.
    else if (this.#detached && unsent === 0) this.#socket.close();
    this.#unsent = unsent;
  }

  /** The kernel drops what has not been sent, and says so. */
  #reset(): void {
    this.#socket.connect(AF_UNSPEC);
  }
}
