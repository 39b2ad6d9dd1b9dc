import { Observable, type Subscriber } from 'rxjs';
import type { SocketAddress } from '../address.ts';
import { keep, slabOf } from '../chunks.ts';
import { requireSocket } from '../readiness.ts';
import type { Socket } from '../socket.ts';
import { requireOpen } from './config.ts';
import { PullLoop } from './pull_loop.ts';
import { type CheckedRecvConfig, checkRecvConfig, type RecvConfig } from './recv_loop.ts';

/** A datagram and its origin. */
export interface Datagram {
  /** The payload; the receiver's for good. */
  data: Buffer<ArrayBuffer>;
  /** The sender; null where it is unknown (an unnamed Unix socket). */
  address: SocketAddress | null;
}

class FromRecvfrom extends PullLoop<Datagram> {
  readonly #config: CheckedRecvConfig;
  readonly #subscriber: Subscriber<Datagram>;

  constructor(socket: Socket, config: CheckedRecvConfig, subscriber: Subscriber<Datagram>) {
    super(requireOpen(socket), config.maxPerTurn);
    this.#config = config;
    this.#subscriber = subscriber;
  }

  protected take(): Datagram | null {
    const { size, flags } = this.#config;
    const received = this.socket.recvfrom(slabOf(size), flags, 0, size);
    return received === null ? null : { data: keep(received.bytes), address: received.address };
  }
  protected hasRoom(): boolean {
    return !this.#subscriber.closed;
  }
  protected deliver(datagram: Datagram): void {
    this.#subscriber.next(datagram);
  }
  protected finish(): void {
    this.#subscriber.complete();
  }
  protected fail(error: unknown): void {
    this.#subscriber.error(error);
  }
}

/**
 * Emits the datagrams that a socket receives, with their origin: recvfrom(2).
 *
 * Each emission is one datagram, an empty one included. Completes when the
 * socket is closed. Errors with a `SystemError`; on a connected UDP socket
 * that may be the refusal of an earlier datagram (`ECONNREFUSED`, udp(7)),
 * after which `retry()` goes on.
 *
 * @example
 * fromRecvfrom(socket)
 *   .pipe(mergeMap(({ data, address }) => sendto(socket, data, address!)))
 *   .subscribe();
 *
 * @see {@link sendto}, {@link fromRecv}
 * @param socket A datagram or raw socket.
 * @param config See {@link RecvConfig}.
 * @returns A cold observable. Several subscriptions share the datagrams out
 * among them; use `share()` to give all to all.
 */
export function fromRecvfrom(socket: Socket, config?: RecvConfig): Observable<Datagram> {
  requireSocket(socket);
  const checked = checkRecvConfig(config);
  return new Observable((subscriber) => {
    const loop = new FromRecvfrom(socket, checked, subscriber);
    subscriber.add(() => loop.stop());
    loop.run();
  });
}
