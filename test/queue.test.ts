import { expect } from 'chai';
import { type Socket, socket, socketpair } from 'uvsock';
import * as c from 'uvsock/constants';
import { closed, codeOf, expectReady, fill, tcpListener, tcpPair, udpSocket } from './support/sockets.ts';

const stream = () => closed(tcpPair());

describe('bytesReadable', () => {
  it('counts what waits in a stream', () => {
    const [a, b] = closed(socketpair(c.AF_UNIX, c.SOCK_STREAM));
    expect(b.bytesReadable()).to.equal(0);
    a.send(Buffer.alloc(100));
    a.send(Buffer.alloc(23));
    expect(b.bytesReadable()).to.equal(123);
    b.recv(Buffer.alloc(120));
    expect(b.bytesReadable()).to.equal(3);
  });

  it('is the size of the next datagram, 0 for an empty one', () => {
    const [receiver, sender] = closed([udpSocket(), udpSocket()]);
    for (const size of [10, 0, 30]) sender.sendto(Buffer.alloc(size), receiver.getsockname());
    for (const size of [10, 0, 30]) {
      expect(receiver.bytesReadable()).to.equal(size);
      expect(receiver.recv(Buffer.alloc(64))).to.equal(size);
    }
    expect(receiver.bytesReadable()).to.equal(0);
  });

  it('is no question to a listening socket', () => {
    const [listener] = closed([tcpListener()]);
    expect(codeOf(() => listener.bytesReadable())).to.equal('EINVAL');
    expect(codeOf(() => listener.bytesUnsent())).to.equal('EINVAL');
  });
});

describe('bytesUnsent', () => {
  it('counts what the peer has not acknowledged, and falls as the peer reads', async () => {
    const [a, b] = stream();
    expect(a.bytesUnsent()).to.equal(0);
    fill(a);
    const full = a.bytesUnsent();
    expect(full).to.be.greaterThan(0);
    const buffer = Buffer.alloc(1 << 20);
    while (a.bytesUnsent() > 0) {
      await expectReady(b, 'readable');
      b.recv(buffer);
    }
  });

  it('counts the memory of what a Unix peer has not received', () => {
    const [a, b] = closed(socketpair(c.AF_UNIX, c.SOCK_STREAM));
    a.send(Buffer.alloc(1000));
    expect(a.bytesUnsent()).to.be.at.least(1000);
    b.recv(Buffer.alloc(1000));
    expect(a.bytesUnsent()).to.equal(0);
  });
});

describe('atMark', () => {
  it('tells when the next byte is the urgent one', async () => {
    const [a, b] = stream();
    b.setsockopt(c.SOL_SOCKET, c.SO_OOBINLINE, true);
    a.send(Buffer.from('ab'));
    a.send(Buffer.from('!'), c.MSG_OOB);
    a.send(Buffer.from('cd'));
    await expectReady(b, 'readable');
    const buffer = Buffer.alloc(8);
    expect(b.atMark()).to.equal(false);
    // A read stops before the mark.
    expect(b.recv(buffer)).to.equal(2);
    expect(b.atMark()).to.equal(true);
    expect(b.recv(buffer)).to.equal(3);
    expect(b.atMark()).to.equal(false);
    expect(buffer.toString('utf8', 0, 3)).to.equal('!cd');
  });

  it('is no question to a datagram socket', () => {
    const [s] = closed([udpSocket()]);
    expect(codeOf(() => s.atMark())).to.equal('ENOTTY');
  });
});

describe('questions to a closed socket', () => {
  for (const ask of ['bytesReadable', 'bytesUnsent', 'atMark'] as const satisfies (keyof Socket)[]) {
    it(`are answered with ERR_SOCKET_CLOSED: ${ask}`, () => {
      const s = socket(c.AF_INET, c.SOCK_STREAM);
      s.close();
      expect(codeOf(() => s[ask]())).to.equal('ERR_SOCKET_CLOSED');
    });
  }
});
