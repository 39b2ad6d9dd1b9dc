import { expect } from 'chai';
import * as fc from 'fast-check';
import { inetNtop, inetPton, makeSocketAddress, SocketAddress } from 'uvsock';
import { AF_INET, AF_INET6, AF_UNIX } from 'uvsock/constants';
import { SEED } from '../../support/scale.ts';
import { address, bytes, codeOrNone, inet, inet6, mutated, raw, uint32, unix } from './arbitraries.ts';
import { runs } from './runs.ts';

describe(`any address (UVSOCK_SEED=${SEED})`, () => {
  it('of INET and INET6 is what parse makes of its text', () => {
    const property = fc.property(fc.oneof(inet, inet6), (each) => {
      expect(SocketAddress.parse(`${each}`).equals(each), `${each}`).to.equal(true);
    });
    fc.assert(property, runs(500, 200_000));
  });

  it('of UNIX is what parse makes of its text, if that is UTF-8', () => {
    const names = fc.tuple(fc.boolean(), fc.string({ unit: 'grapheme', maxLength: 30 }));
    const property = fc.property(names, ([abstract, name]) => {
      const path = abstract ? `\0${name}` : name.replaceAll('\0', '');
      fc.pre(Buffer.byteLength(path) <= 107);
      const made = makeSocketAddress(AF_UNIX, path);
      expect(SocketAddress.parse(`${made}`).equals(made)).to.equal(true);
      expect(made.path).to.equal(Buffer.from(path).toString());
    });
    fc.assert(property, runs(500, 200_000));
  });

  it('is the same from its bytes, and from its fields', () => {
    const property = fc.property(address, (each) => {
      const again = SocketAddress.fromBytes(each.bytes);
      expect(again.equals(each)).to.equal(true);
      expect(again.toString()).to.equal(each.toString());
      const { family, address: text, port, flowinfo, scopeId, pathBytes } = each;
      if (text !== undefined && each.bytes.length === (family === AF_INET ? 16 : 28)) {
        const made =
          family === AF_INET
            ? makeSocketAddress(AF_INET, text, port as number)
            : makeSocketAddress(AF_INET6, text, port as number, flowinfo, scopeId);
        expect(made.address).to.equal(text);
      }
      if (pathBytes !== undefined && pathBytes.length <= 108) {
        expect(makeSocketAddress(AF_UNIX, pathBytes).pathBytes).to.deep.equal(pathBytes);
      }
    });
    fc.assert(property, runs(500, 200_000));
  });

  it('has fields of their types, whatever its bytes are', () => {
    const property = fc.property(raw, (each) => {
      const numbers = [
        each.port,
        each.flowinfo,
        each.scopeId,
        each.pid,
        each.groups,
        each.protocol,
        each.ifindex,
      ];
      for (const number of [
        each.family,
        ...numbers,
        each.hatype,
        each.pkttype,
        each.cid,
        each.rxId,
        each.txId,
      ]) {
        if (number !== undefined) expect(Number.isInteger(number)).to.equal(true);
      }
      expect(each.hwaddr?.length ?? 0).to.be.at.most(8);
      expect(JSON.parse(JSON.stringify(each))).to.equal(each.toString());
    });
    fc.assert(property, runs(500, 200_000));
  });

  it('is not made of text that is none', () => {
    const texts = mutated(fc.oneof(inet, inet6, unix).map((each) => Buffer.from(`${each}`)));
    const property = fc.property(texts, (text) => {
      const code = codeOrNone(() => SocketAddress.parse(text.toString('latin1')));
      expect(code).to.be.oneOf([null, 'ERR_INVALID_ARG_VALUE', 'ERR_OUT_OF_RANGE']);
    });
    fc.assert(property, runs(500, 200_000));
  });

  it('of 32 or 128 bits is the same from its text', () => {
    const numbers = fc.tuple(uint32, bytes(16, 16));
    const property = fc.property(numbers, ([small, large]) => {
      const big = BigInt(`0x${large.toString('hex')}`);
      expect(inetPton(AF_INET, inetNtop(AF_INET, small))).to.equal(small);
      expect(inetPton(AF_INET6, inetNtop(AF_INET6, big))).to.equal(big);
    });
    fc.assert(property, runs(500, 200_000));
  });
});
