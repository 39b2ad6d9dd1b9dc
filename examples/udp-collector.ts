/**
 * Collects metrics that come as datagrams, at most so many in a period: the
 * rest waits in the kernel, which drops what its buffer has no room for.
 *
 *     node dist/examples/udp-collector.js [port]
 *     then: echo 'requests 3' | nc -u -w 0 127.0.0.1 PORT
 *
 * Without a port it sends itself 200 datagrams, and stops when it has them.
 */
import {
  bufferTime,
  concatMap,
  filter,
  finalize,
  interval,
  map,
  range,
  Subject,
  scan,
  takeWhile,
  tap,
} from 'rxjs';
import { socket } from 'uvsock';
import { AF_INET, SOCK_DGRAM } from 'uvsock/constants';
import { type Datagram, fromRecvfrom, sendto } from 'uvsock/rx';

const PERIOD = 100;
const MOST = 50;
const OWN = 200;

const port = process.argv[2];
const collector = socket(AF_INET, SOCK_DGRAM);
collector.bind(AF_INET, '127.0.0.1', Number(port ?? 0));
console.log(`collecting on ${collector.getsockname()}`);

/** Lets `MOST` datagrams pass in each period. */
const full = new Subject<boolean>();
let count = 0;
const periods = interval(PERIOD).subscribe(() => {
  count = 0;
  full.next(false);
});

/** The sums of the metrics by name. */
function sums(datagrams: Datagram[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const { data } of datagrams) {
    const [name = '', value] = data.toString().trim().split(' ');
    totals[name] = (totals[name] ?? 0) + Number(value);
  }
  return totals;
}

fromRecvfrom(collector, { pauseWhile: full })
  .pipe(
    tap(() => full.next(++count === MOST)),
    bufferTime(PERIOD),
    filter((datagrams) => datagrams.length > 0),
    tap((datagrams) => console.log(`${datagrams.length} datagrams:`, sums(datagrams))),
    scan((total, datagrams) => total + datagrams.length, 0),
    takeWhile((total) => port !== undefined || total < OWN),
    finalize(() => {
      periods.unsubscribe();
      collector.close();
    }),
  )
  .subscribe({ complete: () => console.log('that was all') });

if (port === undefined) {
  const client = socket(AF_INET, SOCK_DGRAM);
  range(0, OWN)
    .pipe(
      map((number) => `metric-${number % 3} ${number}`),
      concatMap((metric) => sendto(client, metric, collector.getsockname())),
      finalize(() => client.close()),
    )
    .subscribe();
}
