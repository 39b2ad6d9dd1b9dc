import { concat, defer, EMPTY, map, merge, Observable, scan, tap } from 'rxjs';
import { requireOpen } from '../config.ts';
import { ReaderClaim } from '../reader_claim.ts';
import type { Socket } from '../socket.ts';
import { SpliceLoop } from '../splice_loop.ts';
import { copied, copy, requireConnection } from './copying.ts';
import { endSending, flushed } from './end_sending.ts';

/** What {@link relay} emits. */
export interface Relayed {
  /** Bytes that have gone from the first socket to the second so far. */
  forth: number;
  /** Bytes that have gone from the second socket to the first so far. */
  back: number;
}

/** Within the kernel as long as that is possible, by copying from then on. */
function spliced(source: Socket, destination: Socket): Observable<number> {
  return new Observable((subscriber) => {
    const loop = new SpliceLoop(source, destination, {
      next: (bytes) => subscriber.next(bytes),
      error: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
      unfit: () => subscriber.add(copied(source, destination).subscribe(subscriber)),
    });
    subscriber.add(loop);
    loop.start();
  });
}

/** What an earlier reader has put back. */
function unread(source: Socket, destination: Socket): Observable<number> {
  return defer(() => {
    const claim = ReaderClaim.take(requireOpen(source));
    const release = () => claim?.release();
    const bytes = claim?.takeUnread(Number.POSITIVE_INFINITY) ?? null;
    const sending = bytes === null ? EMPTY : copy(bytes, source, destination);
    return sending.pipe(tap({ complete: release, error: release, unsubscribe: release }));
  });
}

/** One direction, to its end; how many bytes each time. */
function direction(source: Socket, destination: Socket): Observable<number> {
  return concat(
    unread(source, destination),
    flushed(destination),
    spliced(source, destination),
    endSending(destination),
  );
}

/**
 * Connects two connections with each other, in both directions, within the
 * kernel: splice(2) through a pipe, so that no byte is copied to user space.
 *
 * Like two {@link pump}s: what each receives the other sends, what one cannot
 * take stays in the other's kernel buffer, so that TCP slows its peer down,
 * and the end of one direction is carried over (shutdown(2)) while the other
 * goes on. Completes when both have ended; closing is the caller's. Errors of
 * either socket are its errors, `ERR_SOCKET_CLOSED` if one is closed that
 * there is still something to be sent to. Unsubscribing loses nothing:
 * whoever reads a socket next goes on where this has stopped.
 *
 * A pipe is taken only while bytes are on their way, so an idle relay has none.
 * Where splice(2) does not apply (seqpacket sockets, systems that lack it, no
 * descriptor left for a pipe) the direction is copied from then on.
 *
 * @example
 * // a load balancer
 * serve(listen({ port: 80 }), (client) =>
 *   dial(nextBackend()).pipe(withSocket((backend) => relay(client, backend))),
 * ).subscribe();
 *
 * @see {@link pump}, {@link withSocket}, {@link dial}
 * @param a A connected stream (or seqpacket) socket.
 * @param b Another.
 * @returns A cold observable of how many bytes have gone in both directions
 * so far, each time that some have.
 */
export function relay(a: Socket, b: Socket): Observable<Relayed> {
  requireConnection('a', a);
  requireConnection('b', b);
  return merge(
    direction(a, b).pipe(map((bytes) => ({ forth: bytes, back: 0 }))),
    direction(b, a).pipe(map((bytes) => ({ forth: 0, back: bytes }))),
  ).pipe(scan((sum, { forth, back }) => ({ forth: sum.forth + forth, back: sum.back + back })));
}
