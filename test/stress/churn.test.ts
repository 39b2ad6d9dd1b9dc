import { expect } from 'chai';
import type { Subscription } from 'rxjs';
import { type Socket, socket, stats } from 'uvsock';
import { AF_INET, SO_LINGER, SOCK_STREAM, SOL_SOCKET } from 'uvsock/constants';
import { listen, mergeAccept, mergeRecv, send } from 'uvsock/rx';
import { type Random, randomOf, SEED, scaled, tenths } from '../support/scale.ts';
import { closed, expectReady } from '../support/sockets.ts';

const AT_ONCE = 50;
/** So many megabytes the heap may grow by, whatever the number of connections. */
const LEVEL = 4;

const message = Buffer.alloc(5000, 'round and round ');

/** Sends a message and reads it back, checked. */
async function echo(client: Socket): Promise<void> {
  let sent = 0;
  let received = 0;
  const buffer = Buffer.alloc(message.length);
  while (received < message.length) {
    if (sent < message.length) sent += client.send(message, 0, sent) ?? 0;
    const n = client.recv(buffer, 0, received);
    if (n === 0) throw new Error('ended early');
    if (n === null) await expectReady(client, sent < message.length ? 'both' : 'readable');
    else received += n;
  }
  if (!buffer.equals(message)) throw new Error('other bytes than were sent');
}

/** What a client may do, once it is connected. */
const CLIENTS: ((client: Socket) => Promise<void> | void)[] = [
  // all as it should be
  async (client) => {
    await echo(client);
    client.shutdown(1);
    await expectReady(client, 'readable');
    while (client.recv(Buffer.alloc(10)) === null) await expectReady(client, 'readable');
  },
  // reset, with data in both directions
  (client) => {
    client.send(message);
    client.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 });
  },
  // half closed, and gone without reading
  (client) => {
    client.send(message);
    client.shutdown(1);
  },
  // closed with unread data
  async (client) => {
    client.send(message);
    await expectReady(client, 'readable');
  },
  // connected, and vanished
  () => {},
];

async function connect(random: Random, port: number): Promise<void> {
  const client = socket(AF_INET, SOCK_STREAM);
  try {
    // Many addresses: ports of ended connections stay taken for a minute, each towards one.
    const connected = client.connect(AF_INET, `127.0.0.${1 + random(250)}`, port);
    const behave = CLIENTS[random(CLIENTS.length)]!;
    // Some vanish while they connect.
    if (!connected && random(10) > 0) await expectReady(client, 'writable');
    if (connected || client.takeError() === null) await behave(client);
  } catch (error) {
    if (!['ENOTCONN', 'EPIPE', 'ECONNRESET'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
  } finally {
    client.close();
  }
}

function heapInMegabytes(): number {
  globalThis.gc!();
  return process.memoryUsage().heapUsed / 1e6;
}

describe(`connections that come and go, as they like (UVSOCK_SEED=${SEED})`, function () {
  this.timeout(1_200_000);

  it('leave no descriptor, no armed poll and no memory behind', async () => {
    const random = randomOf(SEED);
    const before = stats();
    const [listener] = closed([listen({ host: '0.0.0.0', port: 0 })]);
    const port = listener.getsockname().port!;
    const serving: Subscription = mergeAccept(
      listener,
      (connection) => mergeRecv(connection, (chunk) => send(connection, chunk)),
      { onError: () => {} },
    ).subscribe();
    const count = scaled(1_000, 200_000);
    const progress = tenths(count);
    let done = 0;
    const clients = async (many: number) => {
      let left = many;
      const one = async () => {
        while (left-- > 0) {
          await connect(random, port);
          progress(++done);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, one));
    };
    await clients(count / 10);
    const level = heapInMegabytes();
    await clients(count - count / 10);
    while (stats().open > before.open + 1) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(heapInMegabytes() - level).to.be.below(LEVEL);
    serving.unsubscribe();
    listener.close();
    expect(stats()).to.include({ open: before.open, polled: before.polled, armed: before.armed });
  });
});
