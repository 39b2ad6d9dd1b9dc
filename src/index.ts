export {
  type AddressLike,
  INADDR_ANY,
  INADDR_BROADCAST,
  INADDR_LOOPBACK,
  INADDR_NONE,
  type InternetAddress,
  type InternetAddressFields,
  inetNtop,
  inetPton,
  makeSocketAddress,
  SocketAddress,
  type UnixAddressFields,
} from './address.ts';
export type { Credentials } from './codecs.ts';
export type { Control, Family, Level, Option, PlainControl, PlainNumber } from './constants.ts';
export type {
  ControlData,
  ControlMessage,
  Descriptor,
  ExtendedError,
  PacketInfo,
  PacketInfoToSend,
  RawControl,
  ReceivedControl,
  Timestamping,
  TypedControl,
  UnknownControl,
} from './control.ts';
export { type BatchedDatagram, DatagramBatch, type DatagramBatchOptions } from './datagram_batch.ts';
export type { SocketMessages } from './diagnostics.ts';
export { SystemError } from './errors.ts';
export { type Message, ReceivedMessage, type RecvmsgOptions } from './message.ts';
export {
  BPF_JUMP,
  BPF_STMT,
  type FilterInstruction,
  type FilterProgram,
  type FilterTuple,
} from './options/filter.ts';
export type { Ipv6PacketInfo, Ipv6PacketInfoToSend, PathMtu, PortRange } from './options/ip.ts';
export type {
  CanFilter,
  Fanout,
  PacketMembership,
  PacketStatistics,
  RolloverStatistics,
} from './options/link.ts';
export type {
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
export type { Linger, LingerPair, MemInfo, TimestampingOption, TxTime } from './options/socket.ts';
export type { PortlessAddress } from './options/struct.ts';
export type {
  Md5Signature,
  MptcpInfo,
  RepairOption,
  RepairWindow,
  SubflowAddresses,
} from './options/tcp.ts';
export { describeOption, type OptionDescription, optionTable } from './options.ts';
export { getprotobyname, getprotobynumber, type Protocol } from './protocols.ts';
export {
  decodeProxyHeader,
  encodeProxyHeader,
  PP2_TYPE_ALPN,
  PP2_TYPE_AUTHORITY,
  PP2_TYPE_CRC32C,
  PP2_TYPE_NETNS,
  PP2_TYPE_NOOP,
  PP2_TYPE_SSL,
  PP2_TYPE_UNIQUE_ID,
  type ProxyHeader,
  type ProxyHeaderFields,
  type ProxyTlv,
} from './proxy_protocol.ts';
export { type Interest, type Readiness, type ReadyOptions, ready, watch } from './readiness.ts';
export { ReceivedFd } from './received_fd.ts';
export {
  type Accepted,
  type ReceivedFrom,
  type SendmmsgOptions,
  Socket,
  socket,
  socketpair,
} from './socket.ts';
export { type Stats, stats } from './stats.ts';
export {
  decodeTcpInfo,
  type TcpCongestionState,
  type TcpFastopenFailure,
  type TcpInfo,
  type TcpInfoOptions,
  type TcpState,
} from './tcp_info.ts';
