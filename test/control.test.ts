import { readdirSync } from 'node:fs';
import { endianness } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import {
  type ControlMessage,
  type ReceivedMessage,
  type Socket,
  SystemError,
  socket,
  socketpair,
} from 'uvsock';
import * as c from 'uvsock/constants';
import { packControl } from '../src/control.ts';
import { closed, codeOf, tcpPair, udpSocket } from './support/sockets.ts';

const { IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, IPPROTO_UDP, SOL_SOCKET } = c;
const LOOPBACK = 1;

const udp = (): [Socket, Socket] => closed([udpSocket(), udpSocket()]);

function udp6(): [Socket, Socket] {
  const make = () => {
    const s = socket(c.AF_INET6, c.SOCK_DGRAM);
    s.bind(c.AF_INET6, '::1', 0);
    return s;
  };
  return closed([make(), make()]);
}

const unix = () => closed(socketpair(c.AF_UNIX, c.SOCK_DGRAM));

/** Sends one message from `a` to `b`, with control messages, and receives it. */
function pass(
  a: Socket,
  b: Socket,
  control: ControlMessage[] = [],
  data = Buffer.from('x'),
): ReceivedMessage {
  const address = b.family === c.AF_UNIX ? {} : { address: b.getsockname() };
  a.sendmsg({ data, control, ...address });
  const message = b.recvmsg(Buffer.alloc(65536));
  if (message === null) throw new Error('loopback delivers at once');
  return message;
}

/** Runs what some kernels refuse; the test is skipped then, and says why. */
function probe(test: Mocha.Context, name: string, call: () => void): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    console.log(`      not on this system: ${name} (${error.message})`);
    test.skip();
  }
}

/**
 * Sends a datagram of 24 bytes in two fragments, which are made by hand: the
 * MTU of loopback is beyond every datagram.
 */
function sendInFragments(
  test: Mocha.Context,
  from: Socket,
  to: Socket,
  header: (start: number, more: boolean, length: number) => Buffer,
): void {
  let raw: Socket | undefined;
  probe(test, 'raw sockets', () => {
    raw = closed([socket(to.family, c.SOCK_RAW, c.IPPROTO_RAW)])[0];
  });
  const datagram = Buffer.alloc(8 + 24); // the checksum is 0: none
  datagram.writeUInt16BE(from.getsockname().port!, 0);
  datagram.writeUInt16BE(to.getsockname().port!, 2);
  datagram.writeUInt16BE(datagram.length, 4);
  for (const start of [0, 16]) {
    const part = datagram.subarray(start, start + 16);
    raw!.sendmsg({
      data: [header(start, start === 0, part.length), part],
      address: { address: to.getsockname().address!, port: 0 },
    });
  }
}

const enable = (s: Socket, level: number, option: number | undefined) =>
  s.setsockopt(level, option as never, true as never);

describe('control messages of sockets', () => {
  it('SCM_CREDENTIALS tells who sent', () => {
    const [a, b] = unix();
    enable(b, SOL_SOCKET, c.SO_PASSCRED);
    expect(pass(a, b).find(SOL_SOCKET, c.SCM_CREDENTIALS!)).to.deep.equal({
      pid: process.pid,
      uid: process.getuid!(),
      gid: process.getgid!(),
    });
  });

  it('SCM_CREDENTIALS may be claimed, if true', () => {
    const [a, b] = unix();
    enable(b, SOL_SOCKET, c.SO_PASSCRED);
    const data = { pid: process.pid, uid: process.getuid!(), gid: process.getgid!() };
    const message = pass(a, b, [{ level: SOL_SOCKET, type: c.SCM_CREDENTIALS!, data }]);
    expect(message.find(SOL_SOCKET, c.SCM_CREDENTIALS!)).to.deep.equal(data);
    const false_ = { ...data, pid: 0x7fffffff };
    expect(
      codeOf(() => pass(a, b, [{ level: SOL_SOCKET, type: c.SCM_CREDENTIALS!, data: false_ }])),
    ).to.be.oneOf(['EPERM', 'ESRCH']);
  });

  it('SCM_SECURITY tells the label of the sender', function () {
    const [a, b] = unix();
    probe(this, 'SO_PASSSEC', () => enable(b, SOL_SOCKET, c.SO_PASSSEC));
    const label = pass(a, b).find(SOL_SOCKET, c.SCM_SECURITY!);
    if (label === undefined) {
      console.log('      not on this system: SCM_SECURITY (no security module that labels sockets)');
      this.skip();
    }
    expect(label).to.be.a('string');
  });

  it('SCM_PIDFD is a descriptor of the sender', function () {
    const [a, b] = unix();
    probe(this, 'SO_PASSPIDFD', () => enable(b, SOL_SOCKET, c.SO_PASSPIDFD));
    using pidfd = pass(a, b).find(SOL_SOCKET, c.SCM_PIDFD!);
    expect(pidfd?.fd).to.be.greaterThan(2);
  });

  it('lose no descriptor where there is room for it, but not for what would follow', () => {
    const [a, b] = unix();
    enable(b, SOL_SOCKET, c.SO_PASSCRED);
    const before = readdirSync('/proc/self/fd').length;
    // Each row: room, and how many of two descriptors fit behind the credentials.
    for (const [control, fit] of [
      [32 + 19, 0],
      [32 + 20, 1],
      [32 + 23, 1],
      [32 + 24, 2],
    ] as const) {
      a.sendmsg({
        data: Buffer.from('x'),
        control: [{ level: SOL_SOCKET, type: c.SCM_RIGHTS!, data: [0, 0] }],
      });
      const message = b.recvmsg(Buffer.alloc(1), { control });
      const received = message?.find(SOL_SOCKET, c.SCM_RIGHTS!) ?? [];
      for (const each of received) each.close();
      expect(received.length, `room of ${control} bytes`).to.equal(fit);
      expect(readdirSync('/proc/self/fd').length, 'descriptors').to.equal(before);
    }
  });

  it('SO_TIMESTAMP and SO_TIMESTAMPNS are nanoseconds since 1970', () => {
    for (const option of [c.SO_TIMESTAMP, c.SO_TIMESTAMPNS!]) {
      const [a, b] = udp();
      enable(b, SOL_SOCKET, option);
      const before = BigInt(Date.now()) * 1_000_000n;
      const message = pass(a, b);
      expect(message.control.map(({ level, type }) => [level, type])).to.deep.equal([[SOL_SOCKET, option]]);
      const time = message.find(SOL_SOCKET, option);
      expect(time).to.be.a('bigint');
      expect(time! >= before && time! <= BigInt(Date.now() + 1) * 1_000_000n, `${time}`).to.equal(true);
    }
  });

  it('SO_TIMESTAMPING tells the time of receiving', async () => {
    const [a, b] = udp();
    b.setsockopt(
      SOL_SOCKET,
      c.SO_TIMESTAMPING!,
      c.SOF_TIMESTAMPING_RX_SOFTWARE! | c.SOF_TIMESTAMPING_SOFTWARE!,
    );
    // The kernel begins to take the time in a work queue of its own.
    let times = pass(a, b).find(SOL_SOCKET, c.SO_TIMESTAMPING!);
    for (; times === undefined; times = pass(a, b).find(SOL_SOCKET, c.SO_TIMESTAMPING!)) await setImmediate();
    expect(times.hardware).to.equal(null);
    expect(times.software! / 1_000_000_000n >= BigInt(Math.floor(Date.now() / 1000)) - 1n).to.equal(true);
  });

  it('SO_TIMESTAMPING asks for the time of sending one message', () => {
    const [a, b] = udp();
    a.setsockopt(SOL_SOCKET, c.SO_TIMESTAMPING!, c.SOF_TIMESTAMPING_SOFTWARE!);
    pass(a, b);
    expect(a.recvmsg(Buffer.alloc(1), { flags: c.MSG_ERRQUEUE! })).to.equal(null);
    pass(a, b, [{ level: SOL_SOCKET, type: c.SO_TIMESTAMPING!, data: c.SOF_TIMESTAMPING_TX_SOFTWARE! }]);
    const entry = a.recvmsg(Buffer.alloc(64), { flags: c.MSG_ERRQUEUE! });
    expect(entry?.find(SOL_SOCKET, c.SO_TIMESTAMPING!)?.software).to.be.a('bigint');
  });

  it('SO_RXQ_OVFL counts what was dropped', () => {
    const [a, b] = udp();
    enable(b, SOL_SOCKET, c.SO_RXQ_OVFL);
    b.setsockopt(SOL_SOCKET, c.SO_RCVBUF, 2048);
    for (let i = 0; i < 50; i++) a.sendto(Buffer.alloc(1000), b.getsockname());
    while (b.recv(Buffer.alloc(1000)) !== null);
    expect(pass(a, b).find(SOL_SOCKET, c.SO_RXQ_OVFL!)).to.be.greaterThan(10);
  });

  it('SO_MARK marks one message', function () {
    const [a, b] = udp();
    probe(this, 'SO_RCVMARK', () => enable(b, SOL_SOCKET, c.SO_RCVMARK));
    let message: ReceivedMessage | undefined;
    probe(this, 'SO_MARK', () => {
      message = pass(a, b, [{ level: SOL_SOCKET, type: c.SO_MARK!, data: 0xfedcba98 }]);
    });
    expect(message?.find(SOL_SOCKET, c.SO_MARK!)).to.equal(0xfedcba98);
  });

  it('SCM_TXTIME is taken by a socket that has SO_TXTIME', function () {
    const [a, b] = udp();
    const CLOCK_MONOTONIC = 1;
    probe(this, 'SO_TXTIME', () =>
      a.setsockopt(SOL_SOCKET, c.SO_TXTIME!, new Uint8Array(Int32Array.of(CLOCK_MONOTONIC, 0).buffer)),
    );
    const data = process.hrtime.bigint();
    expect(pass(a, b, [{ level: SOL_SOCKET, type: c.SCM_TXTIME!, data }]).bytes).to.equal(1);
    const [plain] = udp();
    expect(codeOf(() => pass(plain, b, [{ level: SOL_SOCKET, type: c.SCM_TXTIME!, data }]))).to.equal(
      'EINVAL',
    );
  });
});

describe('control messages of IP', () => {
  it('IP_PKTINFO tells interface and destination', () => {
    const [a, b] = udp();
    enable(b, IPPROTO_IP, c.IP_PKTINFO);
    expect(pass(a, b).find(IPPROTO_IP, c.IP_PKTINFO!)).to.deep.equal({
      ifindex: LOOPBACK,
      address: '127.0.0.1',
      specDst: '127.0.0.1',
    });
  });

  it('IP_PKTINFO chooses the source address, and takes what was received', () => {
    const [a] = closed([udpSocket()]);
    const [b] = closed([socket(c.AF_INET, c.SOCK_DGRAM)]);
    b.bind(c.AF_INET, 0, 0);
    enable(b, IPPROTO_IP, c.IP_PKTINFO);
    a.sendto(Buffer.from('x'), c.AF_INET, '127.0.0.77', b.getsockname().port!);
    const data = b.recvmsg(Buffer.alloc(1))!.find(IPPROTO_IP, c.IP_PKTINFO!)!;
    const reply = pass(b, a, [{ level: IPPROTO_IP, type: c.IP_PKTINFO!, data }]);
    expect(reply.address?.address).to.equal('127.0.0.77');
    const other = pass(b, a, [{ level: IPPROTO_IP, type: c.IP_PKTINFO!, data: { specDst: '127.0.0.78' } }]);
    expect(other.address?.address).to.equal('127.0.0.78');
  });

  it('IP_TTL and IP_TOS are set for one message, and received', () => {
    const [a, b] = udp();
    enable(b, IPPROTO_IP, c.IP_RECVTTL);
    enable(b, IPPROTO_IP, c.IP_RECVTOS);
    const message = pass(a, b, [
      { level: IPPROTO_IP, type: c.IP_TTL, data: 33 },
      { level: IPPROTO_IP, type: c.IP_TOS, data: 96 },
    ]);
    expect(message.find(IPPROTO_IP, c.IP_TTL)).to.equal(33);
    expect(message.find(IPPROTO_IP, c.IP_TOS)).to.equal(96);
    expect(pass(a, b).find(IPPROTO_IP, c.IP_TTL)).to.equal(64);
  });

  it('IP_ORIGDSTADDR tells destination and port', () => {
    const [a, b] = udp();
    enable(b, IPPROTO_IP, c.IP_RECVORIGDSTADDR);
    const address = pass(a, b).find(IPPROTO_IP, c.IP_ORIGDSTADDR!);
    expect(address?.toString()).to.equal(b.getsockname().toString());
  });

  it('IP_RECVERR tells the error, who caused it and what it was about', () => {
    const [a, b] = udp();
    enable(a, IPPROTO_IP, c.IP_RECVERR);
    const to = b.getsockname();
    b.close();
    a.sendto(Buffer.from('x'), to);
    const { offender, ...error } = a
      .recvmsg(Buffer.alloc(1), { flags: c.MSG_ERRQUEUE! })!
      .find(IPPROTO_IP, c.IP_RECVERR!)!;
    expect(error).to.deep.equal({
      errno: -111,
      origin: c.SO_EE_ORIGIN_ICMP,
      type: 3,
      code: 3,
      info: 0,
      data: 0,
    });
    expect(offender?.address).to.equal('127.0.0.1');
  });

  it('IP_RECVFRAGSIZE tells the longest fragment', function () {
    const [a, b] = udp();
    enable(b, IPPROTO_IP, c.IP_RECVFRAGSIZE);
    const HEADER = 20;
    const MORE = 0x2000;
    sendInFragments(this, a, b, (start, more) => {
      const header = Buffer.alloc(HEADER);
      header.writeUInt8(0x45, 0);
      header.writeUInt16BE(4711, 4);
      header.writeUInt16BE((more ? MORE : 0) | (start / 8), 6);
      header.writeUInt8(64, 8);
      header.writeUInt8(c.IPPROTO_UDP, 9);
      header.set([127, 0, 0, 1, 127, 0, 0, 1], 12);
      return header;
    });
    const message = b.recvmsg(Buffer.alloc(64));
    expect(message?.bytes).to.equal(24);
    expect(message?.find(IPPROTO_IP, c.IP_RECVFRAGSIZE!)).to.equal(HEADER + 16);
  });
});

describe('control messages of IPv6', () => {
  it('IPV6_PKTINFO tells interface and destination, and takes what was received', () => {
    const [a, b] = udp6();
    enable(b, IPPROTO_IPV6, c.IPV6_RECVPKTINFO);
    const data = pass(a, b).find(IPPROTO_IPV6, c.IPV6_PKTINFO)!;
    expect(data).to.deep.equal({ ifindex: LOOPBACK, address: '::1' });
    expect(pass(b, a, [{ level: IPPROTO_IPV6, type: c.IPV6_PKTINFO, data }]).address?.address).to.equal(
      '::1',
    );
  });

  it('IPV6_HOPLIMIT and IPV6_TCLASS are set for one message, and received', () => {
    const [a, b] = udp6();
    enable(b, IPPROTO_IPV6, c.IPV6_RECVHOPLIMIT);
    enable(b, IPPROTO_IPV6, c.IPV6_RECVTCLASS);
    const message = pass(a, b, [
      { level: IPPROTO_IPV6, type: c.IPV6_HOPLIMIT, data: 33 },
      { level: IPPROTO_IPV6, type: c.IPV6_TCLASS, data: 96 },
    ]);
    expect(message.find(IPPROTO_IPV6, c.IPV6_HOPLIMIT)).to.equal(33);
    expect(message.find(IPPROTO_IPV6, c.IPV6_TCLASS)).to.equal(96);
  });

  it('IPV6_ORIGDSTADDR tells destination and port', () => {
    const [a, b] = udp6();
    enable(b, IPPROTO_IPV6, c.IPV6_RECVORIGDSTADDR);
    const address = pass(a, b).find(IPPROTO_IPV6, c.IPV6_ORIGDSTADDR!);
    expect(address?.toString()).to.equal(b.getsockname().toString());
  });

  it('IPV6_RECVFRAGSIZE tells the longest fragment', function () {
    const [a, b] = udp6();
    enable(b, IPPROTO_IPV6, c.IPV6_RECVFRAGSIZE);
    enable(b, IPPROTO_UDP, c.UDP_NO_CHECK6_RX);
    const HEADER = 40 + 8;
    sendInFragments(this, a, b, (start, more, length) => {
      const header = Buffer.alloc(HEADER);
      header.writeUInt8(0x60, 0);
      header.writeUInt16BE(8 + length, 4);
      header.writeUInt8(c.IPPROTO_FRAGMENT!, 6);
      header.writeUInt8(64, 7);
      header.writeUInt8(1, 23); // ::1
      header.writeUInt8(1, 39);
      header.writeUInt8(c.IPPROTO_UDP, 40);
      header.writeUInt16BE(start | (more ? 1 : 0), 42);
      header.writeUInt32BE(4711, 44);
      return header;
    });
    const message = b.recvmsg(Buffer.alloc(64));
    expect(message?.bytes).to.equal(24);
    expect(message?.find(IPPROTO_IPV6, c.IPV6_RECVFRAGSIZE!)).to.equal(HEADER + 16);
  });

  it('IPV6_RECVERR tells the error and who caused it', () => {
    const [a, b] = udp6();
    enable(a, IPPROTO_IPV6, c.IPV6_RECVERR);
    const to = b.getsockname();
    b.close();
    a.sendto(Buffer.from('x'), to);
    const error = a
      .recvmsg(Buffer.alloc(1), { flags: c.MSG_ERRQUEUE! })!
      .find(IPPROTO_IPV6, c.IPV6_RECVERR!)!;
    expect([error.errno, error.origin, error.offender?.address]).to.deep.equal([
      -111,
      c.SO_EE_ORIGIN_ICMP6,
      '::1',
    ]);
  });
});

describe('control messages of UDP and TCP', () => {
  it('UDP_SEGMENT cuts one message into datagrams', () => {
    const [a, b] = udp();
    const control: ControlMessage[] = [{ level: IPPROTO_UDP, type: c.UDP_SEGMENT!, data: 1000 }];
    a.sendmsg({ data: Buffer.alloc(2500), address: b.getsockname(), control });
    const lengths = [];
    for (let n = b.recv(Buffer.alloc(9000)); n !== null; n = b.recv(Buffer.alloc(9000))) lengths.push(n);
    expect(lengths).to.deep.equal([1000, 1000, 500]);
  });

  it('UDP_GRO tells the length of the datagrams that came as one', () => {
    const [a, b] = udp();
    enable(b, IPPROTO_UDP, c.UDP_GRO);
    const control: ControlMessage[] = [{ level: IPPROTO_UDP, type: c.UDP_SEGMENT!, data: 1000 }];
    const message = pass(a, b, control, Buffer.alloc(3000));
    expect(message.bytes).to.equal(3000);
    expect(message.find(IPPROTO_UDP, c.UDP_GRO!)).to.equal(1000);
    expect(message.control.map(({ level, type }) => [level, type])).to.deep.equal([[17, 104]]);
  });

  it('TCP_INQ tells how much is left to read', () => {
    const [a, b] = closed(tcpPair());
    enable(b, IPPROTO_TCP, c.TCP_INQ);
    a.send(Buffer.alloc(10));
    expect(b.recvmsg(Buffer.alloc(4))?.find(IPPROTO_TCP, c.TCP_INQ!)).to.equal(6);
  });
});

describe('a control message', () => {
  it('that the package does not know comes and goes as bytes', () => {
    const [a, b] = udp();
    const level: number = IPPROTO_IP;
    enable(b, IPPROTO_IP, c.IP_RECVOPTS);
    const NOP = 1;
    const IP_RETOPTS = 7;
    const data = Buffer.from([NOP, NOP, NOP, NOP]);
    const message = pass(a, b, [{ level, type: IP_RETOPTS, data }]);
    const options = message.find(level, c.constants.IP_RECVOPTS!);
    expect(options).to.deep.equal(data);
  });

  it('that the package knows may be sent as bytes, too', () => {
    const [a, b] = udp();
    enable(b, IPPROTO_IP, c.IP_RECVTTL);
    const message = pass(a, b, [{ level: IPPROTO_IP, type: c.IP_TTL, data: Int32Array.of(7) }]);
    expect(message.find(IPPROTO_IP, c.IP_TTL)).to.equal(7);
  });

  it('is aligned however long those before it are', () => {
    const [a, b] = udp();
    enable(b, IPPROTO_IP, c.IP_RECVTTL);
    enable(b, IPPROTO_IP, c.IP_RECVTOS);
    const message = pass(a, b, [
      { level: IPPROTO_IP, type: c.IP_TOS, data: Uint8Array.of(96) },
      { level: IPPROTO_IP, type: c.IP_TTL, data: 9 },
    ]);
    expect([message.find(IPPROTO_IP, c.IP_TOS), message.find(IPPROTO_IP, c.IP_TTL)]).to.deep.equal([96, 9]);
  });

  it('that is not there is not found', () => {
    const [a, b] = udp();
    const message = pass(a, b);
    expect(message.control).to.deep.equal([]);
    expect(message.find(IPPROTO_IP, c.IP_TTL)).to.equal(undefined);
    expect(message.find(IPPROTO_IP, 9999)).to.equal(undefined);
  });

  it('that the family does not know is the error of the kernel', () => {
    const [a, b] = udp();
    expect(codeOf(() => pass(a, b, [{ level: IPPROTO_IP, type: 9999, data: Buffer.alloc(4) }]))).to.equal(
      'EINVAL',
    );
  });

  it('must be made of values that make sense', () => {
    const wrong: [unknown, RegExp][] = [
      [{}, /"control" argument must be an array/],
      [[null], /like \{ level, type, data \}/],
      [[{ level: 'x', type: 1, data: Buffer.alloc(1) }], /of type number/],
      [[{ level: 1, type: 1.5, data: Buffer.alloc(1) }], /integer/],
      [[{ level: SOL_SOCKET, type: c.SCM_RIGHTS, data: 3 }], /array of descriptors/],
      [[{ level: SOL_SOCKET, type: c.SCM_RIGHTS, data: ['x'] }], /a Socket, a ReceivedFd or a number/],
      [[{ level: SOL_SOCKET, type: c.SCM_RIGHTS, data: [{}] }], /of type number/],
      [[{ level: SOL_SOCKET, type: c.SCM_CREDENTIALS, data: 1 }], /like \{ pid, uid, gid \}/],
      [[{ level: SOL_SOCKET, type: c.SO_TIMESTAMP, data: 1n }], /ArrayBufferView/],
      [[{ level: IPPROTO_IP, type: c.IP_PKTINFO, data: 1 }], /like \{ ifindex, specDst \}/],
      [[{ level: IPPROTO_IP, type: c.IP_PKTINFO, data: { ifindex: -1 } }], /integer >= 0/],
      [[{ level: IPPROTO_IPV6, type: c.IPV6_PKTINFO, data: 1 }], /like \{ ifindex, address \}/],
      [[{ level: IPPROTO_UDP, type: c.UDP_SEGMENT, data: 65536 }], /<= 65535/],
      [[{ level: IPPROTO_IP, type: 9999, data: 1 }], /ArrayBufferView/],
      [[{ level: 1, type: 2, data: Buffer.alloc(2 ** 20) }], /at most 1048576 bytes/],
    ];
    for (const [control, message] of wrong)
      expect(() => packControl(control as never), `${message}`).to.throw(message);
  });

  it('is longer than the kernel takes: an error, and nothing else', () => {
    const [a, b] = udp();
    const data = Buffer.alloc(2 ** 20 - 12);
    expect(codeOf(() => pass(a, b, [{ level: 1, type: 2, data }]))).to.equal('ENOBUFS');
  });

  it('packs to level, type and length in host byte order', () => {
    const packed = packControl([{ level: 1, type: 2, data: Uint8Array.of(9) }]);
    const ints = [1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0];
    expect([...packed]).to.deep.equal([
      ...(endianness() === 'LE' ? ints : [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1]),
      9,
      0,
      0,
      0,
    ]);
  });
});
