import { expect } from 'chai';
import { type ReceivedMessage, socketpair } from 'uvsock';
import {
  AF_UNIX,
  IP_PKTINFO,
  IP_RECVTTL,
  IPPROTO_IP,
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  MSG_ERRQUEUE,
  MSG_PEEK,
  MSG_TRUNC,
  SOCK_DGRAM,
  SOCK_STREAM,
} from 'uvsock/constants';
import {
  assertWouldBlock,
  closed,
  codeOf,
  expectNoReady,
  expectReady,
  fill,
  tcpPair,
  udpSocket,
} from './support/sockets.ts';

const bytes = (text: string) => Buffer.from(text);

/** The flags that are not always there. */
const told = (message: ReceivedMessage | null) => (message?.flags ?? 0) & ~(MSG_CMSG_CLOEXEC ?? 0);

const unixPair = (style = SOCK_STREAM) => closed(socketpair(AF_UNIX, style));

describe('sendmsg and recvmsg', () => {
  it('gather and scatter, whatever the kinds of views', () => {
    const [a, b] = unixPair(SOCK_DGRAM);
    const data = [bytes('abc'), new DataView(Uint8Array.from(bytes('defgh')).buffer, 1, 3), bytes('ijklm')];
    expect(a.sendmsg({ data })).to.equal(11);
    const buffers = [Buffer.alloc(4), new Uint8Array(7), new Uint16Array(7)];
    const message = b.recvmsg(buffers);
    expect(message?.bytes).to.equal(11);
    expect(
      Buffer.concat(
        buffers.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
      ).toString('latin1', 0, 11),
    ).to.equal('abcefgijklm');
  });

  it('take one buffer without an array', () => {
    const [a, b] = unixPair();
    expect(a.sendmsg({ data: bytes('one') })).to.equal(3);
    const buffer = Buffer.alloc(8);
    expect(b.recvmsg(buffer)?.bytes).to.equal(3);
    expect(buffer.toString('latin1', 0, 3)).to.equal('one');
  });

  it('take 1,024 buffers, and name the limit when there are more', () => {
    const [a, b] = unixPair(SOCK_DGRAM);
    const parts = Array.from({ length: 1024 }, () => new Uint8Array(1));
    expect(a.sendmsg({ data: parts })).to.equal(1024);
    expect(b.recvmsg(parts)?.bytes).to.equal(1024);
    parts.push(new Uint8Array(1));
    for (const call of [() => a.sendmsg({ data: parts }), () => b.recvmsg(parts)]) {
      expect(codeOf(call)).to.equal('EMSGSIZE');
      expect(call).to.throw(/1025.*1024 .*IOV_MAX/);
    }
  });

  it('tell the sender, and send to an address', () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    a.sendmsg({ data: bytes('to you'), address: b.getsockname() });
    expect(b.recvmsg(Buffer.alloc(8))?.address?.equals(a.getsockname())).to.equal(true);
  });

  it('tell no sender of a connection', () => {
    const [a, b] = closed(tcpPair());
    a.sendmsg({ data: bytes('x') });
    const message = b.recvmsg(Buffer.alloc(8));
    expect([message?.address, message?.control]).to.deep.equal([null, []]);
  });

  it('would block as null', () => {
    const [a, b] = unixPair();
    assertWouldBlock(b.recvmsg(Buffer.alloc(1)));
    fill(a);
    assertWouldBlock(a.sendmsg({ data: Buffer.alloc(1 << 16) }));
  });

  it('give 0 bytes at the end of a stream, and again', () => {
    const [a, b] = unixPair();
    a.close();
    for (let i = 0; i < 2; i++) expect(b.recvmsg(Buffer.alloc(1))?.bytes).to.equal(0);
  });

  it('fail as the kernel says', () => {
    const [a, b] = unixPair();
    b.close();
    expect(codeOf(() => a.sendmsg({ data: bytes('x') }))).to.equal('EPIPE');
    const [s] = closed([udpSocket()]);
    expect(codeOf(() => s.sendmsg({ data: bytes('x') }))).to.equal('EDESTADDRREQ');
  });

  it('refuse a closed socket', () => {
    const [a] = unixPair();
    a.close();
    expect(codeOf(() => a.sendmsg({ data: bytes('x') }))).to.equal('ERR_SOCKET_CLOSED');
    expect(codeOf(() => a.recvmsg(bytes('x')))).to.equal('ERR_SOCKET_CLOSED');
  });

  it('name the argument that is wrong', () => {
    const [a] = unixPair();
    const wrong: [() => unknown, RegExp][] = [
      [() => a.sendmsg(null as never), /"message"/],
      [() => a.sendmsg({ data: 'text' as never }), /"data"/],
      [() => a.sendmsg({ data: [bytes('x'), new SharedArrayBuffer(2)] as never }), /"data"/],
      [() => a.sendmsg({ data: bytes('x'), flags: 'x' as never }), /"flags"/],
      [() => a.sendmsg({ data: bytes('x'), control: {} as never }), /"control"/],
      [() => a.recvmsg(undefined as never), /"buffers"/],
      [() => a.recvmsg([undefined] as never), /"buffers"/],
      [() => a.recvmsg(bytes('x'), { control: -1 }), /"options.control"/],
      [() => a.recvmsg(bytes('x'), { control: 2 ** 21 }), /"options.control"/],
      [() => a.recvmsg(bytes('x'), { control: '1' as never }), /"options.control"/],
      [() => a.recvmsg(bytes('x'), { flags: 1.5 }), /"flags"/],
    ];
    for (const [call, name] of wrong) expect(call).to.throw(name);
  });

  it('survive an array whose elements close the socket and detach the others', () => {
    const [a] = unixPair();
    const view = new Uint8Array(1 << 20);
    const parts: ArrayBufferView[] = [view];
    Object.defineProperty(parts, 1, {
      get() {
        structuredClone(view.buffer, { transfer: [view.buffer] });
        a.close();
        return new Uint8Array(1);
      },
    });
    expect(codeOf(() => a.sendmsg({ data: parts }))).to.equal('ERR_SOCKET_CLOSED');
  });

  it('pass on what an element of the array throws', () => {
    const [a] = unixPair();
    const parts = Object.defineProperty([] as ArrayBufferView[], 0, {
      get() {
        throw new Error('mine');
      },
    });
    expect(() => a.recvmsg(parts)).to.throw('mine');
  });
});

describe('the flags of a received message', () => {
  it('have MSG_TRUNC when the datagram was cut, and the rest is lost', () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    a.sendto(bytes('0123456789'), b.getsockname());
    const message = b.recvmsg(Buffer.alloc(4));
    expect([message?.bytes, told(message)]).to.deep.equal([4, MSG_TRUNC]);
    assertWouldBlock(b.recvmsg(Buffer.alloc(4)));
  });

  it('go with the real length if MSG_TRUNC is asked for', () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    a.sendto(bytes('0123456789'), b.getsockname());
    expect(b.recvmsg(Buffer.alloc(4), { flags: MSG_TRUNC })?.bytes).to.equal(10);
  });

  it('have MSG_CTRUNC when control messages did not fit', () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    b.setsockopt(IPPROTO_IP, IP_PKTINFO!, true);
    b.setsockopt(IPPROTO_IP, IP_RECVTTL!, true);
    for (const [control, expected] of [
      [0, 0],
      [8, 0],
      [32, 1],
    ] as const) {
      a.sendto(bytes('x'), b.getsockname());
      const message = b.recvmsg(Buffer.alloc(1), { control });
      expect(told(message), `room ${control}`).to.equal(MSG_CTRUNC);
      expect(message?.control.length, `room ${control}`).to.equal(expected);
    }
  });

  it('have nothing to say of a plain message', () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    a.sendto(bytes('x'), b.getsockname());
    expect(told(b.recvmsg(Buffer.alloc(1)))).to.equal(0);
  });
});

describe('readiness and messages', () => {
  it('recvmsg is an attempt to read', async () => {
    const [a, b] = unixPair();
    a.send(bytes('xy'));
    await expectReady(b, 'readable');
    b.recvmsg(Buffer.alloc(1));
    await expectReady(b, 'readable');
    b.recvmsg(Buffer.alloc(1));
    await expectNoReady(b, 'readable');
  });

  it('sendmsg is an attempt to write', async () => {
    const [a, b] = unixPair();
    fill(a);
    assertWouldBlock(a.sendmsg({ data: bytes('x') }));
    await expectNoReady(a, 'writable');
    while (b.recv(Buffer.alloc(1 << 16)) !== null);
    await expectReady(a, 'writable');
    expect(a.sendmsg({ data: bytes('x') })).to.equal(1);
  });

  it('peeking takes nothing', () => {
    const [a, b] = unixPair();
    a.send(bytes('x'));
    for (const flags of [MSG_PEEK, 0]) expect(b.recvmsg(Buffer.alloc(4), { flags })?.bytes).to.equal(1);
    assertWouldBlock(b.recvmsg(Buffer.alloc(4)));
  });

  it('an error queue that is empty would block', () => {
    const [s] = closed([udpSocket()]);
    assertWouldBlock(s.recvmsg(Buffer.alloc(1), { flags: MSG_ERRQUEUE! }));
  });
});
