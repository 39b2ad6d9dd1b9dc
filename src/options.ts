/** The option table: what the bytes of each socket option mean. One row per option. */
import type { Level, Option } from './brands.ts';
import { bigint, boolean, bytes, type Codec, credentials, integer, string, tableOf, time } from './codecs.ts';
import * as c from './constants.ts';
import { fanoutProgram, filterProgram } from './options/filter.ts';
import { icmp6Filter, packetInfo6, pathMtu, portRange } from './options/ip.ts';
import {
  canFilters,
  fanout,
  memberships,
  packetMembership,
  packetStatistics,
  rolloverStatistics,
} from './options/link.ts';
import {
  groupFilter,
  groupRequest,
  groupSourceRequest,
  membership,
  membership6,
  multicastInterface,
  sourceFilter,
  sourceMembership,
} from './options/multicast.ts';
import { groups, linger, memInfo, peerName, timestamping, txTime } from './options/socket.ts';
import { address, networkInteger, type OptionCodec, unsigned } from './options/struct.ts';
import {
  md5Signature,
  mptcpInfo,
  mptcpSubflowAddresses,
  mptcpTcpInfo,
  repairOptions,
  repairWindow,
  tcpInfo,
} from './options/tcp.ts';

type Constants = typeof c;

type OptionName = {
  [Name in keyof Constants]: NonNullable<Constants[Name]> extends Option<string, unknown, unknown, unknown>
    ? Name
    : never;
}[keyof Constants];

type Get<Name extends OptionName> =
  NonNullable<Constants[Name]> extends Option<string, infer T, unknown, unknown> ? T : never;

type LevelOf<Name extends OptionName> =
  NonNullable<Constants[Name]> extends Option<infer L, unknown, unknown, unknown> ? L : never;

/** The names of the levels that an option has. */
type LevelName<Name extends OptionName> = {
  [Candidate in keyof Constants]: NonNullable<Constants[Candidate]> extends Level<infer L>
    ? L extends LevelOf<Name>
      ? Candidate
      : never
    : never;
}[keyof Constants];

/** What is known of an option beside its type. */
export interface OptionDescription {
  /** The name of its level: `'SOL_SOCKET'`. */
  level: string;
  /** Its own name: `'SO_RCVBUF'`. */
  name: string;
  /**
   * Whether it can be read (`'r'`), set (`'w'`) or both. Trying the other is
   * the kernel's to refuse.
   */
  access: 'r' | 'w' | 'rw';
  /** The manual page that describes it, or else the RFC or the header that declares it. */
  page: string;
  /** What its numbers count: `'bytes'`, `'seconds'`; `''` if nothing. */
  unit: string;
}

interface Row extends OptionDescription {
  codec: OptionCodec;
}

/** A row whose level and codec are what the option's type says. */
function row<Name extends OptionName>(
  level: LevelName<Name>,
  name: Name,
  codec: Codec<Get<Name>>,
  access: OptionDescription['access'],
  page: string,
  unit = '',
): Row {
  return { level, name, codec, access, page, unit };
}

/** Every option that the package has a name for, by level and name. */
const rows: readonly Row[] = [
  row('SOL_SOCKET', 'SO_ACCEPTCONN', boolean, 'r', 'socket(7)'),
  row('SOL_SOCKET', 'SO_ATTACH_BPF', integer, 'w', 'socket(7)', 'descriptor'),
  row('SOL_SOCKET', 'SO_ATTACH_FILTER', filterProgram, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_ATTACH_REUSEPORT_CBPF', filterProgram, 'w', 'socket(7)'),
  row('SOL_SOCKET', 'SO_ATTACH_REUSEPORT_EBPF', integer, 'w', 'socket(7)', 'descriptor'),
  row('SOL_SOCKET', 'SO_BINDTODEVICE', string, 'rw', 'socket(7)', 'interface name'),
  row('SOL_SOCKET', 'SO_BINDTOIFINDEX', integer, 'rw', 'asm-generic/socket.h', 'interface index'),
  row('SOL_SOCKET', 'SO_BPF_EXTENSIONS', integer, 'r', 'socket(7)'),
  row('SOL_SOCKET', 'SO_BROADCAST', boolean, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_BUF_LOCK', integer, 'rw', 'asm-generic/socket.h'),
  row('SOL_SOCKET', 'SO_BUSY_POLL', integer, 'rw', 'socket(7)', 'microseconds'),
  row('SOL_SOCKET', 'SO_BUSY_POLL_BUDGET', integer, 'rw', 'asm-generic/socket.h', 'packets'),
  row('SOL_SOCKET', 'SO_CNX_ADVICE', integer, 'w', 'asm-generic/socket.h'),
  row('SOL_SOCKET', 'SO_COOKIE', bigint, 'r', 'asm-generic/socket.h'),
  row('SOL_SOCKET', 'SO_DEBUG', boolean, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_DETACH_BPF', integer, 'w', 'socket(7)'),
  row('SOL_SOCKET', 'SO_DETACH_FILTER', integer, 'w', 'socket(7)'),
  row('SOL_SOCKET', 'SO_DETACH_REUSEPORT_BPF', integer, 'w', 'asm-generic/socket.h'),
  row('SOL_SOCKET', 'SO_DOMAIN', integer, 'r', 'socket(7)'),
  row('SOL_SOCKET', 'SO_DONTROUTE', boolean, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_ERROR', integer, 'r', 'socket(7)'),
  row('SOL_SOCKET', 'SO_GET_FILTER', filterProgram, 'r', 'socket(7)'),
  row('SOL_SOCKET', 'SO_INCOMING_CPU', integer, 'rw', 'socket(7)', 'CPU number'),
  row('SOL_SOCKET', 'SO_INCOMING_NAPI_ID', unsigned, 'r', 'socket(7)'),
  row('SOL_SOCKET', 'SO_KEEPALIVE', boolean, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_LINGER', linger, 'rw', 'socket(7)', 'seconds'),
  row('SOL_SOCKET', 'SO_LOCK_FILTER', boolean, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_MARK', unsigned, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_MAX_PACING_RATE', bigint, 'rw', 'socket(7)', 'bytes per second'),
  row('SOL_SOCKET', 'SO_MEMINFO', memInfo, 'r', 'asm-generic/socket.h', 'bytes'),
  row('SOL_SOCKET', 'SO_NETNS_COOKIE', bigint, 'r', 'asm-generic/socket.h'),
  row('SOL_SOCKET', 'SO_NOFCS', boolean, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_NO_CHECK', boolean, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_OOBINLINE', boolean, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_PASSCRED', boolean, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_PASSPIDFD', boolean, 'rw', 'asm-generic/socket.h'),
  row('SOL_SOCKET', 'SO_PASSRIGHTS', boolean, 'rw', 'asm-generic/socket.h'),
  row('SOL_SOCKET', 'SO_PASSSEC', boolean, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_PEEK_OFF', integer, 'rw', 'socket(7)', 'bytes'),
  row('SOL_SOCKET', 'SO_PEERCRED', credentials, 'r', 'socket(7)'),
  row('SOL_SOCKET', 'SO_PEERGROUPS', groups, 'r', 'asm-generic/socket.h'),
  row('SOL_SOCKET', 'SO_PEERNAME', peerName, 'r', 'socket(7)'),
  row('SOL_SOCKET', 'SO_PEERPIDFD', integer, 'r', 'asm-generic/socket.h', 'descriptor'),
  row('SOL_SOCKET', 'SO_PEERSEC', string, 'r', 'socket(7)'),
  row('SOL_SOCKET', 'SO_PREFER_BUSY_POLL', boolean, 'rw', 'asm-generic/socket.h'),
  row('SOL_SOCKET', 'SO_PRIORITY', integer, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_PROTOCOL', integer, 'r', 'socket(7)'),
  row('SOL_SOCKET', 'SO_RCVBUF', integer, 'rw', 'socket(7)', 'bytes'),
  row('SOL_SOCKET', 'SO_RCVBUFFORCE', integer, 'w', 'socket(7)', 'bytes'),
  row('SOL_SOCKET', 'SO_RCVLOWAT', integer, 'rw', 'socket(7)', 'bytes'),
  row('SOL_SOCKET', 'SO_RCVMARK', boolean, 'rw', 'asm-generic/socket.h'),
  row('SOL_SOCKET', 'SO_RCVTIMEO', time, 'rw', 'socket(7)', 'seconds'),
  row('SOL_SOCKET', 'SO_RESERVE_MEM', integer, 'rw', 'asm-generic/socket.h', 'bytes'),
  row('SOL_SOCKET', 'SO_REUSEADDR', boolean, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_REUSEPORT', boolean, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_RXQ_OVFL', boolean, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_SELECT_ERR_QUEUE', boolean, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_SNDBUF', integer, 'rw', 'socket(7)', 'bytes'),
  row('SOL_SOCKET', 'SO_SNDBUFFORCE', integer, 'w', 'socket(7)', 'bytes'),
  row('SOL_SOCKET', 'SO_SNDLOWAT', integer, 'r', 'socket(7)', 'bytes'),
  row('SOL_SOCKET', 'SO_SNDTIMEO', time, 'rw', 'socket(7)', 'seconds'),
  row('SOL_SOCKET', 'SO_TIMESTAMP', boolean, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_TIMESTAMPING', timestamping, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_TIMESTAMPNS', boolean, 'rw', 'socket(7)'),
  row('SOL_SOCKET', 'SO_TXREHASH', integer, 'rw', 'asm-generic/socket.h'),
  row('SOL_SOCKET', 'SO_TXTIME', txTime, 'rw', 'asm-generic/socket.h'),
  row('SOL_SOCKET', 'SO_TYPE', integer, 'r', 'socket(7)'),
  row('SOL_SOCKET', 'SO_ZEROCOPY', boolean, 'rw', 'asm-generic/socket.h'),
  row('IPPROTO_IP', 'IP_ADD_MEMBERSHIP', membership, 'w', 'ip(7)'),
  row('IPPROTO_IP', 'IP_ADD_SOURCE_MEMBERSHIP', sourceMembership, 'w', 'ip(7)'),
  row('IPPROTO_IP', 'IP_BIND_ADDRESS_NO_PORT', boolean, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_BLOCK_SOURCE', sourceMembership, 'w', 'ip(7)'),
  row('IPPROTO_IP', 'IP_CHECKSUM', boolean, 'rw', 'linux/in.h'),
  row('IPPROTO_IP', 'IP_DROP_MEMBERSHIP', membership, 'w', 'ip(7)'),
  row('IPPROTO_IP', 'IP_DROP_SOURCE_MEMBERSHIP', sourceMembership, 'w', 'ip(7)'),
  row('IPPROTO_IP', 'IP_FREEBIND', boolean, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_HDRINCL', boolean, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_IPSEC_POLICY', bytes, 'w', 'ip(7)'),
  row('IPPROTO_IP', 'IP_LOCAL_PORT_RANGE', portRange, 'rw', 'linux/in.h', 'ports'),
  row('IPPROTO_IP', 'IP_MINTTL', integer, 'rw', 'ip(7)', 'hops'),
  row('IPPROTO_IP', 'IP_MSFILTER', sourceFilter, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_MTU', integer, 'r', 'ip(7)', 'bytes'),
  row('IPPROTO_IP', 'IP_MTU_DISCOVER', integer, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_MULTICAST_ALL', boolean, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_MULTICAST_IF', multicastInterface, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_MULTICAST_LOOP', boolean, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_MULTICAST_TTL', integer, 'rw', 'ip(7)', 'hops'),
  row('IPPROTO_IP', 'IP_NODEFRAG', boolean, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_OPTIONS', bytes, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_ORIGDSTADDR', boolean, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_PASSSEC', boolean, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_PKTINFO', boolean, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_PKTOPTIONS', bytes, 'r', 'linux/in.h'),
  row('IPPROTO_IP', 'IP_PROTOCOL', integer, 'r', 'linux/in.h'),
  row('IPPROTO_IP', 'IP_RECVERR', boolean, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_RECVERR_RFC4884', boolean, 'rw', 'linux/in.h'),
  row('IPPROTO_IP', 'IP_RECVFRAGSIZE', boolean, 'rw', 'linux/in.h'),
  row('IPPROTO_IP', 'IP_RECVOPTS', boolean, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_RECVORIGDSTADDR', boolean, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_RECVRETOPTS', boolean, 'rw', 'linux/in.h'),
  row('IPPROTO_IP', 'IP_RECVTOS', boolean, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_RECVTTL', boolean, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_RETOPTS', boolean, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_ROUTER_ALERT', boolean, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_TOS', integer, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_TRANSPARENT', boolean, 'rw', 'ip(7)'),
  row('IPPROTO_IP', 'IP_TTL', integer, 'rw', 'ip(7)', 'hops'),
  row('IPPROTO_IP', 'IP_UNBLOCK_SOURCE', sourceMembership, 'w', 'ip(7)'),
  row('IPPROTO_IP', 'IP_UNICAST_IF', networkInteger, 'rw', 'ip(7)', 'interface index'),
  row('IPPROTO_IP', 'IP_XFRM_POLICY', bytes, 'w', 'ip(7)'),
  row('IPPROTO_IP', 'MCAST_BLOCK_SOURCE', groupSourceRequest, 'w', 'RFC 3678'),
  row('IPPROTO_IP', 'MCAST_JOIN_GROUP', groupRequest, 'w', 'RFC 3678'),
  row('IPPROTO_IP', 'MCAST_JOIN_SOURCE_GROUP', groupSourceRequest, 'w', 'RFC 3678'),
  row('IPPROTO_IP', 'MCAST_LEAVE_GROUP', groupRequest, 'w', 'RFC 3678'),
  row('IPPROTO_IP', 'MCAST_LEAVE_SOURCE_GROUP', groupSourceRequest, 'w', 'RFC 3678'),
  row('IPPROTO_IP', 'MCAST_MSFILTER', groupFilter, 'rw', 'RFC 3678'),
  row('IPPROTO_IP', 'MCAST_UNBLOCK_SOURCE', groupSourceRequest, 'w', 'RFC 3678'),
  row('IPPROTO_IP', 'SO_ORIGINAL_DST', address(16), 'r', 'linux/netfilter_ipv4.h'),
  row('IPPROTO_IPV6', 'IP6T_SO_ORIGINAL_DST', address(28), 'r', 'linux/netfilter_ipv6/ip6_tables.h'),
  row('IPPROTO_IPV6', 'IPV6_2292DSTOPTS', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_2292HOPLIMIT', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_2292HOPOPTS', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_2292PKTINFO', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_2292PKTOPTIONS', bytes, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_2292RTHDR', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_ADDRFORM', integer, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_ADDR_PREFERENCES', integer, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_ADD_MEMBERSHIP', membership6, 'w', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_AUTOFLOWLABEL', boolean, 'rw', 'linux/in6.h'),
  row('IPPROTO_IPV6', 'IPV6_CHECKSUM', integer, 'rw', 'ipv6(7)', 'byte offset'),
  row('IPPROTO_IPV6', 'IPV6_DONTFRAG', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_DROP_MEMBERSHIP', membership6, 'w', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_DSTOPTS', bytes, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_FLOWINFO', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_FLOWINFO_SEND', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_FLOWLABEL_MGR', bytes, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_FREEBIND', boolean, 'rw', 'linux/in6.h'),
  row('IPPROTO_IPV6', 'IPV6_HDRINCL', boolean, 'rw', 'linux/in6.h'),
  row('IPPROTO_IPV6', 'IPV6_HOPOPTS', bytes, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_IPSEC_POLICY', bytes, 'w', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_JOIN_ANYCAST', membership6, 'w', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_JOIN_GROUP', membership6, 'w', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_LEAVE_ANYCAST', membership6, 'w', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_LEAVE_GROUP', membership6, 'w', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_MINHOPCOUNT', integer, 'rw', 'ipv6(7)', 'hops'),
  row('IPPROTO_IPV6', 'IPV6_MTU', integer, 'rw', 'ipv6(7)', 'bytes'),
  row('IPPROTO_IPV6', 'IPV6_MTU_DISCOVER', integer, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_MULTICAST_ALL', boolean, 'rw', 'linux/in6.h'),
  row('IPPROTO_IPV6', 'IPV6_MULTICAST_HOPS', integer, 'rw', 'ipv6(7)', 'hops'),
  row('IPPROTO_IPV6', 'IPV6_MULTICAST_IF', integer, 'rw', 'ipv6(7)', 'interface index'),
  row('IPPROTO_IPV6', 'IPV6_MULTICAST_LOOP', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_NEXTHOP', address(28), 'w', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_ORIGDSTADDR', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_PATHMTU', pathMtu, 'r', 'ipv6(7)', 'bytes'),
  row('IPPROTO_IPV6', 'IPV6_PKTINFO', packetInfo6, 'w', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_RECVDSTOPTS', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_RECVERR', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_RECVERR_RFC4884', boolean, 'rw', 'linux/in6.h'),
  row('IPPROTO_IPV6', 'IPV6_RECVFRAGSIZE', boolean, 'rw', 'linux/in6.h'),
  row('IPPROTO_IPV6', 'IPV6_RECVHOPLIMIT', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_RECVHOPOPTS', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_RECVORIGDSTADDR', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_RECVPATHMTU', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_RECVPKTINFO', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_RECVRTHDR', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_RECVTCLASS', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_ROUTER_ALERT', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_ROUTER_ALERT_ISOLATE', boolean, 'rw', 'linux/in6.h'),
  row('IPPROTO_IPV6', 'IPV6_RTHDR', bytes, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_RTHDRDSTOPTS', bytes, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_TCLASS', integer, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_TRANSPARENT', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_UNICAST_HOPS', integer, 'rw', 'ipv6(7)', 'hops'),
  row('IPPROTO_IPV6', 'IPV6_UNICAST_IF', networkInteger, 'rw', 'ipv6(7)', 'interface index'),
  row('IPPROTO_IPV6', 'IPV6_V6ONLY', boolean, 'rw', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'IPV6_XFRM_POLICY', bytes, 'w', 'ipv6(7)'),
  row('IPPROTO_IPV6', 'MCAST_BLOCK_SOURCE', groupSourceRequest, 'w', 'RFC 3678'),
  row('IPPROTO_IPV6', 'MCAST_JOIN_GROUP', groupRequest, 'w', 'RFC 3678'),
  row('IPPROTO_IPV6', 'MCAST_JOIN_SOURCE_GROUP', groupSourceRequest, 'w', 'RFC 3678'),
  row('IPPROTO_IPV6', 'MCAST_LEAVE_GROUP', groupRequest, 'w', 'RFC 3678'),
  row('IPPROTO_IPV6', 'MCAST_LEAVE_SOURCE_GROUP', groupSourceRequest, 'w', 'RFC 3678'),
  row('IPPROTO_IPV6', 'MCAST_MSFILTER', groupFilter, 'rw', 'RFC 3678'),
  row('IPPROTO_IPV6', 'MCAST_UNBLOCK_SOURCE', groupSourceRequest, 'w', 'RFC 3678'),
  row('IPPROTO_TCP', 'TCP_CC_INFO', bytes, 'r', 'tcp(7)'),
  row('IPPROTO_TCP', 'TCP_CONGESTION', string, 'rw', 'tcp(7)'),
  row('IPPROTO_TCP', 'TCP_COOKIE_TRANSACTIONS', bytes, 'rw', 'tcp(7)'),
  row('IPPROTO_TCP', 'TCP_CORK', boolean, 'rw', 'tcp(7)'),
  row('IPPROTO_TCP', 'TCP_DEFER_ACCEPT', integer, 'rw', 'tcp(7)', 'seconds'),
  row('IPPROTO_TCP', 'TCP_FASTOPEN', integer, 'rw', 'tcp(7)', 'pending requests'),
  row('IPPROTO_TCP', 'TCP_FASTOPEN_CONNECT', boolean, 'rw', 'tcp(7)'),
  row('IPPROTO_TCP', 'TCP_FASTOPEN_KEY', bytes, 'rw', 'linux/tcp.h', '16 or 32 bytes'),
  row('IPPROTO_TCP', 'TCP_FASTOPEN_NO_COOKIE', boolean, 'rw', 'linux/tcp.h'),
  row('IPPROTO_TCP', 'TCP_INFO', tcpInfo, 'r', 'tcp(7)'),
  row('IPPROTO_TCP', 'TCP_INQ', boolean, 'rw', 'linux/tcp.h'),
  row('IPPROTO_TCP', 'TCP_KEEPCNT', integer, 'rw', 'tcp(7)', 'probes'),
  row('IPPROTO_TCP', 'TCP_KEEPIDLE', integer, 'rw', 'tcp(7)', 'seconds'),
  row('IPPROTO_TCP', 'TCP_KEEPINTVL', integer, 'rw', 'tcp(7)', 'seconds'),
  row('IPPROTO_TCP', 'TCP_LINGER2', integer, 'rw', 'tcp(7)', 'seconds'),
  row('IPPROTO_TCP', 'TCP_MAXSEG', integer, 'rw', 'tcp(7)', 'bytes'),
  row('IPPROTO_TCP', 'TCP_MD5SIG', md5Signature, 'w', 'tcp(7)'),
  row('IPPROTO_TCP', 'TCP_MD5SIG_EXT', md5Signature, 'w', 'linux/tcp.h'),
  row('IPPROTO_TCP', 'TCP_NODELAY', boolean, 'rw', 'tcp(7)'),
  row('IPPROTO_TCP', 'TCP_NOTSENT_LOWAT', integer, 'rw', 'tcp(7)', 'bytes'),
  row('IPPROTO_TCP', 'TCP_QUEUE_SEQ', unsigned, 'rw', 'tcp(7)', 'sequence number'),
  row('IPPROTO_TCP', 'TCP_QUICKACK', boolean, 'rw', 'tcp(7)'),
  row('IPPROTO_TCP', 'TCP_REPAIR', integer, 'rw', 'tcp(7)'),
  row('IPPROTO_TCP', 'TCP_REPAIR_OPTIONS', repairOptions, 'w', 'tcp(7)'),
  row('IPPROTO_TCP', 'TCP_REPAIR_QUEUE', integer, 'rw', 'tcp(7)'),
  row('IPPROTO_TCP', 'TCP_REPAIR_WINDOW', repairWindow, 'rw', 'linux/tcp.h', 'bytes'),
  row('IPPROTO_TCP', 'TCP_SAVED_SYN', bytes, 'r', 'tcp(7)'),
  row('IPPROTO_TCP', 'TCP_SAVE_SYN', boolean, 'rw', 'tcp(7)'),
  row('IPPROTO_TCP', 'TCP_SYNCNT', integer, 'rw', 'tcp(7)', 'retransmissions'),
  row('IPPROTO_TCP', 'TCP_THIN_DUPACK', boolean, 'rw', 'tcp(7)'),
  row('IPPROTO_TCP', 'TCP_THIN_LINEAR_TIMEOUTS', boolean, 'rw', 'tcp(7)'),
  row('IPPROTO_TCP', 'TCP_TIMESTAMP', unsigned, 'rw', 'tcp(7)', 'milliseconds'),
  row('IPPROTO_TCP', 'TCP_TX_DELAY', integer, 'rw', 'linux/tcp.h', 'microseconds'),
  row('IPPROTO_TCP', 'TCP_ULP', string, 'rw', 'linux/tcp.h'),
  row('IPPROTO_TCP', 'TCP_USER_TIMEOUT', integer, 'rw', 'tcp(7)', 'milliseconds'),
  row('IPPROTO_TCP', 'TCP_WINDOW_CLAMP', integer, 'rw', 'tcp(7)', 'bytes'),
  row('IPPROTO_TCP', 'TCP_ZEROCOPY_RECEIVE', bytes, 'r', 'linux/tcp.h'),
  row('IPPROTO_UDP', 'UDP_CORK', boolean, 'rw', 'udp(7)'),
  row('IPPROTO_UDP', 'UDP_ENCAP', integer, 'rw', 'udp(7)'),
  row('IPPROTO_UDP', 'UDP_GRO', boolean, 'rw', 'linux/udp.h'),
  row('IPPROTO_UDP', 'UDP_NO_CHECK6_RX', boolean, 'rw', 'udp(7)'),
  row('IPPROTO_UDP', 'UDP_NO_CHECK6_TX', boolean, 'rw', 'udp(7)'),
  row('IPPROTO_UDP', 'UDP_SEGMENT', integer, 'rw', 'linux/udp.h', 'bytes'),
  row('IPPROTO_UDPLITE', 'UDPLITE_RECV_CSCOV', integer, 'rw', 'udplite(7)', 'bytes'),
  row('IPPROTO_UDPLITE', 'UDPLITE_SEND_CSCOV', integer, 'rw', 'udplite(7)', 'bytes'),
  row('SOL_RAW', 'ICMP_FILTER', unsigned, 'rw', 'raw(7)'),
  row('IPPROTO_ICMPV6', 'ICMP6_FILTER', icmp6Filter, 'rw', 'RFC 3542'),
  row('SOL_NETLINK', 'NETLINK_ADD_MEMBERSHIP', integer, 'w', 'netlink(7)'),
  row('SOL_NETLINK', 'NETLINK_BROADCAST_ERROR', boolean, 'rw', 'netlink(7)'),
  row('SOL_NETLINK', 'NETLINK_CAP_ACK', boolean, 'rw', 'netlink(7)'),
  row('SOL_NETLINK', 'NETLINK_DROP_MEMBERSHIP', integer, 'w', 'netlink(7)'),
  row('SOL_NETLINK', 'NETLINK_EXT_ACK', boolean, 'rw', 'netlink(7)'),
  row('SOL_NETLINK', 'NETLINK_GET_STRICT_CHK', boolean, 'rw', 'linux/netlink.h'),
  row('SOL_NETLINK', 'NETLINK_LISTEN_ALL_NSID', boolean, 'rw', 'netlink(7)'),
  row('SOL_NETLINK', 'NETLINK_LIST_MEMBERSHIPS', memberships, 'r', 'netlink(7)'),
  row('SOL_NETLINK', 'NETLINK_NO_ENOBUFS', boolean, 'rw', 'netlink(7)'),
  row('SOL_NETLINK', 'NETLINK_PKTINFO', boolean, 'rw', 'netlink(7)'),
  row('SOL_PACKET', 'PACKET_ADD_MEMBERSHIP', packetMembership, 'w', 'packet(7)'),
  row('SOL_PACKET', 'PACKET_AUXDATA', boolean, 'rw', 'packet(7)'),
  row('SOL_PACKET', 'PACKET_COPY_THRESH', integer, 'rw', 'linux/if_packet.h', 'packets'),
  row('SOL_PACKET', 'PACKET_DROP_MEMBERSHIP', packetMembership, 'w', 'packet(7)'),
  row('SOL_PACKET', 'PACKET_FANOUT', fanout, 'rw', 'packet(7)'),
  row('SOL_PACKET', 'PACKET_FANOUT_DATA', fanoutProgram, 'w', 'linux/if_packet.h'),
  row('SOL_PACKET', 'PACKET_HDRLEN', integer, 'r', 'linux/if_packet.h', 'bytes'),
  row('SOL_PACKET', 'PACKET_IGNORE_OUTGOING', boolean, 'rw', 'linux/if_packet.h'),
  row('SOL_PACKET', 'PACKET_LOSS', boolean, 'rw', 'packet(7)'),
  row('SOL_PACKET', 'PACKET_ORIGDEV', boolean, 'rw', 'linux/if_packet.h'),
  row('SOL_PACKET', 'PACKET_QDISC_BYPASS', boolean, 'rw', 'packet(7)'),
  row('SOL_PACKET', 'PACKET_RESERVE', integer, 'rw', 'packet(7)', 'bytes'),
  row('SOL_PACKET', 'PACKET_ROLLOVER_STATS', rolloverStatistics, 'r', 'linux/if_packet.h', 'packets'),
  row('SOL_PACKET', 'PACKET_RX_RING', bytes, 'w', 'packet(7)'),
  row('SOL_PACKET', 'PACKET_STATISTICS', packetStatistics, 'r', 'packet(7)', 'packets'),
  row('SOL_PACKET', 'PACKET_TIMESTAMP', integer, 'rw', 'packet(7)'),
  row('SOL_PACKET', 'PACKET_TX_HAS_OFF', boolean, 'rw', 'linux/if_packet.h'),
  row('SOL_PACKET', 'PACKET_TX_RING', bytes, 'w', 'packet(7)'),
  row('SOL_PACKET', 'PACKET_VERSION', integer, 'rw', 'packet(7)'),
  row('SOL_PACKET', 'PACKET_VNET_HDR', boolean, 'rw', 'linux/if_packet.h'),
  row('AF_VSOCK', 'SO_VM_SOCKETS_BUFFER_MAX_SIZE', bigint, 'rw', 'linux/vm_sockets.h', 'bytes'),
  row('AF_VSOCK', 'SO_VM_SOCKETS_BUFFER_MIN_SIZE', bigint, 'rw', 'linux/vm_sockets.h', 'bytes'),
  row('AF_VSOCK', 'SO_VM_SOCKETS_BUFFER_SIZE', bigint, 'rw', 'linux/vm_sockets.h', 'bytes'),
  row('AF_VSOCK', 'SO_VM_SOCKETS_CONNECT_TIMEOUT', time, 'rw', 'linux/vm_sockets.h', 'seconds'),
  row('SOL_CAN_RAW', 'CAN_RAW_ERR_FILTER', unsigned, 'rw', 'linux/can/raw.h'),
  row('SOL_CAN_RAW', 'CAN_RAW_FD_FRAMES', boolean, 'rw', 'linux/can/raw.h'),
  row('SOL_CAN_RAW', 'CAN_RAW_FILTER', canFilters, 'rw', 'linux/can/raw.h'),
  row('SOL_CAN_RAW', 'CAN_RAW_JOIN_FILTERS', boolean, 'rw', 'linux/can/raw.h'),
  row('SOL_CAN_RAW', 'CAN_RAW_LOOPBACK', boolean, 'rw', 'linux/can/raw.h'),
  row('SOL_CAN_RAW', 'CAN_RAW_RECV_OWN_MSGS', boolean, 'rw', 'linux/can/raw.h'),
  row('SOL_MPTCP', 'MPTCP_INFO', mptcpInfo, 'r', 'linux/mptcp.h'),
  row('SOL_MPTCP', 'MPTCP_SUBFLOW_ADDRS', mptcpSubflowAddresses, 'r', 'linux/mptcp.h'),
  row('SOL_MPTCP', 'MPTCP_TCPINFO', mptcpTcpInfo, 'r', 'linux/mptcp.h'),
];

const numbers: Readonly<Record<string, number | undefined>> = c.constants;
const find = tableOf(rows.map((each) => [numbers[each.level], numbers[each.name], each] as const));

/** The codec of an option; an integer's if the table does not know it. */
export function optionCodec(level: number, name: number): OptionCodec {
  return find(level, name)?.codec ?? integer;
}

const describe = ({ codec: _codec, ...description }: Row): OptionDescription => description;

/** Every option that the package has a name for, whether or not this system has it. */
export const optionTable: readonly OptionDescription[] = rows.map(describe);

/**
 * What is known of an option, of which two names with the same number are one
 * (`IPV6_ADD_MEMBERSHIP`, `IPV6_JOIN_GROUP`).
 *
 * @example
 * describeOption(IPPROTO_TCP, TCP_USER_TIMEOUT)?.unit; // 'milliseconds'
 *
 * @param level `SOL_SOCKET`, `IPPROTO_TCP`, ...
 * @param name `SO_*`, `TCP_*`, ...
 * @returns `undefined` for one that the table does not have: it is read and set
 * as an integer or as bytes.
 */
export function describeOption(level: number, name: number): OptionDescription | undefined {
  const found = find(level, name);
  return found && describe(found);
}
