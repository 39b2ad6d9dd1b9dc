import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ignoreElements, lastValueFrom, merge, type Observable, reduce, tap } from 'rxjs';
import type { Socket } from 'uvsock';
import { SHUT_WR } from 'uvsock/constants';
import {
  dial,
  fromRecv,
  listen,
  mergeRecv,
  mergeRecvfrom,
  pump,
  send,
  sendto,
  serve,
  withSocket,
} from 'uvsock/rx';
import { lineOf, needs, run, start } from '../support/programs.ts';
import { closed, udpSocket } from '../support/sockets.ts';

const echo = (connection: Socket) => mergeRecv(connection, (chunk) => send(connection, chunk));

describe('programs of the system', function () {
  this.timeout(60_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Listens, and serves until the test is over. */
  function serving(listener: Socket, handler: (connection: Socket) => Observable<number>): Socket {
    const subscription = serve(listener, handler).subscribe();
    closed([listener, { [Symbol.dispose]: () => subscription.unsubscribe() }]);
    return listener;
  }

  it('nc gets its megabyte back from a server', async function () {
    needs(this, 'nc');
    const { port } = serving(listen({ host: '127.0.0.1', port: 0 }), echo).getsockname();
    const input = 'a line of text for nc\n'.repeat(50_000);
    const { status, output } = await run('nc', ['-N', '127.0.0.1', String(port)], input);
    expect(output === input, 'the echo is the input').to.equal(true);
    expect(status).to.equal(0);
  });

  it('socat gets its megabyte back over a Unix socket', async function () {
    needs(this, 'socat');
    const path = join(folder, 'echo');
    serving(listen({ path }), echo);
    const input = 'a line of text for socat\n'.repeat(50_000);
    const { output } = await run('socat', ['-t', '5', '-', `UNIX-CONNECT:${path}`], input);
    expect(output === input, 'the echo is the input').to.equal(true);
  });

  it('socat gets its datagram back', async function () {
    needs(this, 'socat');
    const [socket] = closed([udpSocket()]);
    const answering = mergeRecvfrom(socket, ({ data, address }) =>
      sendto(socket, data, address!),
    ).subscribe();
    const { port } = socket.getsockname();
    const { output } = await run('socat', ['-t', '1', '-', `UDP:127.0.0.1:${port}`], 'datagram');
    expect(output).to.equal('datagram');
    answering.unsubscribe();
  });

  it('socat as a server answers a client that half-closes', async function () {
    needs(this, 'socat');
    await using server = start('socat', '-d', '-d', 'TCP-LISTEN:0,bind=127.0.0.1', 'EXEC:cat');
    const [, port] = await lineOf(server.stderr, /listening on AF=2 127\.0\.0\.1:(\d+)/);
    const answer = dial({ host: '127.0.0.1', port: Number(port) }).pipe(
      withSocket((connection) => {
        const question = send(connection, 'hello socat').pipe(
          tap({ complete: () => connection.shutdown(SHUT_WR) }),
          ignoreElements(),
        );
        return merge(question, fromRecv(connection).pipe(reduce((all, chunk) => all + chunk, '')));
      }),
    );
    expect(await lastValueFrom(answer)).to.equal('hello socat');
  });

  it('redis-benchmark reaches redis-server through a proxy made of pumps', async function () {
    needs(this, 'redis-server', 'redis-benchmark', 'redis-cli');
    const path = join(folder, 'redis');
    await using server = start(
      'redis-server',
      ...['--port', '0', '--unixsocket', path, '--save', '', '--appendonly', 'no', '--dir', folder],
    );
    await lineOf(server.stdout, /ready to accept connections/i);
    const { port } = serving(listen({ host: '127.0.0.1', port: 0 }), (client) =>
      dial({ path }).pipe(withSocket((redis) => merge(pump(client, redis), pump(redis, client)))),
    ).getsockname();
    const requests = 20_000;
    const benchmark = await run('redis-benchmark', [
      ...['-h', '127.0.0.1', '-p', String(port), '-n', String(requests), '-c', '50', '-P', '16'],
      ...['-d', '1000', '-r', '1000', '-t', 'set,get,lrange_100', '--csv'],
    ]);
    expect(benchmark.status, benchmark.errors).to.equal(0);
    expect(benchmark.output).to.match(/^"SET",.*^"GET",.*^"LRANGE_100/ms);
    const { output } = await run('redis-cli', ['-h', '127.0.0.1', '-p', String(port), 'INFO', 'stats']);
    expect(Number(/total_commands_processed:(\d+)/.exec(output)?.[1])).to.be.at.least(3 * requests);
  });
});
