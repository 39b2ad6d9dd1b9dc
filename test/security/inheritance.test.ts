/**
 * No program that is started inherits what the library has opened: each
 * descriptor is close-on-exec from birth, as proc(5) shows, and a child has its
 * standard streams and what was given on purpose.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { Observable } from 'rxjs';
import { type ReceivedFd, Socket, socket, socketpair } from 'uvsock';
import * as c from 'uvsock/constants';
import { listen, relay, send, sendfile } from 'uvsock/rx';
import { fromNet } from 'uvsock/stream';
import {
  armedDescriptors,
  closed,
  descriptorsOf,
  expectReady,
  fill,
  tcpListener,
  tcpPair,
  turnFor,
} from '../support/sockets.ts';

const CLOSE_ON_EXEC = 0o2000000;

/** With their targets, for numbers are used again. */
const descriptors = () => descriptorsOf('');

/** What was made since; of each the number. */
const madeSince = (before: readonly string[]): number[] =>
  descriptors()
    .filter((each) => !before.includes(each))
    .map((each) => Number.parseInt(each, 10));

/** Whether a program that is started would have it; not if it was closed meanwhile. */
function isInheritable(fd: number): boolean {
  try {
    const [, flags] = /^flags:\s+([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
    return (Number.parseInt(flags as string, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false;
  }
}

/** The descriptors of a program that is started with these. */
async function inherited(stdio: ('ignore' | 'pipe' | number)[]): Promise<number[]> {
  // The one by which the shell finds the names is gone when it looks.
  const look = 'for each in /proc/$$/fd/*; do readlink $each >/dev/null && echo $each; done';
  const child = spawn('sh', ['-c', look], { stdio });
  const output = await text(child.stdout as NonNullable<typeof child.stdout>);
  return [...output.matchAll(/\d+$/gm)].map(([fd]) => Number(fd));
}

/** Subscribed to until the test is over. */
function going(source: Observable<unknown>): void {
  const subscription = source.subscribe({ error() {} });
  closed([{ [Symbol.dispose]: () => subscription.unsubscribe() }]);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turnFor(1);
}

function receivedCopy(passed: Socket): ReceivedFd {
  const [a, b] = closed(socketpair(c.AF_UNIX, c.SOCK_STREAM));
  const data = Buffer.from('x');
  a.sendmsg({ data, control: [{ level: c.SOL_SOCKET, type: c.SCM_RIGHTS, data: [passed] }] });
  const [received] = b.recvmsg(Buffer.alloc(1))?.find(c.SOL_SOCKET, c.SCM_RIGHTS) ?? [];
  return received as ReceivedFd;
}

/** Each way in which the library comes to descriptors; they are open until the test is over. */
const WAYS: Record<string, (folder: string) => unknown> = {
  'socket()': () => closed([socket(c.AF_INET, c.SOCK_STREAM), socket(c.AF_UNIX, c.SOCK_DGRAM)]),
  'socket() of netlink': () => closed([socket(c.AF_NETLINK!, c.SOCK_RAW, c.NETLINK_ROUTE)]),
  'socketpair()': () => closed(socketpair(c.AF_UNIX, c.SOCK_SEQPACKET)),
  'listen()': (folder) => closed([listen({ path: join(folder, 'listening') }), tcpListener()]),
  'accept()': () => closed(tcpPair()),
  'Socket.adopt()': () => closed([Socket.adopt(socket(c.AF_INET, c.SOCK_DGRAM).detach())]),
  'a message with descriptors': () => {
    const [passed] = closed(tcpPair());
    closed([receivedCopy(passed), receivedCopy(passed).adopt()]);
  },
  'fromNet(), which duplicates': async () => {
    const [listener] = closed([tcpListener()]);
    const connection = net.connect(listener.getsockname().port as number, '127.0.0.1');
    await once(connection, 'connect');
    const gone = once(connection, 'close');
    closed([fromNet(connection), listener.accept()!.socket]);
    await gone;
  },
  'relay(), by its pipe': async () => {
    const [from, near] = closed(tcpPair());
    const [far] = closed(tcpPair());
    fill(far);
    const before = descriptorsOf('pipe:').length;
    going(relay(near, far));
    // What cannot go on stays in the pipe.
    from.send(Buffer.alloc(1000));
    await until(() => descriptorsOf('pipe:').length > before);
  },
  'sendfile(), by its file': async (folder) => {
    const [from] = closed(tcpPair());
    const file = join(folder, 'file');
    writeFileSync(file, Buffer.alloc(1 << 24));
    going(sendfile(from, file));
    // When the socket is full, and waited for, the file stays open. No thread of the pool has a duplicate then.
    await until(() => armedDescriptors().has(from.fd));
  },
};

describe('a program that is started', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const [way, open] of Object.entries(WAYS)) {
    it(`inherits nothing of ${way}`, async () => {
      const before = descriptors();
      await open(folder);
      const made = madeSince(before);
      expect(made).to.not.deep.equal([]);
      expect(made.filter(isInheritable)).to.deep.equal([]);
    });
  }

  it('inherits nothing of what waits for lent memory after a close', async () => {
    const before = descriptors();
    const [from, to] = closed(tcpPair());
    going(send(from, Buffer.alloc(1 << 22), c.MSG_ZEROCOPY));
    await expectReady(to, 'readable');
    from.close();
    const made = madeSince(before);
    expect(made.length, 'the peer, and what waits').to.equal(2);
    expect(made.filter(isInheritable)).to.deep.equal([]);
    to.close();
    await until(() => madeSince(before).length === 0);
  });

  it('has its standard streams and what was given, whatever else is open', async () => {
    // Whoever has started the tests may have given them more.
    const usual = await inherited(['ignore', 'pipe', 'ignore']);
    expect(usual).to.include.members([0, 1, 2]).and.not.include(3);
    for (const open of Object.values(WAYS)) await open(folder);
    const [given] = closed([socket(c.AF_INET, c.SOCK_DGRAM)]);
    expect(await inherited(['ignore', 'pipe', 'ignore'])).to.deep.equal(usual);
    expect(await inherited(['ignore', 'pipe', 'ignore', given.fd])).to.have.members([...usual, 3]);
    expect(isInheritable(given.fd), 'the parent’s own, afterwards').to.equal(false);
  });
});
