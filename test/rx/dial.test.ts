import { lookup as systemLookup } from 'node:dns';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants as os, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { firstValueFrom, lastValueFrom, NEVER, of, retry, Subject, takeUntil, timeout } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type Socket, SocketAddress, SystemError, socket } from 'uvsock';
import { AF_INET, AF_UNIX, SHUT_RDWR, SO_KEEPALIVE, SOCK_STREAM, SOL_SOCKET } from 'uvsock/constants';
import { type DialConfig, dial, type Lookup, withSocket } from 'uvsock/rx';
import { closed, socketDescriptors, tcpListener, turnFor } from '../support/sockets.ts';

/** A resolver that knows these addresses for every name. */
function resolvesTo(...addresses: string[]): Lookup {
  return (_hostname, _options, callback) => {
    queueMicrotask(() =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      ),
    );
  };
}

/** A listener whose backlog is full: connecting to it takes forever. */
function fullListener(): Socket {
  const [full] = closed([tcpListener(0)]);
  const [client] = closed([socket(AF_INET, SOCK_STREAM)]);
  client.connect(full.getsockname());
  return full;
}

/** A listener on another loopback address with the same port. */
function listenerBeside(other: Socket, address: string): Socket {
  const [beside] = closed([socket(AF_INET, SOCK_STREAM)]);
  beside.bind(AF_INET, address, other.getsockname().port as number);
  beside.listen();
  return beside;
}

/** A port on which nobody listens. */
function refusedPort(): number {
  const listener = tcpListener();
  const { port } = listener.getsockname();
  listener.close();
  return port as number;
}

const portOf = (of: Socket) => of.getsockname().port as number;

const failureOf = (config: DialConfig, target: Parameters<typeof dial>[0]) =>
  lastValueFrom(dial(target, config)).then(
    () => 'no error',
    (error) => error,
  );

/** Fails every attempt without asking the network, and tells the order of the addresses. */
async function orderOf(...addresses: string[]): Promise<string[]> {
  const order: string[] = [];
  await failureOf(
    {
      lookup: resolvesTo(...addresses),
      prepare(_socket, address) {
        order.push(address.address as string);
        throw new SystemError(-os.errno.EHOSTUNREACH, 'connect', address);
      },
    },
    { host: 'name.test', port: 7 },
  );
  return order;
}

describe('dial', () => {
  it('connects to a literal address without a lookup', async () => {
    const [listener] = closed([tcpListener()]);
    const lookup = () => {
      throw new Error('looked up');
    };
    const connected = await lastValueFrom(dial({ host: '127.0.0.1', port: portOf(listener) }, { lookup }));
    closed([connected, listener.accept()!.socket]);
    expect(connected.getpeername().equals(listener.getsockname())).to.equal(true);
  });

  it('connects to a name that the system resolves', async () => {
    const [listener] = closed([tcpListener()]);
    const connected = await lastValueFrom(
      dial({ host: 'localhost', port: portOf(listener) }, { lookup: systemLookup }),
    );
    closed([connected, listener.accept()!.socket]);
    expect(connected.getpeername().port).to.equal(portOf(listener));
  });

  it('connects to a socket address', async () => {
    const [listener] = closed([tcpListener()]);
    const connected = await lastValueFrom(dial(listener.getsockname()));
    closed([connected, listener.accept()!.socket]);
    expect(connected.closed).to.equal(false);
  });

  it('connects from an address that is given as text, or as an address with a port', async () => {
    const [listener, reserved] = closed([tcpListener(), socket(AF_INET, SOCK_STREAM)]);
    reserved.bind(AF_INET, '127.0.0.3', 0);
    const port = portOf(reserved);
    reserved.close();
    for (const localAddress of ['127.0.0.2', { address: '127.0.0.3', port }]) {
      const connected = await lastValueFrom(dial(listener.getsockname(), { localAddress }));
      closed([connected, listener.accept()!.socket]);
      const { address, port: from } = connected.getsockname();
      if (typeof localAddress === 'string') expect(address).to.equal(localAddress);
      else expect({ address, port: from }).to.deep.equal(localAddress);
    }
  });

  it('connects to the path of a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
    try {
      const path = join(folder, 's');
      const [listener] = closed([socket(AF_UNIX, SOCK_STREAM)]);
      listener.bind(AF_UNIX, path);
      listener.listen();
      const connected = await lastValueFrom(dial({ path }));
      closed([connected, listener.accept()!.socket]);
      expect(connected.getpeername().path).to.equal(path);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('asks for all addresses, and only those of the family of localAddress', async () => {
    const asked: unknown[] = [];
    const lookup: Lookup = (hostname, options, callback) => {
      asked.push([hostname, options]);
      callback(null, []);
    };
    const target = { host: 'name.test', port: 7 };
    await failureOf({ lookup }, target);
    await failureOf({ lookup, localAddress: '127.0.0.1' }, target);
    await failureOf({ lookup, localAddress: '::1' }, target);
    expect(asked).to.deep.equal([
      ['name.test', { all: true, family: 0 }],
      ['name.test', { all: true, family: 4 }],
      ['name.test', { all: true, family: 6 }],
    ]);
  });

  it('alternates between the families, in the order of the lookup', async () => {
    expect(await orderOf('192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8::1')).to.deep.equal([
      '192.0.2.1',
      '2001:db8::1',
      '192.0.2.2',
      '192.0.2.3',
    ]);
    expect(await orderOf('2001:db8::1', '2001:db8::2', '192.0.2.1', '192.0.2.2')).to.deep.equal([
      '2001:db8::1',
      '192.0.2.1',
      '2001:db8::2',
      '192.0.2.2',
    ]);
  });

  it('tries the next address at once when one fails', async () => {
    const [listener] = closed([tcpListener()]);
    const connected = await lastValueFrom(
      dial(
        { host: 'name.test', port: portOf(listener) },
        // Waiting for a turn would outlast the test.
        { lookup: resolvesTo('127.0.0.3', '127.0.0.2', '127.0.0.1'), attemptDelay: 600_000 },
      ),
    );
    closed([connected, listener.accept()!.socket]);
    expect(connected.getpeername().address).to.equal('127.0.0.1');
  });

  describe('by the clock', () => {
    /** Dials addresses that never answer, in virtual time; what `look` sees of the sockets at each time. */
    function watched<T>(config: DialConfig, times: number[], look: (opened: Socket[]) => T): T[] {
      const seen: T[] = [];
      const opened: Socket[] = [];
      const target = { host: 'name.test', port: portOf(fullListener()) };
      const clock = new TestScheduler(() => {});
      clock.run(({ flush }) => {
        const connecting = dial(target, {
          lookup: (_hostname, _options, callback) =>
            callback(null, Array(3).fill({ address: '127.0.0.1', family: 4 })),
          prepare: (each) => opened.push(each),
          ...config,
        }).subscribe({ error() {} });
        for (const time of times) clock.schedule(() => seen.push(look(opened)), time);
        flush();
        connecting.unsubscribe();
      });
      return seen;
    }

    it('gives each address a head start of 250 ms over the next', () => {
      expect(watched({}, [249, 251, 499, 501], (opened) => opened.length)).to.deep.equal([1, 2, 2, 3]);
    });

    it('gives each address a head start of attemptDelay over the next', () => {
      expect(watched({ attemptDelay: 10 }, [9, 11], (opened) => opened.length)).to.deep.equal([1, 2]);
    });

    it('closes all that is in flight when time is up', () => {
      const look = (opened: Socket[]) => opened.map((each) => each.closed);
      expect(watched({ timeout: 300 }, [299, 301], look)).to.deep.equal([
        [false, false],
        [true, true],
      ]);
    });
  });

  it('tries the next address at once also when an older attempt fails', async () => {
    const opened: Socket[] = [];
    const connecting = dial(
      { host: 'name.test', port: portOf(fullListener()) },
      {
        lookup: resolvesTo('127.0.0.1', '127.0.0.1', '127.0.0.1'),
        attemptDelay: 1000,
        prepare: (each) => opened.push(each),
      },
    ).subscribe();
    closed([{ [Symbol.dispose]: () => connecting.unsubscribe() }]);
    while (opened.length < 2) await turnFor(5);
    const began = performance.now();
    opened[0]?.shutdown(SHUT_RDWR); // ends the attempt
    while (opened.length < 3) await turnFor(5);
    expect(performance.now() - began).to.be.lessThan(800);
    expect(opened.map((each) => each.closed)).to.deep.equal([true, false, false]);
  });

  it('closes the losers, and not the winner', async () => {
    const full = fullListener();
    const beside = listenerBeside(full, '127.0.0.2');
    const opened: Socket[] = [];
    const connected = await lastValueFrom(
      dial(
        { host: 'name.test', port: portOf(full) },
        {
          lookup: resolvesTo('127.0.0.1', '127.0.0.2'),
          attemptDelay: 10,
          prepare: (each) => opened.push(each),
        },
      ),
    );
    closed([connected, beside.accept()!.socket]);
    expect(opened.map((each) => each.closed)).to.deep.equal([true, false]);
    expect(opened[1]).to.equal(connected);
  });

  it('tries no further address once one is connected', async () => {
    const [listener] = closed([tcpListener()]);
    const opened: Socket[] = [];
    const connected = await lastValueFrom(
      dial(
        { host: 'name.test', port: portOf(listener) },
        {
          lookup: resolvesTo('127.0.0.1', '127.0.0.2'),
          attemptDelay: 10,
          prepare: (each) => opened.push(each),
        },
      ),
    );
    closed([connected, listener.accept()!.socket]);
    await turnFor(30);
    expect(opened).to.have.length(1);
  });

  it('fails with the error of the only address', async () => {
    const port = refusedPort();
    const error = await failureOf({}, { host: '127.0.0.1', port });
    expect(error).to.be.instanceOf(SystemError);
    expect(error.message).to.equal(`connect ECONNREFUSED 127.0.0.1:${port}`);
  });

  it('fails with an AggregateError that names all addresses in order', async () => {
    const port = refusedPort();
    const error = await failureOf(
      { lookup: resolvesTo('127.0.0.1', '127.0.0.2') },
      { host: 'name.test', port },
    );
    expect(error).to.be.instanceOf(AggregateError).and.to.include({ code: 'ECONNREFUSED' });
    expect(error.message).to.equal(
      `No connection to name.test:${port}: ` +
        `127.0.0.1:${port} (connect ECONNREFUSED), 127.0.0.2:${port} (connect ECONNREFUSED)`,
    );
    expect(error.errors.map((each: SystemError) => each.address)).to.deep.equal(['127.0.0.1', '127.0.0.2']);
  });

  it('fails with the error of the lookup', async () => {
    const lookup: Lookup = (_hostname, _options, callback) => callback(new Error('no such name'), []);
    const error = await failureOf({ lookup }, { host: 'name.test', port: 7 });
    expect(error.message).to.equal('no such name');
  });

  it('fails with ENOTFOUND when the name has no address', async () => {
    const error = await failureOf({ lookup: resolvesTo() }, { host: 'name.test', port: 7 });
    expect(error).to.include({ code: 'ENOTFOUND', hostname: 'name.test' });
  });

  it('fails with ETIMEDOUT when time is up, and closes what is in flight', async () => {
    const full = fullListener();
    const opened: Socket[] = [];
    const error = await failureOf({ timeout: 20, prepare: (each) => opened.push(each) }, full.getsockname());
    expect(error.message).to.equal(`connect ETIMEDOUT ${full.getsockname()}`);
    expect(opened.map((each) => each.closed)).to.deep.equal([true]);
  });

  it('tells with ETIMEDOUT how each address fared', async () => {
    const full = fullListener();
    const port = portOf(full);
    const taken = full.getsockname();
    // The first address fails before time begins to run out.
    const prepare = (each: Socket, to: SocketAddress) => {
      if (to.address === '127.0.0.2') each.bind(taken);
    };
    const error = await failureOf(
      { timeout: 40, prepare, lookup: resolvesTo('127.0.0.2', '127.0.0.1') },
      { host: 'name.test', port },
    );
    expect(error).to.be.instanceOf(AggregateError).and.to.include({ code: 'ETIMEDOUT' });
    expect(error.errors.map((each: SystemError) => each.message)).to.deep.equal([
      `bind EADDRINUSE ${taken}`,
      `connect ETIMEDOUT 127.0.0.1:${port}`,
    ]);
  });

  it('counts the lookup in the timeout', async () => {
    const error = await failureOf({ timeout: 10, lookup: () => {} }, { host: 'name.test', port: 7 });
    expect(error).to.include({ code: 'ETIMEDOUT', syscall: 'getaddrinfo', hostname: 'name.test' });
  });

  it('leaves the connection alone after the timeout', async () => {
    const [listener] = closed([tcpListener()]);
    const connected = await lastValueFrom(dial(listener.getsockname(), { timeout: 10 }));
    closed([connected, listener.accept()!.socket]);
    await turnFor(30);
    expect(connected.closed).to.equal(false);
  });

  it('connects from localAddress', async () => {
    const [listener] = closed([tcpListener()]);
    const connected = await lastValueFrom(dial(listener.getsockname(), { localAddress: '127.0.0.9' }));
    closed([connected, listener.accept()!.socket]);
    expect(connected.getsockname().address).to.equal('127.0.0.9');
  });

  it('fails when localAddress is not of this machine, and closes the socket', async () => {
    const error = await failureOf({ localAddress: '192.0.2.1' }, { host: '127.0.0.1', port: 7 });
    expect(error).to.include({ syscall: 'bind', code: 'EADDRNOTAVAIL' });
  });

  it('lets prepare set options before the socket is connected', async () => {
    const [listener] = closed([tcpListener()]);
    const seen: unknown[] = [];
    const connected = await lastValueFrom(
      dial(listener.getsockname(), {
        prepare(each, address) {
          seen.push(address.toString(), each.getsockname().port);
          each.setsockopt(SOL_SOCKET, SO_KEEPALIVE, true);
        },
      }),
    );
    closed([connected, listener.accept()!.socket]);
    expect(seen).to.deep.equal([listener.getsockname().toString(), 0]);
    expect(connected.getsockopt(SOL_SOCKET, SO_KEEPALIVE)).to.equal(true);
  });

  it('ends with what prepare throws, if the system did not', async () => {
    let opened = 0;
    const error = await failureOf(
      {
        lookup: resolvesTo('127.0.0.1', '127.0.0.2'),
        prepare() {
          opened++;
          throw new TypeError('mistake');
        },
      },
      { host: 'name.test', port: 7 },
    );
    expect([error.message, opened]).to.deep.equal(['mistake', 1]);
  });

  it('closes what is in flight when it is unsubscribed', async () => {
    const full = fullListener();
    const opened: Socket[] = [];
    const connecting = dial(
      { host: 'name.test', port: portOf(full) },
      {
        lookup: resolvesTo('127.0.0.1', '127.0.0.1'),
        attemptDelay: 5,
        prepare: (each) => opened.push(each),
      },
    ).subscribe();
    while (opened.length < 2) await turnFor(1);
    connecting.unsubscribe();
    expect(opened.map((each) => each.closed)).to.deep.equal([true, true]);
  });

  it('ignores the answer of a lookup after it is unsubscribed', async () => {
    let answer: (() => void) | undefined;
    let opened = 0;
    const lookup: Lookup = (_hostname, _options, callback) => {
      answer = () => callback(null, [{ address: '127.0.0.1', family: 4 }]);
    };
    dial({ host: 'name.test', port: 7 }, { lookup, prepare: () => opened++ })
      .subscribe()
      .unsubscribe();
    answer?.();
    await turnFor(5);
    expect(opened).to.equal(0);
  });

  it('resolves and connects anew for each subscription', async () => {
    const [listener] = closed([tcpListener()]);
    let lookups = 0;
    const lookup: Lookup = (_hostname, _options, callback) => {
      // At first the name is of an address where nobody listens.
      callback(null, [{ address: lookups++ === 0 ? '127.0.0.2' : '127.0.0.1', family: 4 }]);
    };
    const connected = await lastValueFrom(
      dial({ host: 'name.test', port: portOf(listener) }, { lookup }).pipe(retry(1)),
    );
    closed([connected, listener.accept()!.socket]);
    expect(lookups).to.equal(2);
  });

  it('works with withSocket, which closes the connection', async () => {
    const [listener] = closed([tcpListener()]);
    const used: Socket[] = [];
    const working = lastValueFrom(
      dial(listener.getsockname()).pipe(
        withSocket((connection) => {
          used.push(connection);
          return of(1);
        }),
      ),
    );
    while (used.length === 0) await turnFor(1);
    listener.accept()!.socket.close();
    await working;
    expect(used.map((each) => each.closed)).to.deep.equal([true]);
  });

  it('works with timeout and takeUntil, which leave nothing open', async () => {
    const full = fullListener();
    const before = socketDescriptors().length;
    const error = await lastValueFrom(dial(full.getsockname()).pipe(timeout(10))).catch((reason) => reason);
    expect(error.name).to.equal('TimeoutError');
    const stop = new Subject<void>();
    const stopped = lastValueFrom(dial(full.getsockname()).pipe(takeUntil(stop)), { defaultValue: null });
    stop.next();
    expect(await stopped).to.equal(null);
    expect(socketDescriptors().length).to.equal(before);
  });

  it('leaves no descriptor behind wherever it is unsubscribed', async () => {
    const [listener] = closed([tcpListener()]);
    const before = socketDescriptors().length;
    const target = { host: 'name.test', port: portOf(listener) };
    for (let round = 0; round < 20; round++) {
      const subscription = dial(target, { lookup: resolvesTo('127.0.0.2', '127.0.0.1') })
        .pipe(withSocket(() => NEVER))
        .subscribe();
      for (let turn = 0; turn < round % 4; turn++) await new Promise(setImmediate);
      subscription.unsubscribe();
    }
    expect(socketDescriptors().length).to.equal(before);
  });

  it('is the subscriber’s connection from when it is emitted', async () => {
    const [listener] = closed([tcpListener()]);
    const connected = await firstValueFrom(dial(listener.getsockname()));
    closed([connected, listener.accept()!.socket]);
    expect(connected.closed).to.equal(false);
  });

  it('names a wrong argument when it is called', () => {
    const here = { host: '127.0.0.1', port: 7 };
    expect(() => dial(5 as never)).to.throw(TypeError, /"target"/);
    expect(() => dial({ host: 5 as never, port: 7 })).to.throw(TypeError, /"host"/);
    expect(() => dial({ host: '', port: 7 })).to.throw(TypeError, /"host"/);
    expect(() => dial({ host: 'name.test', port: 65536 })).to.throw(RangeError, /"port"/);
    expect(() => dial(here, { timeout: 0 })).to.throw(RangeError, /"timeout"/);
    expect(() => dial(here, { attemptDelay: -1 })).to.throw(RangeError, /"attemptDelay"/);
    expect(() => dial(here, { localAddress: 'name.test' })).to.throw(TypeError, /"localAddress"/);
    expect(() => dial(here, { prepare: 5 as never })).to.throw(TypeError, /"prepare"/);
    expect(() => dial(here, { lookup: 5 as never })).to.throw(TypeError, /"lookup"/);
    expect(() => dial(SocketAddress.parse('[::1]:7'))).not.to.throw();
  });
});
