import { map, type Observable } from 'rxjs';
import type { Socket } from '../socket.ts';
import { fromReadiness } from './from_readiness.ts';

/**
 * Emits the socket when its peer has closed, or has shut down sending.
 *
 * {@link fromReadiness} for `'hangup'`, with the socket as the value. It
 * learns of the end without reading: what receives with backpressure reads
 * nothing while it has no room, and would hear of it only after the data.
 * A peer that has only shut down sending may still read.
 *
 * @example
 * mergeRecv(connection, slowAnswer).pipe(takeUntil(fromHangup(connection))).subscribe();
 *
 * @see {@link fromReadiness}, {@link mergeRecv}
 * @param socket A connected socket.
 * @returns A cold observable of the socket itself.
 */
export function fromHangup(socket: Socket): Observable<Socket> {
  return fromReadiness(socket, 'hangup').pipe(map(() => socket));
}
