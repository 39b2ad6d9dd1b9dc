import { map, type OperatorFunction } from 'rxjs';
import { positive, requireConfig } from '../config.ts';
import { frameTooLong, frameTruncated, invalidArgValue } from '../errors.ts';
import { type Decoder, decode, Pending, toBytes } from './framing.ts';

/** Configuration of {@link delimited}. */
export interface DelimitedConfig {
  /** How many bytes a message may have, without its separator. Default 65,536. */
  maxLength?: number;
}

/** Finds what is before separators. */
export class DelimiterDecoder implements Decoder<Buffer> {
  readonly #separator: Buffer;
  /** The same for `indexOf`, which finds a number faster. */
  readonly #needle: Buffer | number;
  /** By how much of the separator has matched: how much still does when the next byte is another one. */
  readonly #fallbacks: readonly number[];
  readonly #maxLength: number;
  readonly #pending = new Pending();
  /** With how many bytes of the separator the pending frame ends. */
  #matched = 0;

  constructor(separator: Buffer, maxLength: number) {
    this.#separator = separator;
    this.#needle = separator.length === 1 ? separator.readUInt8() : separator;
    this.#fallbacks = fallbacksOf(separator);
    this.#maxLength = maxLength;
  }

  *push(chunk: Buffer): Generator<Buffer, void> {
    for (let start = 0; ; ) {
      const next = this.#search(chunk, start);
      const end = next === -1 ? chunk.length - this.#matched : next - this.#separator.length;
      if (this.#pending.length + end - start > this.#maxLength) throw frameTooLong(this.#maxLength);
      if (next === -1) {
        this.#pending.append(chunk.subarray(start), this.#maxLength + this.#separator.length - 1);
        return;
      }
      yield this.#pending.frame(chunk, start, end);
      start = next;
    }
  }

  end(): Iterable<Buffer> {
    if (this.#pending.length > 0) throw frameTruncated(this.#pending.length);
    return [];
  }

  /** What no separator ended, maybe nothing. */
  rest(): Buffer {
    return this.#pending.take();
  }

  /** Where the bytes after the next separator begin; -1 if it does not end in `chunk`. */
  #search(chunk: Buffer, start: number): number {
    const { length } = this.#separator;
    let at = start;
    // What began in an earlier chunk is matched byte by byte (Knuth, Morris,
    // Pratt): looking through the bytes of a separator for each small chunk
    // would take quadratic time.
    while (this.#matched > at - start) {
      if (at === chunk.length) return -1;
      this.#match(chunk[at++]!);
      if (this.#matched === length) {
        this.#matched = 0;
        return at;
      }
    }
    at -= this.#matched;
    this.#matched = 0;
    const found = chunk.indexOf(this.#needle, at);
    if (found !== -1) return found + length;
    for (at = Math.max(at, chunk.length - length + 1); at < chunk.length; at++) this.#match(chunk[at]!);
    return -1;
  }

  #match(byte: number): void {
    this.#matched = matchedWith(byte, this.#matched, this.#separator, this.#fallbacks);
  }
}

/** How much of the separator has matched after one more byte. */
function matchedWith(byte: number, matched: number, separator: Buffer, fallbacks: readonly number[]): number {
  let length = matched;
  while (length > 0 && separator[length] !== byte) length = fallbacks[length]!;
  return separator[length] === byte ? length + 1 : 0;
}

function fallbacksOf(separator: Buffer): number[] {
  const fallbacks = [0, 0];
  for (const byte of separator.subarray(1)) {
    fallbacks.push(matchedWith(byte, fallbacks.at(-1)!, separator, fallbacks));
  }
  return fallbacks;
}

export function toSeparator(separator: string | Uint8Array): Buffer {
  // A copy, for the caller may change it later.
  const bytes = Buffer.from(toBytes('separator', separator));
  if (bytes.length === 0) throw invalidArgValue('separator', separator, 'must not be empty');
  return bytes;
}

/**
 * Splits a stream of bytes into the messages between separators.
 *
 * However the stream is cut into chunks, each separator ends a message, which
 * may be empty. A message that is in one chunk with its separator is a part of
 * the chunk, not a copy. One longer than `maxLength` fails with
 * `ERR_FRAME_TOO_LONG` as soon as that is seen, bytes after the last separator
 * with `ERR_FRAME_TRUNCATED` when the stream ends.
 *
 * @example
 * fromRecv(socket).pipe(delimited('\0')).subscribe((message) => print(JSON.parse(String(message))));
 *
 * @see {@link toDelimited}, {@link lines}
 * @param separator One or more bytes; text is UTF-8.
 * @param config See {@link DelimitedConfig}.
 * @returns An operator from chunks to messages without their separators.
 */
export function delimited(
  separator: string | Uint8Array,
  config: DelimitedConfig = {},
): OperatorFunction<Uint8Array, Buffer> {
  const end = toSeparator(separator);
  const maxLength = positive('maxLength', requireConfig(config).maxLength, 65536);
  return decode(() => new DelimiterDecoder(end, maxLength));
}

/**
 * Puts a separator after each message.
 *
 * The reverse of {@link delimited}: a message that would not arrive as one
 * fails with `ERR_INVALID_ARG_VALUE`, because it contains the separator, or
 * would together with the one after it.
 *
 * @example
 * values.pipe(map((value) => JSON.stringify(value)), toDelimited('\0'), concatMap((bytes) => send(socket, bytes)));
 *
 * @see {@link delimited}, {@link toLines}
 * @param separator One or more bytes; text is UTF-8.
 * @returns An operator from messages, text being UTF-8, to the bytes to send, one buffer for each.
 */
export function toDelimited(separator: string | Uint8Array): OperatorFunction<string | Uint8Array, Buffer> {
  const end = toSeparator(separator);
  return map((item) => {
    const bytes = toBytes('item', item);
    const message = Buffer.concat([bytes, end]);
    if (message.indexOf(end) !== bytes.length) {
      throw invalidArgValue('item', item, 'must not contain the separator before its end');
    }
    return message;
  });
}
