/**
 * Memory for received data. Reads go into a slab that the thread's sockets
 * share; what is handed out is the receiver's for ever, so a chunk is copied
 * out, or it takes the slab with it.
 */
import { markAsUntransferable } from 'node:worker_threads';

/** What is read at once unless a caller says otherwise. */
export const DEFAULT_SIZE = 65536;

/** A chunk that takes the slab along pins at most this many times its length. */
const PINNED = 4;

let slab: Buffer<ArrayBuffer> | null = null;

/**
 * A buffer of at least `size` bytes to receive into. It is good until the
 * next call of anything here: receive, then `keep`.
 */
export function slabOf(size: number): Buffer<ArrayBuffer> {
  if (slab === null || slab.length < size) {
    slab = Buffer.allocUnsafeSlow(Math.max(size, DEFAULT_SIZE));
    // Transferring one chunk would detach all others of its slab.
    markAsUntransferable(slab.buffer);
  }
  return slab;
}

/** The first `length` bytes of the slab, as a chunk that never changes afterwards. */
export function keep(length: number): Buffer<ArrayBuffer> {
  const received = slab as Buffer<ArrayBuffer>;
  if (length * PINNED >= received.length) {
    slab = null;
    return received.subarray(0, length);
  }
  // Below 4 KiB this is a part of Node's pool, which is 8 KiB long.
  const chunk = Buffer.allocUnsafe(length);
  received.copy(chunk, 0, 0, length);
  return chunk;
}
