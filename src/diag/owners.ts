/** Which processes have which sockets, by proc(5). */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { invalidArgType, outOfRange } from '../errors.ts';

/** A process that has a socket open. */
export interface SocketOwner {
  /** The number of the process. */
  pid: number;
  /** The name of its program, as proc_pid_comm(5) tells: at most 15 bytes. */
  name: string;
  /** Its descriptors of the socket. */
  fds: number[];
}

/** Reads of one process at a time: all at once would keep the thread pool from everybody else. */
const AT_ONCE = 32;

/** The number of a process, if it may be one. */
export function requirePid(pid: unknown): number {
  if (typeof pid !== 'number') throw invalidArgType('options.pid', 'of type number', pid);
  if (!Number.isInteger(pid) || pid < 1 || pid > 0x7fffffff) {
    throw outOfRange('options.pid', 'an integer >= 1 and <= 2147483647', pid);
  }
  return pid;
}

/** The inode of the socket that a descriptor is of; `undefined` of others, and if it has been closed. */
async function inodeOf(path: string): Promise<number | undefined> {
  const target = await readlink(path).catch(() => '');
  const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
  return inode === undefined ? undefined : Number(inode);
}

/** Descriptors by inode. */
async function socketsOf(pid: number): Promise<Map<number, number[]>> {
  const names = await readdir(`/proc/${pid}/fd`);
  const found = new Map<number, number[]>();
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const some = names.slice(from, from + AT_ONCE);
    const inodes = await Promise.all(some.map((fd) => inodeOf(`/proc/${pid}/fd/${fd}`)));
    for (const [index, inode] of inodes.entries()) {
      if (inode === undefined) continue;
      const fds = found.get(inode) ?? [];
      found.set(inode, fds);
      fds.push(Number(some[index]));
    }
  }
  return found;
}

async function addOwner(owners: Map<number, SocketOwner[]>, pid: number): Promise<void> {
  const sockets = await socketsOf(pid);
  if (sockets.size === 0) return;
  const name = (await readFile(`/proc/${pid}/comm`, 'utf8')).replace(/\n$/, '');
  for (const [inode, fds] of sockets) {
    const others = owners.get(inode) ?? [];
    owners.set(inode, others);
    others.push({ pid, name, fds });
  }
}

/**
 * Finds the processes that have sockets open: the links of /proc/PID/fd,
 * proc_pid_fd(5), on Linux.
 *
 * Files are read on the thread pool. Processes of others are left out, unless
 * this one may look into them (CAP_SYS_PTRACE, ptrace(2)), and so are
 * processes that end meanwhile.
 *
 * @example
 * const owners = await socketOwners();
 * for (const { inode, local } of await socketTable({ states: ['LISTEN'] })) {
 *   console.log(`${local}`, owners.get(inode)?.map(({ pid, name }) => `${name} ${pid}`));
 * }
 *
 * @see {@link socketTable}, whose entries have the inodes.
 * @param options `pid`: that process only.
 * @returns By inode. With `pid`, rejects with `ENOENT` if there is no such
 * process, `EACCES` if it may not be looked into.
 */
export async function socketOwners(options: { pid?: number } = {}): Promise<Map<number, SocketOwner[]>> {
  const owners = new Map<number, SocketOwner[]>();
  if (options.pid !== undefined) {
    await addOwner(owners, requirePid(options.pid));
    return owners;
  }
  for (const name of await readdir('/proc')) {
    if (/^\d+$/.test(name)) await addOwner(owners, Number(name)).catch(() => {});
  }
  return owners;
}
