/** Node's own interfaces: streams, async iteration, and the way to `node:net` and back. */
export { type AcceptsOptions, accepts } from './stream/accepts.ts';
export { type ChunksOptions, chunks } from './stream/chunks.ts';
export type { ConnectionOptions } from './stream/connection_options.ts';
export type { DialOptions } from './stream/dialer.ts';
export { fromNet, type ToNetOptions, toNet } from './stream/net.ts';
export type { IterationOptions } from './stream/pull_iterator.ts';
export {
  SocketStream,
  type SocketStreamOptions,
  type StreamAddress,
  type StreamConnectOptions,
} from './stream/socket_stream.ts';
