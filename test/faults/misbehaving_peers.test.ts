/**
 * A server with limits and timeouts, of whose clients some misbehave: those
 * are cut off by the limit that is there for them, memory stays bounded, and
 * the others are served. How long these wait is printed, not tested.
 */
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Observable, timeout } from 'rxjs';
import { type Socket, stats } from 'uvsock';
import { SO_SNDBUF, SOL_SOCKET } from 'uvsock/constants';
import {
  lengthPrefixed,
  lines,
  listen,
  mergeRecv,
  type ServeStats,
  send,
  serve,
  withProxyHeader,
} from 'uvsock/rx';
import type { Experience } from '../fixtures/behaving_clients.ts';
import type { Kind } from '../fixtures/misbehaving_peers.ts';
import { lineOf, start } from '../support/programs.ts';
import { scaled } from '../support/scale.ts';
import { closed, turnFor } from '../support/sockets.ts';

/** How long the clients are watched with nobody misbehaving, and at least with somebody, in milliseconds. */
const WATCHED = scaled(200, 10_000);
/** How long a client may take for a message, and for reading the answer. */
const PATIENCE = 1000;
const MOST_CONNECTIONS = 100;
const MOST_BYTES = 1024;
/** So many megabytes more may be in use than before. */
const ROOM = 16;
/** So many must have been cut off. */
const CUT_OFF = 20;

interface Protocol {
  preface: string;
  message: string;
  handler: Parameters<typeof serve<Observable<unknown>>>[1];
}

const LENGTH = { includesLength: true, maxLength: MOST_BYTES };
const body = 'x'.repeat(60);
const header = Buffer.from([0, 0, 0, 64]);

const echoFrames = (connection: Socket) =>
  mergeRecv(connection, (message) => send(connection, Buffer.concat([header, message])), {
    through: lengthPrefixed(LENGTH),
  }).pipe(timeout(PATIENCE));

const framed: Protocol = {
  preface: '',
  message: header.toString('latin1') + body,
  handler: echoFrames,
};

const lined: Protocol = {
  preface: '',
  message: `${body}\n`,
  handler: (connection) =>
    mergeRecv(connection, (line) => send(connection, `${line}\n`), {
      through: lines({ maxLength: MOST_BYTES }),
    }).pipe(timeout(PATIENCE)),
};

const proxied: Protocol = {
  preface: 'PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\n',
  message: framed.message,
  handler: withProxyHeader(echoFrames, { timeout: PATIENCE }),
};

type Misbehaviour = [kind: Kind, protocol: Protocol, ends: string[]];

/** What ends the connections of those who misbehave so: codes or names of errors. */
const MISBEHAVIOURS: Misbehaviour[] = [
  ['never reads', framed, ['TimeoutError']],
  ['sends a byte at a time', framed, ['TimeoutError']],
  ['tells of more than the limit', framed, ['ERR_FRAME_TOO_LONG']],
  ['never ends its line', lined, ['ERR_FRAME_TOO_LONG']],
  ['sends no PROXY header', proxied, ['ERR_FRAME_MALFORMED']],
  ['resets in the middle', framed, ['ECONNRESET', 'EPIPE']],
];

/** Those that end much like one of the others: for the full form. */
const FURTHER: Misbehaviour[] = [
  ['sends nothing', framed, ['TimeoutError']],
  ['tells of a length that cannot be', framed, ['ERR_FRAME_MALFORMED']],
  ['sends half a PROXY header', proxied, ['ETIMEDOUT']],
  ['ends in the middle', framed, ['ERR_FRAME_TRUNCATED']],
];

const FLOODS: Kind[] = ['floods with connections', 'floods with connections, and keeps them'];
/** So many connections are a flood. */
const FLOOD = 1000;

const program = (name: string, ...args: unknown[]) =>
  start(
    process.execPath,
    fileURLToPath(new URL(`../fixtures/${name}.js`, import.meta.url)),
    JSON.stringify(args),
  );

function megabytesInUse(): number {
  globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

class Server implements Disposable {
  readonly port: number;
  readonly ends = new Map<string, number>();
  stats: ServeStats = { active: 0, accepted: 0, refused: 0 };
  mostActive = 0;
  readonly #listener: Socket;
  readonly #serving;

  constructor(handler: Protocol['handler']) {
    [this.#listener] = closed([listen({ host: '127.0.0.1', port: 0 })]);
    // What a peer that does not read may make the kernel keep.
    this.#listener.setsockopt(SOL_SOCKET, SO_SNDBUF, 1 << 16);
    this.port = this.#listener.getsockname().port!;
    this.#serving = serve(this.#listener, handler, {
      concurrent: MOST_CONNECTIONS,
      overflow: 'refuse',
      endTimeout: PATIENCE,
      onError: (error) => {
        const { code, name } = error as NodeJS.ErrnoException;
        const end = code ?? name;
        this.ends.set(end, (this.ends.get(end) ?? 0) + 1);
      },
      statsObserver: {
        next: (now) => {
          this.stats = now;
          this.mostActive = Math.max(this.mostActive, now.active);
        },
      },
    }).subscribe();
  }

  [Symbol.dispose](): void {
    this.#serving.unsubscribe();
    this.#listener.close();
  }
}

/** Clients that behave, and how they fare. */
async function behaving(server: Server, { preface, message }: Protocol) {
  const clients = program('behaving_clients', server.port, preface, message);
  clients.stderr.on('data', (complaint) => process.stderr.write(complaint));
  const output = createInterface(clients.stdout)[Symbol.asyncIterator]();
  await output.next();
  const experience = async (): Promise<Experience> => {
    clients.stdin.write('\n');
    return JSON.parse((await output.next()).value as string);
  };
  return Object.assign(clients, { experience });
}

/** Has somebody misbehave until `enough`; what became of the server and of the other clients. */
async function suffer(kind: Kind, protocol: Protocol, enough: (server: Server) => boolean) {
  const opened = stats();
  using server = new Server(protocol.handler);
  await using clients = await behaving(server, protocol);
  await turnFor(WATCHED);
  const without = await clients.experience();
  const before = megabytesInUse();
  let grown: number;
  {
    await using peers = program('misbehaving_peers', kind, server.port, protocol.preface, protocol.message);
    peers.stderr.on('data', (complaint) => process.stderr.write(complaint));
    await lineOf(peers.stdout, /ready/);
    const end = performance.now() + WATCHED;
    while (performance.now() < end || !enough(server)) await turnFor(10);
    grown = megabytesInUse() - before;
  }
  const along = await clients.experience();
  const ends = [...server.ends].map(([end, times]) => `${times} ${end}`).join(', ');
  console.log(
    `      ${kind}: ${server.stats.accepted} served, ${server.stats.refused} refused, ended by ${ends || 'none'}; ` +
      `p99 of the others ${along.p99} ms (${without.p99} without), median ${along.median} (${without.median}), ` +
      `${grown.toFixed(1)} MB more`,
  );
  expect(along.failed, 'clients that failed').to.equal(0);
  expect(server.mostActive).to.be.at.most(MOST_CONNECTIONS);
  expect(grown, 'megabytes more').to.be.below(ROOM);
  clients.stdin.end();
  while (server.stats.active > 0) await turnFor(10);
  // The listener is still open.
  expect(stats().open).to.equal(opened.open + 1);
  return server;
}

const countOf = (server: Server, ends: string[]) =>
  ends.reduce((sum, end) => sum + (server.ends.get(end) ?? 0), 0);

describe('a peer that misbehaves is cut off, and the others are served: one that', function () {
  this.timeout(60_000);

  for (const [kind, protocol, ends] of [...MISBEHAVIOURS, ...FURTHER.slice(0, scaled(0, FURTHER.length))]) {
    it(kind, async () => {
      const server = await suffer(kind, protocol, (it) => countOf(it, ends) >= CUT_OFF);
      // Those that were killed at the end may have ended otherwise.
      expect(countOf(server, ends)).to.be.at.least(CUT_OFF);
    });
  }

  for (const kind of FLOODS) {
    it(kind, async () => {
      const server = await suffer(kind, framed, (it) => it.stats.accepted + it.stats.refused > FLOOD);
      if (kind.endsWith('keeps them')) expect(server.stats.refused).to.be.above(0);
    });
  }
});
