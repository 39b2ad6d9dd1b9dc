/**
 * Memory for received data. Reads go into a slab that the thread's sockets
 * share. What is kept is the receiver's for ever, so a chunk is copied out, or
 * it takes the slab with it; what is lent comes back, and so does its slab.
 */
import { markAsUntransferable } from 'node:worker_threads';

/** What is read at once unless a caller says otherwise. */
export const DEFAULT_SIZE = 65536;

/** A chunk that takes the slab along pins at most this many times its length. */
const PINNED = 4;

/** Not Node's own pool, which is 64 KiB long since Node 24: a small chunk pins it as long as it is kept. */
const POOL_SIZE = 8192;
let pool: Buffer<ArrayBuffer> = Buffer.alloc(0);
let poolUsed = POOL_SIZE;

/** Slabs that are free again: so many wait to be lent anew, the others are the collector's. */
const MOST_FREE = 64;

/** The last is the one to receive into. */
const free: Buffer<ArrayBuffer>[] = [];
const lent = new WeakSet<ArrayBuffer>();

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
  if (length * PINNED >= slab.length) {
    free.pop();
    return slab.subarray(0, length);
  }
  const chunk = room(length);
  slab.copy(chunk, 0, 0, length);
  return chunk;
}

/** Memory for a chunk that is copied out; small ones share a pool, as those of `Buffer.allocUnsafe`. */
function room(length: number): Buffer<ArrayBuffer> {
  if (length > POOL_SIZE >>> 1) return Buffer.allocUnsafeSlow(length);
  if (poolUsed + length > POOL_SIZE) {
    pool = Buffer.allocUnsafeSlow(POOL_SIZE);
    markAsUntransferable(pool.buffer);
    poolUsed = 0;
  }
  const chunk = pool.subarray(poolUsed, poolUsed + length);
  // Aligned, so that any typed array can be made of any chunk.
  poolUsed = (poolUsed + length + 7) & ~7;
  return chunk;
}

/** Like `keep`, but the chunk is the receiver's only until it is given back. */
export function lend(length: number): Buffer<ArrayBuffer> {
  const chunk = keep(length);
  if (chunk.buffer.byteLength >= DEFAULT_SIZE) lent.add(chunk.buffer);
  return chunk;
}

/** What was lent is free again; harmless for what was kept, and for a buffer that its borrower has detached. */
export function giveBack(chunk: Buffer<ArrayBuffer>): void {
  const { buffer } = chunk;
  if (!lent.delete(buffer) || buffer.byteLength === 0 || free.length >= MOST_FREE) return;
  free.push(Buffer.from(buffer));
}
