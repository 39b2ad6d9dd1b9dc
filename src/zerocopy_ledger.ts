/** Which pages of a socket's messages the kernel has, by what its error queue tells. */
import {
  IP_RECVERR,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVERR,
  MSG_ERRQUEUE,
  SO_EE_CODE_ZEROCOPY_COPIED,
  SO_EE_ORIGIN_ZEROCOPY,
} from './constants.ts';
import type { ExtendedError } from './control.ts';
import type { ReceivedMessage } from './message.ts';
import type { Socket } from './socket.ts';

/** The pages of one message. */
export interface Lent {
  /** Those of one call are back; returns whether they were the last. */
  returned(): boolean;
  /** All are back: called when nothing here is in between. */
  settle(): void;
  /** Nobody will tell of them any more. */
  close(): void;
}

const FLAGS = { flags: MSG_ERRQUEUE ?? 0 };

/** The error that an entry of an error queue tells of; null if there is none. */
export function extendedError(message: ReceivedMessage): ExtendedError | null {
  return message.find(IPPROTO_IP, IP_RECVERR!) ?? message.find(IPPROTO_IPV6, IPV6_RECVERR!) ?? null;
}

/** What is on loan holds its memory, so that nobody else writes there. */
export class Ledger {
  /** By the number of the call, which the kernel counts with 32 bits. */
  readonly #lent = new Map<number, Lent>();
  #next: number;
  /** The kernel has copied something after all, and would again. */
  copied = false;

  constructor(first = 0) {
    this.#next = first;
  }

  get isEmpty(): boolean {
    return this.#lent.size === 0;
  }

  /** A call with the flag has succeeded. */
  lend(lent: Lent): void {
    this.#lent.set(this.#next, lent);
    this.#next = (this.#next + 1) >>> 0;
  }

  /** Reads the error queue until it is empty. What else is in it is dropped. */
  read(socket: Socket): void {
    const back: Lent[] = [];
    for (let message = socket.recvmsg([], FLAGS); message !== null; message = socket.recvmsg([], FLAGS)) {
      const error = extendedError(message);
      if (error !== null) this.#collect(error, back);
    }
    for (const each of back) each.settle();
  }

  /** Takes an entry that somebody else has read; returns whether it was of this kind. */
  take(error: ExtendedError): boolean {
    const back: Lent[] = [];
    const taken = this.#collect(error, back);
    for (const each of back) each.settle();
    return taken;
  }

  /** Tells all that the socket is gone; what the kernel has it still has. */
  close(): void {
    for (const each of new Set(this.#lent.values())) each.close();
  }

  #collect({ origin, code, info, data }: ExtendedError, back: Lent[]): boolean {
    if (origin !== SO_EE_ORIGIN_ZEROCOPY) return false;
    if (code === SO_EE_CODE_ZEROCOPY_COPIED) this.copied = true;
    // From `info` to `data`, past the end of 32 bits perhaps.
    const last = (data - info) >>> 0;
    for (const [number, lent] of this.#lent) {
      if ((number - info) >>> 0 > last) continue;
      this.#lent.delete(number);
      if (lent.returned()) back.push(lent);
    }
    return true;
  }
}
