/** The receiving half of fromRecvmsg. */
import type { SocketAddress } from '../address.ts';
import { keep, slabOf } from '../chunks.ts';
import { requireOpen } from '../config.ts';
import type { ReceivedControl } from '../control.ts';
import { ReceivedMessage } from '../message.ts';
import { type END, PullLoop, type Sink } from '../pull_loop.ts';
import { hasEnd, ReaderClaim } from '../reader_claim.ts';
import type { CheckedRecvConfig } from '../recv_loop.ts';
import type { Socket } from '../socket.ts';
import { streamEnd } from '../stream_end.ts';

/** A {@link ReceivedMessage} with its bytes; all of it is the receiver's, descriptors included. */
export class MessageWithData extends ReceivedMessage {
  /** The payload of a datagram, or the next bytes of a stream. */
  readonly data: Buffer<ArrayBuffer>;

  constructor(
    data: Buffer<ArrayBuffer>,
    flags: number,
    address: SocketAddress | null,
    control: readonly ReceivedControl[],
  ) {
    super(data.length, flags, address, control);
    this.data = data;
  }
}

export class RecvmsgLoop extends PullLoop<MessageWithData> {
  readonly #size: number;
  readonly #options: { control: number; flags: number };
  readonly #ends: boolean;
  readonly #claim: ReaderClaim | null;

  constructor(socket: Socket, config: CheckedRecvConfig, control: number, sink: Sink<MessageWithData>) {
    const claim = ReaderClaim.take(requireOpen(socket));
    super(socket, config.maxPerTurn, sink);
    this.#claim = claim;
    this.#size = config.size;
    this.#options = { control, flags: config.flags };
    this.#ends = hasEnd(socket);
  }

  protected take(): MessageWithData | null | typeof END {
    const unread = this.#claim?.takeUnread(this.#size) ?? null;
    if (unread !== null) return new MessageWithData(unread, 0, null, []);
    const message = this.socket.recvmsg(slabOf(this.#size).subarray(0, this.#size), this.#options);
    if (message === null) return null;
    const { bytes, flags, address, control } = message;
    // An empty message of a SEQPACKET socket is told from its end by what it brings.
    if (bytes === 0 && this.#ends && control.length === 0) return streamEnd(this.socket);
    return new MessageWithData(keep(bytes), flags, address, control);
  }

  override unsubscribe(): void {
    super.unsubscribe();
    this.#claim?.release();
  }
}
