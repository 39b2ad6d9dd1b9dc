import { expect } from 'chai';
import { firstValueFrom, lastValueFrom, NEVER, take, takeUntil, toArray } from 'rxjs';
import { type Readiness, socketpair } from 'uvsock';
import { AF_UNIX, SOCK_STREAM } from 'uvsock/constants';
import { fromHangup, fromReadable, fromReadiness, fromWritable, mergeRecv } from 'uvsock/rx';
import { closed, tcpPair, turnFor } from '../support/sockets.ts';

describe('fromReadiness', () => {
  it('emits what the socket is ready for, and completes when it is closed', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const all = lastValueFrom(fromReadiness(a, 'readable').pipe(toArray()));
    b.send(Buffer.from('x'));
    await turnFor(10);
    a.close();
    expect((await all).map((ready: Readiness) => ready.readable)).to.deep.equal([true]);
  });

  it('lets two subscribers hear', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const both = [0, 1].map(() => firstValueFrom(fromReadiness(a, 'readable')));
    b.send(Buffer.from('x'));
    for (const ready of await Promise.all(both)) expect(ready.readable).to.equal(true);
  });

  it('fails on a closed socket', async () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const readiness = fromReadiness(a, 'writable');
    a.close();
    expect(await lastValueFrom(readiness).catch((error) => error.code)).to.equal('ERR_SOCKET_CLOSED');
  });

  it('delivers nothing after it is unsubscribed', async () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    let emissions = 0;
    fromReadiness(a, 'writable')
      .subscribe(() => emissions++)
      .unsubscribe();
    await turnFor(10);
    expect(emissions).to.equal(0);
  });

  it('names a wrong interest', () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    expect(() => fromReadiness(a, 'never' as 'both')).to.throw(TypeError, /interest/);
  });
});

describe('fromReadable and fromWritable', () => {
  it('emit the socket itself', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    expect(await firstValueFrom(fromWritable(a).pipe(take(1)))).to.equal(a);
    b.send(Buffer.from('x'));
    expect(await firstValueFrom(fromReadable(a).pipe(take(1)))).to.equal(a);
  });
});

describe('fromHangup', () => {
  it('emits the socket when the peer has closed, though data is unread', async () => {
    const [a, b] = closed(tcpPair());
    a.send(Buffer.from('unread'));
    a.close();
    expect(await firstValueFrom(fromHangup(b))).to.equal(b);
    expect(b.recv(Buffer.alloc(10))).to.equal(6);
  });

  it('tells a saturated mergeRecv that its client has left', async () => {
    const [a, b] = closed(tcpPair());
    a.send(Buffer.from('work without end'));
    const done = lastValueFrom(mergeRecv(b, () => NEVER).pipe(takeUntil(fromHangup(b)), toArray()));
    await turnFor(5);
    a.close();
    expect(await done).to.deep.equal([]);
  });

  it('says nothing while the peer is there', async () => {
    const [a, b] = closed(tcpPair());
    const seen: unknown[] = [];
    const subscription = fromHangup(b).subscribe((socket) => seen.push(socket));
    a.send(Buffer.from('x'));
    await turnFor(10);
    expect(seen).to.deep.equal([]);
    subscription.unsubscribe();
  });
});
