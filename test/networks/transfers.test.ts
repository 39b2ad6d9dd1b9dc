import { expect } from 'chai';
import { defer, lastValueFrom, merge, mergeMap, type Observable, type Subscription } from 'rxjs';
import { makeSocketAddress, ready, type Socket } from 'uvsock';
import { AF_INET, SOCK_STREAM } from 'uvsock/constants';
import { fromConnect, mergeAccept, pump, relay, withSocket } from 'uvsock/rx';
import { SEED, scaled } from '../support/scale.ts';
import { closed } from '../support/sockets.ts';
import { type LossyNetwork, lossyNetwork, PROXY, SERVER } from './support/lossy_network.ts';
import { hashOf, sendBlocks } from './support/transfer.ts';

/** Both directions together. */
const BYTES = scaled(4 << 20, 2 ** 30);

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
    await network.listener('server', SERVER),
    await network.listener('proxy', PROXY),
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
  const network = lossyNetwork();

  const WAYS: [name: string, join: Proxying][] = [
    ['pump', (client, server) => merge(pump(client, server), pump(server, client))],
    ['relay', relay],
  ];
  for (const [name, join] of WAYS) {
    it(`is intact through ${name}`, async () => {
      const [before] = await network().wire.harm({ loss: 10, duplication: 5, delay: 10 });
      await exchange(await through(network(), join));
      const [{ tcp }] = await network().wire.harm({ loss: 0, duplication: 0, delay: 0 });
      expect(tcp.lost - before.tcp.lost, 'frames lost').to.be.above(0);
      expect(tcp.duplicated - before.tcp.duplicated, 'frames doubled').to.be.above(0);
      expect(tcp.delayed - before.tcp.delayed, 'frames delayed').to.be.above(0);
    });
  }
});
