/** The system's sockets, as the kernel lists them: sock_diag(7). */
import { constants as os } from 'node:os';
import { makeSocketAddress } from '../address.ts';
import { AF_INET, AF_INET6, AF_NETLINK, NETLINK_SOCK_DIAG, SOCK_RAW } from '../constants.ts';
import { invalidArgType, invalidArgValue, outOfRange, SystemError, systemError } from '../errors.ts';
import { requireSignal } from '../readiness.ts';
import { type Socket, socket } from '../socket.ts';
import { STATES, type TcpState } from '../tcp_info.ts';
import { dump } from './dump.ts';
import { type SocketEntry, type SocketProtocol, stateMask } from './entry.ts';
import { inetEntry, inetRequest } from './inet.ts';
import { requirePid, socketOwners } from './owners.ts';
import { unixEntry, unixRequest } from './unix.ts';

/** Which sockets {@link socketTable} lists; all conditions must hold. */
export interface SocketTableOptions {
  /** Default: `['tcp', 'udp']`. */
  protocols?: readonly SocketProtocol[];
  /** Default: all states. */
  states?: readonly TcpState[];
  /** TCP and UDP: the port of the socket or of its peer, 1 to 65535. */
  port?: number;
  /** TCP and UDP: the port of the socket, 1 to 65535. */
  localPort?: number;
  /** TCP and UDP: the port of its peer, 1 to 65535. */
  remotePort?: number;
  /** A process that has the socket open, of the same network namespace. */
  pid?: number;
  /** Aborting it rejects the promise with the signal's reason. */
  signal?: AbortSignal;
}

/** The type of sock_diag's only request: linux/sock_diag.h. */
const SOCK_DIAG_BY_FAMILY = 20;

const PROTOCOLS: readonly SocketProtocol[] = ['tcp', 'udp', 'unix'];

/** Each element must be one of `known`. */
function checkNames<T extends string>(name: string, values: unknown, known: readonly T[]): readonly T[] {
  if (!Array.isArray(values)) throw invalidArgType(name, 'an Array', values);
  for (const value of values) {
    if (!known.includes(value)) throw invalidArgValue(name, value, `must be of ${known.join(', ')}`);
  }
  return values;
}

/** 0, which is no port, if it is missing. */
function checkPort(name: string, value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value !== 'number') throw invalidArgType(name, 'of type number', value);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) {
    throw outOfRange(name, 'an integer >= 1 and <= 65535', value);
  }
  return value;
}

/** The pairs of ports to ask the kernel for, one after the other: it knows no "or". 0 is any port. */
function portPairs(options: SocketTableOptions): { localPort: number; remotePort: number }[] {
  const localPort = checkPort('options.localPort', options.localPort);
  const remotePort = checkPort('options.remotePort', options.remotePort);
  const port = checkPort('options.port', options.port);
  if (port === 0) return [{ localPort, remotePort }];
  const pairs = [];
  if (localPort === 0 || localPort === port) pairs.push({ localPort: port, remotePort });
  if (remotePort === 0 || remotePort === port) pairs.push({ localPort, remotePort: port });
  return pairs;
}

/** A dump's request and the reader of its answers. */
interface Question {
  protocol: SocketProtocol;
  payload: Uint8Array;
  decode: (payload: Buffer) => SocketEntry;
}

function questionsOf(options: SocketTableOptions): Question[] {
  const protocols = checkNames('options.protocols', options.protocols ?? ['tcp', 'udp'], PROTOCOLS);
  const states = stateMask(options.states && checkNames('options.states', options.states, STATES));
  const pairs = portPairs(options);
  const portless = pairs.some(({ localPort, remotePort }) => localPort === 0 && remotePort === 0);
  return [...new Set(protocols)].flatMap((protocol): Question[] => {
    if (protocol === 'unix') {
      return portless ? [{ protocol, payload: unixRequest(states), decode: unixEntry }] : [];
    }
    return [AF_INET, AF_INET6].flatMap((family) =>
      pairs.map((ports) => ({
        protocol,
        payload: inetRequest({ family, protocol, states, ...ports }),
        decode: (payload: Buffer) => inetEntry(protocol, payload),
      })),
    );
  });
}

/** A socket that speaks with the kernel, and that nobody else can send to. */
function diagSocket(): Socket {
  if (AF_NETLINK === undefined || NETLINK_SOCK_DIAG === undefined) {
    throw systemError(-os.errno.EAFNOSUPPORT, 'socket');
  }
  const opened = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
  try {
    opened.connect(makeSocketAddress(AF_NETLINK, 0));
  } catch (error) {
    opened.close();
    throw error;
  }
  return opened;
}

/**
 * Lists the sockets of the system, of all processes, with what the kernel
 * knows of each: sock_diag(7) over netlink(7), as `ss -ti` does, on Linux.
 *
 * Those of the network namespace of the calling thread; it takes no privilege.
 * The kernel writes the list piece by piece, and one piece is read per turn of
 * the event loop, so a long list holds up nobody; it is of no single moment
 * either. States and ports are looked for by the kernel, `pid` by reading
 * /proc/PID/fd.
 *
 * @example
 * for (const entry of await socketTable({ protocols: ['tcp'], port: 443, states: ['ESTABLISHED'] })) {
 *   if (entry.protocol === 'tcp') console.log(`${entry.peer}`, entry.info?.rtt);
 * }
 *
 * @see {@link SocketEntry}; {@link socketOwners} tells whose they are.
 * @param options See {@link SocketTableOptions}.
 * @returns In no particular order, each socket once. Rejects with `ENOENT` if
 * the kernel lacks the module for a protocol (tcp_diag, udp_diag, unix_diag)
 * or there is no process `pid`, `EACCES` if that may not be looked into,
 * `EAFNOSUPPORT` where there is no netlink, the reason of `options.signal`.
 */
export async function socketTable(options: SocketTableOptions = {}): Promise<SocketEntry[]> {
  if (typeof options !== 'object' || options === null) throw invalidArgType('options', 'an object', options);
  const signal = requireSignal(options.signal);
  const pid = options.pid === undefined ? undefined : requirePid(options.pid);
  const questions = questionsOf(options);
  signal?.throwIfAborted();

  const owned = pid === undefined ? undefined : await socketOwners({ pid });
  const found = new Map<bigint, SocketEntry>();
  using kernel = diagSocket();
  for (const { protocol, payload, decode } of questions) {
    const entries = await dump(kernel, {
      type: SOCK_DIAG_BY_FAMILY,
      payload,
      decode: (message) => (message.type === SOCK_DIAG_BY_FAMILY ? decode(message.payload) : undefined),
      signal,
    }).catch((error: unknown) => {
      if (error instanceof SystemError && error.code === 'ENOENT') {
        error.message += `: this kernel has no ${protocol}_diag`;
      }
      throw error;
    });
    // Between pieces the kernel's lists move on, and it may tell of a socket again.
    for (const entry of entries) {
      if (owned === undefined || owned.has(entry.inode)) found.set(entry.cookie, entry);
    }
  }
  return [...found.values()];
}
