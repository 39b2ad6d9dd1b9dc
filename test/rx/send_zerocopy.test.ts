import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect } from 'chai';
import { concatMap, lastValueFrom, mergeMap, range, Subject, take, toArray } from 'rxjs';
import { Socket, type SocketMessages, socket, socketpair } from 'uvsock';
import * as c from 'uvsock/constants';
import { type ErrorQueueEntry, fromErrorQueue, send, sendAll } from 'uvsock/rx';
import {
  closed,
  codeOf,
  expectReady,
  socketDescriptors,
  tcpListener,
  tcpPair,
  turnFor,
} from '../support/sockets.ts';

const { SOL_SOCKET } = c;
const ZEROCOPY = c.MSG_ZEROCOPY ?? 0;
const MIB = 1 << 20;

/** Bytes of which each chunk differs from the others. */
function pattern(length: number, seed = 1): Buffer {
  const data = Buffer.alloc(length);
  for (let i = 0; i + 4 <= length; i += 4) data.writeUInt32LE(Math.imul(i + seed, 0x9e3779b1) >>> 0, i);
  return data;
}

const digest = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

/** A connection whose receiver has little room: what is sent beyond stays with the sender's kernel. */
function narrowPair(): [Socket, Socket] {
  const listener = tcpListener();
  listener.setsockopt(SOL_SOCKET, c.SO_RCVBUF, 65_536);
  const sender = socket(c.AF_INET, c.SOCK_STREAM);
  sender.connect(listener.getsockname());
  const receiver = listener.accept()!.socket;
  listener.close();
  return closed([sender, receiver]);
}

/** Receives `length` bytes. */
async function receive(from: Socket, length: number): Promise<Buffer> {
  const data = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const n = from.recv(data, 0, at);
    if (n === 0) throw new Error(`the end after ${at} bytes`);
    if (n === null) await expectReady(from, 'readable');
    else at += n;
  }
  return data;
}

/** Attaches the longest filter for which `optmem_max` has room: it lets everything pass. */
function leaveNoOptionMemory(s: Socket): void {
  const filter = (length: number) => {
    const program = Buffer.alloc(8 * length);
    // ld [0], so often, then ret #-1
    for (let at = 0; at < program.length; at += 8) program.writeUInt16LE(0x20, at);
    program.writeUInt16LE(0x06, program.length - 8);
    program.writeUInt32LE(0xffffffff, program.length - 4);
    return program;
  };
  const attached = (length: number) => {
    // For the old one and the new there would not be room.
    codeOf(() => s.setsockopt(SOL_SOCKET, c.SO_DETACH_FILTER!, 0));
    return codeOf(() => s.setsockopt(SOL_SOCKET, c.SO_ATTACH_FILTER!, filter(length))) === 'no error';
  };
  let length = 1;
  for (let step = 2048; step >= 1; step /= 2) if (attached(length + step)) length += step;
  expect(attached(length), `a filter of ${length}`).to.equal(true);
}

/** Subscribes; the array has what came: lengths, codes of errors, `'complete'`. */
function heard(sending: ReturnType<typeof send>): unknown[] {
  const news: unknown[] = [];
  sending.subscribe({
    next: (length) => news.push(length),
    error: ({ code }) => news.push(code),
    complete: () => news.push('complete'),
  });
  return news;
}

/** Until `true`: each turn of the loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turnFor(1);
}

/** Closes; returns what its timer would do after a minute. */
function closeAndCapture(s: Socket): () => void {
  const { setInterval } = globalThis;
  let due = () => {};
  globalThis.setInterval = ((callback: () => void, delay: number) => {
    due = callback;
    return setInterval(callback, delay);
  }) as typeof setInterval;
  try {
    s.close();
  } finally {
    globalThis.setInterval = setInterval;
  }
  return due;
}

/** The codes of the errors of system calls on `of`. */
function errorsOf(of: Socket): { codes: Set<unknown>; stop(): void } {
  const codes = new Set<unknown>();
  const listen = (message: unknown) => {
    const { socket, error } = message as SocketMessages['uvsock.socket.error'];
    if (socket === of) codes.add((error as NodeJS.ErrnoException).code);
  };
  subscribe('uvsock.socket.error', listen);
  return { codes, stop: () => unsubscribe('uvsock.socket.error', listen) };
}

describe('send with MSG_ZEROCOPY', () => {
  before(function () {
    if (ZEROCOPY !== 0) return;
    console.log('    skipped: this system has no MSG_ZEROCOPY');
    this.skip();
  });

  it('sends 32 MiB that arrive as they were', async () => {
    const [a, b] = closed(tcpPair());
    const data = pattern(32 * MIB);
    const receiving = receive(b, data.length);
    expect(await lastValueFrom(send(a, data, ZEROCOPY).pipe(toArray()))).to.deep.equal([data.length]);
    expect(digest(await receiving)).to.equal(digest(data));
    expect(a.getsockopt(SOL_SOCKET, c.SO_ZEROCOPY!)).to.equal(true);
  });

  it('is not over when the kernel has every byte, but when it has given them back', async () => {
    const [a, b] = narrowPair();
    const news = heard(send(a, pattern(MIB), ZEROCOPY));
    // The last goes without the flag: it is over when the kernel has all.
    const behind = heard(send(a, 'behind'));
    await until(() => behind.length > 0);
    expect(behind).to.deep.equal([6, 'complete']);
    await turnFor(20);
    expect(a.bytesUnsent()).to.be.above(0);
    expect(news).to.deep.equal([]);
    await receive(b, MIB + 6);
    await until(() => news.length > 0);
    expect(news).to.deep.equal([MIB, 'complete']);
  });

  it('keeps the order of messages with the flag and without', async () => {
    const [a, b] = narrowPair();
    const messages = [20_000, 5, 300_000, 17_000, 1, 700_000].map((length, i) => pattern(length, i));
    const all = Buffer.concat(messages);
    const receiving = receive(b, all.length);
    const lengths = range(0, messages.length).pipe(
      mergeMap((i) => send(a, messages[i] as Buffer, i % 3 === 1 ? 0 : ZEROCOPY)),
      toArray(),
    );
    expect(await lastValueFrom(lengths)).to.have.members(messages.map(({ length }) => length));
    expect(digest(await receiving)).to.equal(digest(all));
  });

  it('sends small messages plainly, at once', () => {
    const [a] = closed(tcpPair());
    expect(heard(send(a, 'small', ZEROCOPY))).to.deep.equal([5, 'complete']);
    expect(a.getsockopt(SOL_SOCKET, c.SO_ZEROCOPY!)).to.equal(false);
  });

  it('copies on a Unix socket', async () => {
    const [a, b] = closed(socketpair(c.AF_UNIX, c.SOCK_STREAM));
    const data = pattern(MIB);
    const receiving = receive(b, data.length);
    expect(await lastValueFrom(send(a, data, ZEROCOPY))).to.equal(data.length);
    expect((await receiving).equals(data)).to.equal(true);
  });

  it('copies on an adopted socket whose numbers others have used', async () => {
    const [a, b] = closed(tcpPair());
    await lastValueFrom(send(a, pattern(50_000), ZEROCOPY).pipe(take(1)), { defaultValue: 0 });
    const [again] = closed([Socket.adopt(a.detach())]);
    // Copied it fits, and is over at once.
    await receive(b, 50_000);
    expect(heard(send(again, pattern(50_000), ZEROCOPY))).to.deep.equal([50_000, 'complete']);
  });

  it('copies when the kernel has no room to keep account of it', async () => {
    const [a, b] = narrowPair();
    leaveNoOptionMemory(a);
    const errors = errorsOf(a);
    const data = pattern(MIB);
    const receiving = receive(b, data.length);
    expect(await lastValueFrom(send(a, data, ZEROCOPY))).to.equal(data.length);
    errors.stop();
    expect([...errors.codes]).to.deep.equal(['ENOBUFS']);
    expect(digest(await receiving)).to.equal(digest(data));
  });

  it('keeps apart hundreds that the kernel has at one time', async () => {
    const [a, b] = narrowPair();
    // As long as the peer does not acknowledge all of the first, the kernel gives nothing back.
    const receiving = receive(b, 8 * MIB);
    const messages = range(0, 512).pipe(
      mergeMap((i) => send(a, pattern(16_384, i), ZEROCOPY)),
      toArray(),
    );
    expect(await lastValueFrom(messages)).to.have.length(512);
    const all = Buffer.concat(Array.from({ length: 512 }, (_, i) => pattern(16_384, i)));
    expect(digest(await receiving)).to.equal(digest(all));
  });

  it('is taken back before it has begun', async () => {
    const [a, b] = closed(tcpPair());
    send(a, pattern(MIB), ZEROCOPY).subscribe().unsubscribe();
    expect(await lastValueFrom(send(a, 'instead'))).to.equal(7);
    expect((await receive(b, 7)).toString()).to.equal('instead');
  });

  it('tells a subscriber to the error queue nothing of it, and does not depend on him', async () => {
    const [a, b] = narrowPair();
    const entries: ErrorQueueEntry[] = [];
    const subscription = fromErrorQueue(a).subscribe((entry) => entries.push(entry));
    const first = heard(send(a, pattern(100_000), ZEROCOPY));
    await receive(b, 100_000);
    await until(() => first.length > 0);
    expect(first).to.deep.equal([100_000, 'complete']);
    expect(entries).to.deep.equal([]);
    subscription.unsubscribe();
  });

  it('hears of it itself when the subscriber to the error queue leaves', async () => {
    const [a, b] = narrowPair();
    const subscription = fromErrorQueue(a).subscribe();
    const news = heard(send(a, pattern(200_000), ZEROCOPY));
    await turnFor(5);
    subscription.unsubscribe();
    await receive(b, 200_000);
    await until(() => news.length > 0);
    expect(news).to.deep.equal([200_000, 'complete']);
  });

  it('fails with ERR_SOCKET_CLOSED when the socket is closed, and what the kernel has arrives as it was', async () => {
    const before = socketDescriptors().length;
    const [a, b] = narrowPair();
    const expected = digest(pattern(200_000));
    const news = heard(send(a, pattern(200_000), ZEROCOPY));
    await until(() => a.bytesUnsent() > 0);
    await turnFor(5);
    a.close();
    expect(news).to.deep.equal(['ERR_SOCKET_CLOSED']);
    expect(socketDescriptors()).to.have.length(before + 2);
    // What is collected is used again by these.
    globalThis.gc?.();
    await turnFor(20);
    for (let i = 0; i < 50; i++) Buffer.alloc(200_000, 0xff);
    expect(digest(await receive(b, 200_000))).to.equal(expected);
    await expectReady(b, 'readable');
    expect(b.recv(Buffer.alloc(1))).to.equal(0);
    await until(() => socketDescriptors().length === before + 1);
  });

  it('closes at once when nothing is outstanding', async () => {
    const [a, b] = closed(tcpPair());
    const receiving = receive(b, 100_000);
    await lastValueFrom(send(a, pattern(100_000), ZEROCOPY));
    await receiving;
    const before = socketDescriptors().length;
    a.close();
    expect(socketDescriptors()).to.have.length(before - 1);
  });

  it('resets at once where SO_LINGER says so', async () => {
    const [a, b] = narrowPair();
    const news = heard(send(a, pattern(MIB), ZEROCOPY));
    await until(() => a.bytesUnsent() > 0);
    const before = socketDescriptors().length;
    a.setsockopt(SOL_SOCKET, c.SO_LINGER, { enabled: true, timeout: 0 });
    a.close();
    expect(news).to.deep.equal(['ERR_SOCKET_CLOSED']);
    await until(() => socketDescriptors().length === before - 1);
    expect(b.takeError()?.code).to.equal('ECONNRESET');
  });

  it('resets a closed connection whose peer takes nothing for a minute', async () => {
    const [a, b] = narrowPair();
    send(a, pattern(MIB), ZEROCOPY).subscribe({ error: () => {} });
    await until(() => a.bytesUnsent() > 0);
    await turnFor(20);
    const before = socketDescriptors().length;
    const minute = closeAndCapture(a);
    await turnFor(5);
    expect(socketDescriptors()).to.have.length(before);
    // As long as the peer's kernel still takes some, another minute begins.
    await until(() => {
      if (socketDescriptors().length === before - 1) return true;
      minute();
      return false;
    });
    expect(b.takeError()?.code).to.equal('ECONNRESET');
  });

  it('leaves a detached connection to its new owner', async () => {
    const [a, b] = narrowPair();
    const data = pattern(200_000);
    send(a, data, ZEROCOPY).subscribe({ error: () => {} });
    await until(() => a.bytesUnsent() > 0);
    await turnFor(5);
    const before = socketDescriptors().length;
    const [owner] = closed([Socket.adopt(a.detach())]);
    expect(socketDescriptors()).to.have.length(before + 1);
    owner.send(Buffer.from('more'));
    expect((await receive(b, 200_004)).subarray(-4).toString()).to.equal('more');
    await until(() => socketDescriptors().length === before);
  });
});

describe('sendAll with MSG_ZEROCOPY', () => {
  it('emits the length of each item when it is given back, and completes then', async () => {
    const [a, b] = narrowPair();
    const items = new Subject<Buffer>();
    const news = heard(items.pipe(sendAll(a, { flags: ZEROCOPY })));
    for (const length of [100_000, 10, 200_000]) items.next(pattern(length));
    items.complete();
    await until(() => a.bytesUnsent() > 0);
    await turnFor(5);
    expect(news).not.to.include(200_000);
    await receive(b, 300_010);
    await until(() => news.includes('complete'));
    expect(news.at(-1)).to.equal('complete');
    expect(news.slice(0, -1)).to.have.members([100_000, 10, 200_000]);
  });

  it('sends a stream of large chunks intact', async () => {
    const [a, b] = closed(tcpPair());
    const receiving = receive(b, 16 * MIB);
    const chunks = range(0, 16).pipe(concatMap((i) => send(a, pattern(MIB, i), ZEROCOPY)));
    await lastValueFrom(chunks);
    const all = Buffer.concat(Array.from({ length: 16 }, (_, i) => pattern(MIB, i)));
    expect(digest(await receiving)).to.equal(digest(all));
  });
});
