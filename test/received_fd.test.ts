import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { type Descriptor, ReceivedFd, Socket, socketpair } from 'uvsock';
import {
  AF_UNIX,
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  MSG_PEEK,
  SCM_RIGHTS,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from 'uvsock/constants';
import { runProgram } from './fixtures/run.ts';
import { closed, codeOf, expectReady } from './support/sockets.ts';

const X = Buffer.from('x');
const SELF = fileURLToPath(import.meta.url);

const pair = (style = SOCK_STREAM) => closed(socketpair(AF_UNIX, style));

function give(from: Socket, ...data: Descriptor[]): void {
  expect(from.sendmsg({ data: X, control: [{ level: SOL_SOCKET, type: SCM_RIGHTS, data }] })).to.equal(1);
}

function take(to: Socket, options = {}): ReceivedFd[] {
  return closed(to.recvmsg(Buffer.alloc(1), options)?.find(SOL_SOCKET, SCM_RIGHTS) ?? []);
}

const descriptors = (): number => readdirSync('/proc/self/fd').length;

const isOpen = (fd: number): boolean => codeOf(() => fstatSync(fd)) === 'no error';

const text = (s: Socket): string => {
  const buffer = Buffer.alloc(64);
  return buffer.toString('latin1', 0, s.recv(buffer) ?? 0);
};

describe('descriptors in a message', () => {
  it('are sockets, received descriptors and numbers, and stay open at the sender', () => {
    const [a, b] = pair();
    const [left, right] = pair();
    const file = openSync(SELF, 'r');
    give(a, left);
    const [first] = take(b);
    give(a, left, first!, file);
    const received = take(b);
    expect(received).to.have.length(3);
    for (const fd of [left.fd, first!.fd, file]) expect(isOpen(fd)).to.equal(true);
    for (const each of received.slice(0, 2)) {
      closed([each.adopt()])[0].send(Buffer.from('hello'));
      expect(text(right)).to.equal('hello');
    }
    const copy = received[2]!.detach();
    const beginning = Buffer.alloc(6);
    readSync(copy, beginning, 0, 6, 0);
    expect(beginning).to.deep.equal(readFileSync(SELF).subarray(0, 6));
    closeSync(copy);
    closeSync(file);
  });

  it('are close-on-exec, as the flags say', () => {
    const [a, b] = pair();
    give(a, a, b);
    const O_CLOEXEC = 0o2000000;
    const message = b.recvmsg(X)!;
    expect(message.flags & MSG_CMSG_CLOEXEC!).to.equal(MSG_CMSG_CLOEXEC);
    for (const { fd } of closed(message.find(SOL_SOCKET, SCM_RIGHTS)!)) {
      const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
      expect(Number.parseInt(flags as string, 8) & O_CLOEXEC).to.equal(O_CLOEXEC);
    }
  });

  it('are 253 at most, which the default room has place for', () => {
    const [a, b] = pair();
    give(a, ...Array.from({ length: 253 }, () => a));
    expect(take(b)).to.have.length(253);
    expect(codeOf(() => give(a, ...Array.from({ length: 254 }, () => a)))).to.equal('EINVAL');
  });

  it('that are bad are EBADF, that are closed are the mistake of the program', () => {
    const [a, b] = pair();
    for (const fd of [-1, 999_999]) expect(codeOf(() => give(a, fd))).to.equal('EBADF');
    b.close();
    expect(codeOf(() => give(a, b))).to.equal('ERR_INVALID_ARG_VALUE');
  });

  it('for which there is no room are closed, and MSG_CTRUNC tells', () => {
    const [a, b] = pair(SOCK_DGRAM);
    const HEADER = 16;
    for (const [control, expected] of [
      [0, 0],
      [HEADER, 0],
      [HEADER + 3, 0],
      [HEADER + 4, 1],
      [HEADER + 11, 2],
      [HEADER + 12, 3],
    ] as const) {
      const before = descriptors();
      give(a, a, a, a);
      const message = b.recvmsg(X, { control });
      const received = closed(message?.find(SOL_SOCKET, SCM_RIGHTS) ?? []);
      expect(received.length, `room ${control}`).to.equal(expected);
      expect(descriptors() - before, `room ${control}`).to.equal(expected);
      expect(message!.flags & MSG_CTRUNC, `room ${control}`).to.equal(expected < 3 ? MSG_CTRUNC : 0);
      for (const each of received) each.close();
    }
  });

  it('that are peeked at are copies of their own', () => {
    const [a, b] = pair();
    give(a, a);
    const [first] = take(b, { flags: MSG_PEEK });
    const [second] = take(b);
    expect(first!.fd).not.to.equal(second!.fd);
  });

  it('are not lost when their reception ends in an exception', () => {
    const [a, b] = pair(SOCK_DGRAM);
    const buffer = Buffer.alloc(1);
    const before = descriptors();
    let taken = 0;
    let empty = false;
    // At the end of the stack anything throws: on the way back up each depth of ours does once.
    const descend = (): void => {
      try {
        descend();
      } catch {}
      if (empty) return;
      try {
        const message = b.recvmsg(buffer);
        empty = message === null;
        for (const each of message?.find(SOL_SOCKET, SCM_RIGHTS) ?? []) each.close();
        if (!empty) taken++;
      } catch {}
    };
    for (let i = 0; i < 10; i++) give(a, a, a);
    descend();
    expect(empty).to.equal(true);
    expect(taken, 'messages received without an exception').to.be.lessThan(10);
    expect(descriptors()).to.equal(before);
  });
});

describe('ReceivedFd', () => {
  it('is adopted as the socket that it is', () => {
    const [a, b] = pair();
    const [datagrams] = pair(SOCK_DGRAM);
    give(a, datagrams);
    const [received] = take(b);
    const fd = received!.fd;
    const [s] = closed([received!.adopt()]);
    expect([s.fd, s.family, s.style, s.closed]).to.deep.equal([fd, AF_UNIX, SOCK_DGRAM, false]);
    expect(received!.fd).to.equal(-1);
    received!.close();
    expect(isOpen(fd)).to.equal(true);
  });

  it('stays what it is if it is no socket', () => {
    const [a, b] = pair();
    const file = openSync(SELF, 'r');
    give(a, file);
    closeSync(file);
    const [received] = take(b);
    expect(codeOf(() => received!.adopt())).to.equal('ENOTSOCK');
    expect(isOpen(received!.fd)).to.equal(true);
  });

  it('is closed once, and then neither adopted nor detached', () => {
    const [a, b] = pair();
    give(a, a);
    const [received] = take(b);
    const { fd } = received!;
    received!.close();
    received!.close();
    expect([isOpen(fd), received!.fd]).to.deep.equal([false, -1]);
    expect(codeOf(() => received!.adopt())).to.equal('ERR_DESCRIPTOR_CLOSED');
    expect(codeOf(() => received!.detach())).to.equal('ERR_DESCRIPTOR_CLOSED');
    expect(codeOf(() => give(a, received!))).to.equal('ERR_INVALID_ARG_VALUE');
  });

  it('is closed by using', () => {
    const [a, b] = pair();
    give(a, a);
    let fd: number;
    {
      using received = take(b)[0]!;
      fd = received.fd;
    }
    expect(isOpen(fd)).to.equal(false);
  });

  it('cannot be taken by Socket.adopt behind its back', () => {
    const [a, b] = pair();
    give(a, a);
    const [received] = take(b);
    expect(codeOf(() => Socket.adopt(received!.fd))).to.equal('ERR_INVALID_ARG_VALUE');
  });

  it('shows its number', () => {
    const [a, b] = pair();
    give(a, a);
    const [received] = take(b);
    expect(inspect(received)).to.equal(`ReceivedFd { fd: ${received!.fd} }`);
    expect(received).to.be.instanceOf(ReceivedFd);
  });

  it('that is dropped is closed, and says where it was received if asked', async () => {
    const program = `
      import { readdirSync, readlinkSync } from 'node:fs';
      const target = (fd) => { try { return readlinkSync('/proc/self/fd/' + fd); } catch { return ''; } };
      const count = () => readdirSync('/proc/self/fd').filter((fd) => target(fd).startsWith('socket:')).length;
      const [a, b] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
      const before = count();
      (function leak() {
        for (let i = 0; i < 10; i++) {
          a.sendmsg({ data: Buffer.from('x'), control: [{ level: c.SOL_SOCKET, type: c.SCM_RIGHTS, data: [a] }] });
          b.recvmsg(Buffer.alloc(1));
        }
        // One is taken in time, and stays.
        a.sendmsg({ data: Buffer.from('x'), control: [{ level: c.SOL_SOCKET, type: c.SCM_RIGHTS, data: [a] }] });
        globalThis.kept = b.recvmsg(Buffer.alloc(1)).find(c.SOL_SOCKET, c.SCM_RIGHTS)[0].adopt();
      })();
      for (let i = 0; i < 50 && count() > before + 1; i++) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      console.log(count() - before, kept.closed);
      for (const each of [a, b, kept]) each.close();
    `;
    const quiet = await runProgram(program);
    expect(quiet.output).to.match(/^1 false$/m);
    expect(quiet.output.match(/DescriptorLeakWarning/g)).to.have.length(1);
    const asked = await runProgram(program, { env: { NODE_DEBUG: 'uvsock' } });
    expect(asked.output).to.match(/It was received\n(.*\n)*?.*at leak/);
  });
});

describe('descriptors between processes and threads', function () {
  this.timeout(60_000);

  it('reach another process, which uses them after they were closed here', async () => {
    const [channel, theirs] = pair();
    const [left, right] = pair();
    const child = spawn(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import { Socket, ready } from 'uvsock';
         import { SCM_RIGHTS, SOL_SOCKET } from 'uvsock/constants';
         const channel = Socket.adopt(3);
         await ready(channel, 'readable');
         const [received] = channel.recvmsg(Buffer.alloc(1)).find(SOL_SOCKET, SCM_RIGHTS);
         received.adopt().send(Buffer.from('from ' + process.pid));`,
      ],
      { stdio: ['ignore', 'inherit', 'inherit', theirs.fd] },
    );
    theirs.close();
    give(channel, left);
    left.close();
    await expectReady(right, 'readable');
    expect(text(right)).to.equal(`from ${child.pid}`);
    const [status] = (await once(child, 'exit')) as [number];
    expect(status).to.equal(0);
    expect(text(right)).to.equal('');
  });

  const start = (fd: number, how: string) =>
    new Worker(new URL('./fixtures/receive_descriptors.js', import.meta.url), { workerData: { fd, how } });

  it('go from one worker to another', async () => {
    const [channel, theirs] = pair();
    const [left, right] = pair();
    const receiver = start(theirs.detach(), 'adopt');
    const sender = new Worker(
      `const { workerData } = require('node:worker_threads');
       Promise.all([import('uvsock'), import('uvsock/constants')]).then(([{ Socket }, c]) => {
         const [channel, passed] = workerData.map((fd) => Socket.adopt(fd));
         channel.sendmsg({
           data: Buffer.from('x'),
           control: [{ level: c.SOL_SOCKET, type: c.SCM_RIGHTS, data: [passed] }],
         });
         channel.close();
         passed.close();
       });`,
      { eval: true, execArgv: [], workerData: [channel.detach(), left.detach()] },
    );
    const exits = [once(receiver, 'exit'), once(sender, 'exit')];
    await expectReady(right, 'readable');
    expect(text(right)).to.equal('from the worker');
    expect(await Promise.all(exits)).to.deep.equal([[0], [0]]);
  });

  for (const how of ['exit', 'wait']) {
    it(`are closed with a worker that holds them ${how === 'exit' ? 'and exits' : 'and is terminated'}`, async () => {
      const [channel, theirs] = pair();
      const [left, right] = pair();
      const before = descriptors();
      const worker = start(theirs.detach(), how);
      const exited = once(worker, 'exit');
      give(channel, left, left, left);
      const [count] = (await once(worker, 'message')) as [number];
      expect(count).to.equal(3);
      if (how === 'wait') await worker.terminate();
      await exited;
      // No copy is left: the other end is told of the close of the last.
      left.close();
      await expectReady(right, 'readable');
      expect(right.recv(X)).to.equal(0);
      expect(descriptors()).to.be.lessThan(before);
    });
  }
});
