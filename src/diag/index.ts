/** uvsock/diag: the sockets of the system, from outside. */
export type {
  AnySocketEntry,
  InternetSocketEntry,
  SocketEntry,
  SocketProtocol,
  SocketTimer,
  UnixSocketEntry,
} from './entry.ts';
export { type SocketOwner, socketOwners } from './owners.ts';
export { type SocketTableOptions, socketTable } from './socket_table.ts';
