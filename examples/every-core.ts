/**
 * A server that uses every core: one worker for each, all of them listening on
 * one port (SO_REUSEPORT), so that the kernel shares connections out.
 *
 *     node dist/examples/every-core.js [--serve] [--port 7007]
 *
 * Without `--serve` it asks itself, shows who answered, and ends.
 */

import { parseArgs } from 'node:util';
import { isMainThread, threadId } from 'node:worker_threads';
import { from, lastValueFrom, mergeMap, range, reduce } from 'rxjs';
import { groupMember, reusePortGroup } from 'uvsock/process';
import { dial, mergeRecv, reader, send, serve, withSocket } from 'uvsock/rx';

const CLIENTS = 200;

function member(): void {
  const { listener, draining, grace } = groupMember();
  serve(
    listener,
    (connection) => mergeRecv(connection, (chunk) => send(connection, `${threadId} ${chunk}`)),
    {
      until: draining,
      grace,
    },
  ).subscribe();
}

/** So many answers by each worker. */
function ask(port: number): Promise<Map<string, number>> {
  return lastValueFrom(
    range(CLIENTS).pipe(
      mergeMap(
        () =>
          dial({ host: '127.0.0.1', port }).pipe(
            withSocket((socket) =>
              send(socket, 'hello\n').pipe(mergeMap(() => from(reader(socket).until('\n')))),
            ),
          ),
        50,
      ),
      reduce((counts, answer) => {
        const [who] = answer.toString().split(' ') as [string];
        return counts.set(who, (counts.get(who) ?? 0) + 1);
      }, new Map<string, number>()),
    ),
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { serve: { type: 'boolean', default: false }, port: { type: 'string', default: '0' } },
  });
  const group = await reusePortGroup(new URL(import.meta.url), {
    host: '127.0.0.1',
    port: Number(values.port),
  });
  console.log(`${group.listening} workers on ${group.address}`);
  if (values.serve) {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => group.close());
    return;
  }
  for (const [who, count] of await ask(group.address.port as number)) console.log(`worker ${who}: ${count}`);
  await group.close();
  console.log('all have ended');
}

if (isMainThread) await main();
else member();
