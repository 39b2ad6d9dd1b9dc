import { concat, type Observable, scan } from 'rxjs';
import type { Socket } from '../socket.ts';
import { copied, requireConnection } from './copying.ts';
import { endSending } from './end_sending.ts';

/**
 * Copies all bytes of one connection to another, with backpressure from end to
 * end.
 *
 * Like `mergeRecv(source, (chunk) => send(destination, chunk))`, and carries
 * the end over: when the source ends, everything is sent, the destination's
 * sending side is ended (shutdown(2)), and the result completes. The other
 * direction is another pump, and closing is the caller's: each direction may
 * end by itself, as TCP allows. Errors of either socket are its errors.
 * Unsubscribing loses nothing: whoever reads the source next goes on where
 * this has stopped.
 *
 * @example
 * // a proxy
 * serve(listen({ port: 8080 }), (client) =>
 *   dial({ host: 'localhost', port: 80 }).pipe(
 *     withSocket((server) => merge(pump(client, server), pump(server, client))),
 *   ),
 * ).subscribe();
 *
 * @see {@link relay}, which is cheaper for streams; {@link mergeRecv}, {@link send}, {@link withSocket}
 * @param source A connected stream (or seqpacket) socket, read to its end.
 * @param destination Another, whose sending side is ended.
 * @returns A cold observable of how many bytes have been copied so far, each
 * time that the destination's kernel has taken a chunk.
 */
export function pump(source: Socket, destination: Socket): Observable<number> {
  requireConnection('source', source);
  requireConnection('destination', destination);
  const totals = copied(source, destination).pipe(scan((total, length) => total + length, 0));
  return concat(totals, endSending(destination));
}
