import { expect } from 'chai';
import * as fc from 'fast-check';
import { netlinkAttributes, netlinkMessages, netlinkRequest, netlinkStatus } from 'uvsock/netlink';
import { SEED } from '../../support/scale.ts';
import { bytes, codeOrNone, mutated, uint16, uint32 } from './arbitraries.ts';
import { runs } from './runs.ts';

const NLM_F_REQUEST = 1;

const request = fc.record({ type: uint16, flags: uint16, sequence: uint32, payload: bytes(60) });
const datagram = fc.array(request, { maxLength: 5 });
const encoded = datagram.map((each) => Buffer.concat(each.map(netlinkRequest)));

const attribute = fc.tuple(fc.nat(0x3fff), bytes(40));
const attributes = fc.uniqueArray(attribute, { selector: ([type]) => type, maxLength: 6 });

/** struct nlattr, as the kernel makes it. */
const encodeAttributes = (each: [number, Buffer][]): Buffer =>
  Buffer.concat(
    each.flatMap(([type, value]) => {
      const header = new Uint8Array(Uint16Array.of(4 + value.length, type).buffer);
      return [header, value, Buffer.alloc(-value.length & 3)];
    }),
  );

/** What there is comes to an end, or is malformed; nothing is read beyond it. */
function expectEnd(whole: Buffer): void {
  const messages = codeOrNone(() => {
    for (const message of netlinkMessages(whole)) {
      expect(message.payload.byteOffset + message.payload.length).to.be.at.most(
        whole.byteOffset + whole.length,
      );
      netlinkStatus(message);
    }
  });
  expect(messages).to.be.oneOf([null, 'ERR_FRAME_MALFORMED']);
  expect(codeOrNone(() => netlinkAttributes(whole))).to.be.oneOf([null, 'ERR_FRAME_MALFORMED']);
}

describe(`any netlink datagram (UVSOCK_SEED=${SEED})`, () => {
  it('has the messages that it was made of', () => {
    const property = fc.property(datagram, (sent) => {
      const whole = Buffer.concat(sent.map(netlinkRequest));
      const found = [...netlinkMessages(whole)].map(({ pid: _, ...each }) => each);
      expect(found).to.deep.equal(sent.map((each) => ({ ...each, flags: each.flags | NLM_F_REQUEST })));
    });
    fc.assert(property, runs(500, 200_000));
  });

  it('has the attributes that it was made of', () => {
    const property = fc.property(attributes, (sent) => {
      expect([...netlinkAttributes(encodeAttributes(sent))]).to.deep.equal(sent);
    });
    fc.assert(property, runs(500, 200_000));
  });

  it('is taken apart to its end or is malformed, whatever was done to it', () => {
    const whole = fc.oneof(mutated(encoded), mutated(attributes.map(encodeAttributes)), bytes(100));
    fc.assert(fc.property(whole, expectEnd), runs(1000, 200_000));
  });
});
