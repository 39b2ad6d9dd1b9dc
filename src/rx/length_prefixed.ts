import { map, type OperatorFunction } from 'rxjs';
import { positive, requireConfig } from '../config.ts';
import { frameMalformed, frameTooLong, frameTruncated, invalidArgType, invalidArgValue } from '../errors.ts';
import { type Decoder, decode, Pending, toBytes } from './framing.ts';

/** Configuration of {@link lengthPrefixed} and {@link toLengthPrefixed}. */
export interface LengthPrefixedConfig {
  /** How many bytes the length before a message has. Default 4. */
  bytes?: 1 | 2 | 4 | 8;
  /** The length's least significant byte comes first. Default false: network byte order. */
  littleEndian?: boolean;
  /** The length counts its own bytes, too. Default false: only those of the message. */
  includesLength?: boolean;
  /** How many bytes a message may have, without its length. Default 1 MiB. */
  maxLength?: number;
}

type CheckedConfig = Required<LengthPrefixedConfig>;

function checkConfig(config: LengthPrefixedConfig): CheckedConfig {
  const { bytes = 4, littleEndian = false, includesLength = false } = requireConfig(config);
  if (![1, 2, 4, 8].includes(bytes)) throw invalidArgValue('bytes', bytes, 'must be 1, 2, 4 or 8');
  for (const [name, flag] of Object.entries({ littleEndian, includesLength })) {
    if (typeof flag !== 'boolean') throw invalidArgType(name, 'of type boolean', flag);
  }
  return {
    bytes,
    littleEndian,
    includesLength,
    maxLength: positive('maxLength', config.maxLength, 2 ** 20),
  };
}

/** Of 8 bytes rounded above 2 ** 53, where it is far too long anyway. */
function readLength(prefix: Buffer, { bytes, littleEndian }: CheckedConfig): number {
  if (bytes === 8) return Number(littleEndian ? prefix.readBigUInt64LE() : prefix.readBigUInt64BE());
  return littleEndian ? prefix.readUIntLE(0, bytes) : prefix.readUIntBE(0, bytes);
}

function writeLength(prefix: Buffer, length: number, { bytes, littleEndian }: CheckedConfig): void {
  if (bytes === 8) {
    if (littleEndian) prefix.writeBigUInt64LE(BigInt(length));
    else prefix.writeBigUInt64BE(BigInt(length));
  } else if (littleEndian) prefix.writeUIntLE(length, 0, bytes);
  else prefix.writeUIntBE(length, 0, bytes);
}

class LengthDecoder implements Decoder<Buffer> {
  readonly #config: CheckedConfig;
  readonly #pending = new Pending();
  /** Of the message that comes next; null while its prefix does. */
  #length: number | null = null;

  constructor(config: CheckedConfig) {
    this.#config = config;
  }

  *push(chunk: Buffer): Generator<Buffer, void> {
    for (let start = 0; ; ) {
      const size = this.#length ?? this.#config.bytes;
      const next = start + size - this.#pending.length;
      const part = this.#pending.sized(chunk, start, size);
      if (part === null) return;
      start = next;
      if (this.#length === null) {
        this.#length = this.#lengthAfter(part);
      } else {
        this.#length = null;
        yield part;
      }
    }
  }

  end(): Iterable<Buffer> {
    const received = this.#pending.length + (this.#length === null ? 0 : this.#config.bytes);
    if (received > 0) throw frameTruncated(received);
    return [];
  }

  #lengthAfter(prefix: Buffer): number {
    const { bytes, includesLength, maxLength } = this.#config;
    const told = readLength(prefix, this.#config);
    const length = includesLength ? told - bytes : told;
    if (length < 0) throw frameMalformed(`A length of ${told} does not include its own ${bytes} bytes`);
    if (length > maxLength) throw frameTooLong(maxLength);
    return length;
  }
}

/**
 * Splits a stream of bytes into messages with their lengths before them.
 *
 * However the stream is cut into chunks, each message is emitted when its last
 * byte is there; one within a chunk is a part of it, not a copy. Memory grows
 * with what has come, not with what a length promises. A length above
 * `maxLength` fails at once with `ERR_FRAME_TOO_LONG`, one that should include
 * its own bytes but is less than those with `ERR_FRAME_MALFORMED`, and the end
 * of the stream within a message with `ERR_FRAME_TRUNCATED`.
 *
 * @example
 * fromRecv(socket).pipe(lengthPrefixed({ bytes: 2 })).subscribe((query) => print(query)); // DNS over TCP
 *
 * @see {@link toLengthPrefixed}, {@link fixedSize}
 * @param config See {@link LengthPrefixedConfig}.
 * @returns An operator from chunks to messages without their lengths.
 */
export function lengthPrefixed(config: LengthPrefixedConfig = {}): OperatorFunction<Uint8Array, Buffer> {
  const checked = checkConfig(config);
  return decode(() => new LengthDecoder(checked));
}

/**
 * Puts before each message its length.
 *
 * The reverse of {@link lengthPrefixed} with the same configuration. A message
 * longer than `maxLength`, or than the length can tell, fails with
 * `ERR_FRAME_TOO_LONG`.
 *
 * @example
 * queries.pipe(toLengthPrefixed({ bytes: 2 }), concatMap((bytes) => send(socket, bytes)));
 *
 * @see {@link lengthPrefixed}
 * @param config See {@link LengthPrefixedConfig}.
 * @returns An operator from messages, text being UTF-8, to the bytes to send, one buffer for each.
 */
export function toLengthPrefixed(
  config: LengthPrefixedConfig = {},
): OperatorFunction<string | Uint8Array, Buffer> {
  const checked = checkConfig(config);
  const { bytes } = checked;
  const own = checked.includesLength ? bytes : 0;
  const maxLength = Math.min(checked.maxLength, 2 ** (8 * bytes) - 1 - own);
  return map((item) => {
    const payload = toBytes('item', item);
    if (payload.length > maxLength) throw frameTooLong(maxLength);
    const message = Buffer.allocUnsafe(bytes + payload.length);
    writeLength(message, payload.length + own, checked);
    message.set(payload, bytes);
    return message;
  });
}
