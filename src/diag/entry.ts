/** What the kernel tells of a socket: the types of uvsock/diag. */
import type { SocketAddress } from '../address.ts';
import type { MemInfo } from '../options/socket.ts';
import { STATES, type TcpInfo, type TcpState } from '../tcp_info.ts';

/** What the kernel waits for on behalf of a TCP socket, and for how long yet. */
export interface SocketTimer {
  /**
   * An acknowledgment (`'retransmit'`), the time to probe an idle peer
   * (`'keepalive'`) or a closed window (`'probe'`), or the end of TIME_WAIT.
   * `'unknown'` is one newer than this package.
   */
  kind: 'retransmit' | 'keepalive' | 'timewait' | 'probe' | 'unknown';
  /** Milliseconds until it ends. */
  expires: number;
  /** Retransmissions or probes so far that had no answer. */
  retransmits: number;
}

/** What is told of every socket. */
export interface AnySocketEntry {
  /**
   * The state, of UDP and Unix sockets too: connected ones are
   * `'ESTABLISHED'`, others `'CLOSE'`, Unix ones that listen `'LISTEN'`.
   */
  state: TcpState;
  /** Its inode, as in `/proc/PID/fd`; 0 if no descriptor is open any more, or none yet. */
  inode: number;
  /** Never given to another socket while the system runs: `SO_COOKIE`. */
  cookie: bigint;
  /** Who made it; `undefined` if the kernel does not tell. */
  uid: number | undefined;
  /** Bytes received and not yet read; of a listener the connections that wait for `accept`. */
  receiveQueue: number;
  /** Bytes sent and not yet acknowledged; of a listener the limit of its backlog. */
  sendQueue: number;
  /** What its buffers take, `SO_MEMINFO`; `undefined` if the kernel has no such socket any more. */
  memory: MemInfo | undefined;
  /** Which directions were shut down. */
  shutdown: {
    /** `SHUT_RD`. */
    receiving: boolean;
    /** `SHUT_WR`. */
    sending: boolean;
  };
}

/** A TCP or UDP socket. */
export interface InternetSocketEntry extends AnySocketEntry {
  /** Which of the two. */
  protocol: 'tcp' | 'udp';
  /** Its own name, as `getsockname` tells it. */
  local: SocketAddress;
  /** Its peer's; of an unconnected one the unspecified address, port 0. */
  peer: SocketAddress;
  /** The interface that it is bound to, 0 if to none. */
  ifindex: number;
  /** TCP: what runs; `null` if nothing does. */
  timer: SocketTimer | null;
  /** TCP: {@link TcpInfo}; `undefined` in the states TIME_WAIT and SYN_RECV, which have none. */
  info: TcpInfo | undefined;
  /** TCP: the name of its congestion control, `TCP_CONGESTION`. */
  congestion: string | undefined;
  /** `SO_MARK`; `undefined` if 0, or without CAP_NET_ADMIN. */
  mark: number | undefined;
}

/** A Unix socket. */
export interface UnixSocketEntry extends AnySocketEntry {
  /** Tells it from the others. */
  protocol: 'unix';
  /** `SOCK_STREAM`, `SOCK_DGRAM` or `SOCK_SEQPACKET`. */
  style: number;
  /** Its name, `path: ''` if it has none. */
  local: SocketAddress;
  /** The inode of the other end; 0 if there is none. */
  peerInode: number;
}

/** One socket of {@link socketTable}; `protocol` tells which kind. */
export type SocketEntry = InternetSocketEntry | UnixSocketEntry;

/** The protocols of which {@link socketTable} knows. */
export type SocketProtocol = SocketEntry['protocol'];

/** The name of a state by its number. */
export const stateOf = (number: number): TcpState => STATES[number - 1] ?? 'UNKNOWN';

/** The bits that ask for sockets in these states; all states if there are none. */
export const stateMask = (states: readonly TcpState[] | undefined): number =>
  states === undefined
    ? 0xffffffff
    : states.reduce((mask, state) => mask | (1 << (STATES.indexOf(state as never) + 1)), 0) >>> 0;

/** A byte of `RCV_SHUTDOWN` and `SEND_SHUTDOWN`. */
export const shutdownOf = (bytes: Buffer | undefined) => {
  const bits = bytes?.[0] ?? 0;
  return { receiving: (bits & 1) !== 0, sending: (bits & 2) !== 0 };
};
