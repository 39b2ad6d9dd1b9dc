/** What a peer can do by passing descriptors: everyone who may connect to a Unix socket can pass some. */
import { closeSync } from 'node:fs';
import { expect } from 'chai';
import { DatagramBatch, type ReceivedFd, type Socket, socket, socketpair } from 'uvsock';
import * as c from 'uvsock/constants';
import { runProgram } from '../fixtures/run.ts';
import { closed, codeOf, descriptorsOf, fill, tcpPair } from '../support/sockets.ts';

const X = Buffer.from('x');
/** In seconds. */
const LINGER = 30;

function pass(to: Socket, ...data: (Socket | ReceivedFd)[]): void {
  to.sendmsg({ data: X, control: [{ level: c.SOL_SOCKET, type: c.SCM_RIGHTS, data }] });
}

const receive = (from: Socket): ReceivedFd[] =>
  from.recvmsg(Buffer.alloc(1))?.find(c.SOL_SOCKET, c.SCM_RIGHTS) ?? [];

/** Passes a connection with unsent data whose last close(2) waits for it, and forgets it. */
function passLingering(to: Socket): void {
  const [near, far] = tcpPair();
  closed([far]);
  fill(near);
  near.setsockopt(c.SOL_SOCKET, c.SO_LINGER, { enabled: true, timeout: LINGER });
  pass(to, near);
  // Not by the library, which would switch it off.
  closeSync(near.detach());
}

/** A call that waits takes all the time that was set, whatever the machine does; less than half of it is none. */
function expectNoWait(call: () => void): void {
  const start = performance.now();
  call();
  expect(performance.now() - start).to.be.below((LINGER * 1000) / 2);
}

describe('a passed descriptor that lingers', function () {
  this.timeout(3 * LINGER * 1000);

  it('is closed without waiting', () => {
    const [a, b] = closed(socketpair(c.AF_UNIX, c.SOCK_STREAM));
    passLingering(a);
    const [received] = receive(b);
    expectNoWait(() => received!.close());
  });

  it('is closed without waiting by a reception in batches, which has no place for it', () => {
    const [a, b] = closed(socketpair(c.AF_UNIX, c.SOCK_DGRAM));
    passLingering(a);
    using batch = new DatagramBatch();
    expectNoWait(() => expect(b.recvmmsg(batch)).to.equal(1));
  });

  it('is closed without waiting when that was set after it had been adopted', () => {
    const [a, b] = closed(socketpair(c.AF_UNIX, c.SOCK_STREAM));
    const [near, far] = tcpPair();
    closed([far]);
    pass(a, near);
    const adopted = receive(b)[0]!.adopt();
    fill(near);
    near.setsockopt(c.SOL_SOCKET, c.SO_LINGER, { enabled: true, timeout: LINGER });
    closeSync(near.detach());
    expectNoWait(() => adopted.close());
  });
});

describe('descriptors that are passed and that nobody takes', () => {
  const ONE_MESSAGE = 253;
  const MESSAGES = 8;

  /** Received, and kept as they are. */
  function flood(): ReceivedFd[] {
    const [a, b] = closed(socketpair(c.AF_UNIX, c.SOCK_STREAM));
    const received: ReceivedFd[] = [];
    for (let i = 0; i < MESSAGES; i++) {
      pass(a, ...Array<Socket>(ONE_MESSAGE).fill(a));
      received.push(...receive(b));
    }
    return closed(received);
  }

  it('are 1,024 at most; those beyond are closed, and say so', () => {
    const before = descriptorsOf('socket:').length;
    const received = flood();
    expect(descriptorsOf('socket:').length - before).to.equal(1024 + 2);
    expect(received).to.have.length(MESSAGES * ONE_MESSAGE);
    const [refused] = received.slice(1024);
    expect(refused!.fd).to.equal(-1);
    expect(codeOf(() => refused!.adopt())).to.equal('ERR_DESCRIPTOR_CLOSED');
  });

  it('make room when they are closed, detached or adopted', () => {
    const taken = flood().slice(0, 3);
    taken[0]!.close();
    closeSync(taken[1]!.detach());
    closed([taken[2]!.adopt()]);
    const [a, b] = closed(socketpair(c.AF_UNIX, c.SOCK_STREAM));
    pass(a, a, a, a, a);
    const open = closed(receive(b)).map(({ fd }) => fd !== -1);
    expect(open).to.deep.equal([true, true, true, false]);
  });

  it('make room when they are collected', async () => {
    const { output } = await runProgram(`
      const [a, b] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
      const data = Buffer.from('x');
      const pass = (count) => {
        a.sendmsg({ data, control: [{ level: c.SOL_SOCKET, type: c.SCM_RIGHTS, data: Array(count).fill(a) }] });
        return b.recvmsg(Buffer.alloc(1)).find(c.SOL_SOCKET, c.SCM_RIGHTS);
      };
      for (let i = 0; i < 5; i++) pass(253);
      let refused = pass(1)[0].fd === -1;
      console.log(refused);
      while (refused) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 10));
        const [one] = pass(1);
        refused = one.fd === -1;
        one.close();
      }
      a.close();
      b.close();
    `);
    expect(output).to.match(/^true$/m);
    expect(output.match(/UVSOCK_DESCRIPTOR_LIMIT/g)).to.have.length(1);
  }).timeout(20_000);
});

describe('a Unix socket with SO_PASSRIGHTS off', () => {
  function forbid(this: Mocha.Context, target: Socket): void {
    if (codeOf(() => target.setsockopt(c.SOL_SOCKET, c.SO_PASSRIGHTS!, false)) === 'no error') return;
    console.log('      skipped: the kernel lacks SO_PASSRIGHTS (Linux 6.16)');
    this.skip();
  }

  it('can be passed nothing', function () {
    const [a, b] = closed(socketpair(c.AF_UNIX, c.SOCK_STREAM));
    forbid.call(this, b);
    expect(codeOf(() => pass(a, a))).to.equal('EPERM');
  });

  it('accepts connections that can be passed nothing, before they are accepted, too', function () {
    const [listener, client] = closed([0, 1].map(() => socket(c.AF_UNIX, c.SOCK_STREAM)));
    listener!.bind(c.AF_UNIX, '');
    forbid.call(this, listener!);
    listener!.listen();
    client!.connect(listener!.getsockname());
    expect(codeOf(() => pass(client!, client!))).to.equal('EPERM');
    const [accepted] = closed([listener!.accept()!.socket]);
    expect(accepted.getsockopt(c.SOL_SOCKET, c.SO_PASSRIGHTS!)).to.equal(false);
    expect(codeOf(() => pass(client!, client!))).to.equal('EPERM');
  });
});
