/** What takes routes, a router and another host, ip(7), ipv6(7), udp(7), tcp(7), packet(7). See network.test.ts. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { type AddressLike, makeSocketAddress, ready, type Socket, type SocketAddress } from 'uvsock';
import { expectNoReady, expectReady } from '../support/sockets.ts';
import * as place from './support/places.ts';
import * as s from './support/sockets.ts';
import { c } from './support/system.ts';
import { outcome, outcomes, type Row } from './support/table.ts';

const { AF_INET, AF_INET6, ECHO, IPPROTO_IP, IPPROTO_IPV6, SOL_SOCKET } = { ...c, ...place };

const at = (address: string, port: number = ECHO): AddressLike => ({ address, port });
const set = (socket: Socket, level: number, option: number, value: unknown): Socket => {
  (socket.setsockopt as (level: number, option: number, value: unknown) => void).call(
    socket,
    level,
    option,
    value,
  );
  return socket;
};
const get = (socket: Socket, level: number, option: number) =>
  (socket.getsockopt as (level: number, option: number) => unknown).call(socket, level, option);

/** The address that the echo of a datagram came from. */
async function echoOf(socket: Socket, to: AddressLike): Promise<string | undefined> {
  s.sendto(socket, 'hello', to);
  await expectReady(socket, 'readable');
  return socket.recvfrom(Buffer.alloc(8))?.address?.address;
}

/** A datagram of a length, echoed in whole. */
async function echoOfLength(socket: Socket, length: number): Promise<number | null> {
  socket.send(Buffer.alloc(length));
  await expectReady(socket, 'readable');
  return s.countOf(socket, 1 << 16);
}

/** UDP with options, connected. */
function connectedUdp(
  to: AddressLike,
  ...options: [level: number, option: number, value: unknown][]
): Socket {
  const six = 'address' in to && String(to.address).includes(':');
  const socket = six ? s.udp6() : s.udp();
  for (const each of options) set(socket, ...each);
  socket.connect(to);
  return socket;
}

/** The error that datagrams come back with: several, since routers tell of few of them in a second. */
async function errorOf(socket: Socket): Promise<string> {
  for (let told = false; !told; ) {
    s.send(socket, 'x');
    told = await ready(socket, 'readable', { signal: AbortSignal.timeout(200) }).then(
      () => true,
      () => false,
    );
  }
  return s.pendingError(socket);
}

const RECVERR = [IPPROTO_IP, c.IP_RECVERR, true] as const;
const RECVERR6 = [IPPROTO_IPV6, c.IPV6_RECVERR, true] as const;
const DO = [IPPROTO_IP, c.IP_MTU_DISCOVER, c.IP_PMTUDISC_DO] as const;
const DO6 = [IPPROTO_IPV6, c.IPV6_MTU_DISCOVER, c.IPV6_PMTUDISC_DO] as const;

/** A datagram that the first wire takes and the second does not, on the way of which the path's MTU is learned. */
async function discovered(to: AddressLike, ...options: [number, number, unknown][]): Promise<Socket> {
  const socket = connectedUdp(to, ...options);
  const sent = socket.send(Buffer.alloc(1400));
  if (sent !== 1400) throw new Error('the first wire must take it');
  await expectReady(socket, 'readable');
  return socket;
}

const interfaceIndex = (wire: string) => Number(readFileSync(`/sys/class/net/${wire}/ifindex`, 'utf8'));
const linkLocal = (wire: string) =>
  networkInterfaces()[wire]?.find(({ address }) => address.startsWith('fe80'))?.address as string;

const ip = (...args: string[]) => execFileSync('ip', args);

/** With a pair of interfaces of our own; what is done to them harms no other row. */
async function withDummy<T>(run: () => T | Promise<T>): Promise<T> {
  ip('link', 'add', 'dummy', 'type', 'veth', 'peer', 'name', 'dummy-peer');
  try {
    return await run();
  } finally {
    ip('link', 'del', 'dummy');
  }
}

const membership = (wire: string) => ({ multiaddr: place.GROUP, ifindex: interfaceIndex(wire) });

export const rows: readonly Row[] = [
  ['TCP without a route', () => s.tcp().connect(at(place.NOWHERE)), 'ENETUNREACH'],
  ['TCP over IPv6 without a route', () => s.tcp6().connect(at(place.NOWHERE6)), 'ENETUNREACH'],
  ['connecting UDP without a route', () => s.udp().connect(at(place.NOWHERE)), 'ENETUNREACH'],
  ['sending UDP without a route', () => s.sendto(s.udp(), 'x', at(place.NOWHERE)), 'ENETUNREACH'],
  ['sending UDP over IPv6 without a route', () => s.sendto(s.udp6(), 'x', at(place.NOWHERE6)), 'ENETUNREACH'],
  ['a multicast group without a route', () => s.sendto(s.udp(), 'x', at(place.GROUP)), 'ENETUNREACH'],
  [
    'the broadcast address without a route',
    () => s.sendto(set(s.udp(), SOL_SOCKET, c.SO_BROADCAST, true), 'x', at('255.255.255.255')),
    'ENETUNREACH',
  ],
  ['a route that is unreachable', () => s.tcp().connect(at(place.UNREACHABLE_HERE)), 'EHOSTUNREACH'],
  ['a route that is prohibited', () => s.tcp().connect(at(place.PROHIBITED_HERE)), 'EACCES'],
  ['a route that is a black hole', () => s.tcp().connect(at(place.BLACKHOLE_HERE)), 'EINVAL'],
  ['a datagram on a prohibited route', () => s.sendto(s.udp(), 'x', at(place.PROHIBITED_HERE)), 'EACCES'],
  ['from loopback no other host is reached', () => s.bound(s.tcp()).connect(at(place.FAR_SIDE)), 'EINVAL'],

  [
    'TCP through the router',
    async () => {
      const client = s.tcp();
      await s.connectedTo(client, at(place.FAR));
      s.send(client, 'through');
      return [await s.readSoon(client), client.getsockname().address];
    },
    ['through', place.NEAR],
  ],
  [
    'TCP over IPv6 through the router',
    async () => {
      const client = s.tcp6();
      await s.connectedTo(client, at(place.FAR6));
      s.send(client, 'through');
      return s.readSoon(client);
    },
    'through',
  ],
  ['TCP to a host that refuses', () => s.connectedTo(s.tcp(), at(place.FAR, 9)), 'ECONNREFUSED'],
  [
    'TCP where the router has no route',
    () => s.connectedTo(s.tcp(), at(place.NO_ROUTE_THERE)),
    'ENETUNREACH',
  ],
  [
    'TCP where the router says that the host is unreachable',
    () => s.connectedTo(s.tcp(), at(place.UNREACHABLE_THERE)),
    'EHOSTUNREACH',
  ],
  [
    'TCP where the router prohibits',
    () => s.connectedTo(s.tcp(), at(place.PROHIBITED_THERE)),
    'EHOSTUNREACH',
  ],
  [
    'TCP where the router says nothing is in progress',
    async () => {
      const client = s.tcp();
      const connected = client.connect(at(place.BLACKHOLE_THERE));
      await expectNoReady(client, 'writable', 100);
      return connected;
    },
    false,
  ],
  [
    'until TCP_USER_TIMEOUT',
    () => s.connectedTo(set(s.tcp(), c.IPPROTO_TCP, c.TCP_USER_TIMEOUT, 100), at(place.BLACKHOLE_THERE)),
    'ETIMEDOUT',
  ],
  [
    'TCP to an address on the wire that nobody has',
    () => s.connectedTo(set(s.tcp(), c.IPPROTO_TCP, c.TCP_SYNCNT, 2), at('10.9.3.77')),
    'EHOSTUNREACH',
  ],
  [
    'TCP_INFO knows the way',
    async () => {
      const client = s.tcp();
      await s.connectedTo(client, at(place.FAR));
      return client.getsockopt(c.IPPROTO_TCP, c.TCP_INFO).state;
    },
    'ESTABLISHED',
  ],

  [
    'the source address is that of the way',
    () => [place.FAR, place.FAR_SIDE, '127.0.0.1'].map((to) => connectedUdp(at(to)).getsockname().address),
    [place.NEAR, place.SIDE, '127.0.0.1'],
  ],
  [
    'a datagram to any address stays on the host',
    () => connectedUdp(at('0.0.0.0')).getpeername().address,
    '127.0.0.1',
  ],
  ['UDP through the router', () => echoOf(s.udp(), at(place.FAR)), place.FAR],
  ['UDP over IPv6 through the router', () => echoOf(s.udp6(), at(place.FAR6)), place.FAR6],
  [
    'UDP to a port of the router that is closed',
    () => errorOf(connectedUdp(at(place.ROUTER, 9))),
    'ECONNREFUSED',
  ],
  [
    'UDP hears of a router without a route with IP_RECVERR',
    () => errorOf(connectedUdp(at(place.NO_ROUTE_THERE), [...RECVERR])),
    'ENETUNREACH',
  ],
  [
    'UDP hears of an unreachable host with IP_RECVERR',
    () => errorOf(connectedUdp(at(place.UNREACHABLE_THERE), [...RECVERR])),
    'EHOSTUNREACH',
  ],
  [
    'UDP whose IP_TTL ends at the router hears of it only with IP_RECVERR',
    async () => {
      const [without, socket] = [
        connectedUdp(at(place.FAR), [IPPROTO_IP, c.IP_TTL, 1]),
        connectedUdp(at(place.FAR), [IPPROTO_IP, c.IP_TTL, 1], [...RECVERR]),
      ];
      s.send(without, 'x');
      return [await errorOf(socket), s.pendingError(without)];
    },
    ['EHOSTUNREACH', 'no error'],
  ],
  [
    'UDP whose IPV6_UNICAST_HOPS end at the router hears with IPV6_RECVERR',
    () => errorOf(connectedUdp(at(place.FAR6), [...RECVERR6], [IPPROTO_IPV6, c.IPV6_UNICAST_HOPS, 1])),
    'EHOSTUNREACH',
  ],
  [
    'IP_TTL 2 passes one router',
    () => echoOf(set(s.udp(), IPPROTO_IP, c.IP_TTL, 2), at(place.FAR)),
    place.FAR,
  ],
  [
    'IP_MINTTL drops what came from farther',
    async () => {
      const near = set(s.udp(), IPPROTO_IP, c.IP_MINTTL, 64);
      return [await echoOf(near, at(place.FAR_SIDE)), get(near, IPPROTO_IP, c.IP_MINTTL)];
    },
    [place.FAR_SIDE, 64],
  ],

  [
    'IP_MTU of a way is that of its first wire',
    () => get(connectedUdp(at(place.FAR_SIDE)), IPPROTO_IP, c.IP_MTU),
    1500,
  ],
  [
    'a datagram larger than the wire goes in fragments',
    () => echoOfLength(connectedUdp(at(place.FAR_SIDE)), 4000),
    4000,
  ],
  [
    'with IP_PMTUDISC_DO it does not go',
    () => connectedUdp(at(place.FAR_SIDE), [...DO]).send(Buffer.alloc(1473)),
    'EMSGSIZE',
  ],
  ['the largest that goes', () => connectedUdp(at(place.FAR_SIDE), [...DO]).send(Buffer.alloc(1472)), 1472],
  [
    'with IP_PMTUDISC_DO over IPv6 it does not go',
    () => connectedUdp(at(place.FAR_SIDE6), [...DO6]).send(Buffer.alloc(1453)),
    'EMSGSIZE',
  ],
  [
    'with IPV6_DONTFRAG neither',
    () => connectedUdp(at(place.FAR_SIDE6), [IPPROTO_IPV6, c.IPV6_DONTFRAG, true]).send(Buffer.alloc(1453)),
    'EMSGSIZE',
  ],
  [
    'without, it goes in fragments over IPv6',
    () => echoOfLength(connectedUdp(at(place.FAR_SIDE6)), 4000),
    4000,
  ],
  [
    'the MTU of the path is learned from the router',
    async () => {
      const socket = await discovered(at(place.FAR), [...DO], [...RECVERR]);
      return outcomes(
        () => s.read(socket),
        () => get(socket, IPPROTO_IP, c.IP_MTU),
        () => socket.send(Buffer.alloc(1400)),
      );
    },
    ['EMSGSIZE', place.NARROW, 'EMSGSIZE'],
  ],
  [
    'the MTU of the path over IPv6 is, too',
    async () => {
      const socket = await discovered(at(place.FAR6), [...DO6], [...RECVERR6]);
      return outcomes(
        () => s.read(socket),
        () => get(socket, IPPROTO_IPV6, c.IPV6_MTU),
        () => socket.send(Buffer.alloc(1400)),
      );
    },
    ['EMSGSIZE', place.NARROW, 'EMSGSIZE'],
  ],
  [
    'IP_PMTUDISC_DONT lets the router make fragments',
    () =>
      echoOfLength(connectedUdp(at(place.FAR), [IPPROTO_IP, c.IP_MTU_DISCOVER, c.IP_PMTUDISC_DONT]), 1400),
    1400,
  ],
  [
    'IP_PMTUDISC_PROBE ignores what was learned, but not the wire',
    () => {
      const socket = connectedUdp(at(place.FAR), [IPPROTO_IP, c.IP_MTU_DISCOVER, c.IP_PMTUDISC_PROBE]);
      return outcomes(
        () => socket.send(Buffer.alloc(1472)),
        () => socket.send(Buffer.alloc(1473)),
      );
    },
    [1472, 'EMSGSIZE'],
  ],

  ['binding to a foreign address', () => s.udp().bind(AF_INET, place.NOWHERE, 0), 'EADDRNOTAVAIL'],
  [
    'with IP_FREEBIND',
    () => set(s.udp(), IPPROTO_IP, c.IP_FREEBIND, true).bind(AF_INET, place.NOWHERE, 0),
    'ok',
  ],
  [
    'with IP_TRANSPARENT',
    () => set(s.udp(), IPPROTO_IP, c.IP_TRANSPARENT, true).bind(AF_INET, place.NOWHERE, 0),
    'ok',
  ],
  [
    'with IPV6_FREEBIND',
    () => set(s.udp6(), IPPROTO_IPV6, c.IPV6_FREEBIND, true).bind(AF_INET6, place.NOWHERE6, 0),
    'ok',
  ],
  [
    'broadcasting to a wire only with SO_BROADCAST',
    async () => {
      const socket = s.udp();
      const before = outcome(() => s.sendto(socket, 'x', at(place.BROADCAST)));
      set(socket, SOL_SOCKET, c.SO_BROADCAST, true);
      return [before, await echoOf(socket, at(place.BROADCAST))];
    },
    ['EACCES', place.FAR_SIDE],
  ],
  ['binding to the broadcast address of a wire', () => s.udp().bind(AF_INET, place.BROADCAST, 0), 'ok'],
  ['TCP to the broadcast address of a wire', () => s.tcp().connect(at(place.BROADCAST)), 'ENETUNREACH'],
  [
    'SO_DONTROUTE goes to neighbours only',
    () => {
      const socket = set(s.udp(), SOL_SOCKET, c.SO_DONTROUTE, true);
      return outcomes(
        () => s.sendto(socket, 'x', at(place.FAR)),
        () => s.sendto(socket, 'x', at(place.FAR_SIDE)),
      );
    },
    ['ENETUNREACH', 1],
  ],
  [
    'so does MSG_DONTROUTE',
    () =>
      outcomes(
        () => s.sendto(s.udp(), 'x', at(place.FAR), c.MSG_DONTROUTE),
        () => s.sendto(s.udp(), 'x', at(place.FAR_SIDE), c.MSG_DONTROUTE),
      ),
    ['ENETUNREACH', 1],
  ],

  [
    'SO_BINDTODEVICE uses the routes of the device only',
    () => s.sendto(set(s.udp(), SOL_SOCKET, c.SO_BINDTODEVICE, 'side'), 'x', at('127.0.0.1')),
    1,
  ],
  [
    'SO_BINDTODEVICE receives of the device only',
    async () => {
      const bound = set(s.udp(), SOL_SOCKET, c.SO_BINDTODEVICE, 'near');
      bound.bind(AF_INET, '0.0.0.0', 0);
      s.sendto(s.udp(), 'x', { address: '127.0.0.1', port: s.portOf(bound) });
      await expectNoReady(bound, 'readable');
      return s.read(bound);
    },
    'would block',
  ],
  [
    'two sockets bound to two devices share a port',
    () => {
      const one = set(s.udp(), SOL_SOCKET, c.SO_BINDTODEVICE, 'near');
      one.bind(AF_INET, '0.0.0.0', 0);
      set(s.udp(), SOL_SOCKET, c.SO_BINDTODEVICE, 'side').bind(one.getsockname());
    },
    'ok',
  ],
  [
    'IP_UNICAST_IF reads back as the index in network order',
    () => {
      const index = Buffer.alloc(4);
      index.writeUInt32BE(interfaceIndex('side'));
      return set(s.udp(), IPPROTO_IP, c.IP_UNICAST_IF, index)
        .getsockopt(IPPROTO_IP, c.IP_UNICAST_IF, 4)
        .equals(index);
    },
    true,
  ],

  ['a link-local address without a scope', () => s.udp6().connect(AF_INET6, 'fe80::1', ECHO), 'EINVAL'],
  [
    'binding to a link-local address without a scope',
    () => s.udp6().bind(AF_INET6, linkLocal('side'), 0),
    'EINVAL',
  ],
  [
    'binding to one with its scope',
    () => {
      const socket = s.udp6();
      socket.bind(AF_INET6, linkLocal('side'), 0, 0, interfaceIndex('side'));
      return socket.getsockname().scopeId === interfaceIndex('side');
    },
    true,
  ],
  [
    'binding to one with the scope of another wire',
    () => s.udp6().bind(AF_INET6, linkLocal('side'), 0, 0, interfaceIndex('near')),
    'EADDRNOTAVAIL',
  ],
  [
    'the echo of all nodes on a wire comes from a link-local address with the scope',
    async () => {
      const socket = s.udp6();
      socket.bind(AF_INET6, linkLocal('side'), 0, 0, interfaceIndex('side'));
      set(socket, IPPROTO_IPV6, c.IPV6_MULTICAST_LOOP, false);
      socket.sendto(Buffer.from('x'), AF_INET6, 'ff02::1', ECHO, 0, interfaceIndex('side'));
      await expectReady(socket, 'readable');
      const from = socket.recvfrom(Buffer.alloc(8))?.address;
      return [from?.address?.startsWith('fe80::'), from?.scopeId === interfaceIndex('side')];
    },
    [true, true],
  ],

  [
    'multicast goes out by IP_MULTICAST_IF',
    () => echoOf(set(s.udp(), IPPROTO_IP, c.IP_MULTICAST_IF, place.SIDE), at(place.GROUP)),
    place.FAR_SIDE,
  ],
  [
    'multicast goes out by the index of IP_MULTICAST_IF',
    () => echoOf(set(s.udp(), IPPROTO_IP, c.IP_MULTICAST_IF, interfaceIndex('side')), at(place.GROUP)),
    place.FAR_SIDE,
  ],
  [
    'multicast by another wire is not heard',
    async () => {
      const socket = set(s.udp(), IPPROTO_IP, c.IP_MULTICAST_IF, place.NEAR);
      s.sendto(socket, 'x', at(place.GROUP));
      await expectNoReady(socket, 'readable', 50);
      return s.read(socket);
    },
    'would block',
  ],
  [
    'multicast with IP_MULTICAST_TTL 0 stays on the host',
    async () => {
      const socket = set(
        set(s.udp(), IPPROTO_IP, c.IP_MULTICAST_IF, place.SIDE),
        IPPROTO_IP,
        c.IP_MULTICAST_TTL,
        0,
      );
      // Where no socket of the host is a member, Linux does not look at it.
      set(s.udp(), IPPROTO_IP, c.IP_ADD_MEMBERSHIP, membership('side'));
      s.sendto(socket, 'x', at(place.GROUP));
      await expectNoReady(socket, 'readable', 50);
      return s.read(socket);
    },
    'would block',
  ],
  [
    'IPv6 multicast goes out by IPV6_MULTICAST_IF',
    () => echoOf(set(s.udp6(), IPPROTO_IPV6, c.IPV6_MULTICAST_IF, interfaceIndex('side')), at(place.GROUP6)),
    place.FAR_SIDE6,
  ],
  [
    'a member hears its own host, with IP_MULTICAST_LOOP',
    async () => {
      const member = s.udp();
      member.bind(AF_INET, '0.0.0.0', 0);
      set(member, IPPROTO_IP, c.IP_ADD_MEMBERSHIP, membership('near'));
      s.sendto(
        set(s.udp(), IPPROTO_IP, c.IP_MULTICAST_IF, place.NEAR),
        'own',
        at(place.GROUP, s.portOf(member)),
      );
      return s.readSoon(member);
    },
    'own',
  ],
  [
    'and not without',
    async () => {
      const member = s.udp();
      member.bind(AF_INET, '0.0.0.0', 0);
      set(member, IPPROTO_IP, c.IP_ADD_MEMBERSHIP, membership('near'));
      const sender = set(
        set(s.udp(), IPPROTO_IP, c.IP_MULTICAST_IF, place.NEAR),
        IPPROTO_IP,
        c.IP_MULTICAST_LOOP,
        false,
      );
      s.sendto(sender, 'own', at(place.GROUP, s.portOf(member)));
      await expectNoReady(member, 'readable', 50);
    },
    'ok',
  ],
  [
    'a group is joined once at each wire',
    () => {
      const member = s.udp();
      const join = (wire: string) => () =>
        void set(member, IPPROTO_IP, c.IP_ADD_MEMBERSHIP, membership(wire));
      return outcomes(join('near'), join('side'), join('near'));
    },
    ['ok', 'ok', 'EADDRINUSE'],
  ],
  [
    'without IP_MULTICAST_ALL only members hear',
    async () => {
      const [member, other] = [
        s.udp(),
        set(set(s.udp(), SOL_SOCKET, c.SO_REUSEADDR, true), IPPROTO_IP, c.IP_MULTICAST_ALL, false),
      ];
      set(member, SOL_SOCKET, c.SO_REUSEADDR, true).bind(AF_INET, '0.0.0.0', 0);
      other.bind(member.getsockname());
      set(member, IPPROTO_IP, c.IP_ADD_MEMBERSHIP, membership('near'));
      s.sendto(
        set(s.udp(), IPPROTO_IP, c.IP_MULTICAST_IF, place.NEAR),
        'own',
        at(place.GROUP, s.portOf(member)),
      );
      return [await s.readSoon(member), s.read(other)];
    },
    ['own', null],
  ],

  [
    'a ping socket is answered, on its own number',
    async () => {
      const ping = s.open(AF_INET, c.SOCK_DGRAM, c.IPPROTO_ICMP);
      ping.sendto(Buffer.from([8, 0, 0, 0, 0, 0, 0, 1, 33]), { address: place.ROUTER, port: 0 });
      await expectReady(ping, 'readable');
      const buffer = Buffer.alloc(16);
      const { bytes, address } = ping.recvfrom(buffer) as { bytes: number; address: SocketAddress };
      return [bytes, buffer[0], buffer.readUInt16BE(4) === s.portOf(ping), address.address];
    },
    [9, 0, true, place.ROUTER],
  ],
  ['port 80 with ip_unprivileged_port_start or privilege', () => s.tcp().bind(AF_INET, place.NEAR, 80), 'ok'],

  [
    'a packet socket on an interface that is down',
    () =>
      withDummy(() => {
        const packet = s.open(c.AF_PACKET, c.SOCK_DGRAM);
        packet.bind(makeSocketAddress(c.AF_PACKET, c.ETH_P_IP, interfaceIndex('dummy')));
        return outcomes(
          () => s.pendingError(packet),
          () => s.sendto(packet, 'x', makeSocketAddress(c.AF_PACKET, c.ETH_P_IP, interfaceIndex('dummy'))),
        );
      }),
    ['ENETDOWN', 'ENETDOWN'],
  ],
  [
    'the route to a wire goes with it',
    () =>
      withDummy(() => {
        ip('address', 'add', '10.7.7.1/24', 'dev', 'dummy');
        ip('link', 'set', 'dummy', 'up');
        ip('link', 'set', 'dummy-peer', 'up');
        const up = outcome(() => s.sendto(s.udp(), 'x', at('10.7.7.2')));
        ip('link', 'set', 'dummy', 'down');
        return [up, outcome(() => s.sendto(s.udp(), 'x', at('10.7.7.2')))];
      }),
    [1, 'ENETUNREACH'],
  ],
  [
    'netlink tells members of a new link',
    async () => {
      const netlink = s.open(c.AF_NETLINK, c.SOCK_RAW, c.NETLINK_ROUTE);
      netlink.bind(makeSocketAddress(c.AF_NETLINK, 0, c.RTMGRP_LINK));
      await withDummy(() => {});
      await expectReady(netlink, 'readable');
      const buffer = Buffer.alloc(1 << 13);
      netlink.recv(buffer);
      return new Uint16Array(buffer.buffer, buffer.byteOffset + 4, 1)[0];
    },
    c.RTM_NEWLINK,
  ],
  [
    'a packet socket sees what leaves, and to whom',
    async () => {
      const packet = s.open(c.AF_PACKET, c.SOCK_DGRAM);
      packet.bind(makeSocketAddress(c.AF_PACKET, c.ETH_P_ALL, interfaceIndex('side')));
      s.sendto(s.udp(), 'seen', at(place.FAR_SIDE, 9));
      const buffer = Buffer.alloc(2000);
      for (;;) {
        await expectReady(packet, 'readable');
        const received = packet.recvfrom(buffer);
        if (received === null || !buffer.subarray(0, received.bytes).includes('seen')) continue;
        return [received.address?.pkttype, received.address?.protocol, received.address?.hatype];
      }
    },
    [c.PACKET_OUTGOING, c.ETH_P_IP, 1],
  ],
];
