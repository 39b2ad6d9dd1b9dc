import { expect } from 'chai';
import { concat, firstValueFrom, lastValueFrom, reduce, take, toArray } from 'rxjs';
import { type Socket, socketpair } from 'uvsock';
import {
  AF_UNIX,
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from 'uvsock/constants';
import { fromRecv } from 'uvsock/rx';
import { assertWouldBlock, closed, codeOf, expectReady, tcpPair, turnFor } from '../support/sockets.ts';

const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString();

/** Counts the recv calls on a socket. */
function countRecv(socket: Socket): () => number {
  let calls = 0;
  const recv = socket.recv.bind(socket);
  socket.recv = (...args) => {
    calls++;
    return recv(...args);
  };
  return () => calls;
}

describe('fromRecv', () => {
  it('emits what arrives and completes at the end of the stream', async () => {
    const [a, b] = closed(tcpPair());
    const received = lastValueFrom(fromRecv(b).pipe(toArray()));
    a.send(Buffer.from('one '));
    await turnFor(5);
    a.send(Buffer.from('two'));
    a.shutdown(1);
    expect(text(await received)).to.equal('one two');
  });

  it('is cold: nothing is read before it is subscribed', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    a.send(Buffer.from('x'));
    fromRecv(b);
    expect(b.recv(Buffer.alloc(8))).to.equal(1);
  });

  it('emits at once what is there already, without registering', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    a.send(Buffer.from('there'));
    let emitted: Buffer | undefined;
    fromRecv(b)
      .pipe(take(1))
      .subscribe((chunk) => (emitted = chunk));
    expect(emitted?.toString()).to.equal('there');
  });

  it('loses nothing with take(1)', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    a.send(Buffer.from('abcdef'));
    const parts: string[] = [];
    for (let i = 0; i < 3; i++) {
      parts.push((await firstValueFrom(fromRecv(b, { size: 2 }))).toString());
    }
    expect(parts).to.deep.equal(['ab', 'cd', 'ef']);
  });

  it('does not spend a second recv on a stream after a short read', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    a.send(Buffer.from('x'));
    const calls = countRecv(b);
    const subscription = fromRecv(b).subscribe();
    expect(calls()).to.equal(1);
    await turnFor(20);
    expect(calls()).to.equal(1);
    a.send(Buffer.from('y'));
    await turnFor(20);
    expect(calls()).to.equal(2);
    subscription.unsubscribe();
  });

  it('keeps datagrams apart, the empty one included', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    for (const data of ['one', '', 'two']) a.send(Buffer.from(data));
    const datagrams = await firstValueFrom(fromRecv(b).pipe(take(3), toArray()));
    expect(datagrams.map(String)).to.deep.equal(['one', '', 'two']);
  });

  it('keeps the messages of SEQPACKET apart and completes at their end', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_SEQPACKET));
    for (const data of ['one', 'two']) a.send(Buffer.from(data));
    a.close();
    const messages = await lastValueFrom(fromRecv(b).pipe(toArray()));
    expect(messages.map(String)).to.deep.equal(['one', 'two']);
  });

  it('emits chunks that do not change when more arrives', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const chunks: Buffer[] = [];
    const subscription = fromRecv(b).subscribe((chunk) => chunks.push(chunk));
    const sizes = [1, 100, 5000, 20_000, 65_536, 3];
    for (const [index, size] of sizes.entries()) {
      a.send(Buffer.alloc(size, index + 1));
      await turnFor(2);
    }
    subscription.unsubscribe();
    const whole = Buffer.concat(chunks);
    expect(whole).to.deep.equal(Buffer.concat(sizes.map((size, index) => Buffer.alloc(size, index + 1))));
  });

  it('completes when the socket is closed, and fails when it was closed before', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    void a;
    const done = lastValueFrom(fromRecv(b).pipe(toArray()));
    b.close();
    expect(await done).to.deep.equal([]);
    const error = await lastValueFrom(fromRecv(b)).catch((reason) => reason);
    expect(error.code).to.equal('ERR_SOCKET_CLOSED');
  });

  it('fails with the error of the kernel', async () => {
    const [a, b] = closed(tcpPair());
    const { SO_LINGER, SOL_SOCKET } = await import('uvsock/constants');
    a.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 });
    const failed = lastValueFrom(fromRecv(b)).catch((reason) => reason);
    a.close();
    expect(await failed).to.include({ code: 'ECONNRESET', syscall: 'recv' });
  });

  it('stops at once when unsubscribed, and leaves the socket open', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    let emissions = 0;
    const subscription = fromRecv(b).subscribe(() => emissions++);
    subscription.unsubscribe();
    a.send(Buffer.from('x'));
    await turnFor(20);
    expect(emissions).to.equal(0);
    expect(b.recv(Buffer.alloc(1))).to.equal(1);
  });

  it('refuses a second reader of a stream, also one added during an emission', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const codes: unknown[] = [];
    const second = () => fromRecv(b).subscribe({ error: (error) => codes.push(error.code) });
    const first = fromRecv(b).subscribe(second);
    second();
    a.send(Buffer.from('x'));
    await turnFor(20);
    expect(codes).to.deep.equal(['ERR_SOCKET_BUSY', 'ERR_SOCKET_BUSY']);
    first.unsubscribe();
    expect(
      (await Promise.all([firstValueFrom(fromRecv(b)), a.send(Buffer.from('y'))]))[0].toString(),
    ).to.equal('y');
  });

  it('lets other things happen while a peer sends without end', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    const message = Buffer.alloc(10);
    // Each datagram read makes room for the next, which is sent at once: without a budget this never ends.
    while (a.send(message) !== null) {}
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const subscription = fromRecv(b).subscribe(() => a.send(message));
    while (ticks < 10) await new Promise(setImmediate);
    subscription.unsubscribe();
    clearInterval(timer);
  });

  it('counts its budget in turns, also when promises resume it', async () => {
    const { mergeRecv } = await import('uvsock/rx');
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    const message = Buffer.alloc(10);
    while (a.send(message) !== null) {}
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const subscription = mergeRecv(b, async () => a.send(message)).subscribe();
    while (ticks < 10) await new Promise(setImmediate);
    subscription.unsubscribe();
    clearInterval(timer);
  });

  it('may be closed, unsubscribed and subscribed from within its emissions', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    a.send(Buffer.from('abc'));
    const one = fromRecv(b, { size: 1 }).pipe(take(1));
    const both = await firstValueFrom(concat(one, one).pipe(toArray()));
    expect(text(both)).to.equal('ab');
    const closing = fromRecv(b, { size: 1 });
    let completed = false;
    closing.subscribe({ next: () => b.close(), complete: () => (completed = true) });
    expect(completed).to.equal(true);
  });

  it('transfers megabytes intact', async () => {
    const [a, b] = closed(tcpPair());
    const total = 20 << 20;
    const data = Buffer.alloc(1 << 20, 'uvsock');
    const sending = (async () => {
      for (let sent = 0; sent < total; ) {
        const n = a.send(data, 0, sent % data.length);
        if (n === null) await expectReady(a, 'writable');
        else sent += n;
      }
      a.shutdown(1);
    })();
    const received = await lastValueFrom(
      fromRecv(b).pipe(
        reduce((at, chunk) => {
          for (let i = 0; i < chunk.length; i += 997) {
            if (chunk[i] !== data[(at + i) % data.length]) throw new Error(`wrong byte at ${at + i}`);
          }
          return at + chunk.length;
        }, 0),
      ),
    );
    await sending;
    expect(received).to.equal(total);
  });

  it('receives with the flags it is given', async () => {
    const [a, b] = closed(tcpPair());
    a.send(Buffer.from('!'), MSG_OOB);
    await expectReady(b, 'priority');
    expect(String(await firstValueFrom(fromRecv(b, { flags: MSG_OOB })))).to.equal('!');
  });

  it('refuses flags under which it would take nothing, and bad numbers, naming the field', () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    for (const flags of [MSG_PEEK, MSG_TRUNC, MSG_ERRQUEUE!]) {
      expect(() => fromRecv(a, { flags })).to.throw(TypeError, /flags/);
    }
    expect(() => fromRecv(a, { size: 0 })).to.throw(RangeError, /size/);
    expect(() => fromRecv(a, { size: 1.5 })).to.throw(RangeError, /size/);
    expect(() => fromRecv(a, { maxPerTurn: '1' as never })).to.throw(TypeError, /maxPerTurn/);
    expect(codeOf(() => fromRecv(null as never))).to.equal('ERR_INVALID_ARG_TYPE');
    assertWouldBlock(a.recv(Buffer.alloc(1)));
    expect(() => fromRecv(a, { flags: '1' as never })).to.throw(TypeError, /flags/);
  });
});
