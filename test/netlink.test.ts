import { expect } from 'chai';
import { NLM_F_DUMP, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR } from 'uvsock/constants';
import { netlinkAttributes, netlinkMessages, netlinkRequest, netlinkStatus } from 'uvsock/netlink';
import { attribute, host, message } from './support/netlink.ts';
import { codeOf } from './support/sockets.ts';

describe('netlinkMessages', () => {
  it('reads what netlinkRequest wrote', () => {
    const payload = Buffer.from('five!');
    const request = netlinkRequest({ type: 20, flags: NLM_F_DUMP!, sequence: 7, payload });
    expect(request.length, 'aligned').to.equal(24);
    expect([...netlinkMessages(request)]).to.deep.equal([
      { type: 20, flags: NLM_F_DUMP! | NLM_F_REQUEST!, sequence: 7, pid: 0, payload },
    ]);
  });

  it('reads one message after another, wherever in a larger buffer', () => {
    const bytes = Buffer.concat([
      Buffer.from('odd'),
      message(1, { payload: Buffer.from('a') }),
      message(2, { payload: Buffer.from('bcdef') }),
      message(3),
    ]);
    const found = [...netlinkMessages(bytes.subarray(3))];
    expect(found.map(({ type, payload }) => `${type}${payload}`)).to.deep.equal(['1a', '2bcdef', '3']);
  });

  it('reads a last message that is not padded', () => {
    const bytes = message(1, { payload: Buffer.from('a') }).subarray(0, 17);
    expect([...netlinkMessages(bytes)].map(({ payload }) => `${payload}`)).to.deep.equal(['a']);
  });

  it('finds nothing in no bytes', () => {
    expect([...netlinkMessages(Buffer.alloc(0))]).to.deep.equal([]);
  });

  for (const length of [0, 1, 15, 21, 0x7fffffff, 0xffffffff]) {
    it(`refuses a message that says it has ${length} bytes, after those before it`, () => {
      const bytes = Buffer.concat([message(1), message(2, { payload: Buffer.alloc(4), length })]);
      const messages = netlinkMessages(bytes);
      expect(messages.next().value).to.include({ type: 1 });
      expect(codeOf(() => messages.next())).to.equal('ERR_FRAME_MALFORMED');
    });
  }

  it('refuses a header that is cut', () => {
    for (let length = 1; length < 16; length++) {
      expect(codeOf(() => [...netlinkMessages(message(1).subarray(0, length))])).to.equal(
        'ERR_FRAME_MALFORMED',
      );
    }
  });

  it('ends on any bytes at all', () => {
    // A linear congruential generator: the same bytes in every run.
    let state = 1;
    for (let round = 0; round < 2_000; round++) {
      const bytes = Buffer.alloc(round % 64);
      for (let at = 0; at < bytes.length; at++) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        bytes[at] = at % 4 < 2 ? (state >>> 24) & 31 : 0; // short lengths are the interesting ones
      }
      for (const read of [netlinkMessages, netlinkAttributes]) {
        expect(codeOf(() => [...read(bytes)])).to.be.oneOf(['no error', 'ERR_FRAME_MALFORMED']);
      }
    }
  });

  it('refuses what is no bytes, naming the argument', () => {
    expect(() => [...netlinkMessages('x' as unknown as Buffer)]).to.throw(TypeError, /"bytes"/);
    expect(() => netlinkAttributes(null as unknown as Buffer)).to.throw(TypeError, /"bytes"/);
    expect(() => netlinkRequest({ type: 1, payload: [] as unknown as Buffer })).to.throw(
      TypeError,
      /"payload"/,
    );
  });
});

describe('netlinkAttributes', () => {
  it('reads values by type, without the flags of the type', () => {
    const bytes = Buffer.concat([
      attribute(1, Buffer.from('a')),
      attribute(2 | 0x8000, Buffer.from('nested')),
      attribute(3, Buffer.alloc(0)),
    ]);
    const found = [...netlinkAttributes(bytes)].map(([type, value]) => `${type}${value}`);
    expect(found).to.deep.equal(['1a', '2nested', '3']);
  });

  for (const length of [0, 3, 9, 0xffff]) {
    it(`refuses an attribute that says it has ${length} bytes`, () => {
      const bytes = Buffer.concat([attribute(1, Buffer.alloc(4)), attribute(2, Buffer.alloc(4), length)]);
      expect(codeOf(() => netlinkAttributes(bytes))).to.equal('ERR_FRAME_MALFORMED');
    });
  }
});

describe('netlinkStatus', () => {
  const statusOf = (bytes: Buffer) => netlinkStatus(netlinkMessages(bytes).next().value!);

  it('tells success, errors and neither apart', () => {
    const refused = host([2 ** 32 - 2, 4]);
    expect(statusOf(message(NLMSG_DONE!))).to.equal(0);
    expect(statusOf(message(NLMSG_DONE!, { payload: Buffer.alloc(4) }))).to.equal(0);
    expect(statusOf(message(NLMSG_DONE!, { payload: refused }))).to.equal(-2);
    expect(statusOf(message(NLMSG_ERROR!, { payload: refused }))).to.equal(-2);
    expect(statusOf(message(NLMSG_ERROR!, { payload: Buffer.alloc(4) })), 'acknowledged').to.equal(0);
    expect(statusOf(message(20, { payload: refused }))).to.equal(undefined);
  });

  it('refuses an error without a number', () => {
    const bytes = message(NLMSG_ERROR!, { payload: Buffer.alloc(3) });
    expect(codeOf(() => statusOf(bytes))).to.equal('ERR_FRAME_MALFORMED');
  });
});
