import cluster from 'node:cluster';
import { setImmediate } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { SocketAddress } from '../address.ts';
import {
  AF_INET6,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_INFO,
} from '../constants.ts';
import { invalidState } from '../errors.ts';
import { type Socket, socket } from '../socket.ts';

/** The variable of the environment in which a member finds its {@link Task}. */
export const VARIABLE = 'UVSOCK_REUSE_PORT_GROUP';

/** What a member is told when it is started. */
export interface Task {
  readonly address: string;
  readonly backlog: number;
  readonly grace: number;
}

/** What passes between a group and its members. */
export const LISTENING = 'uvsock.listening';
export const DRAIN = 'uvsock.drain';

/** What a worker of `reusePortGroup` works with. */
export interface GroupMember {
  /** Listens on the port of the group; the worker's own. */
  readonly listener: Socket;
  /**
   * Fulfilled when the worker is to stop: what was waiting to be accepted has
   * been accepted, and it is time to close the listener and to let connections
   * finish.
   */
  readonly draining: Promise<void>;
  /** How long they have for it, in milliseconds, until the worker is ended. */
  readonly grace: number;
}

/** A socket that shares its port with others of the same user. */
export function sharing(address: SocketAddress, backlog?: number): Socket {
  const opened = socket(address.family, SOCK_STREAM);
  try {
    opened.setsockopt(SOL_SOCKET, SO_REUSEADDR, true);
    opened.setsockopt(SOL_SOCKET, SO_REUSEPORT, true);
    if (address.family === AF_INET6) opened.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, false);
    opened.bind(address);
    if (backlog !== undefined) opened.listen(backlog);
    return opened;
  } catch (error) {
    opened.close();
    throw error;
  }
}

/** How many connections wait to be accepted; of a listener Linux tells that as `unacked`. */
function waiting(listener: Socket): number {
  if (listener.closed || TCP_INFO === undefined) return 0;
  return listener.getsockopt(IPPROTO_TCP, TCP_INFO).unacked ?? 0;
}

/** The kernel resets what waits at a listener that is closed, so the server is left to accept that first. */
async function accepted(listener: Socket, patience: number): Promise<void> {
  const end = performance.now() + patience;
  while (waiting(listener) > 0 && performance.now() < end) await setImmediate();
}

/** The first message `DRAIN` of who started this worker. */
function told(): Promise<void> {
  return new Promise((resolve) => {
    const hear = (message: unknown) => {
      if (message === DRAIN) resolve();
    };
    if (parentPort !== null) {
      parentPort.on('message', hear);
      // The worker lives for its listener and its connections.
      parentPort.unref();
    } else process.on('message', hear);
  });
}

function tell(message: string): void {
  if (parentPort !== null) parentPort.postMessage(message);
  else process.send?.(message);
}

/**
 * Takes up the work in a worker that `reusePortGroup` has started: listens on
 * the group's port beside the other workers, `SO_REUSEPORT` of socket(7). To be
 * called once. The worker ends by itself when its listener is closed and its
 * connections are over.
 *
 * @example
 * const { listener, draining, grace } = groupMember();
 * serve(listener, answer, { until: draining, grace }).subscribe();
 *
 * @see {@link reusePortGroup}
 * @returns See {@link GroupMember}. Throws `ERR_INVALID_STATE` in a worker that
 * no group has started; what bind(2) and listen(2) answer.
 */
export function groupMember(): GroupMember {
  const { [VARIABLE]: text } = process.env;
  if (text === undefined)
    throw invalidState('No reusePortGroup has started this worker, or it was asked before');
  // Children are not members.
  delete process.env[VARIABLE];
  const { address, backlog, grace } = JSON.parse(text) as Task;
  const listener = sharing(SocketAddress.parse(address), backlog);
  const draining = told().then(async () => {
    // Half the time, for those that are accepted need some, too.
    await accepted(listener, grace / 2);
    // Without a channel nothing but the connections keeps a process alive.
    if (parentPort === null) cluster.worker?.disconnect();
  });
  tell(LISTENING);
  return { listener, draining, grace };
}
