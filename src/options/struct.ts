/** What the codecs of C structs are made of. Numbers are in host byte order unless a name says otherwise. */
import { endianness } from 'node:os';
import { type AddressLike, type InternetAddress, SocketAddress, toSocketAddress } from '../address.ts';
import { binding } from '../binding.ts';
import { type Codec, checkInteger, intAt, ints } from '../codecs.ts';
import { AF_INET, AF_INET6 } from '../constants.ts';
import { invalidArgType } from '../errors.ts';

/** An option's codec. */
export interface OptionCodec<Get = unknown> extends Codec<Get> {
  /** What the kernel is told when it is asked, where the answer depends on that. */
  ask?(of: unknown): Uint8Array;
  /** How many bytes to ask for, where that depends on the socket; otherwise `length`. */
  room?(socket: { getpeername(): SocketAddress }): number;
}

/** For DataView. */
export const LITTLE = endianness() === 'LE';

/** The size of C's sockaddr_storage, on every system. */
export const STORAGE = 128;

/** A view of the bytes themselves. */
export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** A view of a copy of at least `length` bytes: what the system did not give reads as 0. */
export function whole(bytes: Uint8Array, length: number): DataView {
  const copy = new Uint8Array(Math.max(length, bytes.length));
  copy.set(bytes);
  return new DataView(copy.buffer);
}

/** A struct of `length` bytes, which `fill` writes. */
export function struct(length: number, fill: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = new Uint8Array(length);
  fill(new DataView(bytes.buffer), bytes);
  return bytes;
}

/** An object value that has the required fields; `like` shows one. */
export function fieldsOf<T>(value: unknown, like: string, ...required: (keyof T & string)[]): T {
  if (typeof value !== 'object' || value === null || required.some((name) => !(name in value))) {
    throw invalidArgType('value', `like ${like}`, value);
  }
  return value as T;
}

/** The elements of an iterable value: of an array, of a Set. */
export function elementsOf<T>(value: unknown, what: string): T[] {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) {
    throw invalidArgType('value', `an array of ${what}`, value);
  }
  return [...(value as Iterable<T>)];
}

/** An interface's index. */
export const checkIndex = (value: unknown = 0): number => checkInteger(value, 0, 0x7fffffff);

/** Four or sixteen bytes of a struct as the text of an address. */
export const textAt = (family: typeof AF_INET | typeof AF_INET6, bytes: Uint8Array, start: number): string =>
  binding.inetNtop(
    family,
    new Uint8Array(whole(bytes, start + 16).buffer, start, family === AF_INET ? 4 : 16),
  ) as string;

/** An address without a port, as multicast groups are. */
export type PortlessAddress = InternetAddress | SocketAddress;

/** The sockaddr of an address, to be put where a struct has a sockaddr_storage. */
export const portless = (address: PortlessAddress): Uint8Array =>
  sockaddr(address instanceof SocketAddress ? address : { address, port: 0 });

/** The sockaddr of an address. */
export const sockaddr = (address: AddressLike): Uint8Array => toSocketAddress(address)._bytes;

/** An Internet address within a struct; null if there is none. */
export function addressAt(bytes: Uint8Array, start: number): SocketAddress | null {
  const family = whole(bytes.subarray(start), 2).getUint16(0, LITTLE);
  const length = family === AF_INET ? 16 : family === AF_INET6 ? 28 : 0;
  return length === 0 || bytes.length < start + length
    ? null
    : SocketAddress.fromBytes(bytes.subarray(start, start + length));
}

/** An integer that is unsigned in C. */
export const unsigned: Codec<number> = {
  length: 4,
  // A C programmer writes ~(1 << bit), which is negative here.
  encode: (value) => ints(checkInteger(value)),
  decode: (bytes) => intAt(bytes, 0) >>> 0,
};

/** An integer in network byte order. */
export const networkInteger: Codec<number> = {
  length: 4,
  encode: (value) => struct(4, (view) => view.setUint32(0, checkInteger(value, 0))),
  decode: (bytes) => whole(bytes, 4).getUint32(0),
};

/** One sockaddr. */
export const address = (length: number): Codec<SocketAddress | null> => ({
  length,
  encode: (value) => sockaddr(value as AddressLike),
  decode: (bytes) => (bytes.length < 2 ? null : SocketAddress.fromBytes(bytes)),
});
