import { expect } from 'chai';
import { runProgram } from '../fixtures/run.ts';
import { expectResidentBelow } from '../support/resident.ts';

const MEGABYTES = 256;
const MOST_GROWTH = 16;
/** How long V8 lets dead chunks lie about depends on its version: they are collected after so many bytes. */
const COLLECTED = 4 * 2 ** 20;
/** Growth counts from here on. */
const WARM_UP = 64 * 2 ** 20;
const SENDER = new URL('../fixtures/fast_sender.js', import.meta.url).href;

/**
 * A process with a fast peer, a worker that offers 256 MB as fast as the
 * kernel takes them, and a consumer that takes a millisecond for each chunk.
 */
function slowConsumer(receive: string): string {
  return `
    import { createHash } from 'node:crypto';
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    import { BehaviorSubject, concatMap, map, Subject, tap, timer } from 'rxjs';
    import { fromConnect, fromRecv, mergeRecv } from 'uvsock/rx';

    const sender = new Worker(new URL(${JSON.stringify(SENDER)}), {
      workerData: ${MEGABYTES} * 2 ** 20,
      execArgv: [],
    });
    const [port] = await once(sender, 'message');
    const connection = socket(c.AF_INET, c.SOCK_STREAM);
    connection.connect(c.AF_INET, '127.0.0.1', port);
    await ready(connection, 'writable');

    let before = 0;
    let most = 0;
    let bytes = 0;
    const received = createHash('sha256');
    const consume = (chunk) => {
      received.update(chunk);
      bytes += chunk.length;
      if (bytes % ${COLLECTED} < chunk.length) gc();
      const rss = process.memoryUsage.rss();
      if (before === 0 && bytes >= ${WARM_UP}) before = rss;
      most = Math.max(most, rss);
      return timer(1);
    };
    const sent = once(sender, 'message');
    await new Promise((resolve, reject) => {
      (${receive}).subscribe({ complete: resolve, error: reject });
    });
    const [{ hash, full }] = await sent;
    connection.close();
    console.log(JSON.stringify({
      intact: received.digest('hex') === hash, full, growth: (most - before) / 2 ** 20,
    }));
  `;
}

/** What comes of a program whose `receive` is an observable of the consumed chunks. */
async function outcomeOf(receive: string) {
  const { status, output } = await runProgram(slowConsumer(receive));
  expect(status, output).to.equal(0);
  return JSON.parse(output) as { intact: boolean; full: number; growth: number };
}

describe(`${MEGABYTES} MB for a slow consumer`, function () {
  this.timeout(120_000);

  const receivers: [string, string][] = [
    ['mergeRecv', 'mergeRecv(connection, consume)'],
    ['mergeRecv that reuses its memory', 'mergeRecv(connection, consume, { reuse: true })'],
    [
      'pauseWhile',
      `(() => {
        const paused = new BehaviorSubject(false);
        let waiting = 0;
        return fromRecv(connection, { pauseWhile: paused }).pipe(
          tap(() => paused.next(++waiting > 4)),
          concatMap((chunk) => consume(chunk).pipe(tap(() => paused.next(--waiting > 4)))),
        );
      })()`,
    ],
  ];
  for (const [name, receive] of receivers) {
    it(`arrive whole and in order behind ${name}, while the sender's socket is full and memory stays`, async () => {
      const { intact, full, growth } = await outcomeOf(receive);
      expect(intact).to.equal(true);
      expect(full).to.be.greaterThan(10);
      expectResidentBelow(growth, MOST_GROWTH);
    });
  }
});
