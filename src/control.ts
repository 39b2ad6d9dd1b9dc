/** Control messages (ancillary data), cmsg(3): what the bytes of each type mean. One row per type. */
import { endianness } from 'node:os';
import { type InternetAddress, SocketAddress } from './address.ts';
import type { Control, Level, PlainControl } from './brands.ts';
import {
  addressBytes,
  bigint,
  bytes,
  type Codec,
  type Credentials,
  checkInteger,
  credentials,
  intAt,
  integer,
  ints,
  string,
  type TableRow,
  tableOf,
  timePair,
} from './codecs.ts';
import * as c from './constants.ts';
import { invalidArgType, invalidArgValue, outOfRange } from './errors.ts';
import { type Ipv6PacketInfo, type Ipv6PacketInfoToSend, packetInfo6 } from './options/ip.ts';
import { checkIndex, fieldsOf, textAt } from './options/struct.ts';
import { ReceivedFd } from './received_fd.ts';
import type { Socket } from './socket.ts';

/** What `SCM_RIGHTS` sends: a socket, a received descriptor, or a number. */
export type Descriptor = Socket | ReceivedFd | number;

/** `IP_PKTINFO`, ip(7). */
export interface PacketInfo {
  /** The interface: where it was received, or is to be sent; 0 lets the kernel choose. */
  ifindex: number;
  /** The destination in the datagram's header; sending ignores it. */
  address: string;
  /** The local address that it was received at; sending, its source address, and 0.0.0.0 lets the kernel choose. */
  specDst: string;
}

/** {@link PacketInfo} to be sent with; what is missing, the kernel chooses. What was received can be sent as it is. */
export interface PacketInfoToSend {
  /** The interface to send through. */
  ifindex?: number;
  /** Ignored. */
  address?: InternetAddress;
  /** The source address. */
  specDst?: InternetAddress;
}

/** `SO_TIMESTAMPING`: nanoseconds since 1970 each, null where none was taken. */
export interface Timestamping {
  /** By the kernel. */
  software: bigint | null;
  /** By the network card, in its own clock. */
  hardware: bigint | null;
}

/** `IP_RECVERR`, `IPV6_RECVERR`, `MSG_ERRQUEUE` of recv(2): struct sock_extended_err. */
export interface ExtendedError {
  /** The error's number, negative as everywhere in Node; 0 if the entry tells of no error. */
  errno: number;
  /** Who tells: `SO_EE_ORIGIN_*`. */
  origin: number;
  /** From ICMP: the type of its message. */
  type: number;
  /** From ICMP: the code of its message. */
  code: number;
  /** By origin: the path's MTU for `EMSGSIZE`, the first of a range of zero-copy sends, ... */
  info: number;
  /** By origin: the last of a range of zero-copy sends, the number of the datagram of a timestamp, ... */
  data: number;
  /** Who caused the error, the router say; null if it came from here. */
  offender: SocketAddress | null;
}

/** All that a control message can be decoded to. */
export type ControlData =
  | Buffer
  | string
  | number
  | bigint
  | Credentials
  | PacketInfo
  | Ipv6PacketInfo
  | Timestamping
  | ExtendedError
  | SocketAddress
  | ReceivedFd
  | ReceivedFd[]
  | null;

/** A received control message; `ReceivedMessage.find` knows the type of its data. */
export interface ReceivedControl {
  /** `SOL_SOCKET`, `IPPROTO_IP`, ... */
  readonly level: number;
  /** `SCM_RIGHTS`, `IP_PKTINFO`, ... */
  readonly type: number;
  /** Decoded; raw bytes where the package does not know the type. */
  readonly data: ControlData;
}

/** A control message with data of its type. */
export type TypedControl<L extends string, Set> = {
  /** `SOL_SOCKET`, `IPPROTO_IP`, ... */
  readonly level: Level<L>;
  /** `SCM_RIGHTS`, `IP_PKTINFO`, ...; must belong to the level. */
  readonly type: Control<L, unknown, Set>;
  /** What is sent. */
  readonly data: Set;
};

/** Any type may be sent as the raw bytes that the kernel expects. */
export type RawControl<L extends string> = {
  /** `SOL_SOCKET`, `IPPROTO_IP`, ... */
  readonly level: Level<L>;
  /** `SCM_RIGHTS`, `IP_PKTINFO`, ...; must belong to the level. */
  readonly type: Control<L, unknown, never>;
  /** The bytes behind the header, cmsg(3). */
  readonly data: ArrayBufferView;
};

/** A control message of a type that the package has no name for. */
export type UnknownControl = {
  /** A protocol, or `SOL_SOCKET`. */
  readonly level: number;
  /** Its number. */
  readonly type: PlainControl;
  /** The bytes behind the header, cmsg(3). */
  readonly data: ArrayBufferView;
};

/** A control message to be sent: data of its type, or raw bytes. */
export type ControlMessage =
  | TypedControl<'socket', readonly Descriptor[]>
  | TypedControl<'socket', Credentials>
  | TypedControl<'socket', number>
  | TypedControl<'socket', number | bigint>
  | TypedControl<'ip', PacketInfoToSend>
  | TypedControl<'ip', number>
  | TypedControl<'ip6', Ipv6PacketInfoToSend>
  | TypedControl<'ip6', number>
  | TypedControl<'udp', number>
  | RawControl<'socket'>
  | RawControl<'ip'>
  | RawControl<'ip6'>
  | RawControl<'tcp'>
  | RawControl<'udp'>
  | UnknownControl;

/** The codec of what is only received; bytes may be sent nevertheless. */
const received = <T>(decode: (bytes: Buffer) => T): Codec<T> => ({ length: 0, encode: bytes.encode, decode });

function descriptorOf(value: Descriptor): number {
  if (typeof value === 'number') return checkInteger(value, -0x80000000, 0x7fffffff);
  const { fd } = fieldsOf<{ fd?: unknown }>(value, 'a Socket, a ReceivedFd or a number');
  if (fd === -1) throw invalidArgValue('value', value, 'has a descriptor that was closed or taken');
  return checkInteger(fd);
}

/** The native layer has put each descriptor into a slot, and tells three integers of it. */
function descriptorsIn(value: Buffer): ReceivedFd[] {
  const found: ReceivedFd[] = [];
  for (let at = 0; at < value.length / 4; at += 3) {
    found.push(ReceivedFd._of(intAt(value, at), intAt(value, at + 1), intAt(value, at + 2)));
  }
  return found;
}

const rights: Codec<ReceivedFd[]> = {
  length: 0,
  encode(value) {
    if (!Array.isArray(value)) throw invalidArgType('value', 'an array of descriptors', value);
    return ints(...value.map(descriptorOf));
  },
  decode: descriptorsIn,
};

const pidfd = received((value) => descriptorsIn(value)[0] as ReceivedFd);

/** struct in_pktinfo. */
const packetInfo: Codec<PacketInfo> = {
  length: 12,
  encode(value) {
    const info = fieldsOf<PacketInfoToSend>(value, '{ ifindex, specDst }');
    return Buffer.concat([
      ints(checkIndex(info.ifindex)),
      addressBytes(info.specDst ?? 0, c.AF_INET),
      addressBytes(info.address ?? 0, c.AF_INET),
    ]);
  },
  decode: (value) => ({
    ifindex: intAt(value, 0),
    address: textAt(c.AF_INET, value, 8),
    specDst: textAt(c.AF_INET, value, 4),
  }),
};

const BILLION = 1_000_000_000n;

/** struct timeval. */
const microseconds = received((value) => {
  const [seconds, fraction] = timePair(value, 0);
  return seconds * BILLION + fraction * 1000n;
});

/** struct timespec number `index`. */
const nanosecondsAt = (value: Buffer, index: number): bigint => {
  const [seconds, fraction] = timePair(value, index);
  return seconds * BILLION + fraction;
};

const nanoseconds = received((value) => nanosecondsAt(value, 0));

/** struct scm_timestamping; sent, it is the SOF_TIMESTAMPING_TX_* for this message. */
const timestamping: Codec<Timestamping> = {
  length: 0,
  encode: integer.encode,
  decode: (value) => ({
    software: nanosecondsAt(value, 0) || null,
    hardware: nanosecondsAt(value, 2) || null,
  }),
};

/** The kernel says "no address" by a family of 0. */
const addressIn = (value: Buffer): SocketAddress | null => {
  const address = value.length < 2 ? null : SocketAddress.fromBytes(value);
  return address?.family === c.AF_UNSPEC ? null : address;
};

const EXTENDED_ERROR = 16;

const extendedError = received<ExtendedError>((value) => ({
  errno: 0 - intAt(value, 0),
  origin: value[4] ?? 0,
  type: value[5] ?? 0,
  code: value[6] ?? 0,
  info: intAt(value, 2) >>> 0,
  data: intAt(value, 3) >>> 0,
  offender: addressIn(value.subarray(EXTENDED_ERROR)),
}));

const address = received((value) => addressIn(value));

const uint32 = { ...integer, decode: (value: Buffer) => integer.decode(value) >>> 0 };

const LITTLE = endianness() === 'LE';

const uint16: Codec<number> = {
  length: 2,
  encode: (value) => new Uint8Array(Uint16Array.of(checkInteger(value, 0, 0xffff)).buffer),
  decode: (value) => (value.length < 2 ? 0 : LITTLE ? value.readUInt16LE() : value.readUInt16BE()),
};

/** A row whose codec reads what the type says. */
function row<L extends string, Get>(
  level: Level<L>,
  type: Control<NoInfer<L>, Get, never> | undefined,
  codec: Codec<NoInfer<Get>>,
): TableRow<Codec> {
  return [level, type, codec];
}

const find = tableOf<Codec>([
  row(c.SOL_SOCKET, c.SCM_CREDENTIALS, credentials),
  row(c.SOL_SOCKET, c.SCM_PIDFD, pidfd),
  row(c.SOL_SOCKET, c.SCM_RIGHTS, rights),
  row(c.SOL_SOCKET, c.SCM_SECURITY, string),
  row(c.SOL_SOCKET, c.SCM_TXTIME, bigint),
  row(c.SOL_SOCKET, c.SO_MARK, uint32),
  row(c.SOL_SOCKET, c.SO_RXQ_OVFL, uint32),
  row(c.SOL_SOCKET, c.SO_TIMESTAMP, microseconds),
  row(c.SOL_SOCKET, c.SO_TIMESTAMPING, timestamping),
  row(c.SOL_SOCKET, c.SO_TIMESTAMPNS, nanoseconds),
  row(c.IPPROTO_IP, c.IP_ORIGDSTADDR, address),
  row(c.IPPROTO_IP, c.IP_PKTINFO, packetInfo),
  row(c.IPPROTO_IP, c.IP_RECVERR, extendedError),
  row(c.IPPROTO_IP, c.IP_RECVFRAGSIZE, integer),
  row(c.IPPROTO_IP, c.IP_TOS, integer),
  row(c.IPPROTO_IP, c.IP_TTL, integer),
  row(c.IPPROTO_IPV6, c.IPV6_HOPLIMIT, integer),
  row(c.IPPROTO_IPV6, c.IPV6_ORIGDSTADDR, address),
  row(c.IPPROTO_IPV6, c.IPV6_PKTINFO, packetInfo6),
  row(c.IPPROTO_IPV6, c.IPV6_RECVERR, extendedError),
  row(c.IPPROTO_IPV6, c.IPV6_RECVFRAGSIZE, integer),
  row(c.IPPROTO_IPV6, c.IPV6_TCLASS, integer),
  row(c.IPPROTO_TCP, c.TCP_INQ, integer),
  row(c.IPPROTO_UDP, c.UDP_GRO, integer),
  row(c.IPPROTO_UDP, c.UDP_SEGMENT, uint16),
]);

/** The codec of a type; bytes if the table does not know it. */
const controlCodec = (level: number, type: number): Codec => find(level, type) ?? bytes;

/** Level, type and length, in integers. */
const HEADER = 3;

/** Takes apart the first `length` bytes of what the native layer packed. */
export function unpackControl(packed: Int32Array, length: number): ReceivedControl[] {
  const found: ReceivedControl[] = [];
  for (let at = 0; at < length / 4; ) {
    const [level, type, size] = packed.subarray(at, at + HEADER) as unknown as [number, number, number];
    at += HEADER;
    const data = Buffer.from(new Uint8Array(packed.buffer, packed.byteOffset + at * 4, size));
    found.push({ level, type, data: controlCodec(level, type).decode(data) as ControlData });
    at += (size + 3) >> 2;
  }
  return found;
}

function bytesOf({ level, type, data }: ControlMessage): Uint8Array {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return controlCodec(level, type).encode(data);
}

/** More than the kernel takes in one call (optmem_max of socket(7)). */
const MAX_CONTROL = 1 << 20;

/** Packs control messages for the native layer. */
export function packControl(control: readonly ControlMessage[]): Uint8Array {
  if (!Array.isArray(control)) throw invalidArgType('control', 'an array', control);
  const parts: Uint8Array[] = [];
  for (const message of control as readonly ControlMessage[]) {
    fieldsOf(message, '{ level, type, data }');
    const data = bytesOf(message);
    parts.push(
      ints(checkInteger(message.level), checkInteger(message.type), data.length),
      data,
      new Uint8Array(-data.length & 3),
    );
  }
  const packed = Buffer.concat(parts);
  if (packed.length > MAX_CONTROL) {
    throw outOfRange('control', `at most ${MAX_CONTROL} bytes together`, packed.length);
  }
  return packed;
}
