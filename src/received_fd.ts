/** Descriptors that other processes, threads or sockets have passed to this one. */
import { inspect } from 'node:util';
import { binding } from './binding.ts';
import { Dropped } from './dropped.ts';
import { descriptorClosed } from './errors.ts';
import { Socket } from './socket.ts';

/** So many may be there, of a thread, that nobody has taken or closed: it is the peer who says how many it passes. */
const MOST_UNTAKEN = 1024;

let untaken = 0;
let refusedOnce = false;

function warnRefused(): void {
  if (refusedOnce) return;
  refusedOnce = true;
  process.emitWarning(
    `${MOST_UNTAKEN} received descriptors wait for adopt(), detach() or close(); those that come now are closed.`,
    { type: 'DescriptorLimitWarning', code: 'UVSOCK_DESCRIPTOR_LIMIT' },
  );
}

const dropped = new Dropped({
  sentence:
    'A received descriptor was garbage collected without adopt(), detach() or close(); it has been closed.',
  made: 'received',
  type: 'DescriptorLeakWarning',
  code: 'UVSOCK_DESCRIPTOR_LEAK',
  frames: 1,
  onClosed: () => untaken--,
});

/**
 * A descriptor that a message brought: `SCM_RIGHTS` or `SCM_PIDFD`, unix(7).
 * It is close-on-exec from birth and otherwise as its sender left it:
 * `O_NONBLOCK` belongs to the open file description, which both share. Take it
 * with {@link adopt} or {@link detach}, or close it; one that is dropped is
 * closed when it is collected, with a process warning.
 *
 * While 1,024 of a thread wait for that, those that come are closed at once, for
 * else a peer could use up all that the process may open: their `fd` is -1. A
 * Unix socket that wants none can forbid them, with the option `SO_PASSRIGHTS`.
 */
export class ReceivedFd implements Disposable {
  readonly #slot: number;
  readonly #generation: number;
  #fd: number;

  private constructor(slot: number, generation: number, fd: number) {
    this.#slot = slot;
    this.#generation = generation;
    this.#fd = fd;
    untaken++;
    if (untaken > MOST_UNTAKEN) {
      this.close();
      warnRefused();
    } else {
      dropped.register(this, slot, generation);
    }
  }

  /** @internal Of the three integers with which the native layer describes each. */
  static _of(slot: number, generation: number, fd: number): ReceivedFd {
    return new ReceivedFd(slot, generation, fd);
  }

  /** The descriptor, of whatever kind; -1 once it was closed or taken, or because there were too many. */
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
    this.#gone();
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
    this.#gone();
    return fd;
  }

  /** Closes the descriptor, close(2), unless it was closed or taken before. */
  close(): void {
    if (this.#fd === -1) return;
    this.#gone();
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

  #gone(): void {
    this.#fd = -1;
    untaken--;
  }

  #requireOpen(): number {
    if (this.#fd === -1) throw descriptorClosed();
    return this.#fd;
  }
}
