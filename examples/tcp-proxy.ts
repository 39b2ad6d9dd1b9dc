/**
 * A TCP proxy: both directions of each connection, with backpressure from end
 * to end, and an end that is carried over in each direction by itself.
 *
 *     node dist/examples/tcp-proxy.js [host port]      then: nc 127.0.0.1 PORT
 *
 * Without a server to go to it goes to one of its own, which echoes.
 */
import { fromEvent, merge } from 'rxjs';
import { dial, listen, mergeRecv, pump, send, serve, withSocket } from 'uvsock/rx';

const until = merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM'));

function echoServer() {
  const listener = listen({ host: '127.0.0.1', port: 0 });
  serve(listener, (connection) => mergeRecv(connection, (chunk) => send(connection, chunk)), {
    until,
  }).subscribe();
  return listener.getsockname();
}

const [host, port] = process.argv.slice(2);
const target = host === undefined ? echoServer() : { host, port: Number(port) };
const listener = listen({ host: '127.0.0.1', port: 0 });
console.log(`proxy on ${listener.getsockname()}`);

serve(
  listener,
  (client) =>
    dial(target, { timeout: 10_000 }).pipe(
      withSocket((server) => merge(pump(client, server), pump(server, client))),
    ),
  { until, onError: (error) => console.error(String(error)) },
).subscribe();
