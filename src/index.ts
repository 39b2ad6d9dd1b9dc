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
  Ipv6PacketInfo,
  Ipv6PacketInfoToSend,
  PacketInfo,
  PacketInfoToSend,
  ReceivedControl,
  Timestamping,
} from './control.ts';
export { type BatchedDatagram, DatagramBatch, type DatagramBatchOptions } from './datagram_batch.ts';
export { SystemError } from './errors.ts';
export { type Message, ReceivedMessage, type RecvmsgOptions } from './message.ts';
export type { Ipv6Membership, Linger, Membership } from './options.ts';
export { getprotobyname, getprotobynumber, type Protocol } from './protocols.ts';
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
export {
  decodeTcpInfo,
  type TcpCongestionState,
  type TcpFastopenFailure,
  type TcpInfo,
  type TcpInfoOptions,
  type TcpState,
} from './tcp_info.ts';
