import { expect } from 'chai';
import { EMPTY, finalize, map, merge, type Observable, type Subscription, timer } from 'rxjs';
import { type Socket, socket, socketpair } from 'uvsock';
import { AF_INET, AF_UNIX, SOCK_STREAM } from 'uvsock/constants';
import {
  dial,
  duplex,
  end,
  fromAccept,
  fromConnect,
  fromHangup,
  fromReadable,
  fromRecv,
  fromRecvfrom,
  fromTcpInfo,
  fromWritable,
  mergeAccept,
  mergeRecv,
  mergeRecvfrom,
  pump,
  send,
  sendAll,
  sendto,
  serve,
  withSocket,
} from 'uvsock/rx';
import {
  armedDescriptors,
  closed,
  fill,
  ownDescriptors,
  socketDescriptors,
  tcpListener,
  tcpPair,
  turnFor,
  udpSocket,
} from '../support/sockets.ts';

/** An observable on the caller's sockets, and what makes something happen on them. */
interface Case {
  observable: Observable<unknown>;
  /** Harmless when it is too late. */
  cause(): void;
}

const nothing = () => {};
const x = Buffer.from('x');

function received(make: (near: Socket) => Observable<unknown>): Case {
  const [far, near] = closed(tcpPair());
  return { observable: make(near), cause: () => near.closed || far.send(x) };
}

function datagrams(make: (near: Socket) => Observable<unknown>): Case {
  const [far, near] = closed([udpSocket(), udpSocket()]);
  return { observable: make(near), cause: () => far.sendto(x, near.getsockname()) };
}

function connections(make: (listener: Socket) => Observable<unknown>): Case {
  const [listener] = closed([tcpListener()]);
  return {
    observable: make(listener),
    cause() {
      if (listener.closed) return;
      const [client] = closed([socket(AF_INET, SOCK_STREAM)]);
      client.connect(listener.getsockname());
      client.send(x);
    },
  };
}

/** Sends that wait until `cause` makes room, and answers. */
function waitingSend(make: (near: Socket) => Observable<unknown>): Case {
  const [near, far] = closed(socketpair(AF_UNIX, SOCK_STREAM));
  fill(near);
  const buffer = Buffer.alloc(1 << 20);
  return {
    observable: make(near),
    cause() {
      while (far.recv(buffer) !== null);
      far.send(x);
    },
  };
}

const CASES: Record<string, () => Case> = {
  fromReadable: () => received(fromReadable),
  fromWritable: () => waitingSend(fromWritable),
  fromHangup: () => {
    const [far, near] = closed(tcpPair());
    return { observable: fromHangup(near), cause: () => far.close() };
  },
  fromRecv: () => received((near) => fromRecv(near)),
  'fromRecv with pauseWhile': () =>
    received((near) => fromRecv(near, { pauseWhile: timer(1).pipe(map(() => true)) })),
  fromRecvfrom: () => datagrams((near) => fromRecvfrom(near)),
  mergeRecv: () => received((near) => mergeRecv(near, () => timer(1))),
  'mergeRecv and send': () => received((near) => mergeRecv(near, (chunk) => send(near, chunk))),
  mergeRecvfrom: () =>
    datagrams((near) => mergeRecvfrom(near, ({ data, address }) => sendto(near, data, address!))),
  fromAccept: () =>
    connections((listener) => fromAccept(listener).pipe(map(({ socket: connection }) => connection.close()))),
  mergeAccept: () => connections((listener) => mergeAccept(listener, (connection) => fromRecv(connection))),
  'mergeAccept whose connections end': () => connections((listener) => mergeAccept(listener, () => EMPTY)),
  serve: () =>
    connections((listener) => serve(listener, (connection) => fromRecv(connection), { until: timer(1) })),
  fromConnect: () => {
    const [listener] = closed([tcpListener()]);
    const open = () => socket(AF_INET, SOCK_STREAM);
    const observable = fromConnect(open, listener.getsockname()).pipe(
      map((connection) => connection.close()),
    );
    return { observable, cause: nothing };
  },
  withSocket: () => {
    const [listener] = closed([tcpListener()]);
    const connected = fromConnect(() => socket(AF_INET, SOCK_STREAM), listener.getsockname());
    return {
      observable: connected.pipe(
        withSocket((connection) => merge(send(connection, x), fromRecv(connection))),
      ),
      cause() {
        const accepted = listener.accept();
        if (accepted !== null) closed([accepted.socket])[0].send(x);
      },
    };
  },
  'dial to an address': () => {
    const [listener] = closed([tcpListener()]);
    return {
      observable: dial(listener.getsockname()).pipe(withSocket((connection) => fromRecv(connection))),
      cause: nothing,
    };
  },
  'dial to a name': () => {
    const [listener] = closed([tcpListener()]);
    const { port } = listener.getsockname();
    const found = [{ address: '127.0.0.1', family: 4 }];
    const target = { host: 'a.test', port: port! };
    const dialled = dial(target, { timeout: 1000, lookup: (_, __, done) => setImmediate(done, null, found) });
    return { observable: dialled.pipe(map((each) => each.close())), cause: nothing };
  },
  send: () => waitingSend((near) => send(near, x)),
  'sendAll and duplex': () =>
    waitingSend((near) =>
      duplex(
        fromRecv(near),
        timer(0, 1).pipe(
          map(() => x),
          sendAll(near),
        ),
      ),
    ),
  pump: () => {
    const [, destination] = closed(tcpPair());
    return received((near) => pump(near, destination));
  },
  end: () => received((near) => end(near)),
  fromTcpInfo: () => received((near) => fromTcpInfo(near, 1)),
};

/** The moments at which `unsubscribe` is called. */
const STAGES: Record<string, (test: Case, subscription: () => Subscription) => Promise<void> | void> = {
  'at once': (_, subscription) => subscription().unsubscribe(),
  'a turn later': async (_, subscription) => {
    const running = subscription();
    await new Promise(setImmediate);
    running.unsubscribe();
  },
  'after something happened': async ({ cause }, subscription) => {
    const running = subscription();
    cause();
    await turnFor(5);
    running.unsubscribe();
  },
  'when something has happened that nobody was told of': async ({ cause }, subscription) => {
    const running = subscription();
    await new Promise(setImmediate);
    cause();
    running.unsubscribe();
  },
};

const timeouts = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe('unsubscribing', () => {
  for (const [name, make] of Object.entries(CASES)) {
    for (const [stage, unsubscribe] of Object.entries(STAGES)) {
      it(`from ${name} ${stage} leaves nothing behind`, async () => {
        await null; // mocha's own timer is set when the test first waits
        const before = socketDescriptors();
        const timersBefore = timeouts();
        const test = make();
        let finalized = 0;
        await unsubscribe(test, () =>
          test.observable.pipe(finalize(() => finalized++)).subscribe({ error: nothing }),
        );
        expect(finalized).to.equal(1);
        expect(timeouts(), 'timers').to.be.at.most(timersBefore);
        const left = socketDescriptors().filter((descriptor) => !before.includes(descriptor));
        expect(left.map((descriptor) => Number.parseInt(descriptor, 10)).sort(), 'descriptors').to.deep.equal(
          ownDescriptors().sort(),
        );
        test.cause();
        await turnFor(5);
        const armed = armedDescriptors();
        expect(
          ownDescriptors().filter((fd) => armed.has(fd)),
          'armed',
        ).to.deep.equal([]);
      });
    }
  }
});
