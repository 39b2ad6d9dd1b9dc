import { constants as os } from 'node:os';
import { AF_UNIX, SCM_RIGHTS, SOCK_DGRAM, SOL_SOCKET } from '../constants.ts';
import type { Descriptor } from '../control.ts';
import { invalidArgType, invalidArgValue, systemError } from '../errors.ts';
import { socket } from '../socket.ts';

function assignment([name, value]: [string, string | number]): string {
  const line = `${name}=${value}`;
  if (/^[A-Z\d_]+$/.test(name) && /^[^\n\0]*$/.test(String(value))) return line;
  throw invalidArgValue('state', line, 'must be NAME=value, without a newline');
}

/**
 * Tells the service manager how this process is doing, sd_notify(3): one
 * datagram to the socket that `NOTIFY_SOCKET` names.
 *
 * @example
 * sdNotify({ READY: 1, STATUS: `listening on port ${port}` });
 * sdNotify({ FDSTORE: 1, FDNAME: 'listener' }, [listener]); // to be passed to the next one
 * sdNotify({ STOPPING: 1 });
 *
 * @see {@link listenFds}
 * @param state `READY`, `RELOADING`, `STOPPING`, `STATUS`, `MAINPID`,
 * `WATCHDOG`, `FDSTORE`, ...
 * @param descriptors Go along, by `SCM_RIGHTS`, unix(7); the manager gets
 * duplicates, with `FDSTORE` it keeps them.
 * @returns Whether there is anybody to tell: false without `NOTIFY_SOCKET`.
 * Null if it would block, since the manager is behind: nothing was told, and the
 * call may be repeated. Throws what sendmsg(2) answers, `ECONNREFUSED` or
 * `ENOENT` if the manager is gone; `EAFNOSUPPORT` if the name is neither a path
 * nor abstract (`@name`).
 */
export function sdNotify(
  state: Readonly<Record<string, string | number>>,
  descriptors: readonly Descriptor[] = [],
): boolean | null {
  if (typeof state !== 'object' || state === null) throw invalidArgType('state', 'an object', state);
  const data = Buffer.from(Object.entries(state).map(assignment).join('\n'));
  const { NOTIFY_SOCKET: name } = process.env;
  if (name === undefined || name === '') return false;
  if (!/^[/@]./.test(name)) throw systemError(-os.errno.EAFNOSUPPORT, 'sendmsg');
  const control =
    descriptors.length === 0 ? [] : [{ level: SOL_SOCKET, type: SCM_RIGHTS, data: [...descriptors] }];
  using sender = socket(AF_UNIX, SOCK_DGRAM);
  return sender.sendmsg({ data, address: { path: name.replace(/^@/, '\0') }, control }) === null
    ? null
    : true;
}
