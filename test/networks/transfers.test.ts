import { createHash, type Hash, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { ignoreElements, lastValueFrom, merge, type Observable, tap } from 'rxjs';
import type { Socket } from 'uvsock';
import { AF_INET, SOCK_STREAM } from 'uvsock/constants';
import { fromConnect, fromRecv, pump, relay, send } from 'uvsock/rx';
import { all } from '../support/connections.ts';
import { randomOf, SEED, scaled, tenths } from '../support/scale.ts';
import { accepted, hosts } from './hosts.ts';

/** In 10,000 frames: one in a hundred lost, some twice, some late. */
const FAULTS = { lost: 100, duplicated: 50, delayed: 200 };
const PIECE = 1 << 16;
const LENGTH = scaled(4 << 20, 2 ** 30);

/** A stream whose every piece is another part of some random bytes. */
function* pieces(length: number, hash: Hash): Generator<Buffer> {
  const bytes = randomBytes(PIECE * 16);
  const random = randomOf(SEED);
  for (let left = length; left > 0; left -= PIECE) {
    const start = random(bytes.length - PIECE);
    const piece = bytes.subarray(start, start + Math.min(PIECE, left));
    hash.update(piece);
    yield piece;
  }
}

describe(`over a network that loses and reorders (UVSOCK_SEED=${SEED})`, function () {
  this.timeout(scaled(120_000, 1_800_000));
  const net = hosts();

  /** Sends a stream over a proxy on the server's host, whose target answers with what it has got. */
  async function transfer(through: (near: Socket, far: Socket) => Observable<unknown>, length: number) {
    const [listener, target] = [await net.listener(), await net.listener('127.0.0.1')];
    const serving = (async () => {
      const connection = await accepted(target);
      const hash = createHash('sha256');
      const progress = tenths(length);
      let bytes = 0;
      const hashed = tap((chunk: Buffer) => {
        hash.update(chunk);
        bytes += chunk.length;
        progress(bytes);
      });
      await lastValueFrom(fromRecv(connection).pipe(hashed, ignoreElements()), { defaultValue: null });
      await lastValueFrom(send(connection, JSON.stringify([bytes, hash.digest('hex')])));
      connection.shutdown(1);
    })();
    const relaying = (async () => {
      const near = await accepted(listener);
      const far = await net.open('server', AF_INET, SOCK_STREAM);
      await lastValueFrom(fromConnect(far, target.getsockname()));
      await lastValueFrom(through(near, far), { defaultValue: null });
    })();
    const client = await net.open('client', AF_INET, SOCK_STREAM);
    await lastValueFrom(fromConnect(client, listener.getsockname()));
    const hash = createHash('sha256');
    for (const piece of pieces(length, hash)) await lastValueFrom(send(client, piece));
    client.shutdown(1);
    const answer = String(await all(client));
    await Promise.all([serving, relaying]);
    expect(JSON.parse(answer)).to.deep.equal([length, hash.digest('hex')]);
  }

  for (const [name, through] of [
    ['pump', (near: Socket, far: Socket) => merge(pump(near, far), pump(far, near))],
    ['relay', relay],
  ] as const) {
    it(`${name} brings ${LENGTH >> 20} MiB, intact`, async () => {
      net.wire.faults = FAULTS;
      const before = { ...net.wire.forth };
      await transfer(through, LENGTH);
      const { lost, duplicated, delayed } = net.wire.forth;
      expect(lost - before.lost, 'frames lost').to.be.above(0);
      expect(duplicated - before.duplicated, 'frames seen twice').to.be.above(0);
      expect(delayed - before.delayed, 'frames delayed').to.be.above(0);
    });
  }
});
