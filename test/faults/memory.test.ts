import { expect } from 'chai';
import { lastValueFrom } from 'rxjs';
import { type Socket, socket } from 'uvsock';
import { AF_INET, SOCK_STREAM } from 'uvsock/constants';
import { end, reader, send } from 'uvsock/rx';
import { lineOf, start } from '../support/programs.ts';
import { expectResidentBelow } from '../support/resident.ts';
import { scaled } from '../support/scale.ts';
import { closed } from '../support/sockets.ts';

/** In megabytes: V8 ends a process that needs more. */
const HEAP = 32;

/** So many megabytes a server may have at any time, with what is outside of the heap, on every kind of load. */
const RESIDENT = 250;

/** A server under a heap so small; it tells its port, and at last the most memory that it had. */
function server(program: string) {
  return start(
    process.execPath,
    `--max-old-space-size=${HEAP}`,
    '--input-type=module',
    '--eval',
    `
    import { concatMap, interval } from 'rxjs';
    import { listen, mergeAccept, mergeRecv, send, sendAll } from 'uvsock/rx';
    const listener = listen({ host: '127.0.0.1', port: 0 });
    console.log('port', listener.getsockname().port);
    process.on('SIGTERM', () => {
      console.log('resident', Math.round(process.resourceUsage().maxRSS / 1024));
      process.exit();
    });
    ${program}`,
  );
}

function connected(port: string): Socket {
  const [client] = closed([socket(AF_INET, SOCK_STREAM)]);
  client.connect(AF_INET, '127.0.0.1', Number(port));
  return client;
}

/** Sends so many bytes and has them back, checked. */
async function echoed(port: string, message: Buffer): Promise<boolean> {
  const client = connected(port);
  const [, back] = await Promise.all([
    lastValueFrom(send(client, message)),
    reader(client).exactly(message.length),
  ]);
  await lastValueFrom(end(client), { defaultValue: null });
  return back.equals(message);
}

async function residentAfter(process: ReturnType<typeof server>): Promise<number> {
  process.kill('SIGTERM');
  const [, resident] = await lineOf(process.stdout, /resident (\d+)/);
  console.log(`      at most ${resident} MB resident, with ${HEAP} MB of heap`);
  return Number(resident);
}

describe('a heap that is small', function () {
  this.timeout(300_000);
  const message = Buffer.alloc(1 << 20, 'flood, ebb and ');

  it('is enough for an echo under a flood, and beside those who send and never read', async () => {
    await using serving = server(
      'mergeAccept(listener, (connection) => mergeRecv(connection, (chunk) => send(connection, chunk)), { onError() {} }).subscribe();',
    );
    const [, port] = (await lineOf(serving.stdout, /port (\d+)/)) as unknown as [string, string];
    for (let i = 0; i < scaled(30, 300); i++) send(connected(port), message).subscribe({ error() {} });
    const rounds = scaled(4, 100);
    for (let round = 0; round < rounds; round++) {
      const echoes = await Promise.all(Array.from({ length: 10 }, () => echoed(port, message)));
      expect(echoes).to.not.include(false);
    }
    expectResidentBelow(await residentAfter(serving), RESIDENT);
  });

  it('is enough for whoever pushes more than anybody reads', async () => {
    await using serving = server(`
      const block = Buffer.alloc(1 << 16);
      const blocks = interval(1).pipe(concatMap(() => Array.from({ length: 20 }, () => block)));
      mergeAccept(listener, (connection) => blocks.pipe(sendAll(connection, { overflow: 'dropOldest' })), {
        onError() {},
      }).subscribe();`);
    const [, port] = (await lineOf(serving.stdout, /port (\d+)/)) as unknown as [string, string];
    const readers = Array.from({ length: 10 }, () => connected(port));
    await new Promise((resolve) => setTimeout(resolve, scaled(500, 20_000)));
    expectResidentBelow(await residentAfter(serving), RESIDENT);
    for (const each of readers) each.close();
  });
});
