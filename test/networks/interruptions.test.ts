import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { ignoreElements, lastValueFrom, tap } from 'rxjs';
import type { Socket } from 'uvsock';
import { IPPROTO_TCP, TCP_USER_TIMEOUT } from 'uvsock/constants';
import { fromRecv, send } from 'uvsock/rx';
import { scaled } from '../support/scale.ts';
import { codeOf, expectReady } from '../support/sockets.ts';
import { hosts } from './hosts.ts';

const PATIENCE = 300;
const LENGTH = scaled(8 << 20, 256 << 20);

describe('an interruption', function () {
  this.timeout(scaled(60_000, 600_000));
  const net = hosts();

  /** Sends from the client to the server; calls `meanwhile` when half of it has arrived. */
  async function transfer(client: Socket, server: Socket, meanwhile: () => void): Promise<void> {
    const piece = randomBytes(1 << 20);
    const hashes = [createHash('sha256'), createHash('sha256')] as const;
    let arrived = 0;
    let called = false;
    const received = fromRecv(server).pipe(
      tap((chunk) => {
        hashes[0].update(chunk);
        arrived += chunk.length;
        if (called || arrived < LENGTH / 2) return;
        called = true;
        meanwhile();
      }),
      ignoreElements(),
    );
    const receiving = lastValueFrom(received, { defaultValue: null });
    for (let sent = 0; sent < LENGTH; sent += piece.length) {
      hashes[1].update(piece);
      await lastValueFrom(send(client, piece));
    }
    client.shutdown(1);
    await receiving;
    expect([called, arrived]).to.deep.equal([true, LENGTH]);
    expect(hashes[0].digest('hex')).to.equal(hashes[1].digest('hex'));
  }

  for (const [whose, host, name] of [
    ["sender's", 'client', 'near'],
    ["receiver's", 'server', 'far'],
    ['wire’s', 'wire', 'far'],
  ] as const) {
    it(`of the ${whose} interface, down and up in the middle of a transfer, loses nothing`, async () => {
      const [client, server] = await net.connection();
      await transfer(client, server, () => {
        net.network.ip(host, `link set ${name} down`);
        net.network.ip(host, `link set ${name} up`);
      });
    });
  }

  it('of the wire for longer than TCP_USER_TIMEOUT is ETIMEDOUT: an event, and the next call fails', async () => {
    const [client] = await net.connection();
    client.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT!, PATIENCE);
    net.wire.silent = true;
    client.send(Buffer.from('x'));
    const readiness = await expectReady(client, 'readable');
    expect(readiness.error || readiness.hangup).to.equal(true);
    expect(codeOf(() => client.recv(Buffer.alloc(1)))).to.equal('ETIMEDOUT');
  });

  it('for good, the interface is gone, is ETIMEDOUT', async () => {
    const [client] = await net.connection();
    client.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT!, PATIENCE);
    net.network.ip('client', 'link delete near');
    client.send(Buffer.from('x'));
    const received = lastValueFrom(fromRecv(client), { defaultValue: null });
    expect(await received.catch((error) => error.code)).to.equal('ETIMEDOUT');
  });
});
