import { expect } from 'chai';
import * as fc from 'fast-check';
import { optionTable } from 'uvsock';
import { AF_INET, AF_INET6, AF_UNIX, constants } from 'uvsock/constants';
import { inetEntry } from '../../../src/diag/inet.ts';
import { unixEntry } from '../../../src/diag/unix.ts';
import { optionCodec } from '../../../src/options.ts';
import { SEED } from '../../support/scale.ts';
import { bytes, codeOrNone } from './arbitraries.ts';
import { runs } from './runs.ts';

const codecs = optionTable
  .filter(({ level, name }) => constants[level] !== undefined && constants[name] !== undefined)
  .map(({ level, name }) => ({ name, codec: optionCodec(constants[level]!, constants[name]!) }));

/** Either it is decoded, or it is told what is wrong with it. */
function expectDecoded(decode: () => unknown): void {
  expect(String(codeOrNone(decode))).to.match(
    /^(null|ERR_FRAME_MALFORMED|ERR_OUT_OF_RANGE|ERR_INVALID_ARG_VALUE)$/,
  );
}

/** struct nlattr of the types that sockets are told with. */
const attribute = fc.tuple(fc.nat(20), bytes(300)).map(([type, value]) => {
  const header = Buffer.from(Uint16Array.of(4 + value.length, type).buffer);
  return Buffer.concat([header, value, Buffer.alloc(-value.length & 3)]);
});
const attributes = fc.array(attribute, { maxLength: 5 }).map((each) => Buffer.concat(each));

/** A struct that begins with a family, and what is behind it. */
const entry = (family: number, size: number) =>
  fc.tuple(bytes(size, size), attributes, bytes(5)).map(([head, behind, rest]) => {
    head[0] = family;
    return Buffer.concat([head, behind, rest]);
  });

describe(`any bytes from the kernel (UVSOCK_SEED=${SEED})`, () => {
  it('are values of an option, or not enough', () => {
    const property = fc.property(fc.constantFrom(...codecs), bytes(300), ({ codec }, value) => {
      expectDecoded(() => codec.decode(value.subarray(0, codec.length)));
    });
    fc.assert(property, runs(2000, 500_000));
  });

  it('are a socket of a dump, or malformed', () => {
    const property = fc.property(
      fc.oneof(entry(AF_INET, 72), entry(AF_INET6, 72)),
      fc.oneof(entry(AF_UNIX, 16), bytes(100)),
      (internet, unix) => {
        expectDecoded(() => inetEntry('tcp', internet));
        expectDecoded(() => inetEntry('udp', unix));
        expectDecoded(() => unixEntry(unix));
      },
    );
    fc.assert(property, runs(500, 200_000));
  });
});
