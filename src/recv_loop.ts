/** The receiving half of fromRecv, mergeRecv, chunks and SocketStream. */
import { DEFAULT_SIZE, keep, lend, slabOf } from './chunks.ts';
import { positive, requireConfig, requireOpen, sourceFlags } from './config.ts';
import { SOCK_STREAM } from './constants.ts';
import { type END, PullLoop, type Sink } from './pull_loop.ts';
import { hasEnd, ReaderClaim } from './reader_claim.ts';
import type { Socket } from './socket.ts';
import { streamEnd } from './stream_end.ts';

/** Configuration of what receives bytes. */
export interface RecvConfig {
  /**
   * The most bytes to receive at once, and so the longest chunk. On datagram
   * sockets what is longer is cut. Default 65,536.
   */
  size?: number;
  /**
   * Flags of recv(2). `MSG_PEEK`, `MSG_TRUNC` and `MSG_ERRQUEUE` are refused:
   * a source takes what it emits. Default 0.
   */
  flags?: number;
  /**
   * The most receives in one turn of the event loop; the rest waits for the
   * next, so that other sockets and timers have theirs. Default 16.
   */
  maxPerTurn?: number;
}

/** A {@link RecvConfig}, checked. */
export interface CheckedRecvConfig {
  readonly size: number;
  readonly flags: number;
  readonly maxPerTurn: number;
}

export function checkRecvConfig(config: RecvConfig = {}): CheckedRecvConfig {
  requireConfig(config);
  return {
    size: positive('size', config.size, DEFAULT_SIZE),
    flags: sourceFlags(config.flags),
    maxPerTurn: positive('maxPerTurn', config.maxPerTurn, 16, Number.POSITIVE_INFINITY),
  };
}

export class RecvLoop extends PullLoop<Buffer<ArrayBuffer>> {
  readonly #size: number;
  readonly #flags: number;
  readonly #chunk: (length: number) => Buffer<ArrayBuffer>;
  readonly #claim: ReaderClaim | null;

  /** With `reuse` the chunks are only lent, and the sink gives them back. */
  constructor(socket: Socket, config: CheckedRecvConfig, sink: Sink<Buffer<ArrayBuffer>>, reuse = false) {
    const claim = ReaderClaim.take(requireOpen(socket));
    super(socket, config.maxPerTurn, sink);
    this.#claim = claim;
    this.#size = config.size;
    this.#flags = config.flags;
    this.#chunk = reuse ? lend : keep;
  }

  protected take(): Buffer<ArrayBuffer> | null | typeof END {
    if (this.socket._unread !== null && this.#claim !== null) return this.#claim.takeUnread(this.#size);
    const n = this.socket.recv(slabOf(this.#size), this.#flags, 0, this.#size);
    if (n === null) return null;
    if (n === 0 && hasEnd(this.socket)) return streamEnd(this.socket);
    // A stream that gave less than asked has no more; saves the call that would say so.
    if (n < this.#size && this.socket.style === SOCK_STREAM) this.exhausted();
    return this.#chunk(n);
  }

  override unsubscribe(): void {
    super.unsubscribe();
    this.#claim?.release();
  }
}
