import { expect } from 'chai';
import { from, lastValueFrom, map, range, Subject, type Subscription, tap, toArray } from 'rxjs';
import { DatagramBatch, type Socket, type SocketAddress, socketpair } from 'uvsock';
import { AF_UNIX, IPPROTO_UDP, SOCK_DGRAM, SOCK_STREAM, UDP_GRO } from 'uvsock/constants';
import { fromRecvmmsg, type SendBatchesConfig, type SendItem, sendBatches } from 'uvsock/rx';
import { assertWouldBlock, closed, fullReceiver, turnFor, udpSocket } from '../support/sockets.ts';

/** What is there to receive, as text. */
function received(from: Socket): string[] {
  const batch = new DatagramBatch({ size: 4096 });
  const seen: string[] = [];
  while (from.recvmmsg(batch) !== null) for (const { data } of batch) seen.push(data.toString());
  return seen;
}

/** A source to push to, and all that sendBatches says of it: numbers, codes of errors, `'complete'`. */
class Run {
  readonly source = new Subject<SendItem>();
  readonly seen: unknown[] = [];
  readonly subscription: Subscription;
  #done = () => {};
  readonly over = new Promise<void>((resolve) => {
    this.#done = resolve;
  });

  constructor(to: Socket, config?: SendBatchesConfig) {
    this.subscription = this.source.pipe(sendBatches(to, config)).subscribe({
      next: (count) => this.seen.push(count),
      error: (error) => {
        this.seen.push(error.code ?? error.message);
        this.#done();
      },
      complete: () => {
        this.seen.push('complete');
        this.#done();
      },
    });
  }

  push(...items: SendItem[]): this {
    for (const item of items) this.source.next(item);
    return this;
  }
}

describe('sendBatches', () => {
  it('sends what comes in a turn at its end, and says how many datagrams that were', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    const run = new Run(a, { address: b.getsockname() }).push('one', 'two', '', 'a longer one');
    assertWouldBlock(b.recv(Buffer.alloc(9)));
    await new Promise(setImmediate);
    expect(received(b)).to.deep.equal(['one', 'two', '', 'a longer one']);
    run.push('next');
    await new Promise(setImmediate);
    expect(run.seen).to.deep.equal([4, 1]);
    run.subscription.unsubscribe();
  });

  it('sends at once, and completes, when the source completes', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    const run = new Run(a, { address: b.getsockname() }).push('one', 'two');
    run.source.complete();
    expect(run.seen).to.deep.equal([2, 'complete']);
    expect(received(b)).to.deep.equal(['one', 'two']);
  });

  it('completes when there was nothing to send', () => {
    const [a] = closed([udpSocket()]);
    const run = new Run(a);
    run.source.complete();
    expect(run.seen).to.deep.equal(['complete']);
  });

  it('sends each item to its address, in order', async () => {
    const [a, b, c] = closed([udpSocket(), udpSocket(), udpSocket()]);
    const items = [b, c, b, b].map((to, i) => ({ data: String(i), address: to.getsockname() }));
    await lastValueFrom(from(items).pipe(sendBatches(a)));
    expect(received(b)).to.deep.equal(['0', '2', '3']);
    expect(received(c)).to.deep.equal(['1']);
  });

  it('puts messages of one size to one address together, unless told not to', async function () {
    if (UDP_GRO === undefined) return this.skip();
    for (const gso of [true, false]) {
      const [a, b] = closed([udpSocket(), udpSocket()]);
      b.setsockopt(IPPROTO_UDP, UDP_GRO, true);
      const items = Array.from({ length: 10 }, () => ({ data: 'same', address: b.getsockname() }));
      await lastValueFrom(from(items).pipe(sendBatches(a, { gso })));
      const batch = new DatagramBatch({ count: 32, size: 65_535 });
      expect(b.recvmmsg(batch)).to.equal(gso ? 1 : 10);
      expect(batch.datagrams).to.equal(10);
    }
  });

  it('copies what it takes', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    const data = Buffer.from('before');
    const run = new Run(a, { address: b.getsockname() }).push(data);
    data.write('behind');
    run.source.complete();
    expect(received(b)).to.deep.equal(['before']);
  });

  it('sends more than a batch holds, before the end of the turn', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    const run = new Run(a, { gso: false });
    const seen: string[] = [];
    for (let i = 0; i < 500; i++) {
      run.push(String(i));
      seen.push(...received(b));
    }
    expect(seen.length).to.be.greaterThan(0);
    run.source.complete();
    await run.over;
    seen.push(...received(b));
    expect(seen).to.deep.equal(Array.from({ length: 500 }, (_, i) => String(i)));
  });

  it('waits for room, and loses and repeats nothing', async () => {
    const { sender, receiver, address, filled } = fullReceiver();
    const run = new Run(sender, { address });
    const expected = Array.from({ length: 300 }, (_, i) => String(i));
    run.push(...expected);
    run.source.complete();
    expect(run.seen).to.deep.equal([]);
    const seen: string[] = [];
    while (seen.length < filled + expected.length) {
      seen.push(...received(receiver));
      await turnFor(1);
    }
    await run.over;
    expect(seen.slice(filled)).to.deep.equal(expected);
    expect((run.seen.slice(0, -1) as number[]).reduce((sum, n) => sum + n, 0)).to.equal(300);
    expect(run.seen.at(-1)).to.equal('complete');
  });

  it('fails when more waits than may', async () => {
    const { sender, address } = fullReceiver();
    const run = new Run(sender, { address, highWaterMark: 10 }).push('12345', '67890');
    expect(run.seen).to.deep.equal([]);
    run.push('x');
    expect(run.seen).to.deep.equal(['ERR_SOCKET_OVERFLOW']);
  });

  it('drops the newest or the oldest instead, if asked', async () => {
    for (const [overflow, expected] of [
      ['dropNewest', ['1234', '5678']],
      ['dropOldest', ['5678', 'abc']],
    ] as const) {
      const { sender, receiver, address, filled } = fullReceiver();
      const run = new Run(sender, { address, highWaterMark: 10, overflow, gso: false });
      run.push('1234', '5678', 'abc');
      run.source.complete();
      const seen: string[] = [];
      while (!run.seen.includes('complete')) {
        seen.push(...received(receiver));
        await turnFor(1);
      }
      seen.push(...received(receiver));
      expect(seen.slice(filled)).to.deep.equal(expected);
    }
  });

  it('tells when much waits, and when little does again', async () => {
    const { sender, receiver, address } = fullReceiver();
    const told: boolean[] = [];
    const fullObserver = { next: (full: boolean) => told.push(full) };
    const run = new Run(sender, { address, highWaterMark: 100, fullObserver }).push('x'.repeat(40));
    expect(told).to.deep.equal([]);
    run.push('x'.repeat(40));
    expect(told).to.deep.equal([true]);
    run.source.complete();
    while (!run.seen.includes('complete')) {
      received(receiver);
      await turnFor(1);
    }
    expect(told).to.deep.equal([true, false]);
  });

  it('tells of the messages that cannot be sent, one by one, and sends the others', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    const bad = { address: '127.0.0.1', port: 0 };
    const failed: unknown[] = [];
    const onError = (error: unknown, item: SendItem) => {
      const { data, address } = item as { data: Buffer; address: SocketAddress };
      failed.push([(error as { code: string }).code, String(data), address.port]);
    };
    const run = new Run(a, { address: b.getsockname(), onError });
    run.push('1', { data: 'bad', address: bad }, { data: 'too', address: bad }, '2');
    run.source.complete();
    expect(received(b)).to.deep.equal(['1', '2']);
    expect(failed).to.deep.equal([
      ['EINVAL', 'bad', 0],
      ['EINVAL', 'too', 0],
    ]);
    expect(run.seen).to.deep.equal([2, 'complete']);
  });

  it('does not go round in circles when a handler pushes again what has failed', async () => {
    const [a] = closed([udpSocket()]);
    let failures = 0;
    const run = new Run(a, {
      onError: (_, item) => {
        failures++;
        run.push(item);
      },
    });
    run.push({ data: 'bad', address: { address: '127.0.0.1', port: 0 } });
    await turnFor(5);
    run.subscription.unsubscribe();
    expect(failures).to.be.greaterThan(0);
  });

  it('fails with the error of a message where nobody handles it, after telling what went', () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    const run = new Run(a, { address: b.getsockname() });
    run.push('1', { data: 'bad', address: { address: '127.0.0.1', port: 0 } }, '2');
    run.source.complete();
    expect(run.seen).to.deep.equal([1, 'EINVAL']);
  });

  it('fails when the socket is closed while something waits, or with the next item', () => {
    const { sender, address } = fullReceiver();
    const waiting = new Run(sender, { address }).push('x');
    sender.close();
    expect(waiting.seen).to.deep.equal(['ERR_SOCKET_CLOSED']);
    const [a, b] = closed([udpSocket(), udpSocket()]);
    const run = new Run(a, { address: b.getsockname() });
    a.close();
    expect(run.seen).to.deep.equal([]);
    run.push('x');
    expect(run.seen).to.deep.equal(['ERR_SOCKET_CLOSED']);
  });

  it('takes back what waits when it is unsubscribed, or the source fails', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    new Run(a, { address: b.getsockname() }).push('x').subscription.unsubscribe();
    const run = new Run(a, { address: b.getsockname() }).push('x');
    run.source.error(new Error('source'));
    await new Promise(setImmediate);
    expect(run.seen).to.deep.equal(['source']);
    assertWouldBlock(b.recv(Buffer.alloc(9)));
  });

  it('sends what is pushed while it tells, in the next turn', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    const source = new Subject<SendItem>();
    let rounds = 0;
    const subscription = source
      .pipe(
        sendBatches(a, { address: b.getsockname() }),
        tap(() => {
          if (++rounds < 3) source.next(String(rounds));
        }),
      )
      .subscribe();
    source.next('0');
    while (rounds < 3) await turnFor(1);
    subscription.unsubscribe();
    expect(received(b)).to.deep.equal(['0', '1', '2']);
  });

  it('sends on what a source lends', async () => {
    const [a, b, c] = closed([udpSocket(), udpSocket(), udpSocket()]);
    for (let i = 0; i < 100; i++) a.sendto(Buffer.from(String(i)), b.getsockname());
    const relaying = new Subject<SendItem>();
    const sending = relaying.pipe(sendBatches(b, { address: c.getsockname() })).subscribe();
    const receiving = fromRecvmmsg(b, { count: 7, reuse: true }).subscribe((batch) => {
      for (const { data } of batch) relaying.next(data);
    });
    const seen: string[] = [];
    while (seen.length < 100) {
      seen.push(...received(c));
      await turnFor(1);
    }
    receiving.unsubscribe();
    sending.unsubscribe();
    expect(seen).to.deep.equal(Array.from({ length: 100 }, (_, i) => String(i)));
  });

  it('emits numbers that add up', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    const counts = range(0, 100).pipe(
      map((i) => ({ data: 'x'.repeat(i), address: b.getsockname() })),
      sendBatches(a),
      toArray(),
    );
    expect((await lastValueFrom(counts)).reduce((sum, n) => sum + n, 0)).to.equal(100);
  });

  it('names a wrong argument', () => {
    const [stream] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const [a] = closed([udpSocket()]);
    expect(() => sendBatches(stream)).to.throw(TypeError, /"socket"/);
    expect(() => sendBatches(a, { overflow: 'x' as never })).to.throw(TypeError, /"overflow"/);
    expect(new Run(a).push(5 as never).seen).to.deep.equal(['ERR_INVALID_ARG_TYPE']);
  });
});
