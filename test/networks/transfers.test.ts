import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { defer, EMPTY, lastValueFrom, merge, mergeMap, type Observable, type Subscription } from 'rxjs';
import { makeSocketAddress, ready, type Socket } from 'uvsock';
import { AF_INET, SHUT_WR, SOCK_STREAM } from 'uvsock/constants';
import { fromConnect, mergeAccept, mergeRecv, pump, relay, send, withSocket } from 'uvsock/rx';
import { namespacesMissing } from '../support/namespaces.ts';
import { skip } from '../support/probes.ts';
import { SEED, scaled } from '../support/scale.ts';
import { closed } from '../support/sockets.ts';
import { type Host, LossyNetwork, PROXY, SERVER } from './support/lossy_network.ts';

/** Both directions together. */
const BYTES = scaled(4 << 20, 2 ** 30);
const BLOCK = 1 << 18;

/** Blocks of bytes, no two of which are the same, and their hash. */
async function sendBlocks(socket: Socket, seed: number, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  for (let sent = 0; sent < bytes; sent += BLOCK) {
    const block = Buffer.alloc(BLOCK, createHash('sha512').update(`${seed} ${sent}`).digest());
    hash.update(block);
    await lastValueFrom(send(socket, block));
  }
  socket.shutdown(SHUT_WR);
  return hash.digest('hex');
}

/** The hash of what comes up to the end. */
async function hashOf(socket: Socket, onBytes: (length: number) => void): Promise<string> {
  const hash = createHash('sha256');
  const reading = mergeRecv(
    socket,
    (chunk) => {
      hash.update(chunk);
      onBytes(chunk.length);
      return EMPTY;
    },
    { reuse: true },
  );
  await lastValueFrom(reading, { defaultValue: undefined });
  return hash.digest('hex');
}

async function listening(network: LossyNetwork, host: Host, address: string): Promise<Socket> {
  const [listener] = closed([await network.socket(host, AF_INET, SOCK_STREAM)]);
  listener.bind(AF_INET, address, 0);
  listener.listen();
  return listener;
}

type Proxying = (client: Socket, server: Socket) => Observable<unknown>;

/** Accepts on the proxy and has each connection joined with one to the server. */
function proxy(network: LossyNetwork, listener: Socket, server: Socket, join: Proxying): Subscription {
  const to = server.getsockname();
  return mergeAccept(listener, (connection) =>
    defer(() => network.socket('proxy', AF_INET, SOCK_STREAM)).pipe(
      mergeMap((upstream) => fromConnect(upstream, to)),
      withSocket((upstream) => join(connection, upstream)),
    ),
  ).subscribe();
}

/** A client and the server, connected through the proxy. */
async function through(network: LossyNetwork, join: Proxying) {
  const [atServer, atProxy] = [
    await listening(network, 'server', SERVER),
    await listening(network, 'proxy', PROXY),
  ];
  const proxying = proxy(network, atProxy, atServer, join);
  const [client] = closed([await network.socket('client', AF_INET, SOCK_STREAM)]);
  await lastValueFrom(fromConnect(client, makeSocketAddress(AF_INET, PROXY, atProxy.getsockname().port!)));
  await ready(atServer, 'readable');
  const [server] = closed([atServer.accept()!.socket]);
  return { client, server, proxying };
}

/** Half of the bytes in each direction at once, intact. */
async function exchange({ client, server, proxying }: Awaited<ReturnType<typeof through>>): Promise<void> {
  let received = 0;
  let told = 0;
  const onBytes = (length: number) => {
    received += length;
    if (received - told < 100e6) return;
    told = received;
    console.log(`      ${Math.round(received / 1e6)} of ${Math.round(BYTES / 1e6)} MB`);
  };
  const [up, down, atServer, atClient] = await Promise.all([
    sendBlocks(client, 1, BYTES / 2),
    sendBlocks(server, 2, BYTES / 2),
    hashOf(server, onBytes),
    hashOf(client, onBytes),
  ]);
  proxying.unsubscribe();
  expect(received).to.equal(BYTES);
  expect([atServer, atClient]).to.deep.equal([up, down]);
}

describe(`a transfer over a wire that loses, doubles and delays (UVSOCK_SEED=${SEED})`, function () {
  this.timeout(scaled(60_000, 1_800_000));
  let network: LossyNetwork;

  before(async function () {
    const missing = namespacesMissing();
    if (missing !== undefined) skip(this, missing);
    network = await LossyNetwork.make();
  });
  after(() => network?.[Symbol.dispose]());

  const WAYS: [name: string, join: Proxying][] = [
    ['pump', (client, server) => merge(pump(client, server), pump(server, client))],
    ['relay', relay],
  ];
  for (const [name, join] of WAYS) {
    it(`is intact through ${name}`, async () => {
      const [before] = await network.wire.harm({ loss: 10, duplication: 5, delay: 10 });
      await exchange(await through(network, join));
      const [{ tcp }] = await network.wire.harm({ loss: 0, duplication: 0, delay: 0 });
      expect(tcp.lost - before.tcp.lost, 'frames lost').to.be.above(0);
      expect(tcp.duplicated - before.tcp.duplicated, 'frames doubled').to.be.above(0);
      expect(tcp.delayed - before.tcp.delayed, 'frames delayed').to.be.above(0);
    });
  }
});
