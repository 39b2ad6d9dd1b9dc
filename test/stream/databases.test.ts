/** That clients of databases run on SocketStream unchanged, against real servers. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import type { Context } from 'mocha';
import { Client } from 'pg';
import { SocketStream } from 'uvsock/stream';
import { skip } from '../support/probes.ts';
import { needs, start } from '../support/programs.ts';
import { turnFor } from '../support/sockets.ts';

/** Debian keeps the server's programs of each version beside each other, and none in the PATH. */
function postgresPrograms(test: Context): string {
  const root = '/usr/lib/postgresql';
  const [newest] = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return newest === undefined ? skip(test, 'PostgreSQL is not installed here') : join(root, newest, 'bin');
}

/** PostgreSQL refuses to run as root: there it runs as the user that its package makes. */
function asPostgres(folder: string): string[] {
  if (process.getuid?.() !== 0) return [];
  const [uid, gid] = ['-u', '-g'].map((which) => Number(execFileSync('id', [which, 'postgres'])));
  chownSync(folder, uid as number, gid as number);
  return ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--'];
}

/** What `ask` answers, as soon as the server does. */
async function whenUp<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      // Not listening yet, or starting up (57P03).
      if (!['ENOENT', 'ECONNREFUSED', '57P03'].includes((error as NodeJS.ErrnoException).code ?? ''))
        throw error;
      await turnFor(20);
    }
  }
}

describe('against a server run', function () {
  this.timeout(60_000);
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
    chmodSync(folder, 0o755);
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('pg, with queries of every size', async function () {
    const programs = postgresPrograms(this);
    const [program, ...prefix] = [...asPostgres(folder), join(programs, 'initdb')];
    const data = join(folder, 'data');
    const made = spawnSync(program as string, [
      ...prefix,
      ...['--pgdata', data, '--username=tester', '--auth=trust', '--no-sync', '--no-instructions'],
    ]);
    expect(made.status, String(made.stderr)).to.equal(0);
    const [run, ...before] = [...asPostgres(folder), join(programs, 'postgres')];
    await using server = start(
      run as string,
      ...before,
      ...['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off', '-F'],
    );
    server.stderr.resume();
    const client = await whenUp(async () => {
      const connecting = new Client({
        host: folder,
        user: 'tester',
        database: 'postgres',
        stream: () => new SocketStream(),
      });
      await connecting.connect();
      return connecting;
    });
    for (const n of [1, 2, 3]) {
      const { rows } = await client.query('select $1::int * 2 as twice', [n]);
      expect(rows).to.deep.equal([{ twice: 2 * n }]);
    }
    const long = 'x'.repeat(2_000_000);
    const { rows } = await client.query('select $1::text as same', [long]);
    expect(rows[0].same === long).to.equal(true);
    const many = await client.query('select generate_series(1, 50000) as n');
    expect(many.rows.at(-1)).to.deep.equal({ n: 50000 });
    await client.end();
    server.kill('SIGINT'); // ends at once, and removes its shared memory
    await once(server, 'exit');
  });

  it('ioredis, with commands, pipelines and subscriptions', async function () {
    needs(this, 'redis-server');
    const path = join(folder, 'redis');
    await using server = start(
      'redis-server',
      ...['--port', '0', '--unixsocket', path, '--save', '', '--dir', folder],
    );
    server.stdout.resume();
    await whenUp(async () => {
      const probe = new SocketStream().connect(path);
      await once(probe, 'connect');
      probe.destroy();
    });

    class Connector {
      #stream: SocketStream | null = null;
      check() {
        return true;
      }
      async connect() {
        this.#stream = new SocketStream().connect(path);
        return this.#stream as never;
      }
      disconnect() {
        this.#stream?.end();
      }
    }
    const [client, subscriber] = [0, 1].map(() => new Redis({ Connector: Connector as never })) as [
      Redis,
      Redis,
    ];
    const big = Buffer.alloc(3_000_000, 'r');
    await client.set('big', big);
    expect((await client.getBuffer('big'))?.equals(big)).to.equal(true);
    const pipelined = client.pipeline();
    for (let i = 0; i < 1000; i++) pipelined.incr('count');
    await pipelined.exec();
    expect(await client.get('count')).to.equal('1000');
    await subscriber.subscribe('news');
    const heard = once(subscriber, 'message');
    await client.publish('news', 'hello');
    expect(await heard).to.deep.equal(['news', 'hello']);
    const ended = [client, subscriber].map((each) => once(each, 'end'));
    await Promise.all([client.quit(), subscriber.quit()]);
    await Promise.all(ended);
  });
});
