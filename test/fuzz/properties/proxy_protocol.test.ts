import { expect } from 'chai';
import * as fc from 'fast-check';
import { decodeProxyHeader, encodeProxyHeader, type SocketAddress } from 'uvsock';
import { SOCK_DGRAM, SOCK_STREAM } from 'uvsock/constants';
import { SEED } from '../../support/scale.ts';
import { bytes, codeOrNone, inet, inet6, mutated, unix } from './arbitraries.ts';
import { runs } from './runs.ts';

const inetPair = fc.oneof(fc.tuple(inet, inet), fc.tuple(inet6, inet6));
const tlvs = fc.array(
  fc.record({ type: fc.nat(255).filter((type) => type !== 3 && type !== 4), value: bytes(40) }),
  { maxLength: 4 },
);

const first = inetPair.map(([source, destination]) => ({ version: 1 as const, source, destination }));
const second = fc
  .record({
    version: fc.constant(2 as const),
    style: fc.constantFrom(SOCK_STREAM, SOCK_DGRAM),
    pair: fc.oneof(inetPair, fc.tuple(unix, unix)),
    tlvs,
    checksum: fc.boolean(),
  })
  .map(({ pair: [source, destination], ...rest }) => ({ ...rest, source, destination }));

const fields = fc.oneof(first, second, fc.constantFrom({ version: 1 as const }, { version: 2 as const }));
const header = fields.map((each) => encodeProxyHeader(each));

/** Scopes mean nothing elsewhere, and abstract names lose NULs at their end. */
function sameAs(found: SocketAddress | null, sent: SocketAddress | undefined): boolean {
  if (found === null || sent === undefined) return found === null && sent === undefined;
  if (found.path !== undefined) {
    const [one, other] = [found.pathBytes!, sent.pathBytes!].map((each) =>
      each.toString('latin1').replace(/\0+$/, ''),
    );
    return one === other;
  }
  return found.address === sent.address && found.port === sent.port;
}

const ERRORS = [null, 'ERR_FRAME_MALFORMED', 'ERR_FRAME_TRUNCATED', 'ERR_FRAME_TOO_LONG'];

describe(`any PROXY header (UVSOCK_SEED=${SEED})`, () => {
  it('says what it was made of, whatever follows it', () => {
    const property = fc.property(fields, bytes(20), (sent, rest) => {
      const made = encodeProxyHeader(sent);
      const found = decodeProxyHeader(Buffer.concat([made, rest]));
      expect(found.length).to.equal(made.length);
      expect(found.version).to.equal(sent.version);
      const { source, destination } = sent as { source?: SocketAddress; destination?: SocketAddress };
      expect(sameAs(found.source, source) && sameAs(found.destination, destination)).to.equal(true);
      expect(found.tlvs).to.deep.equal((sent as { tlvs?: object[] }).tlvs ?? []);
    });
    fc.assert(property, runs(500, 200_000));
  });

  it('is truncated as long as a byte of it is missing', () => {
    const property = fc.property(header, fc.nat(), (whole, cut) => {
      const part = whole.subarray(0, cut % whole.length);
      expect(codeOrNone(() => decodeProxyHeader(part))).to.equal('ERR_FRAME_TRUNCATED');
    });
    fc.assert(property, runs(500, 200_000));
  });

  it('is taken for what it says or refused, whatever was done to it', () => {
    const property = fc.property(fc.oneof(mutated(header), bytes(60)), (whole) => {
      let length = 0;
      const code = codeOrNone(() => {
        length = decodeProxyHeader(whole).length;
      });
      expect(code).to.be.oneOf(ERRORS);
      expect(length).to.be.at.most(whole.length);
    });
    fc.assert(property, runs(1000, 200_000));
  });
});
