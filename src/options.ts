/** The option table: what the bytes of each socket option mean. One row per option. */
import type { InternetAddress } from './address.ts';
import { binding } from './binding.ts';
import type { Level, Option } from './brands.ts';
import {
  addressBytes,
  bigint,
  boolean,
  bytes,
  type Codec,
  type CodecRow,
  checkInteger,
  credentials,
  intAt,
  integer,
  ints,
  string,
  tableOf,
  time,
} from './codecs.ts';
import * as c from './constants.ts';
import { invalidArgType } from './errors.ts';
import { decodeTcpInfo, TCP_INFO_LENGTH, type TcpInfo } from './tcp_info.ts';

/** `SO_LINGER`, socket(7). */
export interface Linger {
  /** Whether close(2) lingers. */
  enabled: boolean;
  /** Seconds, whole; with `enabled`, 0 makes `close` reset the connection. */
  timeout: number;
}

/** Guile's form of {@link Linger}: `[enable, timeout]`. */
export type LingerPair = readonly [enable: number | boolean, timeout: number];

/** `IP_ADD_MEMBERSHIP`, `IP_DROP_MEMBERSHIP`, ip(7). */
export interface Membership {
  /** The multicast group, IPv4. */
  multiaddr: InternetAddress;
  /** The interface by its address; any if missing. */
  interface?: InternetAddress;
  /** The interface by its index, which goes before the address. */
  ifindex?: number;
}

/**
 * Guile's form of {@link Membership}: `[multiaddr, interface]`; an integer
 * below 2^24 is an interface index, and 0 is any.
 */
export type MembershipPair = readonly [multiaddr: InternetAddress, by: InternetAddress];

/** `IPV6_JOIN_GROUP`, `IPV6_LEAVE_GROUP`, ipv6(7). */
export interface Ipv6Membership {
  /** The multicast group, IPv6. */
  multiaddr: InternetAddress;
  /** The interface's index; 0 or missing is any. */
  ifindex?: number;
}

const linger: Codec<Linger> = {
  length: 8,
  encode(value) {
    const { enabled, timeout } = (
      Array.isArray(value) ? { enabled: value[0], timeout: value[1] } : (value ?? {})
    ) as {
      enabled?: unknown;
      timeout?: unknown;
    };
    if (typeof enabled !== 'boolean' && typeof enabled !== 'number') {
      throw invalidArgType('value', 'like { enabled, timeout } or [enable, timeout]', value);
    }
    return ints(enabled ? 1 : 0, checkInteger(timeout, 0, 0x7fffffff));
  },
  decode: (bytes) => ({ enabled: intAt(bytes, 0) !== 0, timeout: intAt(bytes, 1) }),
};

const tcpInfo: Codec<TcpInfo> = { length: TCP_INFO_LENGTH, encode: bytes.encode, decode: decodeTcpInfo };

/** struct ip_mreqn; unlike struct ip_mreq it can name an interface by index. */
function mreqn(multiaddr: InternetAddress, address: InternetAddress, ifindex: number): Uint8Array {
  return Buffer.concat([
    addressBytes(multiaddr, c.AF_INET),
    addressBytes(address, c.AF_INET),
    ints(checkInteger(ifindex, 0, 0x7fffffff)),
  ]);
}

/** Guile's second number: an index, unless it is too large to be one. */
const isIndex = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value < 2 ** 24;

const membership: Codec<Membership> = {
  length: 12,
  encode(value) {
    if (Array.isArray(value)) {
      const [multiaddr, by] = value as unknown as MembershipPair;
      return isIndex(by) ? mreqn(multiaddr, 0, by) : mreqn(multiaddr, by, 0);
    }
    if (typeof value !== 'object' || value === null || !('multiaddr' in value)) {
      throw invalidArgType(
        'value',
        'like { multiaddr, interface, ifindex } or [multiaddr, interface]',
        value,
      );
    }
    const { multiaddr, interface: by, ifindex } = value as Membership;
    return mreqn(multiaddr, by ?? 0, ifindex ?? 0);
  },
  decode(value) {
    const at = (start: number) => binding.inetNtop(c.AF_INET, value.subarray(start, start + 4)) as string;
    return { multiaddr: at(0), interface: at(4), ifindex: intAt(value, 2) };
  },
};

const membership6: Codec<Ipv6Membership> = {
  length: 20,
  encode(value) {
    if (typeof value !== 'object' || value === null || !('multiaddr' in value)) {
      throw invalidArgType('value', 'like { multiaddr, ifindex }', value);
    }
    const { multiaddr, ifindex = 0 } = value as Ipv6Membership;
    return Buffer.concat([addressBytes(multiaddr, c.AF_INET6), ints(checkInteger(ifindex, 0, 0x7fffffff))]);
  },
  decode: (value) => ({
    multiaddr: binding.inetNtop(c.AF_INET6, value.subarray(0, 16)) as string,
    ifindex: intAt(value, 4),
  }),
};

/** struct in_addr; set from an index it needs struct ip_mreqn. */
const inAddress: Codec<string> = {
  length: 4,
  encode: (value) =>
    isIndex(value) ? mreqn(0, 0, value) : addressBytes(value as InternetAddress, c.AF_INET),
  decode: (value) => binding.inetNtop(c.AF_INET, value) as string,
};

/** A row whose codec reads what the option's type says. */
function row<L extends string, Get>(
  level: Level<L> | undefined,
  name: Option<NoInfer<L>, Get, unknown> | undefined,
  codec: Codec<NoInfer<Get>>,
): CodecRow {
  return [level ?? -1, name, codec];
}

const rows: readonly CodecRow[] = [
  row(c.SOL_SOCKET, c.SO_ACCEPTCONN, boolean),
  row(c.SOL_SOCKET, c.SO_ATTACH_FILTER, bytes),
  row(c.SOL_SOCKET, c.SO_ATTACH_REUSEPORT_CBPF, bytes),
  row(c.SOL_SOCKET, c.SO_BINDTODEVICE, string),
  row(c.SOL_SOCKET, c.SO_BROADCAST, boolean),
  row(c.SOL_SOCKET, c.SO_COOKIE, bigint),
  row(c.SOL_SOCKET, c.SO_DEBUG, boolean),
  row(c.SOL_SOCKET, c.SO_DONTROUTE, boolean),
  row(c.SOL_SOCKET, c.SO_GET_FILTER, bytes),
  row(c.SOL_SOCKET, c.SO_KEEPALIVE, boolean),
  row(c.SOL_SOCKET, c.SO_LINGER, linger),
  row(c.SOL_SOCKET, c.SO_LOCK_FILTER, boolean),
  row(c.SOL_SOCKET, c.SO_MEMINFO, bytes),
  row(c.SOL_SOCKET, c.SO_NETNS_COOKIE, bigint),
  row(c.SOL_SOCKET, c.SO_NOFCS, boolean),
  row(c.SOL_SOCKET, c.SO_NO_CHECK, boolean),
  row(c.SOL_SOCKET, c.SO_OOBINLINE, boolean),
  row(c.SOL_SOCKET, c.SO_PASSCRED, boolean),
  row(c.SOL_SOCKET, c.SO_PASSPIDFD, boolean),
  row(c.SOL_SOCKET, c.SO_PASSSEC, boolean),
  row(c.SOL_SOCKET, c.SO_PEERCRED, credentials),
  row(c.SOL_SOCKET, c.SO_PEERGROUPS, bytes),
  row(c.SOL_SOCKET, c.SO_PEERNAME, bytes),
  row(c.SOL_SOCKET, c.SO_PEERSEC, string),
  row(c.SOL_SOCKET, c.SO_PREFER_BUSY_POLL, boolean),
  row(c.SOL_SOCKET, c.SO_RCVMARK, boolean),
  row(c.SOL_SOCKET, c.SO_RCVTIMEO, time),
  row(c.SOL_SOCKET, c.SO_REUSEADDR, boolean),
  row(c.SOL_SOCKET, c.SO_REUSEPORT, boolean),
  row(c.SOL_SOCKET, c.SO_RXQ_OVFL, boolean),
  row(c.SOL_SOCKET, c.SO_SELECT_ERR_QUEUE, boolean),
  row(c.SOL_SOCKET, c.SO_SNDTIMEO, time),
  row(c.SOL_SOCKET, c.SO_TIMESTAMP, boolean),
  row(c.SOL_SOCKET, c.SO_TIMESTAMPNS, boolean),
  row(c.SOL_SOCKET, c.SO_TXTIME, bytes),
  row(c.SOL_SOCKET, c.SO_ZEROCOPY, boolean),
  row(c.IPPROTO_IP, c.IP_ADD_MEMBERSHIP, membership),
  row(c.IPPROTO_IP, c.IP_ADD_SOURCE_MEMBERSHIP, bytes),
  row(c.IPPROTO_IP, c.IP_BIND_ADDRESS_NO_PORT, boolean),
  row(c.IPPROTO_IP, c.IP_BLOCK_SOURCE, bytes),
  row(c.IPPROTO_IP, c.IP_CHECKSUM, boolean),
  row(c.IPPROTO_IP, c.IP_DROP_MEMBERSHIP, membership),
  row(c.IPPROTO_IP, c.IP_DROP_SOURCE_MEMBERSHIP, bytes),
  row(c.IPPROTO_IP, c.IP_FREEBIND, boolean),
  row(c.IPPROTO_IP, c.IP_HDRINCL, boolean),
  row(c.IPPROTO_IP, c.IP_IPSEC_POLICY, bytes),
  row(c.IPPROTO_IP, c.IP_MSFILTER, bytes),
  row(c.IPPROTO_IP, c.IP_MULTICAST_ALL, boolean),
  row(c.IPPROTO_IP, c.IP_MULTICAST_IF, inAddress),
  row(c.IPPROTO_IP, c.IP_MULTICAST_LOOP, boolean),
  row(c.IPPROTO_IP, c.IP_NODEFRAG, boolean),
  row(c.IPPROTO_IP, c.IP_OPTIONS, bytes),
  row(c.IPPROTO_IP, c.IP_ORIGDSTADDR, bytes),
  row(c.IPPROTO_IP, c.IP_PASSSEC, boolean),
  row(c.IPPROTO_IP, c.IP_PKTINFO, boolean),
  row(c.IPPROTO_IP, c.IP_PKTOPTIONS, bytes),
  row(c.IPPROTO_IP, c.IP_RECVERR, boolean),
  row(c.IPPROTO_IP, c.IP_RECVERR_RFC4884, boolean),
  row(c.IPPROTO_IP, c.IP_RECVFRAGSIZE, boolean),
  row(c.IPPROTO_IP, c.IP_RECVOPTS, boolean),
  row(c.IPPROTO_IP, c.IP_RECVORIGDSTADDR, boolean),
  row(c.IPPROTO_IP, c.IP_RECVRETOPTS, boolean),
  row(c.IPPROTO_IP, c.IP_RECVTOS, boolean),
  row(c.IPPROTO_IP, c.IP_RECVTTL, boolean),
  row(c.IPPROTO_IP, c.IP_RETOPTS, boolean),
  row(c.IPPROTO_IP, c.IP_ROUTER_ALERT, boolean),
  row(c.IPPROTO_IP, c.IP_TRANSPARENT, boolean),
  row(c.IPPROTO_IP, c.IP_UNBLOCK_SOURCE, bytes),
  row(c.IPPROTO_IP, c.IP_XFRM_POLICY, bytes),
  row(c.IPPROTO_IPV6, c.IPV6_ADD_MEMBERSHIP, membership6),
  row(c.IPPROTO_IPV6, c.IPV6_AUTOFLOWLABEL, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_DONTFRAG, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_DROP_MEMBERSHIP, membership6),
  row(c.IPPROTO_IPV6, c.IPV6_FLOWINFO, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_FLOWINFO_SEND, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_FREEBIND, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_HDRINCL, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_JOIN_ANYCAST, membership6),
  row(c.IPPROTO_IPV6, c.IPV6_JOIN_GROUP, membership6),
  row(c.IPPROTO_IPV6, c.IPV6_LEAVE_ANYCAST, membership6),
  row(c.IPPROTO_IPV6, c.IPV6_LEAVE_GROUP, membership6),
  row(c.IPPROTO_IPV6, c.IPV6_MULTICAST_ALL, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_MULTICAST_LOOP, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_RECVDSTOPTS, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_RECVERR, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_RECVERR_RFC4884, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_RECVFRAGSIZE, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_RECVHOPLIMIT, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_RECVHOPOPTS, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_RECVORIGDSTADDR, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_RECVPATHMTU, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_RECVPKTINFO, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_RECVRTHDR, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_RECVTCLASS, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_ROUTER_ALERT, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_ROUTER_ALERT_ISOLATE, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_TRANSPARENT, boolean),
  row(c.IPPROTO_IPV6, c.IPV6_V6ONLY, boolean),
  row(c.IPPROTO_TCP, c.TCP_CC_INFO, bytes),
  row(c.IPPROTO_TCP, c.TCP_CONGESTION, string),
  row(c.IPPROTO_TCP, c.TCP_COOKIE_TRANSACTIONS, bytes),
  row(c.IPPROTO_TCP, c.TCP_CORK, boolean),
  row(c.IPPROTO_TCP, c.TCP_FASTOPEN_CONNECT, boolean),
  row(c.IPPROTO_TCP, c.TCP_FASTOPEN_KEY, bytes),
  row(c.IPPROTO_TCP, c.TCP_FASTOPEN_NO_COOKIE, boolean),
  row(c.IPPROTO_TCP, c.TCP_INFO, tcpInfo),
  row(c.IPPROTO_TCP, c.TCP_INQ, boolean),
  row(c.IPPROTO_TCP, c.TCP_MD5SIG, bytes),
  row(c.IPPROTO_TCP, c.TCP_MD5SIG_EXT, bytes),
  row(c.IPPROTO_TCP, c.TCP_NODELAY, boolean),
  row(c.IPPROTO_TCP, c.TCP_QUICKACK, boolean),
  row(c.IPPROTO_TCP, c.TCP_REPAIR_OPTIONS, bytes),
  row(c.IPPROTO_TCP, c.TCP_REPAIR_WINDOW, bytes),
  row(c.IPPROTO_TCP, c.TCP_SAVED_SYN, bytes),
  row(c.IPPROTO_TCP, c.TCP_SAVE_SYN, boolean),
  row(c.IPPROTO_TCP, c.TCP_THIN_DUPACK, boolean),
  row(c.IPPROTO_TCP, c.TCP_THIN_LINEAR_TIMEOUTS, boolean),
  row(c.IPPROTO_TCP, c.TCP_ULP, string),
  row(c.IPPROTO_TCP, c.TCP_ZEROCOPY_RECEIVE, bytes),
  row(c.IPPROTO_UDP, c.UDP_CORK, boolean),
  row(c.IPPROTO_UDP, c.UDP_GRO, boolean),
  row(c.IPPROTO_UDP, c.UDP_NO_CHECK6_RX, boolean),
  row(c.IPPROTO_UDP, c.UDP_NO_CHECK6_TX, boolean),
  row(c.SOL_NETLINK, c.NETLINK_BROADCAST_ERROR, boolean),
  row(c.SOL_NETLINK, c.NETLINK_CAP_ACK, boolean),
  row(c.SOL_NETLINK, c.NETLINK_EXT_ACK, boolean),
  row(c.SOL_NETLINK, c.NETLINK_GET_STRICT_CHK, boolean),
  row(c.SOL_NETLINK, c.NETLINK_LISTEN_ALL_NSID, boolean),
  row(c.SOL_NETLINK, c.NETLINK_LIST_MEMBERSHIPS, bytes),
  row(c.SOL_NETLINK, c.NETLINK_NO_ENOBUFS, boolean),
  row(c.SOL_NETLINK, c.NETLINK_PKTINFO, boolean),
  row(c.SOL_PACKET, c.PACKET_ADD_MEMBERSHIP, bytes),
  row(c.SOL_PACKET, c.PACKET_AUXDATA, boolean),
  row(c.SOL_PACKET, c.PACKET_DROP_MEMBERSHIP, bytes),
  row(c.SOL_PACKET, c.PACKET_FANOUT_DATA, bytes),
  row(c.SOL_PACKET, c.PACKET_IGNORE_OUTGOING, boolean),
  row(c.SOL_PACKET, c.PACKET_LOSS, boolean),
  row(c.SOL_PACKET, c.PACKET_ORIGDEV, boolean),
  row(c.SOL_PACKET, c.PACKET_QDISC_BYPASS, boolean),
  row(c.SOL_PACKET, c.PACKET_ROLLOVER_STATS, bytes),
  row(c.SOL_PACKET, c.PACKET_RX_RING, bytes),
  row(c.SOL_PACKET, c.PACKET_STATISTICS, bytes),
  row(c.SOL_PACKET, c.PACKET_TIMESTAMP, boolean),
  row(c.SOL_PACKET, c.PACKET_TX_HAS_OFF, boolean),
  row(c.SOL_PACKET, c.PACKET_TX_RING, bytes),
  row(c.AF_VSOCK as Level<'vsock'> | undefined, c.SO_VM_SOCKETS_BUFFER_MAX_SIZE, bigint),
  row(c.AF_VSOCK as Level<'vsock'> | undefined, c.SO_VM_SOCKETS_BUFFER_MIN_SIZE, bigint),
  row(c.AF_VSOCK as Level<'vsock'> | undefined, c.SO_VM_SOCKETS_BUFFER_SIZE, bigint),
  row(c.SOL_CAN_RAW, c.CAN_RAW_FD_FRAMES, boolean),
  row(c.SOL_CAN_RAW, c.CAN_RAW_FILTER, bytes),
  row(c.SOL_CAN_RAW, c.CAN_RAW_JOIN_FILTERS, boolean),
  row(c.SOL_CAN_RAW, c.CAN_RAW_LOOPBACK, boolean),
  row(c.SOL_CAN_RAW, c.CAN_RAW_RECV_OWN_MSGS, boolean),
  row(c.IPPROTO_ICMPV6, c.ICMP6_FILTER, bytes),
];

/** The codec of an option; an integer's if the table does not know it. */
export const optionCodec = tableOf(rows, integer);
