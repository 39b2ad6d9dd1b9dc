/**
 * A chat server: a line that one says all others hear. Who does not read loses
 * the oldest lines, and holds up nobody.
 *
 *     node dist/examples/chat.js [port]      then, twice or more: nc 127.0.0.1 PORT
 */
import { filter, fromEvent, map, merge, Subject, startWith, tap } from 'rxjs';
import { duplex, fromRecv, lines, listen, sendAll, serve, toLines } from 'uvsock/rx';

const room = new Subject<{ by: number; text: string }>();

const listener = listen({ host: '127.0.0.1', port: Number(process.argv[2] ?? 0) });
console.log(`chatting on ${listener.getsockname()}`);

serve(
  listener,
  (connection, _address, number) =>
    duplex(
      fromRecv(connection).pipe(
        lines(),
        tap((text) => room.next({ by: number, text })),
      ),
      room.pipe(
        filter(({ by }) => by !== number),
        map(({ by, text }) => `guest ${by}: ${text}`),
        startWith(`you are guest ${number}`),
        toLines(),
        sendAll(connection, { highWaterMark: 65_536, overflow: 'dropOldest' }),
      ),
    ),
  { until: merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM')), grace: 0 },
).subscribe();
