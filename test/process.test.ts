import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { runProgram } from './fixtures/run.ts';
import { descriptorsOf, socketDescriptors } from './support/sockets.ts';

describe('the process', function () {
  this.timeout(60_000);

  it('stays while a socket is watched, also after the event was ignored', async () => {
    const { status, output } = await runProgram(`
      const [a, b] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
      watch(a, 'readable', () => console.log('told'));
      b.send(Buffer.from('x'));
      setTimeout(() => { console.log('still here'); a.close(); b.close(); }, 100).unref();
    `);
    expect(output.split('\n')).to.deep.equal(['told', 'still here', '']);
    expect(status).to.equal(0);
  });

  it('ends when no socket is watched, the watch is disposed, or the socket unreferenced', async () => {
    const { status, output } = await runProgram(`
      const [a, b] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
      watch(a, 'readable', () => {})[Symbol.dispose]();
      b.unref();
      watch(b, 'readable', () => {});
      process.on('exit', () => console.log(a.closed, b.closed));
    `);
    expect([status, output]).to.deep.equal([0, 'false false\n']);
  });

  it('is held again by a socket that is referenced again', async () => {
    const { output } = await runProgram(`
      const [a, b] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
      a.unref();
      watch(a, 'readable', () => {});
      a.ref();
      setTimeout(() => { console.log('still here'); a.close(); b.close(); }, 50).unref();
    `);
    expect(output).to.equal('still here\n');
  });

  it('ends when the last subscription of uvsock/rx has ended, however', async () => {
    const { status, output } = await runProgram(`
      import { lastValueFrom, merge, Subject, take } from 'rxjs';
      import { dial, end, fromTcpInfo, listen, mergeRecv, pump, send, sendAll, serve, socketSubject, withSocket } from 'uvsock/rx';
      const listener = listen({ host: '127.0.0.1', port: 0 });
      const echo = (connection) => mergeRecv(connection, (chunk) => send(connection, chunk));
      const enough = new Subject();
      const serving = serve(listener, echo, { until: enough, grace: 60_000 }).subscribe();
      const target = listener.getsockname();
      await lastValueFrom(dial(target, { timeout: 60_000 }).pipe(withSocket((socket) =>
        merge(send(socket, 'x'), mergeRecv(socket, (chunk) => [chunk])).pipe(take(2)))));
      const subject = socketSubject({ connect: target });
      subject.next('hello');
      console.log(await lastValueFrom(subject.pipe(take(1))));
      const left = dial(target).subscribe((socket) => {
        enough.next();
        const info = fromTcpInfo(socket, 10).subscribe();
        end(socket, { timeout: 60_000 }).subscribe({ complete: () => console.log('ended') });
      });
      process.on('exit', () => console.log('over'));
    `);
    expect([status, output]).to.deep.equal([0, 'hello\nended\nover\n']);
  });

  it('ends when the last stream has ended, the last iteration, or when they are unreferenced', async () => {
    const { status, output } = await runProgram(`
      import { once } from 'node:events';
      import { accepts, chunks, SocketStream } from 'uvsock/stream';
      const listener = socket(c.AF_INET, c.SOCK_STREAM);
      listener.bind(c.AF_INET, '127.0.0.1', 0);
      listener.listen();
      const client = new SocketStream().setTimeout(60_000).connect(listener.getsockname().port, '127.0.0.1');
      for await (const { socket } of accepts(listener)) {
        if (client.connecting) await once(client, 'ready');
        socket.send(Buffer.from('hello'));
        for await (const chunk of chunks(client.socket)) { console.log(String(chunk)); break; }
        client.unref().ref();
        setTimeout(() => { client.unref(); console.log('unreferenced'); }, 50).unref();
        break;
      }
      client.resume();
      process.on('exit', () => console.log('over'));
    `);
    expect([status, output]).to.deep.equal([0, 'hello\nunreferenced\nover\n']);
  });

  it('may exit from within a batch', async () => {
    const { status } = await runProgram(`
      for (let i = 0; i < 300; i++) {
        const [a, b] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
        watch(a, 'readable', () => process.exit(7));
        b.send(Buffer.from('x'));
      }
    `);
    expect(status).to.equal(7);
  });

  it('hears of an exception in a handler as of any other', async () => {
    const { status, output } = await runProgram(`
      const [a] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
      watch(a, 'writable', () => { throw new Error('out of the handler'); });
    `);
    expect(status).to.equal(1);
    expect(output).to.include('Error: out of the handler');
  });

  it('closes dropped sockets, and says where they were opened if asked', async () => {
    const program = `
      import { readdirSync, readlinkSync } from 'node:fs';
      const target = (fd) => { try { return readlinkSync('/proc/self/fd/' + fd); } catch { return ''; } };
      const count = () => readdirSync('/proc/self/fd').filter((fd) => target(fd).startsWith('socket:')).length;
      const before = count();
      (function leak() { for (let i = 0; i < 10; i++) socket(c.AF_INET, c.SOCK_STREAM); })();
      for (let i = 0; i < 50 && count() > before; i++) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      console.log(count() - before);
    `;
    const quiet = await runProgram(program);
    expect(quiet.output).to.match(/^0$/m);
    expect(quiet.output.match(/SocketLeakWarning/g)).to.have.length(1);
    const asked = await runProgram(program, { env: { NODE_DEBUG: 'uvsock' } });
    expect(asked.output).to.match(/It was opened\n.*at socket.*\n.*at leak/);
  });

  it('recovers when descriptors run out in accept and come free again', async () => {
    const { status, output } = await runProgram(
      `
      import { mergeAccept } from 'uvsock/rx';
      import { NEVER } from 'rxjs';
      const listener = socket(c.AF_INET, c.SOCK_STREAM);
      listener.listen();
      const { port } = listener.getsockname();
      const clients = [];
      const dial = () => {
        const client = socket(c.AF_INET, c.SOCK_STREAM);
        client.connect(c.AF_INET, '127.0.0.1', port);
        clients.push(client);
      };
      const told = [];
      let accepted = 0;
      const connected = 15;
      for (let i = 0; i < connected; i++) dial();
      const hogs = [];
      try { for (;;) hogs.push(socket(c.AF_INET, c.SOCK_DGRAM)); } catch (error) { console.log(error.code); }
      const serving = mergeAccept(listener, () => { accepted++; return NEVER; }, {
        onError: (error, connection) => told.push(error.code + ' ' + connection),
      }).subscribe();
      await new Promise((resolve) => setTimeout(resolve, 100));
      console.log(accepted, told.join());
      for (const hog of hogs) hog.close();
      while (accepted < connected) await new Promise((resolve) => setTimeout(resolve, 5));
      console.log('all accepted', told.length);
      serving.unsubscribe();
      for (const each of [listener, ...clients]) each.close();
    `,
      { limit: 128 },
    );
    expect(output.split('\n')).to.deep.equal(['EMFILE', '0 EMFILE null', 'all accepted 1', '']);
    expect(status).to.equal(0);
  });

  it('never waits in a call, whatever the kernel has to say', async () => {
    const { output } = await runProgram(`
      const took = (call) => { const start = performance.now(); call(); return performance.now() - start; };
      const listener = socket(c.AF_INET, c.SOCK_STREAM);
      listener.listen();
      const sender = socket(c.AF_INET, c.SOCK_STREAM);
      sender.connect(c.AF_INET, '127.0.0.1', listener.getsockname().port);
      const { socket: reader } = listener.accept();
      sender.setsockopt(c.SOL_SOCKET, c.SO_LINGER, { enabled: true, timeout: 5 });
      const data = Buffer.alloc(1 << 20);
      const calls = {
        accept: () => listener.accept(),
        recv: () => sender.recv(data),
        recvAll: () => sender.recv(data, c.MSG_WAITALL),
        recvfrom: () => sender.recvfrom(data),
        send: () => { while (sender.send(data) !== null) {} },
        close: () => sender.close(),
      };
      for (const [name, call] of Object.entries(calls)) {
        const ms = took(call);
        if (ms > 1000) console.log(name, 'took', ms); // a wait would be for ever, or 5 s
      }
      // What is accepted inherits the linger of its listener.
      listener.setsockopt(c.SOL_SOCKET, c.SO_LINGER, { enabled: true, timeout: 5 });
      const client = socket(c.AF_INET, c.SOCK_STREAM);
      client.connect(c.AF_INET, '127.0.0.1', listener.getsockname().port);
      const { socket: heir } = listener.accept();
      console.log(heir.getsockopt(c.SOL_SOCKET, c.SO_LINGER).timeout);
      while (heir.send(data) !== null) {}
      const adopted = Socket.adopt(heir.detach());
      const ms = took(() => adopted.close());
      if (ms > 1000) console.log('close of an adopted socket took', ms);
      for (const each of [listener, client, reader]) each.close();
    `);
    expect(output).to.equal('5\n');
  });
});

describe('the package', () => {
  it('can be required by CommonJS', async () => {
    const { status, output } = await runProgram(`
      import { createRequire } from 'node:module';
      const require = createRequire(process.cwd() + '/');
      const uvsock = require('uvsock');
      const { AF_UNIX, SOCK_STREAM } = require('uvsock/constants');
      const [a, b] = uvsock.socketpair(AF_UNIX, SOCK_STREAM);
      console.log(typeof require('uvsock/rx').mergeRecv, a.family === AF_UNIX);
      a.close();
      b.close();
    `);
    expect(status).to.equal(0);
    expect(output).to.match(/^function true$/m);
  });
});

describe('a worker', function () {
  this.timeout(60_000);

  const start = (how: string) =>
    new Worker(new URL('./fixtures/worker.js', import.meta.url), { workerData: how });

  for (const how of ['exit', 'return']) {
    it(`that ends by ${how} with armed sockets leaves the process alive and clean`, async () => {
      const before = socketDescriptors().length;
      for (let round = 0; round < 5; round++) {
        const [code] = (await once(start(how), 'exit')) as [number];
        expect(code).to.equal(0);
      }
      expect(socketDescriptors().length).to.equal(before);
    });
  }

  for (const how of ['wait', 'busy', 'files']) {
    it(`that is terminated while its sockets ${how} leaves the process alive and clean`, async () => {
      const before = socketDescriptors().length;
      await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          const worker = start(how);
          await once(worker, 'message');
          await new Promise((resolve) => setTimeout(resolve, index));
          await worker.terminate();
        }),
      );
      expect(socketDescriptors().length).to.equal(before);
      expect(descriptorsOf(process.execPath), 'what it was sending').to.deep.equal([]);
    });
  }

  it('may be the only one that loaded the addon', async () => {
    const path = new URL('./fixtures/worker.js', import.meta.url);
    const { status, output } = await runWithoutAddon(path);
    expect([status, output]).to.deep.equal([0, 'clean\n']);
  });

  it('takes over a socket that the main thread gave away', async () => {
    const { status, output } = await runProgram(`
      import { Worker } from 'node:worker_threads';
      const [a, b] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
      const worker = new Worker(\`
        const { workerData } = require('node:worker_threads');
        import('uvsock').then(({ Socket }) => {
          const socket = Socket.adopt(workerData);
          socket.send(Buffer.from('from the worker'));
          socket.close();
        });
      \`, { eval: true, execArgv: [], workerData: a.detach() });
      const buffer = Buffer.alloc(64);
      await ready(b, 'readable');
      console.log(buffer.toString('utf8', 0, b.recv(buffer)));
      b.close();
    `);
    expect([status, output]).to.deep.equal([0, 'from the worker\n']);
  });
});

/** A process in which only workers load the addon: it is unloaded with each. */
async function runWithoutAddon(path: URL) {
  const { execFile } = await import('node:child_process');
  const source = `
    const { Worker } = require('node:worker_threads');
    const { once } = require('node:events');
    (async () => {
      for (const how of ['exit', 'wait', 'busy', 'files', 'return', 'wait']) {
        const worker = new Worker(new URL(${JSON.stringify(path.href)}), { workerData: how });
        const exited = once(worker, 'exit'); // now: it may have exited when the message is handled
        await once(worker, 'message');
        if (!['exit', 'return'].includes(how)) await worker.terminate();
        await exited;
      }
      console.log('clean');
    })();
  `;
  return new Promise<{ status: number | null; output: string }>((resolve) => {
    const child = execFile(process.execPath, ['-e', source], (_error, stdout, stderr) =>
      resolve({ status: child.exitCode, output: stdout + stderr }),
    );
  });
}
