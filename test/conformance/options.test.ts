/** getsockopt(2), and the options of socket(7), ip(7), ipv6(7), tcp(7), udp(7): what the kernel makes of values. */
import type { Socket } from 'uvsock';
import * as s from './support/sockets.ts';
import { c, can, ipv6, sysctl, whereSysctl } from './support/system.ts';
import { all, conformance, outcome, outcomes, type Row } from './support/table.ts';

const { SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, IPPROTO_UDP } = c;

// Rows pair any level with any option and value, as C does.
const get = (socket: Socket, level: number, option: number) =>
  (socket.getsockopt as (level: number, option: number) => unknown).call(socket, level, option);
const set = (socket: Socket, level: number, option: number, value: unknown) =>
  (socket.setsockopt as (level: number, option: number, value: unknown) => void).call(
    socket,
    level,
    option,
    value,
  );

/** What an option reads after it was set. */
function after(socket: Socket, level: number, option: number, value: unknown): unknown {
  set(socket, level, option, value);
  return get(socket, level, option);
}

const bytes = (...values: number[]) => Uint8Array.from(values);
const longs = (...values: bigint[]) => new BigInt64Array(values);
const raw = () => s.open(c.AF_INET, c.SOCK_RAW, c.IPPROTO_ICMP);
const stateOf = (socket: Socket) => socket.getsockopt(IPPROTO_TCP, c.TCP_INFO).state;
const LOOPBACK = 1;

/** What joining groups one after the other comes to. */
const joining = (socket: Socket, ...groups: object[]) =>
  outcomes(...groups.map((group) => () => set(socket, IPPROTO_IP, c.IP_ADD_MEMBERSHIP, group)));
const group = { multiaddr: '239.7.7.7', ifindex: LOOPBACK };

const rows: readonly Row[] = [
  ['an option that is unknown, reading', () => get(s.tcp(), SOL_SOCKET, 9999), 'ENOPROTOOPT'],
  ['an option that is unknown, setting', () => set(s.tcp(), SOL_SOCKET, 9999, 1), 'ENOPROTOOPT'],
  ['an option of IP that is unknown', () => get(s.udp(), IPPROTO_IP, 9999), 'ENOPROTOOPT'],
  ['an option of IPv6 that is unknown', () => get(s.udp6(), IPPROTO_IPV6, 9999), 'ENOPROTOOPT', ipv6],
  ['an option of TCP that is unknown', () => set(s.tcp(), IPPROTO_TCP, 9999, 1), 'ENOPROTOOPT'],
  ['an option of UDP that is unknown', () => set(s.udp(), IPPROTO_UDP, 9999, 1), 'ENOPROTOOPT'],
  ['a level that is unknown, reading', () => get(s.tcp(), 9999, 1), 'EOPNOTSUPP'],
  ['a level that is unknown, setting', () => set(s.tcp(), 9999, 1, 1), 'ENOPROTOOPT'],
  ['a level that is unknown to Unix sockets, setting', () => set(s.unix(), 9999, 1, 1), 'EOPNOTSUPP'],
  ['TCP options are not for UDP', () => set(s.udp(), IPPROTO_TCP, c.TCP_NODELAY, true), 'ENOPROTOOPT'],
  ['IPv6 options are not for IPv4', () => set(s.udp(), IPPROTO_IPV6, c.IPV6_V6ONLY, true), 'ENOPROTOOPT'],
  ['an integer of one byte', () => set(s.tcp(), SOL_SOCKET, c.SO_KEEPALIVE, bytes(1)), 'EINVAL'],
  ['an integer of no bytes', () => set(s.tcp(), SOL_SOCKET, c.SO_KEEPALIVE, bytes()), 'EINVAL'],
  [
    'an integer of eight bytes is as good as four',
    () => after(s.tcp(), SOL_SOCKET, c.SO_KEEPALIVE, bytes(1, 0, 0, 0, 9, 9, 9, 9)),
    true,
  ],
  ['an IP integer of one byte is taken', () => after(s.udp(), IPPROTO_IP, c.IP_TTL, bytes(33)), 33],
  [
    'an integer read into two bytes is cut',
    () => s.tcp().getsockopt(SOL_SOCKET, c.SO_TYPE, 2),
    Buffer.from(Uint16Array.of(c.SOCK_STREAM).buffer),
  ],
  [
    'an integer read into no bytes is none',
    () => s.tcp().getsockopt(SOL_SOCKET, c.SO_TYPE, 0),
    Buffer.alloc(0),
  ],
  ['an integer read into more bytes has four', () => s.tcp().getsockopt(SOL_SOCKET, c.SO_TYPE, 64).length, 4],
  ['SO_ERROR cannot be set', () => set(s.tcp(), SOL_SOCKET, c.SO_ERROR, 1), 'ENOPROTOOPT'],
  ['SO_TYPE cannot be set', () => set(s.tcp(), SOL_SOCKET, c.SO_TYPE, 1), 'ENOPROTOOPT'],
  ['SO_DOMAIN cannot be set', () => set(s.tcp(), SOL_SOCKET, c.SO_DOMAIN, 1), 'ENOPROTOOPT'],
  ['SO_PROTOCOL cannot be set', () => set(s.tcp(), SOL_SOCKET, c.SO_PROTOCOL, 1), 'ENOPROTOOPT'],
  ['SO_ACCEPTCONN cannot be set', () => set(s.tcp(), SOL_SOCKET, c.SO_ACCEPTCONN, 1), 'ENOPROTOOPT'],
  [
    'SO_SNDLOWAT cannot be set, and is 1',
    () =>
      outcomes(
        () => set(s.tcp(), SOL_SOCKET, c.SO_SNDLOWAT, 2),
        () => get(s.tcp(), SOL_SOCKET, c.SO_SNDLOWAT),
      ),
    ['ENOPROTOOPT', 1],
  ],

  ['SO_RCVBUF is doubled', () => after(s.udp(), SOL_SOCKET, c.SO_RCVBUF, 4096), 8192],
  ['SO_SNDBUF is doubled', () => after(s.udp(), SOL_SOCKET, c.SO_SNDBUF, 8192), 16_384],
  ['SO_RCVBUF has a least value', () => (after(s.udp(), SOL_SOCKET, c.SO_RCVBUF, 1) as number) >= 256, true],
  ['SO_SNDBUF has a least value', () => (after(s.udp(), SOL_SOCKET, c.SO_SNDBUF, 1) as number) >= 2048, true],
  [
    'SO_RCVBUF has a greatest value, rmem_max',
    () => (after(s.udp(), SOL_SOCKET, c.SO_RCVBUF, 1 << 29) as number) / Number(sysctl('net.core.rmem_max')),
    2,
  ],
  [
    'SO_SNDBUF has a greatest value, wmem_max',
    () => (after(s.udp(), SOL_SOCKET, c.SO_SNDBUF, 1 << 29) as number) / Number(sysctl('net.core.wmem_max')),
    2,
  ],
  [
    'SO_RCVBUFFORCE goes beyond',
    () => {
      const a = s.udp();
      const beyond = Number(sysctl('net.core.rmem_max')) + 4096;
      set(a, SOL_SOCKET, c.SO_RCVBUFFORCE, beyond);
      return (get(a, SOL_SOCKET, c.SO_RCVBUF) as number) - 2 * beyond;
    },
    0,
    can('CAP_NET_ADMIN'),
  ],
  [
    'SO_RCVBUF of a UDP socket is rmem_default',
    () => get(s.udp(), SOL_SOCKET, c.SO_RCVBUF) === Number(sysctl('net.core.rmem_default')),
    true,
  ],
  ['SO_RCVLOWAT is 1 at first', () => get(s.tcp(), SOL_SOCKET, c.SO_RCVLOWAT), 1],
  ['SO_RCVLOWAT 0 is 1', () => after(s.tcp(), SOL_SOCKET, c.SO_RCVLOWAT, 0), 1],
  [
    'SO_KEEPALIVE 7 is 1',
    () => {
      const a = s.tcp();
      set(a, SOL_SOCKET, c.SO_KEEPALIVE, 7);
      return a.getsockopt(SOL_SOCKET, c.SO_KEEPALIVE, 4);
    },
    Buffer.from(Int32Array.of(1).buffer),
  ],
  [
    'SO_LINGER reads back',
    () => after(s.tcp(), SOL_SOCKET, c.SO_LINGER, [1, 10]),
    { enabled: true, timeout: 10 },
  ],
  ['SO_LINGER of four bytes', () => set(s.tcp(), SOL_SOCKET, c.SO_LINGER, bytes(1, 0, 0, 0)), 'EINVAL'],
  ['SO_RCVTIMEO reads back', () => after(s.tcp(), SOL_SOCKET, c.SO_RCVTIMEO, 1.5), 1.5],
  ['SO_RCVTIMEO is no time at first', () => get(s.tcp(), SOL_SOCKET, c.SO_RCVTIMEO), 0],
  [
    'SO_RCVTIMEO of a million microseconds',
    () => set(s.tcp(), SOL_SOCKET, c.SO_RCVTIMEO, longs(1n, 1_000_000n)),
    'EDOM',
  ],
  [
    'SO_SNDTIMEO of negative microseconds',
    () => set(s.tcp(), SOL_SOCKET, c.SO_SNDTIMEO, longs(1n, -1n)),
    'EDOM',
  ],
  ['SO_SNDTIMEO of four bytes', () => set(s.tcp(), SOL_SOCKET, c.SO_SNDTIMEO, bytes(1, 0, 0, 0)), 'EINVAL'],
  ['SO_PRIORITY 6 reads back', () => after(s.udp(), SOL_SOCKET, c.SO_PRIORITY, 6), 6],
  [
    'IP_TOS of low delay makes SO_PRIORITY 6',
    () => {
      const a = s.udp();
      set(a, IPPROTO_IP, c.IP_TOS, 0x10);
      return get(a, SOL_SOCKET, c.SO_PRIORITY);
    },
    6,
  ],
  [
    'SO_COOKIE stays the same, and each socket has its own',
    () => {
      const [a, b] = s.pair();
      return new Set([a, a, b].map((socket) => get(socket, SOL_SOCKET, c.SO_COOKIE))).size;
    },
    2,
  ],
  [
    'SO_BINDTODEVICE to no such device',
    () => set(s.udp(), SOL_SOCKET, c.SO_BINDTODEVICE, 'nowhere0'),
    'ENODEV',
  ],
  ['SO_BINDTODEVICE reads back', () => after(s.udp(), SOL_SOCKET, c.SO_BINDTODEVICE, 'lo'), 'lo'],
  [
    'SO_BINDTODEVICE to nothing frees it',
    () => {
      const a = s.udp();
      set(a, SOL_SOCKET, c.SO_BINDTODEVICE, 'lo');
      return after(a, SOL_SOCKET, c.SO_BINDTODEVICE, '');
    },
    '',
    can('CAP_NET_RAW'),
  ],
  [
    'SO_BINDTOIFINDEX is the same device',
    () => {
      const a = s.udp();
      set(a, SOL_SOCKET, c.SO_BINDTODEVICE, 'lo');
      return get(a, SOL_SOCKET, c.SO_BINDTOIFINDEX);
    },
    LOOPBACK,
  ],
  ['SO_MARK reads back', () => after(s.udp(), SOL_SOCKET, c.SO_MARK, 7), 7, can('CAP_NET_ADMIN')],
  ['SO_PEEK_OFF is off at first', () => get(s.unix(), SOL_SOCKET, c.SO_PEEK_OFF), -1],
  [
    'SO_TIMESTAMPNS takes the place of SO_TIMESTAMP',
    () => {
      const a = s.udp();
      set(a, SOL_SOCKET, c.SO_TIMESTAMP, true);
      set(a, SOL_SOCKET, c.SO_TIMESTAMPNS, true);
      return [get(a, SOL_SOCKET, c.SO_TIMESTAMP), get(a, SOL_SOCKET, c.SO_TIMESTAMPNS)];
    },
    [false, true],
  ],
  ['SO_ZEROCOPY is not for Unix sockets', () => set(s.unix(), SOL_SOCKET, c.SO_ZEROCOPY, true), 'EOPNOTSUPP'],
  ['SO_ZEROCOPY 2', () => set(s.tcp(), SOL_SOCKET, c.SO_ZEROCOPY, 2), 'EINVAL'],
  ['SO_DETACH_FILTER without a filter', () => set(s.udp(), SOL_SOCKET, c.SO_DETACH_FILTER, 0), 'ENOENT'],
  [
    'SO_LOCK_FILTER cannot be undone',
    () => {
      const a = s.udp();
      return outcomes(
        () => set(a, SOL_SOCKET, c.SO_LOCK_FILTER, true),
        () => set(a, SOL_SOCKET, c.SO_LOCK_FILTER, false),
      );
    },
    ['ok', 'EPERM'],
  ],
  [
    'SO_ATTACH_FILTER of a program without instructions',
    () => set(s.udp(), SOL_SOCKET, c.SO_ATTACH_FILTER, Buffer.alloc(16)),
    'EINVAL',
  ],
  [
    'SO_TXTIME with flags that are unknown',
    () => set(s.udp(), SOL_SOCKET, c.SO_TXTIME, bytes(1, 0, 0, 0, 0xff, 0, 0, 0)),
    'EINVAL',
  ],
  [
    'SO_TIMESTAMPING with flags that are unknown',
    () => set(s.udp(), SOL_SOCKET, c.SO_TIMESTAMPING, 1 << 30),
    'EINVAL',
  ],
  [
    'SO_REUSEPORT is not for Unix sockets',
    () => set(s.unix(), SOL_SOCKET, c.SO_REUSEPORT, true),
    'EOPNOTSUPP',
  ],
  ['SO_ACCEPTCONN of a new socket', () => get(s.unix(), SOL_SOCKET, c.SO_ACCEPTCONN), false],
  ['SO_PEERGROUPS of a socket without a peer', () => get(s.unix(), SOL_SOCKET, c.SO_PEERGROUPS), 'ENODATA'],

  ['IP_TTL 0', () => set(s.udp(), IPPROTO_IP, c.IP_TTL, 0), 'EINVAL'],
  ['IP_TTL 256', () => set(s.udp(), IPPROTO_IP, c.IP_TTL, 256), 'EINVAL'],
  [
    'IP_TTL -1 is the default again',
    () => {
      const a = s.udp();
      set(a, IPPROTO_IP, c.IP_TTL, 33);
      return after(a, IPPROTO_IP, c.IP_TTL, -1);
    },
    64,
    whereSysctl('net.ipv4.ip_default_ttl', 64),
  ],
  ['IP_TOS reads back', () => after(s.udp(), IPPROTO_IP, c.IP_TOS, 0x60), 0x60],
  ['IP_TOS of TCP leaves the bits of ECN alone', () => after(s.tcp(), IPPROTO_IP, c.IP_TOS, 0x63), 0x60],
  ['IP_MULTICAST_TTL is 1 at first', () => get(s.udp(), IPPROTO_IP, c.IP_MULTICAST_TTL), 1],
  ['IP_MULTICAST_TTL 256', () => set(s.udp(), IPPROTO_IP, c.IP_MULTICAST_TTL, 256), 'EINVAL'],
  ['IP_MULTICAST_TTL of TCP', () => set(s.tcp(), IPPROTO_IP, c.IP_MULTICAST_TTL, 1), 'EINVAL'],
  ['IP_MULTICAST_LOOP is on at first', () => get(s.udp(), IPPROTO_IP, c.IP_MULTICAST_LOOP), true],
  ['IP_MULTICAST_ALL is on at first', () => get(s.udp(), IPPROTO_IP, c.IP_MULTICAST_ALL), true],
  [
    'IP_MULTICAST_IF with an address of no interface',
    () => set(s.udp(), IPPROTO_IP, c.IP_MULTICAST_IF, '198.51.100.1'),
    'EADDRNOTAVAIL',
  ],
  [
    'IP_MULTICAST_IF with an index of no interface',
    () => set(s.udp(), IPPROTO_IP, c.IP_MULTICAST_IF, 9999),
    'EADDRNOTAVAIL',
  ],
  ['joining a group twice', () => joining(s.udp(), group, group), ['ok', 'EADDRINUSE']],
  [
    'joining what is no group',
    () => joining(s.udp(), { multiaddr: '127.0.0.1', ifindex: LOOPBACK }),
    ['EINVAL'],
  ],
  [
    'joining at an interface that is missing',
    () => joining(s.udp(), { ...group, ifindex: 9999 }),
    ['ENODEV'],
  ],
  [
    'joining more groups than igmp_max_memberships',
    async () => {
      const most = Number(sysctl('net.ipv4.igmp_max_memberships'));
      const groups = Array.from({ length: most + 1 }, (_, i) => ({
        ...group,
        multiaddr: `239.7.${i >> 8}.${i & 255}`,
      }));
      const found = await joining(s.udp(), ...groups);
      return [found.indexOf('ENOBUFS') - most, new Set(found).size];
    },
    [0, 2],
  ],
  [
    'leaving a group that was not joined',
    () => set(s.udp(), IPPROTO_IP, c.IP_DROP_MEMBERSHIP, group),
    'EADDRNOTAVAIL',
  ],
  ['joining a group with TCP', () => joining(s.tcp(), group), ['EPROTO']],
  ['IP_MTU of a socket that is not connected', () => get(s.udp(), IPPROTO_IP, c.IP_MTU), 'ENOTCONN'],
  [
    'IP_MTU of a connection within loopback is larger than a datagram',
    () => (get(s.udpConnected()[0], IPPROTO_IP, c.IP_MTU) as number) >= 16_384,
    true,
  ],
  ['IP_MTU cannot be set', () => set(s.udp(), IPPROTO_IP, c.IP_MTU, 1500), 'ENOPROTOOPT'],
  [
    'IP_MTU_DISCOVER is IP_PMTUDISC_WANT at first',
    () => get(s.udp(), IPPROTO_IP, c.IP_MTU_DISCOVER),
    c.IP_PMTUDISC_WANT,
    whereSysctl('net.ipv4.ip_no_pmtu_disc', 0),
  ],
  ['IP_MTU_DISCOVER beyond its values', () => set(s.udp(), IPPROTO_IP, c.IP_MTU_DISCOVER, 6), 'EINVAL'],
  ['IP_MINTTL 256', () => set(s.tcp(), IPPROTO_IP, c.IP_MINTTL, 256), 'EINVAL'],
  ['IP_HDRINCL is for raw sockets', () => set(s.udp(), IPPROTO_IP, c.IP_HDRINCL, true), 'ENOPROTOOPT'],
  [
    'IP_HDRINCL is on for IPPROTO_RAW',
    () => get(s.open(c.AF_INET, c.SOCK_RAW, c.IPPROTO_RAW), IPPROTO_IP, c.IP_HDRINCL),
    true,
    can('CAP_NET_RAW'),
  ],
  [
    'IP_HDRINCL is off for other protocols',
    () => get(raw(), IPPROTO_IP, c.IP_HDRINCL),
    false,
    can('CAP_NET_RAW'),
  ],
  ['IP_NODEFRAG is for raw sockets', () => set(s.udp(), IPPROTO_IP, c.IP_NODEFRAG, true), 'ENOPROTOOPT'],
  ['IP_OPTIONS is empty at first', () => get(s.udp(), IPPROTO_IP, c.IP_OPTIONS), Buffer.alloc(0)],
  [
    'IP_OPTIONS of more than 40 bytes',
    () => set(s.udp(), IPPROTO_IP, c.IP_OPTIONS, Buffer.alloc(44, 1)),
    'EINVAL',
  ],
  ['IP_FREEBIND reads back', () => after(s.udp(), IPPROTO_IP, c.IP_FREEBIND, true), true],
  [
    'IP_TRANSPARENT reads back',
    () => after(s.udp(), IPPROTO_IP, c.IP_TRANSPARENT, true),
    true,
    can('CAP_NET_ADMIN'),
  ],
  ['ICMP_FILTER reads back', () => after(raw(), c.SOL_RAW, c.ICMP_FILTER, 0x100), 0x100, can('CAP_NET_RAW')],
  [
    'ICMP_FILTER is for ICMP',
    () => set(s.open(c.AF_INET, c.SOCK_RAW, c.IPPROTO_UDP), c.SOL_RAW, c.ICMP_FILTER, 1),
    'EOPNOTSUPP',
    can('CAP_NET_RAW'),
  ],

  ['IPV6_UNICAST_HOPS 256', () => set(s.udp6(), IPPROTO_IPV6, c.IPV6_UNICAST_HOPS, 256), 'EINVAL', ipv6],
  [
    'IPV6_UNICAST_HOPS -1 is the default again',
    () => after(s.udp6(), IPPROTO_IPV6, c.IPV6_UNICAST_HOPS, -1),
    64,
    all(ipv6, whereSysctl('net.ipv6.conf.default.hop_limit', 64)),
  ],
  ['IPV6_MULTICAST_HOPS is 1 at first', () => get(s.udp6(), IPPROTO_IPV6, c.IPV6_MULTICAST_HOPS), 1, ipv6],
  ['IPV6_MULTICAST_LOOP 2', () => set(s.udp6(), IPPROTO_IPV6, c.IPV6_MULTICAST_LOOP, 2), 'EINVAL', ipv6],
  [
    'IPV6_MULTICAST_IF of no interface',
    () => set(s.udp6(), IPPROTO_IPV6, c.IPV6_MULTICAST_IF, 9999),
    'ENODEV',
    ipv6,
  ],
  ['IPV6_TCLASS 256', () => set(s.udp6(), IPPROTO_IPV6, c.IPV6_TCLASS, 256), 'EINVAL', ipv6],
  ['IPV6_TCLASS -1 is 0', () => after(s.udp6(), IPPROTO_IPV6, c.IPV6_TCLASS, -1), 0, ipv6],
  ['IPV6_MTU below the least of IPv6', () => set(s.udp6(), IPPROTO_IPV6, c.IPV6_MTU, 1279), 'EINVAL', ipv6],
  [
    'IPV6_MTU of a socket that is not connected',
    () => get(s.udp6(), IPPROTO_IPV6, c.IPV6_MTU),
    'ENOTCONN',
    ipv6,
  ],
  ['IPV6_V6ONLY once bound', () => set(s.bound(s.udp6()), IPPROTO_IPV6, c.IPV6_V6ONLY, true), 'EINVAL', ipv6],
  [
    'IPV6_V6ONLY at first is bindv6only',
    () => Number(get(s.udp6(), IPPROTO_IPV6, c.IPV6_V6ONLY)) - Number(sysctl('net.ipv6.bindv6only')),
    0,
    ipv6,
  ],
  [
    'IPV6_JOIN_GROUP with what is no group',
    () => set(s.udp6(), IPPROTO_IPV6, c.IPV6_JOIN_GROUP, { multiaddr: '::1', ifindex: LOOPBACK }),
    'EINVAL',
    ipv6,
  ],
  [
    'IPV6_JOIN_GROUP at an interface that is missing',
    () => set(s.udp6(), IPPROTO_IPV6, c.IPV6_JOIN_GROUP, { multiaddr: 'ff02::7', ifindex: 9999 }),
    'ENODEV',
    ipv6,
  ],
  [
    'IPV6_LEAVE_GROUP of a group that was not joined',
    () => set(s.udp6(), IPPROTO_IPV6, c.IPV6_LEAVE_GROUP, { multiaddr: 'ff01::7', ifindex: LOOPBACK }),
    'EADDRNOTAVAIL',
    ipv6,
  ],
  [
    'IPV6_ADDRFORM makes an IPv4 socket of one with a mapped peer',
    () => {
      const a = s.udp6();
      a.connect(c.AF_INET6, '::ffff:127.0.0.1', s.portOf(s.bound()));
      set(a, IPPROTO_IPV6, c.IPV6_ADDRFORM, c.AF_INET);
      return [get(a, SOL_SOCKET, c.SO_DOMAIN), a.getpeername().address];
    },
    [c.AF_INET, '127.0.0.1'],
    ipv6,
  ],
  [
    'IPV6_ADDRFORM of a socket that is not connected',
    () => set(s.udp6(), IPPROTO_IPV6, c.IPV6_ADDRFORM, c.AF_INET),
    'ENOTCONN',
    ipv6,
  ],
  ['an IPv6 socket has options of IPv4', () => after(s.udp6(), IPPROTO_IP, c.IP_TTL, 9), 9, ipv6],

  ['TCP_INFO of a new socket', () => stateOf(s.tcp()), 'CLOSE'],
  ['TCP_INFO of a listener', () => stateOf(s.listening()), 'LISTEN'],
  ['TCP_INFO once connected', () => stateOf(s.tcpConnected()[0]), 'ESTABLISHED'],
  [
    'TCP_INFO after the peer has ended',
    async () => {
      const [a, b] = s.tcpConnected();
      b.shutdown(c.SHUT_WR);
      await s.readSoon(a);
      return stateOf(a);
    },
    'CLOSE_WAIT',
  ],
  ['TCP_CONGESTION of a bogus name', () => set(s.tcp(), IPPROTO_TCP, c.TCP_CONGESTION, 'bogus'), 'ENOENT'],
  [
    'TCP_CONGESTION at first is tcp_congestion_control',
    () => get(s.tcp(), IPPROTO_TCP, c.TCP_CONGESTION) === sysctl('net.ipv4.tcp_congestion_control'),
    true,
  ],
  [
    'TCP_CONGESTION reno is always there',
    () => after(s.tcp(), IPPROTO_TCP, c.TCP_CONGESTION, 'reno'),
    'reno',
  ],
  ['TCP_ULP of a bogus name', () => set(s.tcp(), IPPROTO_TCP, c.TCP_ULP, 'bogus'), 'ENOENT'],
  ['TCP_KEEPIDLE 0', () => set(s.tcp(), IPPROTO_TCP, c.TCP_KEEPIDLE, 0), 'EINVAL'],
  ['TCP_KEEPIDLE 32768', () => set(s.tcp(), IPPROTO_TCP, c.TCP_KEEPIDLE, 32_768), 'EINVAL'],
  [
    'TCP_KEEPIDLE at first is tcp_keepalive_time',
    () => get(s.tcp(), IPPROTO_TCP, c.TCP_KEEPIDLE) === Number(sysctl('net.ipv4.tcp_keepalive_time')),
    true,
  ],
  ['TCP_KEEPINTVL 32768', () => set(s.tcp(), IPPROTO_TCP, c.TCP_KEEPINTVL, 32_768), 'EINVAL'],
  ['TCP_KEEPCNT 128', () => set(s.tcp(), IPPROTO_TCP, c.TCP_KEEPCNT, 128), 'EINVAL'],
  ['TCP_SYNCNT 128', () => set(s.tcp(), IPPROTO_TCP, c.TCP_SYNCNT, 128), 'EINVAL'],
  ['TCP_MAXSEG 87', () => set(s.tcp(), IPPROTO_TCP, c.TCP_MAXSEG, 87), 'EINVAL'],
  ['TCP_USER_TIMEOUT -1', () => set(s.tcp(), IPPROTO_TCP, c.TCP_USER_TIMEOUT, -1), 'EINVAL'],
  [
    'TCP_USER_TIMEOUT reads back, in milliseconds',
    () => after(s.tcp(), IPPROTO_TCP, c.TCP_USER_TIMEOUT, 1234),
    1234,
  ],
  [
    'TCP_DEFER_ACCEPT is rounded to retransmissions',
    () => after(s.tcp(), IPPROTO_TCP, c.TCP_DEFER_ACCEPT, 2),
    3,
  ],
  ['TCP_NODELAY is off at first', () => get(s.tcp(), IPPROTO_TCP, c.TCP_NODELAY), false],
  ['TCP_QUICKACK is on at first', () => get(s.tcp(), IPPROTO_TCP, c.TCP_QUICKACK), true],
  ['TCP_INQ 2', () => set(s.tcp(), IPPROTO_TCP, c.TCP_INQ, 2), 'EINVAL'],
  [
    'TCP_FASTOPEN_CONNECT once connected',
    () => set(s.tcpConnected()[0], IPPROTO_TCP, c.TCP_FASTOPEN_CONNECT, true),
    'EINVAL',
  ],
  [
    'TCP_REPAIR once connected is for the privileged',
    () => after(s.tcpConnected()[0], IPPROTO_TCP, c.TCP_REPAIR, 1),
    1,
    can('CAP_NET_ADMIN'),
  ],
  ['TCP_NOTSENT_LOWAT reads back', () => after(s.tcp(), IPPROTO_TCP, c.TCP_NOTSENT_LOWAT, 16_384), 16_384],

  ['UDP_SEGMENT is 0 at first', () => get(s.udp(), IPPROTO_UDP, c.UDP_SEGMENT), 0],
  ['UDP_SEGMENT beyond a datagram', () => set(s.udp(), IPPROTO_UDP, c.UDP_SEGMENT, 65_536), 'EINVAL'],
  ['UDP_GRO reads back', () => after(s.udp(), IPPROTO_UDP, c.UDP_GRO, true), true],
  ['UDP_ENCAP of a kind that is unknown', () => set(s.udp(), IPPROTO_UDP, c.UDP_ENCAP, 99), 'ENOPROTOOPT'],
  ['UDP_NO_CHECK6_RX reads back', () => after(s.udp6(), IPPROTO_UDP, c.UDP_NO_CHECK6_RX, true), true, ipv6],

  [
    'an option of a closed peer can be read',
    () => {
      const [a, b] = s.tcpConnected();
      b.close();
      return outcome(() => get(a, SOL_SOCKET, c.SO_TYPE));
    },
    c.SOCK_STREAM,
  ],
];

conformance('options', rows);
