/** The accepting half of fromAccept, mergeAccept and accepts. */

import { positive, requireOpen } from './config.ts';
import { SystemError } from './errors.ts';
import { PullLoop, type Sink } from './pull_loop.ts';
import type { Accepted, Socket } from './socket.ts';

/** Errors of the new connection, not of the listener: accept(2) says to go on. Not EOPNOTSUPP: no listener says that, too. */
const SKIPPED = new Set([
  'ECONNABORTED',
  'EPERM',
  'EPROTO',
  'ENETDOWN',
  'ENOPROTOOPT',
  'EHOSTDOWN',
  'ENONET',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Out of descriptors or memory: the connection keeps waiting in the backlog, and the listener stays readable. */
const EXHAUSTED = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/** After so many in a row it waits all the same: what is forbidden (EPERM) may stay in the backlog. */
const MOST_SKIPPED = 64;

/** In milliseconds. */
const FIRST_PAUSE = 5;
const LAST_PAUSE = 1000;

/** Reads how many connections may be accepted in one turn. Without limit a burst of 10,000 is served no sooner. */
export function acceptsPerTurn(value: number | undefined): number {
  return positive('maxPerTurn', value, 64, Number.POSITIVE_INFINITY);
}

export class AcceptLoop extends PullLoop<Accepted> {
  readonly #onExhausted: (error: SystemError) => void;
  #pause = 0;
  #timer: NodeJS.Timeout | null = null;

  /** `onExhausted` is told once each time that accepting has to pause; what it throws ends the loop. */
  constructor(
    listener: Socket,
    maxPerTurn: number,
    onExhausted: (error: SystemError) => void,
    sink: Sink<Accepted>,
  ) {
    super(requireOpen(listener), maxPerTurn, sink);
    this.#onExhausted = onExhausted;
  }

  protected take(): Accepted | null {
    for (let skipped = 0; ; skipped++) {
      try {
        const accepted = this.socket.accept();
        // Also where nobody waits: the kernel takes a descriptor first, and looks then.
        this.#pause = 0;
        return accepted;
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        const skips = SKIPPED.has(error.code);
        if (skips && skipped < MOST_SKIPPED) continue;
        if (!skips && !EXHAUSTED.has(error.code)) throw error;
        this.#wait(error);
        return null;
      }
    }
  }

  #wait(error: SystemError): void {
    this.suspend();
    const first = this.#pause === 0;
    this.#pause = Math.min(Math.max(this.#pause * 2, FIRST_PAUSE), LAST_PAUSE);
    this.#timer = setTimeout(() => this.onReady(), this.#pause);
    if (!this.socket._referenced) this.#timer.unref();
    if (first) this.#onExhausted(error);
  }

  override unsubscribe(): void {
    super.unsubscribe();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

/** Where nobody asked to be told. */
export function warnExhausted(error: SystemError): void {
  process.emitWarning(`${error.message}: accepting pauses, and tries again`, {
    type: 'SocketAcceptWarning',
    code: error.code,
  });
}
