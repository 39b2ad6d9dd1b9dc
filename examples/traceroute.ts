/**
 * The routers on the way to a host: datagrams with a growing time to live, and
 * the error queue, which says whose patience each has ended (ip(7), IP_RECVERR).
 * No privilege is needed.
 *
 *     node dist/examples/traceroute.js [--hops N] [address]
 */
import { parseArgs } from 'node:util';
import {
  catchError,
  concatMap,
  defer,
  finalize,
  map,
  merge,
  of,
  range,
  take,
  takeWhile,
  timeout,
} from 'rxjs';
import { socket } from 'uvsock';
import { AF_INET, IP_RECVERR, IP_TTL, IPPROTO_IP, SO_EE_ORIGIN_ICMP, SOCK_DGRAM } from 'uvsock/constants';
import { fromErrorQueue, sendto } from 'uvsock/rx';

const { values, positionals } = parseArgs({
  options: { hops: { type: 'string', default: '30' }, wait: { type: 'string', default: '1000' } },
  allowPositionals: true,
});
const host = positionals[0] ?? '127.0.0.1';
/** Where nobody listens, so that the host itself answers with an error, too: traceroute's tradition. */
const PORT = 33434;

const probe = socket(AF_INET, SOCK_DGRAM);
if (IP_RECVERR === undefined) throw new Error('this system has no error queues');
probe.setsockopt(IPPROTO_IP, IP_RECVERR, true);

/** One hop: who answers a datagram that may pass so many routers. */
const hop = (ttl: number) =>
  defer(() => {
    probe.setsockopt(IPPROTO_IP, IP_TTL, ttl);
    const begin = performance.now();
    const answer = fromErrorQueue(probe).pipe(
      take(1),
      timeout(Number(values.wait)),
      map(({ origin, offender, error }) => ({
        line: `${offender?.address ?? 'this host'}  ${(performance.now() - begin).toFixed(3)} ms  ${error?.code}`,
        // The host's own answer is that its port is unreachable.
        over: origin !== SO_EE_ORIGIN_ICMP || error?.code === 'ECONNREFUSED',
      })),
      catchError(() => of({ line: '*', over: false })),
    );
    const sending = sendto(probe, 'probe', { address: host, port: PORT + ttl }).pipe(concatMap(() => []));
    return merge(answer, sending).pipe(take(1));
  });

range(1, Number(values.hops))
  .pipe(
    concatMap((ttl) => hop(ttl).pipe(map(({ line, over }) => ({ line: `${ttl}  ${line}`, over })))),
    takeWhile(({ over }) => !over, true),
    finalize(() => probe.close()),
  )
  .subscribe(({ line }) => console.log(line));
