import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { type Socket, socketpair } from 'uvsock';
import { AF_UNIX, SOCK_STREAM } from 'uvsock/constants';
import { type Attempt, QueuedRequest, type SendObserver, SendQueue } from '../src/send_queue.ts';
import { closed } from './support/sockets.ts';

const QUIET: SendObserver = { next() {}, error() {}, complete() {} };

/** A request whose attempts come out as written. */
class Scripted extends QueuedRequest {
  readonly left: Attempt[];
  events = 0;

  constructor(queue: SendQueue, script: Attempt[]) {
    super(queue, QUIET);
    this.left = [...script];
  }

  _attempt(): Attempt {
    this.events++;
    return this.left.shift() as Attempt;
  }

  cancel(): boolean {
    return this.queue._remove(this);
  }

  /** What it was busy with has ended. */
  resume(progress: boolean): void {
    this.queue._resume(this, progress);
  }
}

const append = (socket: Socket, ...script: Attempt[]) =>
  SendQueue.append(socket, (queue) => new Scripted(queue, script));

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate();
}

describe('SendQueue', () => {
  const pair = () => closed(socketpair(AF_UNIX, SOCK_STREAM));

  it('waits for an event after a request got on by itself, and looks by timer after one that did not', async () => {
    await setImmediate(); // mocha's own timer is there now
    const before = timers();
    for (const progress of [true, false]) {
      const [a] = pair();
      // Woken, and at work; what it finds then, it has not been woken for if it got on.
      const request = append(a, 'full', 'busy', 'full', 'done');
      await until(() => request.left.length === 2);
      request.resume(progress);
      expect(timers()).to.equal(progress ? before : before + 1);
      await until(() => request.left.length === 0);
      expect(SendQueue.isEmpty(a)).to.equal(true);
      expect(timers()).to.equal(before);
    }
  });

  it('leaves a busy request alone until it says that it is through', async () => {
    const [a, b] = pair();
    const request = append(a, 'full', 'busy', 'done');
    await until(() => request.left.length === 1);
    // Room, and more of it.
    a.send(Buffer.from('x'));
    b.recv(Buffer.alloc(1));
    for (let turn = 0; turn < 10; turn++) await setImmediate();
    expect(request.events).to.equal(2);
    request.resume(true);
    expect(SendQueue.isEmpty(a)).to.equal(true);
  });

  it('does not hear of a request that has left it', async () => {
    const [a] = pair();
    const gone = append(a, 'busy', 'done');
    const next = append(a, 'busy', 'done');
    gone.cancel();
    gone.resume(true);
    expect([gone.events, next.events]).to.deep.equal([1, 0]);
    next.resume(true);
    next.resume(true);
    expect(SendQueue.isEmpty(a)).to.equal(true);
  });
});
