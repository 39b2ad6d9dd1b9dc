/**
 * Sending without copying, `MSG_ZEROCOPY`: the kernel sends from the caller's
 * own pages, and tells in the error queue when it has given them back.
 */
import {
  AF_INET,
  AF_INET6,
  IPPROTO_TCP,
  MSG_ZEROCOPY,
  SO_LINGER,
  SO_PROTOCOL,
  SO_ZEROCOPY,
  SOCK_STREAM,
  SOL_SOCKET,
} from './constants.ts';
import type { ExtendedError } from './control.ts';
import { SystemError } from './errors.ts';
import { ERROR, Watch, type Watcher } from './readiness.ts';
import { attempt } from './send_attempt.ts';
import type { Socket } from './socket.ts';
import { ZerocopyDrain } from './zerocopy_drain.ts';
import { Ledger, type Lent } from './zerocopy_ledger.ts';

/** 0 where the system has no such thing. */
export const ZEROCOPY = MSG_ZEROCOPY ?? 0;

/** Shorter messages are copied: that is cheaper than to pin pages and to hear of it. */
const THRESHOLD = 1 << 14;

/**
 * The most bytes of one call: the kernel counts all of a call, whatever it
 * takes of it, against `RLIMIT_MEMLOCK`.
 */
const MOST_LENT = 1 << 19;

/** What a call answers where the same without the flag may do: no room for its account, kTLS, not connected. */
const REFUSALS = new Set(['ENOBUFS', 'EOPNOTSUPP', 'EINVAL']);
const REFUSED = Symbol('refused');

/** Who waits for the pages of a message. */
export interface LoanObserver {
  onReturned(): void;
  /** The socket was closed or detached before. */
  onClose(): void;
}

/** A message that is sent without copying, as far as the kernel does. */
export class Loan implements Lent {
  readonly #tracker: Zerocopy;
  readonly #data: Uint8Array;
  /** How many calls the kernel has not told of. */
  #calls = 0;
  #observer: LoanObserver | null = null;

  constructor(tracker: Zerocopy, data: Uint8Array) {
    this.#tracker = tracker;
    this.#data = data;
  }

  /** Sends from `offset` on: how many bytes went; null for none, for want of room. */
  attempt(socket: Socket, flags: number, offset: number): number | null {
    let sent = 0;
    for (let start = offset; start < this.#data.byteLength; start += MOST_LENT) {
      const end = Math.min(start + MOST_LENT, this.#data.byteLength);
      const n = this.#lend(socket, flags, start, end);
      // The same call without the flag, unless something has gone: then the next attempt makes it.
      if (n === REFUSED && sent === 0) return attempt(socket, this.#data, flags & ~ZEROCOPY, offset, null);
      if (n === null || n === REFUSED) break;
      sent += n;
      if (n < end - start) break;
    }
    return sent === 0 ? null : sent;
  }

  #lend(socket: Socket, flags: number, start: number, end: number): number | null | typeof REFUSED {
    if (!this.#tracker.worthwhile) return REFUSED;
    try {
      const n = socket.send(this.#data, flags, start, end);
      if (n === null) return null;
      this.#calls++;
      this.#tracker.lend(this);
      return n;
    } catch (error) {
      if (error instanceof SystemError && REFUSALS.has(error.code)) return REFUSED;
      throw error;
    }
  }

  /** Calls back when the kernel has nothing of it, which may be now. */
  whenReturned(observer: LoanObserver): void {
    if (this.#calls === 0) observer.onReturned();
    else this.#observer = observer;
  }

  returned(): boolean {
    return --this.#calls === 0;
  }

  settle(): void {
    const observer = this.#observer;
    this.#observer = null;
    observer?.onReturned();
  }

  close(): void {
    const observer = this.#observer;
    this.#observer = null;
    observer?.onClose();
  }
}

/**
 * Who knows of a socket's loans, and reads its error queue for them unless a
 * subscriber does. Once the kernel has said that it copied after all, as it
 * does on loopback, it is let to copy: that is cheaper than both.
 */
export class Zerocopy implements Watcher {
  readonly #socket: Socket;
  /** Null: the kernel copies. */
  #ledger: Ledger | null;
  readonly #watch: Watch;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#ledger = enable(socket) ? new Ledger() : null;
    this.#watch = new Watch(socket, 0, this);
    socket._zerocopy = this;
  }

  /** A loan for a message, where that is worth it. */
  static loan(socket: Socket, data: Uint8Array): Loan | null {
    const fit = socket.family === AF_INET || socket.family === AF_INET6;
    if (!fit || socket.style !== SOCK_STREAM || data.byteLength < THRESHOLD) return null;
    const tracker = socket._zerocopy ?? new Zerocopy(socket);
    return tracker.worthwhile ? new Loan(tracker, data) : null;
  }

  /** Whether the kernel does not copy, as far as is known. */
  get worthwhile(): boolean {
    return this.#ledger !== null && !this.#ledger.copied;
  }

  lend(loan: Loan): void {
    const ledger = this.#ledger as Ledger;
    const first = ledger.isEmpty;
    ledger.lend(loan);
    if (first) this.#watch.setMask(ERROR);
  }

  onReady(): void {
    if (this.#socket._errorReaders > 0) return;
    this.#ledger?.read(this.#socket);
    this.#rest();
  }

  /** Takes an entry that a subscriber to the error queue has read; returns whether it was meant for this. */
  take(error: ExtendedError): boolean {
    const taken = this.#ledger?.take(error) ?? false;
    this.#rest();
    return taken;
  }

  /** No subscriber reads the error queue any more. */
  resume(): void {
    if (this.#ledger?.isEmpty === false) this.#watch.setMask(ERROR);
  }

  /** The descriptor is about to be closed or given away, which only the latter may keep from being done. */
  leave(detached: boolean): void {
    if (this.#ledger?.isEmpty !== false) return;
    try {
      new ZerocopyDrain(this.#socket, this.#ledger, detached);
    } catch (error) {
      if (detached) throw error;
      // No descriptor is left: then the close has the kernel drop what it has.
      this.#socket.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 });
    }
  }

  onClose(): void {
    const ledger = this.#ledger;
    this.#ledger = null;
    ledger?.close();
  }

  #rest(): void {
    if (this.#ledger?.isEmpty !== false) this.#watch.setMask(0);
  }
}

/** Sets `SO_ZEROCOPY`. Where the numbers of calls are not known from the first, or nobody would tell of them, no. */
function enable(socket: Socket): boolean {
  if (SO_ZEROCOPY === undefined) return false;
  try {
    if (socket.getsockopt(SOL_SOCKET, SO_PROTOCOL!) !== IPPROTO_TCP) return false;
    if (socket._adopted && socket.getsockopt(SOL_SOCKET, SO_ZEROCOPY)) return false;
    socket.setsockopt(SOL_SOCKET, SO_ZEROCOPY, true);
    return true;
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}
