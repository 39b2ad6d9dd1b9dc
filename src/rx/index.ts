export type { RecvConfig } from '../recv_loop.ts';
export { type DelimitedConfig, delimited, toDelimited } from './delimited.ts';
export { type DialConfig, dial, type HostAndPort, type Lookup } from './dial.ts';
export { duplex } from './duplex.ts';
export { type EndConfig, end } from './end.ts';
export { fixedSize, toFixedSize } from './fixed_size.ts';
export { type AcceptConfig, fromAccept } from './from_accept.ts';
export { fromConnect } from './from_connect.ts';
export { type ErrorQueueEntry, fromErrorQueue } from './from_error_queue.ts';
export { fromHangup } from './from_hangup.ts';
export { fromReadable } from './from_readable.ts';
export { fromReadiness } from './from_readiness.ts';
export { type FromRecvConfig, fromRecv } from './from_recv.ts';
export { fromRecvfrom } from './from_recvfrom.ts';
export { type FromRecvmmsgConfig, fromRecvmmsg } from './from_recvmmsg.ts';
export { type FromRecvmsgConfig, fromRecvmsg } from './from_recvmsg.ts';
export { fromTcpInfo } from './from_tcp_info.ts';
export { fromWritable } from './from_writable.ts';
export { type LengthPrefixedConfig, lengthPrefixed, toLengthPrefixed } from './length_prefixed.ts';
export { type LinesConfig, lines, type ToLinesConfig, toLines } from './lines.ts';
export { type ListenConfig, type ListenUnixConfig, listen } from './listen.ts';
export { type MergeAcceptConfig, mergeAccept } from './merge_accept.ts';
export type { MergeConfig, Merging, Through } from './merge_config.ts';
export { type MergeRecvConfig, mergeRecv } from './merge_recv.ts';
export { type MergeRecvfromConfig, mergeRecvfrom } from './merge_recvfrom.ts';
export { type MergeRecvmmsgConfig, mergeRecvmmsg } from './merge_recvmmsg.ts';
export { type ProxyHeaderConfig, readProxyHeader, withProxyHeader } from './proxy_header.ts';
export { pump } from './pump.ts';
export type { PauseConfig } from './push_sink.ts';
export { type Reader, reader } from './reader.ts';
export type { Datagram } from './recvfrom_loop.ts';
export type { RecvmmsgConfig } from './recvmmsg_loop.ts';
export type { MessageWithData } from './recvmsg_loop.ts';
export { type Relayed, relay } from './relay.ts';
export { send } from './send.ts';
export { type SendAllConfig, type SendItem, sendAll } from './send_all.ts';
export { type SendBatchesConfig, sendBatches } from './send_batches.ts';
export { type FileSource, type SendfileConfig, sendfile } from './sendfile.ts';
export { sendto } from './sendto.ts';
export { type ServeConfig, type ServeStats, serve } from './serve.ts';
export {
  type CloseReport,
  type Framing,
  type SocketSubject,
  type SocketSubjectConfig,
  socketSubject,
} from './socket_subject.ts';
export { type WithSocketConfig, withSocket } from './with_socket.ts';
