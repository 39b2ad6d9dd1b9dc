import { expect } from 'chai';
import { scaled } from '../support/scale.ts';
import { type Faults, needsStrace, type Outcome, Subject } from './subject.ts';

/** One process for all, and a new one where that has died. */
let subject: Subject | null = null;

async function perform(action: string, faults: Faults): Promise<Outcome> {
  subject ??= new Subject();
  try {
    return await subject.run(action, faults);
  } catch (error) {
    const broken = subject;
    subject = null;
    await broken[Symbol.asyncDispose]();
    throw error;
  }
}

/** A call of the core: its action, the system call, and what it returns undisturbed. */
const CALLS: readonly [action: string, call: string, value: unknown][] = [
  ['socket', 'socket', 1],
  ['socketpair', 'socketpair', 2],
  ['adopt', 'getsockopt', 1],
  ['adopt', 'fcntl', 1],
  ['bind', 'bind', null],
  ['listen', 'listen', null],
  ['accept', 'accept4', 1],
  ['recv', 'recvfrom', 5],
  ['recvfrom', 'recvfrom', 5],
  ['recvmsg', 'recvmsg', 5],
  ['recvmmsg', 'recvmmsg', 1],
  ['send', 'sendto', 5],
  ['sendto', 'sendto', 5],
  ['sendmsg', 'sendmsg', 5],
  ['sendmmsg', 'sendmmsg', 1],
  ['getsockopt', 'getsockopt', false],
  ['setsockopt', 'setsockopt', null],
  ['shutdown', 'shutdown', null],
  ['getsockname', 'getsockname', '127.0.0.1'],
  ['getpeername', 'getpeername', '127.0.0.1'],
  ['bytesReadable', 'ioctl', 5],
  ['bytesUnsent', 'ioctl', 0],
];

/** The first of them in the short form. */
const CODES = ['ENOMEM', 'EAGAIN', 'ENOBUFS', 'EMFILE', 'ECONNRESET'];

/** What the call is named in an error. */
const NAMED: Readonly<Record<string, string>> = { bytesReadable: 'ioctl', bytesUnsent: 'ioctl' };

/** Those that say so if they would block. */
const WOULD_BLOCK = /^(accept|recv|send)/;

/** What happens to a pipeline: its name in faulty_actions.ts, the faults, what comes out, and in how many calls. */
type Row = readonly [action: string, faults: Faults, result: unknown, calls?: number];

/** The fault passes: everything comes out as if it had not been, or the error says what it was. */
const PASSING: readonly Row[] = [
  ['server', { accept4: 'error=EMFILE:when=1..3' }, { echoed: 'hello', told: ['EMFILE'] }],
  ['server', { accept4: 'error=ENFILE:when=1' }, { echoed: 'hello', told: ['ENFILE'] }],
  ['server', { accept4: 'error=ENOBUFS:when=1..2' }, { echoed: 'hello', told: ['ENOBUFS'] }],
  ['server', { accept4: 'error=ENOMEM:when=1..2' }, { echoed: 'hello', told: ['ENOMEM'] }],
  ['server', { accept4: 'error=ECONNABORTED:when=1..3' }, { echoed: 'hello', told: [] }],
  ['server', { accept4: 'error=EPROTO:when=1..3' }, { echoed: 'hello', told: [] }],
  ['server', { accept4: 'error=EINTR:when=1..3' }, { echoed: 'hello', told: [] }],
  ['server', { accept4: 'error=EAGAIN:when=1..3' }, { echoed: 'hello', told: [] }],
  [
    'neighbours',
    { recvfrom: 'error=ECONNRESET:when=1' },
    { end: 'ECONNRESET', told: ['ECONNRESET'], other: 'hello' },
  ],
  [
    'neighbours',
    { recvfrom: 'error=ENOMEM:when=1' },
    { end: 'ECONNRESET', told: ['ENOMEM'], other: 'hello' },
  ],
  ['fromRecv', { recvfrom: 'error=EAGAIN:when=1..3' }, 'hello'],
  ['fromRecv', { recvfrom: 'error=EINTR:when=1..3' }, 'hello'],
  ['fromRecv', { recvfrom: 'error=ECONNRESET:when=1' }, { code: 'ECONNRESET', syscall: 'recv' }, 1],
  ['fromRecv', { recvfrom: 'error=ENOBUFS:when=1' }, { code: 'ENOBUFS', syscall: 'recv' }, 1],
  ['fromRecvfrom', { recvfrom: 'error=ENOMEM:when=1' }, ['ENOMEM'], 1],
  ['fromRecvmsg', { recvmsg: 'error=ENOMEM:when=1' }, ['ENOMEM'], 1],
  ['fromRecvmmsg', { recvmmsg: 'error=ENOMEM:when=1' }, ['ENOMEM'], 1],
  ['fromRecvmmsg', { recvmmsg: 'error=ECONNREFUSED:when=1' }, ['ECONNREFUSED'], 1],
  ['sendTwice', { sendto: 'error=EAGAIN:when=1..3' }, 'one, two.'],
  ['sendTwice', { sendto: 'error=ENOBUFS:when=1..3' }, 'one, two.'],
  ['sendTwice', { sendto: 'error=EINTR:when=1..3' }, 'one, two.'],
  ['sendTwice', { sendto: 'error=ECONNRESET:when=1' }, { code: 'ECONNRESET', syscall: 'send' }, 1],
  ['sendShort', { sendto: 'retval=3:when=1' }, '45678'],
  ['gathered', { sendmsg: 'retval=3:when=1' }, 'defghi'],
  ['gathered', { sendmsg: 'error=ENOBUFS:when=1..2' }, 'abcdef'],
  ['sendAll', { sendto: 'error=ENOBUFS:when=1..3' }, ['1', '2', '3']],
  ['sendAll', { sendto: 'error=EAGAIN:when=1..3' }, ['1', '2', '3']],
  ['sendBatches', { sendmmsg: 'error=ENOBUFS:when=1..3' }, ['1', '22', '333']],
  ['sendBatches', { sendmmsg: 'error=EAGAIN:when=1..3' }, ['1', '22', '333']],
  ['sendBatches', { sendmmsg: 'error=EINTR:when=1..3' }, ['1', '22', '333']],
  ['sendBatches', { sendmmsg: 'error=EPERM:when=1' }, { code: 'EPERM', syscall: 'sendmmsg' }],
  ['sendBatchesShort', { sendmmsg: 'retval=1:when=1' }, ['22', '333']],
  ['fromConnect', { connect: 'error=EAGAIN:when=1' }, { code: 'EAGAIN', syscall: 'connect' }, 1],
  ['fromConnect', { connect: 'error=ENOBUFS:when=1' }, { code: 'ENOBUFS', syscall: 'connect' }, 1],
  ['fromConnect', { connect: 'error=ECONNRESET:when=1' }, { code: 'ECONNRESET', syscall: 'connect' }, 1],
  // Not executed, it does not go on in the background either, as one that was interrupted would.
  ['fromConnect', { connect: 'error=EINTR:when=1' }, { code: 'ENOTCONN', syscall: 'connect' }, 1],
  ['fromConnect', { socket: 'error=EMFILE:when=1' }, { code: 'EMFILE', syscall: 'socket' }, 1],
  ['fromConnect', { epoll_ctl: 'error=ENOSPC:when=1' }, { code: 'ENOSPC', syscall: 'epoll_ctl' }],
  ['dial', { socket: 'error=EMFILE:when=1' }, { code: 'EMFILE', syscall: 'socket' }, 1],
  ['dial', { connect: 'error=ENOMEM:when=1' }, { code: 'ENOMEM', syscall: 'connect' }, 1],
  ['ready', { epoll_ctl: 'error=ENOSPC:when=1' }, { code: 'ENOSPC', syscall: 'epoll_ctl' }],
  ['ready', { epoll_ctl: 'error=ENOMEM:when=1' }, { code: 'ENOMEM', syscall: 'epoll_ctl' }],
  ['ready', { ioctl: 'error=ENOMEM:when=1' }, { code: 'ENOMEM', syscall: 'epoll_ctl' }],
  // Who waits for room looks by timer where epoll will not have the socket.
  ['queued', { epoll_ctl: 'error=ENOSPC:when=1' }, 'firstagain'],
  ['relay', { splice: 'error=EAGAIN:when=1..5' }, true],
  ['relay', { splice: 'error=EINTR:when=1..5' }, true],
  ['relay', { splice: 'error=EINVAL:when=1' }, true],
  ['relay', { splice: 'error=EINVAL:when=4' }, true],
  // The calls before the fourth, which is to a socket, are from one.
  ['relay', { splice: 'error=ENOBUFS:when=4' }, true],
  ['relay', { splice: 'error=ENOMEM:when=1' }, 'ENOMEM'],
  ['relay', { splice: 'error=ECONNRESET:when=1' }, 'ECONNRESET'],
  ['relay', { pipe2: 'error=EMFILE' }, true],
  ['relay', { pipe2: 'error=ENFILE' }, true],
  ['relay', { pipe2: 'error=EINTR:when=1..3' }, true],
  ['relay', { fcntl: 'error=EINTR:when=1..9' }, true],
  ['sendfile', { sendfile: 'error=EAGAIN:when=1..3' }, true],
  ['sendfile', { sendfile: 'error=ENOBUFS:when=1..3' }, true],
  ['sendfile', { sendfile: 'error=EINTR:when=1..3' }, true],
  ['sendfile', { sendfile: 'error=EINVAL' }, true],
  ['sendfile', { sendfile: 'error=ENOMEM:when=1' }, 'ENOMEM'],
  ['sendfile', { sendfile: 'error=EINVAL', pread64: 'error=EIO:when=1' }, 'EIO'],
  ['sendfile', { sendfile: 'error=EINVAL', pread64: 'error=EINTR:when=1..3' }, true],
  ['sendfile', { fcntl: 'error=EMFILE:when=1' }, 'EMFILE'],
  ['sendfile', { openat: 'error=EMFILE:when=1' }, 'EMFILE'],
  ['sendfile', { openat: 'error=EINTR:when=1..3' }, true],
  ['sendfileShort', { sendfile: 'retval=1000:when=1' }, true],
];

/** The fault stays: nothing spins, in so many calls at most while the clock goes on by 0.3 s. */
const LASTING: readonly Row[] = [
  ['besieged', { accept4: 'error=EMFILE' }, ['EMFILE'], 20],
  ['besieged', { accept4: 'error=ENOBUFS' }, ['ENOBUFS'], 20],
  ['besieged', { accept4: 'error=ECONNABORTED' }, ['ECONNABORTED'], 20 * 65],
  ['besieged', { accept4: 'error=EPERM' }, ['EPERM'], 20 * 65],
  ['sendForEver', { sendto: 'error=EAGAIN' }, [], 50],
  ['sendForEver', { sendto: 'error=ENOBUFS' }, [], 50],
  ['sendBatchesForEver', { sendmmsg: 'error=ENOBUFS' }, [], 50],
];

function check(row: Row): void {
  const [action, faults, result, most] = row;
  it(`${action}: ${JSON.stringify(faults).replaceAll('"', '')}`, async () => {
    const outcome = await perform(action, faults);
    expect(outcome.result).to.deep.equal(result);
    expect(outcome.left).to.deep.equal([]);
    expect(outcome.calls.join('\n')).to.contain('(INJECTED)');
    if (most !== undefined) expect(outcome.calls.length).to.be.at.most(most);
  });
}

describe('faults of system calls', function () {
  this.timeout(60_000);

  before(function () {
    needsStrace(this);
  });

  after(async () => {
    await subject?.[Symbol.asyncDispose]();
  });

  describe('interrupted', () => {
    for (const [action, call, value] of CALLS) {
      it(`${action}: ${call} is made again`, async () => {
        const { result, left, calls } = await perform(action, { [call]: 'error=EINTR:when=1..3' });
        expect(result).to.deep.equal(value);
        expect(left).to.deep.equal([]);
        expect(calls.length).to.be.within(4, 8);
      });
    }

    it('close: the descriptor is gone, and no second attempt is made', async () => {
      const { result, calls } = await perform('close', { close: 'error=EINTR:when=1' });
      expect(result).to.equal(null);
      const [fd] = /\((\d+)\)/.exec(calls[0] as string) as [string];
      expect(calls.filter((each) => each.includes(`close${fd}`)).length).to.equal(1);
    });
  });

  describe('refused', () => {
    for (const [action, call] of CALLS) {
      it(`${action}: the error of ${call} is told, and nothing is left`, async () => {
        for (const code of CODES.slice(0, scaled(2, CODES.length))) {
          const { result, left, calls } = await perform(action, { [call]: `error=${code}:when=1` });
          const error = { code, syscall: NAMED[action] ?? action };
          const blocks = code === 'EAGAIN' && WOULD_BLOCK.test(action);
          expect(result).to.deep.equal(blocks ? null : error);
          expect(left).to.deep.equal([]);
          expect(calls.length).to.be.at.most(3);
        }
      });
    }
  });

  describe('that pass', () => {
    for (const row of PASSING) check(row);
  });

  describe('that stay', () => {
    for (const row of LASTING) check(row);
  });
});
