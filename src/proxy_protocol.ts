/** The PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt): headers made, and taken apart. */
import { types } from 'node:util';
import { type AddressLike, makeSocketAddress, type SocketAddress, toSocketAddress } from './address.ts';
import { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from './constants.ts';
import { crc32c } from './crc32c.ts';
import { frameMalformed, frameTooLong, frameTruncated, invalidArgType, invalidArgValue } from './errors.ts';
import { viewOf } from './options/struct.ts';

/** What a header says beside the addresses: type, length, value; only version 2 has them. */
export interface ProxyTlv {
  /** `PP2_TYPE_*`, or a number of your own from 0xE0 to 0xEF. */
  type: number;
  /** Up to 65,535 bytes. */
  value: Uint8Array;
}

/** A header of the PROXY protocol as it came. */
export interface ProxyHeader {
  /** 1 is text, 2 binary. */
  readonly version: 1 | 2;
  /** `'local'`: the balancer speaks for itself, to see whether the server is alive, say. */
  readonly command: 'local' | 'proxy';
  /** `SOCK_STREAM` or `SOCK_DGRAM`: how the client reached the balancer; 0 where there are no addresses. */
  readonly style: number;
  /** The client. Null of a `'local'` or unknown one: those of the connection itself hold. */
  readonly source: SocketAddress | null;
  /** Where the client connected to; null together with `source`. */
  readonly destination: SocketAddress | null;
  /** In their order, without padding and checksum. */
  readonly tlvs: readonly ProxyTlv[];
  /** How many bytes the header takes; what follows is the client's. */
  readonly length: number;
}

/** What {@link encodeProxyHeader} makes a header of. */
export interface ProxyHeaderFields {
  /** 1 is text, for TCP only and without TLVs; 2 is binary. Default 2. */
  version?: 1 | 2;
  /** `SOCK_STREAM` or `SOCK_DGRAM`. Default `SOCK_STREAM`. */
  style?: number;
  /** The client. Without it and `destination` the header is `LOCAL`, in version 1 `UNKNOWN`. */
  source?: AddressLike | null;
  /** Where the client connected to, of the family of `source`: INET, INET6 or UNIX. */
  destination?: AddressLike | null;
  /** What else is to be said of a connection that has addresses. */
  tlvs?: readonly ProxyTlv[];
  /** Whether a checksum, CRC32C, goes along. Default false. */
  checksum?: boolean;
}

/** The protocol of the application: `h2`, `http/1.1`, RFC 7301. */
export const PP2_TYPE_ALPN = 0x01;
/** The host name that the client asked for: of TLS's SNI, say. */
export const PP2_TYPE_AUTHORITY = 0x02;
/** The checksum of the header; made by `checksum`, and verified. */
export const PP2_TYPE_CRC32C = 0x03;
/** Padding. */
export const PP2_TYPE_NOOP = 0x04;
/** Up to 128 bytes that identify the connection. */
export const PP2_TYPE_UNIQUE_ID = 0x05;
/** What the balancer knows of the client's TLS, a struct with TLVs of its own. */
export const PP2_TYPE_SSL = 0x20;
/** The name of the network namespace. */
export const PP2_TYPE_NETNS = 0x30;

/** With which a header of version 2 begins. */
export const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** Signature, version and command, family and style, length. */
export const V2_PREFIX = 16;
/** With which a line of version 1 begins, and ends. */
const V1_PREFIX = 'PROXY ';
export const V1_END = '\r\n';
/** The longest line of version 1, its end included. */
export const V1_MAX = 107;

const MAX_LENGTH = 0xffff;
/** Type and length. */
const TLV_PREFIX = 3;
const CHECKSUM = 4;

/** How a family is told, and its two addresses laid out. */
interface ProxyFamily {
  readonly family: number;
  /** In version 2. */
  readonly number: number;
  /** In version 1. */
  readonly name?: string;
  /** Bytes of one address, without the port. */
  readonly size: number;
  /** Where these bytes are in a sockaddr. */
  readonly offset: number;
  readonly hasPort: boolean;
  readonly decode: (bytes: Buffer, port: number) => SocketAddress;
}

const FAMILIES: readonly ProxyFamily[] = [
  {
    family: AF_INET,
    number: 1,
    name: 'TCP4',
    size: 4,
    offset: 4,
    hasPort: true,
    decode: (bytes, port) => makeSocketAddress(AF_INET, bytes.readUInt32BE(), port),
  },
  {
    family: AF_INET6,
    number: 2,
    name: 'TCP6',
    size: 16,
    offset: 8,
    hasPort: true,
    decode: (bytes, port) => makeSocketAddress(AF_INET6, BigInt(`0x${bytes.toString('hex')}`), port),
  },
  { family: AF_UNIX, number: 3, size: 108, offset: 2, hasPort: false, decode: decodePath },
];

/** A path is filled up with NULs; an abstract name, which begins with one, too. */
function decodePath(bytes: Buffer): SocketAddress {
  let end = bytes[0] === 0 ? bytes.length : bytes.indexOf(0);
  if (end === -1) end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return makeSocketAddress(AF_UNIX, bytes.subarray(0, end));
}

/** By the numbers of version 2. */
const STYLES: readonly number[] = [0, SOCK_STREAM, SOCK_DGRAM];

const malformed = (why: string) => frameMalformed(`A PROXY header ${why}`);

/** How long a header of version 2 is, told by its first {@link V2_PREFIX} bytes. */
export function v2Length(prefix: Buffer): number {
  return V2_PREFIX + prefix.readUInt16BE(V2_PREFIX - 2);
}

/** Of the first bytes of a header; undefined where there are too few of them to tell. */
export function proxyVersion(bytes: Buffer): 1 | 2 | undefined {
  const begins = (expected: Buffer) =>
    bytes.subarray(0, expected.length).equals(expected.subarray(0, bytes.length));
  const version = begins(SIGNATURE) ? 2 : begins(Buffer.from(V1_PREFIX)) ? 1 : undefined;
  if (version === undefined) throw malformed('begins neither like version 1 nor like version 2');
  const enough = version === 2 ? SIGNATURE.length : V1_PREFIX.length;
  return bytes.length < enough ? undefined : version;
}

/** An address of the text form as inet_pton(3) takes it, but no zone, which means nothing elsewhere. */
function parseAddress(family: number, address: string, port: string): SocketAddress {
  if (!/^(0|[1-9]\d{0,4})$/.test(port) || Number(port) > 0xffff) throw malformed(`has the port ${port}`);
  try {
    if (/^[\da-fA-F:.]+$/.test(address)) {
      return toSocketAddress({ family, address, port: Number(port) });
    }
  } catch {
    // told as any other
  }
  throw malformed(`has the address ${address}`);
}

function decodeV1(bytes: Buffer): ProxyHeader {
  const head = bytes.subarray(0, V1_MAX);
  const end = head.indexOf(V1_END);
  if (end === -1) throw head.length === V1_MAX ? frameTooLong(V1_MAX) : frameTruncated(head.length);
  const line = head.toString('latin1', 0, end);
  const common = { version: 1, command: 'proxy', tlvs: [], length: end + V1_END.length } as const;
  if (/^PROXY UNKNOWN( |$)/.test(line)) return { ...common, style: 0, source: null, destination: null };
  const [, name, from, to, fromPort, toPort, ...rest] = line.split(' ');
  const family = FAMILIES.find((each) => each.name !== undefined && each.name === name)?.family;
  if (family === undefined || toPort === undefined || rest.length > 0) {
    throw malformed(`of version 1 reads ${JSON.stringify(line)}`);
  }
  return {
    ...common,
    style: SOCK_STREAM,
    source: parseAddress(family, from as string, fromPort as string),
    destination: parseAddress(family, to as string, toPort),
  };
}

/** The checksum counts as 0 in what it is the checksum of. */
function verifyChecksum(header: Buffer, value: Buffer): void {
  if (value.length !== CHECKSUM) throw malformed(`has a checksum of ${value.length} bytes`);
  const zeroed = Buffer.from(header);
  zeroed.fill(0, value.byteOffset - header.byteOffset, value.byteOffset - header.byteOffset + CHECKSUM);
  if (crc32c(zeroed) !== value.readUInt32BE()) throw malformed('has a checksum that is not its own');
}

function decodeTlvs(header: Buffer, start: number): ProxyTlv[] {
  const tlvs: ProxyTlv[] = [];
  let checked = false;
  for (let at = start; at < header.length; ) {
    const left = header.length - at - TLV_PREFIX;
    const length = left >= 0 ? header.readUInt16BE(at + 1) : 0;
    if (length > left) throw malformed('has a TLV that is longer than what there is');
    const type = header[at] as number;
    const value = header.subarray(at + TLV_PREFIX, at + TLV_PREFIX + length);
    if (type === PP2_TYPE_CRC32C) {
      if (checked) throw malformed('has two checksums');
      verifyChecksum(header, value);
      checked = true;
    } else if (type !== PP2_TYPE_NOOP) tlvs.push({ type, value });
    at += TLV_PREFIX + length;
  }
  return tlvs;
}

function decodeV2(bytes: Buffer): ProxyHeader {
  if (bytes.length < V2_PREFIX) throw frameTruncated(bytes.length);
  const [versionAndCommand, familyAndStyle] = [bytes[12] as number, bytes[13] as number];
  if (versionAndCommand >> 4 !== 2) throw malformed(`has the version ${versionAndCommand >> 4}`);
  const command = (['local', 'proxy'] as const)[versionAndCommand & 15];
  if (command === undefined) throw malformed(`has the command ${versionAndCommand & 15}`);
  const length = v2Length(bytes);
  if (bytes.length < length) throw frameTruncated(bytes.length);
  const common = { version: 2, command, length } as const;
  // What else a header without addresses has is to be ignored: nobody can tell where it begins.
  if (command === 'local' || familyAndStyle === 0) {
    return { ...common, style: 0, source: null, destination: null, tlvs: [] };
  }
  const family = FAMILIES.find(({ number }) => number === familyAndStyle >> 4);
  const style = STYLES[familyAndStyle & 15];
  if (family === undefined || !style) throw malformed(`has the family and protocol ${familyAndStyle}`);
  const { size, hasPort, decode } = family;
  const ports = V2_PREFIX + 2 * size;
  const end = ports + (hasPort ? 4 : 0);
  if (length < end) throw malformed('is too short for its addresses');
  const at = (index: number) => {
    const address = bytes.subarray(V2_PREFIX + index * size, V2_PREFIX + (index + 1) * size);
    return decode(address, hasPort ? bytes.readUInt16BE(ports + 2 * index) : 0);
  };
  const tlvs = decodeTlvs(bytes.subarray(0, length), end);
  return { ...common, style, source: at(0), destination: at(1), tlvs };
}

/**
 * Takes a header of the PROXY protocol apart: what a balancer puts in front of
 * a connection, or of a datagram, to tell whose it is. Whether there is one must
 * be agreed on beforehand: who guesses lets any client choose its address.
 *
 * @example
 * const { source, length } = decodeProxyHeader(datagram);
 * const data = datagram.subarray(length);
 *
 * @see {@link encodeProxyHeader}; `readProxyHeader` in `uvsock/rx` takes it off a connection;
 * https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
 * @param bytes Begins with the header.
 * @returns The header; its TLVs are views of `bytes`. Throws
 * `ERR_FRAME_TRUNCATED` if it is not all there, `ERR_FRAME_TOO_LONG` if a line
 * of version 1 is longer than 107 bytes, `ERR_FRAME_MALFORMED` if it is none, a
 * wrong checksum included.
 */
export function decodeProxyHeader(bytes: Uint8Array): ProxyHeader {
  if (!types.isUint8Array(bytes)) throw invalidArgType('bytes', 'a Buffer or Uint8Array', bytes);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = proxyVersion(buffer);
  if (version === undefined) throw frameTruncated(bytes.length);
  return version === 1 ? decodeV1(buffer) : decodeV2(buffer);
}

/** Addresses that a header can tell, and how. */
function addresses({ source, destination }: ProxyHeaderFields) {
  if (source == null && destination == null) return null;
  if (source == null || destination == null) {
    throw invalidArgValue('destination', destination, 'must go together with source');
  }
  const [from, to] = [toSocketAddress(source), toSocketAddress(destination)];
  const family = FAMILIES.find((each) => each.family === from.family);
  if (family === undefined) throw invalidArgValue('source', from, 'must be of INET, INET6 or UNIX');
  if (to.family !== from.family) throw invalidArgValue('destination', to, 'must be of the family of source');
  return { from, to, family };
}

function encodeV1(fields: ProxyHeaderFields): Buffer {
  const { style = SOCK_STREAM, tlvs = [], checksum = false } = fields;
  if (style !== SOCK_STREAM) throw invalidArgValue('style', style, 'must be SOCK_STREAM in version 1');
  if (tlvs.length > 0 || checksum) throw invalidArgValue('version', 1, 'has no TLVs and no checksum');
  const known = addresses(fields);
  if (known === null) return Buffer.from(`${V1_PREFIX}UNKNOWN${V1_END}`);
  const { from, to, family } = known;
  if (family.name === undefined)
    throw invalidArgValue('source', from, 'must be of INET or INET6 in version 1');
  const words = [family.name, from.address, to.address, from.port, to.port];
  return Buffer.from(V1_PREFIX + words.join(' ') + V1_END);
}

function encodeTlv({ type, value }: ProxyTlv): Buffer {
  if (!Number.isInteger(type) || type < 0 || type > 0xff) {
    throw invalidArgValue('type', type, 'must be an integer from 0 to 255');
  }
  if (type === PP2_TYPE_CRC32C) throw invalidArgValue('type', type, 'is what checksum is for');
  if (!types.isUint8Array(value)) throw invalidArgType('value', 'a Buffer or Uint8Array', value);
  if (value.length > MAX_LENGTH) throw frameTooLong(MAX_LENGTH);
  const prefix = Buffer.of(type, value.length >> 8, value.length & 0xff);
  return Buffer.concat([prefix, value]);
}

function encodeV2(fields: ProxyHeaderFields): Buffer {
  const { style = SOCK_STREAM, tlvs = [], checksum = false } = fields;
  const number = style === 0 ? -1 : STYLES.indexOf(style);
  if (number === -1) throw invalidArgValue('style', style, 'must be SOCK_STREAM or SOCK_DGRAM');
  const known = addresses(fields);
  if (known === null) {
    // Receivers could not tell where they begin.
    if (tlvs.length > 0 || checksum) throw invalidArgValue('source', null, 'must be there for TLVs');
    return Buffer.concat([SIGNATURE, Buffer.of(0x20, 0, 0, 0)]);
  }
  const { from, to, family } = known;
  const parts: Uint8Array[] = [SIGNATURE, Buffer.of(0x21, (family.number << 4) | number, 0, 0)];
  for (const { _bytes } of [from, to]) {
    const address = Buffer.alloc(family.size);
    address.set(_bytes.subarray(family.offset, family.offset + family.size));
    parts.push(address);
  }
  if (family.hasPort) {
    for (const { port } of [from, to]) parts.push(Buffer.of((port as number) >> 8, (port as number) & 0xff));
  }
  parts.push(...tlvs.map(encodeTlv));
  if (checksum) parts.push(Buffer.of(PP2_TYPE_CRC32C, 0, CHECKSUM), Buffer.alloc(CHECKSUM));
  const header = Buffer.concat(parts);
  const length = header.length - V2_PREFIX;
  if (length > MAX_LENGTH) throw frameTooLong(MAX_LENGTH);
  viewOf(header).setUint16(V2_PREFIX - 2, length);
  if (checksum) header.writeUInt32BE(crc32c(header), header.length - CHECKSUM);
  return header;
}

/**
 * Makes a header of the PROXY protocol: the first bytes of a connection that is
 * opened on behalf of a client, sent before anything else.
 *
 * @example
 * await lastValueFrom(send(backend, encodeProxyHeader({
 *   source: client.getpeername(),
 *   destination: client.getsockname(),
 *   checksum: true,
 * })));
 *
 * @see {@link decodeProxyHeader}
 * @param fields See {@link ProxyHeaderFields}.
 * @returns The header. The protocol wants it to be at most 536 bytes, to fit
 * into any first segment, which is not checked. Throws if the addresses are of
 * different or other families, or the version cannot say it.
 */
export function encodeProxyHeader(fields: ProxyHeaderFields = {}): Buffer {
  if (typeof fields !== 'object' || fields === null) throw invalidArgType('fields', 'an object', fields);
  const { version = 2 } = fields;
  if (version !== 1 && version !== 2) throw invalidArgValue('version', version, 'must be 1 or 2');
  return version === 1 ? encodeV1(fields) : encodeV2(fields);
}
