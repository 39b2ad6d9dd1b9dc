/** socket(2), socketpair(2), and descriptors that are adopted. */
import { openSync } from 'node:fs';
import { Socket, socketpair } from 'uvsock';
import { closed } from '../support/sockets.ts';
import * as s from './support/sockets.ts';
import { c, can, ipv6, opens } from './support/system.ts';
import { conformance, outcome, type Row } from './support/table.ts';

const kind = (socket: Socket) =>
  [c.SO_DOMAIN, c.SO_TYPE, c.SO_PROTOCOL].map((option) => socket.getsockopt(c.SOL_SOCKET, option));
const pairOf = (family: number, style: number) => closed(socketpair(family, style));
const BOTH = ['O_NONBLOCK', 'FD_CLOEXEC'];

/** A descriptor that is no socket; Node closes it with the process. */
const file = openSync('/dev/null', 'r');

const rows: readonly Row[] = [
  ['family 9999 is unknown', () => s.open(9999, c.SOCK_STREAM), 'EAFNOSUPPORT'],
  ['family -1 is unknown', () => s.open(-1, c.SOCK_STREAM), 'EAFNOSUPPORT'],
  ['AF_UNSPEC has no sockets', () => s.open(c.AF_UNSPEC, c.SOCK_STREAM), 'EAFNOSUPPORT'],
  ['style 9999 has flags that are unknown', () => s.open(c.AF_INET, 9999), 'EINVAL'],
  ['style 11 is beyond the styles', () => s.open(c.AF_INET, 11), 'EINVAL'],
  ['style 0 is no style of AF_INET', () => s.open(c.AF_INET, 0), 'ESOCKTNOSUPPORT'],
  ['style 0 is no style of AF_UNIX', () => s.open(c.AF_UNIX, 0), 'ESOCKTNOSUPPORT'],
  ['SOCK_RDM is no style of AF_INET', () => s.open(c.AF_INET, c.SOCK_RDM), 'ESOCKTNOSUPPORT'],
  ['SOCK_RDM is no style of AF_UNIX', () => s.open(c.AF_UNIX, c.SOCK_RDM), 'ESOCKTNOSUPPORT'],
  ['SOCK_STREAM is no style of AF_NETLINK', () => s.open(c.AF_NETLINK, c.SOCK_STREAM), 'ESOCKTNOSUPPORT'],
  [
    'SOCK_STREAM is no style of AF_PACKET',
    () => s.open(c.AF_PACKET, c.SOCK_STREAM),
    'ESOCKTNOSUPPORT',
    can('CAP_NET_RAW'),
  ],
  ['a stream cannot be UDP', () => s.open(c.AF_INET, c.SOCK_STREAM, c.IPPROTO_UDP), 'EPROTONOSUPPORT'],
  ['a datagram cannot be TCP', () => s.open(c.AF_INET, c.SOCK_DGRAM, c.IPPROTO_TCP), 'EPROTONOSUPPORT'],
  [
    'an IPv6 stream cannot be UDP',
    () => s.open(c.AF_INET6, c.SOCK_STREAM, c.IPPROTO_UDP),
    'EPROTONOSUPPORT',
    ipv6,
  ],
  [
    'protocol 9999 is beyond the protocols of AF_INET',
    () => s.open(c.AF_INET, c.SOCK_STREAM, 9999),
    'EINVAL',
  ],
  ['protocol -1 is before the protocols of AF_INET', () => s.open(c.AF_INET, c.SOCK_STREAM, -1), 'EINVAL'],
  ['a raw socket needs a protocol', () => s.open(c.AF_INET, c.SOCK_RAW), 'EPROTONOSUPPORT'],
  [
    'AF_UNIX takes its own number as protocol',
    () => kind(s.open(c.AF_UNIX, c.SOCK_STREAM, c.PF_UNIX)),
    [c.AF_UNIX, c.SOCK_STREAM, 0],
  ],
  ['AF_UNIX has no other protocol', () => s.open(c.AF_UNIX, c.SOCK_STREAM, 5), 'EPROTONOSUPPORT'],
  ['AF_NETLINK has no protocol 99', () => s.open(c.AF_NETLINK, c.SOCK_RAW, 99), 'EPROTONOSUPPORT'],

  ['AF_INET and SOCK_STREAM make TCP', () => kind(s.tcp()), [c.AF_INET, c.SOCK_STREAM, c.IPPROTO_TCP]],
  ['AF_INET and SOCK_DGRAM make UDP', () => kind(s.udp()), [c.AF_INET, c.SOCK_DGRAM, c.IPPROTO_UDP]],
  ['AF_INET6 and SOCK_DGRAM make UDP', () => kind(s.udp6()), [c.AF_INET6, c.SOCK_DGRAM, c.IPPROTO_UDP], ipv6],
  [
    'AF_UNIX and SOCK_SEQPACKET have no protocol',
    () => kind(s.unix(c.SOCK_SEQPACKET)),
    [c.AF_UNIX, c.SOCK_SEQPACKET, 0],
  ],
  ['SOCK_RAW of AF_UNIX is SOCK_DGRAM', () => kind(s.unix(c.SOCK_RAW)), [c.AF_UNIX, c.SOCK_DGRAM, 0]],
  [
    'SO_TYPE is the bare style of a socket made with flags',
    () => kind(s.open(c.AF_INET, c.SOCK_DGRAM | c.SOCK_NONBLOCK | c.SOCK_CLOEXEC))[1],
    c.SOCK_DGRAM,
  ],
  [
    'SO_PROTOCOL of UDP-Lite reads back',
    () => kind(s.open(c.AF_INET, c.SOCK_DGRAM, c.IPPROTO_UDPLITE))[2],
    c.IPPROTO_UDPLITE,
    opens(c.AF_INET, c.SOCK_DGRAM, c.IPPROTO_UDPLITE),
  ],
  [
    'SO_PROTOCOL of MPTCP reads back',
    () => kind(s.open(c.AF_INET, c.SOCK_STREAM, c.IPPROTO_MPTCP))[2],
    c.IPPROTO_MPTCP,
    opens(c.AF_INET, c.SOCK_STREAM, c.IPPROTO_MPTCP),
  ],
  [
    'SO_PROTOCOL of a raw socket reads back',
    () => kind(s.open(c.AF_INET, c.SOCK_RAW, c.IPPROTO_ICMP))[2],
    c.IPPROTO_ICMP,
    can('CAP_NET_RAW'),
  ],

  ['a new socket neither blocks nor is inherited', () => s.descriptorFlags(s.tcp()), BOTH],
  ['nor do the two of a pair', () => s.pair().map(s.descriptorFlags), [BOTH, BOTH]],
  [
    'nor does an accepted one, which accept4 would else make blocking',
    async () => {
      const listener = s.listening();
      s.tcp().connect(listener.getsockname());
      return s.descriptorFlags(await s.accepted(listener));
    },
    BOTH,
  ],
  ['nor does an adopted one', () => s.descriptorFlags(closed([Socket.adopt(s.udp().detach())])[0]), BOTH],
  ['SO_ERROR of a new socket is 0', () => s.tcp().getsockopt(c.SOL_SOCKET, c.SO_ERROR), 0],
  [
    'the name of a new IPv4 socket is any address and port 0',
    () => String(s.tcp().getsockname()),
    '0.0.0.0:0',
  ],
  [
    'the name of a new IPv6 socket is any address and port 0',
    () => String(s.udp6().getsockname()),
    '[::]:0',
    ipv6,
  ],
  ['the name of a new Unix socket is empty', () => s.unix().getsockname().path, ''],
  ['a new TCP socket has no peer', () => s.tcp().getpeername(), 'ENOTCONN'],
  ['a new UDP socket has no peer', () => s.udp().getpeername(), 'ENOTCONN'],
  ['a new Unix socket has no peer', () => s.unix().getpeername(), 'ENOTCONN'],

  ['a pair of AF_INET is not supported', () => pairOf(c.AF_INET, c.SOCK_STREAM), 'EOPNOTSUPP'],
  ['a pair of AF_NETLINK is not supported', () => pairOf(c.AF_NETLINK, c.SOCK_RAW), 'EOPNOTSUPP'],
  ['a pair of family 9999 is unknown', () => pairOf(9999, c.SOCK_STREAM), 'EAFNOSUPPORT'],
  ['a pair of SOCK_RDM is no style of AF_UNIX', () => pairOf(c.AF_UNIX, c.SOCK_RDM), 'ESOCKTNOSUPPORT'],
  [
    'both of a pair are unnamed',
    () => s.pair().flatMap((one) => [one.getsockname().path, one.getpeername().path]),
    ['', '', '', ''],
  ],
  [
    'a pair can be of any style of AF_UNIX',
    () => [c.SOCK_STREAM, c.SOCK_DGRAM, c.SOCK_SEQPACKET].map((style) => kind(s.pair(style)[1])[1]),
    [c.SOCK_STREAM, c.SOCK_DGRAM, c.SOCK_SEQPACKET],
  ],

  ['a file is not a socket', () => Socket.adopt(file), 'ENOTSOCK'],
  ['descriptor -1 is not open', () => Socket.adopt(-1), 'EBADF'],
  ['a descriptor far out is not open', () => Socket.adopt(1 << 28), 'EBADF'],
  [
    'an adopted socket tells what it is',
    () => {
      const { family, style, protocol } = closed([Socket.adopt(s.tcp().detach())])[0];
      return [family, style, protocol];
    },
    [c.AF_INET, c.SOCK_STREAM, c.IPPROTO_TCP],
  ],
  [
    'a descriptor that was given away stays open',
    () => {
      const [a, b] = s.pair();
      const kept = closed([Socket.adopt(a.detach())])[0];
      return [outcome(() => s.send(kept, 'x')), s.read(b)];
    },
    [1, 'x'],
  ],
];

conformance('creation', rows);
