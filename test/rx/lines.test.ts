import { expect } from 'chai';
import { from, type OperatorFunction } from 'rxjs';
import { type LinesConfig, lines, toLines } from 'uvsock/rx';
import { codeOf } from '../support/sockets.ts';

/** What the operator makes of the items, as text; last is `complete` or the error's code. */
function run<T>(items: Iterable<T>, operator: OperatorFunction<T, Buffer | string>): string[] {
  const emitted: string[] = [];
  from(items)
    .pipe(operator)
    .subscribe({
      next: (line) => emitted.push(String(line)),
      error: ({ code }) => emitted.push(code),
      complete: () => emitted.push('complete'),
    });
  return emitted;
}

/** The lines of `text`, which are the same wherever it is cut. */
function linesOf(text: string, config?: LinesConfig): string[] {
  const bytes = Buffer.from(text, config?.encoding);
  const emitted = run(
    Array.from(bytes, (byte) => Buffer.of(byte)),
    lines(config),
  );
  for (let cut = 0; cut <= bytes.length; cut++) {
    const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)];
    expect(run(chunks, lines(config)), `cut at ${cut}`).to.deep.equal(emitted);
  }
  return emitted;
}

describe('lines', () => {
  it('end with LF or CRLF, or with the stream', () => {
    expect(linesOf('a\nb\r\n\n\r\nc')).to.deep.equal(['a', 'b', '', '', 'c', 'complete']);
    expect(linesOf('a\n')).to.deep.equal(['a', 'complete']);
    expect(linesOf('')).to.deep.equal(['complete']);
  });

  it('keep the carriage returns that do not belong to their end', () => {
    expect(linesOf('a\rb\r\r\n\rc\n\r')).to.deep.equal(['a\rb\r', '\rc', '\r', 'complete']);
  });

  it('are decoded as a whole', () => {
    expect(linesOf('\u00e4\u20ac\n\u{1f600}')).to.deep.equal(['\u00e4\u20ac', '\u{1f600}', 'complete']);
    expect(linesOf('\u00e4\n\u00ff', { encoding: 'latin1' })).to.deep.equal(['\u00e4', '\u00ff', 'complete']);
  });

  it('have at most maxLength bytes, with a carriage return', () => {
    expect(linesOf('\u20ac\n\u20ac', { maxLength: 3 })).to.deep.equal(['\u20ac', '\u20ac', 'complete']);
    expect(linesOf('ab\r\nabc\r\n', { maxLength: 3 })).to.deep.equal(['ab', 'ERR_FRAME_TOO_LONG']);
    expect(linesOf('a\n\u20acb', { maxLength: 3 })).to.deep.equal(['a', 'ERR_FRAME_TOO_LONG']);
  });

  it('have at most 65,536 bytes by default, and no more is kept', () => {
    let pulled = 0;
    function* chunks() {
      for (;;) {
        pulled++;
        yield Buffer.alloc(1024, 'x');
      }
    }
    expect(run(chunks(), lines())).to.deep.equal(['ERR_FRAME_TOO_LONG']);
    expect(pulled).to.equal(65);
  });

  it('refuse wrong arguments when they are made', () => {
    expect(codeOf(() => lines({ maxLength: 0 }))).to.equal('ERR_OUT_OF_RANGE');
    expect(codeOf(() => lines(null as never))).to.equal('ERR_INVALID_ARG_TYPE');
    expect(codeOf(() => lines({ encoding: 8 as never }))).to.equal('ERR_INVALID_ARG_TYPE');
    for (const encoding of ['utf16le', 'hex', 'no'] as BufferEncoding[]) {
      expect(
        codeOf(() => lines({ encoding })),
        encoding,
      ).to.equal('ERR_INVALID_ARG_VALUE');
    }
  });
});

describe('toLines', () => {
  it('puts a newline after text, in UTF-8', () => {
    expect(run(['a', '', '\u20ac'], toLines())).to.deep.equal(['a\n', '\n', '\u20ac\n', 'complete']);
    expect(run(['a', 'b'], toLines({ newline: '\r\n' }))).to.deep.equal(['a\r\n', 'b\r\n', 'complete']);
  });

  it('refuses text that would be several lines', () => {
    expect(run(['a', 'b\nc'], toLines())).to.deep.equal(['a\n', 'ERR_INVALID_ARG_VALUE']);
    expect(run(['b\nc'], toLines({ newline: '\r\n' }))).to.deep.equal(['ERR_INVALID_ARG_VALUE']);
    expect(run(['b;c'], toLines({ newline: ';' }))).to.deep.equal(['ERR_INVALID_ARG_VALUE']);
    expect(run([Buffer.from('a') as never], toLines())).to.deep.equal(['ERR_INVALID_ARG_TYPE']);
  });

  it('refuses wrong arguments when it is made', () => {
    expect(codeOf(() => toLines({ newline: '' }))).to.equal('ERR_INVALID_ARG_VALUE');
    expect(codeOf(() => toLines({ newline: 10 as never }))).to.equal('ERR_INVALID_ARG_TYPE');
    expect(codeOf(() => toLines(null as never))).to.equal('ERR_INVALID_ARG_TYPE');
  });
});
