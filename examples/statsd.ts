/**
 * Sums metrics that come as datagrams, `NAME:VALUE|c` as statsd has them, by
 * their names; the sender puts many small ones together for the kernel.
 *
 *     node dist/examples/statsd.js [port]
 *     then: echo 'requests:3|c' | nc -u -w 0 127.0.0.1 PORT
 *
 * Without a port it sends itself 50,000 metrics, and stops when it has them.
 */
import { bufferTime, concatMap, filter, finalize, groupBy, map, mergeMap, range, take, timer } from 'rxjs';
import { type BatchedDatagram, socket } from 'uvsock';
import { AF_INET, SOCK_DGRAM } from 'uvsock/constants';
import { fromRecvmmsg, sendBatches } from 'uvsock/rx';

const PERIOD = 200;
const BURSTS = 100;
const BURST = 500;

const port = process.argv[2];
const server = socket(AF_INET, SOCK_DGRAM);
server.bind(AF_INET, '127.0.0.1', Number(port ?? 0));
console.log(`summing on ${server.getsockname()}`);

interface Metric {
  name: string;
  value: number;
}

function parse({ data }: BatchedDatagram): Metric {
  const [, name = '?', value] = /^([\w.]+):(-?\d+)\|c/.exec(data.toString()) ?? [];
  return { name, value: Number(value ?? 0) };
}

const sum = (metrics: Metric[]) => metrics.reduce((total, { value }) => total + value, 0);

let total = 0;
fromRecvmmsg(server, { gro: true })
  .pipe(
    concatMap((batch) => batch),
    map(parse),
    take(port === undefined ? BURSTS * BURST : Number.POSITIVE_INFINITY),
    groupBy(({ name }) => name),
    mergeMap((metrics) =>
      metrics.pipe(
        bufferTime(PERIOD),
        filter((some) => some.length > 0),
        map((some) => ({ name: metrics.key, count: some.length, sum: sum(some) })),
      ),
    ),
    finalize(() => server.close()),
  )
  .subscribe({
    next: ({ name, count, sum }) => {
      total += sum;
      console.log(`${name}: ${sum} of ${count}`);
    },
    complete: () => console.log(`that was all: ${total}`),
  });

if (port === undefined) {
  const client = socket(AF_INET, SOCK_DGRAM);
  timer(0, 1)
    .pipe(
      take(BURSTS),
      concatMap(() => range(0, BURST)),
      map((i) => `${i < BURST / 2 ? 'requests' : 'failures'}:1|c`),
      sendBatches(client, { address: server.getsockname() }),
      finalize(() => client.close()),
    )
    .subscribe();
}
