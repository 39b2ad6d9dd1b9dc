import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Subscription } from 'rxjs';
import { type Socket, socketpair } from 'uvsock';
import { AF_UNIX, SO_SNDBUF, SOCK_STREAM, SOL_SOCKET } from 'uvsock/constants';
import { send } from 'uvsock/rx';
import { SEED, scaled } from '../../support/scale.ts';
import { runs } from './runs.ts';

type Action =
  | { kind: 'send'; length: number }
  | { kind: 'cancel'; which: number }
  | { kind: 'read'; most: number }
  | { kind: 'turn' };

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('send' as const), length: fc.oneof(fc.nat(50), fc.nat(20_000)) }),
  fc.record({ kind: fc.constant('cancel' as const), which: fc.nat(30) }),
  fc.record({ kind: fc.constant('read' as const), most: fc.integer({ min: 1, max: 30_000 }) }),
  fc.record({ kind: fc.constant('turn' as const) }),
);

const HEADER = 8;

/** Its number and length, and as many bytes that tell the number again. */
function messageOf(number: number, length: number): Buffer {
  const message = Buffer.alloc(HEADER + length, number);
  message.writeUInt32BE(number, 0);
  message.writeUInt32BE(length, 4);
  return message;
}

/** The numbers of the messages that a stream consists of, all of them whole. */
function numbersIn(stream: Buffer): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < stream.length; ) {
    const [number, length] = [stream.readUInt32BE(at), stream.readUInt32BE(at + 4)];
    expect(
      stream.subarray(at, at + HEADER + length).equals(messageOf(number, length)),
      `message ${number}`,
    ).to.equal(true);
    numbers.push(number);
    at += HEADER + length;
  }
  return numbers;
}

/** One run: what was sent and what came of it. */
class Run {
  readonly #received: Buffer[] = [];
  readonly #subscriptions: Subscription[] = [];
  readonly completed = new Set<number>();
  readonly cancelled = new Set<number>();
  readonly #sender: Socket;
  readonly #receiver: Socket;

  constructor(sender: Socket, receiver: Socket) {
    this.#sender = sender;
    this.#receiver = receiver;
  }

  async act(next: Action): Promise<void> {
    if (next.kind === 'send') this.#send(next.length);
    else if (next.kind === 'cancel') this.#cancel(next.which);
    else if (next.kind === 'read') this.#read(next.most);
    else await turn();
  }

  #send(length: number): void {
    const number = this.#subscriptions.length;
    const subscription = send(this.#sender, messageOf(number, length)).subscribe({
      complete: () => this.completed.add(number),
    });
    this.#subscriptions.push(subscription);
  }

  #cancel(which: number): void {
    const subscription = this.#subscriptions[which];
    if (subscription === undefined || this.completed.has(which)) return;
    this.cancelled.add(which);
    subscription.unsubscribe();
  }

  #read(most: number): boolean {
    const buffer = Buffer.alloc(most);
    const n = this.#receiver.recv(buffer);
    if (n === null) return false;
    this.#received.push(buffer.subarray(0, n));
    return true;
  }

  /** Reads until all that waits has gone. */
  async finish(): Promise<number[]> {
    const isDone = () => this.#subscriptions.every((_, i) => this.completed.has(i) || this.cancelled.has(i));
    while (this.#read(65_536) || !isDone()) await turn();
    // The rest of a message that was cancelled when it had begun.
    for (let quiet = 0; quiet < 3; quiet = this.#read(65_536) ? 0 : quiet + 1) await turn();
    return numbersIn(Buffer.concat(this.#received));
  }
}

describe(`messages in the queue of a socket (UVSOCK_SEED=${SEED})`, function () {
  this.timeout(scaled(60_000, 3_600_000));

  it('go in their order, whole, all that were not cancelled', async () => {
    const property = fc.asyncProperty(fc.array(action, { maxLength: 40, size: 'max' }), async (actions) => {
      const [sender, receiver] = socketpair(AF_UNIX, SOCK_STREAM);
      using _sender = sender;
      using _receiver = receiver;
      sender.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096);
      const run = new Run(sender, receiver);
      for (const each of actions) await run.act(each);
      const numbers = await run.finish();
      expect(numbers).to.deep.equal([...numbers].sort((a, b) => a - b));
      for (const number of run.completed) expect(numbers).to.include(number);
      for (const number of numbers) {
        expect(run.completed.has(number) || run.cancelled.has(number), `${number} was sent`).to.equal(true);
      }
    });
    await fc.assert(property, runs(100, 10_000));
  });
});
