/** What the framing operators share: the frame that is not complete yet, and how a decoder becomes an operator. */
import { concat, concatMap, defer, type OperatorFunction } from 'rxjs';
import { invalidArgType } from '../errors.ts';
import { Gather } from './gather.ts';

/** Makes frames of bytes, for one subscription. Frames are made as they are asked for. */
export interface Decoder<T> {
  /** The frames that end in `chunk`. */
  push(chunk: Buffer): Iterable<T>;
  /** What the end of the bytes means: a last frame, or an error. */
  end(): Iterable<T>;
}

/** The bytes of a frame that has not ended yet. */
export class Pending extends Gather {
  /**
   * The frame that goes on at `start` of `chunk` and ends before `end`, which
   * is less than `start` if it ended within what is pending. Copies only what
   * did not come in one chunk.
   */
  frame(chunk: Buffer, start: number, end: number): Buffer {
    if (this.length === 0) return chunk.subarray(start, end);
    const length = this.length + end - start;
    if (end > start) this.append(chunk.subarray(start, end), length);
    return this.take(length);
  }

  /** The frame of `size` bytes that goes on at `start` of `chunk`; null if it does not end there, and is pending. */
  sized(chunk: Buffer, start: number, size: number): Buffer | null {
    const end = start + size - this.length;
    if (end <= chunk.length) return this.frame(chunk, start, end);
    this.append(chunk.subarray(start), size);
    return null;
  }
}

/**
 * An operator that decodes, each subscription with a decoder of its own. A
 * chunk that comes while another one's frames are emitted waits for its turn.
 */
export function decode<T>(make: () => Decoder<T>): OperatorFunction<Uint8Array, T> {
  return (source) =>
    defer(() => {
      const decoder = make();
      return concat(
        source.pipe(concatMap((chunk) => decoder.push(toBuffer('chunk', chunk)))),
        defer(() => decoder.end()),
      );
    });
}

/** The same bytes as a Buffer. */
export function toBuffer(name: string, value: Uint8Array, expected = 'a Uint8Array'): Buffer {
  if (!(value instanceof Uint8Array)) throw invalidArgType(name, expected, value);
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** Bytes, or text as UTF-8. */
export function toBytes(name: string, value: string | Uint8Array): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : toBuffer(name, value, 'a string or Uint8Array');
}
