import { networkInterfaces } from 'node:os';
import { expect } from 'chai';
import { type Socket, socket, socketpair } from 'uvsock';
import * as c from 'uvsock/constants';
import { optionCodec } from '../src/options.ts';
import { closed, codeOf, udpSocket } from './support/sockets.ts';

const tcp = () => closed([socket(c.AF_INET, c.SOCK_STREAM)])[0];
const udp = () => closed([socket(c.AF_INET, c.SOCK_DGRAM)])[0];
const udp6 = () => closed([socket(c.AF_INET6, c.SOCK_DGRAM)])[0];
const unix = () => closed(socketpair(c.AF_UNIX, c.SOCK_STREAM))[0];

/** The interface index of loopback on every Linux. */
const LOOPBACK = 1;

type Case = readonly [
  name: string,
  open: () => Socket,
  level: number,
  option: number | undefined,
  value: unknown,
  read?: unknown,
];

const { SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, IPPROTO_UDP } = c;

/** Set, then read back; `read` where the kernel answers something else. */
const SETTABLE: readonly Case[] = [
  ['SO_BROADCAST', udp, SOL_SOCKET, c.SO_BROADCAST, true],
  ['SO_DONTROUTE', udp, SOL_SOCKET, c.SO_DONTROUTE, true],
  ['SO_KEEPALIVE', tcp, SOL_SOCKET, c.SO_KEEPALIVE, true],
  ['SO_LINGER', tcp, SOL_SOCKET, c.SO_LINGER, { enabled: true, timeout: 10 }],
  ["SO_LINGER as Guile's pair", tcp, SOL_SOCKET, c.SO_LINGER, [1, 10], { enabled: true, timeout: 10 }],
  ['SO_NO_CHECK', udp, SOL_SOCKET, c.SO_NO_CHECK, true],
  ['SO_OOBINLINE', tcp, SOL_SOCKET, c.SO_OOBINLINE, true],
  ['SO_PRIORITY', udp, SOL_SOCKET, c.SO_PRIORITY, 3],
  ['SO_RCVBUF', udp, SOL_SOCKET, c.SO_RCVBUF, 4096, 8192],
  ['SO_RCVTIMEO', udp, SOL_SOCKET, c.SO_RCVTIMEO, 1.5],
  ['SO_REUSEADDR', tcp, SOL_SOCKET, c.SO_REUSEADDR, true],
  ['SO_REUSEADDR as a number', tcp, SOL_SOCKET, c.SO_REUSEADDR, 1, true],
  ['SO_REUSEPORT', tcp, SOL_SOCKET, c.SO_REUSEPORT, true],
  ['SO_SNDBUF', udp, SOL_SOCKET, c.SO_SNDBUF, 8192, 16384],
  ['SO_SNDTIMEO', udp, SOL_SOCKET, c.SO_SNDTIMEO, 0.5],
  ['IP_MULTICAST_IF by address', udp, IPPROTO_IP, c.IP_MULTICAST_IF, '127.0.0.1'],
  ['IP_MULTICAST_IF by integer', udp, IPPROTO_IP, c.IP_MULTICAST_IF, 0x7f000001, '127.0.0.1'],
  ['IP_MULTICAST_LOOP', udp, IPPROTO_IP, c.IP_MULTICAST_LOOP, false],
  ['IP_MULTICAST_TTL', udp, IPPROTO_IP, c.IP_MULTICAST_TTL, 7],
  ['IP_TTL', udp, IPPROTO_IP, c.IP_TTL, 33],
  ['IP_TTL reset', udp, IPPROTO_IP, c.IP_TTL, -1, 64],
  ['IPV6_V6ONLY', udp6, IPPROTO_IPV6, c.IPV6_V6ONLY, true],
  ['IPV6_UNICAST_HOPS', udp6, IPPROTO_IPV6, c.IPV6_UNICAST_HOPS, 9],
  ['TCP_CONGESTION', tcp, IPPROTO_TCP, c.TCP_CONGESTION, 'reno'],
  ['TCP_CORK', tcp, IPPROTO_TCP, c.TCP_CORK, true],
  ['TCP_KEEPIDLE', tcp, IPPROTO_TCP, c.TCP_KEEPIDLE, 60],
  ['TCP_NODELAY', tcp, IPPROTO_TCP, c.TCP_NODELAY, true],
  ['UDP_CORK', udp, IPPROTO_UDP, c.UDP_CORK, true],
];

const get = (s: Socket, level: number, option: number) =>
  (s.getsockopt as (level: number, option: number) => unknown).call(s, level, option);
const set = (s: Socket, level: number, option: number, value: unknown) =>
  (s.setsockopt as (level: number, option: number, value: unknown) => void).call(s, level, option, value);

describe('the option table', () => {
  for (const [name, open, level, option, value, read = value] of SETTABLE) {
    it(`sets and reads ${name}`, () => {
      const s = open();
      expect(get(s, level, option!), 'at first').to.not.deep.equal(name === 'IP_TTL reset' ? null : read);
      set(s, level, option!, value);
      expect(get(s, level, option!)).to.deep.equal(read);
    });
  }

  it('reads what cannot be set', () => {
    const s = unix();
    expect(s.getsockopt(SOL_SOCKET, c.SO_TYPE)).to.equal(c.SOCK_STREAM);
    expect(s.getsockopt(SOL_SOCKET, c.SO_STYLE)).to.equal(c.SOCK_STREAM);
    expect(s.getsockopt(SOL_SOCKET, c.SO_DOMAIN!)).to.equal(c.AF_UNIX);
    expect(s.getsockopt(SOL_SOCKET, c.SO_ERROR)).to.equal(0);
    expect(s.getsockopt(SOL_SOCKET, c.SO_DEBUG)).to.equal(false);
    expect(s.getsockopt(SOL_SOCKET, c.SO_PEERCRED!)).to.deep.equal({
      pid: process.pid,
      uid: process.getuid?.(),
      gid: process.getgid?.(),
    });
    const cookie = s.getsockopt(SOL_SOCKET, c.SO_COOKIE!);
    expect(cookie).to.be.a('bigint');
    expect(s.getsockopt(SOL_SOCKET, c.SO_COOKIE!)).to.equal(cookie);
  });

  const memberships: [string, unknown][] = [
    ['address', { multiaddr: '239.7.7.7', interface: '127.0.0.1' }],
    ['index', { multiaddr: '239.7.7.7', ifindex: LOOPBACK }],
    ["Guile's pair with an address", ['239.7.7.7', '127.0.0.1']],
    ["Guile's pair with an index", [0xef070707, LOOPBACK]],
  ];
  for (const [by, value] of memberships) {
    it(`joins and leaves a group by ${by}`, () => {
      const s = udp();
      s.bind(c.AF_INET, '0.0.0.0', 0);
      set(s, IPPROTO_IP, c.IP_ADD_MEMBERSHIP, value);
      expect(codeOf(() => set(s, IPPROTO_IP, c.IP_ADD_MEMBERSHIP, value))).to.equal('EADDRINUSE');
      set(s, IPPROTO_IP, c.IP_DROP_MEMBERSHIP, value);
      expect(codeOf(() => set(s, IPPROTO_IP, c.IP_DROP_MEMBERSHIP, value))).to.equal('EADDRNOTAVAIL');
    });
  }

  it('sends to a group by the interface that was chosen by index', () => {
    const [receiver] = closed([udpSocket()]);
    receiver.close();
    const [member] = closed([udp()]);
    member.bind(c.AF_INET, '239.7.7.7', 0);
    member.setsockopt(IPPROTO_IP, c.IP_ADD_MEMBERSHIP, { multiaddr: '239.7.7.7', ifindex: LOOPBACK });
    const sender = udp();
    sender.setsockopt(IPPROTO_IP, c.IP_MULTICAST_IF, LOOPBACK);
    sender.sendto(Buffer.from('all'), c.AF_INET, '239.7.7.7', member.getsockname().port!);
    expect(member.recv(Buffer.alloc(8))).to.equal(3);
  });

  it('joins and leaves an IPv6 group', function () {
    if (
      !Object.values(networkInterfaces())
        .flat()
        .some((each) => each?.address === '::1')
    ) {
      console.log('      skipped: loopback has no IPv6 address here');
      this.skip();
    }
    const s = udp6();
    s.setsockopt(IPPROTO_IPV6, c.IPV6_JOIN_GROUP, { multiaddr: 'ff01::7', ifindex: LOOPBACK });
    s.setsockopt(IPPROTO_IPV6, c.IPV6_LEAVE_GROUP, { multiaddr: 'ff01::7', ifindex: LOOPBACK });
  });

  it("passes the kernel's refusals on", () => {
    const s = tcp();
    expect(codeOf(() => set(s, IPPROTO_IP, c.IP_TTL, 256))).to.equal('EINVAL');
    expect(codeOf(() => set(s, SOL_SOCKET, c.SO_ERROR, 1))).to.equal('ENOPROTOOPT');
    expect(codeOf(() => set(s, IPPROTO_TCP, c.TCP_CONGESTION!, 'bogus'))).to.equal('ENOENT');
    expect(codeOf(() => set(s, SOL_SOCKET, c.SO_BINDTODEVICE!, 'nowhere0'))).to.equal('ENODEV');
    expect(codeOf(() => set(s, SOL_SOCKET, c.SO_KEEPALIVE, new Uint8Array(1)))).to.equal('EINVAL');
  });

  const wrong: [string, number, number, unknown][] = [
    ['an integer', SOL_SOCKET, c.SO_RCVBUF, 'x'],
    ['an integer in range', SOL_SOCKET, c.SO_RCVBUF, 2 ** 40],
    ['a whole integer', SOL_SOCKET, c.SO_RCVBUF, 1.5],
    ['a boolean', SOL_SOCKET, c.SO_KEEPALIVE, null],
    ['a linger', SOL_SOCKET, c.SO_LINGER, { enabled: true }],
    ['a linger at all', SOL_SOCKET, c.SO_LINGER, undefined],
    ['a time', SOL_SOCKET, c.SO_RCVTIMEO, -1],
    ['a time as a number', SOL_SOCKET, c.SO_RCVTIMEO, '1'],
    ['a membership', IPPROTO_IP, c.IP_ADD_MEMBERSHIP, '239.1.1.1'],
    ['a string', IPPROTO_TCP, c.TCP_CONGESTION!, 5],
    ['a string without NUL', IPPROTO_TCP, c.TCP_CONGESTION!, 'a\0b'],
    ['bytes', IPPROTO_TCP, c.TCP_INFO!, 5],
  ];
  for (const [what, level, option, value] of wrong) {
    it(`asks for ${what}, naming the value`, () => {
      const s = tcp();
      expect(() => set(s, level, option, value))
        .to.throw(/value/)
        .with.property('code')
        .that.matches(/^ERR_/);
      expect(s.closed).to.equal(false);
    });
  }

  it('names the address that is wrong within a membership', () => {
    expect(() => set(udp(), IPPROTO_IP, c.IP_ADD_MEMBERSHIP, { multiaddr: 'x' })).to.throw(
      TypeError,
      /address/,
    );
  });

  it('decodes what is shorter than expected without reading beyond it', () => {
    for (const option of [c.SO_LINGER, c.SO_RCVTIMEO, c.SO_RCVBUF, c.SO_PEERCRED!, c.SO_COOKIE!]) {
      const codec = optionCodec(SOL_SOCKET, option);
      for (let length = 0; length <= codec.length; length++) codec.decode(Buffer.alloc(length));
    }
  });
});
