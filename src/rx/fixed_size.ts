import { map, type OperatorFunction } from 'rxjs';
import { positive } from '../config.ts';
import { frameTruncated, invalidArgType, invalidArgValue } from '../errors.ts';
import { type Decoder, decode, Pending, toBytes } from './framing.ts';

class SizeDecoder implements Decoder<Buffer> {
  readonly #size: number;
  readonly #pending = new Pending();

  constructor(size: number) {
    this.#size = size;
  }

  *push(chunk: Buffer): Generator<Buffer, void> {
    for (let start = 0; ; ) {
      const next = start + this.#size - this.#pending.length;
      const frame = this.#pending.sized(chunk, start, this.#size);
      if (frame === null) return;
      start = next;
      yield frame;
    }
  }

  end(): Iterable<Buffer> {
    if (this.#pending.length > 0) throw frameTruncated(this.#pending.length);
    return [];
  }
}

function checkSize(size: number): number {
  if (typeof size !== 'number') throw invalidArgType('size', 'of type number', size);
  return positive('size', size, 1);
}

/**
 * Splits a stream of bytes into messages of one size.
 *
 * However the stream is cut into chunks, each message is emitted when its last
 * byte is there; one within a chunk is a part of it, not a copy. The end of
 * the stream within a message fails with `ERR_FRAME_TRUNCATED`.
 *
 * @example
 * fromRecv(socket).pipe(fixedSize(8), map((record) => record.readDoubleBE())).subscribe(print);
 *
 * @see {@link toFixedSize}, {@link lengthPrefixed}
 * @param size How many bytes each message has.
 * @returns An operator from chunks to messages.
 */
export function fixedSize(size: number): OperatorFunction<Uint8Array, Buffer> {
  const checked = checkSize(size);
  return decode(() => new SizeDecoder(checked));
}

/**
 * Lets pass only messages of one size.
 *
 * The reverse of {@link fixedSize}: there is nothing to add to a message, but
 * another size would shift all that come after it, and fails with
 * `ERR_INVALID_ARG_VALUE`.
 *
 * @example
 * records.pipe(toFixedSize(8), concatMap((bytes) => send(socket, bytes)));
 *
 * @see {@link fixedSize}
 * @param size How many bytes each message has.
 * @returns An operator from messages, text being UTF-8, to the bytes to send, one buffer for each.
 */
export function toFixedSize(size: number): OperatorFunction<string | Uint8Array, Buffer> {
  const checked = checkSize(size);
  return map((item) => {
    const bytes = toBytes('item', item);
    if (bytes.length !== checked) throw invalidArgValue('item', item, `must have ${checked} bytes`);
    return bytes;
  });
}
