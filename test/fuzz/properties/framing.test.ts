import { expect } from 'chai';
import * as fc from 'fast-check';
import { firstValueFrom, from, type OperatorFunction, toArray } from 'rxjs';
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
import { SEED } from '../../support/scale.ts';
import { bytes, piecesOf } from './arbitraries.ts';
import { runs } from './runs.ts';

/** What an operator makes of pieces: items, or the code of its error. */
async function through<T, R>(pieces: readonly T[], operator: OperatorFunction<T, R>): Promise<R[] | string> {
  try {
    return await firstValueFrom(from(pieces).pipe(operator, toArray()));
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const cuts = fc.array(fc.nat(), { maxLength: 12 });
/** Of few letters, so that separators are found, and nearly found. */
const dense = fc
  .array(fc.constantFrom(...Buffer.from('ab\r\n')), { maxLength: 80 })
  .map((each) => Buffer.from(each));
const separator = fc
  .array(fc.constantFrom(...Buffer.from('ab')), { minLength: 1, maxLength: 4 })
  .map((each) => Buffer.from(each));

const prefixes = fc.record({
  bytes: fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const),
  littleEndian: fc.boolean(),
  includesLength: fc.boolean(),
  maxLength: fc.constantFrom(10, 200),
});

/** All operators that make frames, with any configuration. */
const operators: fc.Arbitrary<OperatorFunction<Uint8Array, unknown>> = fc.oneof(
  separator.map((each) => delimited(each)),
  separator.map((each) => delimited(each, { maxLength: 5 })),
  fc.constantFrom(lines(), lines({ maxLength: 10 }), lines({ encoding: 'latin1' })),
  fc.integer({ min: 1, max: 30 }).map((size) => fixedSize(size)),
  prefixes.map((config) => lengthPrefixed(config)),
);

describe(`frames in any stream (UVSOCK_SEED=${SEED})`, () => {
  it('do not depend on where it is cut', async () => {
    const property = fc.asyncProperty(
      fc.oneof(dense, bytes(80)),
      cuts,
      operators,
      async (whole, places, operator) => {
        const expected = await through([whole], operator);
        expect(await through(piecesOf(whole, places), operator)).to.deep.equal(expected);
      },
    );
    await fc.assert(property, runs(1000, 200_000));
  });

  it('are the messages that it was made of', async () => {
    const property = fc.asyncProperty(
      fc.array(bytes(150), { maxLength: 6 }),
      prefixes,
      cuts,
      async (sent, config, places) => {
        const encoded = await through(sent, toLengthPrefixed({ ...config, maxLength: 200 }));
        fc.pre(typeof encoded !== 'string');
        const pieces = piecesOf(Buffer.concat(encoded as Buffer[]), places);
        expect(await through(pieces, lengthPrefixed({ ...config, maxLength: 200 }))).to.deep.equal(sent);
      },
    );
    await fc.assert(property, runs(300, 100_000));
  });

  it('are the texts that it was made of, or those are refused', async () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }), { maxLength: 6 });
    const property = fc.asyncProperty(texts, separator, cuts, async (sent, end, places) => {
      const encoded = await through(sent, toDelimited(end));
      if (typeof encoded !== 'string') {
        const found = await through(piecesOf(Buffer.concat(encoded), places), delimited(end));
        expect((found as Buffer[]).map(String)).to.deep.equal(sent);
      } else expect(encoded).to.equal('ERR_INVALID_ARG_VALUE');
      const plain = sent.filter((text) => !/[\r\n]/.test(text));
      const lined = (await through(plain, toLines())) as Buffer[];
      expect(await through(piecesOf(Buffer.concat(lined), places), lines())).to.deep.equal(plain);
    });
    await fc.assert(property, runs(300, 100_000));
  });

  it('of one size are whole, or refused', async () => {
    const property = fc.asyncProperty(fc.array(bytes(8, 6), { maxLength: 6 }), cuts, async (sent, places) => {
      const encoded = await through(sent, toFixedSize(7));
      const good = sent.every(({ length }) => length === 7);
      expect(typeof encoded !== 'string').to.equal(good);
      if (!good) return;
      const found = await through(piecesOf(Buffer.concat(encoded as Buffer[]), places), fixedSize(7));
      expect(found).to.deep.equal(sent);
    });
    await fc.assert(property, runs(300, 100_000));
  });
});
