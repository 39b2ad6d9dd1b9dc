import { expect } from 'chai';
import { from, type OperatorFunction, of } from 'rxjs';
import { delimited, toDelimited } from 'uvsock/rx';
import { codeOf } from '../support/sockets.ts';

/** What the operator makes of the items, as text; last is `complete` or the error's code. */
function run<T>(items: Iterable<T>, operator: OperatorFunction<T, Buffer>): string[] {
  const emitted: string[] = [];
  from(items)
    .pipe(operator)
    .subscribe({
      next: (bytes) => emitted.push(String(bytes)),
      error: ({ code }) => emitted.push(code),
      complete: () => emitted.push('complete'),
    });
  return emitted;
}

/** All texts of `length` letters that are `a` or `b`. */
function texts(length: number): string[] {
  return length === 0 ? [''] : texts(length - 1).flatMap((text) => [`${text}a`, `${text}b`]);
}

const bytesOf = (text: string) => Array.from(text, (byte) => Buffer.from(byte));

describe('delimited', () => {
  it('finds the separators that split() does, in any text, cut anywhere', () => {
    for (const separator of ['a', 'ab', 'aa', 'aab', 'aba', 'abab', 'aabaaa']) {
      for (const text of texts(8)) {
        const frames = text.split(separator);
        const last = frames.pop() === '' ? 'complete' : 'ERR_FRAME_TRUNCATED';
        const decoding = delimited(separator);
        const told = `${text} by ${separator}`;
        expect(run(bytesOf(text), decoding), told).to.deep.equal([...frames, last]);
        for (let cut = 0; cut < text.length; cut++) {
          const chunks = [Buffer.from(text.slice(0, cut)), Buffer.from(text.slice(cut))];
          expect(run(chunks, decoding), `${told}, cut at ${cut}`).to.deep.equal([...frames, last]);
        }
      }
    }
  });

  it('takes a message of maxLength, however much of a separator comes after it', () => {
    const decoding = delimited('\r\n\r\n', { maxLength: 3 });
    expect(run([Buffer.from('abc\r\n\r\nabc\r\n\r\n')], decoding)).to.deep.equal(['abc', 'abc', 'complete']);
    expect(run(bytesOf('abc\r\n\r\n\r\r\r\r\n\r\n'), decoding)).to.deep.equal(['abc', '\r\r\r', 'complete']);
  });

  it('fails with the first byte that makes a message longer than maxLength', () => {
    const decoding = delimited('--', { maxLength: 3 });
    for (const [text, taken] of [
      ['abcd--', 4],
      ['abc-d--', 5],
      ['ok--abcd--', 8],
    ] as const) {
      let pulled = 0;
      function* chunks() {
        for (const byte of bytesOf(text)) {
          pulled++;
          yield byte;
        }
      }
      expect(run(chunks(), decoding).at(-1), text).to.equal('ERR_FRAME_TOO_LONG');
      expect(pulled, text).to.equal(taken);
    }
    expect(run([Buffer.from('ok--abcd--ok--')], decoding)).to.deep.equal(['ok', 'ERR_FRAME_TOO_LONG']);
  });

  it('limits a message to 65,536 bytes by default', () => {
    const message = Buffer.alloc(65_536, 'x');
    const decoding = delimited('\0');
    expect(run([message, Buffer.from('\0')], decoding)).to.deep.equal([String(message), 'complete']);
    expect(run([message, Buffer.from('x')], decoding)).to.deep.equal(['ERR_FRAME_TOO_LONG']);
  });

  it('tells how much there is of a message that is cut off', () => {
    let message = '';
    of(Buffer.from('a;bcd'))
      .pipe(delimited(';'))
      .subscribe({ error: (error) => (message = error.message) });
    expect(message).to.include('after 3 bytes');
    expect(run([Buffer.from('a;\r')], delimited('\r\n'))).to.deep.equal(['ERR_FRAME_TRUNCATED']);
  });

  it('has a separator of its own', () => {
    const separator = Buffer.from(';');
    const [decoding, encoding] = [delimited(separator), toDelimited(separator)];
    separator.fill('x');
    expect(run([Buffer.from('axb;')], decoding)).to.deep.equal(['axb', 'complete']);
    expect(run(['axb'], encoding)).to.deep.equal(['axb;', 'complete']);
  });

  it('refuses wrong arguments when it is made', () => {
    expect(codeOf(() => delimited(''))).to.equal('ERR_INVALID_ARG_VALUE');
    expect(codeOf(() => delimited(10 as never))).to.equal('ERR_INVALID_ARG_TYPE');
    expect(codeOf(() => delimited(';', null as never))).to.equal('ERR_INVALID_ARG_TYPE');
    expect(codeOf(() => delimited(';', { maxLength: '1' as never }))).to.equal('ERR_INVALID_ARG_TYPE');
    for (const maxLength of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(
        codeOf(() => delimited(';', { maxLength })),
        `${maxLength}`,
      ).to.equal('ERR_OUT_OF_RANGE');
    }
    expect(codeOf(() => toDelimited(new Uint8Array()))).to.equal('ERR_INVALID_ARG_VALUE');
    expect(codeOf(() => toDelimited(undefined as never))).to.equal('ERR_INVALID_ARG_TYPE');
  });
});

describe('toDelimited', () => {
  it('puts the separator after text and bytes', () => {
    expect(run(['a', new Uint8Array([98]), ''], toDelimited('--'))).to.deep.equal([
      'a--',
      'b--',
      '--',
      'complete',
    ]);
  });

  it('refuses just what would not arrive as one message', () => {
    for (const separator of ['a', 'ab', 'aa', 'aba']) {
      for (const text of texts(4)) {
        const arrives = `${text}${separator}`.indexOf(separator) === text.length;
        expect(run([text], toDelimited(separator)).at(-1), `${text} with ${separator}`).to.equal(
          arrives ? 'complete' : 'ERR_INVALID_ARG_VALUE',
        );
      }
    }
    expect(run([1 as never], toDelimited(';'))).to.deep.equal(['ERR_INVALID_ARG_TYPE']);
  });
});
