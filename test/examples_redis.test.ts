/** The example that needs a Redis server. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Socket, socket } from 'uvsock';
import { AF_INET, SOCK_DGRAM } from 'uvsock/constants';
import { SocketStream } from 'uvsock/stream';
import { lineOf, needs, start } from './support/programs.ts';
import { closed, turnFor } from './support/sockets.ts';

const MOST = 50;
const BATCH = 100;

const example = (...args: string[]) =>
  start(process.execPath, fileURLToPath(new URL('../examples/redis-streams.js', import.meta.url)), ...args);

describe('the example redis-streams', function () {
  this.timeout(60_000);
  let folder: string;
  let path: string;

  before(function () {
    needs(this, 'redis-server');
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
    path = join(folder, 'redis');
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function redis() {
    const server = start(
      'redis-server',
      ...['--port', '0', '--unixsocket', path, '--save', '', '--dir', folder],
    );
    server.stdout.resume();
    for (;;) {
      const probe = new SocketStream().connect(path);
      const up = await once(probe, 'connect').then(
        () => true,
        () => false,
      );
      probe.destroy();
      if (up) return server;
      await turnFor(20);
    }
  }

  /** An ingesting process, and a socket that sends to it. */
  async function ingesting() {
    const program = example('ingest', '--redis', path, '--most', String(MOST));
    const [, port] = await lineOf(program.stdout, /collecting on 127\.0\.0\.1:(\d+)\n/);
    const [sender] = closed([socket(AF_INET, SOCK_DGRAM)]);
    sender.connect(AF_INET, '127.0.0.1', Number(port));
    return { program, sender };
  }

  function send(sender: Socket, from: number, to: number): void {
    for (let i = from; i < to; i++) sender.send(Buffer.from(`metric ${i}\n`));
  }

  it('brings what is sent to the consumers of a group, once', async () => {
    await using server = await redis();
    const ingest = await ingesting();
    await using program = ingest.program;
    for (let sent = 0; sent < 200; sent += MOST) {
      send(ingest.sender, sent, sent + MOST);
      await lineOf(
        program.stdout,
        RegExp(`received ${sent + MOST}, added ${sent + MOST}, dropped 0, waiting 0\n`),
      );
    }
    for (const [name, count, sum] of [
      ['one', 100, 4950],
      ['two', 100, 14_950],
    ] as const) {
      await using consumer = example('consume', '--redis', path, '--name', name, '--count', String(count));
      expect(await text(consumer.stdout)).to.equal(`${count} entries, their sum is ${sum}\n`);
    }
    program.kill('SIGINT');
    await once(program, 'exit');
    expect(program.exitCode).to.equal(0);
    server.kill();
  });

  it('drops and counts what a slow Redis leaves no room for', async () => {
    await using server = await redis();
    const ingest = await ingesting();
    await using program = ingest.program;
    send(ingest.sender, 0, 1);
    await lineOf(program.stdout, /received 1, added 1, dropped 0, waiting 0\n/);
    server.kill('SIGSTOP');
    send(ingest.sender, 0, 200);
    const [, added, dropped, waiting] = await lineOf(
      program.stdout,
      /received 201, added (\d+), dropped (\d+), waiting (\d+)\n/,
    );
    expect(Number(waiting)).to.be.within(1, MOST + BATCH);
    expect(Number(added) + Number(dropped) + Number(waiting)).to.equal(201);
    expect(Number(dropped)).to.be.at.least(200 - MOST - BATCH);
    server.kill('SIGCONT');
    await lineOf(
      program.stdout,
      RegExp(`received 201, added ${201 - Number(dropped)}, dropped ${dropped}, waiting 0\n`),
    );
  });

  it('goes on when a Redis that was away is back', async () => {
    let ingest: Awaited<ReturnType<typeof ingesting>>;
    {
      await using server = await redis();
      ingest = await ingesting();
      send(ingest.sender, 0, 1);
      await lineOf(ingest.program.stdout, /added 1, dropped 0, waiting 0\n/);
      // So that it dies with commands that it has not answered.
      server.kill('SIGSTOP');
      send(ingest.sender, 0, 20);
      await lineOf(ingest.program.stdout, /received 21, added 1, dropped 0, waiting 20\n/);
    }
    await using program = ingest.program;
    send(ingest.sender, 0, 20);
    await lineOf(program.stdout, /received 41, added 1, dropped 0, waiting 40\n/);
    rmSync(path, { force: true });
    await using _again = await redis();
    await lineOf(program.stdout, /received 41, added 41, dropped 0, waiting 0\n/);
  });
});
