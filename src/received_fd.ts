/** Descriptors that other processes, threads or sockets have passed to this one. */
import { inspect } from 'node:util';
import { binding } from './binding.ts';
import { Dropped } from './dropped.ts';
import { descriptorClosed } from './errors.ts';
import { Socket } from './socket.ts';

const dropped = new Dropped({
  sentence:
    'A received descriptor was garbage collected without adopt(), detach() or close(); it has been closed.',
  made: 'received',
  type: 'DescriptorLeakWarning',
  code: 'UVSOCK_DESCRIPTOR_LEAK',
  frames: 1,
});

/**
 * A descriptor that a message brought: `SCM_RIGHTS` or `SCM_PIDFD`, unix(7).
 * It is close-on-exec from birth and otherwise as its sender left it:
 * `O_NONBLOCK` belongs to the open file description, which both share. Take it
 * with {@link adopt} or {@link detach}, or close it; one that is dropped is
 * closed when it is collected, with a process warning.
 */
export class ReceivedFd implements Disposable {
  readonly #slot: number;
  readonly #generation: number;
  #fd: number;

  private constructor(slot: number, generation: number, fd: number) {
    this.#slot = slot;
    this.#generation = generation;
    this.#fd = fd;
    dropped.register(this, slot, generation);
  }

  /** @internal Of the three integers with which the native layer describes each. */
  static _of(slot: number, generation: number, fd: number): ReceivedFd {
    return new ReceivedFd(slot, generation, fd);
  }

  /** The descriptor, of whatever kind; -1 once it was closed or taken. */
  get fd(): number {
    return this.#fd;
  }

  /**
   * Makes a {@link Socket} of the descriptor, as {@link Socket.adopt} does.
   *
   * @throws SystemError `ENOTSOCK` if it is no socket; it is still here then.
   * `ERR_DESCRIPTOR_CLOSED` if it was closed or taken before.
   */
  adopt(): Socket {
    this.#requireOpen();
    const socket = Socket._adoptReceived(this.#slot, this.#generation);
    this.#fd = -1;
    return socket;
  }

  /**
   * Gives the descriptor away: of a file, say, to `node:fs`.
   *
   * @returns The descriptor; the caller owns it.
   * @throws `ERR_DESCRIPTOR_CLOSED` if it was closed or taken before.
   */
  detach(): number {
    const fd = this.#requireOpen();
    binding.detach(this.#slot, this.#generation);
    this.#fd = -1;
    return fd;
  }

  /** Closes the descriptor, close(2), unless it was closed or taken before. */
  close(): void {
    if (this.#fd === -1) return;
    this.#fd = -1;
    binding.close(this.#slot, this.#generation);
  }

  /** {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  [inspect.custom](): string {
    return `ReceivedFd { fd: ${this.#fd} }`;
  }

  #requireOpen(): number {
    if (this.#fd === -1) throw descriptorClosed();
    return this.#fd;
  }
}
