import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { lastValueFrom } from 'rxjs';
import { fromRecv, send } from 'uvsock/rx';
import { chunks } from 'uvsock/stream';
import { closed, codeOf, expectReady, fill, tcpPair, turnFor, udpSocket } from '../support/sockets.ts';

describe('chunks', () => {
  it('iterates over all bytes up to the end of the stream', async () => {
    const [a, b] = closed(tcpPair());
    const sent = randomBytes(2_000_000);
    const sending = lastValueFrom(send(a, sent)).then(() => a.shutdown(1));
    const received: Buffer[] = [];
    for await (const chunk of chunks(b)) received.push(chunk);
    expect(Buffer.concat(received).equals(sent)).to.equal(true);
    expect(b.closed).to.equal(false);
    await sending;
  });

  it('reads nothing while the body runs: the peer is slowed down', async () => {
    const [a, b] = closed(tcpPair());
    a.send(Buffer.from('first'));
    for await (const chunk of chunks(b, { size: 5 })) {
      expect(String(chunk)).to.equal('first');
      while (fill(a) > 0) await turnFor(20);
      expect(b.bytesReadable()).to.be.greaterThan(0);
      break;
    }
  });

  it('leaves what is unread to the next reader when it is broken off', async () => {
    const [a, b] = closed(tcpPair());
    a.send(Buffer.from('one two three'));
    a.shutdown(1);
    const read: string[] = [];
    for (const size of [3, 4]) {
      for await (const chunk of chunks(b, { size })) {
        read.push(String(chunk));
        break;
      }
    }
    await fromRecv(b).forEach((chunk) => void read.push(String(chunk)));
    expect(read).to.deep.equal(['one', ' two', ' three']);
  });

  it('does not starve timers while there is always more', async () => {
    const [a, b] = closed(tcpPair());
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const sending = lastValueFrom(send(a, Buffer.alloc(20_000_000))).then(() => a.shutdown(1));
    for await (const _ of chunks(b, { size: 1000 }));
    clearInterval(timer);
    expect(ticks).to.be.greaterThan(2);
    await sending;
  });

  it('answers several requests in order', async () => {
    const [a, b] = closed(tcpPair());
    const iterator = chunks(b, { size: 1 });
    const results = Promise.all([iterator.next(), iterator.next(), iterator.next()]);
    a.send(Buffer.from('12'));
    a.shutdown(1);
    expect((await results).map(({ value }) => value && String(value))).to.deep.equal(['1', '2', undefined]);
    expect(await iterator.next()).to.deep.equal({ done: true, value: undefined });
  });

  it('may be returned while it waits, and then reads no more', async () => {
    const [a, b] = closed(tcpPair());
    const iterator = chunks(b);
    const waiting = iterator.next();
    await iterator.return?.();
    expect(await waiting).to.deep.equal({ done: true, value: undefined });
    a.send(Buffer.from('x'));
    await expectReady(b, 'readable');
    expect(b.recv(Buffer.alloc(9))).to.equal(1);
  });

  it('ends with the reason of a signal, whenever that is aborted', async () => {
    const [, b] = closed(tcpPair());
    const early = AbortSignal.abort(new Error('early'));
    expect(await messageOf(chunks(b, { signal: early }).next())).to.equal('early');
    const controller = new AbortController();
    const waiting = chunks(b, { signal: controller.signal }).next();
    controller.abort(new Error('waiting'));
    expect(await messageOf(waiting)).to.equal('waiting');
    const between = new AbortController();
    const iterator = chunks(b, { signal: between.signal });
    const first = iterator.next();
    await iterator.return?.();
    between.abort(new Error('too late'));
    expect((await first).done).to.equal(true);
    expect((await iterator.next()).done).to.equal(true);
  });

  it('keeps an error that comes between two iterations for the next', async () => {
    const [a, b] = closed(tcpPair());
    const controller = new AbortController();
    const iterator = chunks(b, { signal: controller.signal });
    a.send(Buffer.from('x'));
    await iterator.next();
    controller.abort(new Error('between'));
    expect(await messageOf(iterator.next())).to.equal('between');
    expect((await iterator.next()).done).to.equal(true);
  });

  it('ends when the socket is closed, and is refused one that was', async () => {
    const [, b] = closed(tcpPair());
    const waiting = chunks(b).next();
    b.close();
    expect((await waiting).done).to.equal(true);
    expect(await messageOf(chunks(b).next())).to.match(/closed/);
  });

  it('claims the stream from the first iteration to the last', async () => {
    const [a, b] = closed(tcpPair());
    const unused = chunks(b);
    a.send(Buffer.from('x'));
    for await (const _ of chunks(b)) {
      expect(await messageOf(unused.next())).to.match(/Another reader/);
      break;
    }
    expect(b._reader).to.equal(null);
  });

  it('gives datagrams one at a time, empty ones, too', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    a.connect(b.getsockname());
    for (const text of ['one', '', 'three']) a.send(Buffer.from(text));
    const received: string[] = [];
    for await (const chunk of chunks(b)) if (received.push(String(chunk)) === 3) break;
    expect(received).to.deep.equal(['one', '', 'three']);
  });

  it('checks its arguments when it is called', () => {
    const [a] = closed(tcpPair());
    expect(codeOf(() => chunks(5 as never))).to.equal('ERR_INVALID_ARG_TYPE');
    expect(codeOf(() => chunks(a, { size: 0 }))).to.equal('ERR_OUT_OF_RANGE');
    expect(codeOf(() => chunks(a, { signal: 1 as never }))).to.equal('ERR_INVALID_ARG_TYPE');
  });
});

/** The message of what the promise rejects with. */
function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: Error) => error.message,
  );
}
