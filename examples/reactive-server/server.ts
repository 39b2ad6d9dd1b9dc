/** An echo server on TCP, UDP and a Unix socket at once. */
import { rmSync } from 'node:fs';
import { catchError, EMPTY, finalize, merge, mergeMap, type Observable, tap } from 'rxjs';
import { type AddressLike, type Socket, type SocketAddress, socket } from 'uvsock';
import { AF_INET, AF_UNIX, SO_REUSEADDR, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET } from 'uvsock/constants';
import { fromRecvfrom, mergeAccept, mergeRecv, send, sendto } from 'uvsock/rx';

export const TRANSPORTS = ['tcp', 'udp', 'unix'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** What one transport has done so far. */
export interface Counters {
  connections: number;
  messages: number;
  bytes: number;
}

export interface Server {
  readonly addresses: Readonly<Record<Transport, SocketAddress>>;
  readonly counters: Readonly<Record<Transport, Counters>>;
  /** Serves while subscribed; emits the size of each echo. */
  readonly echoes: Observable<number>;
  close(): void;
}

/** Where to listen; port 0 lets the kernel choose. */
export interface Places {
  tcp: number;
  udp: number;
  unix: string;
}

function listening(family: typeof AF_INET | typeof AF_UNIX, address: AddressLike): Socket {
  const listener = socket(family, SOCK_STREAM);
  if (family === AF_INET) listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, true);
  listener.bind(address);
  listener.listen();
  return listener;
}

export function openServer(places: Places): Server {
  const tcp = listening(AF_INET, { address: '127.0.0.1', port: places.tcp });
  const unix = listening(AF_UNIX, { path: places.unix });
  const udp = socket(AF_INET, SOCK_DGRAM);
  udp.bind(AF_INET, '127.0.0.1', places.udp);

  const fresh = (): Counters => ({ connections: 0, messages: 0, bytes: 0 });
  const counters = { tcp: fresh(), udp: fresh(), unix: fresh() };
  const count = (counter: Counters) =>
    tap<number>((bytes) => {
      counter.messages++;
      counter.bytes += bytes;
    });

  const serveStreams = (listener: Socket, counter: Counters) =>
    mergeAccept(listener, (connection) => {
      counter.connections++;
      return mergeRecv(connection, (chunk) => send(connection, chunk)).pipe(
        count(counter),
        finalize(() => counter.connections--),
      );
    });

  const serveDatagrams = fromRecvfrom(udp).pipe(
    // One datagram that cannot be answered is no reason to stop.
    mergeMap(({ data, address }) =>
      address === null ? EMPTY : sendto(udp, data, address).pipe(catchError(() => EMPTY)),
    ),
    count(counters.udp),
  );

  return {
    addresses: { tcp: tcp.getsockname(), udp: udp.getsockname(), unix: unix.getsockname() },
    counters,
    echoes: merge(serveStreams(tcp, counters.tcp), serveStreams(unix, counters.unix), serveDatagrams),
    close() {
      for (const each of [tcp, udp, unix]) each.close();
      rmSync(places.unix, { force: true });
    },
  };
}
