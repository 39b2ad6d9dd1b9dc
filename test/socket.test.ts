import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { makeSocketAddress, ready, Socket, socket, socketpair } from 'uvsock';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AF_UNSPEC,
  IPPROTO_TCP,
  IPPROTO_UDP,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SO_ACCEPTCONN,
  SO_BROADCAST,
  SO_LINGER,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_STYLE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_NODELAY,
} from 'uvsock/constants';
import {
  assertWouldBlock,
  closed,
  codeOf,
  expectReady,
  fill,
  tcpListener,
  tcpPair,
  udpSocket,
} from './support/sockets.ts';

const text = (buffer: Buffer, length: number | null) => buffer.toString('latin1', 0, length ?? 0);

describe('socket', () => {
  it('opens a descriptor of the family, style and protocol', () => {
    const [s] = closed([socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)]);
    expect(s.fd).to.be.greaterThan(2);
    expect([s.family, s.style, s.protocol, s.closed]).to.deep.equal([
      AF_INET,
      SOCK_STREAM,
      IPPROTO_TCP,
      false,
    ]);
  });

  it('takes SOCK_NONBLOCK and SOCK_CLOEXEC, which are in force anyway', () => {
    const [s] = closed([socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK! | SOCK_CLOEXEC!)]);
    expect(s.style).to.equal(SOCK_DGRAM);
    expect(s.getsockopt(SOL_SOCKET, SO_STYLE)).to.equal(SOCK_DGRAM);
  });

  it("gives the kernel's error for what the kernel does not know", () => {
    expect(codeOf(() => socket(9999, SOCK_STREAM))).to.equal('EAFNOSUPPORT');
    expect(codeOf(() => socket(AF_INET, 9999))).to.equal('EINVAL');
    expect(codeOf(() => socket(AF_INET, SOCK_STREAM, IPPROTO_UDP))).to.equal('EPROTONOSUPPORT');
  });

  it('shows what it is to inspect', () => {
    const [s] = closed([socket(AF_UNIX, SOCK_DGRAM)]);
    expect(inspect({ s })).to.equal(`{ s: Socket { fd: ${s.fd}, family: 1, style: 2, protocol: 0 } }`);
  });

  it('is the way to a Socket: the constructor is not', () => {
    expect(codeOf(() => new (Socket as unknown as new () => Socket)())).to.equal('ERR_ILLEGAL_CONSTRUCTOR');
  });

  it('names the argument that is no integer', () => {
    expect(() => socket('inet' as never, SOCK_STREAM)).to.throw(TypeError, /family/);
    expect(() => socket(AF_INET, 1.5)).to.throw(RangeError, /style/);
    expect(() => socket(AF_INET, SOCK_STREAM, 2 ** 40)).to.throw(RangeError, /protocol/);
  });
});

describe('socketpair', () => {
  it('opens two sockets that are connected', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    expect(a.send(Buffer.from('ping'))).to.equal(4);
    const buffer = Buffer.alloc(8);
    expect(text(buffer, b.recv(buffer))).to.equal('ping');
  });

  it('keeps the boundaries of SEQPACKET, then tells the end', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_SEQPACKET));
    a.send(Buffer.from('one'));
    a.send(Buffer.from('three'));
    const buffer = Buffer.alloc(16);
    expect(text(buffer, b.recv(buffer))).to.equal('one');
    expect(text(buffer, b.recv(buffer))).to.equal('three');
    a.close();
    expect(b.recv(buffer)).to.equal(0);
  });
});

describe('bind', () => {
  it('gives the name that getsockname tells', () => {
    const [s] = closed([socket(AF_INET, SOCK_DGRAM)]);
    s.bind(AF_INET, '127.0.0.1', 0);
    const name = s.getsockname();
    expect(name.address).to.equal('127.0.0.1');
    expect(name.port).to.be.greaterThan(0);
  });

  it('refuses a name in use, unless both sides allow it', () => {
    const [a, b] = closed([udpSocket(), socket(AF_INET, SOCK_DGRAM)]);
    expect(codeOf(() => b.bind(a.getsockname()))).to.equal('EADDRINUSE');
    a.setsockopt(SOL_SOCKET, SO_REUSEADDR, true);
    b.setsockopt(SOL_SOCKET, SO_REUSEADDR, true);
    b.bind(a.getsockname());
  });

  it('tells the address in its error', () => {
    const [a, b] = closed([udpSocket(), socket(AF_INET, SOCK_DGRAM)]);
    const { port } = a.getsockname();
    expect(() => b.bind(AF_INET, '127.0.0.1', port!))
      .to.throw(`bind EADDRINUSE 127.0.0.1:${port}`)
      .that.includes({ syscall: 'bind', address: '127.0.0.1', port });
  });

  it('takes addresses as text, as integers, as objects', () => {
    for (const bind of [
      (s: Socket) => s.bind(AF_INET, '127.0.0.1', 0),
      (s: Socket) => s.bind(AF_INET, 0x7f000001, 0),
      (s: Socket) => s.bind({ address: '127.0.0.1', port: 0 }),
      (s: Socket) => s.bind(makeSocketAddress(AF_INET, '127.0.0.1', 0)),
    ]) {
      const [s] = closed([socket(AF_INET, SOCK_DGRAM)]);
      bind(s);
      expect(s.getsockname().address).to.equal('127.0.0.1');
    }
    const [s] = closed([socket(AF_INET6, SOCK_DGRAM)]);
    s.bind(AF_INET6, 1n, 0);
    expect(s.getsockname().address).to.equal('::1');
  });

  it('takes Unix paths as text and as bytes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
    try {
      const [a, b] = closed([socket(AF_UNIX, SOCK_DGRAM), socket(AF_UNIX, SOCK_DGRAM)]);
      a.bind(AF_UNIX, join(folder, 'a'));
      expect(a.getsockname().path).to.equal(join(folder, 'a'));
      b.bind(AF_UNIX, Buffer.from(join(folder, 'b')));
      expect(b.getsockname().path).to.equal(join(folder, 'b'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('lets the kernel choose an abstract name for the empty path', function () {
    if (process.platform !== 'linux') this.skip();
    const [s] = closed([socket(AF_UNIX, SOCK_DGRAM)]);
    s.bind(AF_UNIX, '');
    expect(s.getsockname().path).to.match(/^\0[0-9a-f]{5}$/);
  });

  it('names the argument that is wrong, and leaves the socket usable', () => {
    const [s] = closed([socket(AF_INET, SOCK_DGRAM)]);
    expect(() => s.bind(AF_INET, '127.0.0.1', 65536)).to.throw(RangeError, /port/);
    expect(() => s.bind(AF_INET, '127.0.0.1', -1)).to.throw(RangeError, /port/);
    expect(() => s.bind(AF_INET, 'localhost', 1)).to.throw(TypeError, /address/);
    expect(() => s.bind(AF_UNIX, 'x'.repeat(200))).to.throw(RangeError, /path/);
    expect(() => s.bind(null as never)).to.throw(TypeError, /address/);
    expect(() => (s.bind as (...rest: unknown[]) => void)()).to.throw(TypeError);
    s.bind(AF_INET, '127.0.0.1', 0);
  });
});

describe('listen and accept', () => {
  it('take connections in turn, then would block', async () => {
    const [listener] = closed([tcpListener()]);
    assertWouldBlock(listener.accept());
    const [client] = closed([socket(AF_INET, SOCK_STREAM)]);
    client.connect(listener.getsockname());
    await expectReady(listener, 'readable');
    const accepted = listener.accept()!;
    closed([accepted.socket]);
    expect(accepted.address.equals(client.getsockname())).to.equal(true);
    expect([accepted.socket.family, accepted.socket.style]).to.deep.equal([AF_INET, SOCK_STREAM]);
    assertWouldBlock(accepted.socket.recv(Buffer.alloc(1)));
    assertWouldBlock(listener.accept());
  });

  it('fail where the kernel says so', () => {
    const [tcp, udp] = closed([socket(AF_INET, SOCK_STREAM), udpSocket()]);
    expect(codeOf(() => tcp.accept())).to.equal('EINVAL');
    expect(codeOf(() => udp.listen())).to.equal('EOPNOTSUPP');
    expect(codeOf(() => udp.accept())).to.equal('EOPNOTSUPP');
  });

  it('bind an unbound socket to a port of the kernel', () => {
    const [s] = closed([socket(AF_INET, SOCK_STREAM)]);
    expect(s.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)).to.equal(false);
    s.listen(1);
    expect(s.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)).to.equal(true);
    expect(s.getsockname().port).to.be.greaterThan(0);
  });

  it('give an unnamed Unix client the empty path', async () => {
    const [listener, client] = closed([socket(AF_UNIX, SOCK_STREAM), socket(AF_UNIX, SOCK_STREAM)]);
    listener.bind(AF_UNIX, '');
    listener.listen();
    expect(client.connect(listener.getsockname())).to.equal(true);
    const accepted = listener.accept()!;
    closed([accepted.socket]);
    expect(accepted.address.path).to.equal('');
  });

  it('refuse flags that accept4 does not know', () => {
    const [listener] = closed([tcpListener()]);
    expect(listener.accept(SOCK_NONBLOCK! | SOCK_CLOEXEC!)).to.equal(null);
    expect(() => listener.accept(1)).to.throw(TypeError, /flags/);
    expect(() => listener.accept('x' as never)).to.throw(TypeError, /flags/);
  });
});

describe('connect', () => {
  it('is false while in progress and leaves no error when it succeeds', async () => {
    const [listener, client] = closed([tcpListener(), socket(AF_INET, SOCK_STREAM)]);
    const address = listener.getsockname();
    expect(client.connect(address)).to.equal(false);
    await expectReady(client, 'writable');
    expect(client.takeError()).to.equal(null);
    expect(client.connect(address)).to.equal(true);
    expect(codeOf(() => client.connect(address))).to.equal('EISCONN');
    expect(client.getpeername().equals(address)).to.equal(true);
  });

  it('is true at once where nothing has to be awaited', () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    expect(a.connect(b.getsockname())).to.equal(true);
  });

  it('forgets the peer of a datagram socket with AF_UNSPEC', () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    a.connect(b.getsockname());
    a.connect(AF_UNSPEC);
    expect(codeOf(() => a.getpeername())).to.equal('ENOTCONN');
    expect(codeOf(() => a.send(Buffer.from('x')))).to.equal('EDESTADDRREQ');
  });

  it('gives EAGAIN as an error where the backlog of a Unix listener is full', () => {
    const [listener] = closed([socket(AF_UNIX, SOCK_STREAM)]);
    listener.bind(AF_UNIX, '');
    listener.listen(0);
    const connect = () => closed([socket(AF_UNIX, SOCK_STREAM)])[0].connect(listener.getsockname());
    expect(connect()).to.equal(true);
    expect(() => connect())
      .to.throw()
      .with.property('code', 'EAGAIN');
  });
});

describe('recv and send', () => {
  it('fill and send the part between start and end, in bytes', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    expect(a.send(new Uint16Array([0x4241, 0x4443, 0x4645]), 0, 1, 5)).to.equal(4);
    const buffer = Buffer.alloc(8, '.');
    expect(b.recv(buffer, 0, 2, 7)).to.equal(4);
    expect(buffer.toString()).to.equal('..BCDE..');
  });

  it('take a DataView and any typed array', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    a.send(new Float64Array([1.5]));
    const view = new DataView(new ArrayBuffer(16), 4);
    expect(b.recv(view)).to.equal(8);
    expect(new Float64Array(view.buffer.slice(4, 12))[0]).to.equal(1.5);
  });

  it('would block on an empty and on a full buffer', () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    assertWouldBlock(a.recv(Buffer.alloc(1)));
    fill(a);
    assertWouldBlock(a.send(Buffer.alloc(1)));
  });

  it('peek without taking', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    a.send(Buffer.from('abcdef'));
    const buffer = Buffer.alloc(8);
    expect(b.recv(buffer, MSG_PEEK, 0, 4)).to.equal(4);
    expect(b.recv(buffer)).to.equal(6);
    assertWouldBlock(b.recv(buffer));
  });

  it('cut a datagram, and tell its length with MSG_TRUNC', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    const buffer = Buffer.alloc(4);
    a.send(Buffer.alloc(10));
    expect(b.recv(buffer)).to.equal(4);
    a.send(Buffer.alloc(10));
    expect(b.recv(buffer, MSG_TRUNC)).to.equal(10);
    assertWouldBlock(b.recv(buffer));
  });

  it('do not wait for MSG_WAITALL', async () => {
    const [a, b] = closed(tcpPair());
    a.send(Buffer.from('abc'));
    await expectReady(b, 'readable');
    expect(b.recv(Buffer.alloc(10), MSG_WAITALL)).to.equal(3);
  });

  it('carry an urgent byte', async () => {
    const [a, b] = closed(tcpPair());
    a.send(Buffer.from('!'), MSG_OOB);
    await expectReady(b, 'priority');
    const buffer = Buffer.alloc(1);
    expect(b.recv(buffer, MSG_OOB)).to.equal(1);
    expect(buffer.toString()).to.equal('!');
  });

  it('answer a closed peer with EPIPE, not with a signal', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    b.close();
    expect(codeOf(() => a.send(Buffer.from('x')))).to.equal('EPIPE');
  });

  it('distinguish an empty datagram from nothing', () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    a.sendto(Buffer.alloc(0), b.getsockname());
    expect(b.recv(Buffer.alloc(8))).to.equal(0);
    assertWouldBlock(b.recv(Buffer.alloc(8)));
  });
});

describe('recvfrom and sendto', () => {
  it('tell and take the address', () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    expect(a.sendto(Buffer.from('hello'), b.getsockname())).to.equal(5);
    const buffer = Buffer.alloc(8);
    const received = b.recvfrom(buffer)!;
    expect(received.bytes).to.equal(5);
    expect(received.address!.equals(a.getsockname())).to.equal(true);
    assertWouldBlock(b.recvfrom(buffer));
  });

  it('fill only the part between start and end', () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    a.sendto(Buffer.from('hello'), b.getsockname());
    const buffer = Buffer.alloc(8, '.');
    expect(b.recvfrom(buffer, 0, 1, 4)!.bytes).to.equal(3);
    expect(buffer.toString()).to.equal('.hel....');
  });

  it('take the address in every form of the manual', () => {
    const folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
    try {
      const [a, b] = closed([udpSocket(), udpSocket()]);
      const port = b.getsockname().port as number;
      const data = Buffer.from('x');
      expect(a.sendto(data, makeSocketAddress(AF_INET, '127.0.0.1', port))).to.equal(1);
      expect(a.sendto(data, { address: '127.0.0.1', port }, 0)).to.equal(1);
      expect(a.sendto(data, AF_INET, '127.0.0.1', port)).to.equal(1);
      expect(a.sendto(data, AF_INET, 0x7f000001, port, 0)).to.equal(1);
      for (let i = 0; i < 4; i++) expect(b.recv(Buffer.alloc(1))).to.equal(1);

      const [a6, b6] = closed([socket(AF_INET6, SOCK_DGRAM), socket(AF_INET6, SOCK_DGRAM)]);
      b6.bind(AF_INET6, '::1', 0);
      const port6 = b6.getsockname().port as number;
      expect(a6.sendto(data, AF_INET6, '::1', port6)).to.equal(1);
      expect(a6.sendto(data, AF_INET6, 1n, port6, 0, 0, 0)).to.equal(1);
      for (let i = 0; i < 2; i++) expect(b6.recv(Buffer.alloc(1))).to.equal(1);

      const [au, bu] = closed([socket(AF_UNIX, SOCK_DGRAM), socket(AF_UNIX, SOCK_DGRAM)]);
      bu.bind(AF_UNIX, join(folder, 'b'));
      expect(au.sendto(data, AF_UNIX, join(folder, 'b'), 0)).to.equal(1);
      const received = bu.recvfrom(Buffer.alloc(1))!;
      expect(received.bytes).to.equal(1);
      expect(received.address).to.equal(null); // an unbound sender has no name
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('tell the address in their errors', () => {
    const [a] = closed([udpSocket()]);
    expect(() => a.sendto(Buffer.from('x'), AF_INET, '255.255.255.255', 9))
      .to.throw('sendto EACCES 255.255.255.255:9')
      .that.includes({ address: '255.255.255.255', port: 9 });
    expect(a.getsockopt(SOL_SOCKET, SO_BROADCAST)).to.equal(false);
  });

  it('refuse a datagram over the limit', () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    expect(a.sendto(Buffer.alloc(65507), b.getsockname())).to.equal(65507);
    expect(codeOf(() => a.sendto(Buffer.alloc(65508), b.getsockname()))).to.equal('EMSGSIZE');
  });
});

describe('shutdown', () => {
  it('of sending: the peer reads what was sent, then the end, and the other direction works', async () => {
    const [a, b] = closed(tcpPair());
    a.send(Buffer.from('last'));
    a.shutdown(1);
    const buffer = Buffer.alloc(8);
    await expectReady(b, 'readable');
    expect(text(buffer, b.recv(buffer))).to.equal('last');
    await expectReady(b, 'readable');
    expect(b.recv(buffer)).to.equal(0);
    expect(b.recv(buffer)).to.equal(0);
    expect(codeOf(() => a.send(Buffer.from('x')))).to.equal('EPIPE');
    b.send(Buffer.from('back'));
    await expectReady(a, 'readable');
    expect(text(buffer, a.recv(buffer))).to.equal('back');
  });

  it('of receiving: data that arrives later is still received on Linux', async () => {
    const [a, b] = closed(tcpPair());
    a.shutdown(0);
    const buffer = Buffer.alloc(8);
    expect(a.recv(buffer)).to.equal(0);
    b.send(Buffer.from('late'));
    let n = 0;
    while (n === 0) {
      await expectReady(a, 'readable');
      n = a.recv(buffer) as number;
    }
    expect(text(buffer, n)).to.equal('late');
  });

  it('fails on an unconnected socket', () => {
    const [s] = closed([socket(AF_INET, SOCK_STREAM)]);
    expect(codeOf(() => s.shutdown(2))).to.equal('ENOTCONN');
  });
});

describe('getsockopt and setsockopt', () => {
  it('encode and decode by the type of the option', () => {
    const [s] = closed([socket(AF_INET, SOCK_STREAM)]);
    expect(s.getsockopt(IPPROTO_TCP, TCP_NODELAY)).to.equal(false);
    s.setsockopt(IPPROTO_TCP, TCP_NODELAY, true);
    expect(s.getsockopt(IPPROTO_TCP, TCP_NODELAY)).to.equal(true);
    s.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 10 });
    expect(s.getsockopt(SOL_SOCKET, SO_LINGER)).to.deep.equal({ enabled: true, timeout: 10 });
    s.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096);
    expect(s.getsockopt(SOL_SOCKET, SO_RCVBUF)).to.equal(process.platform === 'linux' ? 8192 : 4096);
  });

  it('take and give raw bytes', () => {
    const [s] = closed([socket(AF_INET, SOCK_STREAM)]);
    s.setsockopt(IPPROTO_TCP, TCP_NODELAY, new Int32Array([1]));
    const bytes = s.getsockopt(IPPROTO_TCP, TCP_NODELAY, 4);
    expect(new Int32Array(new Uint8Array(bytes).buffer)[0]).to.equal(1);
  });

  it('treat an option outside the table as an integer', () => {
    const [s] = closed([socket(AF_INET, SOCK_STREAM)]);
    expect(s.getsockopt(6, 1)).to.be.oneOf([0, false]);
    expect(codeOf(() => s.getsockopt(1, 9999))).to.equal('ENOPROTOOPT');
    expect(codeOf(() => s.getsockopt(9999, 1))).to.equal('EOPNOTSUPP');
  });

  it('name the argument that is wrong', () => {
    const [s] = closed([socket(AF_INET, SOCK_STREAM)]);
    expect(() => s.setsockopt(SOL_SOCKET, SO_LINGER, 5 as never)).to.throw(TypeError, /value/);
    expect(() => s.getsockopt(SOL_SOCKET, SO_LINGER, -1)).to.throw(RangeError, /length/);
    expect(() => s.getsockopt('SOL_SOCKET' as never, 1)).to.throw(TypeError, /level/);
  });
});

describe('Socket.adopt', () => {
  it('owns what another Socket gave away, and knows its kind', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_SEQPACKET));
    const fd = a.detach();
    expect([a.closed, a.fd]).to.deep.equal([true, -1]);
    const [again] = closed([Socket.adopt(fd)]);
    expect([again.fd, again.family, again.style]).to.deep.equal([fd, AF_UNIX, SOCK_SEQPACKET]);
    again.send(Buffer.from('x'));
    expect(b.recv(Buffer.alloc(1))).to.equal(1);
  });

  it('refuses what is no socket, what is not open, and what is owned already', () => {
    const file = openSync('/dev/null', 'r');
    expect(codeOf(() => Socket.adopt(file))).to.equal('ENOTSOCK');
    closeSync(file);
    expect(codeOf(() => Socket.adopt(file))).to.equal('EBADF');
    expect(codeOf(() => Socket.adopt(-1))).to.equal('EBADF');
    expect(() => Socket.adopt('3' as never)).to.throw(TypeError, /fd/);
    const [s] = closed([udpSocket()]);
    expect(() => Socket.adopt(s.fd)).to.throw(TypeError, /fd/);
    expect(s.closed).to.equal(false);
  });
});

describe('close', () => {
  it('is idempotent, and every other call then fails with ERR_SOCKET_CLOSED', () => {
    const s = socket(AF_INET, SOCK_STREAM);
    s.close();
    s.close();
    s[Symbol.dispose]();
    expect([s.fd, s.closed]).to.deep.equal([-1, true]);
    const calls: (() => unknown)[] = [
      () => s.bind(AF_INET, '127.0.0.1', 0),
      () => s.connect(AF_INET, '127.0.0.1', 1),
      () => s.listen(),
      () => s.accept(),
      () => s.shutdown(2),
      () => s.getsockname(),
      () => s.getpeername(),
      () => s.recv(Buffer.alloc(1)),
      () => s.send(Buffer.alloc(1)),
      () => s.recvfrom(Buffer.alloc(1)),
      () => s.sendto(Buffer.alloc(1), AF_INET, '127.0.0.1', 1),
      () => s.getsockopt(SOL_SOCKET, SO_RCVBUF),
      () => s.setsockopt(SOL_SOCKET, SO_RCVBUF, 1),
      () => s.takeError(),
      () => s.rearm('readable'),
      () => s.detach(),
    ];
    for (const call of calls) expect(codeOf(call), String(call)).to.equal('ERR_SOCKET_CLOSED');
    expect(s.ref()).to.equal(s);
    expect(s.unref()).to.equal(s);
  });

  it('does not reach a socket that got the same descriptor', () => {
    const a = udpSocket();
    const fd = a.fd;
    a.close();
    const [b] = closed([udpSocket()]);
    expect(b.fd).to.equal(fd);
    a.close();
    b.getsockname();
  });

  it('resets the connection with a linger of zero', async () => {
    const [a, b] = closed(tcpPair());
    a.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 });
    a.close();
    await expectReady(b, 'readable');
    expect(codeOf(() => b.recv(Buffer.alloc(1)))).to.equal('ECONNRESET');
  });

  it('delivers unsent data although it does not linger', async () => {
    const [a, b] = closed(tcpPair());
    a.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 5 });
    const sent = fill(a);
    a.close();
    const buffer = Buffer.alloc(1 << 20);
    let received = 0;
    for (;;) {
      const n = b.recv(buffer);
      if (n === 0) break;
      if (n === null) await ready(b, 'readable');
      else received += n;
    }
    expect(received).to.equal(sent);
  });
});
