import { expect } from 'chai';
import { lastValueFrom } from 'rxjs';
import { socket } from 'uvsock';
import { AF_INET, SOCK_STREAM } from 'uvsock/constants';
import { fromConnect, reader, send } from 'uvsock/rx';
import { runProgram } from '../fixtures/run.ts';
import { lineOf, start } from '../support/programs.ts';
import { scaled } from '../support/scale.ts';

const LIMIT = 200;

/** Takes all descriptors but `spare`; the call that it returns gives them back. */
const SHORTAGE = `
  import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs';
  function takeAllBut(spare) {
    const held = [];
    try { for (;;) held.push(openSync('/dev/null')); } catch {}
    const giveBack = (count) => held.splice(0, count).forEach((fd) => closeSync(fd));
    giveBack(spare);
    return () => giveBack(held.length);
  }
  const isSocket = (fd) => { try { return readlinkSync('/proc/self/fd/' + fd).startsWith('socket:'); } catch { return false; } };
  const count = () => readdirSync('/proc/self/fd').length;
  const codeOf = (call) => { try { call(); return 'no error'; } catch ({ code }) { return code; } };
  const say = (...values) => console.log(JSON.stringify(values));
  console.log(); // its stream is made, and has what descriptors it needs
`;

/** What a program says under a limit of descriptors. */
async function said(program: string): Promise<unknown[]> {
  const { status, output, stdout } = await runProgram(SHORTAGE + program, { limit: LIMIT });
  expect(status, output).to.equal(0);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

describe('the limit of descriptors', function () {
  this.timeout(120_000);

  it('is an error of socket, socketpair and accept, which take nothing then, and work again later', async () => {
    expect(
      await said(`
        const listener = socket(c.AF_INET, c.SOCK_STREAM);
        listener.listen();
        const client = socket(c.AF_INET, c.SOCK_STREAM);
        client.connect(c.AF_INET, '127.0.0.1', listener.getsockname().port);
        const before = count();
        for (const spare of [0, 1]) {
          const giveBack = takeAllBut(spare);
          say(codeOf(() => socketpair(c.AF_UNIX, c.SOCK_STREAM)));
          if (spare === 0) say(codeOf(() => socket(c.AF_INET, c.SOCK_STREAM)), codeOf(() => listener.accept()));
          else socket(c.AF_INET, c.SOCK_STREAM).close();
          giveBack();
        }
        for (const each of [listener.accept().socket, ...socketpair(c.AF_UNIX, c.SOCK_STREAM)]) each.close();
        say(count() - before);
      `),
    ).to.deep.equal([['EMFILE'], ['EMFILE', 'EMFILE'], ['EMFILE'], [0]]);
  });

  it('leaves what is connecting with an error, and nothing behind', async () => {
    expect(
      await said(`
        import { lastValueFrom, retry, timer } from 'rxjs';
        import { dial, fromConnect, listen } from 'uvsock/rx';
        const listener = listen({ host: '127.0.0.1', port: 0 });
        const { port } = listener.getsockname();
        const before = count();
        const giveBack = takeAllBut(0);
        say(await lastValueFrom(dial({ host: '127.0.0.1', port })).catch(({ code }) => code));
        say(await lastValueFrom(fromConnect(() => socket(c.AF_INET, c.SOCK_STREAM), listener.getsockname())).catch(({ code }) => code));
        say(codeOf(() => listen({ host: '127.0.0.1', port: 0 })));
        const persistent = lastValueFrom(dial({ host: '127.0.0.1', port }).pipe(retry({ delay: () => timer(5) })));
        setTimeout(giveBack, 20);
        (await persistent).close();
        listener.accept().socket.close();
        say(count() - before);
      `),
    ).to.deep.equal([['EMFILE'], ['EMFILE'], ['EMFILE'], [0]]);
  });

  it('cuts what a message carries, tells so, and loses no descriptor', async () => {
    expect(
      await said(`
        const [a, b] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
        const pairs = Array.from({ length: 10 }, () => socketpair(c.AF_UNIX, c.SOCK_STREAM));
        const control = [{ level: c.SOL_SOCKET, type: c.SCM_RIGHTS, data: pairs.map(([given]) => given) }];
        const before = count();
        for (const spare of [0, 4, 10]) {
          a.sendmsg({ data: Buffer.from('x'), control });
          const giveBack = takeAllBut(spare);
          const message = b.recvmsg(Buffer.alloc(1));
          const fds = message.control.flatMap(({ data }) => data);
          giveBack();
          say(message.bytes, (message.flags & c.MSG_CTRUNC) !== 0, fds.length, count() - before);
          for (const fd of fds) fd.close();
        }
        for (const [given] of pairs) given.close();
        // Nobody else has them: their peers see the end.
        say(pairs.every(([, peer]) => peer.recv(Buffer.alloc(1)) === 0), before - count());
      `),
    ).to.deep.equal([
      [1, true, 0, 0],
      [1, true, 4, 4],
      [1, false, 10, 10],
      [true, 10],
    ]);
  });

  it('is nothing to adopting, watching and sending, which need no descriptor', async () => {
    expect(
      await said(`
        import { lastValueFrom } from 'rxjs';
        import { fromRecv, send } from 'uvsock/rx';
        const [a, b] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
        const fd = b.detach();
        const giveBack = takeAllBut(0);
        const adopted = Socket.adopt(fd);
        const received = lastValueFrom(fromRecv(adopted));
        await ready(a, 'writable');
        await lastValueFrom(send(a, 'x'));
        a.shutdown(1);
        say(String(await received));
        giveBack();
      `),
    ).to.deep.equal([['x']]);
  });

  it('lets a file that has begun wait, and one that has not fail', async () => {
    expect(
      await said(`
        import { writeFileSync, rmSync } from 'node:fs';
        import { tmpdir } from 'node:os';
        import { join } from 'node:path';
        import { lastValueFrom } from 'rxjs';
        import { sendfile } from 'uvsock/rx';
        const file = join(tmpdir(), 'uvsock-limit-' + process.pid);
        writeFileSync(file, Buffer.alloc(8 << 20));
        const [a, b] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
        const before = count();
        let giveBack = takeAllBut(0);
        say(await lastValueFrom(sendfile(a, file)).catch(({ code }) => code));
        giveBack();
        const sent = lastValueFrom(sendfile(a, file));
        await ready(b, 'readable');
        giveBack = takeAllBut(0);
        setTimeout(giveBack, 50);
        const buffer = Buffer.alloc(1 << 16);
        for (let total = 0; total < 8 << 20; ) {
          const n = b.recv(buffer);
          if (n === null) await ready(b, 'readable');
          else total += n;
        }
        say(await sent);
        await new Promise((resolve) => setTimeout(resolve, 20));
        say(count() - before);
        rmSync(file);
      `),
    ).to.deep.equal([['EMFILE'], [8 << 20], [0]]);
  });

  it('lets workers start, or fail with an error, and those that come later work', async () => {
    const results = await said(`
      import { Worker } from 'node:worker_threads';
      const PROGRAM = \`
        import { parentPort } from 'node:worker_threads';
        import { ready, socketpair } from 'uvsock';
        import { AF_UNIX, SOCK_STREAM } from 'uvsock/constants';
        const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
        a.send(Buffer.from('x'));
        await ready(b, 'readable');
        parentPort.postMessage('works');
      \`;
      const run = () => new Promise((resolve) => {
        const worker = new Worker(PROGRAM, { eval: true });
        let result;
        worker.on('message', (message) => (result ??= message));
        worker.on('error', ({ code }) => (result ??= code));
        worker.on('exit', () => resolve(result));
      });
      // Not all descriptors: libuv itself leaves one of an epoll where a worker's loop cannot be made.
      const sockets = () => readdirSync('/proc/self/fd').filter((fd) => isSocket(fd)).length;
      await run();
      const before = sockets();
      const results = [];
      for (let spare = 0; spare < ${scaled(22, 40)}; spare += ${scaled(3, 1)}) {
        const giveBack = takeAllBut(spare);
        results.push(await run());
        giveBack();
      }
      say(...results);
      say(await run(), sockets() - before);
    `);
    expect(results[1]).to.deep.equal(['works', 0]);
    const [first] = results as [string[]];
    expect(first[0]).to.equal('ERR_WORKER_INIT_FAILED');
    expect(first.at(-1)).to.equal('works');
    expect(first.filter((each) => !/^(works|ERR_\w+|EMFILE)$/.test(each))).to.deep.equal([]);
  });

  it('keeps connections waiting, and none for ever', async () => {
    const limit = 64;
    await using server = start(
      'sh',
      '-c',
      'ulimit -n "$0" && exec "$@"',
      String(limit),
      process.execPath,
      ...[
        '--input-type=module',
        '--eval',
        `
      import { listen, mergeAccept, mergeRecv, send } from 'uvsock/rx';
      const listener = listen({ host: '127.0.0.1', port: 0 });
      let told = 0;
      mergeAccept(listener, (connection) => mergeRecv(connection, (chunk) => send(connection, chunk)), {
        onError: () => told++,
      }).subscribe();
      console.log('port', listener.getsockname().port);
      process.on('SIGTERM', () => { console.log('told', told); process.exit(); });
      `,
      ],
    );
    const [, port] = await lineOf(server.stdout, /port (\d+)/);
    const address = { address: '127.0.0.1', port: Number(port) };
    const echoed = async (text: string) => {
      using client = await lastValueFrom(fromConnect(() => socket(AF_INET, SOCK_STREAM), address));
      await lastValueFrom(send(client, text));
      return String(await reader(client).exactly(text.length)) === text;
    };
    const connections = scaled(300, 3000);
    const echoes = await Promise.all(Array.from({ length: connections }, (_, i) => echoed(`hello ${i}`)));
    expect(echoes).to.not.include(false);
    server.kill('SIGTERM');
    const [, told] = await lineOf(server.stdout, /told (\d+)/);
    console.log(`      ${connections} connections, ${limit} descriptors, out of them ${told} times`);
    expect(Number(told)).to.be.above(0);
  });
});
