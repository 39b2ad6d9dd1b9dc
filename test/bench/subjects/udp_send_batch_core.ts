/** Datagrams sent in batches by the calls themselves; as in C they are numbered before each call. */
import { DatagramBatch, makeSocketAddress, ready, socket } from 'uvsock';
import { AF_INET, SOCK_DGRAM } from 'uvsock/constants';
import { batch as count, counted, data, gso, HOST, over, port } from './sending.ts';

/** Calls of one turn, so that timers have theirs. */
const CALLS = 4;

const sender = socket(AF_INET, SOCK_DGRAM);
const receiver = makeSocketAddress(AF_INET, HOST, port);
const batch = new DatagramBatch({ count, size: data.length * gso });
while (batch.pushSegmented(Buffer.concat(Array(gso).fill(data)), data.length, receiver));
const datagrams = count * gso;
let sequence = 0;

function number(slab: Buffer, start: number): void {
  slab.writeUInt32LE(sequence++ >>> 0, start);
}

async function turn(): Promise<void> {
  for (let i = 0; i < CALLS; i++) {
    batch.forEach(number);
    for (let start = 0; start < batch.filled; ) {
      const n = sender.sendmmsg(batch, { start });
      if (n === null) await ready(sender, 'writable');
      else start += n;
    }
    counted(datagrams);
  }
  if (!over()) setImmediate(turn);
}
turn();
