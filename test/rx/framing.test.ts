import { expect } from 'chai';
import { EMPTY, from, type Observable, type OperatorFunction, of, Subject, take, throwError } from 'rxjs';
import {
  delimited,
  fixedSize,
  lengthPrefixed,
  lines,
  toDelimited,
  toFixedSize,
  toLengthPrefixed,
  toLines,
} from 'uvsock/rx';

type Decoding = OperatorFunction<Uint8Array, Buffer | string>;

/** A framing, and messages for it, of which the first is not empty. */
interface Framing {
  name: string;
  decoding: Decoding;
  encoding: OperatorFunction<string, Buffer>;
  messages: string[];
}

const TEXTS = ['first', '', '\u00e4\u20ac\u{1f600}', 'b', '', 'last one'];

const FRAMINGS: Framing[] = [
  { name: 'delimited by a byte', decoding: delimited('\0'), encoding: toDelimited('\0'), messages: TEXTS },
  {
    name: 'delimited by several bytes',
    decoding: delimited('-=-'),
    encoding: toDelimited('-=-'),
    messages: ['a-', '', '-', '=-', '--==--', '=', '-=='],
  },
  { name: 'lines', decoding: lines(), encoding: toLines(), messages: TEXTS },
  { name: 'lines with CRLF', decoding: lines(), encoding: toLines({ newline: '\r\n' }), messages: TEXTS },
  ...([1, 2, 4, 8] as const).map((bytes) => {
    const config = { bytes, littleEndian: bytes === 2, includesLength: bytes > 2 };
    return {
      name: `with lengths of ${bytes}`,
      decoding: lengthPrefixed(config),
      encoding: toLengthPrefixed(config),
      messages: TEXTS,
    };
  }),
  {
    name: 'of fixed size',
    decoding: fixedSize(3),
    encoding: toFixedSize(3),
    messages: ['abc', 'def', '\u20ac'],
  },
];

/** What is emitted, and at the end `complete` or the error's code. */
function run(source: Observable<Uint8Array>, decoding: Decoding): (Buffer | string)[] {
  const emitted: (Buffer | string)[] = [];
  source.pipe(decoding).subscribe({
    next: (frame) => emitted.push(frame),
    error: (error) => emitted.push(error.code ?? error.message),
    complete: () => emitted.push('complete'),
  });
  return emitted;
}

function encoded({ encoding, messages }: Framing): Buffer {
  const encodedMessages: Buffer[] = [];
  from(messages)
    .pipe(encoding)
    .subscribe((bytes) => encodedMessages.push(bytes));
  return Buffer.concat(encodedMessages);
}

/** Where each message ends in the stream. */
function ends(framing: Framing): number[] {
  return framing.messages.map(
    (_, index) => encoded({ ...framing, messages: framing.messages.slice(0, index + 1) }).length,
  );
}

/** Each piece with memory of its own, so that nothing is found beyond it. */
function pieces(bytes: Buffer, size: number): Buffer[] {
  const all: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) all.push(copy(bytes.subarray(at, at + size)));
  return all;
}

function copy(bytes: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return own;
}

describe('framing', () => {
  for (const framing of FRAMINGS) {
    const { name, decoding, messages } = framing;
    const stream = encoded(framing);
    const whole = [...messages, 'complete'];

    describe(name, () => {
      it('gives back what was encoded, cut at any two positions', () => {
        for (let first = 0; first <= stream.length; first++) {
          for (let second = first; second <= stream.length; second++) {
            const cut = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)];
            const emitted = run(from(cut.map(copy)), decoding);
            expect(emitted.map(String), `cut at ${first} and ${second}`).to.deep.equal(whole);
          }
        }
      });

      it('gives back what was encoded, in chunks of any size', () => {
        for (let size = 1; size <= stream.length; size++) {
          expect(run(from(pieces(stream, size)), decoding).map(String), `by ${size}`).to.deep.equal(whole);
        }
      });

      it('emits each message with the chunk that ends it', () => {
        const emitted: string[] = [];
        const source = new Subject<Uint8Array>();
        source.pipe(decoding).subscribe((frame) => emitted.push(String(frame)));
        let begin = 0;
        for (const [index, end] of ends(framing).entries()) {
          source.next(stream.subarray(begin, end - 1));
          begin = end;
          expect(emitted).to.deep.equal(messages.slice(0, index));
          source.next(stream.subarray(end - 1, end));
          expect(emitted).to.deep.equal(messages.slice(0, index + 1));
        }
      });

      it('takes any Uint8Array, and emits Buffers or text', () => {
        const chunk = new Uint8Array([0, ...stream, 0]).subarray(1, -1);
        const emitted = run(of(chunk), decoding);
        expect(emitted.map(String)).to.deep.equal(whole);
        for (const frame of emitted)
          expect(Buffer.isBuffer(frame) || typeof frame === 'string').to.equal(true);
        expect(run(of('text' as unknown as Uint8Array), decoding)).to.deep.equal(['ERR_INVALID_ARG_TYPE']);
      });

      it('copies a message that came in several chunks, but none that came in one', () => {
        const frames = run(of(stream), decoding).filter((frame) => Buffer.isBuffer(frame));
        for (const frame of frames) expect(frame.buffer).to.equal(stream.buffer);
        const chunks = pieces(stream, 1);
        const emitted = run(from(chunks), decoding);
        for (const chunk of chunks) chunk.fill(0);
        const longer = emitted.slice(0, -1).filter((frame) => Buffer.byteLength(frame) > 1);
        expect(longer.map(String)).to.deep.equal(
          messages.filter((message) => Buffer.byteLength(message) > 1),
        );
      });

      it('emits no more when it is unsubscribed within a message', () => {
        let pulled = 0;
        function* chunks() {
          for (;;) {
            pulled++;
            yield stream;
          }
        }
        const emitted = run(from(chunks()), (source) => source.pipe(decoding, take(2)));
        expect(emitted.map(String)).to.deep.equal([...messages.slice(0, 2), 'complete']);
        expect(pulled).to.equal(1);
      });

      it('keeps the order when a chunk comes while another one is emitted', () => {
        const source = new Subject<Uint8Array>();
        const emitted: string[] = [];
        source.pipe(decoding).subscribe((frame) => {
          if (emitted.push(String(frame)) === 1) source.next(stream);
        });
        source.next(stream);
        expect(emitted).to.deep.equal([...messages, ...messages]);
      });

      it('begins anew with each subscription', () => {
        const cut = stream.length - 1;
        const sources = [new Subject<Uint8Array>(), new Subject<Uint8Array>()];
        const both = sources.map((source) => run(source, decoding));
        for (const source of sources) source.next(stream.subarray(0, cut));
        for (const source of sources) source.next(stream.subarray(cut));
        for (const source of sources) source.complete();
        for (const emitted of both) expect(emitted.map(String)).to.deep.equal(whole);
      });

      it('passes on the end of nothing, and an error, without what is pending', () => {
        expect(run(EMPTY, decoding)).to.deep.equal(['complete']);
        expect(run(of(Buffer.alloc(0)), decoding)).to.deep.equal(['complete']);
        expect(
          run(
            throwError(() => new Error('reset')),
            decoding,
          ),
        ).to.deep.equal(['reset']);
      });
    });
  }
});
