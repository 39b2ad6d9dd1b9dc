/**
 * The C constants, named exports each, typed by what they mean. Every name is
 * always exported; one that the system lacks is `undefined`, and typed so
 * unless POSIX has it or Linux, macOS and the BSDs all do.
 */

import type { AddressLike, InternetAddress, SocketAddress } from './address.ts';
import { binding } from './binding.ts';
import type { Control, Family, Level, Option } from './brands.ts';
import type { Credentials } from './codecs.ts';
import type { Descriptor, ExtendedError, PacketInfo, PacketInfoToSend, Timestamping } from './control.ts';
import type { FilterInstruction, FilterProgram } from './options/filter.ts';
import type { Ipv6PacketInfo, Ipv6PacketInfoToSend, PathMtu, PortRange } from './options/ip.ts';
import type {
  CanFilter,
  Fanout,
  PacketMembership,
  PacketStatistics,
  RolloverStatistics,
} from './options/link.ts';
import type {
  GroupFilter,
  GroupRequest,
  GroupSourceRequest,
  Ipv6Membership,
  Membership,
  MembershipPair,
  SourceFilter,
  SourceFilterKey,
  SourceMembership,
} from './options/multicast.ts';
import type { Linger, LingerPair, MemInfo, TimestampingOption, TxTime } from './options/socket.ts';
import type { Md5Signature, MptcpInfo, RepairOption, RepairWindow, SubflowAddresses } from './options/tcp.ts';
import type { ReceivedFd } from './received_fd.ts';
import type { TcpInfo } from './tcp_info.ts';

export type { Control, Family, Level, Option, PlainControl, PlainNumber } from './brands.ts';

/** All constants that this system has, by name. */
export const constants: Readonly<Record<string, number>> = binding.constants;

const present = <T extends number>(name: string) => constants[name] as T;
const maybe = <T extends number>(name: string) => constants[name] as T | undefined;

// Address families, socket(2).
export const AF_ALG: Family<'alg'> | undefined = maybe('AF_ALG');
export const AF_APPLETALK: Family<'appletalk'> | undefined = maybe('AF_APPLETALK');
export const AF_ASH: Family<'ash'> | undefined = maybe('AF_ASH');
export const AF_ATMPVC: Family<'atmpvc'> | undefined = maybe('AF_ATMPVC');
export const AF_ATMSVC: Family<'atmsvc'> | undefined = maybe('AF_ATMSVC');
export const AF_AX25: Family<'ax25'> | undefined = maybe('AF_AX25');
export const AF_BLUETOOTH: Family<'bluetooth'> | undefined = maybe('AF_BLUETOOTH');
export const AF_BRIDGE: Family<'bridge'> | undefined = maybe('AF_BRIDGE');
export const AF_CAIF: Family<'caif'> | undefined = maybe('AF_CAIF');
export const AF_CAN: Family<'can'> | undefined = maybe('AF_CAN');
export const AF_DECnet: Family<'decnet'> | undefined = maybe('AF_DECnet');
export const AF_ECONET: Family<'econet'> | undefined = maybe('AF_ECONET');
export const AF_FILE: Family<'unix'> | undefined = maybe('AF_FILE');
export const AF_IB: Family<'ib'> | undefined = maybe('AF_IB');
export const AF_IEEE802154: Family<'ieee802154'> | undefined = maybe('AF_IEEE802154');
export const AF_INET: Family<'inet'> = present('AF_INET');
export const AF_INET6: Family<'inet6'> = present('AF_INET6');
export const AF_IPX: Family<'ipx'> | undefined = maybe('AF_IPX');
export const AF_IRDA: Family<'irda'> | undefined = maybe('AF_IRDA');
export const AF_ISDN: Family<'isdn'> | undefined = maybe('AF_ISDN');
export const AF_IUCV: Family<'iucv'> | undefined = maybe('AF_IUCV');
export const AF_KCM: Family<'kcm'> | undefined = maybe('AF_KCM');
export const AF_KEY: Family<'key'> | undefined = maybe('AF_KEY');
export const AF_LLC: Family<'llc'> | undefined = maybe('AF_LLC');
export const AF_LOCAL: Family<'unix'> = present('AF_LOCAL');
export const AF_MCTP: Family<'mctp'> | undefined = maybe('AF_MCTP');
export const AF_MPLS: Family<'mpls'> | undefined = maybe('AF_MPLS');
export const AF_NETBEUI: Family<'netbeui'> | undefined = maybe('AF_NETBEUI');
export const AF_NETLINK: Family<'netlink'> | undefined = maybe('AF_NETLINK');
export const AF_NETROM: Family<'netrom'> | undefined = maybe('AF_NETROM');
export const AF_NFC: Family<'nfc'> | undefined = maybe('AF_NFC');
export const AF_PACKET: Family<'packet'> | undefined = maybe('AF_PACKET');
export const AF_PHONET: Family<'phonet'> | undefined = maybe('AF_PHONET');
export const AF_PPPOX: Family<'pppox'> | undefined = maybe('AF_PPPOX');
export const AF_QIPCRTR: Family<'qipcrtr'> | undefined = maybe('AF_QIPCRTR');
export const AF_RDS: Family<'rds'> | undefined = maybe('AF_RDS');
export const AF_ROSE: Family<'rose'> | undefined = maybe('AF_ROSE');
export const AF_ROUTE: Family<'route'> | undefined = maybe('AF_ROUTE');
export const AF_RXRPC: Family<'rxrpc'> | undefined = maybe('AF_RXRPC');
export const AF_SECURITY: Family<'security'> | undefined = maybe('AF_SECURITY');
export const AF_SMC: Family<'smc'> | undefined = maybe('AF_SMC');
export const AF_SNA: Family<'sna'> | undefined = maybe('AF_SNA');
export const AF_TIPC: Family<'tipc'> | undefined = maybe('AF_TIPC');
export const AF_UNIX: Family<'unix'> = present('AF_UNIX');
export const AF_UNSPEC: Family<'unspec'> = present('AF_UNSPEC');
export const AF_VSOCK: (Family<'vsock'> & Level<'vsock'>) | undefined = maybe('AF_VSOCK');
export const AF_WANPIPE: Family<'wanpipe'> | undefined = maybe('AF_WANPIPE');
export const AF_X25: Family<'x25'> | undefined = maybe('AF_X25');
export const AF_XDP: Family<'xdp'> | undefined = maybe('AF_XDP');

// Protocol families: the address families under their older names.
export const PF_ALG: Family<'alg'> | undefined = maybe('PF_ALG');
export const PF_APPLETALK: Family<'appletalk'> | undefined = maybe('PF_APPLETALK');
export const PF_ASH: Family<'ash'> | undefined = maybe('PF_ASH');
export const PF_ATMPVC: Family<'atmpvc'> | undefined = maybe('PF_ATMPVC');
export const PF_ATMSVC: Family<'atmsvc'> | undefined = maybe('PF_ATMSVC');
export const PF_AX25: Family<'ax25'> | undefined = maybe('PF_AX25');
export const PF_BLUETOOTH: Family<'bluetooth'> | undefined = maybe('PF_BLUETOOTH');
export const PF_BRIDGE: Family<'bridge'> | undefined = maybe('PF_BRIDGE');
export const PF_CAIF: Family<'caif'> | undefined = maybe('PF_CAIF');
export const PF_CAN: Family<'can'> | undefined = maybe('PF_CAN');
export const PF_DECnet: Family<'decnet'> | undefined = maybe('PF_DECnet');
export const PF_ECONET: Family<'econet'> | undefined = maybe('PF_ECONET');
export const PF_FILE: Family<'unix'> | undefined = maybe('PF_FILE');
export const PF_IB: Family<'ib'> | undefined = maybe('PF_IB');
export const PF_IEEE802154: Family<'ieee802154'> | undefined = maybe('PF_IEEE802154');
export const PF_INET: Family<'inet'> = present('PF_INET');
export const PF_INET6: Family<'inet6'> = present('PF_INET6');
export const PF_IPX: Family<'ipx'> | undefined = maybe('PF_IPX');
export const PF_IRDA: Family<'irda'> | undefined = maybe('PF_IRDA');
export const PF_ISDN: Family<'isdn'> | undefined = maybe('PF_ISDN');
export const PF_IUCV: Family<'iucv'> | undefined = maybe('PF_IUCV');
export const PF_KCM: Family<'kcm'> | undefined = maybe('PF_KCM');
export const PF_KEY: Family<'key'> | undefined = maybe('PF_KEY');
export const PF_LLC: Family<'llc'> | undefined = maybe('PF_LLC');
export const PF_LOCAL: Family<'unix'> = present('PF_LOCAL');
export const PF_MCTP: Family<'mctp'> | undefined = maybe('PF_MCTP');
export const PF_MPLS: Family<'mpls'> | undefined = maybe('PF_MPLS');
export const PF_NETBEUI: Family<'netbeui'> | undefined = maybe('PF_NETBEUI');
export const PF_NETLINK: Family<'netlink'> | undefined = maybe('PF_NETLINK');
export const PF_NETROM: Family<'netrom'> | undefined = maybe('PF_NETROM');
export const PF_NFC: Family<'nfc'> | undefined = maybe('PF_NFC');
export const PF_PACKET: Family<'packet'> | undefined = maybe('PF_PACKET');
export const PF_PHONET: Family<'phonet'> | undefined = maybe('PF_PHONET');
export const PF_PPPOX: Family<'pppox'> | undefined = maybe('PF_PPPOX');
export const PF_QIPCRTR: Family<'qipcrtr'> | undefined = maybe('PF_QIPCRTR');
export const PF_RDS: Family<'rds'> | undefined = maybe('PF_RDS');
export const PF_ROSE: Family<'rose'> | undefined = maybe('PF_ROSE');
export const PF_ROUTE: Family<'route'> | undefined = maybe('PF_ROUTE');
export const PF_RXRPC: Family<'rxrpc'> | undefined = maybe('PF_RXRPC');
export const PF_SECURITY: Family<'security'> | undefined = maybe('PF_SECURITY');
export const PF_SMC: Family<'smc'> | undefined = maybe('PF_SMC');
export const PF_SNA: Family<'sna'> | undefined = maybe('PF_SNA');
export const PF_TIPC: Family<'tipc'> | undefined = maybe('PF_TIPC');
export const PF_UNIX: Family<'unix'> = present('PF_UNIX');
export const PF_UNSPEC: Family<'unspec'> = present('PF_UNSPEC');
export const PF_VSOCK: (Family<'vsock'> & Level<'vsock'>) | undefined = maybe('PF_VSOCK');
export const PF_WANPIPE: Family<'wanpipe'> | undefined = maybe('PF_WANPIPE');
export const PF_X25: Family<'x25'> | undefined = maybe('PF_X25');
export const PF_XDP: Family<'xdp'> | undefined = maybe('PF_XDP');

// Styles, socket(2).
export const SOCK_BUF_LOCK_MASK: number | undefined = maybe('SOCK_BUF_LOCK_MASK');
export const SOCK_CLOEXEC: number | undefined = maybe('SOCK_CLOEXEC');
export const SOCK_DCCP: number | undefined = maybe('SOCK_DCCP');
export const SOCK_DGRAM: number = present('SOCK_DGRAM');
export const SOCK_IOC_TYPE: number | undefined = maybe('SOCK_IOC_TYPE');
export const SOCK_NONBLOCK: number | undefined = maybe('SOCK_NONBLOCK');
export const SOCK_PACKET: number | undefined = maybe('SOCK_PACKET');
export const SOCK_RAW: number = present('SOCK_RAW');
export const SOCK_RCVBUF_LOCK: number | undefined = maybe('SOCK_RCVBUF_LOCK');
export const SOCK_RDM: number = present('SOCK_RDM');
export const SOCK_SEQPACKET: number = present('SOCK_SEQPACKET');
export const SOCK_SNDBUF_LOCK: number | undefined = maybe('SOCK_SNDBUF_LOCK');
export const SOCK_STREAM: number = present('SOCK_STREAM');
export const SOCK_TXREHASH_DEFAULT: number | undefined = maybe('SOCK_TXREHASH_DEFAULT');
export const SOCK_TXREHASH_DISABLED: number | undefined = maybe('SOCK_TXREHASH_DISABLED');
export const SOCK_TXREHASH_ENABLED: number | undefined = maybe('SOCK_TXREHASH_ENABLED');

// Levels of options, getsockopt(2).
export const SOL_AAL: Level<'aal'> | undefined = maybe('SOL_AAL');
export const SOL_ALG: Level<'alg'> | undefined = maybe('SOL_ALG');
export const SOL_ATM: Level<'atm'> | undefined = maybe('SOL_ATM');
export const SOL_BLUETOOTH: Level<'bluetooth'> | undefined = maybe('SOL_BLUETOOTH');
export const SOL_CAIF: Level<'caif'> | undefined = maybe('SOL_CAIF');
export const SOL_CAN_RAW: Level<'canraw'> | undefined = maybe('SOL_CAN_RAW');
export const SOL_DCCP: Level<'dccp'> | undefined = maybe('SOL_DCCP');
export const SOL_DECNET: Level<'decnet'> | undefined = maybe('SOL_DECNET');
export const SOL_ICMPV6: Level<'ip6raw'> | undefined = maybe('SOL_ICMPV6');
export const SOL_IP: Level<'ip'> | undefined = maybe('SOL_IP');
export const SOL_IPV6: Level<'ip6'> | undefined = maybe('SOL_IPV6');
export const SOL_IRDA: Level<'irda'> | undefined = maybe('SOL_IRDA');
export const SOL_IUCV: Level<'iucv'> | undefined = maybe('SOL_IUCV');
export const SOL_KCM: Level<'kcm'> | undefined = maybe('SOL_KCM');
export const SOL_LLC: Level<'llc'> | undefined = maybe('SOL_LLC');
export const SOL_MCTP: Level<'mctp'> | undefined = maybe('SOL_MCTP');
export const SOL_MPTCP: Level<'mptcp'> | undefined = maybe('SOL_MPTCP');
export const SOL_NETBEUI: Level<'netbeui'> | undefined = maybe('SOL_NETBEUI');
export const SOL_NETLINK: Level<'netlink'> | undefined = maybe('SOL_NETLINK');
export const SOL_NFC: Level<'nfc'> | undefined = maybe('SOL_NFC');
export const SOL_PACKET: Level<'packet'> | undefined = maybe('SOL_PACKET');
export const SOL_PNPIPE: Level<'pnpipe'> | undefined = maybe('SOL_PNPIPE');
export const SOL_PPPOL2TP: Level<'pppol2tp'> | undefined = maybe('SOL_PPPOL2TP');
export const SOL_RAW: Level<'raw'> | undefined = maybe('SOL_RAW');
export const SOL_RDS: Level<'rds'> | undefined = maybe('SOL_RDS');
export const SOL_RXRPC: Level<'rxrpc'> | undefined = maybe('SOL_RXRPC');
export const SOL_SMC: Level<'smc'> | undefined = maybe('SOL_SMC');
export const SOL_SOCKET: Level<'socket'> = present('SOL_SOCKET');
export const SOL_TCP: Level<'tcp'> | undefined = maybe('SOL_TCP');
export const SOL_TIPC: Level<'tipc'> | undefined = maybe('SOL_TIPC');
export const SOL_TLS: Level<'tls'> | undefined = maybe('SOL_TLS');
export const SOL_UDP: Level<'udp'> | undefined = maybe('SOL_UDP');
export const SOL_VSOCK: Level<'vsockmessage'> | undefined = maybe('SOL_VSOCK');
export const SOL_X25: Level<'x25'> | undefined = maybe('SOL_X25');
export const SOL_XDP: Level<'xdp'> | undefined = maybe('SOL_XDP');

// Protocols of the Internet; also levels of options.
export const IPPROTO_AH: number | undefined = maybe('IPPROTO_AH');
export const IPPROTO_COMP: number | undefined = maybe('IPPROTO_COMP');
export const IPPROTO_DCCP: number | undefined = maybe('IPPROTO_DCCP');
export const IPPROTO_DSTOPTS: number | undefined = maybe('IPPROTO_DSTOPTS');
export const IPPROTO_EGP: number | undefined = maybe('IPPROTO_EGP');
export const IPPROTO_ENCAP: number | undefined = maybe('IPPROTO_ENCAP');
export const IPPROTO_ESP: number | undefined = maybe('IPPROTO_ESP');
export const IPPROTO_ETHERNET: number | undefined = maybe('IPPROTO_ETHERNET');
export const IPPROTO_FRAGMENT: number | undefined = maybe('IPPROTO_FRAGMENT');
export const IPPROTO_GRE: number | undefined = maybe('IPPROTO_GRE');
export const IPPROTO_HOPOPTS: number | undefined = maybe('IPPROTO_HOPOPTS');
export const IPPROTO_ICMP: number = present('IPPROTO_ICMP');
export const IPPROTO_ICMPV6: Level<'ip6raw'> = present('IPPROTO_ICMPV6');
export const IPPROTO_IDP: number | undefined = maybe('IPPROTO_IDP');
export const IPPROTO_IGMP: number = present('IPPROTO_IGMP');
export const IPPROTO_IP: Level<'ip'> = present('IPPROTO_IP');
export const IPPROTO_IPIP: number | undefined = maybe('IPPROTO_IPIP');
export const IPPROTO_IPV6: Level<'ip6'> = present('IPPROTO_IPV6');
export const IPPROTO_MH: number | undefined = maybe('IPPROTO_MH');
export const IPPROTO_MPLS: number | undefined = maybe('IPPROTO_MPLS');
export const IPPROTO_MPTCP: number | undefined = maybe('IPPROTO_MPTCP');
export const IPPROTO_MTP: number | undefined = maybe('IPPROTO_MTP');
export const IPPROTO_NONE: number | undefined = maybe('IPPROTO_NONE');
export const IPPROTO_PIM: number | undefined = maybe('IPPROTO_PIM');
export const IPPROTO_PUP: number | undefined = maybe('IPPROTO_PUP');
export const IPPROTO_RAW: number = present('IPPROTO_RAW');
export const IPPROTO_ROUTING: number | undefined = maybe('IPPROTO_ROUTING');
export const IPPROTO_RSVP: number | undefined = maybe('IPPROTO_RSVP');
export const IPPROTO_SCTP: number | undefined = maybe('IPPROTO_SCTP');
export const IPPROTO_TCP: Level<'tcp'> = present('IPPROTO_TCP');
export const IPPROTO_TP: number | undefined = maybe('IPPROTO_TP');
export const IPPROTO_UDP: Level<'udp'> = present('IPPROTO_UDP');
export const IPPROTO_UDPLITE: Level<'udplite'> | undefined = maybe('IPPROTO_UDPLITE');

// Options of any socket, socket(7).
export const SO_ACCEPTCONN: Option<'socket', boolean, boolean | number> = present('SO_ACCEPTCONN');
export const SO_ATTACH_BPF: Option<'socket', number> | undefined = maybe('SO_ATTACH_BPF');
export const SO_ATTACH_FILTER: Option<'socket', FilterInstruction[], FilterProgram> | undefined =
  maybe('SO_ATTACH_FILTER');
export const SO_ATTACH_REUSEPORT_CBPF: Option<'socket', FilterInstruction[], FilterProgram> | undefined =
  maybe('SO_ATTACH_REUSEPORT_CBPF');
export const SO_ATTACH_REUSEPORT_EBPF: Option<'socket', number> | undefined =
  maybe('SO_ATTACH_REUSEPORT_EBPF');
export const SO_BINDTODEVICE: Option<'socket', string> | undefined = maybe('SO_BINDTODEVICE');
export const SO_BINDTOIFINDEX: Option<'socket', number> | undefined = maybe('SO_BINDTOIFINDEX');
export const SO_BPF_EXTENSIONS: Option<'socket', number> | undefined = maybe('SO_BPF_EXTENSIONS');
export const SO_BROADCAST: Option<'socket', boolean, boolean | number> = present('SO_BROADCAST');
export const SO_BUF_LOCK: Option<'socket', number> | undefined = maybe('SO_BUF_LOCK');
export const SO_BUSY_POLL: Option<'socket', number> | undefined = maybe('SO_BUSY_POLL');
export const SO_BUSY_POLL_BUDGET: Option<'socket', number> | undefined = maybe('SO_BUSY_POLL_BUDGET');
export const SO_CNX_ADVICE: Option<'socket', number> | undefined = maybe('SO_CNX_ADVICE');
export const SO_COOKIE: Option<'socket', bigint> | undefined = maybe('SO_COOKIE');
export const SO_DEBUG: Option<'socket', boolean, boolean | number> = present('SO_DEBUG');
export const SO_DETACH_BPF: Option<'socket', number> | undefined = maybe('SO_DETACH_BPF');
export const SO_DETACH_FILTER: Option<'socket', number> | undefined = maybe('SO_DETACH_FILTER');
export const SO_DETACH_REUSEPORT_BPF: Option<'socket', number> | undefined = maybe('SO_DETACH_REUSEPORT_BPF');
export const SO_DOMAIN: Option<'socket', number> | undefined = maybe('SO_DOMAIN');
export const SO_DONTROUTE: Option<'socket', boolean, boolean | number> = present('SO_DONTROUTE');
export const SO_ERROR: Option<'socket', number> = present('SO_ERROR');
export const SO_GET_FILTER: Option<'socket', FilterInstruction[], FilterProgram> | undefined =
  maybe('SO_GET_FILTER');
export const SO_INCOMING_CPU: Option<'socket', number> | undefined = maybe('SO_INCOMING_CPU');
export const SO_INCOMING_NAPI_ID: Option<'socket', number> | undefined = maybe('SO_INCOMING_NAPI_ID');
export const SO_KEEPALIVE: Option<'socket', boolean, boolean | number> = present('SO_KEEPALIVE');
export const SO_LINGER: Option<'socket', Linger, Linger | LingerPair> = present('SO_LINGER');
export const SO_LOCK_FILTER: Option<'socket', boolean, boolean | number> | undefined =
  maybe('SO_LOCK_FILTER');
export const SO_MARK: (Option<'socket', number> & Control<'socket', number>) | undefined = maybe('SO_MARK');
export const SO_MAX_PACING_RATE: Option<'socket', bigint, bigint | number> | undefined =
  maybe('SO_MAX_PACING_RATE');
export const SO_MEMINFO: Option<'socket', MemInfo, Uint8Array> | undefined = maybe('SO_MEMINFO');
export const SO_NETNS_COOKIE: Option<'socket', bigint> | undefined = maybe('SO_NETNS_COOKIE');
export const SO_NOFCS: Option<'socket', boolean, boolean | number> | undefined = maybe('SO_NOFCS');
export const SO_NO_CHECK: Option<'socket', boolean, boolean | number> | undefined = maybe('SO_NO_CHECK');
export const SO_OOBINLINE: Option<'socket', boolean, boolean | number> = present('SO_OOBINLINE');
export const SO_PASSCRED: Option<'socket', boolean, boolean | number> | undefined = maybe('SO_PASSCRED');
export const SO_PASSPIDFD: Option<'socket', boolean, boolean | number> | undefined = maybe('SO_PASSPIDFD');
export const SO_PASSRIGHTS: Option<'socket', boolean, boolean | number> | undefined = maybe('SO_PASSRIGHTS');
export const SO_PASSSEC: Option<'socket', boolean, boolean | number> | undefined = maybe('SO_PASSSEC');
export const SO_PEEK_OFF: Option<'socket', number> | undefined = maybe('SO_PEEK_OFF');
export const SO_PEERCRED: Option<'socket', Credentials> | undefined = maybe('SO_PEERCRED');
export const SO_PEERGROUPS: Option<'socket', number[], Uint8Array> | undefined = maybe('SO_PEERGROUPS');
export const SO_PEERNAME: Option<'socket', SocketAddress | null, Uint8Array> | undefined =
  maybe('SO_PEERNAME');
export const SO_PEERPIDFD: Option<'socket', number> | undefined = maybe('SO_PEERPIDFD');
export const SO_PEERSEC: Option<'socket', string> | undefined = maybe('SO_PEERSEC');
export const SO_PREFER_BUSY_POLL: Option<'socket', boolean, boolean | number> | undefined =
  maybe('SO_PREFER_BUSY_POLL');
export const SO_PRIORITY: Option<'socket', number> | undefined = maybe('SO_PRIORITY');
export const SO_PROTOCOL: Option<'socket', number> | undefined = maybe('SO_PROTOCOL');
export const SO_RCVBUF: Option<'socket', number> = present('SO_RCVBUF');
export const SO_RCVBUFFORCE: Option<'socket', number> | undefined = maybe('SO_RCVBUFFORCE');
export const SO_RCVLOWAT: Option<'socket', number> = present('SO_RCVLOWAT');
export const SO_RCVMARK: Option<'socket', boolean, boolean | number> | undefined = maybe('SO_RCVMARK');
export const SO_RCVTIMEO: Option<'socket', number> = present('SO_RCVTIMEO');
export const SO_RESERVE_MEM: Option<'socket', number> | undefined = maybe('SO_RESERVE_MEM');
export const SO_REUSEADDR: Option<'socket', boolean, boolean | number> = present('SO_REUSEADDR');
export const SO_REUSEPORT: Option<'socket', boolean, boolean | number> = present('SO_REUSEPORT');
export const SO_RXQ_OVFL:
  | (Option<'socket', boolean, boolean | number> & Control<'socket', number, never>)
  | undefined = maybe('SO_RXQ_OVFL');
export const SO_SELECT_ERR_QUEUE: Option<'socket', boolean, boolean | number> | undefined =
  maybe('SO_SELECT_ERR_QUEUE');
export const SO_SNDBUF: Option<'socket', number> = present('SO_SNDBUF');
export const SO_SNDBUFFORCE: Option<'socket', number> | undefined = maybe('SO_SNDBUFFORCE');
export const SO_SNDLOWAT: Option<'socket', number> = present('SO_SNDLOWAT');
export const SO_SNDTIMEO: Option<'socket', number> = present('SO_SNDTIMEO');
export const SO_TIMESTAMP: Option<'socket', boolean, boolean | number> & Control<'socket', bigint, never> =
  present('SO_TIMESTAMP');
export const SO_TIMESTAMPING:
  | (Option<'socket', TimestampingOption, TimestampingOption | number> &
      Control<'socket', Timestamping, number>)
  | undefined = maybe('SO_TIMESTAMPING');
export const SO_TIMESTAMPNS:
  | (Option<'socket', boolean, boolean | number> & Control<'socket', bigint, never>)
  | undefined = maybe('SO_TIMESTAMPNS');
export const SO_TXREHASH: Option<'socket', number> | undefined = maybe('SO_TXREHASH');
export const SO_TXTIME: Option<'socket', TxTime> | undefined = maybe('SO_TXTIME');
export const SO_TYPE: Option<'socket', number> = present('SO_TYPE');
/** Guile's name of {@link SO_TYPE}. */
export const SO_STYLE: Option<'socket', number> = SO_TYPE;
export const SO_ZEROCOPY: Option<'socket', boolean, boolean | number> | undefined = maybe('SO_ZEROCOPY');

// Options of IPv4, ip(7); and the values of some.
export const IPTOS_LOWDELAY: number | undefined = maybe('IPTOS_LOWDELAY');
export const IPTOS_MINCOST: number | undefined = maybe('IPTOS_MINCOST');
export const IPTOS_RELIABILITY: number | undefined = maybe('IPTOS_RELIABILITY');
export const IPTOS_THROUGHPUT: number | undefined = maybe('IPTOS_THROUGHPUT');
export const IP_ADD_MEMBERSHIP: Option<'ip', Membership, Membership | MembershipPair> =
  present('IP_ADD_MEMBERSHIP');
export const IP_ADD_SOURCE_MEMBERSHIP: Option<'ip', SourceMembership> | undefined =
  maybe('IP_ADD_SOURCE_MEMBERSHIP');
export const IP_BIND_ADDRESS_NO_PORT: Option<'ip', boolean, boolean | number> | undefined =
  maybe('IP_BIND_ADDRESS_NO_PORT');
export const IP_BLOCK_SOURCE: Option<'ip', SourceMembership> | undefined = maybe('IP_BLOCK_SOURCE');
export const IP_CHECKSUM: Option<'ip', boolean, boolean | number> | undefined = maybe('IP_CHECKSUM');
export const IP_DROP_MEMBERSHIP: Option<'ip', Membership, Membership | MembershipPair> =
  present('IP_DROP_MEMBERSHIP');
export const IP_DROP_SOURCE_MEMBERSHIP: Option<'ip', SourceMembership> | undefined =
  maybe('IP_DROP_SOURCE_MEMBERSHIP');
export const IP_FREEBIND: Option<'ip', boolean, boolean | number> | undefined = maybe('IP_FREEBIND');
export const IP_HDRINCL: Option<'ip', boolean, boolean | number> = present('IP_HDRINCL');
export const IP_IPSEC_POLICY: Option<'ip', Buffer, Uint8Array> | undefined = maybe('IP_IPSEC_POLICY');
export const IP_LOCAL_PORT_RANGE: Option<'ip', PortRange> | undefined = maybe('IP_LOCAL_PORT_RANGE');
export const IP_MINTTL: Option<'ip', number> | undefined = maybe('IP_MINTTL');
export const IP_MSFILTER: Option<'ip', SourceFilter, SourceFilter, SourceFilterKey> | undefined =
  maybe('IP_MSFILTER');
export const IP_MTU: Option<'ip', number> | undefined = maybe('IP_MTU');
export const IP_MTU_DISCOVER: Option<'ip', number> | undefined = maybe('IP_MTU_DISCOVER');
export const IP_MULTICAST_ALL: Option<'ip', boolean, boolean | number> | undefined =
  maybe('IP_MULTICAST_ALL');
export const IP_MULTICAST_IF: Option<'ip', string, InternetAddress> = present('IP_MULTICAST_IF');
export const IP_MULTICAST_LOOP: Option<'ip', boolean, boolean | number> = present('IP_MULTICAST_LOOP');
export const IP_MULTICAST_TTL: Option<'ip', number> = present('IP_MULTICAST_TTL');
export const IP_NODEFRAG: Option<'ip', boolean, boolean | number> | undefined = maybe('IP_NODEFRAG');
export const IP_OPTIONS: Option<'ip', Buffer, Uint8Array> = present('IP_OPTIONS');
export const IP_ORIGDSTADDR:
  | (Option<'ip', boolean, boolean | number> & Control<'ip', SocketAddress | null, never>)
  | undefined = maybe('IP_ORIGDSTADDR');
export const IP_PASSSEC: Option<'ip', boolean, boolean | number> | undefined = maybe('IP_PASSSEC');
export const IP_PKTINFO:
  | (Option<'ip', boolean, boolean | number> & Control<'ip', PacketInfo, PacketInfoToSend>)
  | undefined = maybe('IP_PKTINFO');
export const IP_PKTOPTIONS: Option<'ip', Buffer, Uint8Array> | undefined = maybe('IP_PKTOPTIONS');
export const IP_PMTUDISC: number | undefined = maybe('IP_PMTUDISC');
export const IP_PMTUDISC_DO: number | undefined = maybe('IP_PMTUDISC_DO');
export const IP_PMTUDISC_DONT: number | undefined = maybe('IP_PMTUDISC_DONT');
export const IP_PMTUDISC_INTERFACE: number | undefined = maybe('IP_PMTUDISC_INTERFACE');
export const IP_PMTUDISC_OMIT: number | undefined = maybe('IP_PMTUDISC_OMIT');
export const IP_PMTUDISC_PROBE: number | undefined = maybe('IP_PMTUDISC_PROBE');
export const IP_PMTUDISC_WANT: number | undefined = maybe('IP_PMTUDISC_WANT');
export const IP_PROTOCOL: Option<'ip', number> | undefined = maybe('IP_PROTOCOL');
export const IP_RECVERR:
  | (Option<'ip', boolean, boolean | number> & Control<'ip', ExtendedError, never>)
  | undefined = maybe('IP_RECVERR');
export const IP_RECVERR_RFC4884: Option<'ip', boolean, boolean | number> | undefined =
  maybe('IP_RECVERR_RFC4884');
export const IP_RECVFRAGSIZE:
  | (Option<'ip', boolean, boolean | number> & Control<'ip', number, never>)
  | undefined = maybe('IP_RECVFRAGSIZE');
export const IP_RECVOPTS: Option<'ip', boolean, boolean | number> | undefined = maybe('IP_RECVOPTS');
export const IP_RECVORIGDSTADDR: Option<'ip', boolean, boolean | number> | undefined =
  maybe('IP_RECVORIGDSTADDR');
export const IP_RECVRETOPTS: Option<'ip', boolean, boolean | number> | undefined = maybe('IP_RECVRETOPTS');
export const IP_RECVTOS: Option<'ip', boolean, boolean | number> | undefined = maybe('IP_RECVTOS');
export const IP_RECVTTL: Option<'ip', boolean, boolean | number> = present('IP_RECVTTL');
export const IP_RETOPTS: Option<'ip', boolean, boolean | number> | undefined = maybe('IP_RETOPTS');
export const IP_ROUTER_ALERT: Option<'ip', boolean, boolean | number> | undefined = maybe('IP_ROUTER_ALERT');
export const IP_TOS: Option<'ip', number> & Control<'ip', number> = present('IP_TOS');
export const IP_TRANSPARENT: Option<'ip', boolean, boolean | number> | undefined = maybe('IP_TRANSPARENT');
export const IP_TTL: Option<'ip', number> & Control<'ip', number> = present('IP_TTL');
export const IP_UNBLOCK_SOURCE: Option<'ip', SourceMembership> | undefined = maybe('IP_UNBLOCK_SOURCE');
export const IP_UNICAST_IF: Option<'ip', number> | undefined = maybe('IP_UNICAST_IF');
export const IP_XFRM_POLICY: Option<'ip', Buffer, Uint8Array> | undefined = maybe('IP_XFRM_POLICY');
export const SO_ORIGINAL_DST: Option<'ip', SocketAddress | null, Uint8Array> | undefined =
  maybe('SO_ORIGINAL_DST');

// Options of IPv6, ipv6(7).
export const IP6T_SO_ORIGINAL_DST: Option<'ip6', SocketAddress | null, Uint8Array> | undefined =
  maybe('IP6T_SO_ORIGINAL_DST');
export const IPV6_2292DSTOPTS: Option<'ip6', boolean, boolean | number> | undefined =
  maybe('IPV6_2292DSTOPTS');
export const IPV6_2292HOPLIMIT: Option<'ip6', boolean, boolean | number> | undefined =
  maybe('IPV6_2292HOPLIMIT');
export const IPV6_2292HOPOPTS: Option<'ip6', boolean, boolean | number> | undefined =
  maybe('IPV6_2292HOPOPTS');
export const IPV6_2292PKTINFO: Option<'ip6', boolean, boolean | number> | undefined =
  maybe('IPV6_2292PKTINFO');
export const IPV6_2292PKTOPTIONS: Option<'ip6', Buffer, Uint8Array> | undefined =
  maybe('IPV6_2292PKTOPTIONS');
export const IPV6_2292RTHDR: Option<'ip6', boolean, boolean | number> | undefined = maybe('IPV6_2292RTHDR');
export const IPV6_ADDRFORM: Option<'ip6', number> | undefined = maybe('IPV6_ADDRFORM');
export const IPV6_ADDR_PREFERENCES: Option<'ip6', number> | undefined = maybe('IPV6_ADDR_PREFERENCES');
export const IPV6_ADD_MEMBERSHIP: Option<'ip6', Ipv6Membership> | undefined = maybe('IPV6_ADD_MEMBERSHIP');
export const IPV6_AUTHHDR: number | undefined = maybe('IPV6_AUTHHDR');
export const IPV6_AUTOFLOWLABEL: Option<'ip6', boolean, boolean | number> | undefined =
  maybe('IPV6_AUTOFLOWLABEL');
export const IPV6_CHECKSUM: Option<'ip6', number> | undefined = maybe('IPV6_CHECKSUM');
export const IPV6_DONTFRAG: Option<'ip6', boolean, boolean | number> | undefined = maybe('IPV6_DONTFRAG');
export const IPV6_DROP_MEMBERSHIP: Option<'ip6', Ipv6Membership> | undefined = maybe('IPV6_DROP_MEMBERSHIP');
export const IPV6_DSTOPTS: Option<'ip6', Buffer, Uint8Array> | undefined = maybe('IPV6_DSTOPTS');
export const IPV6_FLOWINFO: Option<'ip6', boolean, boolean | number> | undefined = maybe('IPV6_FLOWINFO');
export const IPV6_FLOWINFO_FLOWLABEL: number | undefined = maybe('IPV6_FLOWINFO_FLOWLABEL');
export const IPV6_FLOWINFO_PRIORITY: number | undefined = maybe('IPV6_FLOWINFO_PRIORITY');
export const IPV6_FLOWINFO_SEND: Option<'ip6', boolean, boolean | number> | undefined =
  maybe('IPV6_FLOWINFO_SEND');
export const IPV6_FLOWLABEL_MGR: Option<'ip6', Buffer, Uint8Array> | undefined = maybe('IPV6_FLOWLABEL_MGR');
export const IPV6_FREEBIND: Option<'ip6', boolean, boolean | number> | undefined = maybe('IPV6_FREEBIND');
export const IPV6_HDRINCL: Option<'ip6', boolean, boolean | number> | undefined = maybe('IPV6_HDRINCL');
export const IPV6_HOPLIMIT: Control<'ip6', number> = present('IPV6_HOPLIMIT');
export const IPV6_HOPOPTS: Option<'ip6', Buffer, Uint8Array> | undefined = maybe('IPV6_HOPOPTS');
export const IPV6_IPSEC_POLICY: Option<'ip6', Buffer, Uint8Array> | undefined = maybe('IPV6_IPSEC_POLICY');
export const IPV6_JOIN_ANYCAST: Option<'ip6', Ipv6Membership> | undefined = maybe('IPV6_JOIN_ANYCAST');
export const IPV6_JOIN_GROUP: Option<'ip6', Ipv6Membership> = present('IPV6_JOIN_GROUP');
export const IPV6_LEAVE_ANYCAST: Option<'ip6', Ipv6Membership> | undefined = maybe('IPV6_LEAVE_ANYCAST');
export const IPV6_LEAVE_GROUP: Option<'ip6', Ipv6Membership> = present('IPV6_LEAVE_GROUP');
export const IPV6_MINHOPCOUNT: Option<'ip6', number> | undefined = maybe('IPV6_MINHOPCOUNT');
export const IPV6_MTU: Option<'ip6', number> | undefined = maybe('IPV6_MTU');
export const IPV6_MTU_DISCOVER: Option<'ip6', number> | undefined = maybe('IPV6_MTU_DISCOVER');
export const IPV6_MULTICAST_ALL: Option<'ip6', boolean, boolean | number> | undefined =
  maybe('IPV6_MULTICAST_ALL');
export const IPV6_MULTICAST_HOPS: Option<'ip6', number> = present('IPV6_MULTICAST_HOPS');
export const IPV6_MULTICAST_IF: Option<'ip6', number> = present('IPV6_MULTICAST_IF');
export const IPV6_MULTICAST_LOOP: Option<'ip6', boolean, boolean | number> = present('IPV6_MULTICAST_LOOP');
export const IPV6_NEXTHOP: Option<'ip6', SocketAddress | null, AddressLike> | undefined =
  maybe('IPV6_NEXTHOP');
export const IPV6_ORIGDSTADDR:
  | (Option<'ip6', boolean, boolean | number> & Control<'ip6', SocketAddress | null, never>)
  | undefined = maybe('IPV6_ORIGDSTADDR');
export const IPV6_PATHMTU: Option<'ip6', PathMtu, Uint8Array> | undefined = maybe('IPV6_PATHMTU');
export const IPV6_PKTINFO: Option<'ip6', Ipv6PacketInfo, Ipv6PacketInfoToSend> &
  Control<'ip6', Ipv6PacketInfo, Ipv6PacketInfoToSend> = present('IPV6_PKTINFO');
export const IPV6_PMTUDISC_DO: number | undefined = maybe('IPV6_PMTUDISC_DO');
export const IPV6_PMTUDISC_DONT: number | undefined = maybe('IPV6_PMTUDISC_DONT');
export const IPV6_PMTUDISC_INTERFACE: number | undefined = maybe('IPV6_PMTUDISC_INTERFACE');
export const IPV6_PMTUDISC_OMIT: number | undefined = maybe('IPV6_PMTUDISC_OMIT');
export const IPV6_PMTUDISC_PROBE: number | undefined = maybe('IPV6_PMTUDISC_PROBE');
export const IPV6_PMTUDISC_WANT: number | undefined = maybe('IPV6_PMTUDISC_WANT');
export const IPV6_PREFER_SRC_CGA: number | undefined = maybe('IPV6_PREFER_SRC_CGA');
export const IPV6_PREFER_SRC_COA: number | undefined = maybe('IPV6_PREFER_SRC_COA');
export const IPV6_PREFER_SRC_HOME: number | undefined = maybe('IPV6_PREFER_SRC_HOME');
export const IPV6_PREFER_SRC_NONCGA: number | undefined = maybe('IPV6_PREFER_SRC_NONCGA');
export const IPV6_PREFER_SRC_PUBLIC: number | undefined = maybe('IPV6_PREFER_SRC_PUBLIC');
export const IPV6_PREFER_SRC_PUBTMP_DEFAULT: number | undefined = maybe('IPV6_PREFER_SRC_PUBTMP_DEFAULT');
export const IPV6_PREFER_SRC_TMP: number | undefined = maybe('IPV6_PREFER_SRC_TMP');
export const IPV6_RECVDSTOPTS: Option<'ip6', boolean, boolean | number> | undefined =
  maybe('IPV6_RECVDSTOPTS');
export const IPV6_RECVERR:
  | (Option<'ip6', boolean, boolean | number> & Control<'ip6', ExtendedError, never>)
  | undefined = maybe('IPV6_RECVERR');
export const IPV6_RECVERR_RFC4884: Option<'ip6', boolean, boolean | number> | undefined =
  maybe('IPV6_RECVERR_RFC4884');
export const IPV6_RECVFRAGSIZE:
  | (Option<'ip6', boolean, boolean | number> & Control<'ip6', number, never>)
  | undefined = maybe('IPV6_RECVFRAGSIZE');
export const IPV6_RECVHOPLIMIT: Option<'ip6', boolean, boolean | number> = present('IPV6_RECVHOPLIMIT');
export const IPV6_RECVHOPOPTS: Option<'ip6', boolean, boolean | number> | undefined =
  maybe('IPV6_RECVHOPOPTS');
export const IPV6_RECVORIGDSTADDR: Option<'ip6', boolean, boolean | number> | undefined =
  maybe('IPV6_RECVORIGDSTADDR');
export const IPV6_RECVPATHMTU: Option<'ip6', boolean, boolean | number> | undefined =
  maybe('IPV6_RECVPATHMTU');
export const IPV6_RECVPKTINFO: Option<'ip6', boolean, boolean | number> = present('IPV6_RECVPKTINFO');
export const IPV6_RECVRTHDR: Option<'ip6', boolean, boolean | number> | undefined = maybe('IPV6_RECVRTHDR');
export const IPV6_RECVTCLASS: Option<'ip6', boolean, boolean | number> = present('IPV6_RECVTCLASS');
export const IPV6_ROUTER_ALERT: Option<'ip6', boolean, boolean | number> | undefined =
  maybe('IPV6_ROUTER_ALERT');
export const IPV6_ROUTER_ALERT_ISOLATE: Option<'ip6', boolean, boolean | number> | undefined =
  maybe('IPV6_ROUTER_ALERT_ISOLATE');
export const IPV6_RTHDR: Option<'ip6', Buffer, Uint8Array> | undefined = maybe('IPV6_RTHDR');
export const IPV6_RTHDRDSTOPTS: Option<'ip6', Buffer, Uint8Array> | undefined = maybe('IPV6_RTHDRDSTOPTS');
export const IPV6_RTHDR_LOOSE: number | undefined = maybe('IPV6_RTHDR_LOOSE');
export const IPV6_RTHDR_STRICT: number | undefined = maybe('IPV6_RTHDR_STRICT');
export const IPV6_RTHDR_TYPE_0: number | undefined = maybe('IPV6_RTHDR_TYPE_0');
export const IPV6_RXDSTOPTS: number | undefined = maybe('IPV6_RXDSTOPTS');
export const IPV6_RXHOPOPTS: number | undefined = maybe('IPV6_RXHOPOPTS');
export const IPV6_TCLASS: Option<'ip6', number> & Control<'ip6', number> = present('IPV6_TCLASS');
export const IPV6_TLV_CALIPSO: number | undefined = maybe('IPV6_TLV_CALIPSO');
export const IPV6_TLV_HAO: number | undefined = maybe('IPV6_TLV_HAO');
export const IPV6_TLV_IOAM: number | undefined = maybe('IPV6_TLV_IOAM');
export const IPV6_TLV_JUMBO: number | undefined = maybe('IPV6_TLV_JUMBO');
export const IPV6_TLV_PAD1: number | undefined = maybe('IPV6_TLV_PAD1');
export const IPV6_TLV_PADN: number | undefined = maybe('IPV6_TLV_PADN');
export const IPV6_TLV_ROUTERALERT: number | undefined = maybe('IPV6_TLV_ROUTERALERT');
export const IPV6_TRANSPARENT: Option<'ip6', boolean, boolean | number> | undefined =
  maybe('IPV6_TRANSPARENT');
export const IPV6_UNICAST_HOPS: Option<'ip6', number> = present('IPV6_UNICAST_HOPS');
export const IPV6_UNICAST_IF: Option<'ip6', number> | undefined = maybe('IPV6_UNICAST_IF');
export const IPV6_V6ONLY: Option<'ip6', boolean, boolean | number> = present('IPV6_V6ONLY');
export const IPV6_XFRM_POLICY: Option<'ip6', Buffer, Uint8Array> | undefined = maybe('IPV6_XFRM_POLICY');

// Multicast options of either version (RFC 3678).
export const MCAST_BLOCK_SOURCE: Option<'ip' | 'ip6', GroupSourceRequest> | undefined =
  maybe('MCAST_BLOCK_SOURCE');
export const MCAST_EXCLUDE: number | undefined = maybe('MCAST_EXCLUDE');
export const MCAST_INCLUDE: number | undefined = maybe('MCAST_INCLUDE');
export const MCAST_JOIN_GROUP: Option<'ip' | 'ip6', GroupRequest> | undefined = maybe('MCAST_JOIN_GROUP');
export const MCAST_JOIN_SOURCE_GROUP: Option<'ip' | 'ip6', GroupSourceRequest> | undefined =
  maybe('MCAST_JOIN_SOURCE_GROUP');
export const MCAST_LEAVE_GROUP: Option<'ip' | 'ip6', GroupRequest> | undefined = maybe('MCAST_LEAVE_GROUP');
export const MCAST_LEAVE_SOURCE_GROUP: Option<'ip' | 'ip6', GroupSourceRequest> | undefined =
  maybe('MCAST_LEAVE_SOURCE_GROUP');
export const MCAST_MSFILTER: Option<'ip' | 'ip6', GroupFilter, GroupFilter, GroupRequest> | undefined =
  maybe('MCAST_MSFILTER');
export const MCAST_UNBLOCK_SOURCE: Option<'ip' | 'ip6', GroupSourceRequest> | undefined =
  maybe('MCAST_UNBLOCK_SOURCE');

// Options of TCP, tcp(7); and states in TCP_INFO.
export const TCP_CC_INFO: Option<'tcp', Buffer, Uint8Array> | undefined = maybe('TCP_CC_INFO');
export const TCP_CLOSE: number | undefined = maybe('TCP_CLOSE');
export const TCP_CLOSE_WAIT: number | undefined = maybe('TCP_CLOSE_WAIT');
export const TCP_CLOSING: number | undefined = maybe('TCP_CLOSING');
export const TCP_CM_INQ: number | undefined = maybe('TCP_CM_INQ');
export const TCP_CONGESTION: Option<'tcp', string> | undefined = maybe('TCP_CONGESTION');
export const TCP_COOKIE_TRANSACTIONS: Option<'tcp', Buffer, Uint8Array> | undefined =
  maybe('TCP_COOKIE_TRANSACTIONS');
export const TCP_CORK: Option<'tcp', boolean, boolean | number> | undefined = maybe('TCP_CORK');
export const TCP_DEFER_ACCEPT: Option<'tcp', number> | undefined = maybe('TCP_DEFER_ACCEPT');
export const TCP_ESTABLISHED: number | undefined = maybe('TCP_ESTABLISHED');
export const TCP_FASTOPEN: Option<'tcp', number> | undefined = maybe('TCP_FASTOPEN');
export const TCP_FASTOPEN_CONNECT: Option<'tcp', boolean, boolean | number> | undefined =
  maybe('TCP_FASTOPEN_CONNECT');
export const TCP_FASTOPEN_KEY: Option<'tcp', Buffer, Uint8Array> | undefined = maybe('TCP_FASTOPEN_KEY');
export const TCP_FASTOPEN_NO_COOKIE: Option<'tcp', boolean, boolean | number> | undefined =
  maybe('TCP_FASTOPEN_NO_COOKIE');
export const TCP_FIN_WAIT1: number | undefined = maybe('TCP_FIN_WAIT1');
export const TCP_FIN_WAIT2: number | undefined = maybe('TCP_FIN_WAIT2');
export const TCP_INFO: Option<'tcp', TcpInfo, Uint8Array> | undefined = maybe('TCP_INFO');
export const TCP_INQ: (Option<'tcp', boolean, boolean | number> & Control<'tcp', number, never>) | undefined =
  maybe('TCP_INQ');
export const TCP_KEEPCNT: Option<'tcp', number> = present('TCP_KEEPCNT');
export const TCP_KEEPIDLE: Option<'tcp', number> | undefined = maybe('TCP_KEEPIDLE');
export const TCP_KEEPINTVL: Option<'tcp', number> = present('TCP_KEEPINTVL');
export const TCP_LAST_ACK: number | undefined = maybe('TCP_LAST_ACK');
export const TCP_LINGER2: Option<'tcp', number> | undefined = maybe('TCP_LINGER2');
export const TCP_LISTEN: number | undefined = maybe('TCP_LISTEN');
export const TCP_MAXSEG: Option<'tcp', number> = present('TCP_MAXSEG');
export const TCP_MD5SIG: Option<'tcp', Buffer, Md5Signature> | undefined = maybe('TCP_MD5SIG');
export const TCP_MD5SIG_EXT: Option<'tcp', Buffer, Md5Signature> | undefined = maybe('TCP_MD5SIG_EXT');
export const TCP_MD5SIG_FLAG_PREFIX: number | undefined = maybe('TCP_MD5SIG_FLAG_PREFIX');
export const TCP_NODELAY: Option<'tcp', boolean, boolean | number> = present('TCP_NODELAY');
export const TCP_NOTSENT_LOWAT: Option<'tcp', number> | undefined = maybe('TCP_NOTSENT_LOWAT');
export const TCP_QUEUE_SEQ: Option<'tcp', number> | undefined = maybe('TCP_QUEUE_SEQ');
export const TCP_QUICKACK: Option<'tcp', boolean, boolean | number> | undefined = maybe('TCP_QUICKACK');
export const TCP_REPAIR: Option<'tcp', number> | undefined = maybe('TCP_REPAIR');
export const TCP_REPAIR_OFF: number | undefined = maybe('TCP_REPAIR_OFF');
export const TCP_REPAIR_OFF_NO_WP: number | undefined = maybe('TCP_REPAIR_OFF_NO_WP');
export const TCP_REPAIR_ON: number | undefined = maybe('TCP_REPAIR_ON');
export const TCP_REPAIR_OPTIONS: Option<'tcp', RepairOption[], readonly RepairOption[]> | undefined =
  maybe('TCP_REPAIR_OPTIONS');
export const TCP_REPAIR_QUEUE: Option<'tcp', number> | undefined = maybe('TCP_REPAIR_QUEUE');
export const TCP_REPAIR_WINDOW: Option<'tcp', RepairWindow> | undefined = maybe('TCP_REPAIR_WINDOW');
export const TCP_SAVED_SYN: Option<'tcp', Buffer, Uint8Array> | undefined = maybe('TCP_SAVED_SYN');
export const TCP_SAVE_SYN: Option<'tcp', boolean, boolean | number> | undefined = maybe('TCP_SAVE_SYN');
export const TCP_SYNCNT: Option<'tcp', number> | undefined = maybe('TCP_SYNCNT');
export const TCP_SYN_RECV: number | undefined = maybe('TCP_SYN_RECV');
export const TCP_SYN_SENT: number | undefined = maybe('TCP_SYN_SENT');
export const TCP_THIN_DUPACK: Option<'tcp', boolean, boolean | number> | undefined = maybe('TCP_THIN_DUPACK');
export const TCP_THIN_LINEAR_TIMEOUTS: Option<'tcp', boolean, boolean | number> | undefined =
  maybe('TCP_THIN_LINEAR_TIMEOUTS');
export const TCP_TIMESTAMP: Option<'tcp', number> | undefined = maybe('TCP_TIMESTAMP');
export const TCP_TIME_WAIT: number | undefined = maybe('TCP_TIME_WAIT');
export const TCP_TX_DELAY: Option<'tcp', number> | undefined = maybe('TCP_TX_DELAY');
export const TCP_ULP: Option<'tcp', string> | undefined = maybe('TCP_ULP');
export const TCP_USER_TIMEOUT: Option<'tcp', number> | undefined = maybe('TCP_USER_TIMEOUT');
export const TCP_WINDOW_CLAMP: Option<'tcp', number> | undefined = maybe('TCP_WINDOW_CLAMP');
export const TCP_ZEROCOPY_RECEIVE: Option<'tcp', Buffer, Uint8Array> | undefined =
  maybe('TCP_ZEROCOPY_RECEIVE');

// Options of UDP and UDP-Lite, udp(7), udplite(7).
export const UDPLITE_RECV_CSCOV: Option<'udplite', number> | undefined = maybe('UDPLITE_RECV_CSCOV');
export const UDPLITE_SEND_CSCOV: Option<'udplite', number> | undefined = maybe('UDPLITE_SEND_CSCOV');
export const UDP_CORK: Option<'udp', boolean, boolean | number> | undefined = maybe('UDP_CORK');
export const UDP_ENCAP: Option<'udp', number> | undefined = maybe('UDP_ENCAP');
export const UDP_ENCAP_ESPINUDP: number | undefined = maybe('UDP_ENCAP_ESPINUDP');
export const UDP_ENCAP_ESPINUDP_NON_IKE: number | undefined = maybe('UDP_ENCAP_ESPINUDP_NON_IKE');
export const UDP_ENCAP_GTP0: number | undefined = maybe('UDP_ENCAP_GTP0');
export const UDP_ENCAP_GTP1U: number | undefined = maybe('UDP_ENCAP_GTP1U');
export const UDP_ENCAP_L2TPINUDP: number | undefined = maybe('UDP_ENCAP_L2TPINUDP');
export const UDP_ENCAP_RXRPC: number | undefined = maybe('UDP_ENCAP_RXRPC');
export const UDP_GRO: (Option<'udp', boolean, boolean | number> & Control<'udp', number, never>) | undefined =
  maybe('UDP_GRO');
export const UDP_NO_CHECK6_RX: Option<'udp', boolean, boolean | number> | undefined =
  maybe('UDP_NO_CHECK6_RX');
export const UDP_NO_CHECK6_TX: Option<'udp', boolean, boolean | number> | undefined =
  maybe('UDP_NO_CHECK6_TX');
export const UDP_SEGMENT: (Option<'udp', number> & Control<'udp', number>) | undefined = maybe('UDP_SEGMENT');

// Raw sockets, raw(7).
export const ICMP6_FILTER: Option<'ip6raw', Set<number>, Iterable<number>> | undefined =
  maybe('ICMP6_FILTER');
export const ICMP_FILTER: Option<'raw', number> | undefined = maybe('ICMP_FILTER');

// Flags of the transfer calls, recv(2), send(2).
export const MSG_BATCH: number | undefined = maybe('MSG_BATCH');
export const MSG_CMSG_CLOEXEC: number | undefined = maybe('MSG_CMSG_CLOEXEC');
export const MSG_CONFIRM: number | undefined = maybe('MSG_CONFIRM');
export const MSG_CTRUNC: number = present('MSG_CTRUNC');
export const MSG_DONTROUTE: number = present('MSG_DONTROUTE');
export const MSG_DONTWAIT: number = present('MSG_DONTWAIT');
export const MSG_EOR: number = present('MSG_EOR');
export const MSG_ERRQUEUE: number | undefined = maybe('MSG_ERRQUEUE');
export const MSG_FASTOPEN: number | undefined = maybe('MSG_FASTOPEN');
export const MSG_MORE: number | undefined = maybe('MSG_MORE');
export const MSG_NOSIGNAL: number | undefined = maybe('MSG_NOSIGNAL');
export const MSG_OOB: number = present('MSG_OOB');
export const MSG_PEEK: number = present('MSG_PEEK');
export const MSG_TRUNC: number = present('MSG_TRUNC');
export const MSG_WAITALL: number = present('MSG_WAITALL');
export const MSG_WAITFORONE: number | undefined = maybe('MSG_WAITFORONE');
export const MSG_ZEROCOPY: number | undefined = maybe('MSG_ZEROCOPY');

// Directions, shutdown(2).
export const SHUT_RD: number = present('SHUT_RD');
export const SHUT_RDWR: number = present('SHUT_RDWR');
export const SHUT_WR: number = present('SHUT_WR');

// The longest backlog, listen(2).
export const SOMAXCONN: number = present('SOMAXCONN');

// Control messages, cmsg(3), unix(7).
export const SCM_CREDENTIALS: Control<'socket', Credentials> | undefined = maybe('SCM_CREDENTIALS');
export const SCM_PIDFD: Control<'socket', ReceivedFd, never> | undefined = maybe('SCM_PIDFD');
export const SCM_RIGHTS: Control<'socket', ReceivedFd[], readonly Descriptor[]> = present('SCM_RIGHTS');
export const SCM_SECURITY: Control<'socket', string, never> | undefined = maybe('SCM_SECURITY');
export const SCM_TIMESTAMP: Control<'socket', bigint, never> = present('SCM_TIMESTAMP');
export const SCM_TIMESTAMPING: Control<'socket', Timestamping, number> | undefined =
  maybe('SCM_TIMESTAMPING');
export const SCM_TIMESTAMPING_OPT_STATS: number | undefined = maybe('SCM_TIMESTAMPING_OPT_STATS');
export const SCM_TIMESTAMPING_PKTINFO: number | undefined = maybe('SCM_TIMESTAMPING_PKTINFO');
export const SCM_TIMESTAMPNS: Control<'socket', bigint, never> | undefined = maybe('SCM_TIMESTAMPNS');
export const SCM_TXTIME: Control<'socket', bigint, number | bigint> | undefined = maybe('SCM_TXTIME');
export const SCM_WIFI_STATUS: number | undefined = maybe('SCM_WIFI_STATUS');

// Origins of queued errors, recv(2).
export const SO_EE_CODE_ZEROCOPY_COPIED: number | undefined = maybe('SO_EE_CODE_ZEROCOPY_COPIED');
export const SO_EE_ORIGIN_ICMP: number | undefined = maybe('SO_EE_ORIGIN_ICMP');
export const SO_EE_ORIGIN_ICMP6: number | undefined = maybe('SO_EE_ORIGIN_ICMP6');
export const SO_EE_ORIGIN_LOCAL: number | undefined = maybe('SO_EE_ORIGIN_LOCAL');
export const SO_EE_ORIGIN_NONE: number | undefined = maybe('SO_EE_ORIGIN_NONE');
export const SO_EE_ORIGIN_TIMESTAMPING: number | undefined = maybe('SO_EE_ORIGIN_TIMESTAMPING');
export const SO_EE_ORIGIN_TXSTATUS: number | undefined = maybe('SO_EE_ORIGIN_TXSTATUS');
export const SO_EE_ORIGIN_TXTIME: number | undefined = maybe('SO_EE_ORIGIN_TXTIME');
export const SO_EE_ORIGIN_ZEROCOPY: number | undefined = maybe('SO_EE_ORIGIN_ZEROCOPY');

// Kinds of timestamps, for SO_TIMESTAMPING.
export const SOF_TIMESTAMPING_BIND_PHC: number | undefined = maybe('SOF_TIMESTAMPING_BIND_PHC');
export const SOF_TIMESTAMPING_OPT_CMSG: number | undefined = maybe('SOF_TIMESTAMPING_OPT_CMSG');
export const SOF_TIMESTAMPING_OPT_ID: number | undefined = maybe('SOF_TIMESTAMPING_OPT_ID');
export const SOF_TIMESTAMPING_OPT_PKTINFO: number | undefined = maybe('SOF_TIMESTAMPING_OPT_PKTINFO');
export const SOF_TIMESTAMPING_OPT_STATS: number | undefined = maybe('SOF_TIMESTAMPING_OPT_STATS');
export const SOF_TIMESTAMPING_OPT_TSONLY: number | undefined = maybe('SOF_TIMESTAMPING_OPT_TSONLY');
export const SOF_TIMESTAMPING_OPT_TX_SWHW: number | undefined = maybe('SOF_TIMESTAMPING_OPT_TX_SWHW');
export const SOF_TIMESTAMPING_RAW_HARDWARE: number | undefined = maybe('SOF_TIMESTAMPING_RAW_HARDWARE');
export const SOF_TIMESTAMPING_RX_HARDWARE: number | undefined = maybe('SOF_TIMESTAMPING_RX_HARDWARE');
export const SOF_TIMESTAMPING_RX_SOFTWARE: number | undefined = maybe('SOF_TIMESTAMPING_RX_SOFTWARE');
export const SOF_TIMESTAMPING_SOFTWARE: number | undefined = maybe('SOF_TIMESTAMPING_SOFTWARE');
export const SOF_TIMESTAMPING_TX_ACK: number | undefined = maybe('SOF_TIMESTAMPING_TX_ACK');
export const SOF_TIMESTAMPING_TX_HARDWARE: number | undefined = maybe('SOF_TIMESTAMPING_TX_HARDWARE');
export const SOF_TIMESTAMPING_TX_RECORD_MASK: number | undefined = maybe('SOF_TIMESTAMPING_TX_RECORD_MASK');
export const SOF_TIMESTAMPING_TX_SCHED: number | undefined = maybe('SOF_TIMESTAMPING_TX_SCHED');
export const SOF_TIMESTAMPING_TX_SOFTWARE: number | undefined = maybe('SOF_TIMESTAMPING_TX_SOFTWARE');
export const SOF_TXTIME_DEADLINE_MODE: number | undefined = maybe('SOF_TXTIME_DEADLINE_MODE');
export const SOF_TXTIME_REPORT_ERRORS: number | undefined = maybe('SOF_TXTIME_REPORT_ERRORS');

// Netlink protocols and options, netlink(7).
export const NETLINK_ADD_MEMBERSHIP: Option<'netlink', number> | undefined = maybe('NETLINK_ADD_MEMBERSHIP');
export const NETLINK_AUDIT: number | undefined = maybe('NETLINK_AUDIT');
export const NETLINK_BROADCAST_ERROR: Option<'netlink', boolean, boolean | number> | undefined =
  maybe('NETLINK_BROADCAST_ERROR');
export const NETLINK_CAP_ACK: Option<'netlink', boolean, boolean | number> | undefined =
  maybe('NETLINK_CAP_ACK');
export const NETLINK_CONNECTOR: number | undefined = maybe('NETLINK_CONNECTOR');
export const NETLINK_CRYPTO: number | undefined = maybe('NETLINK_CRYPTO');
export const NETLINK_DNRTMSG: number | undefined = maybe('NETLINK_DNRTMSG');
export const NETLINK_DROP_MEMBERSHIP: Option<'netlink', number> | undefined =
  maybe('NETLINK_DROP_MEMBERSHIP');
export const NETLINK_ECRYPTFS: number | undefined = maybe('NETLINK_ECRYPTFS');
export const NETLINK_EXT_ACK: Option<'netlink', boolean, boolean | number> | undefined =
  maybe('NETLINK_EXT_ACK');
export const NETLINK_FIB_LOOKUP: number | undefined = maybe('NETLINK_FIB_LOOKUP');
export const NETLINK_FIREWALL: number | undefined = maybe('NETLINK_FIREWALL');
export const NETLINK_GENERIC: number | undefined = maybe('NETLINK_GENERIC');
export const NETLINK_GET_STRICT_CHK: Option<'netlink', boolean, boolean | number> | undefined =
  maybe('NETLINK_GET_STRICT_CHK');
export const NETLINK_INET_DIAG: number | undefined = maybe('NETLINK_INET_DIAG');
export const NETLINK_IP6_FW: number | undefined = maybe('NETLINK_IP6_FW');
export const NETLINK_ISCSI: number | undefined = maybe('NETLINK_ISCSI');
export const NETLINK_KOBJECT_UEVENT: number | undefined = maybe('NETLINK_KOBJECT_UEVENT');
export const NETLINK_LISTEN_ALL_NSID: Option<'netlink', boolean, boolean | number> | undefined =
  maybe('NETLINK_LISTEN_ALL_NSID');
export const NETLINK_LIST_MEMBERSHIPS: Option<'netlink', number[], Uint8Array> | undefined =
  maybe('NETLINK_LIST_MEMBERSHIPS');
export const NETLINK_NETFILTER: number | undefined = maybe('NETLINK_NETFILTER');
export const NETLINK_NFLOG: number | undefined = maybe('NETLINK_NFLOG');
export const NETLINK_NO_ENOBUFS: Option<'netlink', boolean, boolean | number> | undefined =
  maybe('NETLINK_NO_ENOBUFS');
export const NETLINK_PKTINFO: Option<'netlink', boolean, boolean | number> | undefined =
  maybe('NETLINK_PKTINFO');
export const NETLINK_RDMA: number | undefined = maybe('NETLINK_RDMA');
export const NETLINK_ROUTE: number | undefined = maybe('NETLINK_ROUTE');
export const NETLINK_RX_RING: number | undefined = maybe('NETLINK_RX_RING');
export const NETLINK_SCSITRANSPORT: number | undefined = maybe('NETLINK_SCSITRANSPORT');
export const NETLINK_SELINUX: number | undefined = maybe('NETLINK_SELINUX');
export const NETLINK_SMC: number | undefined = maybe('NETLINK_SMC');
export const NETLINK_SOCK_DIAG: number | undefined = maybe('NETLINK_SOCK_DIAG');
export const NETLINK_TX_RING: number | undefined = maybe('NETLINK_TX_RING');
export const NETLINK_UNUSED: number | undefined = maybe('NETLINK_UNUSED');
export const NETLINK_USERSOCK: number | undefined = maybe('NETLINK_USERSOCK');
export const NETLINK_XFRM: number | undefined = maybe('NETLINK_XFRM');

// Netlink message flags, netlink(7).
export const NLMSG_DONE: number | undefined = maybe('NLMSG_DONE');
export const NLMSG_ERROR: number | undefined = maybe('NLMSG_ERROR');
export const NLMSG_NOOP: number | undefined = maybe('NLMSG_NOOP');
export const NLMSG_OVERRUN: number | undefined = maybe('NLMSG_OVERRUN');
export const NLM_F_ACK: number | undefined = maybe('NLM_F_ACK');
export const NLM_F_ACK_TLVS: number | undefined = maybe('NLM_F_ACK_TLVS');
export const NLM_F_APPEND: number | undefined = maybe('NLM_F_APPEND');
export const NLM_F_ATOMIC: number | undefined = maybe('NLM_F_ATOMIC');
export const NLM_F_BULK: number | undefined = maybe('NLM_F_BULK');
export const NLM_F_CAPPED: number | undefined = maybe('NLM_F_CAPPED');
export const NLM_F_CREATE: number | undefined = maybe('NLM_F_CREATE');
export const NLM_F_DUMP: number | undefined = maybe('NLM_F_DUMP');
export const NLM_F_DUMP_FILTERED: number | undefined = maybe('NLM_F_DUMP_FILTERED');
export const NLM_F_DUMP_INTR: number | undefined = maybe('NLM_F_DUMP_INTR');
export const NLM_F_ECHO: number | undefined = maybe('NLM_F_ECHO');
export const NLM_F_EXCL: number | undefined = maybe('NLM_F_EXCL');
export const NLM_F_MATCH: number | undefined = maybe('NLM_F_MATCH');
export const NLM_F_MULTI: number | undefined = maybe('NLM_F_MULTI');
export const NLM_F_NONREC: number | undefined = maybe('NLM_F_NONREC');
export const NLM_F_REPLACE: number | undefined = maybe('NLM_F_REPLACE');
export const NLM_F_REQUEST: number | undefined = maybe('NLM_F_REQUEST');
export const NLM_F_ROOT: number | undefined = maybe('NLM_F_ROOT');

// Routing messages and groups, rtnetlink(7).
export const RTMGRP_DECnet_IFADDR: number | undefined = maybe('RTMGRP_DECnet_IFADDR');
export const RTMGRP_DECnet_ROUTE: number | undefined = maybe('RTMGRP_DECnet_ROUTE');
export const RTMGRP_IPV4_IFADDR: number | undefined = maybe('RTMGRP_IPV4_IFADDR');
export const RTMGRP_IPV4_MROUTE: number | undefined = maybe('RTMGRP_IPV4_MROUTE');
export const RTMGRP_IPV4_ROUTE: number | undefined = maybe('RTMGRP_IPV4_ROUTE');
export const RTMGRP_IPV4_RULE: number | undefined = maybe('RTMGRP_IPV4_RULE');
export const RTMGRP_IPV6_IFADDR: number | undefined = maybe('RTMGRP_IPV6_IFADDR');
export const RTMGRP_IPV6_IFINFO: number | undefined = maybe('RTMGRP_IPV6_IFINFO');
export const RTMGRP_IPV6_MROUTE: number | undefined = maybe('RTMGRP_IPV6_MROUTE');
export const RTMGRP_IPV6_PREFIX: number | undefined = maybe('RTMGRP_IPV6_PREFIX');
export const RTMGRP_IPV6_ROUTE: number | undefined = maybe('RTMGRP_IPV6_ROUTE');
export const RTMGRP_LINK: number | undefined = maybe('RTMGRP_LINK');
export const RTMGRP_NEIGH: number | undefined = maybe('RTMGRP_NEIGH');
export const RTMGRP_NOTIFY: number | undefined = maybe('RTMGRP_NOTIFY');
export const RTMGRP_TC: number | undefined = maybe('RTMGRP_TC');
export const RTM_DELACTION: number | undefined = maybe('RTM_DELACTION');
export const RTM_DELADDR: number | undefined = maybe('RTM_DELADDR');
export const RTM_DELADDRLABEL: number | undefined = maybe('RTM_DELADDRLABEL');
export const RTM_DELCHAIN: number | undefined = maybe('RTM_DELCHAIN');
export const RTM_DELLINK: number | undefined = maybe('RTM_DELLINK');
export const RTM_DELLINKPROP: number | undefined = maybe('RTM_DELLINKPROP');
export const RTM_DELMDB: number | undefined = maybe('RTM_DELMDB');
export const RTM_DELNEIGH: number | undefined = maybe('RTM_DELNEIGH');
export const RTM_DELNETCONF: number | undefined = maybe('RTM_DELNETCONF');
export const RTM_DELNEXTHOP: number | undefined = maybe('RTM_DELNEXTHOP');
export const RTM_DELNEXTHOPBUCKET: number | undefined = maybe('RTM_DELNEXTHOPBUCKET');
export const RTM_DELNSID: number | undefined = maybe('RTM_DELNSID');
export const RTM_DELQDISC: number | undefined = maybe('RTM_DELQDISC');
export const RTM_DELROUTE: number | undefined = maybe('RTM_DELROUTE');
export const RTM_DELRULE: number | undefined = maybe('RTM_DELRULE');
export const RTM_DELTCLASS: number | undefined = maybe('RTM_DELTCLASS');
export const RTM_DELTFILTER: number | undefined = maybe('RTM_DELTFILTER');
export const RTM_DELTUNNEL: number | undefined = maybe('RTM_DELTUNNEL');
export const RTM_DELVLAN: number | undefined = maybe('RTM_DELVLAN');
export const RTM_GETACTION: number | undefined = maybe('RTM_GETACTION');
export const RTM_GETADDR: number | undefined = maybe('RTM_GETADDR');
export const RTM_GETADDRLABEL: number | undefined = maybe('RTM_GETADDRLABEL');
export const RTM_GETANYCAST: number | undefined = maybe('RTM_GETANYCAST');
export const RTM_GETCHAIN: number | undefined = maybe('RTM_GETCHAIN');
export const RTM_GETDCB: number | undefined = maybe('RTM_GETDCB');
export const RTM_GETLINK: number | undefined = maybe('RTM_GETLINK');
export const RTM_GETLINKPROP: number | undefined = maybe('RTM_GETLINKPROP');
export const RTM_GETMDB: number | undefined = maybe('RTM_GETMDB');
export const RTM_GETMULTICAST: number | undefined = maybe('RTM_GETMULTICAST');
export const RTM_GETNEIGH: number | undefined = maybe('RTM_GETNEIGH');
export const RTM_GETNEIGHTBL: number | undefined = maybe('RTM_GETNEIGHTBL');
export const RTM_GETNETCONF: number | undefined = maybe('RTM_GETNETCONF');
export const RTM_GETNEXTHOP: number | undefined = maybe('RTM_GETNEXTHOP');
export const RTM_GETNEXTHOPBUCKET: number | undefined = maybe('RTM_GETNEXTHOPBUCKET');
export const RTM_GETNSID: number | undefined = maybe('RTM_GETNSID');
export const RTM_GETQDISC: number | undefined = maybe('RTM_GETQDISC');
export const RTM_GETROUTE: number | undefined = maybe('RTM_GETROUTE');
export const RTM_GETRULE: number | undefined = maybe('RTM_GETRULE');
export const RTM_GETSTATS: number | undefined = maybe('RTM_GETSTATS');
export const RTM_GETTCLASS: number | undefined = maybe('RTM_GETTCLASS');
export const RTM_GETTFILTER: number | undefined = maybe('RTM_GETTFILTER');
export const RTM_GETTUNNEL: number | undefined = maybe('RTM_GETTUNNEL');
export const RTM_GETVLAN: number | undefined = maybe('RTM_GETVLAN');
export const RTM_NEWACTION: number | undefined = maybe('RTM_NEWACTION');
export const RTM_NEWADDR: number | undefined = maybe('RTM_NEWADDR');
export const RTM_NEWADDRLABEL: number | undefined = maybe('RTM_NEWADDRLABEL');
export const RTM_NEWCACHEREPORT: number | undefined = maybe('RTM_NEWCACHEREPORT');
export const RTM_NEWCHAIN: number | undefined = maybe('RTM_NEWCHAIN');
export const RTM_NEWLINK: number | undefined = maybe('RTM_NEWLINK');
export const RTM_NEWLINKPROP: number | undefined = maybe('RTM_NEWLINKPROP');
export const RTM_NEWMDB: number | undefined = maybe('RTM_NEWMDB');
export const RTM_NEWNDUSEROPT: number | undefined = maybe('RTM_NEWNDUSEROPT');
export const RTM_NEWNEIGH: number | undefined = maybe('RTM_NEWNEIGH');
export const RTM_NEWNEIGHTBL: number | undefined = maybe('RTM_NEWNEIGHTBL');
export const RTM_NEWNETCONF: number | undefined = maybe('RTM_NEWNETCONF');
export const RTM_NEWNEXTHOP: number | undefined = maybe('RTM_NEWNEXTHOP');
export const RTM_NEWNEXTHOPBUCKET: number | undefined = maybe('RTM_NEWNEXTHOPBUCKET');
export const RTM_NEWNSID: number | undefined = maybe('RTM_NEWNSID');
export const RTM_NEWPREFIX: number | undefined = maybe('RTM_NEWPREFIX');
export const RTM_NEWQDISC: number | undefined = maybe('RTM_NEWQDISC');
export const RTM_NEWROUTE: number | undefined = maybe('RTM_NEWROUTE');
export const RTM_NEWRULE: number | undefined = maybe('RTM_NEWRULE');
export const RTM_NEWSTATS: number | undefined = maybe('RTM_NEWSTATS');
export const RTM_NEWTCLASS: number | undefined = maybe('RTM_NEWTCLASS');
export const RTM_NEWTFILTER: number | undefined = maybe('RTM_NEWTFILTER');
export const RTM_NEWTUNNEL: number | undefined = maybe('RTM_NEWTUNNEL');
export const RTM_NEWVLAN: number | undefined = maybe('RTM_NEWVLAN');
export const RTM_SETDCB: number | undefined = maybe('RTM_SETDCB');
export const RTM_SETLINK: number | undefined = maybe('RTM_SETLINK');
export const RTM_SETNEIGHTBL: number | undefined = maybe('RTM_SETNEIGHTBL');
export const RTM_SETSTATS: number | undefined = maybe('RTM_SETSTATS');
export const RTNLGRP_IPV4_IFADDR: number | undefined = maybe('RTNLGRP_IPV4_IFADDR');
export const RTNLGRP_IPV4_ROUTE: number | undefined = maybe('RTNLGRP_IPV4_ROUTE');
export const RTNLGRP_IPV6_IFADDR: number | undefined = maybe('RTNLGRP_IPV6_IFADDR');
export const RTNLGRP_IPV6_ROUTE: number | undefined = maybe('RTNLGRP_IPV6_ROUTE');
export const RTNLGRP_LINK: number | undefined = maybe('RTNLGRP_LINK');
export const RTNLGRP_NEIGH: number | undefined = maybe('RTNLGRP_NEIGH');

// Packet types and options, packet(7).
export const PACKET_ADD_MEMBERSHIP: Option<'packet', PacketMembership> | undefined =
  maybe('PACKET_ADD_MEMBERSHIP');
export const PACKET_AUXDATA: Option<'packet', boolean, boolean | number> | undefined =
  maybe('PACKET_AUXDATA');
export const PACKET_BROADCAST: number | undefined = maybe('PACKET_BROADCAST');
export const PACKET_COPY_THRESH: Option<'packet', number> | undefined = maybe('PACKET_COPY_THRESH');
export const PACKET_DROP_MEMBERSHIP: Option<'packet', PacketMembership> | undefined =
  maybe('PACKET_DROP_MEMBERSHIP');
export const PACKET_FANOUT: Option<'packet', Fanout, Fanout | number> | undefined = maybe('PACKET_FANOUT');
export const PACKET_FANOUT_CBPF: number | undefined = maybe('PACKET_FANOUT_CBPF');
export const PACKET_FANOUT_CPU: number | undefined = maybe('PACKET_FANOUT_CPU');
export const PACKET_FANOUT_DATA: Option<'packet', FilterInstruction[], FilterProgram | number> | undefined =
  maybe('PACKET_FANOUT_DATA');
export const PACKET_FANOUT_EBPF: number | undefined = maybe('PACKET_FANOUT_EBPF');
export const PACKET_FANOUT_FLAG_DEFRAG: number | undefined = maybe('PACKET_FANOUT_FLAG_DEFRAG');
export const PACKET_FANOUT_FLAG_ROLLOVER: number | undefined = maybe('PACKET_FANOUT_FLAG_ROLLOVER');
export const PACKET_FANOUT_FLAG_UNIQUEID: number | undefined = maybe('PACKET_FANOUT_FLAG_UNIQUEID');
export const PACKET_FANOUT_HASH: number | undefined = maybe('PACKET_FANOUT_HASH');
export const PACKET_FANOUT_LB: number | undefined = maybe('PACKET_FANOUT_LB');
export const PACKET_FANOUT_QM: number | undefined = maybe('PACKET_FANOUT_QM');
export const PACKET_FANOUT_RND: number | undefined = maybe('PACKET_FANOUT_RND');
export const PACKET_FANOUT_ROLLOVER: number | undefined = maybe('PACKET_FANOUT_ROLLOVER');
export const PACKET_FASTROUTE: number | undefined = maybe('PACKET_FASTROUTE');
export const PACKET_HDRLEN: Option<'packet', number> | undefined = maybe('PACKET_HDRLEN');
export const PACKET_HOST: number | undefined = maybe('PACKET_HOST');
export const PACKET_IGNORE_OUTGOING: Option<'packet', boolean, boolean | number> | undefined =
  maybe('PACKET_IGNORE_OUTGOING');
export const PACKET_KERNEL: number | undefined = maybe('PACKET_KERNEL');
export const PACKET_LOOPBACK: number | undefined = maybe('PACKET_LOOPBACK');
export const PACKET_LOSS: Option<'packet', boolean, boolean | number> | undefined = maybe('PACKET_LOSS');
export const PACKET_MR_ALLMULTI: number | undefined = maybe('PACKET_MR_ALLMULTI');
export const PACKET_MR_MULTICAST: number | undefined = maybe('PACKET_MR_MULTICAST');
export const PACKET_MR_PROMISC: number | undefined = maybe('PACKET_MR_PROMISC');
export const PACKET_MR_UNICAST: number | undefined = maybe('PACKET_MR_UNICAST');
export const PACKET_MULTICAST: number | undefined = maybe('PACKET_MULTICAST');
export const PACKET_ORIGDEV: Option<'packet', boolean, boolean | number> | undefined =
  maybe('PACKET_ORIGDEV');
export const PACKET_OTHERHOST: number | undefined = maybe('PACKET_OTHERHOST');
export const PACKET_OUTGOING: number | undefined = maybe('PACKET_OUTGOING');
export const PACKET_QDISC_BYPASS: Option<'packet', boolean, boolean | number> | undefined =
  maybe('PACKET_QDISC_BYPASS');
export const PACKET_RECV_OUTPUT: number | undefined = maybe('PACKET_RECV_OUTPUT');
export const PACKET_RESERVE: Option<'packet', number> | undefined = maybe('PACKET_RESERVE');
export const PACKET_ROLLOVER_STATS: Option<'packet', RolloverStatistics, Uint8Array> | undefined =
  maybe('PACKET_ROLLOVER_STATS');
export const PACKET_RX_RING: Option<'packet', Buffer, Uint8Array> | undefined = maybe('PACKET_RX_RING');
export const PACKET_STATISTICS: Option<'packet', PacketStatistics, Uint8Array> | undefined =
  maybe('PACKET_STATISTICS');
export const PACKET_TIMESTAMP: Option<'packet', number> | undefined = maybe('PACKET_TIMESTAMP');
export const PACKET_TX_HAS_OFF: Option<'packet', boolean, boolean | number> | undefined =
  maybe('PACKET_TX_HAS_OFF');
export const PACKET_TX_RING: Option<'packet', Buffer, Uint8Array> | undefined = maybe('PACKET_TX_RING');
export const PACKET_TX_TIMESTAMP: number | undefined = maybe('PACKET_TX_TIMESTAMP');
export const PACKET_USER: number | undefined = maybe('PACKET_USER');
export const PACKET_VERSION: Option<'packet', number> | undefined = maybe('PACKET_VERSION');
export const PACKET_VNET_HDR: Option<'packet', boolean, boolean | number> | undefined =
  maybe('PACKET_VNET_HDR');
export const TPACKET_V1: number | undefined = maybe('TPACKET_V1');
export const TPACKET_V2: number | undefined = maybe('TPACKET_V2');
export const TPACKET_V3: number | undefined = maybe('TPACKET_V3');

// Ethernet protocols, packet(7).
export const ETH_P_1588: number | undefined = maybe('ETH_P_1588');
export const ETH_P_8021AD: number | undefined = maybe('ETH_P_8021AD');
export const ETH_P_8021AH: number | undefined = maybe('ETH_P_8021AH');
export const ETH_P_8021Q: number | undefined = maybe('ETH_P_8021Q');
export const ETH_P_80221: number | undefined = maybe('ETH_P_80221');
export const ETH_P_802_2: number | undefined = maybe('ETH_P_802_2');
export const ETH_P_802_3: number | undefined = maybe('ETH_P_802_3');
export const ETH_P_802_3_MIN: number | undefined = maybe('ETH_P_802_3_MIN');
export const ETH_P_802_EX1: number | undefined = maybe('ETH_P_802_EX1');
export const ETH_P_AARP: number | undefined = maybe('ETH_P_AARP');
export const ETH_P_AF_IUCV: number | undefined = maybe('ETH_P_AF_IUCV');
export const ETH_P_ALL: number | undefined = maybe('ETH_P_ALL');
export const ETH_P_AOE: number | undefined = maybe('ETH_P_AOE');
export const ETH_P_ARCNET: number | undefined = maybe('ETH_P_ARCNET');
export const ETH_P_ARP: number | undefined = maybe('ETH_P_ARP');
export const ETH_P_ATALK: number | undefined = maybe('ETH_P_ATALK');
export const ETH_P_ATMFATE: number | undefined = maybe('ETH_P_ATMFATE');
export const ETH_P_ATMMPOA: number | undefined = maybe('ETH_P_ATMMPOA');
export const ETH_P_AX25: number | undefined = maybe('ETH_P_AX25');
export const ETH_P_BATMAN: number | undefined = maybe('ETH_P_BATMAN');
export const ETH_P_BPQ: number | undefined = maybe('ETH_P_BPQ');
export const ETH_P_CAIF: number | undefined = maybe('ETH_P_CAIF');
export const ETH_P_CAN: number | undefined = maybe('ETH_P_CAN');
export const ETH_P_CANFD: number | undefined = maybe('ETH_P_CANFD');
export const ETH_P_CANXL: number | undefined = maybe('ETH_P_CANXL');
export const ETH_P_CFM: number | undefined = maybe('ETH_P_CFM');
export const ETH_P_CONTROL: number | undefined = maybe('ETH_P_CONTROL');
export const ETH_P_CUST: number | undefined = maybe('ETH_P_CUST');
export const ETH_P_DDCMP: number | undefined = maybe('ETH_P_DDCMP');
export const ETH_P_DEC: number | undefined = maybe('ETH_P_DEC');
export const ETH_P_DIAG: number | undefined = maybe('ETH_P_DIAG');
export const ETH_P_DNA_DL: number | undefined = maybe('ETH_P_DNA_DL');
export const ETH_P_DNA_RC: number | undefined = maybe('ETH_P_DNA_RC');
export const ETH_P_DNA_RT: number | undefined = maybe('ETH_P_DNA_RT');
export const ETH_P_DSA: number | undefined = maybe('ETH_P_DSA');
export const ETH_P_DSA_8021Q: number | undefined = maybe('ETH_P_DSA_8021Q');
export const ETH_P_DSA_A5PSW: number | undefined = maybe('ETH_P_DSA_A5PSW');
export const ETH_P_ECONET: number | undefined = maybe('ETH_P_ECONET');
export const ETH_P_EDSA: number | undefined = maybe('ETH_P_EDSA');
export const ETH_P_ERSPAN: number | undefined = maybe('ETH_P_ERSPAN');
export const ETH_P_ERSPAN2: number | undefined = maybe('ETH_P_ERSPAN2');
export const ETH_P_ETHERCAT: number | undefined = maybe('ETH_P_ETHERCAT');
export const ETH_P_FCOE: number | undefined = maybe('ETH_P_FCOE');
export const ETH_P_FIP: number | undefined = maybe('ETH_P_FIP');
export const ETH_P_HDLC: number | undefined = maybe('ETH_P_HDLC');
export const ETH_P_HSR: number | undefined = maybe('ETH_P_HSR');
export const ETH_P_IBOE: number | undefined = maybe('ETH_P_IBOE');
export const ETH_P_IEEE802154: number | undefined = maybe('ETH_P_IEEE802154');
export const ETH_P_IEEEPUP: number | undefined = maybe('ETH_P_IEEEPUP');
export const ETH_P_IEEEPUPAT: number | undefined = maybe('ETH_P_IEEEPUPAT');
export const ETH_P_IFE: number | undefined = maybe('ETH_P_IFE');
export const ETH_P_IP: number | undefined = maybe('ETH_P_IP');
export const ETH_P_IPV6: number | undefined = maybe('ETH_P_IPV6');
export const ETH_P_IPX: number | undefined = maybe('ETH_P_IPX');
export const ETH_P_IRDA: number | undefined = maybe('ETH_P_IRDA');
export const ETH_P_LAT: number | undefined = maybe('ETH_P_LAT');
export const ETH_P_LINK_CTL: number | undefined = maybe('ETH_P_LINK_CTL');
export const ETH_P_LLDP: number | undefined = maybe('ETH_P_LLDP');
export const ETH_P_LOCALTALK: number | undefined = maybe('ETH_P_LOCALTALK');
export const ETH_P_LOOP: number | undefined = maybe('ETH_P_LOOP');
export const ETH_P_LOOPBACK: number | undefined = maybe('ETH_P_LOOPBACK');
export const ETH_P_MACSEC: number | undefined = maybe('ETH_P_MACSEC');
export const ETH_P_MAP: number | undefined = maybe('ETH_P_MAP');
export const ETH_P_MCTP: number | undefined = maybe('ETH_P_MCTP');
export const ETH_P_MOBITEX: number | undefined = maybe('ETH_P_MOBITEX');
export const ETH_P_MPLS_MC: number | undefined = maybe('ETH_P_MPLS_MC');
export const ETH_P_MPLS_UC: number | undefined = maybe('ETH_P_MPLS_UC');
export const ETH_P_MRP: number | undefined = maybe('ETH_P_MRP');
export const ETH_P_MVRP: number | undefined = maybe('ETH_P_MVRP');
export const ETH_P_NCSI: number | undefined = maybe('ETH_P_NCSI');
export const ETH_P_NSH: number | undefined = maybe('ETH_P_NSH');
export const ETH_P_PAE: number | undefined = maybe('ETH_P_PAE');
export const ETH_P_PAUSE: number | undefined = maybe('ETH_P_PAUSE');
export const ETH_P_PHONET: number | undefined = maybe('ETH_P_PHONET');
export const ETH_P_PPPTALK: number | undefined = maybe('ETH_P_PPPTALK');
export const ETH_P_PPP_DISC: number | undefined = maybe('ETH_P_PPP_DISC');
export const ETH_P_PPP_MP: number | undefined = maybe('ETH_P_PPP_MP');
export const ETH_P_PPP_SES: number | undefined = maybe('ETH_P_PPP_SES');
export const ETH_P_PREAUTH: number | undefined = maybe('ETH_P_PREAUTH');
export const ETH_P_PROFINET: number | undefined = maybe('ETH_P_PROFINET');
export const ETH_P_PRP: number | undefined = maybe('ETH_P_PRP');
export const ETH_P_PUP: number | undefined = maybe('ETH_P_PUP');
export const ETH_P_PUPAT: number | undefined = maybe('ETH_P_PUPAT');
export const ETH_P_QINQ1: number | undefined = maybe('ETH_P_QINQ1');
export const ETH_P_QINQ2: number | undefined = maybe('ETH_P_QINQ2');
export const ETH_P_QINQ3: number | undefined = maybe('ETH_P_QINQ3');
export const ETH_P_RARP: number | undefined = maybe('ETH_P_RARP');
export const ETH_P_REALTEK: number | undefined = maybe('ETH_P_REALTEK');
export const ETH_P_SCA: number | undefined = maybe('ETH_P_SCA');
export const ETH_P_SLOW: number | undefined = maybe('ETH_P_SLOW');
export const ETH_P_SNAP: number | undefined = maybe('ETH_P_SNAP');
export const ETH_P_TDLS: number | undefined = maybe('ETH_P_TDLS');
export const ETH_P_TEB: number | undefined = maybe('ETH_P_TEB');
export const ETH_P_TIPC: number | undefined = maybe('ETH_P_TIPC');
export const ETH_P_TRAILER: number | undefined = maybe('ETH_P_TRAILER');
export const ETH_P_TR_802_2: number | undefined = maybe('ETH_P_TR_802_2');
export const ETH_P_TSN: number | undefined = maybe('ETH_P_TSN');
export const ETH_P_WAN_PPP: number | undefined = maybe('ETH_P_WAN_PPP');
export const ETH_P_WCCP: number | undefined = maybe('ETH_P_WCCP');
export const ETH_P_X25: number | undefined = maybe('ETH_P_X25');
export const ETH_P_XDSA: number | undefined = maybe('ETH_P_XDSA');

// VM sockets, vsock(7).
export const SO_VM_SOCKETS_BUFFER_MAX_SIZE: Option<'vsock', bigint> | undefined = maybe(
  'SO_VM_SOCKETS_BUFFER_MAX_SIZE',
);
export const SO_VM_SOCKETS_BUFFER_MIN_SIZE: Option<'vsock', bigint> | undefined = maybe(
  'SO_VM_SOCKETS_BUFFER_MIN_SIZE',
);
export const SO_VM_SOCKETS_BUFFER_SIZE: Option<'vsock', bigint> | undefined =
  maybe('SO_VM_SOCKETS_BUFFER_SIZE');
export const SO_VM_SOCKETS_CONNECT_TIMEOUT: Option<'vsock', number> | undefined = maybe(
  'SO_VM_SOCKETS_CONNECT_TIMEOUT',
);
export const SO_VM_SOCKETS_NONBLOCK_TXRX: number | undefined = maybe('SO_VM_SOCKETS_NONBLOCK_TXRX');
export const SO_VM_SOCKETS_PEER_HOST_VM_ID: number | undefined = maybe('SO_VM_SOCKETS_PEER_HOST_VM_ID');
export const SO_VM_SOCKETS_TRUSTED: number | undefined = maybe('SO_VM_SOCKETS_TRUSTED');
export const VMADDR_CID_ANY: number | undefined = maybe('VMADDR_CID_ANY');
export const VMADDR_CID_HOST: number | undefined = maybe('VMADDR_CID_HOST');
export const VMADDR_CID_HYPERVISOR: number | undefined = maybe('VMADDR_CID_HYPERVISOR');
export const VMADDR_CID_LOCAL: number | undefined = maybe('VMADDR_CID_LOCAL');
export const VMADDR_FLAG_TO_HOST: number | undefined = maybe('VMADDR_FLAG_TO_HOST');
export const VMADDR_PORT_ANY: number | undefined = maybe('VMADDR_PORT_ANY');

// CAN protocols, flags and options.
export const CAN_BCM: number | undefined = maybe('CAN_BCM');
export const CAN_EFF_FLAG: number | undefined = maybe('CAN_EFF_FLAG');
export const CAN_EFF_MASK: number | undefined = maybe('CAN_EFF_MASK');
export const CAN_ERR_FLAG: number | undefined = maybe('CAN_ERR_FLAG');
export const CAN_ERR_MASK: number | undefined = maybe('CAN_ERR_MASK');
export const CAN_INV_FILTER: number | undefined = maybe('CAN_INV_FILTER');
export const CAN_ISOTP: number | undefined = maybe('CAN_ISOTP');
export const CAN_J1939: number | undefined = maybe('CAN_J1939');
export const CAN_MCNET: number | undefined = maybe('CAN_MCNET');
export const CAN_RAW: number | undefined = maybe('CAN_RAW');
export const CAN_RAW_ERR_FILTER: Option<'canraw', number> | undefined = maybe('CAN_RAW_ERR_FILTER');
export const CAN_RAW_FD_FRAMES: Option<'canraw', boolean, boolean | number> | undefined =
  maybe('CAN_RAW_FD_FRAMES');
export const CAN_RAW_FILTER: Option<'canraw', CanFilter[], readonly CanFilter[]> | undefined =
  maybe('CAN_RAW_FILTER');
export const CAN_RAW_JOIN_FILTERS: Option<'canraw', boolean, boolean | number> | undefined =
  maybe('CAN_RAW_JOIN_FILTERS');
export const CAN_RAW_LOOPBACK: Option<'canraw', boolean, boolean | number> | undefined =
  maybe('CAN_RAW_LOOPBACK');
export const CAN_RAW_RECV_OWN_MSGS: Option<'canraw', boolean, boolean | number> | undefined =
  maybe('CAN_RAW_RECV_OWN_MSGS');
export const CAN_RTR_FLAG: number | undefined = maybe('CAN_RTR_FLAG');
export const CAN_SFF_MASK: number | undefined = maybe('CAN_SFF_MASK');
export const CAN_TP16: number | undefined = maybe('CAN_TP16');
export const CAN_TP20: number | undefined = maybe('CAN_TP20');

// Options of Multipath TCP.
export const MPTCP_INFO: Option<'mptcp', MptcpInfo, Uint8Array> | undefined = maybe('MPTCP_INFO');
export const MPTCP_SUBFLOW_ADDRS: Option<'mptcp', SubflowAddresses[], Uint8Array> | undefined =
  maybe('MPTCP_SUBFLOW_ADDRS');
export const MPTCP_TCPINFO: Option<'mptcp', TcpInfo[], Uint8Array> | undefined = maybe('MPTCP_TCPINFO');

// Clocks, clock_gettime(2), for SO_TXTIME.
export const CLOCK_MONOTONIC: number | undefined = maybe('CLOCK_MONOTONIC');
export const CLOCK_REALTIME: number | undefined = maybe('CLOCK_REALTIME');
export const CLOCK_TAI: number | undefined = maybe('CLOCK_TAI');

// Types of ICMP messages, icmp(7).
export const ICMP_ADDRESS: number | undefined = maybe('ICMP_ADDRESS');
export const ICMP_ADDRESSREPLY: number | undefined = maybe('ICMP_ADDRESSREPLY');
export const ICMP_DEST_UNREACH: number | undefined = maybe('ICMP_DEST_UNREACH');
export const ICMP_ECHO: number | undefined = maybe('ICMP_ECHO');
export const ICMP_ECHOREPLY: number | undefined = maybe('ICMP_ECHOREPLY');
export const ICMP_INFO_REPLY: number | undefined = maybe('ICMP_INFO_REPLY');
export const ICMP_INFO_REQUEST: number | undefined = maybe('ICMP_INFO_REQUEST');
export const ICMP_PARAMETERPROB: number | undefined = maybe('ICMP_PARAMETERPROB');
export const ICMP_REDIRECT: number | undefined = maybe('ICMP_REDIRECT');
export const ICMP_SOURCE_QUENCH: number | undefined = maybe('ICMP_SOURCE_QUENCH');
export const ICMP_TIMESTAMP: number | undefined = maybe('ICMP_TIMESTAMP');
export const ICMP_TIMESTAMPREPLY: number | undefined = maybe('ICMP_TIMESTAMPREPLY');
export const ICMP_TIME_EXCEEDED: number | undefined = maybe('ICMP_TIME_EXCEEDED');

// Types of ICMPv6 messages, RFC 4443, 2710, 4861.
export const ICMP6_DST_UNREACH: number | undefined = maybe('ICMP6_DST_UNREACH');
export const ICMP6_ECHO_REPLY: number | undefined = maybe('ICMP6_ECHO_REPLY');
export const ICMP6_ECHO_REQUEST: number | undefined = maybe('ICMP6_ECHO_REQUEST');
export const ICMP6_PACKET_TOO_BIG: number | undefined = maybe('ICMP6_PACKET_TOO_BIG');
export const ICMP6_PARAM_PROB: number | undefined = maybe('ICMP6_PARAM_PROB');
export const ICMP6_TIME_EXCEEDED: number | undefined = maybe('ICMP6_TIME_EXCEEDED');
export const MLD_LISTENER_QUERY: number | undefined = maybe('MLD_LISTENER_QUERY');
export const MLD_LISTENER_REDUCTION: number | undefined = maybe('MLD_LISTENER_REDUCTION');
export const MLD_LISTENER_REPORT: number | undefined = maybe('MLD_LISTENER_REPORT');
export const ND_NEIGHBOR_ADVERT: number | undefined = maybe('ND_NEIGHBOR_ADVERT');
export const ND_NEIGHBOR_SOLICIT: number | undefined = maybe('ND_NEIGHBOR_SOLICIT');
export const ND_REDIRECT: number | undefined = maybe('ND_REDIRECT');
export const ND_ROUTER_ADVERT: number | undefined = maybe('ND_ROUTER_ADVERT');
export const ND_ROUTER_SOLICIT: number | undefined = maybe('ND_ROUTER_SOLICIT');

// Instructions of classic BPF, SO_ATTACH_FILTER of socket(7).
export const BPF_A: number | undefined = maybe('BPF_A');
export const BPF_ABS: number | undefined = maybe('BPF_ABS');
export const BPF_ADD: number | undefined = maybe('BPF_ADD');
export const BPF_ALU: number | undefined = maybe('BPF_ALU');
export const BPF_AND: number | undefined = maybe('BPF_AND');
export const BPF_B: number | undefined = maybe('BPF_B');
export const BPF_DIV: number | undefined = maybe('BPF_DIV');
export const BPF_H: number | undefined = maybe('BPF_H');
export const BPF_IMM: number | undefined = maybe('BPF_IMM');
export const BPF_IND: number | undefined = maybe('BPF_IND');
export const BPF_JA: number | undefined = maybe('BPF_JA');
export const BPF_JEQ: number | undefined = maybe('BPF_JEQ');
export const BPF_JGE: number | undefined = maybe('BPF_JGE');
export const BPF_JGT: number | undefined = maybe('BPF_JGT');
export const BPF_JMP: number | undefined = maybe('BPF_JMP');
export const BPF_JSET: number | undefined = maybe('BPF_JSET');
export const BPF_K: number | undefined = maybe('BPF_K');
export const BPF_LD: number | undefined = maybe('BPF_LD');
export const BPF_LDX: number | undefined = maybe('BPF_LDX');
export const BPF_LEN: number | undefined = maybe('BPF_LEN');
export const BPF_LSH: number | undefined = maybe('BPF_LSH');
export const BPF_MAXINSNS: number | undefined = maybe('BPF_MAXINSNS');
export const BPF_MEM: number | undefined = maybe('BPF_MEM');
export const BPF_MEMWORDS: number | undefined = maybe('BPF_MEMWORDS');
export const BPF_MISC: number | undefined = maybe('BPF_MISC');
export const BPF_MOD: number | undefined = maybe('BPF_MOD');
export const BPF_MSH: number | undefined = maybe('BPF_MSH');
export const BPF_MUL: number | undefined = maybe('BPF_MUL');
export const BPF_NEG: number | undefined = maybe('BPF_NEG');
export const BPF_OR: number | undefined = maybe('BPF_OR');
export const BPF_RET: number | undefined = maybe('BPF_RET');
export const BPF_RSH: number | undefined = maybe('BPF_RSH');
export const BPF_ST: number | undefined = maybe('BPF_ST');
export const BPF_STX: number | undefined = maybe('BPF_STX');
export const BPF_SUB: number | undefined = maybe('BPF_SUB');
export const BPF_TAX: number | undefined = maybe('BPF_TAX');
export const BPF_TXA: number | undefined = maybe('BPF_TXA');
export const BPF_W: number | undefined = maybe('BPF_W');
export const BPF_X: number | undefined = maybe('BPF_X');
export const BPF_XOR: number | undefined = maybe('BPF_XOR');
export const SKF_AD_ALU_XOR_X: number | undefined = maybe('SKF_AD_ALU_XOR_X');
export const SKF_AD_CPU: number | undefined = maybe('SKF_AD_CPU');
export const SKF_AD_HATYPE: number | undefined = maybe('SKF_AD_HATYPE');
export const SKF_AD_IFINDEX: number | undefined = maybe('SKF_AD_IFINDEX');
export const SKF_AD_MARK: number | undefined = maybe('SKF_AD_MARK');
export const SKF_AD_NLATTR: number | undefined = maybe('SKF_AD_NLATTR');
export const SKF_AD_NLATTR_NEST: number | undefined = maybe('SKF_AD_NLATTR_NEST');
export const SKF_AD_OFF: number | undefined = maybe('SKF_AD_OFF');
export const SKF_AD_PAY_OFFSET: number | undefined = maybe('SKF_AD_PAY_OFFSET');
export const SKF_AD_PKTTYPE: number | undefined = maybe('SKF_AD_PKTTYPE');
export const SKF_AD_PROTOCOL: number | undefined = maybe('SKF_AD_PROTOCOL');
export const SKF_AD_QUEUE: number | undefined = maybe('SKF_AD_QUEUE');
export const SKF_AD_RANDOM: number | undefined = maybe('SKF_AD_RANDOM');
export const SKF_AD_RXHASH: number | undefined = maybe('SKF_AD_RXHASH');
export const SKF_AD_VLAN_TAG: number | undefined = maybe('SKF_AD_VLAN_TAG');
export const SKF_AD_VLAN_TAG_PRESENT: number | undefined = maybe('SKF_AD_VLAN_TAG_PRESENT');
export const SKF_AD_VLAN_TPID: number | undefined = maybe('SKF_AD_VLAN_TPID');
export const SKF_LL_OFF: number | undefined = maybe('SKF_LL_OFF');
export const SKF_NET_OFF: number | undefined = maybe('SKF_NET_OFF');
