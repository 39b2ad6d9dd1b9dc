/** The end of a stream, and what looks like one: an empty read. */
import { constants as os } from 'node:os';
import type { SystemError } from './errors.ts';
import { END } from './pull_loop.ts';
import { hasEnd } from './reader_claim.ts';
import type { Socket } from './socket.ts';

const { ECONNRESET, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT } = os.errno;

/** What a connection breaks with. The kernel tells it once, to whichever call comes first; reads are empty from then on. */
const BROKEN = new Set([ECONNRESET, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT].map((errno) => -errno));

/** Remembers for the readers what another call has been told. */
export function noteFailure(socket: Socket, error: SystemError): void {
  if (BROKEN.has(error.errno) && hasEnd(socket)) socket._broken = error;
}

/** For a reader that has read 0 bytes. Throws if that is no end, but a connection that broke. */
export function streamEnd(socket: Socket): typeof END {
  if (socket._broken !== null) throw socket._broken;
  socket._ended = true;
  return END;
}
