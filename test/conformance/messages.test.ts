/** sendmsg(2), recvmsg(2), cmsg(3), and the control messages of unix(7), ip(7), ipv6(7), udp(7), socket(7), packet(7). */
import { readFileSync, readlinkSync } from 'node:fs';
import {
  type ControlMessage,
  makeSocketAddress,
  type ReceivedFd,
  type ReceivedMessage,
  type Socket,
} from 'uvsock';
import { closed, expectReady } from '../support/sockets.ts';
import * as s from './support/sockets.ts';
import { c, can, hasConstants, ipv6 } from './support/system.ts';
import { all, conformance, kernel, outcomeOf, outcomes, type Row } from './support/table.ts';

const { IPPROTO_IP, IPPROTO_IPV6, IPPROTO_UDP, SOCK_DGRAM, SOL_SOCKET } = c;
const LOOPBACK = 1;
const bytes = (text: string) => Buffer.from(text);
const parts = (count: number) => Array.from({ length: count }, () => Buffer.alloc(1));

/** The flags that the kernel tells, without the one that the library always asks for. */
const flagsOf = (message: ReceivedMessage | null) => (message?.flags ?? 0) & ~c.MSG_CMSG_CLOEXEC;

/** The next message; received descriptors are closed after the row. */
async function next(socket: Socket, control?: number, flags = 0, length = 1 << 16): Promise<ReceivedMessage> {
  await expectReady(socket, 'readable');
  const message = socket.recvmsg(
    Buffer.alloc(length),
    control === undefined ? { flags } : { flags, control },
  );
  closed(descriptorsOf(message));
  return message as ReceivedMessage;
}

const descriptorsOf = (message: ReceivedMessage | null): ReceivedFd[] =>
  message?.find(SOL_SOCKET, c.SCM_RIGHTS) ?? [];

/** Bound UDP with options on, to be sent to. */
function receiver(...options: [level: number, option: number][]): Socket {
  const socket = s.bound();
  for (const [level, option] of options) socket.setsockopt(level, option as never, 1);
  return socket;
}

function receiver6(option: number): Socket {
  const socket = s.bound(s.udp6());
  socket.setsockopt(IPPROTO_IPV6 as number, option as never, 1);
  return socket;
}

/** What `to` receives of a message that is sent with control messages. */
function received(to: Socket, ...control: ControlMessage[]): Promise<ReceivedMessage> {
  const from = to.family === c.AF_INET6 ? s.udp6() : s.udp();
  from.sendmsg({ data: bytes('x'), address: to.getsockname(), control });
  return next(to);
}

const rights = (...data: (Socket | ReceivedFd | number)[]): ControlMessage => ({
  level: SOL_SOCKET,
  type: c.SCM_RIGHTS,
  data,
});

/** Passes descriptors over a pair. */
function passed(style: number, control: ControlMessage[], room?: number): Promise<ReceivedMessage> {
  const [a, b] = s.pair(style);
  a.sendmsg({ data: bytes('x'), control });
  return next(b, room);
}

const own = () => ({ pid: process.pid, uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 });

const closeOnExec = ({ fd }: ReceivedFd) =>
  /^flags:\s+0?2\d{6}/m.test(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'));

/** Sends so many bytes in segments of 1000; what a receiver with or without UDP_GRO gets. */
async function segments(length: number, gro: boolean): Promise<unknown[]> {
  const to = s.bound();
  to.setsockopt(IPPROTO_UDP, c.UDP_GRO, gro);
  const from = s.udp();
  from.sendmsg({
    data: Buffer.alloc(length),
    address: to.getsockname(),
    control: [{ level: IPPROTO_UDP, type: c.UDP_SEGMENT, data: 1000 }],
  });
  const found: unknown[] = [];
  await expectReady(to, 'readable');
  for (
    let message = to.recvmsg(Buffer.alloc(1 << 16));
    message !== null;
    message = to.recvmsg(Buffer.alloc(1 << 16))
  ) {
    found.push(gro ? [message.bytes, message.find(IPPROTO_UDP, c.UDP_GRO)] : message.bytes);
  }
  return found;
}

const rows: readonly Row[] = [
  [
    'three parts are scattered over three others',
    () => {
      const [a, b] = s.pair(SOCK_DGRAM);
      a.sendmsg({ data: [bytes('abc'), bytes('defghij'), bytes('klmnopqrstuvwxyz0')] });
      const room = [Buffer.alloc(4), Buffer.alloc(7), Buffer.alloc(14)];
      b.recvmsg(room);
      return room.map(String);
    },
    ['abcd', 'efghijk', `lmnopqrstuvwxy`],
  ],
  [
    'what does not fit is cut, and MSG_TRUNC tells',
    async () => {
      const [a, b] = s.pair(SOCK_DGRAM);
      s.send(a, '0123456789');
      const message = await next(b, undefined, 0, 4);
      return [message.bytes, flagsOf(message), s.read(b)];
    },
    [4, c.MSG_TRUNC, null],
  ],
  [
    'with the flag MSG_TRUNC the length is the real one',
    async () => {
      const [a, b] = s.udpConnected();
      s.send(a, '0123456789');
      return (await next(b, undefined, c.MSG_TRUNC, 4)).bytes;
    },
    10,
  ],
  ['1024 parts', () => s.pair(SOCK_DGRAM)[0].sendmsg({ data: parts(1024) }), 1024],
  ['1025 parts to send', () => s.pair(SOCK_DGRAM)[0].sendmsg({ data: parts(1025) }), 'EMSGSIZE'],
  ['1025 parts to receive into', () => s.pair(SOCK_DGRAM)[0].recvmsg(parts(1025)), 'EMSGSIZE'],
  [
    'no parts are an empty datagram',
    async () => {
      const [a, b] = s.pair(SOCK_DGRAM);
      return [a.sendmsg({ data: [] }), (await next(b)).bytes];
    },
    [0, 0],
  ],
  ['a receive with nothing there', () => s.bound().recvmsg(Buffer.alloc(1)), 'would block'],
  ['a send without a destination', () => s.udp().sendmsg({ data: bytes('x') }), 'EDESTADDRREQ'],
  ['a send on TCP that is not connected', () => s.tcp().sendmsg({ data: bytes('x') }), 'EPIPE'],
  [
    'a datagram has its sender',
    async () => {
      const [a, b] = s.udpConnected();
      s.send(a, 'x');
      return (await next(b)).address?.equals(a.getsockname());
    },
    true,
  ],
  [
    'a SEQPACKET record of a Unix socket comes without MSG_EOR',
    async () => {
      const [a, b] = s.pair(c.SOCK_SEQPACKET);
      s.send(a, 'record');
      return flagsOf(await next(b)) & c.MSG_EOR;
    },
    0,
  ],
  [
    'urgent data is told',
    async () => {
      const [a, b] = s.tcpConnected();
      s.send(a, '!', c.MSG_OOB);
      await expectReady(b, 'priority');
      return flagsOf(b.recvmsg(Buffer.alloc(1), { flags: c.MSG_OOB }));
    },
    c.MSG_OOB,
  ],

  [
    'two descriptors arrive, and both work',
    async () => {
      const [[one, other], [a, b]] = [s.pair(), s.pair()];
      const message = await passed(c.SOCK_STREAM, [rights(one, a)]);
      const [first, second] = closed(descriptorsOf(message).map((each) => each.adopt())) as [Socket, Socket];
      s.send(first, 'to one');
      s.send(b, 'of two');
      return [s.read(other), s.read(second)];
    },
    ['to one', 'of two'],
  ],
  [
    'they are close-on-exec, and the flag is echoed',
    async () => {
      const message = await passed(SOCK_DGRAM, [rights(s.udp(), s.tcp())]);
      return [descriptorsOf(message).map(closeOnExec), message.flags & c.MSG_CMSG_CLOEXEC];
    },
    [[true, true], c.MSG_CMSG_CLOEXEC],
  ],
  [
    'a descriptor outlives the socket that was sent',
    async () => {
      const [a, b] = s.pair();
      const [sent, end] = s.pair();
      a.sendmsg({ data: bytes('x'), control: [rights(sent)] });
      sent.close();
      const [kept] = closed(descriptorsOf(await next(b)).map((each) => each.adopt()));
      s.send(end, 'still');
      return s.read(kept as Socket);
    },
    'still',
  ],
  [
    'a descriptor of a file is no socket',
    async () => {
      const [file] = descriptorsOf(await passed(SOCK_DGRAM, [rights(0)]));
      return file?.adopt();
    },
    'ENOTSOCK',
  ],
  [
    'a descriptor that is not open',
    () => s.pair()[0].sendmsg({ data: bytes('x'), control: [rights(1 << 20)] }),
    'EBADF',
  ],
  ['a descriptor of -1', () => s.pair()[0].sendmsg({ data: bytes('x'), control: [rights(-1)] }), 'EBADF'],
  [
    '253 descriptors',
    async () => {
      const sent = s.udp();
      return descriptorsOf(await passed(SOCK_DGRAM, [rights(...Array(253).fill(sent))])).length;
    },
    253,
  ],
  [
    '254 descriptors',
    () => s.pair()[0].sendmsg({ data: bytes('x'), control: [rights(...Array(254).fill(s.udp()))] }),
    'EINVAL',
  ],
  [
    'descriptors on UDP are ignored',
    () => {
      const to = s.bound();
      return s.udp().sendmsg({ data: bytes('x'), address: to.getsockname(), control: [rights(to)] });
    },
    1,
  ],
  [
    'without room for control messages MSG_CTRUNC tells',
    async () => {
      const message = await passed(SOCK_DGRAM, [rights(s.udp())], 0);
      return [flagsOf(message), message.control.length];
    },
    [c.MSG_CTRUNC, 0],
  ],
  [
    'with room for one of two descriptors one arrives, and MSG_CTRUNC',
    async () => {
      const message = await passed(SOCK_DGRAM, [rights(s.udp(), s.udp())], 20);
      return [flagsOf(message), descriptorsOf(message).length];
    },
    [c.MSG_CTRUNC, 1],
  ],
  [
    'MSG_PEEK gives descriptors of their own',
    async () => {
      const [a, b] = s.pair();
      a.sendmsg({ data: bytes('x'), control: [rights(s.udp())] });
      const [peeked] = descriptorsOf(await next(b, undefined, c.MSG_PEEK));
      const [taken] = descriptorsOf(await next(b));
      return peeked !== undefined && taken !== undefined && peeked.fd !== taken.fd;
    },
    true,
  ],
  [
    'a stream is not read past descriptors',
    async () => {
      const [a, b] = s.pair();
      a.sendmsg({ data: bytes('first'), control: [rights(s.udp())] });
      s.send(a, 'second');
      return [(await next(b)).bytes, s.read(b)];
    },
    [5, 'second'],
  ],

  [
    'SO_PASSCRED gives the credentials of the sender',
    async () => {
      const [a, b] = s.pair(SOCK_DGRAM);
      b.setsockopt(SOL_SOCKET, c.SO_PASSCRED, true);
      s.send(a, 'x');
      return JSON.stringify((await next(b)).find(SOL_SOCKET, c.SCM_CREDENTIALS)) === JSON.stringify(own());
    },
    true,
  ],
  [
    'SCM_CREDENTIALS may be sent, of our own',
    async () => {
      const [a, b] = s.pair(SOCK_DGRAM);
      b.setsockopt(SOL_SOCKET, c.SO_PASSCRED, true);
      a.sendmsg({ data: bytes('x'), control: [{ level: SOL_SOCKET, type: c.SCM_CREDENTIALS, data: own() }] });
      return (await next(b)).find(SOL_SOCKET, c.SCM_CREDENTIALS)?.pid === process.pid;
    },
    true,
  ],
  [
    'SCM_CREDENTIALS of a process that is not',
    () =>
      s.pair()[0].sendmsg({
        data: bytes('x'),
        control: [{ level: SOL_SOCKET, type: c.SCM_CREDENTIALS, data: { ...own(), pid: 0x7ffffff0 } }],
      }),
    'ESRCH',
    can('CAP_NET_ADMIN'),
  ],
  [
    'SO_PASSPIDFD gives a descriptor of the sender',
    async () => {
      const [a, b] = s.pair(SOCK_DGRAM);
      b.setsockopt(SOL_SOCKET, c.SO_PASSPIDFD, true);
      s.send(a, 'x');
      const [pidfd] = closed([(await next(b)).find(SOL_SOCKET, c.SCM_PIDFD) as ReceivedFd]);
      return readlinkSync(`/proc/self/fd/${pidfd.fd}`);
    },
    'anon_inode:[pidfd]',
    all(kernel('6.5'), hasConstants('SO_PASSPIDFD', 'SCM_PIDFD')),
  ],

  [
    'IP_PKTINFO gives the interface and the destination',
    async () => (await received(receiver([IPPROTO_IP, c.IP_PKTINFO]))).find(IPPROTO_IP, c.IP_PKTINFO),
    { ifindex: LOOPBACK, address: '127.0.0.1', specDst: '127.0.0.1' },
  ],
  [
    'IP_PKTINFO chooses the source address',
    async () =>
      (await received(s.bound(), { level: IPPROTO_IP, type: c.IP_PKTINFO, data: { specDst: '127.0.0.5' } }))
        .address?.address,
    '127.0.0.5',
  ],
  [
    'IP_PKTINFO of a foreign source address', // which errno depends on the version
    async () => {
      const foreign = { level: IPPROTO_IP, type: c.IP_PKTINFO, data: { specDst: '198.51.100.1' } };
      return ['EINVAL', 'ENETUNREACH'].includes(
        (await outcomeOf(() => received(s.bound(), foreign))) as string,
      );
    },
    true,
  ],
  [
    'IP_TTL is received as it was sent',
    async () =>
      (
        await received(receiver([IPPROTO_IP, c.IP_RECVTTL]), { level: IPPROTO_IP, type: c.IP_TTL, data: 33 })
      ).find(IPPROTO_IP, c.IP_TTL),
    33,
  ],
  [
    'IP_TTL 0 is not sent',
    () => received(s.bound(), { level: IPPROTO_IP, type: c.IP_TTL, data: 0 }),
    'EINVAL',
  ],
  [
    'IP_TTL 256 is not sent',
    () => received(s.bound(), { level: IPPROTO_IP, type: c.IP_TTL, data: 256 }),
    'EINVAL',
  ],
  [
    'IP_TOS is received as it was sent',
    async () =>
      (
        await received(receiver([IPPROTO_IP, c.IP_RECVTOS]), { level: IPPROTO_IP, type: c.IP_TOS, data: 96 })
      ).find(IPPROTO_IP, c.IP_TOS),
    96,
  ],
  [
    'IP_RECVORIGDSTADDR gives the address that was sent to',
    async () => {
      const to = receiver([IPPROTO_IP, c.IP_RECVORIGDSTADDR]);
      return (await received(to)).find(IPPROTO_IP, c.IP_ORIGDSTADDR)?.equals(to.getsockname());
    },
    true,
  ],
  [
    'control messages come together',
    async () =>
      (
        await received(
          receiver([IPPROTO_IP, c.IP_RECVTTL], [IPPROTO_IP, c.IP_PKTINFO], [SOL_SOCKET, c.SO_TIMESTAMPNS]),
        )
      ).control.length,
    3,
  ],
  [
    'IPV6_PKTINFO gives the interface and the destination',
    async () => (await received(receiver6(c.IPV6_RECVPKTINFO))).find(IPPROTO_IPV6, c.IPV6_PKTINFO),
    { ifindex: LOOPBACK, address: '::1' },
    ipv6,
  ],
  [
    'IPV6_HOPLIMIT is received as it was sent',
    async () =>
      (
        await received(receiver6(c.IPV6_RECVHOPLIMIT), {
          level: IPPROTO_IPV6,
          type: c.IPV6_HOPLIMIT,
          data: 33,
        })
      ).find(IPPROTO_IPV6, c.IPV6_HOPLIMIT),
    33,
    ipv6,
  ],
  [
    'IPV6_TCLASS is received as it was sent',
    async () =>
      (
        await received(receiver6(c.IPV6_RECVTCLASS), { level: IPPROTO_IPV6, type: c.IPV6_TCLASS, data: 96 })
      ).find(IPPROTO_IPV6, c.IPV6_TCLASS),
    96,
    ipv6,
  ],
  [
    'IPV6_HOPLIMIT 256 is not sent',
    () => received(s.bound(s.udp6()), { level: IPPROTO_IPV6, type: c.IPV6_HOPLIMIT, data: 256 }),
    'EINVAL',
    ipv6,
  ],
  [
    'a control message of a level that is unknown is ignored',
    async () => (await received(s.bound(), { level: 9999, type: 1, data: bytes('1234') })).bytes,
    1,
  ],
  [
    'a control message of a type that is unknown',
    () => received(s.bound(), { level: IPPROTO_IP as number, type: 9999, data: bytes('1234') }),
    'EINVAL',
  ],

  [
    'SO_TIMESTAMPNS gives one control message, of now',
    async () => {
      const message = await received(receiver([SOL_SOCKET, c.SO_TIMESTAMPNS]));
      const age = Date.now() - Number((message.find(SOL_SOCKET, c.SO_TIMESTAMPNS) as bigint) / 1_000_000n);
      return [
        message.control.length,
        message.control[0]?.level,
        message.control[0]?.type,
        Math.abs(age) < 10_000,
      ];
    },
    [1, SOL_SOCKET, 35, true],
  ],
  [
    'SO_RXQ_OVFL counts what was dropped',
    async () => {
      const to = receiver([SOL_SOCKET, c.SO_RXQ_OVFL]);
      to.setsockopt(SOL_SOCKET, c.SO_RCVBUF, 4096);
      const from = s.udp();
      from.connect(to.getsockname());
      for (let i = 0; i < 50; i++) from.send(Buffer.alloc(1000));
      while (to.recv(Buffer.alloc(1000)) !== null);
      s.send(from, 'after');
      return ((await next(to)).find(SOL_SOCKET, c.SO_RXQ_OVFL) as number) > 0;
    },
    true,
  ],
  [
    'TCP_INQ tells what is left',
    async () => {
      const [a, b] = s.tcpConnected();
      b.setsockopt(c.IPPROTO_TCP, c.TCP_INQ, true);
      s.send(a, 'abcdef');
      return (await next(b, undefined, 0, 2)).find(c.IPPROTO_TCP, c.TCP_CM_INQ);
    },
    4,
  ],

  ['UDP_SEGMENT makes datagrams of one send', () => segments(3000, false), [1000, 1000, 1000]],
  ['the last may be shorter', () => segments(2500, false), [1000, 1000, 500]],
  ['UDP_GRO receives them as one, and tells their length', () => segments(3000, true), [[3000, 1000]]],
  [
    'UDP_SEGMENT of more than 128 segments',
    () => {
      const to = s.bound().getsockname();
      return s.udp().sendmsg({
        data: Buffer.alloc(129),
        address: to,
        control: [{ level: IPPROTO_UDP, type: c.UDP_SEGMENT, data: 1 }],
      });
    },
    'EINVAL',
  ],
  [
    'UDP_SEGMENT of segments larger than the wire',
    () => {
      const from = s.udp();
      from.connect(s.bound().getsockname());
      const most = from.getsockopt(IPPROTO_IP, c.IP_MTU);
      return from.sendmsg({
        data: Buffer.alloc(65_507),
        control: [{ level: IPPROTO_UDP, type: c.UDP_SEGMENT, data: Math.min(most, 65_500) }],
      });
    },
    65_507,
  ],

  [
    'the error queue has what was refused, why, and who says so',
    async () => {
      const from = receiver([IPPROTO_IP, c.IP_RECVERR]);
      const gone = s.refusing(SOCK_DGRAM);
      s.sendto(from, 'refused', gone);
      await expectReady(from, 'readable');
      const buffer = Buffer.alloc(64);
      const message = from.recvmsg(buffer, { flags: c.MSG_ERRQUEUE }) as ReceivedMessage;
      const error = message.find(IPPROTO_IP, c.IP_RECVERR);
      return [
        buffer.toString('latin1', 0, message.bytes),
        flagsOf(message),
        message.address?.port === gone.port,
        error?.errno,
        error?.origin,
        error?.type,
        error?.code,
        error?.offender?.address,
      ];
    },
    ['refused', c.MSG_ERRQUEUE, true, -111, c.SO_EE_ORIGIN_ICMP, 3, 3, '127.0.0.1'],
  ],
  [
    'an empty error queue',
    () => s.bound().recvmsg(Buffer.alloc(1), { flags: c.MSG_ERRQUEUE }),
    'would block',
  ],
  [
    'SO_ZEROCOPY tells in the error queue which sends are over',
    async () => {
      const [a, b] = s.tcpConnected();
      a.setsockopt(SOL_SOCKET, c.SO_ZEROCOPY, true);
      for (let i = 0; i < 2; i++) a.sendmsg({ data: Buffer.alloc(1000), flags: c.MSG_ZEROCOPY });
      await s.readSoon(b);
      const found: number[] = [];
      while (found.at(-1) !== 1) {
        await expectReady(a, 'readable');
        for (
          let message = a.recvmsg([], { flags: c.MSG_ERRQUEUE });
          message !== null;
          message = a.recvmsg([], { flags: c.MSG_ERRQUEUE })
        ) {
          const error = message.find(IPPROTO_IP, c.IP_RECVERR);
          if (error?.origin === c.SO_EE_ORIGIN_ZEROCOPY) found.push(error.data);
        }
      }
      return found.at(-1);
    },
    1,
  ],

  [
    'a packet socket receives messages',
    async () => {
      const packet = s.open(c.AF_PACKET, SOCK_DGRAM);
      packet.bind(makeSocketAddress(c.AF_PACKET, c.ETH_P_IP, LOOPBACK));
      packet.setsockopt(c.SOL_PACKET, c.PACKET_AUXDATA, true);
      s.sendto(s.udp(), 'x', s.bound().getsockname());
      const message = await next(packet);
      return [message.address?.ifindex, message.control[0]?.level, message.control[0]?.type];
    },
    [LOOPBACK, c.SOL_PACKET, c.PACKET_AUXDATA],
    can('CAP_NET_RAW'),
  ],
  [
    'netlink tells the group of a message with NETLINK_PKTINFO',
    async () => {
      const netlink = s.open(c.AF_NETLINK, c.SOCK_RAW, c.NETLINK_USERSOCK);
      netlink.setsockopt(c.SOL_NETLINK, c.NETLINK_PKTINFO, true);
      netlink.bind(makeSocketAddress(c.AF_NETLINK, 0));
      s.sendto(s.open(c.AF_NETLINK, c.SOCK_RAW, c.NETLINK_USERSOCK), 'x', netlink.getsockname());
      const message = await next(netlink);
      return [message.control[0]?.level, Buffer.isBuffer(message.control[0]?.data)];
    },
    [c.SOL_NETLINK, true],
  ],
  [
    'sendmsg on a stream takes the address only if it is not connected',
    () =>
      outcomes(
        () => s.pair()[0].sendmsg({ data: bytes('x'), address: makeSocketAddress(c.AF_UNIX, '/nowhere') }),
        () => s.tcpConnected()[0].sendmsg({ data: bytes('x'), address: { address: '192.0.2.9', port: 9 } }),
      ),
    ['EISCONN', 1],
  ],
];

conformance('messages', rows);
