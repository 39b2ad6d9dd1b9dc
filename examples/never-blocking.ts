/**
 * Never blocking, shown: 1,000 sockets wait for data that never comes while a
 * 1 ms timer ticks, and a close() that would linger returns at once.
 *
 * Guile's manual, in "Network Sockets and Communication", claims of its own
 * recvfrom! that while it waits no other thread runs, and advises select, or
 * a non-blocking port. In Node such a call would stop the whole event loop.
 * Here each of the 1,000 answers null at once, and epoll waits for all.
 *
 *     node dist/examples/never-blocking.js
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Socket, socket, watch } from 'uvsock';
import { AF_INET, SO_LINGER, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET } from 'uvsock/constants';

const SOCKETS = 1000;
const MILLISECONDS = 1500;

/** The delays of a 1 ms timer for a while: median and p99 in milliseconds. */
async function delays(): Promise<string> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await sleep(MILLISECONDS);
  histogram.disable();
  const of = (percentile: number) => (histogram.percentile(percentile) / 1e6).toFixed(2);
  return `${of(50)} ms median, ${of(99)} ms p99`;
}

console.log(`timer of an idle process:          ${await delays()}`);

const sockets: Socket[] = [];
for (let i = 0; i < SOCKETS; i++) {
  const waiting = socket(AF_INET, SOCK_DGRAM);
  waiting.bind(AF_INET, '127.0.0.1', 0);
  if (waiting.recvfrom(Buffer.alloc(64)) !== null) throw new Error('data from nowhere');
  watch(waiting, 'readable', () => console.log('data from nowhere'));
  sockets.push(waiting);
}
console.log(`with ${SOCKETS} sockets that wait:        ${await delays()}`);
for (const each of sockets) each.close();

const listener = socket(AF_INET, SOCK_STREAM);
listener.listen();
const sender = socket(AF_INET, SOCK_STREAM);
sender.connect(AF_INET, '127.0.0.1', listener.getsockname().port!);
sender.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 5 });
while (sender.send(Buffer.alloc(65536)) !== null) {} // and nobody reads
const start = performance.now();
sender.close();
console.log(`close() with a linger of 5 s:      ${(performance.now() - start).toFixed(2)} ms`);
listener.close();
