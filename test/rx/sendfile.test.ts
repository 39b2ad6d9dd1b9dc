import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { constants as os, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { firstValueFrom, lastValueFrom, merge, toArray } from 'rxjs';
import { type Socket, SystemError, socket, socketpair, watch } from 'uvsock';
import { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from 'uvsock/constants';
import { end, reader, send, sendfile } from 'uvsock/rx';
import { binding } from '../../src/binding.ts';
import { runProgram } from '../fixtures/run.ts';
import { expectResidentBelow } from '../support/resident.ts';
import {
  assertWouldBlock,
  closed,
  codeOf,
  descriptorsOf,
  expectReady,
  fill,
  tcpListener,
  tcpPair,
} from '../support/sockets.ts';

const MEBIBYTE = 1 << 20;
const { EAGAIN } = os.errno;

/** Bytes of which no two pieces are alike. */
function pattern(size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let i = 0; i + 4 <= size; i += 4) bytes.writeUInt32LE(Math.imul(i + 1, 2654435761) >>> 0, i);
  return bytes.fill(7, size & ~3);
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const rest = (from: Socket) => reader(from).rest(64 * MEBIBYTE);
const stream = () => closed(socketpair(AF_UNIX, SOCK_STREAM));

/** What a subscription has been told of, in order. */
function told(of: ReturnType<typeof sendfile>) {
  const events: unknown[] = [];
  const subscription = of.subscribe({
    next: (total) => events.push(total),
    error: (error) => events.push(error.code),
    complete: () => events.push('complete'),
  });
  return { events, subscription };
}

describe('sendfile', () => {
  let folder: string;
  const contents = pattern(3 * MEBIBYTE + 12_345);

  const written = (name: string, bytes: Uint8Array | string) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  let path: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'uvsock-sendfile-'));
    path = written('contents', contents);
  });
  after(() => rmSync(folder, { recursive: true }));

  const openFiles = () => descriptorsOf(folder);
  // They are closed on the thread pool.
  afterEach('files are closed', async () => {
    while (openFiles().length > 0) await setImmediate();
  });

  for (const [kind, pair] of [
    ['TCP', tcpPair],
    ['Unix', () => socketpair(AF_UNIX, SOCK_STREAM)],
  ] as const) {
    it(`sends a whole file over ${kind}, and completes with its length`, async () => {
      const [a, b] = closed(pair());
      const received = rest(b);
      const sent = await lastValueFrom(sendfile(a, path));
      a.close();
      expect(sent).to.equal(contents.length);
      expect(hash(await received)).to.equal(hash(contents));
    });
  }

  it('tells of progress: running totals, each job at most 1 MiB, the last the length', async () => {
    const [a, b] = stream();
    const received = rest(b);
    const totals = await lastValueFrom(sendfile(a, path).pipe(toArray()));
    a.close();
    await received;
    expect(totals.at(-1)).to.equal(contents.length);
    for (const [index, total] of totals.entries()) {
      const sent = total - (totals[index - 1] ?? 0);
      expect(sent).to.be.greaterThan(0);
      expect(sent).to.be.at.most(MEBIBYTE);
    }
  });

  it('sends the part that is asked for', async () => {
    const [a, b] = stream();
    const received = rest(b);
    const parts = [
      { offset: 1 },
      { length: 10 },
      { offset: 1_000_000, length: 2_000_000 },
      { offset: contents.length - 5 },
      { offset: contents.length - 5, length: 5 },
      { offset: contents.length - 5, length: 0 },
    ];
    for (const part of parts) await lastValueFrom(sendfile(a, path, part));
    a.close();
    const expected = parts.map(({ offset = 0, length = contents.length }) =>
      contents.subarray(offset, offset + length),
    );
    expect(hash(await received)).to.equal(hash(Buffer.concat(expected)));
  });

  it('emits 0 of an empty file, of no length, and of what begins at or beyond the end', async () => {
    const [a, b] = stream();
    const empty = written('empty', '');
    for (const sending of [
      sendfile(a, empty),
      sendfile(a, empty, { offset: 100 }),
      sendfile(a, path, { length: 0 }),
      sendfile(a, path, { offset: contents.length }),
      sendfile(a, path, { offset: Number.MAX_SAFE_INTEGER }),
    ]) {
      expect(await lastValueFrom(sending.pipe(toArray()))).to.deep.equal([0]);
    }
    assertWouldBlock(b.recv(Buffer.alloc(1)));
  });

  it('is cold: each subscription sends', async () => {
    const [a, b] = stream();
    const sending = sendfile(a, written('short', 'short;'));
    assertWouldBlock(b.recv(Buffer.alloc(1)));
    await lastValueFrom(merge(sending, sending));
    a.close();
    expect(String(await rest(b))).to.equal('short;short;');
  });

  it('takes paths as strings, bytes and URLs', async () => {
    const [a, b] = stream();
    const odd = written('odd #%ü', 'odd;');
    for (const file of [odd, Buffer.from(odd), pathToFileURL(odd)]) await lastValueFrom(sendfile(a, file));
    a.close();
    expect(String(await rest(b))).to.equal('odd;odd;odd;');
  });

  it('leaves a descriptor to its owner, and its position alone', async () => {
    const [a, b] = stream();
    const fd = openSync(written('numbered', '0123456789'), 'r');
    const bytes = Buffer.alloc(4);
    readSync(fd, bytes);
    await lastValueFrom(sendfile(a, fd, { offset: 2, length: 3 }));
    readSync(fd, bytes);
    closeSync(fd);
    a.close();
    expect(bytes.toString()).to.equal('4567');
    expect(String(await rest(b))).to.equal('234');
  });

  it('leaves a FileHandle open, and lets it be closed once it is subscribed to', async () => {
    const [a, b] = stream();
    const handle = await open(path);
    const received = rest(b);
    await lastValueFrom(sendfile(a, handle));
    expect((await handle.stat()).size).to.equal(contents.length);
    const again = lastValueFrom(sendfile(a, handle));
    await handle.close();
    // Whoever gets its number now is not sent.
    const other = openSync(written('other', '-'.repeat(1000)), 'r');
    expect(await again).to.equal(contents.length);
    closeSync(other);
    a.close();
    expect(hash(await received)).to.equal(hash(Buffer.concat([contents, contents])));
    expect(codeOf(() => sendfile(a, handle))).to.equal('ERR_OUT_OF_RANGE');
  });

  it('sends what has no size until it ends: a file of procfs, which sendfile(2) cannot read', async () => {
    const [a, b] = stream();
    const sent = await lastValueFrom(sendfile(a, '/proc/self/limits'));
    await lastValueFrom(sendfile(a, '/proc/self/limits', { offset: 7, length: 3 }));
    await lastValueFrom(sendfile(a, '/dev/zero', { length: 5 }));
    a.close();
    const limits = readFileSync('/proc/self/limits', 'utf8');
    expect(sent).to.equal(limits.length);
    expect(String(await rest(b))).to.equal(`${limits}${limits.slice(7, 10)}\0\0\0\0\0`);
  });

  describe('in the queue', () => {
    it('keeps its place among messages, and its bytes together', async () => {
      const [a, b] = closed(tcpPair());
      const big = Buffer.alloc(4 * MEBIBYTE, 'big');
      const small = written('small', 'small');
      const sent = lastValueFrom(
        merge(
          send(a, big),
          sendfile(a, path),
          send(a, 'between'),
          sendfile(a, small),
          sendfile(a, path, { offset: 5, length: 2 * MEBIBYTE }),
          send(a, 'last'),
        ),
      );
      // Completes when all of that is with the kernel.
      const ended = lastValueFrom(end(a), { defaultValue: null });
      const received = await rest(b);
      b.close();
      await Promise.all([sent, ended]);
      const part = contents.subarray(5, 5 + 2 * MEBIBYTE);
      const parts = [big, contents, Buffer.from('between'), Buffer.from('small'), part, Buffer.from('last')];
      expect(hash(received)).to.equal(hash(Buffer.concat(parts)));
    });

    it('waits for room, and keeps no copy: the receiver decides how fast it goes', async () => {
      // In a process of its own, whose memory nothing else changes; the file is of holes.
      const size = 128 * MEBIBYTE;
      const large = written('large', '');
      truncateSync(large, size);
      const { status, output } = await runProgram(`
        import { lastValueFrom, scan } from 'rxjs';
        import { mergeRecv, sendfile } from 'uvsock/rx';
        import { setTimeout } from 'node:timers/promises';
        const [a, b] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
        let received = 0, ahead = 0, pauses = 0;
        const receiving = lastValueFrom(mergeRecv(b, async (chunk) => {
          received += chunk.length;
          if (received >> 23 !== (received - chunk.length) >> 23) { pauses++; await setTimeout(1); }
          return [];
        }, { reuse: true }), { defaultValue: null });
        const before = process.memoryUsage().rss;
        let peak = 0;
        await new Promise((resolve, reject) => sendfile(a, ${JSON.stringify(large)}).subscribe({
          next(total) {
            ahead = Math.max(ahead, total - received);
            peak = Math.max(peak, process.memoryUsage().rss);
          },
          error: reject,
          complete: resolve,
        }));
        a.close();
        await receiving;
        b.close();
        console.log(JSON.stringify({ received, ahead, pauses, grown: peak - before }));
      `);
      expect(status, output).to.equal(0);
      const { received, ahead, pauses, grown } = JSON.parse(output) as Record<string, number>;
      expect(received).to.equal(size);
      expect(pauses).to.be.at.least(16);
      expect(ahead, 'bytes with the kernel').to.be.at.most(2 * MEBIBYTE);
      expectResidentBelow((grown as number) / 1e6, size / 2e6);
    });

    it('waits for room by events, not by looking now and then', async () => {
      const [a, b] = closed(tcpPair());
      const size = 24 * MEBIBYTE;
      const { events } = told(sendfile(a, written('large', Buffer.alloc(size, 'large'))));
      await setImmediate(); // mocha's own timer is there now
      const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
      const before = timers();
      const chunk = Buffer.alloc(MEBIBYTE);
      // Slowly, so that the sender's buffer is full most of the time.
      for (let received = 0, turn = 0; received < size; turn++) {
        await setImmediate();
        expect(timers(), 'timers').to.equal(before);
        if (turn % 16 === 0) received += b.recv(chunk) ?? 0;
      }
      expect(events.at(-1)).to.equal('complete');
    });

    it('keeps no thread of the pool, also where another process has made the socket block', async () => {
      // As many as there are threads (UV_THREADPOOL_SIZE, 4 by default), and more.
      const pairs = Array.from({ length: 8 }, stream);
      for (const [a] of pairs) {
        // libuv has its children's standard streams block, which share the open file description.
        spawnSync('true', { stdio: [a.fd, 'ignore', 'ignore'] });
        sendfile(a, path).subscribe({ error() {} });
      }
      for (let turn = 0; turn < 8; turn++) await stat(path);
      for (const each of pairs.flat()) each.close();
    });

    it('lets timers fire meanwhile', async () => {
      const [a, b] = stream();
      const received = rest(b);
      let ticks = 0;
      const timer = setInterval(() => ticks++, 1);
      // Not too few to tell: a process that stood still meanwhile would have none.
      while (ticks < 10) await lastValueFrom(sendfile(a, path, { length: MEBIBYTE / 2 }));
      clearInterval(timer);
      a.close();
      await received;
    });

    it('is taken back while it waits for its turn', async () => {
      const [a, b] = stream();
      const filled = fill(a);
      const before = told(send(a, 'before;'));
      const fd = openSync(path, 'r');
      const waiting = [path, fd].map((file) => told(sendfile(a, file)));
      closeSync(fd);
      const behind = lastValueFrom(send(a, 'behind'));
      for (const { subscription } of waiting) subscription.unsubscribe();
      const received = rest(b);
      await behind;
      a.close();
      expect((await received).toString('utf8', filled)).to.equal('before;behind');
      expect(before.events).to.deep.equal([7, 'complete']);
      for (const { events } of waiting) expect(events).to.deep.equal([]);
    });

    it('is taken back if the job that was under way turns out to have sent nothing', async () => {
      const [a, b] = stream();
      const filled = fill(a);
      const fd = openSync(path, 'r');
      const { events, subscription } = told(sendfile(a, fd));
      closeSync(fd);
      subscription.unsubscribe();
      const behind = lastValueFrom(send(a, 'behind'));
      // It has its own descriptor as long as it is in the queue.
      while (openFiles().length > 0) await setImmediate();
      const received = rest(b);
      await behind;
      a.close();
      expect((await received).length).to.equal(filled + 6);
      expect(events).to.deep.equal([]);
    });

    it('is finished, for nobody, once it has begun', async () => {
      const [a, b] = stream();
      await firstValueFrom(sendfile(a, path));
      const behind = lastValueFrom(send(a, 'behind'));
      const received = rest(b);
      await behind;
      a.close();
      expect(hash(await received)).to.equal(hash(Buffer.concat([contents, Buffer.from('behind')])));
    });

    it('may be joined, left or closed from within its notifications', async () => {
      const [a, b] = stream();
      const small = written('small', 'small;');
      const received = rest(b);
      const tail: unknown[] = [];
      await new Promise<void>((resolve) => {
        sendfile(a, small).subscribe({
          next: () => send(a, 'next;').subscribe((n) => tail.push(n)),
          complete: () =>
            sendfile(a, small).subscribe({
              next: () => a.close(),
              error: ({ code }) => {
                tail.push(code);
                resolve();
              },
            }),
        });
      });
      // What a closed socket's last job had sent by then is sent.
      expect(String(await received)).to.equal('small;next;small;');
      expect(tail).to.deep.equal([5, 'ERR_SOCKET_CLOSED']);
    });
  });

  describe('fails', () => {
    it('with ERR_SOCKET_CLOSED at once when the socket is closed or detached in between, or was before', async () => {
      for (const stop of [(s: Socket) => s.close(), (s: Socket) => closeSync(s.detach())]) {
        const [a] = stream();
        const { events } = told(sendfile(a, path));
        const behind = told(sendfile(a, path));
        while (events.length === 0) await setImmediate();
        stop(a);
        expect(events.slice(1)).to.deep.equal(['ERR_SOCKET_CLOSED']);
        expect(behind.events).to.deep.equal(['ERR_SOCKET_CLOSED']);
        expect(told(sendfile(a, path)).events).to.deep.equal(['ERR_SOCKET_CLOSED']);
      }
    });

    it('with ERR_SOCKET_CLOSED when the socket is closed while a job or the opening is under way', async () => {
      const fd = openSync(path, 'r');
      for (const file of [path, fd]) {
        const [a, b] = stream();
        const { events } = told(sendfile(a, file));
        a.close();
        expect(events).to.deep.equal(['ERR_SOCKET_CLOSED']);
        // Its end comes when the job has ended.
        await rest(b);
      }
      closeSync(fd);
    });

    it('when the peer resets, as what is queued behind it does', async () => {
      const [a, b] = closed(tcpPair());
      const sending = told(sendfile(a, path, { length: contents.length }));
      const behind = lastValueFrom(send(a, 'behind')).catch(({ code }) => code);
      await expectReady(b, 'readable');
      b.close();
      const code = await behind;
      expect(['EPIPE', 'ECONNRESET']).to.include(code);
      expect(sending.events.at(-1)).to.equal(code);
    });

    it('with EPIPE for a peer that is gone, never by a signal, whoever has listened for SIGPIPE', async () => {
      const { status, output } = await runProgram(`
        import { sendfile } from 'uvsock/rx';
        const listener = () => {};
        process.on('SIGPIPE', listener).off('SIGPIPE', listener); // Node no longer ignores it
        for (const file of [${JSON.stringify(path)}, '/proc/self/limits']) {
          const [a, b] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
          b.close();
          sendfile(a, file).subscribe({ error: (error) => { console.log(error.message); a.close(); } });
        }
      `);
      expect(status).to.equal(0);
      expect(output.split('\n').filter(Boolean).sort()).to.deep.equal(
        ['sendfile EPIPE /proc/self/limits', `sendfile EPIPE ${path}`].sort(),
      );
    });

    it('with ERR_FILE_TRUNCATED, and how much has gone, when the file shrinks meanwhile', async () => {
      for (const part of [{}, { length: 8 * MEBIBYTE }, { offset: MEBIBYTE, length: 6 * MEBIBYTE }]) {
        const [a, b] = stream();
        const shrinking = written('shrinking', pattern(8 * MEBIBYTE));
        let error: (Error & { code?: string; sent?: number }) | null = null;
        let last = 0;
        sendfile(a, shrinking, part).subscribe({
          next: (total) => (last = total),
          error: (reason) => (error = reason),
        });
        const behind = lastValueFrom(send(a, 'behind')).catch((reason) => reason);
        while (last === 0) await setImmediate();
        truncateSync(shrinking, MEBIBYTE / 2);
        const received = rest(b);
        expect(await behind).to.equal(error);
        expect(error).to.include({ code: 'ERR_FILE_TRUNCATED', sent: last });
        a.close();
        expect((await received).length).to.equal(last);
      }
    });

    it('with ERR_FILE_TRUNCATED, before its first byte, when there is less than the given length', async () => {
      const [a, b] = stream();
      const short = written('short', 'short');
      for (const part of [{ length: 6 }, { offset: 2, length: 4 }, { offset: 7, length: 1 }]) {
        const error = await lastValueFrom(sendfile(a, short, part)).catch((reason) => reason);
        expect(error).to.include({ code: 'ERR_FILE_TRUNCATED', sent: 0 });
      }
      await lastValueFrom(send(a, 'behind'));
      a.close();
      expect(String(await rest(b))).to.equal('behind');
    });

    it('with ERR_FILE_TRUNCATED when a file without a size ends before the given length', async () => {
      const [a] = stream();
      const { length } = readFileSync('/proc/self/limits');
      const error = await lastValueFrom(sendfile(a, '/proc/self/limits', { length: length + 1 })).catch(
        (reason) => reason,
      );
      expect(error).to.include({ code: 'ERR_FILE_TRUNCATED', sent: length });
      expect(error.message).to.equal(`The file ended after ${length} of the ${length + 1} bytes to be sent`);
    });

    it('alone, before its first byte: by what cannot be opened, read or found', async () => {
      const [a, b] = stream();
      const directory = join(folder, 'directory');
      mkdirSync(directory);
      const missing = join(folder, 'missing');
      const [pipe, other] = socketpair(AF_UNIX, SOCK_STREAM);
      const errors = Promise.all(
        [missing, directory, pipe.fd, 999_999].map((file) =>
          lastValueFrom(sendfile(a, file)).catch((error) => error),
        ),
      );
      const behind = lastValueFrom(send(a, 'behind'));
      const [none, folderError, socketError, bad] = (await errors) as SystemError[];
      for (const error of await errors) expect(error).to.be.instanceOf(SystemError);
      expect(none).to.include({ code: 'ENOENT', syscall: 'open', path: missing });
      expect(none?.message).to.equal(`open ENOENT ${missing}`);
      expect(folderError).to.include({ code: 'EISDIR', syscall: 'sendfile', path: directory });
      expect(socketError).to.include({ code: 'ESPIPE', syscall: 'sendfile' });
      expect(bad).to.include({ code: 'EBADF', syscall: 'sendfile' });
      await behind;
      for (const each of [a, pipe, other]) each.close();
      expect(String(await rest(b))).to.equal('behind');
    });

    it('as the kernel says on sockets without a connection', async () => {
      const [listener, fresh, unix] = closed([
        tcpListener(),
        socket(AF_INET, SOCK_STREAM),
        socket(AF_UNIX, SOCK_STREAM),
      ]);
      const codes = await Promise.all(
        [listener, fresh, unix].map((s) => lastValueFrom(sendfile(s, path)).catch(({ code }) => code)),
      );
      expect(codes).to.deep.equal(['EPIPE', 'EPIPE', 'ENOTCONN']);
    });

    it('for wrong arguments before anything is done, naming them', () => {
      const [a] = stream();
      const [datagrams] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
      const wrong: [RegExp, string, () => unknown][] = [
        [/"socket"/, 'ERR_INVALID_ARG_TYPE', () => sendfile(null as never, path)],
        [/"socket"/, 'ERR_INVALID_ARG_VALUE', () => sendfile(datagrams!, path)],
        [/"file"/, 'ERR_INVALID_ARG_TYPE', () => sendfile(a!, undefined as never)],
        [/"file"/, 'ERR_INVALID_ARG_TYPE', () => sendfile(a!, null as never)],
        [/"file"/, 'ERR_INVALID_ARG_VALUE', () => sendfile(a!, '')],
        [/"file"/, 'ERR_INVALID_ARG_VALUE', () => sendfile(a!, 'nul\0')],
        [/scheme/, 'ERR_INVALID_URL_SCHEME', () => sendfile(a!, new URL('http://host/'))],
        [/"file"/, 'ERR_INVALID_ARG_TYPE', () => sendfile(a!, { fd: '1' } as never)],
        [/"file"/, 'ERR_OUT_OF_RANGE', () => sendfile(a!, -1)],
        [/"file"/, 'ERR_OUT_OF_RANGE', () => sendfile(a!, 1.5)],
        [/"file"/, 'ERR_OUT_OF_RANGE', () => sendfile(a!, 2 ** 31)],
        [/"config"/, 'ERR_INVALID_ARG_TYPE', () => sendfile(a!, path, null as never)],
        [/"offset"/, 'ERR_INVALID_ARG_TYPE', () => sendfile(a!, path, { offset: '1' as never })],
        [/"offset"/, 'ERR_OUT_OF_RANGE', () => sendfile(a!, path, { offset: -1 })],
        [/"length"/, 'ERR_OUT_OF_RANGE', () => sendfile(a!, path, { length: Number.NaN })],
        [/"length"/, 'ERR_OUT_OF_RANGE', () => sendfile(a!, path, { length: Number.POSITIVE_INFINITY })],
        [
          /"length"/,
          'ERR_OUT_OF_RANGE',
          () => sendfile(a!, path, { offset: Number.MAX_SAFE_INTEGER, length: 1 }),
        ],
      ];
      for (const [name, code, call] of wrong) {
        expect(call).to.throw(name);
        expect(codeOf(call)).to.equal(code);
      }
    });
  });

  it('keeps the process alive while it runs, and no longer', async () => {
    const { status, output } = await runProgram(`
      import { sendfile } from 'uvsock/rx';
      const [a, b] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
      const buffer = Buffer.alloc(1 << 16);
      let received = 0;
      watch(b, 'readable', () => {
        for (let n; (n = b.recv(buffer)) !== null && n > 0; ) received += n;
        if (received === ${contents.length}) b.close();
      });
      b.unref();
      sendfile(a, ${JSON.stringify(path)}).subscribe({ complete: () => console.log('complete') });
      process.on('exit', () => console.log('over', received));
    `);
    expect([status, output]).to.deep.equal([0, `complete\nover ${contents.length}\n`]);
  });

  it('reports what a subscriber throws as any other operator does, and goes on', async () => {
    const { status, output } = await runProgram(`
      import { sendfile } from 'uvsock/rx';
      const [a, b] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
      process.on('uncaughtException', (error) => console.log(error.message));
      sendfile(a, '/proc/self/limits').subscribe({
        next() { throw new Error('thrown'); },
        complete() { console.log('complete'); a.close(); b.close(); },
      });
    `);
    expect(status).to.equal(0);
    expect(output.split('\n').sort()).to.deep.equal(['', 'complete', 'thrown']);
  });

  describe('the binding', () => {
    const nothing = new Uint8Array(0);
    const WHOLE = 2 ** 53;
    const bytes = (text: string) => Buffer.from(text);

    it('refuses what no job could do, and tells of a socket or file that is not open', () => {
      const [a] = stream();
      const call = (...args: unknown[]) =>
        (binding.sendFile as (...rest: unknown[]) => number)(a._slot, a._generation, ...args);
      const done = () => {};
      expect(() => call('path', 0, 0, 0, 1, done)).to.throw(TypeError, /"path"/);
      expect(() => call(nothing, -1, 0, 0, 1, done)).to.throw(RangeError, /"file"/);
      expect(() => call(nothing, 0, '', 0, 1, done)).to.throw(TypeError, /"fileGeneration"/);
      expect(() => call(nothing, 0, 0, -1, 1, done)).to.throw(RangeError, /"offset"/);
      expect(() => call(nothing, 0, 0, 0, 2 ** 54, done)).to.throw(RangeError, /"length"/);
      expect(() => call(nothing, 0, 0, 0, 1, null)).to.throw(TypeError, /"done"/);
      expect(call(nothing, 2 ** 32 - 1, 0, 0, 1, done)).to.be.lessThan(0);
      expect(binding.sendFile(2 ** 32 - 1, 0, bytes(path), 0, 0, 0, 1, done)).to.be.lessThan(0);
    });

    it('sends at most 1 MiB a job, gives back a file that is not through, and closes one that is', async () => {
      const [a, b] = stream();
      const received = rest(b);
      const jobs: number[][] = [];
      let [file, generation, total] = [0, 0, 0];
      while (file !== -1) {
        const job = await new Promise<number[]>((resolve) => {
          const from = total === 0 ? bytes(path) : nothing;
          const done = (...outcome: number[]) => resolve(outcome);
          const began = binding.sendFile(a._slot, a._generation, from, file, generation, total, WHOLE, done);
          expect(began).to.equal(0);
        });
        jobs.push(job);
        total += job[0]!;
        [file, generation] = [job[3]!, job[4]!];
        if (file !== -1) await expectReady(a, 'writable');
      }
      a.close();
      expect(hash(await received)).to.equal(hash(contents));
      for (const [sent, reason, size] of jobs) {
        expect(sent).to.be.at.most(MEBIBYTE);
        expect(reason === 0 || reason === -EAGAIN).to.equal(true);
        expect(size).to.equal(contents.length);
      }
    });

    it('calls back once, also when the socket has been closed meanwhile', async () => {
      const [a, b] = stream();
      let calls = 0;
      const sent = new Promise((resolve) => {
        const done = (...outcome: number[]) => {
          calls++;
          resolve(outcome);
        };
        binding.sendFile(a._slot, a._generation, bytes(path), 0, 0, 1, 1000, done);
      });
      a.close();
      expect(await sent).to.deep.equal([1000, 0, contents.length, -1, 0]);
      expect((await rest(b)).equals(contents.subarray(1, 1001))).to.equal(true);
      expect(calls).to.equal(1);
    });

    it('counts a job as an attempt: the socket is notified again', async () => {
      const [a, b] = stream();
      let notified = 0;
      using _watch = watch(a, 'writable', () => notified++);
      while (notified === 0) await setImmediate();
      binding.sendFile(a._slot, a._generation, bytes(path), 0, 0, 0, 10, () => {});
      while (notified === 1) await setImmediate();
      expect(b.recv(Buffer.alloc(16))).to.equal(10);
    });
  });
});
