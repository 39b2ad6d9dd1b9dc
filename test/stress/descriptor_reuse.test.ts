import { expect } from 'chai';
import { type Socket, socketpair, stats, watch } from 'uvsock';
import { AF_UNIX, SOCK_DGRAM } from 'uvsock/constants';
import { randomOf, SEED, scaled } from '../support/scale.ts';

const AT_ONCE = 100;
const buffer = Buffer.alloc(8);
let wrong = 0;

/** A watched socket, which is sent its own number, or nothing. */
class Target {
  readonly #socket: Socket;
  readonly #peer: Socket;
  readonly #number: number;
  sent = false;
  told = false;

  constructor(number: number) {
    [this.#socket, this.#peer] = socketpair(AF_UNIX, SOCK_DGRAM);
    this.#number = number;
    watch(this.#socket, 'readable', () => {
      this.told = true;
      if (this.#socket.recv(buffer) === null || buffer.readDoubleLE() !== number) wrong++;
    });
  }

  send(): void {
    this.sent = true;
    buffer.writeDoubleLE(this.#number);
    this.#peer.send(buffer);
  }

  close(): void {
    this.#socket.close();
    this.#peer.close();
  }
}

describe(`descriptors that are closed and opened in the same turn (UVSOCK_SEED=${SEED})`, function () {
  this.timeout(600_000);

  it('bring no event to the socket that has the number next, and lose none', async () => {
    const random = randomOf(SEED);
    const before = stats();
    const rounds = scaled(5_000, 100_000);
    let number = 0;
    const open = Array.from({ length: AT_ONCE }, () => new Target(number++));
    let missed = 0;
    while (number < rounds) {
      // Half of those that are sent something are closed before they hear of it.
      for (const target of open) if (random(2) === 0) target.send();
      for (const i of open.keys()) {
        if (random(2) === 0) continue;
        open[i]!.close();
        open[i] = new Target(number++);
      }
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      for (const target of open) {
        if (target.sent && !target.told) missed++;
        target.sent = target.told = false;
      }
    }
    for (const target of open) target.close();
    expect({ wrong, missed }).to.deep.equal({ wrong: 0, missed: 0 });
    expect(stats()).to.include({ open: before.open, polled: before.polled });
  });
});
