import { expect } from 'chai';
import { from, type OperatorFunction } from 'rxjs';
import { type LengthPrefixedConfig, lengthPrefixed, toLengthPrefixed } from 'uvsock/rx';
import { codeOf } from '../support/sockets.ts';

/** What the operator makes of the items, in hexadecimal; last is `complete` or the error's code. */
function run<T>(items: Iterable<T>, operator: OperatorFunction<T, Buffer>): string[] {
  const emitted: string[] = [];
  from(items)
    .pipe(operator)
    .subscribe({
      next: (bytes) => emitted.push(bytes.toString('hex')),
      error: ({ code }) => emitted.push(code),
      complete: () => emitted.push('complete'),
    });
  return emitted;
}

/** The messages of a stream in hexadecimal, which are the same wherever it is cut. */
function messagesOf(stream: string, config?: LengthPrefixedConfig): string[] {
  const bytes = Buffer.from(stream.replaceAll(' ', ''), 'hex');
  const emitted = run(
    Array.from(bytes, (byte) => Buffer.of(byte)),
    lengthPrefixed(config),
  );
  for (let cut = 0; cut <= bytes.length; cut++) {
    const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)];
    expect(run(chunks, lengthPrefixed(config)), `cut at ${cut}`).to.deep.equal(emitted);
  }
  return emitted;
}

describe('lengthPrefixed', () => {
  it('reads lengths of 1, 2, 4 and 8 bytes in both orders', () => {
    expect(messagesOf('00000002 abcd 00000000')).to.deep.equal(['abcd', '', 'complete']);
    for (const [bytes, big, little] of [
      [1, '02', '02'],
      [2, '0002', '0200'],
      [4, '00000002', '02000000'],
      [8, '0000000000000002', '0200000000000000'],
    ] as const) {
      expect(messagesOf(`${big}abcd`, { bytes })).to.deep.equal(['abcd', 'complete']);
      expect(messagesOf(`${little}abcd`, { bytes, littleEndian: true })).to.deep.equal(['abcd', 'complete']);
      expect(run([Buffer.from('abcd', 'hex')], toLengthPrefixed({ bytes }))[0]).to.equal(`${big}abcd`);
      expect(run([Buffer.from('abcd', 'hex')], toLengthPrefixed({ bytes, littleEndian: true }))[0]).to.equal(
        `${little}abcd`,
      );
    }
  });

  it('reads lengths that include their own bytes', () => {
    const config = { bytes: 2, includesLength: true } as const;
    expect(messagesOf('0004 abcd 0002 0003 ff', config)).to.deep.equal(['abcd', '', 'ff', 'complete']);
    expect(messagesOf('0003 ab 0001 abcd', config)).to.deep.equal(['ab', 'ERR_FRAME_MALFORMED']);
    expect(messagesOf('0000', config)).to.deep.equal(['ERR_FRAME_MALFORMED']);
    expect(messagesOf('0000000000000007', { bytes: 8, includesLength: true })).to.deep.equal([
      'ERR_FRAME_MALFORMED',
    ]);
  });

  it('fails by the length alone when a message is longer than maxLength', () => {
    expect(messagesOf('00000003 abcdef 00000004', { maxLength: 3 })).to.deep.equal([
      'abcdef',
      'ERR_FRAME_TOO_LONG',
    ]);
    const config = { bytes: 1, includesLength: true, maxLength: 3 } as const;
    expect(messagesOf('04 abcdef 05', config)).to.deep.equal(['abcdef', 'ERR_FRAME_TOO_LONG']);
    expect(messagesOf('00100001')).to.deep.equal(['ERR_FRAME_TOO_LONG']); // 1 MiB and 1
    expect(messagesOf('00100000')).to.deep.equal(['ERR_FRAME_TRUNCATED']); // 1 MiB
  });

  it('is not misled by lengths that no number has', () => {
    for (const length of ['ffffffffffffffff', '8000000000000000', '0020000000000001', '0000000100000000']) {
      for (const includesLength of [false, true]) {
        const config = { bytes: 8, includesLength, maxLength: 2 ** 30 } as const;
        expect(messagesOf(length, config), length).to.deep.equal(['ERR_FRAME_TOO_LONG']);
      }
    }
  });

  it('keeps memory for what has come, not for what was promised', () => {
    const before = process.memoryUsage().arrayBuffers;
    const promises = Array.from({ length: 100 }, () => Buffer.from('3fffffff00', 'hex'));
    const emitted = promises.map((chunk) => {
      let grown = 0;
      from([chunk])
        .pipe(lengthPrefixed({ maxLength: 2 ** 30 }))
        .subscribe({ error: () => (grown = process.memoryUsage().arrayBuffers - before) });
      return grown;
    });
    expect(Math.max(...emitted)).to.be.below(2 ** 20);
  });

  it('fails when the stream ends within a length or a message', () => {
    expect(messagesOf('00000001 ab 000000')).to.deep.equal(['ab', 'ERR_FRAME_TRUNCATED']);
    expect(messagesOf('00000001')).to.deep.equal(['ERR_FRAME_TRUNCATED']);
    expect(messagesOf('00000002 ab')).to.deep.equal(['ERR_FRAME_TRUNCATED']);
    let message = '';
    from([Buffer.from('0002ab', 'hex')])
      .pipe(lengthPrefixed({ bytes: 2 }))
      .subscribe({ error: (error) => (message = error.message) });
    expect(message).to.include('after 3 bytes');
  });

  it('refuses wrong arguments when it is made', () => {
    for (const make of [lengthPrefixed, toLengthPrefixed]) {
      for (const bytes of [0, 3, 16, '4', null] as never[]) {
        expect(
          codeOf(() => make({ bytes })),
          `${bytes}`,
        ).to.equal('ERR_INVALID_ARG_VALUE');
      }
      expect(codeOf(() => make(4 as never))).to.equal('ERR_INVALID_ARG_TYPE');
      expect(codeOf(() => make({ littleEndian: 1 as never }))).to.equal('ERR_INVALID_ARG_TYPE');
      expect(codeOf(() => make({ includesLength: 'no' as never }))).to.equal('ERR_INVALID_ARG_TYPE');
      expect(codeOf(() => make({ maxLength: 0 }))).to.equal('ERR_OUT_OF_RANGE');
    }
  });
});

describe('toLengthPrefixed', () => {
  it('takes text and bytes', () => {
    const items = ['\u20ac', new Uint8Array([1]), ''];
    expect(run(items, toLengthPrefixed({ bytes: 1 }))).to.deep.equal(['03e282ac', '0101', '00', 'complete']);
    expect(run([1 as never], toLengthPrefixed())).to.deep.equal(['ERR_INVALID_ARG_TYPE']);
  });

  it('refuses a message that is longer than maxLength, or than its length can tell', () => {
    const longest = (config: LengthPrefixedConfig, length: number) => {
      const codes = [length, length + 1].map((size) =>
        run([Buffer.alloc(size)], toLengthPrefixed(config)).at(-1),
      );
      expect(codes, JSON.stringify(config)).to.deep.equal(['complete', 'ERR_FRAME_TOO_LONG']);
    };
    longest({}, 2 ** 20);
    longest({ maxLength: 10 }, 10);
    longest({ bytes: 1 }, 255);
    longest({ bytes: 1, includesLength: true }, 254);
    longest({ bytes: 2 }, 65_535);
    longest({ bytes: 2, includesLength: true }, 65_533);
    longest({ bytes: 8, includesLength: true, maxLength: 70_000 }, 70_000);
  });
});
