/**
 * Memory for received data. Reads go into a slab that the thread's sockets
 * share. What is kept is the receiver's for ever, so a chunk is copied out, or
 * it takes the slab with it; what is lent comes back, and so does its slab.
 * What a chunk has behind its bytes, `chunk.buffer`, was written, too: nobody
 * is shown what was in memory before, or, for good, what came to others.
 */
import { markAsUntransferable } from 'node:worker_threads';

/** What is read at once unless a caller says otherwise. */
export const DEFAULT_SIZE = 65536;

/**
 * A chunk takes the slab along if that is at most so many times its length.
 * A fresh slab costs page faults, up to about half of it more than a copy; one
 * that comes back costs none.
 */
const KEPT = 2;
const LENT = 4;

/** Where chunks are copied to. */
interface Pool {
  buffer: Buffer<ArrayBuffer>;
  used: number;
}

/**
 * By the binary logarithm of the lengths they are for, each 4 times as long as
 * the least of those, so that a chunk pins no more than that; the first is for
 * all shorter ones, too. Not Node's pool, which is 64 KiB long since Node 24.
 */
const pools: Pool[] = [];
const LEAST_POOLED = 2048;

/** Slabs that are free again: so many wait to be lent anew, the others are the collector's. */
const MOST_FREE = 64;

/** The last is the one to receive into. */
const free: Buffer<ArrayBuffer>[] = [];
/** Of these not a byte is as it was allocated. */
const written = new WeakSet<Buffer>();
const lent = new WeakMap<ArrayBuffer, Buffer<ArrayBuffer>>();

/**
 * A buffer of at least `size` bytes to receive into. It is good until the
 * next call of anything here: receive, then `keep` or `lend`.
 */
export function slabOf(size: number): Buffer<ArrayBuffer> {
  const last = free.at(-1);
  if (last !== undefined && last.length >= size) return last;
  const slab = Buffer.allocUnsafeSlow(Math.max(size, DEFAULT_SIZE));
  // Transferring one chunk would detach all others of its slab.
  markAsUntransferable(slab.buffer);
  if (free.length >= MOST_FREE) free.length = 0;
  free.push(slab);
  return slab;
}

/** The first `length` bytes of the slab, as a chunk that never changes afterwards. */
export function keep(length: number): Buffer<ArrayBuffer> {
  const slab = free.at(-1) as Buffer<ArrayBuffer>;
  if (length * KEPT < slab.length) return copy(slab, length);
  free.pop();
  slab.fill(0, length);
  return slab.subarray(0, length);
}

/** Like `keep`, but the chunk is the receiver's only until it is given back. */
export function lend(length: number): Buffer<ArrayBuffer> {
  const slab = free.at(-1) as Buffer<ArrayBuffer>;
  if (length * LENT < slab.length) return copy(slab, length);
  free.pop();
  if (!written.has(slab)) written.add(slab.fill(0, length));
  lent.set(slab.buffer, slab);
  return slab.subarray(0, length);
}

/** What was lent is free again; harmless for what was kept, and for a buffer that its borrower has detached. */
export function giveBack({ buffer }: Buffer<ArrayBuffer>): void {
  const slab = lent.get(buffer);
  if (slab === undefined) return;
  lent.delete(buffer);
  if (slab.length > 0 && free.length < MOST_FREE) free.push(slab);
}

function copy(slab: Buffer<ArrayBuffer>, length: number): Buffer<ArrayBuffer> {
  const chunk = roomFor(length);
  slab.copy(chunk, 0, 0, length);
  return chunk;
}

/** Memory for what is copied out, its owner's for ever; aligned for 64 bits. */
export function roomFor(length: number): Buffer<ArrayBuffer> {
  const logarithm = 31 - Math.clz32(Math.max(length, LEAST_POOLED));
  let pool = pools[logarithm];
  if (pool === undefined || pool.used + length > pool.buffer.length) {
    const buffer = Buffer.alloc(4 << logarithm);
    markAsUntransferable(buffer.buffer);
    pool = { buffer, used: 0 };
    pools[logarithm] = pool;
  }
  const chunk = pool.buffer.subarray(pool.used, pool.used + length);
  // Aligned, so that any typed array can be made of any chunk.
  pool.used = (pool.used + length + 7) & ~7;
  return chunk;
}
