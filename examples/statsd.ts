/**
 * Sums metrics that come as datagrams, `NAME:VALUE|c` as statsd has them, by
 * their names, and prints the sums of every period.
 *
 *     node dist/examples/statsd.js [port]
 *     then: echo 'requests:3|c' | nc -u -w 0 127.0.0.1 PORT
 *
 * Without a port it is flooded for a second by a worker, whose datagrams the
 * kernel makes out of large ones, and takes in more than a million.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import {
  bufferTime,
  concatMap,
  filter,
  finalize,
  fromEvent,
  groupBy,
  map,
  mergeMap,
  NEVER,
  takeUntil,
} from 'rxjs';
import { DatagramBatch, SocketAddress, socket } from 'uvsock';
import { AF_INET, SO_RCVBUF, SOCK_DGRAM, SOL_SOCKET } from 'uvsock/constants';
import { fromRecvmmsg } from 'uvsock/rx';

const PERIOD = 200;
/** How long the flood's metrics are. */
const METRIC = 12;

interface Tally {
  name: string;
  count: number;
  sum: number;
}

/** The sums of one batch. A million times a second, nothing is made but the name. */
function tally(batch: DatagramBatch): Iterable<Tally> {
  const tallies = new Map<string, Tally>();
  batch.forEach((slab, start, end) => {
    let colon = start;
    while (colon < end && slab[colon] !== 0x3a) colon++;
    let value = 0;
    for (let at = colon + 1; at < end && slab[at] !== 0x7c; at++) value = value * 10 + slab[at]! - 0x30;
    const name = slab.toString('latin1', start, colon);
    const found = tallies.get(name);
    if (found === undefined) tallies.set(name, { name, count: 1, sum: value });
    else {
      found.count++;
      found.sum += value;
    }
  });
  return tallies.values();
}

function total(name: string, tallies: readonly Tally[]): Tally {
  const all: Tally = { name, count: 0, sum: 0 };
  for (const { count, sum } of tallies) {
    all.count += count;
    all.sum += sum;
  }
  return all;
}

/** Sends metrics for a second: as many in a message as the kernel takes apart, many messages in a call. */
function flood(address: string): void {
  const client = socket(AF_INET, SOCK_DGRAM);
  client.connect(SocketAddress.parse(address));
  const batch = new DatagramBatch({ count: 32, size: 64 * METRIC });
  for (let slot = 0; slot < 32; slot++) {
    batch.pushSegmented(Buffer.from((slot % 2 ? 'requests:2|c' : 'failures:1|c').repeat(64)), METRIC);
  }
  const end = performance.now() + 1000;
  while (performance.now() < end) client.sendmmsg(batch);
  client.close();
}

function serve(): void {
  const port = process.argv[2];
  const server = socket(AF_INET, SOCK_DGRAM);
  server.setsockopt(SOL_SOCKET, SO_RCVBUF, 4 << 20);
  server.bind(AF_INET, '127.0.0.1', Number(port ?? 0));
  console.log(`summing on ${server.getsockname()}`);

  let count = 0;
  const started = performance.now();
  const over =
    port === undefined
      ? fromEvent(new Worker(new URL(import.meta.url), { workerData: String(server.getsockname()) }), 'exit')
      : NEVER;
  fromRecvmmsg(server, { gro: true, reuse: true })
    .pipe(
      takeUntil(over),
      concatMap(tally),
      groupBy(({ name }) => name),
      mergeMap((tallies) =>
        tallies.pipe(
          bufferTime(PERIOD),
          filter((some) => some.length > 0),
          map((some) => total(tallies.key, some)),
        ),
      ),
      finalize(() => server.close()),
    )
    .subscribe({
      next(period) {
        count += period.count;
        console.log(`${period.name}: ${period.sum} of ${period.count}`);
      },
      complete() {
        const seconds = (performance.now() - started) / 1000;
        console.log(`that was all: ${count}, ${Math.round(count / seconds)} a second`);
      },
    });
}

if (isMainThread) serve();
else flood(workerData);
