/** What the tests of pump and relay share: two connections, and what goes over them. */
import { createHash } from 'node:crypto';
import { lastValueFrom, toArray } from 'rxjs';
import type { Socket } from 'uvsock';
import { fromRecv } from 'uvsock/rx';
import { closed, tcpPair } from './sockets.ts';

/** Two connections: what `outer` sends arrives at `near`, what `far` sends at `inner`. */
export function twoConnections(pair: () => [Socket, Socket] = tcpPair) {
  const [outer, near] = closed(pair());
  const [far, inner] = closed(pair());
  return { outer, near, far, inner };
}

export const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

/** Everything up to the end. */
export const all = async (socket: Socket) =>
  Buffer.concat(await lastValueFrom(fromRecv(socket).pipe(toArray()), { defaultValue: [] }));
