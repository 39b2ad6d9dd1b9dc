/**
 * Addresses by their bytes: datagrams of a few peers, however many, need a few
 * objects. Bounded, and shared by all batches; a peer that is crowded out is
 * made anew.
 */
import { SocketAddress } from './address.ts';

/** A power of 2. */
const ENTRIES = 512;
/** In integers: C's sockaddr_storage. */
const LONGEST = 32;

const keys = new Int32Array(ENTRIES * LONGEST);
const keyBytes = new Uint8Array(keys.buffer);
const lengths = new Uint8Array(ENTRIES);
const addresses = new Array<SocketAddress | undefined>(ENTRIES).fill(undefined);

/** Which entry may have the address. */
function entryOf(integers: Int32Array, position: number, length: number): number {
  let hash = length;
  for (let at = position; at < position + (length >> 2); at++) {
    hash = Math.imul(hash ^ (integers[at] as number), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash & (ENTRIES - 1);
}

/** The address that a call has left: `length` bytes, 2 at least, from the integer at `position` on. */
export function cachedAddress(
  integers: Int32Array<ArrayBuffer>,
  position: number,
  length: number,
): SocketAddress {
  const entry = entryOf(integers, position, length);
  const key = entry * LONGEST;
  let same = lengths[entry] === length;
  for (let at = 0; same && at < length >> 2; at++) same = keys[key + at] === integers[position + at];
  const odd = length & 3;
  const bytes = odd === 0 ? keyBytes : new Uint8Array(integers.buffer, integers.byteOffset);
  for (let at = length - odd; same && at < length; at++) {
    same = keyBytes[4 * key + at] === bytes[4 * position + at];
  }
  const cached = addresses[entry];
  if (same && cached !== undefined) return cached;
  const address = SocketAddress._left(integers, position, length);
  address._leave(keys, key);
  lengths[entry] = length;
  addresses[entry] = address;
  return address;
}
