import { Observable } from 'rxjs';
import { requireSocket } from '../readiness.ts';
import { checkRecvConfig } from '../recv_loop.ts';
import type { Socket } from '../socket.ts';
import type { FromRecvConfig } from './from_recv.ts';
import { checkPauseWhile, PushSink } from './push_sink.ts';
import { type Datagram, RecvfromLoop } from './recvfrom_loop.ts';

/**
 * Emits the datagrams that a socket receives, with their origin: recvfrom(2).
 *
 * Each emission is one datagram, an empty one included. Completes when the
 * socket is closed. Errors with a `SystemError`; on a connected UDP socket
 * that may be the refusal of an earlier datagram (`ECONNREFUSED`, udp(7)),
 * after which `retry()` goes on. {@link mergeRecvfrom} receives only as fast
 * as its work is done.
 *
 * @example
 * fromRecvfrom(socket)
 *   .pipe(mergeMap(({ data, address }) => sendto(socket, data, address!)))
 *   .subscribe();
 *
 * Only what is emitted is taken from the kernel, one call for each; where many
 * datagrams come at once {@link fromRecvmmsg} costs less.
 *
 * @see {@link mergeRecvfrom}, {@link sendto}, {@link fromRecvmmsg}
 * @param socket A datagram or raw socket.
 * @param config See {@link RecvConfig} and {@link PauseConfig}.
 * @returns A cold observable. Several subscriptions share the datagrams out
 * among them; use `share()` to give all to all.
 */
export function fromRecvfrom(socket: Socket, config: FromRecvConfig = {}): Observable<Datagram> {
  requireSocket(socket);
  const checked = checkRecvConfig(config);
  const pauseWhile = checkPauseWhile(config.pauseWhile);
  return new Observable((subscriber) => {
    const sink = new PushSink(subscriber, pauseWhile);
    new RecvfromLoop(socket, checked, sink);
    sink.start();
  });
}
