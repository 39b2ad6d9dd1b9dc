import { expect } from 'chai';
import { concat, firstValueFrom, lastValueFrom, merge, toArray } from 'rxjs';
import { type Socket, socket, socketpair } from 'uvsock';
import { AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from 'uvsock/constants';
import { send, sendto } from 'uvsock/rx';
import {
  assertWouldBlock,
  closed,
  expectReady,
  fill,
  tcpPair,
  turnFor,
  udpSocket,
} from '../support/sockets.ts';

/** Reads all there is until the other side is through. */
async function readAll(from: Socket, length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let total = 0; total < length; ) {
    const part = Buffer.alloc(1 << 16);
    const n = from.recv(part);
    if (n === null) await expectReady(from, 'readable');
    else {
      parts.push(part.subarray(0, n));
      total += n;
    }
  }
  return Buffer.concat(parts);
}

describe('send', () => {
  it('emits the length and completes, synchronously if the kernel takes it at once', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const events: unknown[] = [];
    send(a, 'grüße').subscribe({ next: (n) => events.push(n), complete: () => events.push('complete') });
    expect(events).to.deep.equal([7, 'complete']);
    expect(b.recv(Buffer.alloc(16))).to.equal(7);
  });

  it('is cold: each subscription sends', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    const sending = send(a, 'x');
    assertWouldBlock(b.recv(Buffer.alloc(1)));
    sending.subscribe();
    sending.subscribe();
    expect([b.recv(Buffer.alloc(1)), b.recv(Buffer.alloc(1)), b.recv(Buffer.alloc(1))]).to.deep.equal([
      1,
      1,
      null,
    ]);
  });

  it('leaves the queue with others in one call, and each is told of its own', async () => {
    const [a, b] = closed(tcpPair());
    const filled = fill(a);
    let calls = 0;
    for (const name of ['send', 'sendmsg'] as const) {
      const original = a[name] as (...args: unknown[]) => number | null;
      const counting = (...args: unknown[]) => {
        calls++;
        return original.apply(a, args);
      };
      Object.assign(a, { [name]: counting });
    }
    const messages = Array.from({ length: 3000 }, (_, i) =>
      Buffer.alloc(i % 100, String.fromCharCode(65 + (i % 26))),
    );
    const told: number[] = [];
    const sent = messages.map((data) => lastValueFrom(send(a, data)).then((n) => told.push(n)));
    calls = 0;
    const length = messages.reduce((sum, data) => sum + data.length, 0);
    const received = await readAll(b, filled + length);
    await Promise.all(sent);
    expect(received.subarray(filled).equals(Buffer.concat(messages))).to.equal(true);
    expect(told).to.deep.equal(messages.map((data) => data.length));
    expect(calls).to.be.below(30);
  });

  it('keeps messages with flags, and those of datagrams, in calls of their own', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    const filled = fill(a, Buffer.from('x'));
    const sent = ['one', 'two', ''].map((text) => lastValueFrom(send(a, text)));
    const received: string[] = [];
    const buffer = Buffer.alloc(10);
    while (received.length < filled + 3) {
      const n = b.recv(buffer);
      if (n === null) await expectReady(b, 'readable');
      else received.push(buffer.toString('utf8', 0, n));
    }
    expect(received.slice(filled)).to.deep.equal(['one', 'two', '']);
    expect(await Promise.all(sent)).to.deep.equal([3, 3, 0]);
  });

  it('cannot be taken back once it has gone with others, and is told of it even when the socket closes', async () => {
    const [a, b] = closed(tcpPair());
    const filled = fill(a);
    const events: string[] = [];
    const second = send(a, 'second').subscribe(() => events.push('second'));
    const first = new Promise<void>((resolve) => {
      send(a, 'third').subscribe({
        next: () => events.push('third'),
        error: (error) => events.push(error.code),
        complete: resolve,
      });
    });
    expect(second.closed).to.equal(false);
    second.add(() => a.shutdown(1));
    const received = await readAll(b, filled + 11);
    await first;
    expect(String(received.subarray(filled))).to.equal('secondthird');
    expect(events).to.deep.equal(['second', 'third']);
  });

  it('waits until the kernel has every byte', async () => {
    const [a, b] = closed(tcpPair());
    const data = Buffer.alloc(16 << 20, 'whole');
    const sent = firstValueFrom(send(a, data));
    const received = await readAll(b, data.length);
    expect(await sent).to.equal(data.length);
    expect(received.equals(data)).to.equal(true);
  });

  it('keeps messages whole and in order when many wait at once', async () => {
    const [a, b] = closed(tcpPair());
    const messages = Array.from({ length: 60 }, (_, index) => Buffer.alloc(100_000 + index, index + 1));
    const sent = lastValueFrom(merge(...messages.map((message) => send(a, message))).pipe(toArray()));
    const whole = Buffer.concat(messages);
    expect((await readAll(b, whole.length)).equals(whole)).to.equal(true);
    expect(await sent).to.deep.equal(messages.map((message) => message.length));
  });

  it('takes a message back that has not begun, and finishes one that has', async () => {
    const [a, b] = closed(tcpPair());
    const begun = Buffer.alloc(16 << 20, 'begun');
    const first = send(a, begun).subscribe();
    const second = send(a, Buffer.alloc(1000, '-')).subscribe();
    const last = firstValueFrom(send(a, 'last'));
    first.unsubscribe();
    second.unsubscribe();
    const received = await readAll(b, begun.length + 4);
    expect(await last).to.equal(4);
    expect(received.equals(Buffer.concat([begun, Buffer.from('last')]))).to.equal(true);
  });

  it('lets the data of a begun message change once it has been unsubscribed', async () => {
    const [a, b] = closed(tcpPair());
    const data = Buffer.alloc(16 << 20, 'begun');
    const whole = Buffer.from(data);
    send(a, data).subscribe().unsubscribe();
    data.fill('-');
    expect((await readAll(b, whole.length)).equals(whole)).to.equal(true);
  });

  it('leaves nothing armed when the last waiting message is taken back', async () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    fill(a, Buffer.alloc(100));
    const subscription = send(a, 'x').subscribe();
    subscription.unsubscribe();
    expect(a._sendQueue).to.not.equal(null);
    await turnFor(5);
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout')).to.have.length(1); // mocha's
  });

  it('fails with ERR_SOCKET_CLOSED when the socket is closed while it waits, or was before', async () => {
    const [a] = closed(tcpPair());
    const waiting = lastValueFrom(send(a, Buffer.alloc(32 << 20))).catch((error) => error.code);
    const behind = lastValueFrom(send(a, 'x')).catch((error) => error.code);
    a.close();
    expect(await waiting).to.equal('ERR_SOCKET_CLOSED');
    expect(await behind).to.equal('ERR_SOCKET_CLOSED');
    expect(await lastValueFrom(send(a, 'x')).catch((error) => error.code)).to.equal('ERR_SOCKET_CLOSED');
  });

  it('on a stream fails what is queued behind a failure, and then works again or fails anew', async () => {
    const [a, b] = closed(tcpPair());
    const results = [Buffer.alloc(32 << 20), 'x', 'y'].map((data) =>
      lastValueFrom(send(a, data)).catch((error) => error.code),
    );
    b.close(); // with unread data: a reset
    const codes = await Promise.all(results);
    expect(new Set(codes)).to.have.property('size', 1);
    expect(codes[0]).to.be.oneOf(['ECONNRESET', 'EPIPE']);
    expect(await lastValueFrom(send(a, 'z')).catch((error) => error.code)).to.equal('EPIPE');
  });

  it('may be called from within its own emissions', async () => {
    const [a, b] = closed(tcpPair());
    const data = Buffer.alloc(8 << 20, 'a');
    let nested = 0;
    send(a, data).subscribe(() => send(a, 'nested').subscribe((n) => (nested = n)));
    const received = await readAll(b, data.length + 6);
    expect(received.subarray(-6).toString()).to.equal('nested');
    expect(nested).to.equal(6);
  });

  it('refuses what is neither text nor bytes', () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    expect(() => send(a, 5 as never)).to.throw(TypeError, /data/);
    expect(() => send(a, 'x', 'y' as never)).to.throw(TypeError, /flags/);
    let code: unknown;
    send(a, new Uint8Array(new SharedArrayBuffer(4))).subscribe({ error: (error) => (code = error.code) });
    expect(code).to.equal('ERR_INVALID_ARG_TYPE');
  });
});

describe('sendto', () => {
  it('sends a datagram, also an empty one', () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    const lengths: number[] = [];
    concat(sendto(a, 'hello', b.getsockname()), sendto(a, '', b.getsockname())).subscribe((n) =>
      lengths.push(n),
    );
    expect(lengths).to.deep.equal([5, 0]);
    expect([b.recv(Buffer.alloc(8)), b.recv(Buffer.alloc(8))]).to.deep.equal([5, 0]);
  });

  it('waits for the full queue of an unconnected Unix receiver, without spinning', async () => {
    const [server, client] = closed([socket(AF_UNIX, SOCK_DGRAM), socket(AF_UNIX, SOCK_DGRAM)]);
    server.bind(AF_UNIX, '');
    const address = server.getsockname();
    let queued = 0;
    while (client.sendto(Buffer.from('x'), address) !== null) queued++;
    let attempts = 0;
    const original = client._sendto.bind(client);
    client._sendto = (...args) => {
      attempts++;
      return original(...args);
    };
    const sent = firstValueFrom(sendto(client, 'late', address));
    await turnFor(200);
    expect(attempts).to.be.within(2, 15);
    for (let i = 0; i < queued; i++) server.recv(Buffer.alloc(8));
    expect(await sent).to.equal(4);
    expect(server.recv(Buffer.alloc(8))).to.equal(4);
  });

  it('fails alone: what is queued behind it is sent', async () => {
    const [server, client] = closed([socket(AF_UNIX, SOCK_DGRAM), socket(AF_UNIX, SOCK_DGRAM)]);
    server.bind(AF_UNIX, '');
    const address = server.getsockname();
    let queued = 0;
    while (client.sendto(Buffer.from('x'), address) !== null) queued++;
    const results = [
      lastValueFrom(sendto(client, 'one', address)),
      lastValueFrom(sendto(client, 'two', { path: '/nowhere/at/all' })).catch((error) => error.code),
      lastValueFrom(sendto(client, 'three', address)),
    ];
    for (let i = 0; i < queued; i++) server.recv(Buffer.alloc(8));
    expect(await Promise.all(results)).to.deep.equal([3, 'ENOENT', 5]);
  });

  it('sends the parts of a message on a stream once each', async () => {
    const [a, b] = closed(tcpPair());
    const data = Buffer.alloc(16 << 20, 'stream');
    const sent = lastValueFrom(sendto(a, data, b.getsockname()));
    expect((await readAll(b, data.length)).equals(data)).to.equal(true);
    expect(await sent).to.equal(data.length);
    await turnFor(5);
    expect(b.recv(Buffer.alloc(8))).to.equal(null);
  });

  it('refuses an address that is none, when it is called', () => {
    const [a] = closed([udpSocket()]);
    expect(() => sendto(a, 'x', {} as never)).to.throw(TypeError, /address/);
    expect(() => sendto(a, 'x', { address: '127.0.0.1', port: 70_000 })).to.throw(RangeError, /port/);
  });
});
