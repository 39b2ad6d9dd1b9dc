/** Datagrams counted by a server, which tells the suite when it is ended. */
import type { DatagramBatch } from 'uvsock';

let count = 0;
let bytes = 0;
let first = 0;
let last = 0;

/** One more has come. */
export function counted(): void {
  last = performance.now();
  if (count++ === 0) first = last;
}

function visit(_slab: Buffer, start: number, end: number): void {
  count++;
  bytes += end - start;
}

/** Those of a batch have come; each is visited. */
export function countedAll(batch: DatagramBatch): void {
  last = performance.now();
  if (count === 0) first = last;
  batch.forEach(visit);
}

process.once('SIGTERM', () => {
  console.log(JSON.stringify({ received: count, seconds: (last - first) / 1000, bytes }));
  process.exit();
});
