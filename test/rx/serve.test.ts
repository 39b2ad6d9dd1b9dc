import { expect } from 'chai';
import {
  config,
  EMPTY,
  lastValueFrom,
  NEVER,
  Observable,
  of,
  Subject,
  take,
  throwError,
  toArray,
} from 'rxjs';
import { type Socket, socket } from 'uvsock';
import { AF_INET, SO_LINGER, SOCK_STREAM, SOL_SOCKET } from 'uvsock/constants';
import { mergeRecv, type ServeConfig, type ServeStats, send, serve } from 'uvsock/rx';
import { closed, expectNoReady, expectReady, tcpListener, turnFor } from '../support/sockets.ts';

function connect(to: Socket): Socket {
  const [client] = closed([socket(AF_INET, SOCK_STREAM)]);
  client.connect(to.getsockname());
  return client;
}

/** What comes until the peer has ended or reset the connection. */
async function received(client: Socket): Promise<string> {
  const buffer = Buffer.alloc(64);
  let text = '';
  for (;;) {
    try {
      const n = client.recv(buffer);
      if (n === 0) return text;
      if (n === null) await expectReady(client, 'readable');
      else text += buffer.toString('utf8', 0, n);
    } catch (error) {
      return (error as { code: string }).code;
    }
  }
}

/** A notifier for a server, and the promise of its end. */
function serving<R>(
  listener: Socket,
  handler: (connection: Socket) => Observable<R>,
  options: Omit<ServeConfig, 'until'> = {},
) {
  const stop = new Subject<void>();
  const over = lastValueFrom(serve(listener, handler, { until: stop, ...options }).pipe(toArray()));
  return { stop, over };
}

/** Resolves as soon as the counts are so. */
function statsProbe() {
  const seen: ServeStats[] = [];
  const changes = new Subject<void>();
  return {
    seen,
    observer: {
      next(stats: ServeStats) {
        seen.push(stats);
        changes.next();
      },
    },
    async until(predicate: (stats: ServeStats) => boolean): Promise<void> {
      while (!seen.some(predicate)) await lastValueFrom(changes.pipe(take(1)));
    },
  };
}

const echo = (connection: Socket) => mergeRecv(connection, (chunk) => send(connection, chunk));

describe('serve', () => {
  it('serves connections as mergeAccept does, and emits what the handlers emit', async () => {
    const [listener] = closed([tcpListener()]);
    const client = connect(listener);
    const served: unknown[] = [];
    const values = await lastValueFrom(
      serve(listener, (connection, address, index) => {
        served.push(connection.closed, address.port, index);
        return of('a', 'b');
      }).pipe(take(2), toArray()),
    );
    expect(values).to.deep.equal(['a', 'b']);
    expect(served).to.deep.equal([false, client.getsockname().port, 0]);
  });

  it('closes the listener when until emits, and completes when nothing is active', async () => {
    const [listener] = closed([tcpListener()]);
    const { stop, over } = serving(listener, echo);
    stop.next();
    expect(listener.closed).to.equal(true);
    expect(await over).to.deep.equal([]);
    expect(stop.observed).to.equal(false);
  });

  it('lets active connections finish, and completes when the last is closed', async () => {
    const [listener] = closed([tcpListener()]);
    const probe = statsProbe();
    const work = new Subject<void>();
    const { stop, over } = serving(
      listener,
      (connection) =>
        new Observable((subscriber) => {
          subscriber.add(work.subscribe(() => send(connection, 'done').subscribe(subscriber)));
        }),
      { statsObserver: probe.observer },
    );
    const clients = [connect(listener), connect(listener)];
    await probe.until(({ active }) => active === 2);
    let completed = false;
    const done = over.then(() => (completed = true));
    stop.next();
    await turnFor(10);
    expect(completed).to.equal(false);
    work.next();
    for (const client of clients) {
      expect(await received(client)).to.equal('done');
      expect(completed).to.equal(false);
      client.close();
    }
    await done;
  });

  it('closes what is still active after the grace time, and completes', async () => {
    const [listener] = closed([tcpListener()]);
    const probe = statsProbe();
    const open: Socket[] = [];
    const { stop, over } = serving(
      listener,
      (connection) => {
        open.push(connection);
        return NEVER;
      },
      { grace: 30, statsObserver: probe.observer },
    );
    const client = connect(listener);
    await probe.until(({ active }) => active === 1);
    const began = performance.now();
    stop.next();
    expect(open[0]?.closed).to.equal(false);
    await over;
    expect(performance.now() - began).to.be.greaterThan(25);
    expect(open[0]?.closed).to.equal(true);
    expect(await received(client)).to.equal('');
    expect(probe.seen.at(-1)).to.deep.equal({ active: 0, accepted: 1, refused: 0 });
  });

  it('closes at once with a grace time of 0', async () => {
    const [listener] = closed([tcpListener()]);
    const probe = statsProbe();
    const { stop, over } = serving(listener, () => NEVER, { grace: 0, statsObserver: probe.observer });
    connect(listener);
    await probe.until(({ active }) => active === 1);
    stop.next();
    await over;
  });

  it('begins the shutdown once, however often until emits', async () => {
    const [listener] = closed([tcpListener()]);
    const probe = statsProbe();
    const { stop, over } = serving(listener, () => NEVER, { grace: 20, statsObserver: probe.observer });
    connect(listener);
    await probe.until(({ active }) => active === 1);
    stop.next();
    expect(stop.observed).to.equal(false);
    await over;
  });

  it('completes at once when until emits on being subscribed', async () => {
    const [listener] = closed([tcpListener()]);
    expect(await lastValueFrom(serve(listener, echo, { until: of(1) }), { defaultValue: 'none' })).to.equal(
      'none',
    );
    expect(listener.closed).to.equal(true);
  });

  it('takes a promise for until', async () => {
    const [listener] = closed([tcpListener()]);
    const serving = serve(listener, echo, { until: Promise.resolve() });
    expect(await lastValueFrom(serving, { defaultValue: 'none' })).to.equal('none');
  });

  it('goes on when until completes without a value', async () => {
    const [listener] = closed([tcpListener()]);
    const serving = serve(listener, () => of('served'), { until: EMPTY });
    connect(listener);
    expect(await lastValueFrom(serving.pipe(take(1)))).to.equal('served');
  });

  it('fails with the error of until, and closes the connections', async () => {
    const [listener] = closed([tcpListener()]);
    const probe = statsProbe();
    const until = new Subject<void>();
    const failed = lastValueFrom(
      serve(listener, () => NEVER, { until, statsObserver: probe.observer }),
    ).catch((error) => error.message);
    const client = connect(listener);
    await probe.until(({ active }) => active === 1);
    until.error(new Error('no notifier'));
    expect(await failed).to.equal('no notifier');
    expect(await received(client)).to.equal('');
  });

  it('closes the connections when it is unsubscribed, and not the listener', async () => {
    const [listener] = closed([tcpListener()]);
    const probe = statsProbe();
    const until = new Subject<void>();
    const subscription = serve(listener, () => NEVER, { until, statsObserver: probe.observer }).subscribe();
    const client = connect(listener);
    await probe.until(({ active }) => active === 1);
    subscription.unsubscribe();
    expect(await received(client)).to.equal('');
    expect([listener.closed, until.observed]).to.deep.equal([false, false]);
  });

  it('fails with ERR_SOCKET_CLOSED when the listener was closed by others before', async () => {
    const listener = tcpListener();
    listener.close();
    const code = await lastValueFrom(serve(listener, echo)).catch((error) => error.code);
    expect(code).to.equal('ERR_SOCKET_CLOSED');
  });

  it('counts active and accepted connections, one as active until it is closed', async () => {
    const [listener] = closed([tcpListener()]);
    const probe = statsProbe();
    const { stop, over } = serving(listener, () => EMPTY, { statsObserver: probe.observer });
    const client = connect(listener);
    expect(await received(client)).to.equal(''); // ended by the server, not yet by the client
    expect(probe.seen).to.deep.equal([{ active: 1, accepted: 1, refused: 0 }]);
    client.close();
    await probe.until(({ active }) => active === 0);
    expect(probe.seen).to.deep.equal([
      { active: 1, accepted: 1, refused: 0 },
      { active: 0, accepted: 1, refused: 0 },
    ]);
    stop.next();
    await over;
  });

  it('counts a connection no more before its error is told', async () => {
    const [listener] = closed([tcpListener()]);
    const probe = statsProbe();
    const told = new Subject<unknown>();
    const { stop, over } = serving(listener, () => throwError(() => new Error('mine')), {
      statsObserver: probe.observer,
      onError: (error) => told.next([(error as Error).message, probe.seen.at(-1)?.active]),
    });
    const first = lastValueFrom(told.pipe(take(1)));
    connect(listener);
    expect(await first).to.deep.equal(['mine', 0]);
    stop.next();
    await over;
  });

  it('leaves connections beyond the limit in the backlog', async () => {
    const [listener] = closed([tcpListener()]);
    const probe = statsProbe();
    const { stop, over } = serving(listener, () => NEVER, {
      concurrent: 1,
      grace: 0,
      statsObserver: probe.observer,
    });
    const clients = [connect(listener), connect(listener)] as const;
    await probe.until(({ active }) => active === 1);
    await expectNoReady(clients[1], 'readable');
    expect(probe.seen).to.deep.equal([{ active: 1, accepted: 1, refused: 0 }]);
    stop.next();
    await over;
  });

  it('refuses connections beyond the limit, and takes others when there is room', async () => {
    const [listener] = closed([tcpListener()]);
    const probe = statsProbe();
    const indices: number[] = [];
    const until = new Subject<void>();
    const over = lastValueFrom(
      serve(
        listener,
        (connection, _address, index) => {
          indices.push(index);
          return echo(connection);
        },
        { concurrent: 1, overflow: 'refuse', until, statsObserver: probe.observer },
      ),
      { defaultValue: null },
    );
    const first = connect(listener);
    await probe.until(({ active }) => active === 1);
    const second = connect(listener);
    expect(await received(second)).to.equal('');
    expect(probe.seen.at(-1)).to.deep.equal({ active: 1, accepted: 1, refused: 1 });
    first.close();
    await probe.until(({ active }) => active === 0);
    const third = connect(listener);
    await probe.until(({ accepted }) => accepted === 2);
    expect(indices).to.deep.equal([0, 1]);
    until.next();
    third.close();
    await over;
    expect(probe.seen.at(-1)).to.deep.equal({ active: 0, accepted: 2, refused: 1 });
  });

  it('goes on when the observer of the counts throws', async () => {
    const [listener] = closed([tcpListener()]);
    const unhandled: string[] = [];
    const before = config.onUnhandledError;
    config.onUnhandledError = (error) => unhandled.push(error.message);
    try {
      const statsObserver = {
        next() {
          throw new Error('observer');
        },
      };
      connect(listener);
      const served = await lastValueFrom(
        serve(listener, () => of('served'), { statsObserver }).pipe(take(1)),
      );
      expect(served).to.equal('served');
      await turnFor(5); // reported by timers
    } finally {
      config.onUnhandledError = before;
    }
    expect(unhandled).to.deep.equal(['observer', 'observer']);
  });

  it('starts no handler when the observer of the counts unsubscribes', async () => {
    const [listener] = closed([tcpListener()]);
    let handled = 0;
    const gone = new Promise<void>((resolve) => {
      const subscription = serve(
        listener,
        () => {
          handled++;
          return NEVER;
        },
        {
          statsObserver: {
            next() {
              subscription.unsubscribe();
              resolve();
            },
          },
        },
      ).subscribe();
    });
    const client = connect(listener);
    await gone;
    expect(await received(client)).to.equal('');
    expect(handled).to.equal(0);
  });

  it('keeps serving the others when a client resets its connection', async () => {
    const [listener] = closed([tcpListener()]);
    const told: unknown[] = [];
    const probe = statsProbe();
    const { stop, over } = serving(listener, echo, {
      onError: (error) => told.push((error as { code: string }).code),
      statsObserver: probe.observer,
    });
    const bad = connect(listener);
    await probe.until(({ active }) => active === 1);
    bad.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 });
    bad.close();
    await probe.until(({ active }) => active === 0);
    expect(told).to.deep.equal(['ECONNRESET']);
    const good = connect(listener);
    good.send(Buffer.from('hello'));
    good.shutdown(1);
    expect(await received(good)).to.equal('hello');
    good.close();
    stop.next();
    await over;
  });

  it('names a wrong argument', () => {
    const [listener] = closed([tcpListener()]);
    const wrong = (options: unknown) => () => serve(listener, echo, options as ServeConfig);
    expect(() => serve(5 as never, echo)).to.throw(TypeError, /socket/);
    expect(() => serve(listener, 5 as never)).to.throw(TypeError, /"handler"/);
    expect(wrong({ concurrent: 0 })).to.throw(RangeError, /"concurrent"/);
    expect(wrong({ grace: -1 })).to.throw(RangeError, /"grace"/);
    expect(wrong({ endTimeout: '1' })).to.throw(TypeError, /"endTimeout"/);
    expect(wrong({ maxPerTurn: 0 })).to.throw(RangeError, /"maxPerTurn"/);
    expect(wrong({ overflow: 'drop' })).to.throw(TypeError, /"overflow"/);
    expect(wrong({ until: 5 })).to.throw(TypeError, /"until"/);
    expect(wrong({ statsObserver: {} })).to.throw(TypeError, /"statsObserver"/);
  });
});
