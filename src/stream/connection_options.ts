/** Options of a connection, as Node has them, set on sockets. */
import {
  AF_INET,
  AF_INET6,
  IPPROTO_TCP,
  type Level,
  type Option,
  SO_KEEPALIVE,
  SO_LINGER,
  SOL_SOCKET,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_NODELAY,
} from '../constants.ts';
import { SystemError } from '../errors.ts';
import type { Socket } from '../socket.ts';

/** What `net.Socket` documents of keep-alive. */
const PROBES = 10;
const PROBE_INTERVAL = 1;

/** Options that a stream takes when it is made, and once more when it is connected. */
export interface ConnectionOptions {
  /** Sends small writes at once: `TCP_NODELAY`. Default: as the socket is. */
  noDelay?: boolean | undefined;
  /** As `SocketStream.setKeepAlive`. Default: as the socket is. */
  keepAlive?: boolean | undefined;
  /** With `keepAlive`: milliseconds of silence before the first probe. Default: the system's. */
  keepAliveInitialDelay?: number | undefined;
  /** As `SocketStream.setTimeout`. */
  timeout?: number | undefined;
}

/** An option that the kernel refuses is no reason to give up a connection; one that has gone tells by itself. */
function attempt<L extends string, S>(
  socket: Socket,
  level: Level<NoInfer<L>>,
  name: Option<L, unknown, S, unknown> | undefined,
  value: NoInfer<S>,
): void {
  if (name === undefined) return;
  try {
    socket.setsockopt(level, name, value);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}

function isInternet({ family }: Socket): boolean {
  return family === AF_INET || family === AF_INET6;
}

export function setNoDelay(socket: Socket, noDelay: boolean): void {
  if (isInternet(socket)) attempt(socket, IPPROTO_TCP, TCP_NODELAY, noDelay);
}

/** `delay` in milliseconds, of which whole seconds count. */
export function setKeepAlive(socket: Socket, enable: boolean, delay: number): void {
  if (!isInternet(socket)) return;
  attempt(socket, SOL_SOCKET, SO_KEEPALIVE, enable);
  const seconds = Math.trunc(delay / 1000);
  if (!enable || !(seconds > 0)) return;
  attempt(socket, IPPROTO_TCP, TCP_KEEPIDLE, seconds);
  attempt(socket, IPPROTO_TCP, TCP_KEEPINTVL, PROBE_INTERVAL);
  attempt(socket, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
}

/** `close` will reset the connection. */
export function setReset(socket: Socket): void {
  attempt(socket, SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 });
}
