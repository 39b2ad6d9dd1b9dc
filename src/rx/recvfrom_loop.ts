/** The receiving half of fromRecvfrom and mergeRecvfrom. */
import type { SocketAddress } from '../address.ts';
import { keep, lend, slabOf } from '../chunks.ts';
import { requireOpen } from '../config.ts';
import { PullLoop, type Sink } from '../pull_loop.ts';
import type { CheckedRecvConfig } from '../recv_loop.ts';
import type { Socket } from '../socket.ts';

/** A datagram and its origin. */
export interface Datagram {
  /** The payload; the receiver's for good, unless `reuse` lends it. */
  data: Buffer<ArrayBuffer>;
  /** The sender; null where it is unknown (an unnamed Unix socket). */
  address: SocketAddress | null;
}

export class RecvfromLoop extends PullLoop<Datagram> {
  readonly #size: number;
  readonly #flags: number;
  readonly #chunk: (length: number) => Buffer<ArrayBuffer>;

  /** With `reuse` the payloads are only lent, and the sink gives them back. */
  constructor(socket: Socket, config: CheckedRecvConfig, sink: Sink<Datagram>, reuse = false) {
    super(requireOpen(socket), config.maxPerTurn, sink);
    this.#size = config.size;
    this.#flags = config.flags;
    this.#chunk = reuse ? lend : keep;
  }

  protected take(): Datagram | null {
    const received = this.socket.recvfrom(slabOf(this.#size), this.#flags, 0, this.#size);
    return received === null ? null : { data: this.#chunk(received.bytes), address: received.address };
  }
}
