/** Clients that send random messages and compare every byte that comes back. */
import { defer, EMPTY, merge, type Observable, of, takeWhile, timeout } from 'rxjs';
import { type Socket, type SocketAddress, socket } from 'uvsock';
import { SOCK_DGRAM, SOCK_STREAM } from 'uvsock/constants';
import { fromConnect, mergeRecv, send, withSocket } from 'uvsock/rx';
import type { Transport } from './server.ts';

/** Reproducible random numbers below 2^32 (xorshift32). */
export function random(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function randomMessage(next: () => number, longest: number): Buffer {
  const message = Buffer.allocUnsafe(1 + (next() % longest));
  for (let i = 0; i < message.length; i++) message[i] = next();
  return message;
}

/** A message is not answered for so long: it is lost. */
const PATIENCE = 5000;

/** One message after the other until `over()`, each compared with its echo; emits their lengths. */
function converse(
  connection: Socket,
  seed: number,
  longest: number,
  over: () => boolean,
): Observable<number> {
  return defer(() => {
    const next = random(seed);
    let message = randomMessage(next, longest);
    let compared = 0;
    const compare = (chunk: Buffer): Observable<number> => {
      if (!chunk.equals(message.subarray(compared, compared + chunk.length))) {
        throw new Error(`a wrong byte in the echo of a message of ${message.length} bytes (seed ${seed})`);
      }
      compared += chunk.length;
      if (compared < message.length) return EMPTY;
      if (over()) return of(compared); // which lets takeWhile see that it is over
      message = randomMessage(next, longest);
      compared = 0;
      return send(connection, message);
    };
    return merge(send(connection, message), mergeRecv(connection, compare)).pipe(
      takeWhile(() => !over()),
      timeout({ each: PATIENCE }),
    );
  });
}

/** A client of the server at `address`; errors if a byte is wrong or lost. */
export function client(
  transport: Transport,
  address: SocketAddress,
  seed: number,
  over: () => boolean,
): Observable<number> {
  const style = transport === 'udp' ? SOCK_DGRAM : SOCK_STREAM;
  const longest = transport === 'udp' ? 1200 : 8192;
  return fromConnect(() => socket(address.family, style), address).pipe(
    withSocket((connection) => converse(connection, seed, longest, over)),
  );
}
