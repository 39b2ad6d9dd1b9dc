import { expect } from 'chai';
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
  });
});
