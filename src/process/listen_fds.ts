import { invalidArgValue, SystemError } from '../errors.ts';
import { Socket } from '../socket.ts';

/** A descriptor that was passed to this process when it was started. */
export interface ListenFd {
  /** As the manager calls it: that of `FileDescriptorName=`, systemd.socket(5); `'unknown'` where it tells none. */
  readonly name: string;
  /** Its number, from 3 on. */
  readonly fd: number;
  /** Its owner; null if it is no socket but a FIFO, a file, ..., which stays the caller's as it is. */
  readonly socket: Socket | null;
}

/** The first descriptor that is passed: `SD_LISTEN_FDS_START`. */
const FIRST = 3;

/** The socket of a descriptor, null if it is none. */
function adopt(fd: number): Socket | null {
  try {
    return Socket.adopt(fd);
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOTSOCK') return null;
    throw error;
  }
}

function namesOf(count: number, names: string | undefined): string[] {
  const all = names === undefined ? Array<string>(count).fill('unknown') : names.split(':');
  if (all.length === count) return all;
  throw invalidArgValue('LISTEN_FDNAMES', names, `must name ${count} descriptors`);
}

/**
 * The descriptors that systemd, or who plays its part, has passed to this
 * process: socket activation, sd_listen_fds(3). Reads `LISTEN_FDS`, `LISTEN_PID`
 * and `LISTEN_FDNAMES`, and removes them from `process.env`, so that neither a
 * second call nor a child takes the descriptors for its own. To be called once,
 * in the main thread, before workers and children are started.
 *
 * @example
 * const [passed] = listenFds();
 * const listener = passed?.socket ?? listen({ port: 8080 });
 *
 * @see {@link sdNotify}
 * @returns In the order of their numbers; none if the process was started by
 * other means, or the variables are another's. Their sockets are the caller's,
 * `O_NONBLOCK` and `FD_CLOEXEC`. Throws `ERR_INVALID_ARG_VALUE` if the variables
 * contradict each other, `EBADF` if a descriptor is not there; none is adopted
 * then.
 */
export function listenFds(): ListenFd[] {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = process.env;
  for (const name of ['LISTEN_PID', 'LISTEN_PIDFDID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) {
    delete process.env[name];
  }
  if (LISTEN_PID !== String(process.pid) || LISTEN_FDS === undefined) return [];
  if (!/^\d{1,6}$/.test(LISTEN_FDS)) {
    throw invalidArgValue('LISTEN_FDS', LISTEN_FDS, 'must be a number of descriptors');
  }
  const passed: ListenFd[] = [];
  try {
    for (const [index, name] of namesOf(Number(LISTEN_FDS), LISTEN_FDNAMES).entries()) {
      passed.push({ name, fd: FIRST + index, socket: adopt(FIRST + index) });
    }
  } catch (error) {
    for (const { socket } of passed) socket?.detach();
    throw error;
  }
  return passed;
}
