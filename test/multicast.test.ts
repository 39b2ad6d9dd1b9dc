import { expect } from 'chai';
import { makeSocketAddress, type Socket, socket } from 'uvsock';
import * as c from 'uvsock/constants';
import { inNamespace } from './support/probes.ts';
import { closed, codeOf } from './support/sockets.ts';

const { IPPROTO_IP, IPPROTO_IPV6 } = c;

/** The interface index of loopback on every Linux. */
const LOOPBACK = 1;
const GROUP = '239.7.7.7';
/** Of the range of source-specific groups (RFC 4607). */
const SOURCE_GROUP = '232.7.7.7';

const udp = (family: c.Family<'inet'> | c.Family<'inet6'> = c.AF_INET) =>
  closed([socket(family, c.SOCK_DGRAM)])[0];

/** Bound to the group, so that it receives nothing else; not yet a member. */
function receiver(group: string): Socket {
  const s = udp();
  s.setsockopt(IPPROTO_IP, c.IP_MULTICAST_ALL!, false);
  s.bind(c.AF_INET, group, 0);
  return s;
}

/** Sends to a group through loopback, from an address of it. */
function sender(from = '127.0.0.1'): Socket {
  const s = udp();
  s.setsockopt(IPPROTO_IP, c.IP_MULTICAST_IF, LOOPBACK);
  s.bind(c.AF_INET, from, 0);
  return s;
}

/** On loopback a datagram has arrived when sendto returns, or never will. */
function arrives(from: Socket, to: Socket): boolean {
  from.sendto(Buffer.from('x'), to.getsockname());
  return to.recv(Buffer.alloc(4)) !== null;
}

type Options = Record<string, number>;
const numbers = c.constants as Options;
const set = (s: Socket, option: string, value: unknown, level: number = IPPROTO_IP) =>
  (s.setsockopt as (...args: unknown[]) => void).call(s, level, numbers[option], value);

describe('multicast', () => {
  const memberships: [string, string, string, unknown][] = [
    ['address', 'IP_ADD', 'IP_DROP', { multiaddr: GROUP, interface: '127.0.0.1' }],
    ['index', 'IP_ADD', 'IP_DROP', { multiaddr: GROUP, ifindex: LOOPBACK }],
    ["Guile's pair with an address", 'IP_ADD', 'IP_DROP', [GROUP, '127.0.0.1']],
    ["Guile's pair with an index", 'IP_ADD', 'IP_DROP', [0xef070707, LOOPBACK]],
  ];
  for (const [by, add, drop, value] of memberships) {
    it(`reaches who has joined the group by ${by}, and not who has left`, () => {
      const [from, to] = [sender(), receiver(GROUP)];
      expect(arrives(from, to), 'before').to.equal(false);
      set(to, `${add}_MEMBERSHIP`, value);
      expect(codeOf(() => set(to, `${add}_MEMBERSHIP`, value))).to.equal('EADDRINUSE');
      expect(arrives(from, to), 'joined').to.equal(true);
      set(to, `${drop}_MEMBERSHIP`, value);
      expect(codeOf(() => set(to, `${drop}_MEMBERSHIP`, value))).to.equal('EADDRNOTAVAIL');
      expect(arrives(from, to), 'left').to.equal(false);
    });
  }

  it('reaches who has joined with RFC 3678, by text, integer or address', () => {
    for (const group of [GROUP, 0xef070707, makeSocketAddress(c.AF_INET, GROUP, 0)]) {
      const [from, to] = [sender(), receiver(GROUP)];
      to.setsockopt(IPPROTO_IP, c.MCAST_JOIN_GROUP!, { group, ifindex: LOOPBACK });
      expect(arrives(from, to), 'joined').to.equal(true);
      to.setsockopt(IPPROTO_IP, c.MCAST_LEAVE_GROUP!, { group, ifindex: LOOPBACK });
      expect(arrives(from, to), 'left').to.equal(false);
    }
  });

  const bySource: [string, string, string, object, object][] = [
    [
      'IP_ADD_SOURCE_MEMBERSHIP',
      'IP_ADD_SOURCE_MEMBERSHIP',
      'IP_DROP_SOURCE_MEMBERSHIP',
      { multiaddr: SOURCE_GROUP, interface: '127.0.0.1', sourceaddr: '127.0.0.1' },
      { multiaddr: SOURCE_GROUP, interface: '127.0.0.1', sourceaddr: '127.0.0.2' },
    ],
    [
      'MCAST_JOIN_SOURCE_GROUP',
      'MCAST_JOIN_SOURCE_GROUP',
      'MCAST_LEAVE_SOURCE_GROUP',
      { group: SOURCE_GROUP, ifindex: LOOPBACK, source: '127.0.0.1' },
      { group: SOURCE_GROUP, ifindex: LOOPBACK, source: '127.0.0.2' },
    ],
  ];
  for (const [name, join, leave, first, second] of bySource) {
    it(`reaches who has joined the sender with ${name}`, () => {
      const [from, other, to] = [sender(), sender('127.0.0.2'), receiver(SOURCE_GROUP)];
      set(to, join, first);
      expect([arrives(from, to), arrives(other, to)]).to.deep.equal([true, false]);
      set(to, join, second);
      expect([arrives(from, to), arrives(other, to)]).to.deep.equal([true, true]);
      set(to, leave, first);
      expect([arrives(from, to), arrives(other, to)]).to.deep.equal([false, true]);
    });
  }

  const blocking: [string, string, object][] = [
    [
      'IP_BLOCK_SOURCE',
      'IP_UNBLOCK_SOURCE',
      { multiaddr: GROUP, interface: '127.0.0.1', sourceaddr: '127.0.0.2' },
    ],
    ['MCAST_BLOCK_SOURCE', 'MCAST_UNBLOCK_SOURCE', { group: GROUP, ifindex: LOOPBACK, source: '127.0.0.2' }],
  ];
  for (const [block, unblock, value] of blocking) {
    it(`does not reach who has blocked the sender with ${block}`, () => {
      const [from, blocked, to] = [sender(), sender('127.0.0.2'), receiver(GROUP)];
      set(to, 'MCAST_JOIN_GROUP', { group: GROUP, ifindex: LOOPBACK });
      set(to, block, value);
      expect([arrives(from, to), arrives(blocked, to)]).to.deep.equal([true, false]);
      set(to, unblock, value);
      expect([arrives(from, to), arrives(blocked, to)]).to.deep.equal([true, true]);
    });
  }

  it('sets and reads a whole filter of senders with IP_MSFILTER', () => {
    const [from, other, to] = [sender(), sender('127.0.0.2'), receiver(GROUP)];
    const key = { multiaddr: GROUP, interface: '127.0.0.1' };
    to.setsockopt(IPPROTO_IP, c.IP_ADD_MEMBERSHIP, key);
    to.setsockopt(IPPROTO_IP, c.IP_MSFILTER!, { ...key, mode: c.MCAST_INCLUDE!, sources: ['127.0.0.2'] });
    expect([arrives(from, to), arrives(other, to)]).to.deep.equal([false, true]);
    expect(to.getsockopt(IPPROTO_IP, c.IP_MSFILTER!, key)).to.deep.equal({
      ...key,
      mode: c.MCAST_INCLUDE,
      sources: ['127.0.0.2'],
    });
  });

  it('sets and reads a whole filter of senders with MCAST_MSFILTER', () => {
    const [from, other, to] = [sender(), sender('127.0.0.2'), receiver(GROUP)];
    const key = { group: GROUP, ifindex: LOOPBACK };
    const sources = ['127.0.0.2', '127.0.0.3'];
    to.setsockopt(IPPROTO_IP, c.MCAST_JOIN_GROUP!, key);
    to.setsockopt(IPPROTO_IP, c.MCAST_MSFILTER!, { ...key, mode: c.MCAST_EXCLUDE!, sources });
    expect([arrives(from, to), arrives(other, to)]).to.deep.equal([true, false]);
    expect(to.getsockopt(IPPROTO_IP, c.MCAST_MSFILTER!, key)).to.deep.equal({
      ...key,
      mode: c.MCAST_EXCLUDE,
      sources,
    });
  });

  it('says of a filter of a group that is not joined that it has none', () => {
    const key = { multiaddr: GROUP, interface: '127.0.0.1' };
    expect(codeOf(() => udp().getsockopt(IPPROTO_IP, c.IP_MSFILTER!, key))).to.equal('EADDRNOTAVAIL');
  });

  it('reaches every socket of the group, unless it asks for its own groups only', () => {
    const [from, member, other] = [sender(), udp(), udp()];
    for (const each of [member, other]) {
      each.setsockopt(c.SOL_SOCKET, c.SO_REUSEADDR, true);
      each.bind(c.AF_INET, GROUP, each === member ? 0 : (member.getsockname().port as number));
    }
    member.setsockopt(IPPROTO_IP, c.IP_ADD_MEMBERSHIP, [GROUP, LOOPBACK]);
    expect([arrives(from, member), other.recv(Buffer.alloc(4))], 'IP_MULTICAST_ALL').to.deep.equal([true, 1]);
    other.setsockopt(IPPROTO_IP, c.IP_MULTICAST_ALL!, false);
    expect([arrives(from, member), other.recv(Buffer.alloc(4))]).to.deep.equal([true, null]);
  });

  it('is sent with the TTL that is set', () => {
    const [from, to] = [sender(), receiver(GROUP)];
    to.setsockopt(IPPROTO_IP, c.IP_ADD_MEMBERSHIP, [GROUP, LOOPBACK]);
    to.setsockopt(IPPROTO_IP, c.IP_MINTTL!, 5);
    const raw = (ttl: number) => {
      from.setsockopt(IPPROTO_IP, c.IP_MULTICAST_TTL, ttl);
      return from.getsockopt(IPPROTO_IP, c.IP_MULTICAST_TTL);
    };
    expect(raw(0), 'the sender alone').to.equal(0);
    expect(raw(255)).to.equal(255);
    expect(arrives(from, to)).to.equal(true);
    expect(codeOf(() => raw(256))).to.equal('EINVAL');
  });

  it('is of both versions of IP, comes back to the sender if it wants it, and obeys source filters (IPv6)', async function () {
    // Loopback has no IPv6 multicast; a pair of virtual interfaces has.
    const setup = `ip link set lo up
      ip link add left type veth peer name right
      ip link set left up
      ip link set right up
      ip -6 address add fd00::1/64 dev left nodad
      ip -6 address add fd00::2/64 dev right nodad`;
    const seen = await inNamespace(
      this,
      setup,
      `
      const [ifa, ifb] = ['left', 'right'].map((name) => SocketAddress.parse('[fe80::1%' + name + ']:1').scopeId);
      const receiver = () => {
        const s = socket(c.AF_INET6, c.SOCK_DGRAM);
        s.setsockopt(c.IPPROTO_IPV6, c.IPV6_MULTICAST_ALL, false);
        s.bind(c.AF_INET6, '::', 0);
        return s;
      };
      const from = socket(c.AF_INET6, c.SOCK_DGRAM);
      from.bind(c.AF_INET6, 'fd00::1', 0);
      from.setsockopt(c.IPPROTO_IPV6, c.IPV6_MULTICAST_IF, ifa);
      from.setsockopt(c.IPPROTO_IPV6, c.IPV6_MULTICAST_HOPS, 1);
      // Who waits also for a marker sees what else has come before it.
      const arrives = async (group, to) => {
        const { port } = to.getsockname();
        from.sendto(Buffer.from('x'), c.AF_INET6, group, port);
        const marker = socket(c.AF_INET6, c.SOCK_DGRAM);
        marker.sendto(Buffer.from('marker'), c.AF_INET6, '::1', port);
        marker.close();
        let count = 0;
        const buffer = Buffer.alloc(8);
        for (;;) {
          const n = to.recv(buffer);
          if (n === null) await ready(to, 'readable');
          else if (n === 1) count++;
          else return count;
        }
      };
      const seen = {};
      const far = receiver();
      seen.before = await arrives('ff15::7', far);
      far.setsockopt(c.IPPROTO_IPV6, c.IPV6_JOIN_GROUP, { multiaddr: 'ff15::7', ifindex: ifb });
      seen.joined = await arrives('ff15::7', far);
      far.setsockopt(c.IPPROTO_IPV6, c.IPV6_LEAVE_GROUP, { multiaddr: 'ff15::7', ifindex: ifb });
      seen.left = await arrives('ff15::7', far);
      far.setsockopt(c.IPPROTO_IPV6, c.MCAST_JOIN_GROUP, { group: 'ff15::7', ifindex: ifb });
      seen.joinedByGroup = await arrives('ff15::7', far);
      far.setsockopt(c.IPPROTO_IPV6, c.MCAST_BLOCK_SOURCE, { group: 'ff15::7', ifindex: ifb, source: 'fd00::1' });
      seen.blocked = await arrives('ff15::7', far);
      far.setsockopt(c.IPPROTO_IPV6, c.MCAST_UNBLOCK_SOURCE, { group: 'ff15::7', ifindex: ifb, source: 'fd00::1' });
      seen.unblocked = await arrives('ff15::7', far);
      far.setsockopt(c.IPPROTO_IPV6, c.MCAST_JOIN_SOURCE_GROUP, { group: 'ff35::8', ifindex: ifb, source: 'fd00::9' });
      seen.otherSource = await arrives('ff35::8', far);
      far.setsockopt(c.IPPROTO_IPV6, c.MCAST_JOIN_SOURCE_GROUP, { group: 'ff35::8', ifindex: ifb, source: 'fd00::1' });
      seen.source = await arrives('ff35::8', far);
      const key = { group: 'ff35::8', ifindex: ifb };
      seen.filter = far.getsockopt(c.IPPROTO_IPV6, c.MCAST_MSFILTER, key).sources;
      far.setsockopt(c.IPPROTO_IPV6, c.MCAST_MSFILTER, { ...key, mode: c.MCAST_INCLUDE, sources: ['fd00::9'] });
      seen.filtered = await arrives('ff35::8', far);
      const near = receiver();
      near.setsockopt(c.IPPROTO_IPV6, c.IPV6_JOIN_GROUP, { multiaddr: 'ff15::9', ifindex: ifa });
      seen.loop = await arrives('ff15::9', near);
      from.setsockopt(c.IPPROTO_IPV6, c.IPV6_MULTICAST_LOOP, false);
      seen.noLoop = await arrives('ff15::9', near);
      const acceptsAll = receiver();
      acceptsAll.setsockopt(c.IPPROTO_IPV6, c.IPV6_MULTICAST_ALL, true);
      far.setsockopt(c.IPPROTO_IPV6, c.IPV6_JOIN_GROUP, { multiaddr: 'ff15::a', ifindex: ifb });
      seen.all = await arrives('ff15::a', acceptsAll);
      console.log(JSON.stringify(seen));
      for (const each of [from, far, near, acceptsAll]) each.close();`,
    );
    expect(seen).to.deep.equal({
      before: 0,
      joined: 1,
      left: 0,
      joinedByGroup: 1,
      blocked: 0,
      unblocked: 1,
      otherSource: 0,
      source: 1,
      filter: ['fd00::9', 'fd00::1'],
      filtered: 0,
      loop: 1,
      noLoop: 0,
      all: 1,
    });
  });

  it('refuses a group of the other version of IP', () => {
    const value = { group: 'ff15::7', ifindex: LOOPBACK };
    expect(codeOf(() => udp().setsockopt(IPPROTO_IP, c.MCAST_JOIN_GROUP!, value))).to.equal('EINVAL');
    expect(
      codeOf(() => udp(c.AF_INET6).setsockopt(IPPROTO_IPV6, c.MCAST_JOIN_GROUP!, { group: GROUP })),
    ).to.equal('EADDRNOTAVAIL');
  });
});
