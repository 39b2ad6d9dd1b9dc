/** Sockets for tests, closed after each test, and the verbs that tests share. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { expect } from 'chai';
import { type Interest, type Readiness, ready, type Socket, type SocketAddress, socket, watch } from 'uvsock';
import { AF_INET, AF_UNIX, IPPROTO_UDP, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM } from 'uvsock/constants';

const open = new Set<Disposable>();

/** The descriptors of the test's own sockets. */
export function ownDescriptors(): number[] {
  return [...open].map((each) => (each as Partial<Socket>).fd ?? -1).filter((fd) => fd !== -1);
}

/** Has the sockets (or watches) closed after the test; returns them. */
export function closed<T extends Disposable[]>(sockets: [...T]): T {
  for (const each of sockets) open.add(each);
  return sockets;
}

/** The descriptors of this process whose targets, as proc(5) shows them, begin with `prefix`. */
export function descriptorsOf(prefix: string): string[] {
  const found: string[] = [];
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      if (target.startsWith(prefix)) found.push(`${fd} ${target}`);
    } catch {
      // the descriptor of the listing itself
    }
  }
  return found;
}

/** The socket descriptors of this process. */
export function socketDescriptors(): string[] {
  return descriptorsOf('socket:');
}

/** The descriptors that the process's epoll sets wait for, as the kernel tells (proc(5)). */
export function armedDescriptors(): Set<number> {
  const armed = new Set<number>();
  for (const fd of readdirSync('/proc/self/fdinfo')) {
    try {
      const info = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
      for (const [, target] of info.matchAll(/^tfd:\s+(\d+)/gm)) armed.add(Number(target));
    } catch {
      // the descriptor of the listing itself
    }
  }
  return armed;
}

let before: string[] = [];

/** Root hooks, see .mocharc.json: no test leaves a descriptor behind. */
export const mochaHooks = {
  beforeEach() {
    before = socketDescriptors();
  },
  afterEach() {
    for (const each of open) each[Symbol.dispose]();
    open.clear();
    const left = socketDescriptors().filter((descriptor) => !before.includes(descriptor));
    expect(left, 'descriptors left open by the test').to.deep.equal([]);
  },
};

/** The socket gets ready; fails by the test's timeout if not. */
export function expectReady(target: Socket, interest: Interest): Promise<Readiness> {
  return ready(target, interest);
}

/** The socket is not ready, and is not within `milliseconds`, in which the loop turns. */
export async function expectNoReady(target: Socket, interest: Interest, milliseconds = 20): Promise<void> {
  const seen: Readiness[] = [];
  using _watch = watch(target, interest, (readiness) => seen.push(readiness));
  await turnFor(milliseconds);
  expect(seen, `notifications of ${interest}`).to.deep.equal([]);
}

/**
 * Lets the loop turn for `milliseconds`: the window in which something that must not happen would. It
 * ends behind a poll, for on a busy machine the timer may be due before the loop has polled at all.
 */
export function turnFor(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(() => setImmediate(resolve), milliseconds));
}

/** Would-block is `null`, never `false` or 0. */
export function assertWouldBlock(value: unknown): void {
  expect(value, 'would block').to.equal(null);
}

/** Sends until the kernel has no room; returns how many bytes it took. */
export function fill(target: Socket, chunk: Uint8Array = Buffer.alloc(1 << 16)): number {
  let total = 0;
  for (;;) {
    const n = target.send(chunk);
    if (n === null) return total;
    total += n;
  }
}

/** A UDP socket bound to a port of the kernel's choice. */
export function udpSocket(): Socket {
  const s = socket(AF_INET, SOCK_DGRAM);
  s.bind(AF_INET, '127.0.0.1', 0);
  return s;
}

/** A UDP socket whose pending error is that its last datagram was refused. */
export function refused(): Socket {
  const [s, gone] = [udpSocket(), udpSocket()];
  s.connect(gone.getsockname());
  gone.close();
  s.send(Buffer.from('x'));
  return s;
}

/** A Unix receiver with a name, full with `filled` datagrams, and an unconnected sender. */
export function fullReceiver(): { sender: Socket; receiver: Socket; address: SocketAddress; filled: number } {
  const [sender, receiver] = closed([socket(AF_UNIX, SOCK_DGRAM), socket(AF_UNIX, SOCK_DGRAM)]);
  receiver.bind(AF_UNIX, '');
  const address = receiver.getsockname();
  let filled = 0;
  while (sender.sendto(Buffer.from('x'), address) !== null) filled++;
  return { sender, receiver, address, filled };
}

/** A TCP listener on a port of the kernel's choice. */
export function tcpListener(backlog?: number): Socket {
  const s = socket(AF_INET, SOCK_STREAM);
  s.bind(AF_INET, '127.0.0.1', 0);
  s.listen(backlog);
  return s;
}

/** Two connected TCP sockets. On loopback the handshake is over when connect returns. */
export function tcpPair(): [Socket, Socket] {
  const listener = tcpListener();
  const client = socket(AF_INET, SOCK_STREAM);
  client.connect(listener.getsockname());
  const accepted = listener.accept();
  listener.close();
  if (accepted === null) throw new Error('loopback connections are not immediate here');
  return [client, accepted.socket];
}

/** The `code` of what the call throws. */
export function codeOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return 'no error';
}

/**
 * Sends a UDP datagram whose source port is 0, which nobody can answer;
 * false where raw sockets are not allowed (it takes CAP_NET_RAW).
 */
export function sendFromPortZero(data: string, to: SocketAddress): boolean {
  let raw: Socket;
  try {
    raw = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
  } catch {
    return false;
  }
  const datagram = Buffer.alloc(8 + data.length);
  datagram.writeUInt16BE(to.port as number, 2);
  datagram.writeUInt16BE(datagram.length, 4); // and no checksum, which IPv4 allows
  datagram.write(data, 8);
  raw.sendto(datagram, { address: to.address as string, port: 0 });
  raw.close();
  return true;
}
