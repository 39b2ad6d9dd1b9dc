/** The sockets of the rows, closed after each, and what rows do with them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Accepted, type AddressLike, type Readiness, type Socket, socket, socketpair } from 'uvsock';
import { closed, expectReady, tcpListener, tcpPair, udpSocket } from '../../support/sockets.ts';
import { c } from './system.ts';

export const open = (family: number, style: number, protocol?: number): Socket =>
  closed([socket(family, style, protocol)])[0];

export const tcp = (): Socket => open(c.AF_INET, c.SOCK_STREAM);
export const tcp6 = (): Socket => open(c.AF_INET6, c.SOCK_STREAM);
export const udp = (): Socket => open(c.AF_INET, c.SOCK_DGRAM);
export const udp6 = (): Socket => open(c.AF_INET6, c.SOCK_DGRAM);
export const unix = (style: number = c.SOCK_STREAM): Socket => open(c.AF_UNIX, style);

/** A socket bound to a port of loopback that the kernel chooses. */
export function bound(s: Socket = udp()): Socket {
  if (s.family === c.AF_INET6) s.bind(c.AF_INET6, '::1', 0);
  else if (s.family === c.AF_UNIX) s.bind(c.AF_UNIX, '');
  else s.bind(c.AF_INET, '127.0.0.1', 0);
  return s;
}

/** A bound socket that listens; TCP on IPv4 unless given. */
export function listening(s?: Socket, backlog?: number): Socket {
  if (s === undefined) return closed([tcpListener(backlog)])[0];
  bound(s).listen(backlog);
  return s;
}

export const tcpConnected = (): [Socket, Socket] => closed(tcpPair());
export const pair = (style: number = c.SOCK_STREAM): [Socket, Socket] => closed(socketpair(c.AF_UNIX, style));

/** Two UDP sockets connected to each other. */
export function udpConnected(): [Socket, Socket] {
  const [a, b] = closed([udpSocket(), udpSocket()]);
  a.connect(b.getsockname());
  b.connect(a.getsockname());
  return [a, b];
}

export const portOf = (s: Socket): number => s.getsockname().port as number;

/** An address of loopback where nobody listens. */
export function refusing(style: number = c.SOCK_STREAM): { address: string; port: number } {
  const s = bound(open(c.AF_INET, style));
  const port = portOf(s);
  s.close();
  return { address: '127.0.0.1', port };
}

/** Takes a connection, which is closed after the row. */
export function accept(listener: Socket): Accepted | null {
  const accepted = listener.accept();
  if (accepted !== null) closed([accepted.socket]);
  return accepted;
}

/** The next connection, once it is there. */
export async function accepted(listener: Socket): Promise<Socket> {
  await expectReady(listener, 'readable');
  return (accept(listener) as Accepted).socket;
}

/** Connects, and waits for the end of it: the error, 0 if there is none. */
export async function connectedTo(s: Socket, address: AddressLike): Promise<string> {
  if (!s.connect(address)) await expectReady(s, 'writable');
  return pendingError(s);
}

/** What `SO_ERROR` has, which taking clears. */
export const pendingError = (s: Socket): string => s.takeError()?.code ?? 'no error';

export const send = (s: Socket, text: string, flags = 0): number | null => s.send(Buffer.from(text), flags);
export const sendto = (s: Socket, text: string, address: AddressLike, flags = 0): number | null =>
  s.sendto(Buffer.from(text), address, flags);

const buffer = Buffer.alloc(1 << 17);

/** What a receive gives at once: text, or a number where it is 0. */
export function read(s: Socket, flags = 0, length: number = buffer.length): string | 0 | null {
  const n = s.recv(buffer, flags, 0, length);
  return n === null || n === 0 ? n : buffer.toString('latin1', 0, Math.min(n, length));
}

/** What a receive gives, once there is something. */
export async function readSoon(s: Socket, flags = 0, length?: number): Promise<string | 0 | null> {
  await expectReady(s, 'readable');
  return read(s, flags, length);
}

/** How many bytes a receive of `length` says that there are. */
export const countOf = (s: Socket, length: number, flags = 0): number | null =>
  s.recv(buffer, flags, 0, length);

/** All that comes until the stream ends. */
export async function readAll(s: Socket): Promise<string> {
  let all = '';
  for (;;) {
    const part = await readSoon(s);
    if (part === 0) return all;
    all += part ?? '';
  }
}

/** The names of what a socket is ready for. */
export const namesOf = (readiness: Readiness): string =>
  (['readable', 'writable', 'priority', 'hangup', 'error'] as const)
    .filter((name) => readiness[name])
    .join(' ');

/** The flags of a descriptor that keep calls from blocking and programs from inheriting, proc(5). */
export function descriptorFlags(s: Socket): string[] {
  const [, octal] = /^flags:\s+([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${s.fd}`, 'utf8')) ?? [];
  const flags = Number.parseInt(octal as string, 8);
  return [...(flags & 0o4000 ? ['O_NONBLOCK'] : []), ...(flags & 0o2000000 ? ['FD_CLOEXEC'] : [])];
}

/** Runs with an empty folder, which is removed. */
export async function inFolder<T>(run: (path: (name: string) => string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
  try {
    return await run((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
