import { map, type OperatorFunction } from 'rxjs';
import { positive, requireConfig } from '../config.ts';
import { invalidArgType, invalidArgValue } from '../errors.ts';
import { DelimiterDecoder, toDelimited } from './delimited.ts';
import { type Decoder, decode } from './framing.ts';

/** Configuration of {@link lines}. */
export interface LinesConfig {
  /** How many bytes a line may have, without its newline but with a carriage return. Default 65,536. */
  maxLength?: number;
  /** Any encoding that has the byte 10 for a newline, which UTF-16 has not. Default `'utf8'`. */
  encoding?: BufferEncoding;
}

/** Configuration of {@link toLines}. */
export interface ToLinesConfig {
  /** What ends a line. Default `'\n'`. */
  newline?: string;
}

const NEWLINE = Buffer.from('\n');
const CARRIAGE_RETURN = 13;

class LineDecoder implements Decoder<string> {
  readonly #lines: DelimiterDecoder;
  readonly #encoding: BufferEncoding;

  constructor(maxLength: number, encoding: BufferEncoding) {
    this.#lines = new DelimiterDecoder(NEWLINE, maxLength);
    this.#encoding = encoding;
  }

  *push(chunk: Buffer): Generator<string, void> {
    for (const line of this.#lines.push(chunk)) {
      const length = line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
      yield line.toString(this.#encoding, 0, length);
    }
  }

  end(): Iterable<string> {
    const rest = this.#lines.rest();
    return rest.length > 0 ? [rest.toString(this.#encoding)] : [];
  }
}

function checkEncoding(encoding: BufferEncoding): void {
  if (typeof encoding !== 'string') throw invalidArgType('encoding', 'of type string', encoding);
  if (!Buffer.isEncoding(encoding) || NEWLINE.compare(Buffer.from('\n', encoding)) !== 0) {
    throw invalidArgValue('encoding', encoding, 'must be an encoding that has the byte 10 for a newline');
  }
}

/**
 * Splits a stream of bytes into lines of text.
 *
 * A line ends with a newline, before which one carriage return is dropped;
 * what comes after the last newline is a line, too, unless it is empty. A line
 * is decoded as a whole, so it does not matter where the stream is cut. One
 * longer than `maxLength` fails with `ERR_FRAME_TOO_LONG` as soon as that is
 * seen.
 *
 * @example
 * mergeRecv(socket, (line) => send(socket, answer(line)), { through: lines() }).subscribe();
 *
 * @see {@link toLines}, {@link delimited}
 * @param config See {@link LinesConfig}.
 * @returns An operator from chunks to lines without their ends.
 */
export function lines(config: LinesConfig = {}): OperatorFunction<Uint8Array, string> {
  const { encoding = 'utf8' } = requireConfig(config);
  const maxLength = positive('maxLength', config.maxLength, 65536);
  checkEncoding(encoding);
  return decode(() => new LineDecoder(maxLength, encoding));
}

/**
 * Makes lines of text: puts a newline after each item.
 *
 * The reverse of {@link lines}, in UTF-8. Text that contains a newline would
 * be several lines, and fails with `ERR_INVALID_ARG_VALUE`. A carriage return
 * at the end of text is sent, but counts as a part of the newline for `lines`.
 *
 * @example
 * replies.pipe(toLines({ newline: '\r\n' }), concatMap((line) => send(socket, line)));
 *
 * @see {@link lines}, {@link toDelimited}
 * @param config See {@link ToLinesConfig}.
 * @returns An operator from text to the bytes to send, one buffer for each line.
 */
export function toLines(config: ToLinesConfig = {}): OperatorFunction<string, Buffer> {
  const { newline = '\n' } = requireConfig(config);
  if (typeof newline !== 'string') throw invalidArgType('newline', 'of type string', newline);
  if (newline === '') throw invalidArgValue('newline', newline, 'must not be empty');
  const terminate = toDelimited(newline);
  return (source) => source.pipe(map(requireLine), terminate);
}

/** Whatever ends the lines, a newline ends one for {@link lines}. */
function requireLine(text: string): string {
  if (typeof text !== 'string') throw invalidArgType('text', 'of type string', text);
  if (text.includes('\n')) throw invalidArgValue('text', text, 'must not contain a newline');
  return text;
}
