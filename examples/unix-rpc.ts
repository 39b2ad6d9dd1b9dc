/**
 * Requests and replies over a Unix socket, as messages of JSON with their
 * lengths before them. Replies may come in any order.
 *
 *     node dist/examples/unix-rpc.js
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  concatMap,
  defer,
  delay,
  EMPTY,
  filter,
  finalize,
  map,
  merge,
  type Observable,
  of,
  take,
} from 'rxjs';
import { lengthPrefixed, listen, mergeRecv, send, serve, socketSubject, toLengthPrefixed } from 'uvsock/rx';

interface Request {
  id: number;
  add: number[];
  /** How many milliseconds the answer takes. */
  after: number;
}
interface Reply {
  id: number;
  sum: number;
}

const folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
const path = join(folder, 'sums');
const listener = listen({ path, mode: 0o600 });

/** Works on ten requests of a connection at once; the next are not even read. */
const serving = serve(listener, (connection) =>
  mergeRecv(
    connection,
    (message: Buffer) => {
      const { id, add, after }: Request = JSON.parse(String(message));
      const reply: Reply = { id, sum: add.reduce((sum, term) => sum + term, 0) };
      return of(JSON.stringify(reply)).pipe(
        delay(after),
        toLengthPrefixed(),
        concatMap((bytes) => send(connection, bytes)),
      );
    },
    { through: lengthPrefixed(), concurrent: 10 },
  ),
).subscribe();

const server = socketSubject<Reply, Request>({
  connect: { path },
  framing: { decode: lengthPrefixed(), encode: toLengthPrefixed() },
});
let lastId = 0;

function sum(add: number[], after: number): Observable<string> {
  const id = ++lastId;
  const reply = server.pipe(
    filter((each) => each.id === id),
    take(1),
    map((each) => `${add.join(' + ')} = ${each.sum}`),
  );
  const request = defer(() => {
    server.next({ id, add, after });
    return EMPTY;
  });
  return merge(reply, request);
}

merge(sum([1, 2, 3], 60), sum([4, 5], 30), sum([6], 0))
  .pipe(
    finalize(() => {
      serving.unsubscribe();
      listener.close();
      rmSync(folder, { recursive: true });
    }),
  )
  .subscribe(console.log);
