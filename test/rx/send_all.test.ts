import { expect } from 'chai';
import {
  BehaviorSubject,
  from,
  lastValueFrom,
  map,
  of,
  config as rxjs,
  Subject,
  type Subscription,
  tap,
  toArray,
} from 'rxjs';
import { type Socket, socketpair } from 'uvsock';
import { AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } from 'uvsock/constants';
import { fromRecv, type SendAllConfig, type SendItem, send, sendAll } from 'uvsock/rx';
import {
  assertWouldBlock,
  closed,
  codeOf,
  expectReady,
  fill,
  fullReceiver,
  tcpPair,
  udpSocket,
} from '../support/sockets.ts';

/** Receives until `length` bytes have come. */
async function receive(from: Socket, length: number): Promise<Buffer> {
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

/** Receives one datagram, as text. */
async function datagram(from: Socket): Promise<string> {
  const part = Buffer.alloc(1 << 16);
  for (;;) {
    const n = from.recv(part);
    if (n !== null) return part.toString('utf8', 0, n);
    await expectReady(from, 'readable');
  }
}

/** A Unix stream whose sender is full with `filled` bytes. */
function fullStream(): { sender: Socket; receiver: Socket; filled: number } {
  const [sender, receiver] = closed(socketpair(AF_UNIX, SOCK_STREAM));
  return { sender, receiver, filled: fill(sender) };
}

/** A source to push to, and all that sendAll says of it: lengths, codes of errors, `'complete'`. */
class Run {
  readonly source = new Subject<SendItem>();
  readonly seen: unknown[] = [];
  readonly subscription: Subscription;
  readonly over: Promise<void>;

  constructor(to: Socket, config?: SendAllConfig) {
    const { promise, resolve } = withResolvers();
    this.over = promise;
    this.subscription = this.source.pipe(sendAll(to, config)).subscribe({
      next: (length) => this.seen.push(length),
      error: (error) => {
        this.seen.push(error.code ?? error.message);
        resolve();
      },
      complete: () => {
        this.seen.push('complete');
        resolve();
      },
    });
  }

  push(...items: SendItem[]): this {
    for (const item of items) this.source.next(item);
    return this;
  }

  async end(): Promise<unknown[]> {
    this.source.complete();
    await this.over;
    return this.seen;
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

/** Everything that comes after what filled the socket, until `expected` has come and nothing more. */
async function rest(receiver: Socket, filled: number, expected: string): Promise<string> {
  const received = (await receive(receiver, filled + expected.length)).subarray(filled).toString();
  assertWouldBlock(receiver.recv(Buffer.alloc(1)));
  return received;
}

describe('sendAll', () => {
  it('emits lengths and completes, synchronously if the kernel takes all at once', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const run = new Run(a).push('grüße', Buffer.from('xy'), new Uint16Array(2));
    run.source.complete();
    expect(run.seen).to.deep.equal([7, 2, 4, 'complete']);
    expect(b.recv(Buffer.alloc(64))).to.equal(13);
  });

  it('sends in order, each item whole', async () => {
    const [a, b] = closed(tcpPair());
    const items = Array.from({ length: 200 }, (_, index) => Buffer.alloc(40_000 + index, index + 1));
    const lengths = lastValueFrom(from(items).pipe(sendAll(a, { highWaterMark: 10_000_000 }), toArray()));
    const whole = Buffer.concat(items);
    expect((await receive(b, whole.length)).equals(whole)).to.equal(true);
    expect(await lengths).to.deep.equal(items.map((item) => item.length));
  });

  it('completes after the last byte, not with the source', async () => {
    const { sender, receiver, filled } = fullStream();
    const run = new Run(sender).push('late');
    run.source.complete();
    expect(run.seen).to.deep.equal([]);
    expect(await rest(receiver, filled, 'late')).to.equal('late');
    await run.over;
    expect(run.seen).to.deep.equal([4, 'complete']);
  });

  it('keeps messages whole when others send on the same socket', async () => {
    const [a, b] = closed(tcpPair());
    const run = new Run(a, { highWaterMark: 1 << 24 });
    const expected: Buffer[] = [];
    const others: Promise<number>[] = [];
    for (let index = 0; index < 40; index++) {
      const item = Buffer.alloc(100_000, 2 * index + 1);
      const other = Buffer.alloc(90_000, 2 * index + 2);
      run.push(item);
      others.push(lastValueFrom(send(a, other)));
      expected.push(item, other);
    }
    const whole = Buffer.concat(expected);
    expect((await receive(b, whole.length)).equals(whole)).to.equal(true);
    await Promise.all([...others, run.end()]);
  });

  it('sends for each subscription', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    const sending = of('x', 'y').pipe(sendAll(a));
    sending.subscribe();
    sending.subscribe();
    let count = 0;
    while (b.recv(Buffer.alloc(1)) !== null) count++;
    expect(count).to.equal(4);
  });

  it('sends a flood, synchronous and longer than the stack is deep', async () => {
    const [a, b] = closed(tcpPair());
    const count = 100_000;
    let emitted = 0;
    const done = lastValueFrom(
      from(Array.from({ length: count }, (_, index) => index)).pipe(
        map((index) => Buffer.alloc(100, index)),
        sendAll(a, { highWaterMark: 1 << 30 }),
        map(() => ++emitted),
      ),
    );
    expect((await receive(b, count * 100)).length).to.equal(count * 100);
    expect(await done).to.equal(count);
  });

  describe('when too much waits', () => {
    it('fails with ERR_SOCKET_OVERFLOW and takes back what waits', async () => {
      const { sender, receiver, filled } = fullStream();
      const run = new Run(sender, { highWaterMark: 10 }).push('12345', '67890', '!', 'ignored');
      expect(run.seen).to.deep.equal(['ERR_SOCKET_OVERFLOW']);
      expect(run.source.observed).to.equal(false);
      const after = new Run(sender).push('after');
      expect(await rest(receiver, filled, 'after')).to.equal('after');
      expect(await after.end()).to.deep.equal([5, 'complete']);
    });

    it('drops the newest', async () => {
      const { sender, receiver, filled } = fullStream();
      const run = new Run(sender, { highWaterMark: 10, overflow: 'dropNewest' });
      run.push('1234', '5678', 'too long', '90', '!');
      expect(await rest(receiver, filled, '1234567890')).to.equal('1234567890');
      expect(await run.end()).to.deep.equal([4, 4, 2, 'complete']);
    });

    it('drops as many of the oldest as make room', async () => {
      const { sender, receiver, filled } = fullStream();
      const run = new Run(sender, { highWaterMark: 10, overflow: 'dropOldest' });
      run.push('aaaa', 'bbb', 'ccc', 'ddddd', 'eee');
      expect(await rest(receiver, filled, 'dddddeee')).to.equal('dddddeee');
      expect(await run.end()).to.deep.equal([5, 3, 'complete']);
    });

    it('drops all that wait for an item that is longer than the mark', async () => {
      const { sender, receiver, filled } = fullStream();
      const run = new Run(sender, { highWaterMark: 10, overflow: 'dropOldest' });
      run.push('aaaa', 'bbb', 'longer than ten');
      expect(await rest(receiver, filled, 'longer than ten')).to.equal('longer than ten');
      expect(await run.end()).to.deep.equal([15, 'complete']);
    });

    it('does not drop an item that has begun, but those behind it', async () => {
      const [a, b] = closed(tcpPair());
      const begun = Buffer.alloc(16 << 20, 'begun');
      const run = new Run(a, { highWaterMark: begun.length + 10, overflow: 'dropOldest' });
      run.push(begun, 'aaaa', 'bbbb', 'cccc');
      const received = await receive(b, begun.length + 8);
      expect(received.equals(Buffer.concat([begun, Buffer.from('bbbbcccc')]))).to.equal(true);
      expect(await run.end()).to.deep.equal([begun.length, 4, 4, 'complete']);
    });

    it('drops the newest, and nothing else, if one that has begun leaves no room for it', async () => {
      const [a, b] = closed(tcpPair());
      const begun = Buffer.alloc(16 << 20, 'begun');
      const run = new Run(a, { highWaterMark: begun.length + 10, overflow: 'dropOldest' });
      run.push(begun, 'aaaa', 'longer than ten', 'b');
      const received = await receive(b, begun.length + 5);
      expect(received.subarray(begun.length).toString()).to.equal('aaaab');
      expect(await run.end()).to.deep.equal([begun.length, 4, 1, 'complete']);
    });

    it('does not drop what others have queued', async () => {
      const { sender, receiver, filled } = fullStream();
      const run = new Run(sender, { highWaterMark: 4, overflow: 'dropOldest' }).push('mine');
      const other = lastValueFrom(send(sender, 'other'));
      run.push('last');
      expect(await rest(receiver, filled, 'otherlast')).to.equal('otherlast');
      expect(await other).to.equal(5);
      expect(await run.end()).to.deep.equal([4, 'complete']);
    });

    it('drops in a flood in linear time', async () => {
      const { sender, receiver, filled } = fullStream();
      const run = new Run(sender, { highWaterMark: 50_000, overflow: 'dropOldest' });
      const item = Buffer.from('x');
      for (let index = 0; index < 200_000; index++) run.source.next(item);
      expect((await rest(receiver, filled, 'x'.repeat(50_000))).length).to.equal(50_000);
      expect((await run.end()).length).to.equal(50_001);
    });

    it('takes one item that is longer than the mark, if nothing waits', async () => {
      const { sender, receiver, filled } = fullStream();
      const run = new Run(sender, { highWaterMark: 10, overflow: 'dropNewest' });
      run.push('longer than ten', 'x');
      expect(await rest(receiver, filled, 'longer than ten')).to.equal('longer than ten');
      expect(await run.end()).to.deep.equal([15, 'complete']);
    });

    it('does not count what the kernel takes at once', () => {
      const [a] = closed(tcpPair());
      const run = new Run(a, { highWaterMark: 1 }).push('longer', 'than', 'one');
      expect(run.seen).to.deep.equal([6, 4, 3]);
    });

    it('counts an item that has begun with its whole length', () => {
      const [a] = closed(tcpPair());
      const begun = Buffer.alloc(16 << 20);
      const run = new Run(a, { highWaterMark: begun.length }).push(begun, 'x');
      expect(run.seen).to.deep.equal(['ERR_SOCKET_OVERFLOW']);
    });
  });

  describe('fullObserver', () => {
    it('is told when more than half of the mark waits, and when a quarter or less does again', async () => {
      const { sender, receiver, filled } = fullStream();
      const told: unknown[] = [];
      const run = new Run(sender, { highWaterMark: 8, fullObserver: { next: (full) => told.push(full) } });
      run.push('aaaa');
      expect(told).to.deep.equal([]);
      run.push('b', 'c');
      expect(told).to.deep.equal([true]);
      run.subscription.add(() => told.push('over'));
      await rest(receiver, filled, 'aaaabc');
      expect(await run.end()).to.deep.equal([4, 1, 1, 'complete']);
      expect(told).to.deep.equal([true, false, 'over']);
    });

    it('is told false once when the result ends, and not completed', () => {
      for (const end of [
        (run: Run) => run.subscription.unsubscribe(),
        (run: Run) => run.source.error(new Error('broken')),
        (run: Run) => run.push('much too long'),
      ]) {
        const { sender } = fullStream();
        const full = new Subject<boolean>();
        const told: unknown[] = [];
        full.subscribe({ next: (value) => told.push(value), complete: () => told.push('complete') });
        const run = new Run(sender, { highWaterMark: 4, fullObserver: full }).push('abc');
        expect(told).to.deep.equal([true]);
        end(run);
        expect(told).to.deep.equal([true, false]);
      }
    });

    it('is told after the source has been let go, which so loses nothing', async () => {
      const { sender } = fullStream();
      const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
      const full = new BehaviorSubject(false);
      let taken = 0;
      const source = fromRecv(a, { pauseWhile: full }).pipe(tap(() => taken++));
      const subscription = source.pipe(sendAll(sender, { highWaterMark: 4, fullObserver: full })).subscribe();
      b.send(Buffer.from('abc'));
      await expectReady(a, 'readable');
      expect([taken, full.value]).to.deep.equal([1, true]);
      b.send(Buffer.from('def'));
      subscription.unsubscribe();
      expect([taken, full.value]).to.deep.equal([1, false]);
      expect(await datagram(a)).to.equal('def');
    });

    it('keeps a source within the mark that pauses while it is told so', async () => {
      const [outer, near] = closed(tcpPair());
      const [far, inner] = closed(tcpPair());
      const data = Buffer.alloc(20_000_000, 'through and through');
      const full = new BehaviorSubject(false);
      const copied = lastValueFrom(
        fromRecv(near, { pauseWhile: full }).pipe(
          sendAll(far, { highWaterMark: 1 << 18, fullObserver: full }),
          toArray(),
        ),
      );
      const sent = lastValueFrom(send(outer, data));
      expect((await receive(inner, data.length)).equals(data)).to.equal(true);
      await sent;
      outer.shutdown(1);
      const lengths = await copied;
      expect(lengths.reduce((sum, length) => sum + length, 0)).to.equal(data.length);
    });

    it('may lack next, and does not end the result with what it throws', async () => {
      const { sender, receiver, filled } = fullStream();
      const mute = new Run(sender, { highWaterMark: 2, fullObserver: {} }).push('ab');
      const unhandled = new Promise<unknown>((resolve) => (rxjs.onUnhandledError = resolve));
      const fullObserver = {
        next(full: boolean) {
          if (full) throw new Error('out of the observer');
        },
      };
      const run = new Run(sender, { highWaterMark: 2, fullObserver }).push('cd');
      try {
        expect(await unhandled).to.have.property('message', 'out of the observer');
      } finally {
        rxjs.onUnhandledError = null;
      }
      expect(await rest(receiver, filled, 'abcd')).to.equal('abcd');
      expect(await mute.end()).to.deep.equal([2, 'complete']);
      expect(await run.end()).to.deep.equal([2, 'complete']);
    });
  });

  describe('when it ends early', () => {
    it("passes the source's error on at once, and takes back what has not begun", async () => {
      const [a, b] = closed(tcpPair());
      const begun = Buffer.alloc(16 << 20, 'begun');
      const run = new Run(a, { highWaterMark: 1 << 25 }).push(begun, 'not begun');
      run.source.error(new Error('broken'));
      expect(run.seen).to.deep.equal(['broken']);
      const after = new Run(a).push('after');
      begun.fill('-'); // it was only lent until the end
      const received = await receive(b, begun.length + 5);
      expect(
        received.equals(Buffer.concat([Buffer.alloc(begun.length, 'begun'), Buffer.from('after')])),
      ).to.equal(true);
      await after.end();
      expect(run.seen).to.deep.equal(['broken']);
    });

    it('unsubscribing takes back what has not begun, and leaves nothing', async () => {
      const { sender, receiver, filled } = fullStream();
      const run = new Run(sender).push('taken', 'back');
      run.subscription.unsubscribe();
      expect(run.source.observed).to.equal(false);
      await receive(receiver, filled);
      const after = new Run(sender).push('after');
      expect(after.seen).to.deep.equal([5]);
      expect(await datagram(receiver)).to.equal('after');
      expect(run.seen).to.deep.equal([]);
    });

    it('stops a synchronous source when it is unsubscribed in next', () => {
      const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
      const run = new Run(a);
      run.source.subscribe(() => run.subscription.unsubscribe());
      from(['one', 'two']).subscribe(run.source);
      expect(run.seen).to.deep.equal([3]);
      expect([b.recv(Buffer.alloc(8)), b.recv(Buffer.alloc(8))]).to.deep.equal([3, null]);
    });

    it('sends nothing that is pushed from within its error', () => {
      const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
      const source = new Subject<string>();
      source.pipe(sendAll(a)).subscribe({ error: () => source.next('more') });
      source.next(5 as never);
      assertWouldBlock(b.recv(Buffer.alloc(8)));
    });

    it('sends what is pushed from within its emissions', async () => {
      const { sender, receiver, filled } = fullStream();
      const source = new Subject<string>();
      const lengths: number[] = [];
      source.pipe(sendAll(sender)).subscribe((length) => {
        lengths.push(length);
        if (length > 1) source.next('x'.repeat(length - 1));
      });
      source.next('yyyy');
      expect(await rest(receiver, filled, 'yyyyxxxxxx')).to.equal('yyyyxxxxxx');
      expect(lengths).to.deep.equal([4, 3, 2, 1]);
    });

    it('fails with ERR_SOCKET_CLOSED when the socket is closed while something waits', () => {
      const { sender } = fullStream();
      const run = new Run(sender).push('one', 'two');
      sender.close();
      expect(run.seen).to.deep.equal(['ERR_SOCKET_CLOSED']);
    });

    it('fails with the next item, or completes, when the socket is closed while nothing waits', () => {
      const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
      const runs = [new Run(a), new Run(a)] as const;
      a.close();
      expect([runs[0].seen, runs[1].seen]).to.deep.equal([[], []]);
      runs[0].push('x');
      runs[1].source.complete();
      expect([runs[0].seen, runs[1].seen]).to.deep.equal([['ERR_SOCKET_CLOSED'], ['complete']]);
    });

    it('fails once when the socket is closed in next, and tells what had gone', async () => {
      const { sender, receiver, filled } = fullStream();
      const seen: unknown[] = [];
      const source = new Subject<string>();
      source.pipe(sendAll(sender)).subscribe({
        next: (length) => {
          seen.push(length);
          sender.close();
        },
        error: (error) => seen.push(error.code),
      });
      // The two leave in one call.
      for (const item of ['one', 'three']) source.next(item);
      await receive(receiver, filled + 8);
      expect(seen).to.deep.equal([3, 5]);
      for (const item of ['late', 'later']) source.next(item);
      expect(seen).to.deep.equal([3, 5, 'ERR_SOCKET_CLOSED']);
    });

    it('fails with what the kernel says to a stream', async () => {
      const { sender, receiver } = fullStream();
      const run = new Run(sender).push('one', 'two');
      receiver.close();
      await run.over;
      expect(run.seen).to.have.length(1);
      expect(run.seen[0]).to.be.oneOf(['EPIPE', 'ECONNRESET']);
      expect(run.source.observed).to.equal(false);
    });
  });

  describe('on datagram sockets', () => {
    it('sends items to the address that was given, empty ones, too', async () => {
      const [a, b] = closed([udpSocket(), udpSocket()]);
      const run = new Run(a, { address: b.getsockname() }).push('one', '', 'three');
      expect(await run.end()).to.deep.equal([3, 0, 5, 'complete']);
      expect([await datagram(b), await datagram(b), await datagram(b)]).to.deep.equal(['one', '', 'three']);
    });

    it('sends items with an address there', async () => {
      const [a, b, c] = closed([udpSocket(), udpSocket(), udpSocket()]);
      const run = new Run(a, { address: b.getsockname() });
      run.push('to b', { data: 'to c', address: c.getsockname() }, { data: '', address: c.getsockname() });
      expect(run.seen).to.deep.equal([4, 4, 0]);
      expect([await datagram(b), await datagram(c), await datagram(c)]).to.deep.equal(['to b', 'to c', '']);
    });

    it('sends items without any address to the peer', async () => {
      const [a, b] = closed([udpSocket(), udpSocket()]);
      a.connect(b.getsockname());
      new Run(a).push('hello');
      expect(await datagram(b)).to.equal('hello');
    });

    it('waits for a full connected receiver', async () => {
      const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
      const filled = fill(a, Buffer.from('x'));
      const run = new Run(a).push('one', '', 'three');
      expect(run.seen).to.deep.equal([]);
      for (let count = 0; count < filled; count++) await datagram(b);
      expect([await datagram(b), await datagram(b), await datagram(b)]).to.deep.equal(['one', '', 'three']);
      expect(await run.end()).to.deep.equal([3, 0, 5, 'complete']);
    });

    it('waits for a full receiver that it is not connected to', async () => {
      const { sender, receiver, address, filled } = fullReceiver();
      const run = new Run(sender, { address });
      const items = Array.from({ length: 3 * filled }, (_, index) => `item ${index}`);
      run.push(...items);
      expect(run.seen).to.deep.equal([]);
      for (let count = 0; count < filled; count++) await datagram(receiver);
      for (const item of items) expect(await datagram(receiver)).to.equal(item);
      expect(await run.end()).to.have.length(items.length + 1);
    });

    it('fails with the error of an item', () => {
      const [a, b] = closed([udpSocket(), udpSocket()]);
      const run = new Run(a, { address: b.getsockname() });
      run.push('one', { data: 'two', address: { address: '127.0.0.1', port: 0 } }, 'three');
      expect(run.seen).to.deep.equal([3, 'EINVAL']);
    });

    it('keeps the error of an item to the item with onError', async () => {
      const [a, b] = closed([udpSocket(), udpSocket()]);
      const failed: unknown[] = [];
      const onError = (error: unknown, item: SendItem) => failed.push((error as { code: string }).code, item);
      const run = new Run(a, { address: b.getsockname(), onError });
      const bad = { data: 'two', address: { address: '127.0.0.1', port: 0 } };
      run.push('one', bad, 5 as never, 'three');
      expect(await run.end()).to.deep.equal([3, 5, 'complete']);
      expect(failed).to.deep.equal(['EINVAL', bad, 'ERR_INVALID_ARG_TYPE', 5]);
      expect([await datagram(b), await datagram(b)]).to.deep.equal(['one', 'three']);
    });

    it('keeps the error of an item that had to wait to the item, too', async () => {
      const { sender, receiver, address, filled } = fullReceiver();
      const failed: unknown[] = [];
      const onError = (error: unknown, item: SendItem) => failed.push((error as { code: string }).code, item);
      const run = new Run(sender, { address, onError });
      const bad = { data: 'two', address: { path: '/nowhere/at/all' } };
      run.push('one', bad, 'three');
      for (let count = 0; count < filled; count++) await datagram(receiver);
      expect(await run.end()).to.deep.equal([3, 5, 'complete']);
      expect(failed).to.deep.equal(['ENOENT', bad]);
    });

    it('completes when the last item fails', async () => {
      const { sender, receiver, address } = fullReceiver();
      const run = new Run(sender, { address, onError: () => {} });
      run.push('one', { data: 'two', address: { path: '/nowhere/at/all' } });
      run.source.complete();
      await datagram(receiver);
      await run.over;
      expect(run.seen).to.deep.equal([3, 'complete']);
    });

    it('does not take the end of the socket, or too much that waits, for the error of an item', () => {
      const onError = () => expect.fail('not of an item');
      for (const [end, code] of [
        [(run: Run) => run.push('more'), 'ERR_SOCKET_OVERFLOW'],
        [(_: Run, sender: Socket) => sender.close(), 'ERR_SOCKET_CLOSED'],
      ] as const) {
        const { sender, address } = fullReceiver();
        const run = new Run(sender, { address, highWaterMark: 4, onError }).push('wait');
        end(run, sender);
        expect(run.seen).to.deep.equal([code]);
      }
    });
  });

  it('refuses what is neither text nor bytes, and addresses on a stream, with the item', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    for (const [item, code] of [
      [null, 'ERR_INVALID_ARG_TYPE'],
      [5, 'ERR_INVALID_ARG_TYPE'],
      [{}, 'ERR_INVALID_ARG_TYPE'],
      [{ data: 'x', address: { path: '/x' } }, 'ERR_INVALID_ARG_VALUE'],
    ] as const) {
      expect(new Run(a).push(item as never).seen).to.deep.equal([code]);
    }
    assertWouldBlock(b.recv(Buffer.alloc(1)));
  });

  it('refuses wrong arguments when it is called', () => {
    const [stream, , packets, , udp] = closed([
      ...socketpair(AF_UNIX, SOCK_STREAM),
      ...socketpair(AF_UNIX, SOCK_SEQPACKET),
      udpSocket(),
    ]);
    const code = (to: unknown, config?: unknown) => codeOf(() => sendAll(to as never, config as never));
    expect(code({})).to.equal('ERR_INVALID_ARG_TYPE');
    expect(code(stream, null)).to.equal('ERR_INVALID_ARG_TYPE');
    expect(code(stream, { highWaterMark: 0 })).to.equal('ERR_OUT_OF_RANGE');
    expect(code(stream, { highWaterMark: '1' })).to.equal('ERR_INVALID_ARG_TYPE');
    expect(code(stream, { overflow: 'drop' })).to.equal('ERR_INVALID_ARG_VALUE');
    expect(code(stream, { fullObserver: true })).to.equal('ERR_INVALID_ARG_TYPE');
    expect(code(stream, { fullObserver: { next: 5 } })).to.equal('ERR_INVALID_ARG_TYPE');
    expect(code(stream, { flags: 'x' })).to.equal('ERR_INVALID_ARG_TYPE');
    expect(code(udp, { onError: 5 })).to.equal('ERR_INVALID_ARG_TYPE');
    expect(code(udp, { address: 5 })).to.equal('ERR_INVALID_ARG_TYPE');
    for (const connection of [stream, packets]) {
      expect(code(connection, { onError() {} })).to.equal('ERR_INVALID_ARG_VALUE');
      expect(code(connection, { address: { path: '/x' } })).to.equal('ERR_INVALID_ARG_VALUE');
    }
  });
});
