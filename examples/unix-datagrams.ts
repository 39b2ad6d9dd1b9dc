/**
 * Unix datagrams, which node:dgram does not have: three requests and their
 * answers, between a named socket and one whose name the kernel chose.
 *
 *     node dist/examples/unix-datagrams.js
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concatMap, finalize, from, map, merge, mergeMap, take, tap } from 'rxjs';
import { socket } from 'uvsock';
import { AF_UNIX, SOCK_DGRAM } from 'uvsock/constants';
import { fromRecvfrom, sendto } from 'uvsock/rx';

const folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
const server = socket(AF_UNIX, SOCK_DGRAM);
server.bind(AF_UNIX, join(folder, 'server'));
const client = socket(AF_UNIX, SOCK_DGRAM);
client.bind(AF_UNIX, ''); // an abstract name of the kernel's choice

const serving = fromRecvfrom(server)
  .pipe(mergeMap(({ data, address }) => sendto(server, data.toString().toUpperCase(), address!)))
  .subscribe();

merge(
  from(['one', 'two', 'three']).pipe(
    concatMap((word) => sendto(client, word, server.getsockname())),
    map(() => ''),
  ),
  fromRecvfrom(client).pipe(
    take(3),
    map(({ data, address }) => `${data} from ${address}`),
    tap((line) => console.log(line)),
  ),
)
  .pipe(
    finalize(() => {
      serving.unsubscribe();
      for (const each of [server, client]) each.close();
      rmSync(folder, { recursive: true });
    }),
  )
  .subscribe();
