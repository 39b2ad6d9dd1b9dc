/**
 * A TCP load balancer: each connection goes to the backend that has the
 * fewest, or to the next if that is down, and is relayed within the kernel.
 *
 *     node dist/examples/tcp-balancer.js HOST:PORT...     then: nc 127.0.0.1 PORT
 *
 * Without backends it has three of its own, one of them down, sends them
 * sixty requests, and tells who has answered how many.
 */
import {
  catchError,
  concat,
  defer,
  finalize,
  fromEvent,
  ignoreElements,
  lastValueFrom,
  merge,
  mergeMap,
  type Observable,
  range,
  throwError,
  toArray,
} from 'rxjs';
import { makeSocketAddress, type Socket, type SocketAddress, socket } from 'uvsock';
import { AF_INET, SOCK_STREAM } from 'uvsock/constants';
import { dial, fromRecv, listen, mergeRecv, relay, send, serve, withSocket } from 'uvsock/rx';

interface Backend {
  readonly address: { host: string; port: number };
  connections: number;
  served: number;
}

/** Dials the backends, from the one with the fewest connections on, until one answers. */
function connect(
  backends: readonly Backend[],
  use: (socket: Socket) => Observable<unknown>,
): Observable<unknown> {
  const [first, ...others] = [...backends].sort((a, b) => a.connections - b.connections);
  if (first === undefined) return throwError(() => new Error('no backend answers'));
  let answered = false;
  return defer(() => {
    first.connections++;
    return dial(first.address, { timeout: 1000 });
  }).pipe(
    withSocket((server) => {
      answered = true;
      first.served++;
      return use(server);
    }),
    finalize(() => first.connections--),
    catchError((error) => (answered ? throwError(() => error) : connect(others, use))),
  );
}

function balance(backends: readonly Backend[], until: Observable<unknown>): SocketAddress {
  const listener = listen({ host: '127.0.0.1', port: 0 });
  serve(listener, (client) => connect(backends, (server) => relay(client, server)), {
    until,
    onError: (error) => console.error(String(error)),
  }).subscribe();
  return listener.getsockname();
}

const backend = (host: string, port: number): Backend => ({
  address: { host, port },
  connections: 0,
  served: 0,
});

/** A backend that answers each connection with what it has sent, in capitals. */
function shouting(until: Observable<unknown>): Backend {
  const listener = listen({ host: '127.0.0.1', port: 0 });
  const shout = (chunk: Buffer) => Buffer.from(chunk.toString().toUpperCase());
  serve(listener, (connection) => mergeRecv(connection, (chunk) => send(connection, shout(chunk))), {
    until,
  }).subscribe();
  return backend('127.0.0.1', listener.getsockname().port!);
}

/** Sends a line, half closes, and reads all of the answer. */
function ask(balancer: SocketAddress, question: string): Observable<Buffer[]> {
  return dial(balancer).pipe(
    withSocket((socket) =>
      concat(
        send(socket, question).pipe(ignoreElements()),
        defer(() => {
          socket.shutdown(1);
          return fromRecv(socket).pipe(toArray());
        }),
      ),
    ),
  );
}

const signals = merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM'));
const given = process.argv.slice(2);
if (given.length > 0) {
  const backends = given.map((each) => {
    const [host = '', port] = each.split(/:(?=\d+$)/);
    return backend(host, Number(port));
  });
  console.log(`balancing on ${balance(backends, signals)}`);
} else {
  const over = new AbortController();
  const until = fromEvent(over.signal, 'abort');
  // Bound, so that nobody else gets the port, and not listening: connects are refused.
  using down = socket(AF_INET, SOCK_STREAM);
  down.bind(makeSocketAddress(AF_INET, '127.0.0.1', 0));
  const nobody = backend('127.0.0.1', down.getsockname().port!);
  const backends = [nobody, shouting(until), shouting(until)];
  const balancer = balance(backends, until);
  const answers = await lastValueFrom(
    range(1, 60).pipe(
      mergeMap((i) => ask(balancer, `request ${i}`), 8),
      toArray(),
    ),
  );
  console.log(`${answers.filter(([answer]) => String(answer).startsWith('REQUEST')).length} answers`);
  console.log(`served: ${backends.map(({ served }) => served).join(', ')}`);
  over.abort();
}
