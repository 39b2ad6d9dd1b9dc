/**
 * An echo of datagrams in batches: one call receives as many as are there, one
 * sends them back, and neither copies them. What the kernel has put together
 * (GRO) goes back in one piece, to be taken apart by it (GSO).
 *
 *     node dist/examples/udp-echo.js [port]
 *     then: nc -u 127.0.0.1 PORT
 *
 * Without a port it asks itself 20,000 times, and stops when it has the answers.
 */
import { concatMap, EMPTY, finalize, from, range, scan, take, takeWhile, tap, toArray } from 'rxjs';
import { DatagramBatch, type Socket, socket } from 'uvsock';
import { AF_INET, SOCK_DGRAM } from 'uvsock/constants';
import { fromRecvmmsg, mergeRecvmmsg } from 'uvsock/rx';

const port = process.argv[2];
const ROUNDS = 100;
const QUESTIONS = 200;

/** Sends a batch back where it came from. What the kernel has no room for is dropped, as on any network. */
function sendBack(server: Socket, batch: DatagramBatch): void {
  for (let start = 0; start < batch.filled; ) {
    try {
      const n = server.sendmmsg(batch, { start });
      if (n === null) return;
      start += n;
    } catch {
      start++; // nobody can answer a datagram whose source port is 0, which anybody can send
    }
  }
}

const server = socket(AF_INET, SOCK_DGRAM);
server.bind(AF_INET, '127.0.0.1', Number(port ?? 0));
console.log(`echoing on ${server.getsockname()}`);

mergeRecvmmsg(
  server,
  (batch) => {
    sendBack(server, batch);
    return EMPTY;
  },
  { gro: true, reuse: true },
).subscribe();

/** Sends numbered questions, 8 bytes each, and completes with the last answer. */
function ask(client: Socket, round: number) {
  const questions = new DatagramBatch({ count: QUESTIONS, size: 8 });
  const data = Buffer.alloc(8 * QUESTIONS);
  for (let i = 0; i < QUESTIONS; i++) data.writeBigUInt64BE(BigInt(round * QUESTIONS + i), 8 * i);
  questions.pushSegmented(data, 8);
  client.sendmmsg(questions);
  return fromRecvmmsg(client, { gro: true }).pipe(
    concatMap((answers) => from(answers)),
    take(QUESTIONS),
    toArray(),
    tap((answers) => {
      if (Buffer.concat(answers.map((answer) => answer.data)).compare(data) !== 0) throw new Error('wrong');
    }),
  );
}

if (port === undefined) {
  const client = socket(AF_INET, SOCK_DGRAM);
  client.connect(server.getsockname());
  range(0, ROUNDS)
    .pipe(
      concatMap((round) => ask(client, round)),
      scan((total, answers) => total + answers.length, 0),
      takeWhile((total) => total < ROUNDS * QUESTIONS, true),
      finalize(() => {
        client.close();
        server.close();
      }),
    )
    .subscribe((total) => {
      if (total % 5000 === 0) console.log(`${total} answers, every byte as it was sent`);
    });
}
