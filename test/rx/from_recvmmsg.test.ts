import { expect } from 'chai';
import {
  BehaviorSubject,
  concatMap,
  finalize,
  firstValueFrom,
  interval,
  lastValueFrom,
  map,
  merge,
  retry,
  take,
  takeUntil,
  takeWhile,
  tap,
  toArray,
} from 'rxjs';
import { DatagramBatch, type Socket, socketpair } from 'uvsock';
import { AF_UNIX, IPPROTO_UDP, MSG_PEEK, SOCK_DGRAM, SOCK_STREAM, UDP_GRO } from 'uvsock/constants';
import { fromRecvfrom, fromRecvmmsg } from 'uvsock/rx';
import { closed, codeOf, refused, turnFor, udpSocket } from '../support/sockets.ts';

/** Sends datagrams from `a` to `b`. */
function say(a: Socket, b: Socket, ...texts: string[]): void {
  for (const text of texts) a.sendto(Buffer.from(text), b.getsockname());
}

const texts = (batch: DatagramBatch) => [...batch].map(({ data }) => data.toString());

describe('fromRecvmmsg', () => {
  it('emits all that is there as one batch', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    say(a, b, 'one', '', 'three');
    const batch = await firstValueFrom(fromRecvmmsg(b));
    expect(texts(batch)).to.deep.equal(['one', '', 'three']);
    expect(batch.address(0)?.equals(a.getsockname())).to.equal(true);
  });

  it('emits another batch for what the first has no slots for', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    say(a, b, '1', '2', '3');
    const all = await firstValueFrom(fromRecvmmsg(b, { count: 2 }).pipe(map(texts), take(2), toArray()));
    expect(all).to.deep.equal([['1', '2'], ['3']]);
  });

  it('emits what is the subscriber’s for good, sparse or dense', async () => {
    for (const length of [3, 1000]) {
      const [a, b] = closed([udpSocket(), udpSocket()]);
      const kept: DatagramBatch[] = [];
      const subscription = fromRecvmmsg(b, { count: 2, size: 1024 }).subscribe((batch) => kept.push(batch));
      for (let i = 0; i < 10; i++) {
        say(a, b, String(i).repeat(length), String(i).repeat(length));
        while (kept.length <= i) await turnFor(1);
      }
      subscription.unsubscribe();
      kept.forEach((batch, i) => {
        expect(texts(batch)).to.deep.equal([String(i).repeat(length), String(i).repeat(length)]);
      });
    }
  });

  it('pins no more memory than twice what it emits', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    say(a, b, 'small');
    const sparse = await firstValueFrom(fromRecvmmsg(b));
    expect(sparse.slab.length).to.equal(5);
    say(a, b, 'x'.repeat(1500));
    const dense = await firstValueFrom(fromRecvmmsg(b, { count: 1 }));
    expect(dense.slab.length).to.equal(2048);
  });

  it('receives into the memory of batches that were released', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    const buffers = new Set<ArrayBuffer>();
    let batches = 0;
    const subscription = fromRecvmmsg(b, { count: 1, size: 100 }).subscribe((batch) => {
      batches++;
      buffers.add(batch.slab.buffer);
      batch.release();
    });
    for (let i = 1; i <= 10; i++) {
      say(a, b, 'x'.repeat(80));
      while (batches < i) await turnFor(1);
    }
    subscription.unsubscribe();
    expect(buffers.size).to.equal(1);
  });

  it('lends one and the same batch with reuse', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    const seen = new Set<DatagramBatch>();
    const said: string[] = [];
    const subscription = fromRecvmmsg(b, { count: 1, reuse: true }).subscribe((batch) => {
      seen.add(batch);
      said.push(...texts(batch));
    });
    say(a, b, 'one', 'two', 'three');
    while (said.length < 3) await turnFor(1);
    subscription.unsubscribe();
    expect(said).to.deep.equal(['one', 'two', 'three']);
    expect(seen.size).to.equal(1);
  });

  it('goes on when what it lends is released', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    say(a, b, 'one', 'two');
    const said = fromRecvmmsg(b, { count: 1, reuse: true }).pipe(
      map((batch) => {
        const [text] = texts(batch);
        batch.release();
        return text;
      }),
      take(2),
      toArray(),
    );
    expect(await firstValueFrom(said)).to.deep.equal(['one', 'two']);
  });

  it('has the kernel put datagrams together with gro, and emits them as they were sent', async function () {
    if (UDP_GRO === undefined) return this.skip();
    const [a, b] = closed([udpSocket(), udpSocket()]);
    const batches = firstValueFrom(fromRecvmmsg(b, { gro: true }));
    const out = new DatagramBatch();
    out.pushSegmented('aaaabbbbcc', 4, b.getsockname());
    a.sendmmsg(out);
    const batch = await batches;
    expect(batch.filled).to.equal(1);
    expect(texts(batch)).to.deep.equal(['aaaa', 'bbbb', 'cc']);
    expect(b.getsockopt(IPPROTO_UDP, UDP_GRO)).to.equal(true);
  });

  it('takes gro for a wish where a socket knows nothing of it', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    a.send(Buffer.from('x'));
    expect(texts(await firstValueFrom(fromRecvmmsg(b, { gro: true })))).to.deep.equal(['x']);
  });

  it('leaves what comes in the kernel while it is paused', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    const paused = new BehaviorSubject(true);
    const said: string[] = [];
    const subscription = fromRecvmmsg(b, { pauseWhile: paused }).subscribe((batch) => {
      said.push(...texts(batch));
    });
    say(a, b, 'one', 'two');
    await turnFor(10);
    expect(said).to.deep.equal([]);
    paused.next(false);
    expect(said).to.deep.equal(['one', 'two']);
    subscription.unsubscribe();
  });

  it('keeps what it does not emit', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    say(a, b, 'one', 'two');
    await firstValueFrom(fromRecvmmsg(b, { count: 1 }));
    expect((await firstValueFrom(fromRecvfrom(b))).data.toString()).to.equal('two');
  });

  it('fails when a datagram sent earlier was refused, and goes on with retry', async () => {
    const [a, peer] = closed([refused(), udpSocket()]);
    expect(await lastValueFrom(fromRecvmmsg(a)).catch((error) => error.code)).to.equal('ECONNREFUSED');
    a.send(Buffer.from('x'));
    const received = firstValueFrom(fromRecvmmsg(a).pipe(retry(1)));
    await new Promise(setImmediate);
    a.connect(peer.getsockname());
    say(peer, a, 'alive');
    expect(texts(await received)).to.deep.equal(['alive']);
  });

  it('completes when the socket is closed', async () => {
    const [a] = closed([udpSocket()]);
    const all = lastValueFrom(fromRecvmmsg(a).pipe(toArray()));
    a.close();
    expect(await all).to.deep.equal([]);
  });

  it('leaves timers and other sockets their turns in a flood', async () => {
    const [flooded, flooder, quiet, speaker] = closed([udpSocket(), udpSocket(), udpSocket(), udpSocket()]);
    const out = new DatagramBatch({ count: 64, size: 64 });
    while (out.push('flood', flooded.getsockname()));
    // Each batch brings about the next, so that there is never nothing to receive.
    const again = () => flooder.sendmmsg(out);
    again();
    again();
    let ticks = 0;
    let heard = 0;
    const flood = fromRecvmmsg(flooded, { count: 64, reuse: true }).pipe(tap(again));
    const ticking = interval(1).pipe(tap(() => ticks++));
    const speaking = interval(1).pipe(tap(() => say(speaker, quiet, 'x')));
    const hearing = fromRecvfrom(quiet).pipe(tap(() => heard++));
    await lastValueFrom(
      merge(flood, ticking, speaking, hearing).pipe(takeWhile(() => ticks < 20 || heard < 20)),
    );
  });

  it('shares the datagrams out among its subscriptions', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    const said: string[] = [];
    const subscriptions = [0, 1].map(() =>
      fromRecvmmsg(b, { count: 1 }).subscribe((batch) => said.push(...texts(batch))),
    );
    say(a, b, '1', '2', '3', '4');
    while (said.length < 4) await turnFor(1);
    for (const subscription of subscriptions) subscription.unsubscribe();
    expect(said.sort()).to.deep.equal(['1', '2', '3', '4']);
  });

  it('is flattened to datagrams by operators, for each is iterable', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    say(a, b, 'one', 'two');
    const datagrams = fromRecvmmsg(b).pipe(
      concatMap((batch) => batch),
      map(({ data, address }) => `${data} from ${address}`),
      take(2),
      toArray(),
    );
    const from = a.getsockname();
    expect(await firstValueFrom(datagrams)).to.deep.equal([`one from ${from}`, `two from ${from}`]);
  });

  it('stops when it is unsubscribed', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    let batches = 0;
    await lastValueFrom(
      fromRecvmmsg(b).pipe(
        tap(() => batches++),
        takeUntil(interval(5)),
        finalize(() => say(a, b, 'late')),
      ),
      { defaultValue: null },
    );
    await turnFor(10);
    expect(batches).to.equal(0);
    expect(b.recv(Buffer.alloc(9))).to.equal(4);
  });

  it('names a wrong argument', () => {
    const [a] = closed([udpSocket()]);
    const [stream] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    expect(() => fromRecvmmsg(null as never)).to.throw(TypeError, /"socket"/);
    expect(() => fromRecvmmsg(stream)).to.throw(TypeError, /"socket"/);
    expect(() => fromRecvmmsg(a, { count: 1025 })).to.throw(RangeError, /"count"/);
    expect(() => fromRecvmmsg(a, { size: 65_536 })).to.throw(RangeError, /"size"/);
    expect(() => fromRecvmmsg(a, { gro: true, size: 1500 })).to.throw(RangeError, /"size"/);
    expect(() => fromRecvmmsg(a, { flags: MSG_PEEK })).to.throw(TypeError, /"flags"/);
    expect(() => fromRecvmmsg(a, { maxPerTurn: 0 })).to.throw(RangeError, /"maxPerTurn"/);
    expect(codeOf(() => fromRecvmmsg(a, 5 as never))).to.equal('ERR_INVALID_ARG_TYPE');
  });
});
