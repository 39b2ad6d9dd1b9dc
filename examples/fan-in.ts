/**
 * Several sources into one sink with bounded memory: the lines of all
 * connections go on over one, which is slow. What it has no room for is not
 * read, and waits with those who send it.
 *
 *     node dist/examples/fan-in.js
 */
import { concatMap, count, finalize, lastValueFrom, range, Subject, timer } from 'rxjs';
import { dial, lines, listen, mergeAccept, mergeRecv, send, serve, withSocket } from 'uvsock/rx';

const SOURCES = 3;
const BLOCKS = 40;
const BLOCK = 'a line of some length, as a log has them\n'.repeat(2000);

const sink = listen({ host: '127.0.0.1', port: 0 });
const entrance = listen({ host: '127.0.0.1', port: 0 });

/** Takes a millisecond for each chunk. */
let received = 0;
const sinking = mergeAccept(sink, (connection) =>
  mergeRecv(connection, (chunk) => {
    for (const byte of chunk) if (byte === 10) received++;
    return timer(1);
  }),
).subscribe();

/** Reads on from a source when its lines are with the kernel, on their way to the sink. */
const done = new Subject<void>();
let ended = 0;
const fanIn = dial(sink.getsockname()).pipe(
  withSocket((out) =>
    serve(
      entrance,
      (source, _address, number) =>
        mergeRecv(source, (line) => send(out, `${number} ${line}\n`), { through: lines() }).pipe(
          finalize(() => ++ended === SOURCES && done.next()),
        ),
      { until: done },
    ),
  ),
);

/** Sends as fast as it may. */
for (let source = 0; source < SOURCES; source++) {
  dial(entrance.getsockname())
    .pipe(withSocket((source) => range(0, BLOCKS).pipe(concatMap(() => send(source, BLOCK)))))
    .subscribe();
}

const before = process.memoryUsage.rss();
let most = before;
const watching = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 10);
const total = await lastValueFrom(fanIn.pipe(count()));
clearInterval(watching);
sinking.unsubscribe();
sink.close();
console.log(`${total} lines sent on, ${received} received`);
console.log(`resident memory grew by ${Math.round((most - before) / 2 ** 20)} MB`);
