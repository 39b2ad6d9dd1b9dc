/** Messages: what recvmsg(2) gives and sendmsg(2) takes. */
import type { AddressLike, SocketAddress } from './address.ts';
import { binding } from './binding.ts';
import type { Control, Level, PlainControl } from './brands.ts';
import type { ControlMessage, ReceivedControl } from './control.ts';
import { invalidArgType, outOfRange, tooManyParts } from './errors.ts';

/** Options of `recvmsg`. */
export interface RecvmsgOptions {
  /**
   * Room for control messages in bytes, their headers included (`CMSG_SPACE`
   * of cmsg(3)); at most 1 MiB. What does not fit is lost, descriptors are
   * closed, those beyond the process's limit too, and `MSG_CTRUNC` tells. Default 4,096, which has room for the 253
   * descriptors that the kernel passes at most, and all else.
   */
  control?: number;
  /**
   * `MSG_PEEK`, `MSG_TRUNC`, `MSG_ERRQUEUE`, ...; `MSG_DONTWAIT` and
   * `MSG_CMSG_CLOEXEC` are always in force. Default 0.
   */
  flags?: number;
}

/** What `sendmsg` sends. */
export interface Message {
  /** One buffer, or up to 1,024 (`IOV_MAX`), whose bytes are sent in their order. */
  data: ArrayBufferView | readonly ArrayBufferView[];
  /** To whom; on a connected socket nothing. */
  address?: AddressLike;
  /** Control messages that go along: to pass descriptors, to choose the source address, ... */
  control?: readonly ControlMessage[];
  /** `MSG_MORE`, `MSG_EOR`, `MSG_ZEROCOPY`, ... Default 0. */
  flags?: number;
}

/** What `recvmsg` received. Descriptors in `control` are the receiver's to close. */
export class ReceivedMessage {
  /** Bytes received; with `MSG_TRUNC`, the length of the datagram even if it is more than there was room for. */
  readonly bytes: number;
  /**
   * What the kernel says of it: `MSG_TRUNC` (the datagram was cut),
   * `MSG_CTRUNC` (control messages were), `MSG_EOR`, `MSG_OOB`,
   * `MSG_ERRQUEUE`. On Linux `MSG_CMSG_CLOEXEC`, always in force, is among
   * them: test bits, do not compare.
   */
  readonly flags: number;
  /** The sender; of an entry of the error queue, where the datagram was sent to. Null where it is unknown. */
  readonly address: SocketAddress | null;
  /** Control messages in the order of the kernel. */
  readonly control: readonly ReceivedControl[];

  constructor(
    bytes: number,
    flags: number,
    address: SocketAddress | null,
    control: readonly ReceivedControl[],
  ) {
    this.bytes = bytes;
    this.flags = flags;
    this.address = address;
    this.control = control;
  }

  /**
   * The first control message of a type, decoded; raw bytes where the package
   * does not know the type.
   *
   * @example
   * const ttl = message.find(IPPROTO_IP, IP_TTL); // number | undefined
   */
  find<L extends string, T>(level: Level<NoInfer<L>>, type: Control<L, T, never>): T | undefined;
  find(level: number, type: PlainControl): Buffer | undefined;
  find(level: number, type: number): unknown {
    return this.control.find((each) => each.level === level && each.type === type)?.data;
  }
}

const DEFAULT_CONTROL = 4096;
const MAX_CONTROL = 1 << 20;

/** How many bytes of packed form the native layer wants for each of the kernel's. */
const PACKED = 3;

let packed = new Int32Array((PACKED * DEFAULT_CONTROL) / 4);

/** Room for control messages: as asked for, and where they come out packed. One serves all sockets. */
export function controlRoom(room: number = DEFAULT_CONTROL): { room: number; packed: Int32Array } {
  if (typeof room !== 'number') throw invalidArgType('options.control', 'of type number', room);
  if (!Number.isInteger(room) || room < 0 || room > MAX_CONTROL) {
    throw outOfRange('options.control', `an integer >= 0 and <= ${MAX_CONTROL}`, room);
  }
  if (packed.byteLength < PACKED * room) packed = new Int32Array(Math.ceil((PACKED * room) / 4));
  return { room, packed };
}

/** The buffers themselves, if they are not more than the kernel takes; the native layer checks each. */
export function checkParts<T extends ArrayBufferView | readonly ArrayBufferView[]>(
  syscall: string,
  parts: T,
): T {
  if (Array.isArray(parts) && parts.length > binding.mostParts) {
    throw tooManyParts(syscall, parts.length, binding.mostParts);
  }
  return parts;
}
