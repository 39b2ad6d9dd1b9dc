import { AsyncLocalStorage } from 'node:async_hooks';
import { expect } from 'chai';
import { EMPTY, mergeMap, type Observable, of, Subject, take } from 'rxjs';
import { ready, type Socket, socket, socketpair, watch } from 'uvsock';
import { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from 'uvsock/constants';
import {
  end,
  fromAccept,
  fromConnect,
  fromReadable,
  fromRecv,
  fromRecvfrom,
  mergeAccept,
  mergeRecv,
  send,
  sendfile,
} from 'uvsock/rx';
import { closed, fill, tcpListener, tcpPair, turnFor, udpSocket } from '../support/sockets.ts';

const storage = new AsyncLocalStorage<string>();

/** What the storage holds when the observable emits, fails or completes. */
function contextsOf(observable: Observable<unknown>): (string | undefined)[] {
  const seen: (string | undefined)[] = [];
  const note = () => seen.push(storage.getStore());
  storage.run('mine', () => observable.subscribe({ next: note, error: note, complete: note }));
  return seen;
}

/** Runs in another context, as the code that causes an event does. */
const elsewhere = (call: () => void) => storage.run('another', call);

describe('the AsyncLocalStorage context of the subscription', () => {
  it('is that of watch and ready', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const seen: unknown[] = [];
    storage.run('mine', () => {
      closed([watch(a, 'readable', () => seen.push(storage.getStore()))]);
      ready(a, 'readable').then(() => seen.push(storage.getStore()));
    });
    elsewhere(() => b.send(Buffer.from('x')));
    await turnFor(5);
    expect(seen).to.deep.equal(['mine', 'mine']);
  });

  const sources: [string, () => [Observable<unknown>, () => void]][] = [
    [
      'fromReadable',
      () => {
        const [a, b] = closed(tcpPair());
        return [fromReadable(b), () => a.send(Buffer.from('x'))];
      },
    ],
    [
      'fromRecv',
      () => {
        const [a, b] = closed(tcpPair());
        return [fromRecv(b), () => a.send(Buffer.from('x'))];
      },
    ],
    [
      'fromRecv when the socket is closed',
      () => {
        const [, b] = closed(tcpPair());
        return [fromRecv(b), () => b.close()];
      },
    ],
    [
      'fromRecv when a pause ends',
      () => {
        const [a, b] = closed(tcpPair());
        const paused = new Subject<boolean>();
        a.send(Buffer.from('x'));
        const pauseWhile = of(true).pipe(
          mergeMap((first) => [of(first), paused]),
          mergeMap((each) => each),
        );
        return [fromRecv(b, { pauseWhile }), () => paused.next(false)];
      },
    ],
    [
      'fromRecvfrom',
      () => {
        const [a, b] = closed([udpSocket(), udpSocket()]);
        return [fromRecvfrom(b), () => a.sendto(Buffer.from('x'), b.getsockname())];
      },
    ],
    [
      'fromAccept',
      () => {
        const [listener, client] = closed([tcpListener(), socket(AF_INET, SOCK_STREAM)]);
        const accepted = fromAccept(listener).pipe(
          mergeMap(({ socket: connection }) => {
            connection.close();
            return of(0);
          }),
        );
        return [accepted, () => client.connect(listener.getsockname())];
      },
    ],
    [
      'fromConnect',
      () => {
        const [listener, client] = closed([tcpListener(), socket(AF_INET, SOCK_STREAM)]);
        return [fromConnect(client, listener.getsockname()), () => {}];
      },
    ],
    [
      'send that has to wait',
      () => {
        const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
        fill(a);
        elsewhere(() => closedBy(send(a, 'first')));
        return [send(a, 'second'), () => drain(b)];
      },
    ],
    [
      'send that fails',
      () => {
        const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
        fill(a);
        return [send(a, 'x'), () => a.close()];
      },
    ],
    [
      'end',
      () => {
        const [a, b] = closed(tcpPair());
        return [end(b), () => a.close()];
      },
    ],
    [
      'mergeRecv when other code makes room',
      () => {
        const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
        const gate = new Subject<void>();
        for (const data of ['1', '2', '3']) a.send(Buffer.from(data));
        const contexts = mergeRecv(b, (_, index) => (index === 0 ? gate.pipe(take(1)) : of(index)));
        return [
          contexts.pipe(mergeMap((value) => (value === undefined ? EMPTY : of(value)))),
          () => gate.next(),
        ];
      },
    ],
    [
      'mergeRecv with items that wait',
      () => {
        const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
        const gate = new Subject<void>();
        a.send(Buffer.from('1,2,3'));
        const contexts = mergeRecv(b, (item: string) => (item === '1' ? gate.pipe(take(1)) : of(item)), {
          through: mergeMap((chunk: Buffer) => chunk.toString().split(',')),
        });
        return [
          contexts.pipe(mergeMap((value) => (value === undefined ? EMPTY : of(value)))),
          () => gate.next(),
        ];
      },
    ],
    [
      'mergeAccept',
      () => {
        const [listener, client] = closed([tcpListener(), socket(AF_INET, SOCK_STREAM)]);
        return [
          mergeAccept(listener, () => of(1)).pipe(take(1)),
          () => client.connect(listener.getsockname()),
        ];
      },
    ],
  ];

  const closedBy = (work: Observable<unknown>) => {
    const subscription = work.subscribe({ error() {} });
    closed([{ [Symbol.dispose]: () => subscription.unsubscribe() }]);
  };

  function drain(target: Socket): void {
    const buffer = Buffer.alloc(1 << 20);
    while (target.recv(buffer) !== null);
  }

  for (const [name, make] of sources) {
    it(`is that of ${name}`, async () => {
      const [observable, cause] = make();
      const seen = contextsOf(observable);
      elsewhere(cause);
      await turnFor(10);
      expect(seen).to.include('mine');
      expect(new Set(seen)).to.deep.equal(new Set(['mine']));
    });
  }

  it('is that of sendfile, which hears of its jobs from elsewhere', async () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const seen = contextsOf(sendfile(a, '/proc/self/limits'));
    while (seen.length < 2) await turnFor(1);
    expect(seen).to.deep.equal(['mine', 'mine']);
  });
});
