import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { socketpair, stats } from 'uvsock';
import { AF_UNIX, SOCK_STREAM } from 'uvsock/constants';
import { expectResidentBelow } from '../support/resident.ts';
import { randomOf, SEED, scaled, tenths } from '../support/scale.ts';

const AT_ONCE = 4;
/** So many megabytes the process may grow by, whatever the number of workers. */
const LEVEL = 40;

/** Keeps armed sockets busy in batches, and adopts whatever descriptor it is sent. */
const PROGRAM = `
  import { parentPort } from 'node:worker_threads';
  import { Socket, socketpair, watch } from 'uvsock';
  import { AF_UNIX, SOCK_STREAM } from 'uvsock/constants';
  const buffer = Buffer.alloc(64);
  const echo = (socket) => watch(socket, 'readable', () => {
    const n = socket.recv(buffer);
    if (n > 0) socket.send(buffer, 0, 0, n);
  });
  for (let i = 0; i < 20; i++) {
    const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
    echo(a);
    echo(b);
    a.send(buffer);
  }
  parentPort.on('message', (fd) => echo(Socket.adopt(fd)));
  parentPort.postMessage('busy');
`;

const descriptors = () => readdirSync('/proc/self/fd').length;

function residentInMegabytes(): number {
  globalThis.gc!();
  return process.memoryUsage().rss / 1e6;
}

describe(`workers that are ended at any moment (UVSOCK_SEED=${SEED})`, function () {
  this.timeout(1_200_000);

  it('close what they had, what was on its way to them included, and leave no memory behind', async () => {
    const random = randomOf(SEED);
    const before = stats();
    const one = async () => {
      const worker = new Worker(PROGRAM, { eval: true });
      const [kept, given] = socketpair(AF_UNIX, SOCK_STREAM);
      // Some are ended while they load the addon.
      if (random(5) > 0) {
        await once(worker, 'message');
        const fd = given.detach();
        worker.postMessage(fd);
        // Until the other side has it, the descriptor is nobody's: wait for its echo, then end at any moment.
        kept.send(Buffer.from('x'));
        await new Promise((resolve) => setTimeout(resolve, random(4)));
        while (kept.recv(Buffer.alloc(1), 0) === null) await new Promise(setImmediate);
      }
      await worker.terminate();
      kept.close();
      given.close();
    };
    const [first, rest] = [scaled(4, 50), scaled(8, 450)];
    const progress = tenths(first + rest);
    let done = 0;
    const many = async (count: number) => {
      let left = count;
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          while (left-- > 0) {
            await one();
            progress(++done);
          }
        }),
      );
    };
    await many(first);
    const level = residentInMegabytes();
    const open = descriptors();
    await many(rest);
    expect(descriptors()).to.equal(open);
    expectResidentBelow(residentInMegabytes() - level, LEVEL);
    expect(stats()).to.include({ open: before.open, polled: before.polled });
  });
});
