import { expect } from 'chai';
import { from, type OperatorFunction } from 'rxjs';
import { fixedSize, toFixedSize } from 'uvsock/rx';
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

const SIZES = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY];

describe('fixedSize', () => {
  it('emits messages of any size, cut anywhere', () => {
    const text = 'abcdefghijkl';
    for (const size of [1, 2, 3, 4, 6, 12]) {
      const expected = [...(text.match(new RegExp(`.{${size}}`, 'g')) as string[]), 'complete'];
      for (let cut = 0; cut <= text.length; cut++) {
        const chunks = [Buffer.from(text.slice(0, cut)), Buffer.from(text.slice(cut))];
        expect(run(chunks, fixedSize(size)), `by ${size}, cut at ${cut}`).to.deep.equal(expected);
      }
    }
  });

  it('fails when the stream ends within a message', () => {
    expect(run([Buffer.from('abcde')], fixedSize(3))).to.deep.equal(['abc', 'ERR_FRAME_TRUNCATED']);
    expect(run([Buffer.from('a'), Buffer.from('b')], fixedSize(3))).to.deep.equal(['ERR_FRAME_TRUNCATED']);
  });

  it('refuses wrong arguments when it is made', () => {
    for (const make of [fixedSize, toFixedSize]) {
      for (const size of SIZES)
        expect(
          codeOf(() => make(size)),
          `${size}`,
        ).to.equal('ERR_OUT_OF_RANGE');
      for (const size of [undefined, null, '4'] as never[]) {
        expect(
          codeOf(() => make(size)),
          `${size}`,
        ).to.equal('ERR_INVALID_ARG_TYPE');
      }
    }
  });
});

describe('toFixedSize', () => {
  it('passes on what has the size, without a copy', () => {
    const item = Buffer.from('abc');
    let passed: Buffer | undefined;
    from([item])
      .pipe(toFixedSize(3))
      .subscribe((bytes) => (passed = bytes));
    expect(passed).to.equal(item);
    expect(run(['\u20ac', new Uint8Array([97, 98, 99])], toFixedSize(3))).to.deep.equal([
      '\u20ac',
      'abc',
      'complete',
    ]);
  });

  it('refuses what has another size', () => {
    expect(run(['abc', 'ab'], toFixedSize(3))).to.deep.equal(['abc', 'ERR_INVALID_ARG_VALUE']);
    expect(run(['abcd'], toFixedSize(3))).to.deep.equal(['ERR_INVALID_ARG_VALUE']);
    expect(run([3 as never], toFixedSize(3))).to.deep.equal(['ERR_INVALID_ARG_TYPE']);
  });
});
