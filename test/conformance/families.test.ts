/** The other families and protocols: ipv6(7), netlink(7), packet(7), raw(7), vsock(7), UDP-Lite, MPTCP, AF_ALG. */
import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import { makeSocketAddress, type Socket, SocketAddress } from 'uvsock';
import { expectReady } from '../support/sockets.ts';
import * as s from './support/sockets.ts';
import { c, can, ipv6, opens } from './support/system.ts';
import { conformance, type Need, outcome, outcomes, type Row } from './support/table.ts';

const LITTLE = endianness() === 'LE';
const LOOPBACK = 1;
const { AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK } = c;

/** Netlink messages are in host byte order. */
const words = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
const wordAt = (bytes: Buffer, at: number) => (LITTLE ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
const signedAt = (bytes: Buffer, at: number) => (LITTLE ? bytes.readInt32LE(at) : bytes.readInt32BE(at));
const halfAt = (bytes: Buffer, at: number) => (LITTLE ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
const type = (number: number, flags: number) => number | (flags << 16);
const onLittleEndian: Need = () =>
  LITTLE ? undefined : 'the row packs two halves into a little-endian word';

const route = () => s.open(AF_NETLINK, c.SOCK_RAW, c.NETLINK_ROUTE);
const SEQUENCE = 7;

/** struct nlmsghdr and a body; to the kernel. */
function ask(netlink: Socket, number: number, flags: number, body: Buffer): void {
  const header = words(16 + body.length, type(number, flags | c.NLM_F_REQUEST), SEQUENCE, 0);
  netlink.sendto(Buffer.concat([header, body]), makeSocketAddress(AF_NETLINK, 0));
}

/** The messages of one answer: their types, flags and sequence numbers. */
function answers(netlink: Socket): { type: number; flags: number; sequence: number; body: Buffer }[] {
  const buffer = Buffer.alloc(1 << 16);
  const length = netlink.recv(buffer) as number;
  const found = [];
  for (let at = 0; at < length; at += (wordAt(buffer, at) + 3) & ~3) {
    const [flags, sequence] = [halfAt(buffer, at + 6), wordAt(buffer, at + 8)];
    found.push({
      type: halfAt(buffer, at + 4),
      flags,
      sequence,
      body: buffer.subarray(at + 16, at + wordAt(buffer, at)),
    });
  }
  return found;
}

/** struct ifinfomsg of an interface; 0 is all. */
const interfaceInfo = (ifindex: number) => words(0, ifindex, 0, 0);
/** What an NLMSG_ERROR says. */
const errorOf = (netlink: Socket) => answers(netlink).map(({ body }) => signedAt(body, 0));

const dump = () => {
  const netlink = route();
  ask(netlink, c.RTM_GETLINK, c.NLM_F_DUMP, interfaceInfo(0));
  return netlink;
};

const dual = (only: boolean) => {
  const six = s.udp6();
  six.setsockopt(c.IPPROTO_IPV6, c.IPV6_V6ONLY, only);
  six.bind(AF_INET6, '::', 0);
  s.sendto(s.udp(), 'four', { address: '127.0.0.1', port: s.portOf(six) });
  return six;
};

const udplite = () => s.open(AF_INET, c.SOCK_DGRAM, c.IPPROTO_UDPLITE);
const hasUdplite = opens(AF_INET, c.SOCK_DGRAM, c.IPPROTO_UDPLITE);
const mptcp = () => s.open(AF_INET, c.SOCK_STREAM, c.IPPROTO_MPTCP);
const hasMptcp = opens(AF_INET, c.SOCK_STREAM, c.IPPROTO_MPTCP);

/** Whoever is in ping_group_range may open a ping socket, icmp(7). */
const mayPing = opens(AF_INET, c.SOCK_DGRAM, c.IPPROTO_ICMP);
const mayNotPing: Need = () => (mayPing() === undefined ? 'ping_group_range has our group' : undefined);
const RAW = can('CAP_NET_RAW');

/** An ICMP echo request, without its checksum. */
const echoRequest = Buffer.from([8, 0, 0, 0, 0x12, 0x34, 0, 1, ...Buffer.from('ping')]);
function withChecksum(icmp: Buffer): Buffer {
  const sum = icmp.reduce((total, byte, at) => total + (at % 2 ? byte : byte << 8), 0);
  const filled = Buffer.from(icmp);
  filled.writeUInt16BE(~((sum & 0xffff) + (sum >> 16)) & 0xffff, 2);
  return filled;
}

const packet = (style: number, protocol: number) => {
  const seen = s.open(AF_PACKET, style);
  seen.bind(makeSocketAddress(AF_PACKET, protocol, LOOPBACK));
  return seen;
};

/** A datagram on loopback, as packet sockets see it: the marks are told apart from other traffic. */
async function capture(style: number): Promise<{ data: Buffer; from: SocketAddress }> {
  const seen = packet(style, c.ETH_P_IP);
  const to = s.bound().getsockname();
  s.sendto(s.udp(), 'captured', to);
  const buffer = Buffer.alloc(2000);
  for (;;) {
    await expectReady(seen, 'readable');
    const received = seen.recvfrom(buffer);
    if (received === null) continue;
    const data = buffer.subarray(0, received.bytes);
    const port = data.readUInt16BE(data.length - 'captured'.length - 6);
    if (data.includes('captured') && port === to.port)
      return { data, from: received.address as SocketAddress };
  }
}

const vsock = () => s.open(AF_VSOCK, c.SOCK_STREAM);
const hasVsock = opens(AF_VSOCK, c.SOCK_STREAM);

/** struct sockaddr_alg. */
function algorithm(kind: string, name: string): SocketAddress {
  const bytes = Buffer.alloc(88);
  bytes.set(words(c.AF_ALG).subarray(0, 2));
  bytes.write(kind, 2);
  bytes.write(name, 24);
  return SocketAddress.fromBytes(bytes);
}

const rows: readonly Row[] = [
  [
    'a dual-stack socket sees an IPv4 sender as a mapped address',
    async () => {
      const six = dual(false);
      await expectReady(six, 'readable');
      return six.recvfrom(Buffer.alloc(8))?.address?.address;
    },
    '::ffff:127.0.0.1',
    ipv6,
  ],
  ['with IPV6_V6ONLY it sees nothing', () => s.read(dual(true)), 'would block', ipv6],
  [
    'a dual-stack listener sees an IPv4 client as a mapped address',
    async () => {
      const listener = s.tcp6();
      listener.listen();
      s.tcp().connect(AF_INET, '127.0.0.1', s.portOf(listener));
      return (await s.accepted(listener)).getpeername().address;
    },
    '::ffff:127.0.0.1',
    ipv6,
  ],
  [
    'an IPv6 socket answers a mapped address',
    async () => {
      const [six, four] = [s.udp6(), s.bound()];
      s.sendto(six, 'six', { address: '::ffff:127.0.0.1', port: s.portOf(four) });
      return s.readSoon(four);
    },
    'six',
    ipv6,
  ],
  [
    'an IPv6 socket takes an IPv4 address for sendto',
    async () => {
      const four = s.bound();
      s.sendto(s.udp6(), 'six', four.getsockname());
      return s.readSoon(four);
    },
    'six',
    ipv6,
  ],
  [
    'with IPV6_V6ONLY it does not',
    () => {
      const six = s.udp6();
      six.setsockopt(c.IPPROTO_IPV6, c.IPV6_V6ONLY, true);
      return s.sendto(six, 'six', s.bound().getsockname());
    },
    'ENETUNREACH',
    ipv6,
  ],
  [
    'TCP over IPv6',
    async () => {
      const [listener, client] = [s.listening(s.tcp6()), s.tcp6()];
      await s.connectedTo(client, listener.getsockname());
      s.send(client, 'six');
      return s.readSoon(await s.accepted(listener));
    },
    'six',
    ipv6,
  ],
  [
    'a scope id of a global address is dropped',
    () => {
      const six = s.udp6();
      six.bind(AF_INET6, '::1', 0, 0, LOOPBACK);
      return six.getsockname().scopeId;
    },
    0,
    ipv6,
  ],

  [
    'a route dump begins with links, of many parts, and echoes the sequence',
    () => {
      const [first] = answers(dump());
      return [first?.type, (first?.flags ?? 0) & c.NLM_F_MULTI, first?.sequence];
    },
    [c.RTM_NEWLINK, c.NLM_F_MULTI, SEQUENCE],
    onLittleEndian,
  ],
  [
    'a route dump ends with NLMSG_DONE',
    () => {
      const netlink = dump();
      for (;;) {
        const last = answers(netlink).at(-1);
        if (last?.type !== c.RTM_NEWLINK) return last?.type;
      }
    },
    c.NLMSG_DONE,
    onLittleEndian,
  ],
  ['the kernel is port 0', () => dump().recvfrom(Buffer.alloc(1 << 16))?.address?.pid, 0, onLittleEndian],
  [
    'a request for an interface that is missing',
    () => {
      const netlink = route();
      ask(netlink, c.RTM_GETLINK, 0, interfaceInfo(9999));
      return errorOf(netlink);
    },
    [-19],
    onLittleEndian,
  ],
  [
    'a request with NLM_F_ACK is acknowledged',
    () => {
      const netlink = route();
      ask(netlink, c.RTM_GETLINK, c.NLM_F_ACK, interfaceInfo(LOOPBACK));
      return [...answers(netlink), ...answers(netlink)].map((each) => each.type);
    },
    [c.RTM_NEWLINK, c.NLMSG_ERROR],
    onLittleEndian,
  ],
  [
    'a request of an unknown type',
    () => {
      const netlink = route();
      ask(netlink, 0x7ff0, c.NLM_F_ACK, words(0));
      return errorOf(netlink);
    },
    [-95],
    onLittleEndian,
  ],
  ['nothing is there before a request', () => s.read(route()), 'would block'],
  [
    'binding to port 0 gives one',
    () => {
      const netlink = route();
      netlink.bind(makeSocketAddress(AF_NETLINK, 0));
      return (netlink.getsockname().pid as number) > 0;
    },
    true,
  ],
  [
    'a port that is in use',
    () => {
      const [a, b] = [route(), route()];
      a.bind(makeSocketAddress(AF_NETLINK, 0));
      b.bind(a.getsockname());
    },
    'EADDRINUSE',
  ],
  [
    'a bound netlink socket keeps its port',
    () => {
      const [a, b] = [route(), route()];
      a.bind(makeSocketAddress(AF_NETLINK, 0));
      a.bind(makeSocketAddress(AF_NETLINK, (a.getsockname().pid as number) + 1));
      return b;
    },
    'EINVAL',
  ],
  ['a name of another family', () => route().bind(AF_INET, '127.0.0.1', 0), 'EINVAL'],
  [
    'a port that nobody has',
    () =>
      s.sendto(
        s.open(AF_NETLINK, c.SOCK_RAW, c.NETLINK_USERSOCK),
        'x',
        makeSocketAddress(AF_NETLINK, 0x7ffffff0),
      ),
    'ECONNREFUSED',
  ],
  [
    'a message between two sockets',
    () => {
      const [a, b] = [c.NETLINK_USERSOCK, c.NETLINK_USERSOCK].map((protocol) =>
        s.open(AF_NETLINK, c.SOCK_RAW, protocol),
      ) as [Socket, Socket];
      b.bind(makeSocketAddress(AF_NETLINK, 0));
      s.sendto(a, 'hello', b.getsockname());
      return s.read(b);
    },
    'hello',
  ],
  [
    'joining a group beyond those of the protocol',
    () => route().setsockopt(c.SOL_NETLINK, c.NETLINK_ADD_MEMBERSHIP, 9999),
    'EINVAL',
  ],
  [
    'joined groups are told by getsockname',
    () => {
      const netlink = route();
      netlink.setsockopt(c.SOL_NETLINK, c.NETLINK_ADD_MEMBERSHIP, c.RTNLGRP_LINK);
      return netlink.getsockname().groups;
    },
    c.RTMGRP_LINK,
  ],

  [
    'UDP-Lite carries a datagram',
    async () => {
      const [a, b] = [udplite(), s.bound(udplite())];
      s.sendto(a, 'lite', b.getsockname());
      return s.readSoon(b);
    },
    'lite',
    hasUdplite,
  ],
  [
    'UDP-Lite and UDP have ports of their own',
    () => udplite().bind(s.bound().getsockname()),
    'ok',
    hasUdplite,
  ],
  [
    'MPTCP listens, connects and carries data',
    async () => {
      const [listener, client] = [s.listening(mptcp()), mptcp()];
      await s.connectedTo(client, listener.getsockname());
      s.send(client, 'many');
      return s.readSoon(await s.accepted(listener));
    },
    'many',
    hasMptcp,
  ],
  [
    'TCP connects to an MPTCP listener',
    async () => {
      const [listener, client] = [s.listening(mptcp()), s.tcp()];
      await s.connectedTo(client, listener.getsockname());
      s.send(client, 'one');
      return s.readSoon(await s.accepted(listener));
    },
    'one',
    hasMptcp,
  ],
  ['MPTCP is not for datagrams', () => s.open(AF_INET, c.SOCK_DGRAM, c.IPPROTO_MPTCP), 'EPROTONOSUPPORT'],

  [
    'a raw ICMP socket receives the header, too, and the answer',
    async () => {
      const raw = s.open(AF_INET, c.SOCK_RAW, c.IPPROTO_ICMP);
      raw.setsockopt(c.SOL_RAW, c.ICMP_FILTER, ~1); // all but echo replies
      raw.sendto(withChecksum(echoRequest), { address: '127.0.0.1', port: 0 });
      await expectReady(raw, 'readable');
      const buffer = Buffer.alloc(100);
      const { bytes, address } = raw.recvfrom(buffer) as { bytes: number; address: SocketAddress };
      return [bytes, buffer[0], buffer[9], buffer[20], buffer.toString('latin1', 28, bytes), String(address)];
    },
    [32, 0x45, c.IPPROTO_ICMP, 0, 'ping', '127.0.0.1:0'],
    RAW,
  ],
  [
    'a raw socket is connected at once, and bound to an address',
    () => {
      const raw = s.open(AF_INET, c.SOCK_RAW, c.IPPROTO_ICMP);
      return outcomes(
        () => raw.bind(AF_INET, '127.0.0.1', 0),
        () => raw.connect(AF_INET, '127.0.0.1', 0),
      );
    },
    ['ok', true],
    RAW,
  ],
  [
    'IPPROTO_RAW cannot receive',
    () => s.read(s.open(AF_INET, c.SOCK_RAW, c.IPPROTO_RAW)),
    'would block',
    RAW,
  ],
  [
    'a raw UDP datagram from port 0 arrives',
    async () => {
      const to = s.bound();
      const raw = s.open(AF_INET, c.SOCK_RAW, c.IPPROTO_UDP);
      const udp = Buffer.from([0, 0, 0, 0, 0, 9, 0, 0, 33]);
      udp.writeUInt16BE(s.portOf(to), 2);
      raw.sendto(udp, { address: '127.0.0.1', port: 0 });
      await expectReady(to, 'readable');
      return [to.recvfrom(Buffer.alloc(8))].flatMap((received) => [received?.bytes, received?.address?.port]);
    },
    [1, 0],
    RAW,
  ],
  [
    'a raw datagram whose header is short',
    () => {
      const raw = s.open(AF_INET, c.SOCK_RAW, c.IPPROTO_RAW);
      return s.sendto(raw, 'short', { address: '127.0.0.1', port: 0 });
    },
    'EINVAL',
    RAW,
  ],
  [
    'a ping socket is answered on its own number',
    async () => {
      const ping = s.open(AF_INET, c.SOCK_DGRAM, c.IPPROTO_ICMP);
      ping.sendto(echoRequest, { address: '127.0.0.1', port: 0 });
      await expectReady(ping, 'readable');
      const buffer = Buffer.alloc(100);
      const n = ping.recv(buffer) as number;
      return [buffer[0], buffer.readUInt16BE(4) === s.portOf(ping), buffer.toString('latin1', 8, n)];
    },
    [0, true, 'ping'],
    mayPing,
  ],
  [
    'a ping socket is for the groups of ping_group_range',
    () => s.open(AF_INET, c.SOCK_DGRAM, c.IPPROTO_ICMP),
    'EACCES',
    mayNotPing,
  ],

  [
    'a packet socket sees the frame of a datagram',
    async () => {
      const { data, from } = await capture(c.SOCK_RAW);
      return [data.readUInt16BE(12), data.subarray(-8).toString(), from.protocol, from.ifindex];
    },
    [c.ETH_P_IP, 'captured', c.ETH_P_IP, LOOPBACK],
    RAW,
  ],
  [
    'of style SOCK_DGRAM it sees no link header',
    async () => {
      const { data, from } = await capture(c.SOCK_DGRAM);
      return [data[0], data.length, from.hwaddr?.length];
    },
    [0x45, 36, 6],
    RAW,
  ],
  [
    'an Ethernet frame on loopback is of hardware type 772',
    async () => (await capture(c.SOCK_DGRAM)).from.hatype,
    772,
    RAW,
  ],
  [
    'binding to an interface that is missing',
    () => s.open(AF_PACKET, c.SOCK_RAW).bind(makeSocketAddress(AF_PACKET, c.ETH_P_IP, 9999)),
    'ENODEV',
    RAW,
  ],
  ['sending without an interface', () => s.send(s.open(AF_PACKET, c.SOCK_RAW), 'x'), 'ENXIO', RAW],
  [
    'sending a frame that is shorter than its header',
    () => s.send(packet(c.SOCK_RAW, c.ETH_P_IP), 'x'),
    'EINVAL',
    RAW,
  ],
  ['a packet socket has no peer', () => s.open(AF_PACKET, c.SOCK_RAW).getpeername(), 'EOPNOTSUPP', RAW],
  [
    'a packet socket does not connect',
    () => packet(c.SOCK_RAW, c.ETH_P_IP).connect(makeSocketAddress(AF_PACKET, c.ETH_P_IP, LOOPBACK)),
    'EOPNOTSUPP',
    RAW,
  ],
  [
    'a packet socket tells where it is bound',
    () => {
      const { protocol, ifindex } = packet(c.SOCK_DGRAM, c.ETH_P_ARP).getsockname();
      return [protocol, ifindex];
    },
    [c.ETH_P_ARP, LOOPBACK],
    RAW,
  ],

  [
    'a vsock listener has a port of its own',
    () => {
      const listener = vsock();
      listener.bind(makeSocketAddress(AF_VSOCK, c.VMADDR_CID_ANY, c.VMADDR_PORT_ANY));
      listener.listen();
      const { cid, port } = listener.getsockname();
      return [cid, port !== c.VMADDR_PORT_ANY, outcome(() => listener.accept())];
    },
    [c.VMADDR_CID_ANY, true, 'would block'],
    hasVsock,
  ],
  [
    'a vsock port in use',
    () => {
      const [a, b] = [vsock(), vsock()];
      a.bind(makeSocketAddress(AF_VSOCK, c.VMADDR_CID_ANY, c.VMADDR_PORT_ANY));
      b.bind(a.getsockname());
    },
    'EADDRINUSE',
    hasVsock,
  ],
  [
    'a vsock address of another host',
    () => vsock().bind(makeSocketAddress(AF_VSOCK, 0x7fffffff, c.VMADDR_PORT_ANY)),
    'EADDRNOTAVAIL',
    hasVsock,
  ],
  ['a vsock name of another family', () => vsock().bind(AF_INET, '127.0.0.1', 0), 'EINVAL', hasVsock],
  [
    'a vsock that is not connected',
    () =>
      outcomes(
        () => s.read(vsock()),
        () => s.send(vsock(), 'x'),
        () => vsock().getpeername(),
      ),
    ['ENOTCONN', 'ENOTCONN', 'ENOTCONN'],
    hasVsock,
  ],
  [
    'a vsock has a buffer of 262144 bytes',
    () => vsock().getsockopt(AF_VSOCK as never, c.SO_VM_SOCKETS_BUFFER_SIZE),
    262_144n,
    hasVsock,
  ],
  [
    'a socket of AF_ALG is a hash',
    async () => {
      const hash = s.open(c.AF_ALG, c.SOCK_SEQPACKET);
      hash.bind(algorithm('hash', 'sha256'));
      const work = s.accept(hash)?.socket as Socket;
      s.send(work, 'hashed');
      const digest = Buffer.alloc(32);
      work.recv(digest);
      return digest.equals(createHash('sha256').update('hashed').digest());
    },
    true,
    opens(c.AF_ALG, c.SOCK_SEQPACKET),
  ],
  [
    'a raw CAN socket needs an interface of CAN',
    () => s.open(c.AF_CAN, c.SOCK_RAW, c.CAN_RAW).bind(makeSocketAddress(c.AF_CAN, LOOPBACK)),
    'ENODEV',
    opens(c.AF_CAN, c.SOCK_RAW, c.CAN_RAW),
  ],
];

conformance('other families', rows);
