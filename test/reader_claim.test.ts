import { expect } from 'chai';
import { socketpair } from 'uvsock';
import { AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } from 'uvsock/constants';
import { putBack, ReaderClaim } from '../src/reader_claim.ts';
import { closed, codeOf, udpSocket } from './support/sockets.ts';

describe('ReaderClaim', () => {
  it('is given once on sockets whose bytes make sense in a row', () => {
    for (const style of [SOCK_STREAM, SOCK_SEQPACKET]) {
      const [a] = closed(socketpair(AF_UNIX, style));
      const claim = ReaderClaim.take(a);
      expect(codeOf(() => ReaderClaim.take(a))).to.equal('ERR_SOCKET_BUSY');
      claim?.release();
      ReaderClaim.take(a)?.release();
    }
  });

  it('is not needed for datagrams', () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    const [udp] = closed([udpSocket()]);
    expect([ReaderClaim.take(a), ReaderClaim.take(udp)]).to.deep.equal([null, null]);
  });

  it('tells who waits when it is released, unless he gave up', () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const claim = ReaderClaim.take(a);
    const told: string[] = [];
    claim?.whenReleased(() => told.push('first'));
    const giveUp = claim?.whenReleased(() => told.push('second'));
    giveUp?.();
    claim?.release();
    claim?.release();
    expect(told).to.deep.equal(['first']);
  });

  it('hands what a reader has put back to the next, in order', () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const first = ReaderClaim.take(a)!;
    putBack(a, Buffer.from('def'));
    putBack(a, Buffer.from('abc'));
    putBack(a, Buffer.alloc(0));
    first.release();
    const second = ReaderClaim.take(a)!;
    expect(String(second.takeUnread(4))).to.equal('abcd');
    expect(String(second.takeUnread(4))).to.equal('ef');
    expect(second.takeUnread(4)).to.equal(null);
    second.release();
  });
});
