/**
 * Where is the backpressure of UDP?
 *
 * To the sender there is none: `sendto` returns `null` when the queue of the
 * own machine is full (`sendAll` then waits, with a bound), and says nothing of
 * the receiver. That one takes what it has room for; the rest stays in the
 * kernel's buffer, and what that has no room for is dropped, and counted. Memory
 * is bounded at each place. udp(7), `SO_MEMINFO`
 */
import { count, lastValueFrom, map, range, takeWhile, timer } from 'rxjs';
import { socket } from 'uvsock';
import { AF_INET, SO_MEMINFO, SOCK_DGRAM, SOL_SOCKET } from 'uvsock/constants';
import { mergeRecvfrom, sendAll } from 'uvsock/rx';

using server = socket(AF_INET, SOCK_DGRAM);
server.bind(AF_INET, '127.0.0.1', 0);
using client = socket(AF_INET, SOCK_DGRAM);
client.connect(server.getsockname());
const numbers = range(1, 5000).pipe(map((n) => Buffer.alloc(1000, `${n} `)));
const bounded = sendAll(client, { highWaterMark: 1 << 16, overflow: 'dropOldest' });
const sent = await lastValueFrom(numbers.pipe(bounded, count()));

let done = 0;
const dropped = () => server.getsockopt(SOL_SOCKET, SO_MEMINFO!).drops;
const work = mergeRecvfrom(server, () => timer(1), 4); // four at a time
await work.pipe(takeWhile(() => ++done + dropped() < sent)).forEach(() => {});
console.log(`${sent} sent, ${done} worked on, ${dropped()} dropped by the kernel`);
