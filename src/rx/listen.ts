import { chmodSync, fchmodSync, lstatSync, rmSync, unlinkSync } from 'node:fs';
import { isIP } from 'node:net';
import { type SocketAddress, toSocketAddress } from '../address.ts';
import { positive, requireConfig } from '../config.ts';
import {
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_STREAM,
  SOL_SOCKET,
  SOMAXCONN,
} from '../constants.ts';
import { invalidArgType, invalidArgValue, outOfRange, SystemError } from '../errors.ts';
import { type Socket, socket } from '../socket.ts';

/** Configuration of {@link listen} on a TCP port. */
export interface ListenConfig {
  /**
   * A literal address. Default: every address of this machine, with one socket
   * for both families (`'::'`), or IPv4 only (`'0.0.0.0'`) where there is no
   * IPv6.
   */
  host?: string;
  /** 0 to 65535; of 0 the kernel makes a free one, `getsockname().port`. */
  port: number;
  /** How many connections may wait to be accepted; see `Socket.listen`. Default `SOMAXCONN`. */
  backlog?: number;
  /**
   * Whether other sockets of the same user that set this, too, may listen on
   * the port beside this one, and the kernel shares out connections:
   * `SO_REUSEPORT`, socket(7). Default false.
   */
  reusePort?: boolean;
  /** Whether an IPv6 listener leaves IPv4 alone: `IPV6_V6ONLY`, ipv6(7). Default false, whatever the system's. */
  ipv6Only?: boolean;
}

/** Configuration of {@link listen} on a Unix socket's path. */
export interface ListenUnixConfig {
  /** A path in the file system; one that begins with NUL is an abstract name, for the empty one the kernel chooses. */
  path: string | Uint8Array;
  /** How many connections may wait to be accepted; see `Socket.listen`. Default `SOMAXCONN`. */
  backlog?: number;
  /** The permissions of the file, 0 to 0o777, whatever the umask; to connect is to write. Default: as the umask says. */
  mode?: number;
  /** Whether a socket's file that is in the way is removed, if nothing answers on it. Default false. */
  unlinkStale?: boolean;
}

/** Closes the socket if the work on it fails. */
function guarded(opened: Socket, work: (opened: Socket) => void): Socket {
  try {
    work(opened);
    return opened;
  } catch (error) {
    opened.close();
    throw error;
  }
}

function checkFlag(name: string, value: boolean | undefined): boolean {
  if (value !== undefined && typeof value !== 'boolean') throw invalidArgType(name, 'of type boolean', value);
  return value ?? false;
}

function checkBacklog(backlog: number | undefined): number {
  return backlog === 0 ? 0 : positive('backlog', backlog, SOMAXCONN, 2 ** 31 - 1);
}

/** IPv6 is compiled out, or switched off (net.ipv6.conf.all.disable_ipv6). */
function lacksIpv6(error: unknown): boolean {
  return error instanceof SystemError && (error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL');
}

function listenInternet(config: ListenConfig): Socket {
  const { host, port } = config;
  const backlog = checkBacklog(config.backlog);
  const reusePort = checkFlag('reusePort', config.reusePort);
  const ipv6Only = checkFlag('ipv6Only', config.ipv6Only);
  if (host !== undefined && typeof host !== 'string') throw invalidArgType('host', 'of type string', host);
  if (host !== undefined && isIP(host) === 0) {
    throw invalidArgValue('host', host, 'must be a literal address; names are for dns.lookup');
  }
  const address = toSocketAddress({ address: host ?? '::', port });
  if (ipv6Only && address.family !== AF_INET6) {
    throw invalidArgValue('ipv6Only', ipv6Only, 'needs an IPv6 host');
  }
  const open = (at: SocketAddress) =>
    guarded(socket(at.family, SOCK_STREAM), (opened) => {
      // A server that is started again finds connections of its forerunner in TIME_WAIT.
      opened.setsockopt(SOL_SOCKET, SO_REUSEADDR, true);
      if (reusePort) opened.setsockopt(SOL_SOCKET, SO_REUSEPORT, true);
      if (at.family === AF_INET6) opened.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, ipv6Only);
      opened.bind(at);
      opened.listen(backlog);
    });
  try {
    return open(address);
  } catch (error) {
    if (host !== undefined || ipv6Only || !lacksIpv6(error)) throw error;
    return open(toSocketAddress({ address: '0.0.0.0', port }));
  }
}

/** Whether a file is a socket on which nothing answers. Asking is connecting: a server may see that come and go. */
function isStale(address: SocketAddress, file: string | Buffer): boolean {
  // First, because to connect to any other file is ECONNREFUSED, too.
  if (!lstatSync(file, { throwIfNoEntry: false })?.isSocket()) return false;
  using probe = socket(AF_UNIX, SOCK_STREAM);
  try {
    probe.connect(address);
    return false;
  } catch (error) {
    return error instanceof SystemError && error.code === 'ECONNREFUSED';
  }
}

function bindUnix(opened: Socket, address: SocketAddress, file: string | Buffer, unlinkStale: boolean): void {
  try {
    opened.bind(address);
  } catch (error) {
    const inUse = error instanceof SystemError && error.code === 'EADDRINUSE';
    if (!inUse || !unlinkStale || !isStale(address, file)) throw error;
    unlinkSync(file);
    opened.bind(address);
  }
}

/**
 * Lets bind(2) make the file with no more than these permissions: on Linux it
 * has those of the socket's own inode, less the umask. So there is no moment at
 * which it has others, and no path that somebody could put something else at.
 */
function restrict(opened: Socket, mode: number): void {
  try {
    fchmodSync(opened.fd, mode);
  } catch (error) {
    // Systems on which a socket has no mode (EINVAL).
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
  }
}

const permissionsOf = (file: string | Buffer) => lstatSync(file).mode & 0o777;

function listenUnix(config: ListenUnixConfig): Socket {
  const { path, mode } = config;
  const address = toSocketAddress({ path });
  const backlog = checkBacklog(config.backlog);
  const unlinkStale = checkFlag('unlinkStale', config.unlinkStale);
  if (mode !== undefined) {
    if (typeof mode !== 'number') throw invalidArgType('mode', 'of type number', mode);
    if (!Number.isInteger(mode) || mode < 0 || mode > 0o777) {
      throw outOfRange('mode', 'an integer >= 0 and <= 0o777', mode);
    }
  }
  const file = typeof path === 'string' ? path : Buffer.from(path);
  const isFile = file.length > 0 && file[0] !== '\0' && file[0] !== 0;
  if (mode !== undefined && !isFile) throw invalidArgValue('mode', mode, 'needs a path in the file system');
  return guarded(socket(AF_UNIX, SOCK_STREAM), (opened) => {
    if (mode !== undefined) restrict(opened, mode);
    bindUnix(opened, address, file, unlinkStale && isFile);
    try {
      // What the umask has taken away, between bind and listen, when nobody can connect yet.
      if (mode !== undefined && permissionsOf(file) !== mode) chmodSync(file, mode);
      opened.listen(backlog);
    } catch (error) {
      if (isFile) rmSync(file, { force: true });
      throw error;
    }
  });
}

/**
 * Opens a stream socket that listens: socket(2), bind(2), listen(2), and the
 * options that servers want.
 *
 * On TCP it sets `SO_REUSEADDR`, as Node and Go do, so that a server can be
 * started again while connections of its forerunner linger. A Unix path has
 * its permissions from the start (fchmod(2) before bind(2)), or where the umask
 * forbids them before anyone can connect; a file that is in the way is
 * removed only if asked, only if it is a socket, and only if connecting to it
 * is refused. The file stays when the socket is closed: unix(7). Two servers
 * that start on a stale path at the same instant may both believe to have it:
 * let one thing start them.
 *
 * @example
 * const listener = listen({ port: 7 });
 * serve(listener, (connection) =>
 *   mergeRecv(connection, (chunk) => send(connection, chunk))).subscribe();
 *
 * @see {@link serve}, {@link mergeAccept}, {@link dial}
 * @param config Where and how: {@link ListenConfig} or {@link ListenUnixConfig}.
 * @returns The socket, bound and listening; the caller owns it.
 * @throws SystemError `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES` (a port below
 * 1024, a folder not writable); nothing stays open.
 */
export function listen(config: ListenConfig | ListenUnixConfig): Socket {
  requireConfig(config);
  return 'path' in config && config.path !== undefined
    ? listenUnix(config)
    : listenInternet(config as ListenConfig);
}
