import { expect } from 'chai';
import { first, firstValueFrom, lastValueFrom, map, type Subscription, take, tap, toArray } from 'rxjs';
import type { TcpInfo } from 'uvsock';
import { Socket, socket, socketpair } from 'uvsock';
import { AF_INET, AF_UNIX, SHUT_WR, SOCK_STREAM } from 'uvsock/constants';
import { fromTcpInfo } from 'uvsock/rx';
import { closed, codeOf, expectReady, tcpPair } from '../support/sockets.ts';

/** Longer than any test. */
const NEVER_AGAIN = 2 ** 31 - 1;

/** The timers that keep the process alive. */
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe('fromTcpInfo', () => {
  it('emits at once on subscription, and not before', () => {
    const [a] = closed(tcpPair());
    const seen: TcpInfo[] = [];
    const infos = fromTcpInfo(a, NEVER_AGAIN);
    expect(a._watches).to.equal(null);
    const subscription = infos.subscribe((info) => seen.push(info));
    expect(seen.map(({ state }) => state)).to.deep.equal(['ESTABLISHED']);
    expect(seen[0]?.rtt).to.be.greaterThan(0);
    subscription.unsubscribe();
  });

  it('emits again every period', async () => {
    const [a] = closed(tcpPair());
    const states = fromTcpInfo(a, 1).pipe(
      map(({ state }) => state),
      take(3),
      toArray(),
    );
    expect(await lastValueFrom(states)).to.deep.equal(Array(3).fill('ESTABLISHED'));
  });

  it('sees bytes being acknowledged after they were sent and received', async () => {
    const [a, b] = closed(tcpPair());
    const before = (await firstValueFrom(fromTcpInfo(a, 1))).bytesAcked!;
    a.send(Buffer.from('twelve bytes'));
    await expectReady(b, 'readable');
    expect(b.recv(Buffer.alloc(20))).to.equal(12);
    const info = await firstValueFrom(fromTcpInfo(a, 1).pipe(first((i) => i.bytesAcked !== before)));
    expect(info.bytesAcked! - before).to.equal(12);
    expect(info.unacked).to.equal(0);
  });

  it('sees CLOSE_WAIT after the peer has shut down sending', async () => {
    const [a, b] = closed(tcpPair());
    const states = lastValueFrom(
      fromTcpInfo(a, 1).pipe(
        map(({ state }) => state),
        first((state) => state !== 'ESTABLISHED'),
      ),
    );
    b.shutdown(SHUT_WR);
    expect(await states).to.equal('CLOSE_WAIT');
  });

  it('completes when the socket is closed between two samples, and leaves no timer', () => {
    const [a] = closed(tcpPair());
    const before = timers();
    const seen: string[] = [];
    fromTcpInfo(a, NEVER_AGAIN).subscribe({
      next: ({ state }) => seen.push(state),
      complete: () => seen.push('complete'),
    });
    expect(timers(), 'while subscribed').to.equal(before + 1);
    a.close();
    expect(seen).to.deep.equal(['ESTABLISHED', 'complete']);
    expect(timers(), 'after').to.equal(before);
  });

  it('completes when the socket is detached', () => {
    const [a] = closed(tcpPair());
    let complete = false;
    fromTcpInfo(a, NEVER_AGAIN).subscribe({
      complete: () => {
        complete = true;
      },
    });
    const [again] = closed([Socket.adopt(a.detach())]);
    expect(complete).to.equal(true);
    expect(again.closed).to.equal(false);
  });

  it('completes when the socket is closed by who hears of the first sample', () => {
    const [a] = closed(tcpPair());
    const before = timers();
    const seen: string[] = [];
    fromTcpInfo(a, 1).subscribe({
      next: ({ state }) => {
        seen.push(state);
        a.close();
      },
      complete: () => seen.push('complete'),
    });
    expect(seen).to.deep.equal(['ESTABLISHED', 'complete']);
    expect(timers()).to.equal(before);
  });

  it('completes when the socket is closed by who hears of a later sample', async () => {
    const [a] = closed(tcpPair());
    // Only now is the timer of the test itself among them.
    await null;
    const before = timers();
    let count = 0;
    await lastValueFrom(fromTcpInfo(a, 1).pipe(tap(() => ++count === 2 && a.close())));
    expect(count).to.equal(2);
    expect(timers()).to.be.at.most(before);
  });

  it('leaves neither timer nor watch when it is unsubscribed, and the socket open', () => {
    const [a] = closed(tcpPair());
    const before = timers();
    const subscription = fromTcpInfo(a, NEVER_AGAIN).subscribe();
    expect(timers()).to.equal(before + 1);
    subscription.unsubscribe();
    expect(timers()).to.equal(before);
    expect(a._watches).to.equal(null);
    expect(a.closed).to.equal(false);
  });

  it('makes no timer for who takes only the first', () => {
    const [a] = closed(tcpPair());
    const before = timers();
    fromTcpInfo(a, NEVER_AGAIN).pipe(take(1)).subscribe();
    expect(timers()).to.equal(before);
    expect(a._watches).to.equal(null);
  });

  it('does not hold the process by a socket that is unreferenced', () => {
    const [a] = closed(tcpPair());
    const before = timers();
    a.unref();
    const subscription = fromTcpInfo(a, NEVER_AGAIN).subscribe();
    expect(timers()).to.equal(before);
    subscription.unsubscribe();
  });

  it('lets go of the process with the next sample after the socket was unreferenced', async () => {
    const [a] = closed(tcpPair());
    const before = timers();
    let subscription: Subscription | undefined;
    const held: number[] = [];
    await new Promise<void>((resolve) => {
      subscription = fromTcpInfo(a, 1).subscribe(() => {
        held.push(timers() - before);
        if (held.length === 2) a.unref();
        if (held.length === 3) a.ref();
        if (held.length === 4) resolve();
      });
      // An unreferenced timer goes on as long as something else holds the loop.
      const loop = setInterval(() => {}, 1);
      subscription.add(() => clearInterval(loop));
    });
    subscription?.unsubscribe();
    expect(held[2]! - held[1]!).to.equal(-1);
    expect(held[3]! - held[1]!).to.equal(0);
  });

  it('gives each subscriber its own samples', async () => {
    const [a] = closed(tcpPair());
    const infos = fromTcpInfo(a, 1);
    const [x, y] = await Promise.all([1, 2].map(() => lastValueFrom(infos.pipe(take(2)))));
    expect(x).to.not.equal(y);
    expect(x!.state).to.equal(y!.state);
  });

  it('fails as getsockopt does where there is no TCP, and lets go of the socket', () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const before = timers();
    let error: unknown;
    fromTcpInfo(a, 1).subscribe({
      error: (e) => {
        error = e;
      },
    });
    expect(error).to.include({ code: 'EOPNOTSUPP', syscall: 'getsockopt' });
    expect(a._watches).to.equal(null);
    expect(timers()).to.equal(before);
  });

  it('fails on a closed socket', async () => {
    const [s] = closed([socket(AF_INET, SOCK_STREAM)]);
    const infos = fromTcpInfo(s, 1);
    s.close();
    expect(await lastValueFrom(infos).catch((error) => error.code)).to.equal('ERR_SOCKET_CLOSED');
  });

  it('names the argument that is wrong, when it is called', () => {
    const [a] = closed(tcpPair());
    expect(() => fromTcpInfo({} as Socket, 1)).to.throw(TypeError, /socket/);
    for (const period of [undefined, null, '5']) {
      expect(() => fromTcpInfo(a, period as unknown as number)).to.throw(TypeError, /period/);
    }
    for (const period of [0, -1, 1.5, 2 ** 31, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(
        codeOf(() => fromTcpInfo(a, period)),
        String(period),
      ).to.equal('ERR_OUT_OF_RANGE');
    }
  });
});
