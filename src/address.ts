/** Socket addresses: the raw bytes the kernel speaks, and their fields and text forms. */
import { inspect, types } from 'node:util';
import { binding, type DecodedAddress } from './binding.ts';
import {
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  AF_UNSPEC,
  AF_VSOCK,
  type Family,
  type PlainNumber,
} from './constants.ts';
import { invalidArgType, invalidArgValue, outOfRange } from './errors.ts';

/** 0.0.0.0, as Guile's integer in host byte order: any interface. */
export const INADDR_ANY = 0;
/** 127.0.0.1, as Guile's integer in host byte order. */
export const INADDR_LOOPBACK = 0x7f000001;
/** 255.255.255.255, as Guile's integer in host byte order: everybody on the local network. */
export const INADDR_BROADCAST = 0xffffffff;
/** No address: the same number as {@link INADDR_BROADCAST}, as in C. */
export const INADDR_NONE = 0xffffffff;

/** An Internet address: text, or Guile's integer in host byte order (IPv6 usually needs a bigint). */
export type InternetAddress = string | number | bigint;

const NO_BYTES = new Uint8Array(0);

/** The size of C's sockaddr_storage, which has room for any address; the kernel takes no more. */
const MAX_BYTES = 128;

/** An address of INET or INET6 by its fields. */
export interface InternetAddressFields {
  /** IPv4 or IPv6 text, with a zone if need be (`'fe80::1%eth0'`), or an integer. */
  address: InternetAddress;
  /** 0 to 65535. */
  port: number;
  /** `AF_INET` or `AF_INET6`; if missing, told by the text, and an integer is `AF_INET`. */
  family?: number;
  /** IPv6 flow label and traffic class, host byte order. */
  flowinfo?: number;
  /** Interface index of a link-local IPv6 address; if not 0, it goes before a zone in the text. */
  scopeId?: number;
}

/** A Unix address by its path. */
export interface UnixAddressFields {
  /** A path in the file system; one that begins with NUL is an abstract name, the empty one is unnamed. */
  path: string | Uint8Array;
}

/** What is taken where an address is needed. */
export type AddressLike = SocketAddress | InternetAddressFields | UnixAddressFields;

/** A struct sockaddr_in that is filled in for one call. */
const INET = (binding.encodeInet('0.0.0.0', 0) as Uint8Array<ArrayBuffer>).slice();
const inetWords = new Int32Array(INET.buffer);
/** Where the family is in the first word, whatever the byte order; the BSDs have the length beside it. */
const FAMILY_MASK = new Int32Array(Uint8Array.of(0xff, 0xff, 0, 0).buffer)[0] as number;
const INET_FAMILY = (inetWords[0] as number) & FAMILY_MASK;

/**
 * The address of a socket: immutable, any family. Its bytes are a C sockaddr,
 * taken apart when a field is first asked for. Fields that the family does not
 * have are `undefined`. Numbers are in host byte order.
 */
export class SocketAddress {
  /** Null while two words say it all. */
  #bytes: Uint8Array | null;
  readonly #first: number;
  readonly #second: number;
  #fields: DecodedAddress | undefined;

  private constructor(bytes: Uint8Array | null, first = 0, second = 0) {
    this.#bytes = bytes;
    this.#first = first;
    this.#second = second;
  }

  /** @internal Of bytes that nobody else holds. */
  static _adopt(bytes: Uint8Array): SocketAddress {
    return new SocketAddress(bytes);
  }

  /**
   * @internal The address whose sockaddr a call has left: `length` bytes from
   * the integer at `position` on. One of IPv4, of which there may be one for
   * each datagram and each connection, is kept as the two integers that differ.
   */
  static _left(integers: Int32Array<ArrayBuffer>, position: number, length: number): SocketAddress {
    const first = integers[position] as number;
    const isInet =
      length === INET.length &&
      (first & FAMILY_MASK) === INET_FAMILY &&
      integers[position + 2] === 0 &&
      integers[position + 3] === 0;
    return isInet
      ? new SocketAddress(null, first, integers[position + 1])
      : new SocketAddress(
          new Uint8Array(integers.buffer, integers.byteOffset + 4 * position, length).slice(),
        );
  }

  /** @internal Writes the sockaddr as a call leaves it; returns its length. */
  _leave(integers: Int32Array<ArrayBuffer>, position: number): number {
    if (this.#first !== 0) {
      integers[position] = this.#first;
      integers[position + 1] = this.#second;
      integers[position + 2] = 0;
      integers[position + 3] = 0;
      return INET.length;
    }
    const bytes = this._bytes;
    new Uint8Array(integers.buffer, integers.byteOffset + 4 * position, bytes.length).set(bytes);
    return bytes.length;
  }

  /** @internal Never handed out: the object is immutable. */
  get _bytes(): Uint8Array {
    this.#bytes ??= this._sockaddr.slice();
    return this.#bytes;
  }

  /** @internal The same for a call, until the next address is asked. */
  get _sockaddr(): Uint8Array {
    if (this.#bytes !== null) return this.#bytes;
    inetWords[0] = this.#first;
    inetWords[1] = this.#second;
    return INET;
  }

  /** @internal The address that says no more than its family. */
  static _unnamed(family: number): SocketAddress {
    const bytes = family === AF_UNIX ? binding.encodeUnix(NO_BYTES) : binding.encodeFamily(family & 0xffff);
    return new SocketAddress(bytes as Uint8Array);
  }

  /**
   * An address of any family from a raw C `struct sockaddr`, as the system
   * lays it out: 2 to 128 bytes, which are copied. One that is too short for its
   * family has no fields but `family`; what the kernel makes of it is its call's
   * business.
   */
  static fromBytes(bytes: ArrayBufferView): SocketAddress {
    if (!ArrayBuffer.isView(bytes) || types.isSharedArrayBuffer(bytes.buffer)) {
      throw invalidArgType('bytes', 'an ArrayBufferView that is not shared', bytes);
    }
    if (bytes.byteLength < 2 || bytes.byteLength > MAX_BYTES) {
      throw outOfRange('bytes', `at least 2 and at most ${MAX_BYTES} bytes`, bytes.byteLength);
    }
    return new SocketAddress(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice());
  }

  /**
   * Reads what {@link toString} writes of Internet and Unix addresses:
   * `'127.0.0.1:7'`, `'[::1]:7'`, `'[fe80::1%eth0]:7'`, `'unix:/path'`,
   * `'@abstract'`, `'unix:'` (unnamed).
   *
   * @throws TypeError `ERR_INVALID_ARG_VALUE` if it is none of these.
   */
  static parse(text: string): SocketAddress {
    if (typeof text !== 'string') throw invalidArgType('text', 'of type string', text);
    if (text.startsWith('unix:')) return makeUnix(text.slice(5));
    if (text.startsWith('@')) return makeUnix(`\0${text.slice(1)}`);
    const bytes = parseInternet(text);
    if (bytes === undefined) {
      throw invalidArgValue('text', text, 'must be like 127.0.0.1:7, [::1]:7, unix:/path or @abstract');
    }
    return new SocketAddress(bytes);
  }

  get #decoded(): DecodedAddress {
    this.#fields ??= binding.decodeAddress(this._bytes);
    return this.#fields;
  }

  /** `AF_*`. */
  get family(): number {
    return this.#decoded.family;
  }
  /** INET, INET6: the address as text, without a scope. */
  get address(): string | undefined {
    return this.#decoded.address;
  }
  /** INET, INET6: 0 to 65535. VSOCK: a 32-bit number. */
  get port(): number | undefined {
    return this.#decoded.port;
  }
  /** INET6. */
  get flowinfo(): number | undefined {
    return this.#decoded.flowinfo;
  }
  /** INET6: the interface index of a link-local address, otherwise 0. */
  get scopeId(): number | undefined {
    return this.#decoded.scopeId;
  }
  /** UNIX: the path; an abstract name begins with NUL; `''` is unnamed. Bytes that are not UTF-8 are in {@link pathBytes}. */
  get path(): string | undefined {
    return this.pathBytes?.toString();
  }
  /** UNIX: the path as bytes. */
  get pathBytes(): Buffer | undefined {
    const { path } = this.#decoded;
    return path === undefined ? undefined : Buffer.from(path);
  }
  /** NETLINK: the port id. */
  get pid(): number | undefined {
    return this.#decoded.pid;
  }
  /** NETLINK: the mask of multicast groups. */
  get groups(): number | undefined {
    return this.#decoded.groups;
  }
  /** PACKET: the protocol, `ETH_P_*`. */
  get protocol(): number | undefined {
    return this.#decoded.protocol;
  }
  /** PACKET, CAN: the interface index. */
  get ifindex(): number | undefined {
    return this.#decoded.ifindex;
  }
  /** PACKET: the hardware type, `ARPHRD_*`. */
  get hatype(): number | undefined {
    return this.#decoded.hatype;
  }
  /** PACKET: `PACKET_HOST`, `PACKET_OUTGOING`, ... */
  get pkttype(): number | undefined {
    return this.#decoded.pkttype;
  }
  /** PACKET: the hardware address. */
  get hwaddr(): Buffer | undefined {
    const { hwaddr } = this.#decoded;
    return hwaddr === undefined ? undefined : Buffer.from(hwaddr);
  }
  /** VSOCK: the context id. */
  get cid(): number | undefined {
    return this.#decoded.cid;
  }
  /** CAN (ISO-TP): the receiving id. */
  get rxId(): number | undefined {
    return this.#decoded.rxId;
  }
  /** CAN (ISO-TP): the sending id. */
  get txId(): number | undefined {
    return this.#decoded.txId;
  }
  /** A copy of the C sockaddr. */
  get bytes(): Uint8Array {
    return this._bytes.slice();
  }

  /** Whether both are the same address, byte for byte. */
  equals(other: SocketAddress): boolean {
    return other instanceof SocketAddress && Buffer.compare(this._bytes, other._bytes) === 0;
  }

  /**
   * The text form, which {@link SocketAddress.parse} reads back. It leaves out the
   * flow info and shows bytes of a path that are not UTF-8 as U+FFFD; that of
   * families other than INET, INET6 and UNIX is for people only.
   */
  toString(): string {
    const fields = this.#decoded;
    // An address too short for its family has no fields to show.
    switch (Object.keys(fields).length > 1 ? fields.family : -1) {
      case AF_INET:
        return `${fields.address}:${fields.port}`;
      case AF_INET6:
        return `[${fields.address}${fields.scopeId ? `%${fields.scopeId}` : ''}]:${fields.port}`;
      case AF_UNIX: {
        const path = this.path as string;
        return path.startsWith('\0') ? `@${path.slice(1)}` : `unix:${path}`;
      }
      case AF_NETLINK:
        return `netlink:${fields.pid}:${fields.groups}`;
      case AF_PACKET:
        return `packet:${fields.ifindex}:${this.hwaddr?.toString('hex')}`;
      case AF_VSOCK:
        return `vsock:${fields.cid}:${fields.port}`;
      case AF_CAN:
        return `can:${fields.ifindex}:${fields.rxId}:${fields.txId}`;
      default:
        return `family ${fields.family}: ${Buffer.from(this._bytes).toString('hex')}`;
    }
  }

  /** The text form. */
  toJSON(): string {
    return this.toString();
  }

  /** @internal */
  [inspect.custom](): string {
    return `SocketAddress { ${this} }`;
  }
}

function integer(name: string, value: unknown, minimum: number, maximum: number): number {
  if (typeof value !== 'number') throw invalidArgType(name, 'of type number', value);
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw outOfRange(name, `an integer >= ${minimum} and <= ${maximum}`, value);
  }
  return value;
}

const uint16 = (name: string, value: unknown) => integer(name, value, 0, 0xffff);
const uint32 = (name: string, value: unknown) => integer(name, value, 0, 0xffffffff);
const interfaceIndex = (value: unknown) => integer('ifindex', value, 0, 0x7fffffff);

/** Splits off the zone of IPv6 text (RFC 4007): an interface's index or name. No such interface: undefined. */
function splitZone(text: string): { text: string; scopeId: number } | undefined {
  const percent = text.indexOf('%');
  if (percent === -1) return { text, scopeId: 0 };
  const zone = text.slice(percent + 1);
  const scopeId = /^\d{1,10}$/.test(zone) ? Number(zone) : binding.ifNameToIndex(zone);
  return scopeId === 0 || scopeId > 0xffffffff ? undefined : { text: text.slice(0, percent), scopeId };
}

/** Guile's integer as text, so that one parser sees every address. */
function integerToText(family: number, value: number | bigint): string {
  const bits = family === AF_INET6 ? 128n : 32n;
  if ((typeof value === 'number' && !Number.isSafeInteger(value)) || value < 0 || value >= 1n << bits) {
    throw outOfRange('address', `an integer >= 0 and < 2 ** ${bits}`, value);
  }
  if (family === AF_INET6) {
    return (value.toString(16).padStart(32, '0').match(/.{4}/g) as string[]).join(':');
  }
  const number = Number(value);
  return `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
}

function makeInternet(
  family: number,
  value: unknown,
  portNumber: unknown,
  flowinfo?: unknown,
  scopeId?: unknown,
): SocketAddress {
  let address: string;
  if (typeof value === 'string') address = value;
  else if (typeof value === 'number' || typeof value === 'bigint') address = integerToText(family, value);
  else throw invalidArgType('address', 'of type string, number or bigint', value);
  const port = uint16('port', portNumber);
  if (family === AF_INET) {
    const bytes = binding.encodeInet(address, port);
    if (bytes === undefined) throw invalidArgValue('address', value, 'must be an IPv4 address');
    return SocketAddress._adopt(bytes);
  }
  const flow = uint32('flowinfo', flowinfo ?? 0);
  const scope = uint32('scopeId', scopeId ?? 0);
  const split = splitZone(address);
  if (split === undefined) throw invalidArgValue('address', value, 'has a zone that is no interface');
  const bytes = binding.encodeInet6(split.text, port, flow, scope || split.scopeId);
  if (bytes === undefined) throw invalidArgValue('address', value, 'must be an IPv6 address');
  return SocketAddress._adopt(bytes);
}

/** `127.0.0.1:7` or `[::1%lo]:7`, or undefined if it is neither. */
function parseInternet(text: string): Uint8Array | undefined {
  const [, bracketed, bare, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 0xffff) return undefined;
  if (bare !== undefined) return binding.encodeInet(bare, port);
  const split = splitZone(bracketed as string);
  return split && binding.encodeInet6(split.text, port, 0, split.scopeId);
}

function makeUnix(path: unknown): SocketAddress {
  const bytes = typeof path === 'string' ? Buffer.from(path) : path;
  if (!types.isUint8Array(bytes)) throw invalidArgType('path', 'of type string or a Uint8Array', path);
  const address = binding.encodeUnix(bytes);
  if (address === undefined)
    throw outOfRange('path', 'at most 108 bytes (unix(7); 104 on BSD)', bytes.length);
  // Only an abstract name, which begins with NUL, may have one inside.
  if (bytes.length > 0 && bytes[0] !== 0 && bytes.includes(0)) {
    throw invalidArgValue('path', path, 'must not have a NUL inside');
  }
  return SocketAddress._adopt(address);
}

/** Numbers that were looked at before always make an address: there is no text to misread. */
const ofFields = (bytes: Uint8Array | undefined) => SocketAddress._adopt(bytes as Uint8Array);

function makePacket(
  protocol: unknown,
  ifindex: unknown,
  hatype: unknown,
  pkttype: unknown,
  hwaddr: unknown,
): SocketAddress {
  if (!types.isUint8Array(hwaddr)) throw invalidArgType('hwaddr', 'a Uint8Array', hwaddr);
  if (hwaddr.length > 8) throw outOfRange('hwaddr', 'at most 8 bytes (packet(7))', hwaddr.length);
  return ofFields(
    binding.encodePacket(
      uint16('protocol', protocol),
      interfaceIndex(ifindex),
      uint16('hatype', hatype),
      integer('pkttype', pkttype, 0, 0xff),
      hwaddr,
    ),
  );
}

/**
 * Makes an address, with the argument lists of Guile's `make-socket-address`.
 *
 * @example
 * makeSocketAddress(AF_INET, '127.0.0.1', 7);
 * makeSocketAddress(AF_UNIX, '/run/service');
 *
 * @param family `AF_INET`: address, port (0 to 65535). `AF_INET6`: address,
 * port, flow info and scope id (both 0 if missing; `'fe80::1%eth0'` has a scope
 * in its text, which a scope id other than 0 overrides). `AF_UNIX`: path; NUL
 * first makes an abstract name, the empty path is unnamed, and binding to it
 * lets the kernel choose; at most 108 bytes on Linux. `AF_NETLINK`:
 * port id, groups. `AF_PACKET`: protocol, interface index, hardware type,
 * packet type, hardware address. `AF_VSOCK`: context id, port. `AF_CAN`:
 * interface index, receiving id, sending id. `AF_UNSPEC`: nothing; to connect a
 * datagram socket to it is to disconnect it. For any other family use
 * {@link SocketAddress.fromBytes}.
 * @returns An immutable address.
 * @throws TypeError, RangeError that name the argument.
 */
export function makeSocketAddress(
  family: Family<'inet'>,
  address: InternetAddress,
  port: number,
): SocketAddress;
export function makeSocketAddress(
  family: Family<'inet6'>,
  address: InternetAddress,
  port: number,
  flowinfo?: number,
  scopeId?: number,
): SocketAddress;
export function makeSocketAddress(family: Family<'unix'>, path: string | Uint8Array): SocketAddress;
export function makeSocketAddress(family: Family<'netlink'>, pid: number, groups?: number): SocketAddress;
export function makeSocketAddress(
  family: Family<'packet'>,
  protocol: number,
  ifindex: number,
  hatype?: number,
  pkttype?: number,
  hwaddr?: Uint8Array,
): SocketAddress;
export function makeSocketAddress(family: Family<'vsock'>, cid: number, port: number): SocketAddress;
export function makeSocketAddress(
  family: Family<'can'>,
  ifindex: number,
  rxId?: number,
  txId?: number,
): SocketAddress;
export function makeSocketAddress(family: Family<'unspec'>): SocketAddress;
export function makeSocketAddress(family: number, ...fields: unknown[]): SocketAddress {
  // Before the families that are undefined where the system lacks them.
  if (typeof family !== 'number') throw invalidArgType('family', 'of type number', family);
  const [a, b, c, d, e] = fields;
  switch (family) {
    case AF_UNSPEC:
      return SocketAddress._unnamed(family);
    case AF_INET:
    case AF_INET6:
      return makeInternet(family, a, b, c, d);
    case AF_UNIX:
      return makeUnix(a);
    case AF_NETLINK:
      return ofFields(binding.encodeNetlink(uint32('pid', a), uint32('groups', b ?? 0)));
    case AF_PACKET:
      return makePacket(a, b, c ?? 0, d ?? 0, e ?? NO_BYTES);
    case AF_VSOCK:
      return ofFields(binding.encodeVsock(uint32('cid', a), uint32('port', b)));
    case AF_CAN:
      return ofFields(binding.encodeCan(interfaceIndex(a), uint32('rxId', b ?? 0), uint32('txId', c ?? 0)));
    default:
      throw invalidArgValue('family', family, 'is not known; SocketAddress.fromBytes takes any');
  }
}

/** The address itself, or made of the fields of an object. */
export function toSocketAddress(like: AddressLike, name = 'address'): SocketAddress {
  if (like instanceof SocketAddress) return like;
  if (typeof like !== 'object' || like === null) {
    throw invalidArgType(name, 'a SocketAddress or an object with address and port, or path', like);
  }
  if ('path' in like && like.path !== undefined) return makeUnix(like.path);
  const { address, family, port, flowinfo, scopeId } = like as InternetAddressFields;
  const guessed = family ?? (typeof address === 'string' && address.includes(':') ? AF_INET6 : AF_INET);
  if (guessed !== AF_INET && guessed !== AF_INET6) {
    throw invalidArgValue('family', guessed, 'must be AF_INET or AF_INET6 with an address and port');
  }
  return makeInternet(guessed, address, port, flowinfo, scopeId);
}

/** The address of a call's arguments: one value, or the positional form that begins with a family. */
export function addressFromArguments(rest: readonly unknown[]): SocketAddress {
  return typeof rest[0] === 'number'
    ? (makeSocketAddress as (...fields: unknown[]) => SocketAddress)(...rest)
    : toSocketAddress(rest[0] as AddressLike);
}

/**
 * Reads the text of an Internet address, inet_pton(3), as Guile does.
 *
 * @example
 * inetPton(AF_INET, '127.0.0.1'); // 2130706433, which is INADDR_LOOPBACK
 *
 * @see {@link inetNtop}
 * @param family `AF_INET` or `AF_INET6`.
 * @param text As `'192.0.2.1'`, `'2001:db8::1'`; without a port or scope.
 * @returns The address as an integer in host byte order: a number for INET, a
 * bigint for INET6.
 * @throws TypeError `ERR_INVALID_ARG_VALUE` if it does not parse.
 */
export function inetPton(family: Family<'inet'>, text: string): number;
export function inetPton(family: Family<'inet6'>, text: string): bigint;
export function inetPton(family: Family | PlainNumber, text: string): number | bigint {
  if (typeof text !== 'string') throw invalidArgType('text', 'of type string', text);
  const bytes = binding.inetPton(internetFamily(family), text);
  if (bytes === undefined) throw invalidArgValue('text', text, 'is no address of the family');
  const integerValue = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  return family === AF_INET ? Number(integerValue) : integerValue;
}

/**
 * Writes an Internet address as text, inet_ntop(3), as Guile does.
 *
 * @example
 * inetNtop(AF_INET6, 1n); // '::1'
 *
 * @see {@link inetPton}
 * @param family `AF_INET` or `AF_INET6`.
 * @param address The integer in host byte order.
 * @returns The text, the shortest of IPv6 (RFC 5952).
 */
export function inetNtop(family: Family<'inet'> | Family<'inet6'>, address: number | bigint): string {
  if (typeof address !== 'number' && typeof address !== 'bigint') {
    throw invalidArgType('address', 'of type number or bigint', address);
  }
  const text = integerToText(internetFamily(family), address);
  return binding.inetNtop(family, binding.inetPton(family, text) as Uint8Array) as string;
}

function internetFamily(family: number): number {
  if (family !== AF_INET && family !== AF_INET6) {
    throw invalidArgValue('family', family, 'must be AF_INET or AF_INET6');
  }
  return family;
}
