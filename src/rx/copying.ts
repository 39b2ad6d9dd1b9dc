/** Moving bytes from one connection to another by receiving and sending. */
import type { Observable } from 'rxjs';
import { invalidArgValue } from '../errors.ts';
import { hasEnd, putBack } from '../reader_claim.ts';
import { requireSocket } from '../readiness.ts';
import type { Socket } from '../socket.ts';
import { mergeRecv } from './merge_recv.ts';
import { Queued } from './queued.ts';

/** The argument itself, if it is a socket that is connected end to end. */
export function requireConnection(name: string, socket: Socket): Socket {
  if (hasEnd(requireSocket(socket))) return socket;
  throw invalidArgValue(name, socket, 'must be a connection');
}

/** Sends; what is given up before it has begun is still the source's. */
export function copy(chunk: Buffer<ArrayBuffer>, source: Socket, destination: Socket): Observable<number> {
  return new Queued(destination, chunk, 0, null, () => putBack(source, chunk));
}

/** Copies up to the source's end: the length of each chunk that the destination's kernel has taken. */
export function copied(source: Socket, destination: Socket): Observable<number> {
  return mergeRecv(source, (chunk) => copy(chunk, source, destination), { reuse: true });
}
