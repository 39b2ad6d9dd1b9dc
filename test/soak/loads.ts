/**
 * What the soak does, over and over: each load is one round that takes some
 * milliseconds, checks every byte, and closes what it has opened. Both sides are
 * this library's and this process's, so that whatever leaks shows.
 */
import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import {
  defer,
  ignoreElements,
  lastValueFrom,
  merge,
  type Observable,
  range,
  reduce,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { type DatagramBatch, ready, Socket, socketpair } from 'uvsock';
import * as c from 'uvsock/constants';
import {
  dial,
  duplex,
  fromErrorQueue,
  fromRecv,
  fromRecvmmsg,
  mergeRecv,
  pump,
  relay,
  send,
  sendBatches,
  sendfile,
  withSocket,
} from 'uvsock/rx';
import { SocketStream } from 'uvsock/stream';
import type { Random } from '../support/scale.ts';
import { tcpListener, tcpPair, udpSocket } from '../support/sockets.ts';

/** What all rounds share. */
export interface Place {
  /** A TCP echo server, by mergeAccept and mergeRecv. */
  readonly echo: number;
  /** An HTTP server on SocketStreams. */
  readonly http: number;
  /** A file of `bytes`. */
  readonly file: string;
  /** Random bytes, a part of which is what a round sends. */
  readonly bytes: Buffer;
}

/** One round. */
export type Load = (place: Place, random: Random) => Promise<void>;

const MOST = 1 << 18;

const part = ({ bytes }: Place, random: Random, most = MOST) => {
  const length = 1 + random(most);
  const start = random(bytes.length - length);
  return bytes.subarray(start, start + length);
};

function same(received: Buffer, sent: Buffer): void {
  if (!received.equals(sent))
    throw new Error(`${sent.length} bytes were sent, other ${received.length} came`);
}

const all = (source: Observable<Buffer>) =>
  lastValueFrom(source.pipe(reduce((chunks, chunk) => [...chunks, chunk], [] as Buffer[])), {
    defaultValue: [] as Buffer[],
  }).then((chunks) => Buffer.concat(chunks));

const done = (source: Observable<unknown>) =>
  lastValueFrom(source.pipe(ignoreElements()), { defaultValue: null });

/** Sends `data` and the end. */
const sent = (socket: Socket, data: Buffer) =>
  send(socket, data).pipe(tap({ complete: () => socket.shutdown(c.SHUT_WR) }));

/** Closes the sockets at the end, whatever that is. */
async function withSockets<T extends Disposable[]>(
  sockets: T,
  round: (...sockets: T) => Promise<void>,
): Promise<void> {
  try {
    await round(...sockets);
  } finally {
    for (const each of sockets) each[Symbol.dispose]();
  }
}

/** Receives `length` bytes with calls of the core. */
async function receive(socket: Socket, length: number): Promise<Buffer> {
  const data = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const n = socket.recv(data, 0, at);
    if (n === null) await ready(socket, 'readable');
    else if (n === 0) throw new Error(`ended after ${at} of ${length} bytes`);
    else at += n;
  }
  return data;
}

async function transmit(socket: Socket, data: Buffer): Promise<void> {
  for (let at = 0; at < data.length; ) {
    const n = socket.send(data, 0, at);
    if (n === null) await ready(socket, 'writable');
    else at += n;
  }
}

/** There, and back. */
const exchange = (pair: [Socket, Socket], place: Place, random: Random) =>
  withSockets(pair, async (a, b) => {
    const data = part(place, random);
    const [there] = await Promise.all([receive(b, data.length), transmit(a, data)]);
    const [back] = await Promise.all([receive(a, data.length), transmit(b, there)]);
    same(back, data);
  });

/** From one connection to another, by something between. */
const through =
  (between: (near: Socket, far: Socket) => Observable<unknown>): Load =>
  (place, random) =>
    withSockets([...tcpPair(), ...tcpPair()], async (outer, near, far, inner) => {
      const data = part(place, random);
      const question = all(fromRecv(inner));
      const answer = all(fromRecv(outer));
      const moving = done(between(near, far));
      await done(sent(outer, data));
      same(await question, data);
      await done(sent(inner, data));
      same(await answer, data);
      await moving;
    });

/** Some of the datagrams that were sent, whole; a full receiver drops. */
async function datagrams(to: Socket, sending: Observable<unknown>, expected: Buffer): Promise<void> {
  const received = fromRecvmmsg(to, { gro: to.family !== c.AF_UNIX, reuse: true }).pipe(
    tap((batch: DatagramBatch) => {
      for (const { data } of batch) same(data, expected);
    }),
    take(1),
  );
  await Promise.all([done(sending), done(received)]);
}

export const LOADS: Record<string, Load> = {
  'TCP, calls of the core': (place, random) => exchange(tcpPair(), place, random),

  'Unix stream, calls of the core': (place, random) =>
    exchange(socketpair(c.AF_UNIX, c.SOCK_STREAM), place, random),

  'TCP echo server, ended in some way': async (place, random) => {
    const data = part(place, random);
    const address = { address: '127.0.0.1', port: place.echo };
    const session = (socket: Socket) => {
      switch (random(4)) {
        case 0: // gone in the middle
          return mergeRecv(socket, () => []).pipe(takeUntil(send(socket, data)));
        case 1: // a reset in the middle
          socket.setsockopt(c.SOL_SOCKET, c.SO_LINGER, { enabled: true, timeout: 0 });
          return send(socket, data);
        default:
          return duplex(
            defer(() => all(fromRecv(socket))).pipe(tap((received) => same(received, data))),
            sent(socket, data),
          );
      }
    };
    await done(dial(address).pipe(withSocket(session)));
  },

  'Unix datagrams': (place, random) =>
    withSockets(socketpair(c.AF_UNIX, c.SOCK_DGRAM), async (a, b) => {
      const data = part(place, random, 2000);
      await datagrams(b, merge(...Array.from({ length: 5 }, () => send(a, data))), data);
    }),

  'UDP, in batches and segments': (place, random) =>
    withSockets([udpSocket(), udpSocket()], async (a, b) => {
      const data = part(place, random, 1200);
      b.setsockopt(c.IPPROTO_UDP, c.UDP_GRO!, true);
      const items = range(1 + random(100)).pipe(reduce((list) => [...list, data], [] as Buffer[]));
      const list = await lastValueFrom(items);
      await datagrams(b, defer(() => list).pipe(sendBatches(a, { address: b.getsockname() })), data);
    }),

  'UDP that nobody receives': () =>
    withSockets([udpSocket(), udpSocket()], async (a, gone) => {
      a.setsockopt(c.IPPROTO_IP, c.IP_RECVERR!, true);
      a.connect(gone.getsockname());
      gone.close();
      a.send(Buffer.from('anybody?'));
      const { error } = await lastValueFrom(fromErrorQueue(a).pipe(take(1)));
      if (error?.code !== 'ECONNREFUSED') throw new Error(`${error?.code} instead of ECONNREFUSED`);
    }),

  pump: through((near, far) => merge(pump(near, far), pump(far, near))),

  relay: through(relay),

  sendfile: (place, random) =>
    withSockets(tcpPair(), async (a, b) => {
      const offset = random(place.bytes.length - MOST);
      const length = 1 + random(MOST);
      const received = all(fromRecv(b));
      await done(sendfile(a, place.file, { offset, length }));
      a.shutdown(c.SHUT_WR);
      same(await received, place.bytes.subarray(offset, offset + length));
    }),

  'lent memory': (place, random) =>
    withSockets(tcpPair(), async (a, b) => {
      const data = part(place, random);
      const received = all(fromRecv(b));
      await done(send(a, data, c.MSG_ZEROCOPY));
      a.shutdown(c.SHUT_WR);
      same(await received, data);
    }),

  HTTP: async (place, random) => {
    const data = part(place, random);
    const stream = new SocketStream();
    stream.connect(place.http, '127.0.0.1');
    const request = http.request({ method: 'POST', createConnection: () => stream as never });
    request.end(data);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const length = await text(response);
    if (Number(length) !== data.length) throw new Error(`${length} of ${data.length} bytes came`);
    if (!stream.closed) {
      stream.destroy();
      await once(stream, 'close');
    }
  },

  'passed descriptors': (place, random) =>
    withSockets([...socketpair(c.AF_UNIX, c.SOCK_STREAM), ...tcpPair()], async (a, b, near, far) => {
      a.sendmsg({
        data: Buffer.from('x'),
        control: [{ level: c.SOL_SOCKET, type: c.SCM_RIGHTS, data: [near, near] }],
      });
      const [taken, dropped] = b.recvmsg(Buffer.alloc(1))?.find(c.SOL_SOCKET, c.SCM_RIGHTS) ?? [];
      dropped?.close();
      await withSockets([taken!.adopt()], async (adopted) => {
        const data = part(place, random);
        const [received] = await Promise.all([receive(far, data.length), transmit(adopted, data)]);
        same(received, data);
      });
    }),

  'given away and taken back': (place, random) => {
    const [a, b] = tcpPair();
    return exchange([Socket.adopt(a.detach()), b], place, random);
  },

  'waits that are given up': (_place, random) =>
    withSockets(socketpair(c.AF_UNIX, c.SOCK_STREAM), async (a, _b) => {
      const waiting = [
        ready(a, 'readable', { signal: AbortSignal.timeout(1 + random(20)) }),
        done(fromRecv(a).pipe(takeUntil(timer(random(20))))),
      ];
      await Promise.allSettled(waiting);
    }),

  'a worker, ended at any moment': async (_place, random) => {
    const worker = new Worker(new URL('../fixtures/worker.js', import.meta.url), {
      workerData: random(2) === 0 ? 'busy' : 'files',
    });
    if (random(4) > 0) await once(worker, 'message');
    await new Promise((resolve) => setTimeout(resolve, random(20)));
    await worker.terminate();
  },

  'a connection refused': async () => {
    const listener = tcpListener();
    const address = listener.getsockname();
    listener.close();
    const code = await done(dial(address)).catch((error) => error.code);
    if (code !== 'ECONNREFUSED') throw new Error(`${code} instead of ECONNREFUSED`);
  },
};
