import { expect } from 'chai';
import { lastValueFrom, merge, type Observable } from 'rxjs';
import type { Socket, SystemError } from 'uvsock';
import * as c from 'uvsock/constants';
import { pump, relay } from 'uvsock/rx';
import { scaled } from '../support/scale.ts';
import { closed, tcpPair, turnFor } from '../support/sockets.ts';
import { type LossyNetwork, lossyNetwork } from './support/lossy_network.ts';
import { hashOf, sendBlocks } from './support/transfer.ts';

const BYTES = scaled(8 << 20, 1 << 28);
/** How long an interface is down, in milliseconds: TCP tries again meanwhile. */
const DOWN = scaled(300, 1000);

/** What is pending in a socket that has given up, by what it knows of the reason. */
const GONE = ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'];

type Ends = [host: 'client' | 'wire' | 'proxy', name: string];
const LINKS: Ends[] = [
  ['client', 'near'],
  ['wire', 'near'],
  ['proxy', 'far'],
];

const both = (a: Socket, b: Socket): Observable<unknown> => merge(pump(a, b), pump(b, a));

/** Sends through what `join` makes of the client's end, and does something when half of it is there. */
async function transfer(
  network: LossyNetwork,
  patience: number,
  join: (a: Socket, b: Socket) => Observable<unknown>,
  halfway: () => void,
) {
  const [client, peer] = await network.tcpPair(patience);
  const [source, feeder] = closed(tcpPair());
  let left = BYTES / 2;
  const onBytes = (length: number) => {
    if (left <= 0) return;
    left -= length;
    if (left <= 0) halfway();
  };
  return {
    joined: lastValueFrom(join(source, client)),
    sent: sendBlocks(feeder, 1, BYTES),
    received: hashOf(peer, onBytes),
    peer,
    feeder,
  };
}

/** The code of the error that it ends with. */
const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: SystemError) => error.code ?? error,
  );

describe('an interface that goes down', function () {
  this.timeout(scaled(60_000, 300_000));
  const network = lossyNetwork();

  for (const [host, link] of LINKS.slice(0, scaled(1, LINKS.length))) {
    for (const [name, join] of [
      ['pump', both],
      ['relay', relay],
    ] as const) {
      it(`at ${host} (${link}) and comes up again costs a transfer through ${name} nothing`, async () => {
        let wasDown: Promise<void> | undefined;
        const down = async () => {
          network().network.ip(host, `link set ${link} down`);
          await turnFor(DOWN);
          network().network.ip(host, `link set ${link} up`);
        };
        const { sent, received, joined, peer } = await transfer(network(), 30_000, join, () => {
          wasDown = down();
        });
        const hashes = await Promise.all([sent, received]);
        expect(hashes[0]).to.equal(hashes[1]);
        peer.close();
        await joined;
        await wasDown;
      });
    }
  }
});

describe('an interface that goes for good', function () {
  this.timeout(60_000);
  const network = lossyNetwork();

  it('ends a relay that sends through it, and who receives and keeps alive', async () => {
    const { sent, received, joined, peer, feeder } = await transfer(network(), 500, relay, () =>
      network().network.ip('client', 'link del near'),
    );
    // Who has sent nothing learns of nothing, unless it asks.
    peer.setsockopt(c.SOL_SOCKET, c.SO_KEEPALIVE, true);
    peer.setsockopt(c.IPPROTO_TCP, c.TCP_KEEPIDLE!, 1);
    peer.setsockopt(c.IPPROTO_TCP, c.TCP_KEEPINTVL!, 1);
    const failures = [errorOf(joined), errorOf(received)];
    for (const failure of failures) expect(await failure).to.be.oneOf(GONE);
    // What is not in a buffer by now goes nowhere.
    feeder.close();
    await errorOf(sent);
  });
});
