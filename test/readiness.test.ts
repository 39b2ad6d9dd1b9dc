import { expect } from 'chai';
import { type Readiness, ready, type Socket, socket, socketpair, watch } from 'uvsock';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IP_RECVERR,
  IPPROTO_IP,
  MSG_ERRQUEUE,
  MSG_OOB,
  SOCK_DGRAM,
  SOCK_STREAM,
} from 'uvsock/constants';
import { HANGUP, READABLE, Watch, type Watcher } from '../src/readiness.ts';
import {
  armedDescriptors,
  assertWouldBlock,
  closed,
  expectNoReady,
  expectReady,
  fill,
  tcpListener,
  tcpPair,
  turnFor,
  udpSocket,
} from './support/sockets.ts';

const BYTE = Buffer.from('x');

/** Watches and records every notification; `next` resolves with the following one. */
function record(target: Socket, interest: Parameters<typeof watch>[1]) {
  const seen: Readiness[] = [];
  let wake: ((ready: Readiness) => void) | undefined;
  const inner = watch(target, interest, (readiness) => {
    seen.push(readiness);
    wake?.(readiness);
    wake = undefined;
  });
  return {
    seen,
    next: () => new Promise<Readiness>((resolve) => (wake = resolve)),
    [Symbol.dispose]: () => inner[Symbol.dispose](),
  };
}

describe('watch', () => {
  it('tells of data', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    await expectNoReady(a, 'readable');
    b.send(BYTE);
    expect((await expectReady(a, 'readable')).readable).to.equal(true);
  });

  it('notifies once while the event is ignored', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const events = record(a, 'readable');
    b.send(BYTE);
    await turnFor(100);
    expect(events.seen).to.have.length(1);
  });

  it('notifies again after a partial read', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const events = record(a, 'readable');
    b.send(Buffer.from('xy'));
    await events.next();
    expect(a.recv(Buffer.alloc(1))).to.equal(1);
    await events.next();
    expect(events.seen).to.have.length(2);
  });

  it('notifies again after a read that follows a stop', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const events = record(a, 'readable');
    b.send(BYTE);
    await turnFor(20); // ignored, so polling has been stopped
    expect(a.recv(Buffer.alloc(8))).to.equal(1);
    assertWouldBlock(a.recv(Buffer.alloc(8)));
    b.send(BYTE);
    await events.next();
    expect(events.seen).to.have.length(2);
  });

  it('notifies again after rearm', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const events = record(a, 'readable');
    b.send(BYTE);
    await events.next();
    await turnFor(20);
    a.rearm('readable');
    await events.next();
    expect(events.seen).to.have.length(2);
  });

  it('notifies a second watcher that came after an ignored event', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    record(a, 'readable');
    b.send(BYTE);
    await turnFor(20);
    expect((await expectReady(a, 'readable')).readable).to.equal(true);
  });

  it('tells all watchers of a socket', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const first = record(a, 'readable');
    const second = record(a, 'both');
    a.send(BYTE); // makes the next writable event the second watcher's own
    b.send(BYTE);
    await Promise.all([first.next(), second.next()]);
    expect(first.seen[0]?.readable).to.equal(true);
  });

  it('does not disturb the readable direction when writable is ignored', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const events = record(a, 'both');
    await turnFor(20);
    expect(events.seen).to.have.length(1);
    b.send(BYTE);
    await events.next();
    expect(events.seen).to.have.length(2);
    expect(events.seen[1]).to.include({ readable: true, writable: false });
  });

  it('tells of room in the send buffer only when there is some again', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    fill(a);
    await expectNoReady(a, 'writable');
    const buffer = Buffer.alloc(1 << 20);
    while (b.recv(buffer) !== null) {}
    expect((await expectReady(a, 'writable')).writable).to.equal(true);
  });

  it('stops delivering at once when disposed, also from within the same batch', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const first = record(a, 'readable');
    watch(a, 'readable', () => first[Symbol.dispose]()); // newest first: runs before `first`
    b.send(BYTE);
    await turnFor(20);
    expect(first.seen).to.have.length(0);
  });

  it('notifies a watch that is renewed after being let go', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    for (let round = 0; round < 10; round++) {
      await expectNoReady(a, 'readable', 1);
      b.send(BYTE);
      await turnFor(2); // nobody watches: the event stops the poll
      await expectReady(a, 'readable');
      a.recv(Buffer.alloc(8));
    }
  });

  it('tells of a hangup', async () => {
    const [a, b] = closed(tcpPair());
    await expectNoReady(a, 'hangup');
    b.shutdown(1);
    expect((await expectReady(a, 'hangup')).hangup).to.equal(true);
  });

  it('tells of a hangup once, without spinning', async () => {
    const [a, b] = closed(tcpPair());
    const events = record(a, 'hangup');
    b.close();
    await turnFor(100);
    expect(events.seen).to.have.length(1);
  });

  it('tells of a hangup while data is ignored', async () => {
    const [a, b] = closed(tcpPair());
    record(a, 'readable');
    const hangup = record(a, 'hangup');
    b.send(BYTE);
    await turnFor(20);
    expect(hangup.seen).to.have.length(0);
    b.shutdown(1);
    await hangup.next();
  });

  it('colours readable with the hangup that nobody asked for', async () => {
    const [a, b] = closed(tcpPair());
    b.shutdown(1);
    expect(await expectReady(a, 'readable')).to.include({ readable: true, hangup: true });
  });

  it('tells of end of stream once, although each turn finds it', async () => {
    const [a, b] = closed(tcpPair());
    const buffer = Buffer.alloc(8);
    let zeros = 0;
    watch(a, 'readable', () => {
      if (a.recv(buffer) === 0) zeros++;
    });
    b.shutdown(1);
    await turnFor(100);
    expect(zeros).to.be.within(1, 2);
  });

  it('refuses what is no interest, no listener, no socket', () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    expect(() => watch(a, 'sometimes' as 'readable', () => {})).to.throw(TypeError, /interest/);
    expect(() => watch(a, 'readable', null as never)).to.throw(TypeError, /listener/);
    expect(() => watch({} as Socket, 'readable', () => {})).to.throw(TypeError, /socket/);
  });

  it('fails on a closed socket', () => {
    const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
    a.close();
    b.close();
    expect(() => watch(a, 'readable', () => {}))
      .to.throw()
      .with.property('code', 'ERR_SOCKET_CLOSED');
  });
});

describe('ready', () => {
  it('rejects when the socket is closed', async () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const promise = ready(a, 'readable');
    a.close();
    expect(await promise.catch((error) => error.code)).to.equal('ERR_SOCKET_CLOSED');
  });

  it('rejects when the socket is detached', async () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const promise = ready(a, 'readable');
    const fd = a.detach();
    expect(await promise.catch((error) => error.code)).to.equal('ERR_SOCKET_CLOSED');
    closed([(await import('uvsock')).Socket.adopt(fd)]);
  });

  it('rejects with the reason of its signal', async () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const controller = new AbortController();
    const promise = ready(a, 'readable', { signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await promise.catch((error) => error)).to.equal(reason);
  });

  it('rejects at once when its signal has aborted before', async () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const error = await ready(a, 'readable', { signal: AbortSignal.abort() }).catch((reason) => reason);
    expect(error.name).to.equal('AbortError');
  });
});

describe('an error that epoll cannot mask', () => {
  /** A port on loopback that refuses. */
  function refusing(): number {
    const listener = tcpListener();
    const { port } = listener.getsockname();
    listener.close();
    return port as number;
  }

  it('ends a refused connect with one notification to each direction', async () => {
    const [a] = closed([socket(AF_INET, SOCK_STREAM)]);
    expect(a.connect(AF_INET, '127.0.0.1', refusing())).to.equal(false);
    const events = record(a, 'both');
    const readiness = await events.next();
    expect(readiness).to.include({ readable: true, writable: true, error: true });
    await turnFor(50);
    expect(events.seen).to.have.length(1);
    expect(a.takeError()?.code).to.equal('ECONNREFUSED');
    expect(a.takeError()).to.equal(null);
    await turnFor(50);
    expect(events.seen.length).to.be.at.most(3);
  });

  it('of a refused datagram does not end the watch', async () => {
    const dead = udpSocket();
    const gone = dead.getsockname();
    dead.close();
    const [a] = closed([udpSocket()]);
    a.connect(gone);
    const events = record(a, 'readable');
    for (let round = 1; round <= 3; round++) {
      const next = events.next();
      a.send(BYTE);
      expect((await next).error).to.equal(true);
      expect(() => a.recv(Buffer.alloc(8)))
        .to.throw()
        .with.property('code', 'ECONNREFUSED');
    }
    const [peer] = closed([udpSocket()]);
    a.connect(peer.getsockname());
    const next = events.next();
    peer.sendto(BYTE, a.getsockname());
    expect((await next).readable).to.equal(true);
    expect(a.recv(Buffer.alloc(8))).to.equal(1);
  });

  it('keeps a watcher going that takes the error with takeError', async () => {
    const dead = udpSocket();
    const gone = dead.getsockname();
    dead.close();
    const [a] = closed([udpSocket()]);
    a.connect(gone);
    const events = record(a, 'readable');
    for (let round = 0; round < 2; round++) {
      const next = events.next();
      a.send(BYTE);
      await next;
      expect(a.takeError()?.code).to.equal('ECONNREFUSED');
    }
  });

  it('in the error queue is told once, then looked at by timer, and data still comes through', async () => {
    const dead = udpSocket();
    const gone = dead.getsockname();
    dead.close();
    const [a, peer] = closed([udpSocket(), udpSocket()]);
    a.setsockopt(IPPROTO_IP, IP_RECVERR!, true);
    let errors = 0;
    let wakeups = 0;
    let data: (() => void) | undefined;
    const buffer = Buffer.alloc(8);
    watch(a, 'readable', (readiness) => {
      wakeups++;
      if (readiness.error) errors++;
      for (;;) {
        try {
          const n = a.recv(buffer);
          if (n === null) return;
          data?.();
        } catch {
          // the pending error itself; the queue is left alone
        }
      }
    });
    a.sendto(BYTE, gone);
    await turnFor(200);
    expect(errors).to.be.within(1, 3);
    expect(wakeups).to.be.at.most(3);
    const received = new Promise<void>((resolve) => (data = resolve));
    peer.sendto(BYTE, a.getsockname());
    await received;
    expect(a.recv(buffer, MSG_ERRQUEUE!)).to.equal(1); // the payload that was refused
    const again = new Promise<void>((resolve) => (data = resolve));
    peer.sendto(BYTE, a.getsockname());
    await again;
  });

  it('urgent byte does not wake who did not ask for it', async () => {
    const [a, b] = closed(tcpPair());
    const events = record(a, 'readable');
    b.send(BYTE, MSG_OOB);
    await turnFor(50);
    expect(events.seen.length).to.be.at.most(1);
  });

  it('urgent byte is told once to who did, without spinning', async () => {
    const [a, b] = closed(tcpPair());
    const events = record(a, 'priority');
    b.send(BYTE, MSG_OOB);
    await turnFor(100);
    expect(events.seen).to.have.length(1);
    expect(events.seen[0]?.priority).to.equal(true);
    expect(a.recv(Buffer.alloc(1), MSG_OOB)).to.equal(1);
    b.send(BYTE, MSG_OOB);
    await events.next();
  });

  it('hangup of a fresh TCP socket neither spins nor hides the connection that follows', async () => {
    const [listener] = closed([tcpListener()]);
    const [a] = closed([socket(AF_INET, SOCK_STREAM)]);
    const events = record(a, 'readable');
    await turnFor(50);
    expect(events.seen.length).to.be.at.most(1);
    a.connect(listener.getsockname());
    await expectReady(listener, 'readable');
    const [peer] = closed([listener.accept()!.socket]);
    await turnFor(10);
    const next = events.next();
    peer!.send(BYTE);
    await next;
  });

  it('hangup of a fresh TCP socket does not hide the connections once it listens', async () => {
    const [listener] = closed([socket(AF_INET, SOCK_STREAM)]);
    const events = record(listener, 'readable');
    await turnFor(20);
    listener.listen();
    const next = events.next();
    const [a] = closed([socket(AF_INET, SOCK_STREAM)]);
    a.connect(AF_INET, '127.0.0.1', listener.getsockname().port!);
    await next;
    closed([listener.accept()!.socket]);
  });
});

describe('a batch', () => {
  it('skips a socket that an earlier handler closed', async () => {
    const pairs = [0, 1].map(() => closed(socketpair(AF_UNIX, SOCK_STREAM)));
    let calls = 0;
    for (const [a] of pairs) {
      watch(a!, 'readable', () => {
        calls++;
        for (const pair of pairs) pair[0]!.close();
      });
    }
    for (const [, b] of pairs) b!.send(BYTE);
    await turnFor(20);
    expect(calls).to.equal(1);
  });

  it('does not reach the new owner of a slot whose socket an earlier handler closed', async () => {
    const pairs = Array.from({ length: 20 }, () => socketpair(AF_UNIX, SOCK_STREAM));
    let stale = 0;
    for (const [a] of pairs) {
      watch(a, 'readable', () => {
        for (const pair of pairs) for (const each of pair) each.close();
        for (const _ of pairs) {
          for (const fresh of closed(socketpair(AF_UNIX, SOCK_STREAM)))
            watch(fresh, 'readable', () => stale++);
        }
      });
    }
    for (const [, b] of pairs) b.send(BYTE);
    await turnFor(20);
    expect(stale).to.equal(0);
  });

  it('costs no socket its event when a handler throws, and the exception surfaces', async () => {
    const pairs = Array.from({ length: 5 }, () => closed(socketpair(AF_UNIX, SOCK_STREAM)));
    const heard = new Set<number>();
    const surfaced: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => surfaced.push(error.message));
    try {
      pairs.forEach(([a], index) => {
        watch(a!, 'readable', () => {
          heard.add(index);
          if (index % 2 === 0) throw new Error(`handler ${index}`);
        });
      });
      for (const [, b] of pairs) b!.send(BYTE);
      await turnFor(50);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
    expect([...heard].sort()).to.deep.equal([0, 1, 2, 3, 4]);
    expect(surfaced.sort()).to.deep.equal(['handler 0', 'handler 2', 'handler 4']);
  });

  it('notifies 3,000 sockets that get ready at once, and stops none of them', async function () {
    this.timeout(60_000);
    const pairs = Array.from({ length: 3000 }, () => closed(socketpair(AF_UNIX, SOCK_STREAM)));
    const counts = new Uint32Array(pairs.length);
    const buffer = Buffer.alloc(8);
    let heard = 0;
    let armed = new Set<number>();
    // Events without an entry, so that full polls of 1,024 do not end with a full batch:
    // then libuv polls again while entries wait.
    const unwatched = Array.from({ length: 10 }, () => closed(socketpair(AF_UNIX, SOCK_STREAM)));
    for (const [a] of unwatched) watch(a!, 'readable', () => {})[Symbol.dispose]();
    await new Promise<void>((resolve) => {
      pairs.forEach(([a], index) => {
        watch(a!, 'readable', () => {
          a!.recv(buffer);
          if (counts[index]!++ > 0 || ++heard < pairs.length) return;
          // One that had been stopped would be armed again in the next turn only.
          armed = armedDescriptors();
          resolve();
        });
      });
      setTimeout(() => {
        for (const [, b] of [...unwatched, ...pairs]) b!.send(BYTE);
      }, 5);
    });
    expect(pairs.filter(([a]) => !armed.has(a!.fd))).to.have.length(0);
    // An event that libuv had fetched before its data was read is spurious.
    expect(counts.reduce((sum, count) => sum + count)).to.be.at.most(pairs.length * 1.05);
  });

  it('is let go lazily: the next event ends the polling of a socket that nobody watches', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    watch(a, 'readable', () => {})[Symbol.dispose]();
    await turnFor(5);
    expect(armedDescriptors().has(a.fd)).to.equal(true);
    b.send(BYTE);
    await turnFor(5);
    expect(armedDescriptors().has(a.fd)).to.equal(false);
  });

  it('is registered lazily: a socket without a watch is not polled', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    b.send(BYTE);
    a.recv(Buffer.alloc(1));
    await turnFor(5);
    expect(armedDescriptors().has(a.fd)).to.equal(false);
  });

  it('reaches the right socket when descriptors are reused at once', async function () {
    this.timeout(60_000);
    const buffer = Buffer.alloc(8);
    let wrong = 0;
    for (let round = 0; round < 3000; round++) {
      const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
      watch(a, 'readable', () => wrong++);
      if (round % 2 === 0) await new Promise(setImmediate); // in epoll, or not yet
      b.send(BYTE);
      const old = a.fd;
      a.close();
      const [c, d] = socketpair(AF_UNIX, SOCK_STREAM);
      expect([c.fd, d.fd]).to.include(old);
      const fresh = c.fd === old ? c : d;
      const other = fresh === c ? d : c;
      const told = ready(fresh, 'readable');
      b.close();
      other.send(BYTE);
      await told;
      expect(fresh.recv(buffer)).to.equal(1);
      c.close();
      d.close();
    }
    expect(wrong).to.equal(0);
  });
});

describe('Watch', () => {
  const silent: Watcher = { onReady() {}, onClose() {} };

  it('tells its watcher of the close, with the watch already gone', () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const order: string[] = [];
    for (const mask of [0, READABLE, READABLE | HANGUP]) {
      const inner: Watch = new Watch(a, mask, {
        onReady() {},
        onClose() {
          order.push(`${mask} ${a.closed}`);
          inner.dispose();
        },
      });
    }
    a.close();
    expect(order).to.deep.equal(['5 true', '1 true', '0 true']);
  });

  it('can be disposed in any order', () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const watches = [0, 1, 2, 3].map(() => new Watch(a, READABLE, silent));
    for (const index of [1, 0, 3, 2, 1]) watches[index]!.dispose();
    expect(a._watches).to.equal(null);
  });
});

describe('families', () => {
  it('are all polled alike', async () => {
    const [a, b] = closed([socket(AF_INET6, SOCK_DGRAM), socket(AF_INET6, SOCK_DGRAM)]);
    a.bind(AF_INET6, '::1', 0);
    b.sendto(BYTE, a.getsockname());
    await expectReady(a, 'readable');
  });
});
