/**
 * A TCP echo server on the calls themselves, without RxJS: what a C programmer
 * would write, with `watch` in the place of the poll loop.
 *
 *     node dist/examples/echo-tcp.js [port]      then: nc 127.0.0.1 PORT
 */
import { type Socket, socket, watch } from 'uvsock';
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from 'uvsock/constants';

const buffer = Buffer.alloc(65536);

function echo(connection: Socket): void {
  let unsent = Buffer.alloc(0);
  watch(connection, 'both', () => {
    try {
      for (;;) {
        while (unsent.length > 0) {
          const sent = connection.send(unsent);
          if (sent === null) return; // no room: the next "writable" goes on
          unsent = unsent.subarray(sent);
        }
        const n = connection.recv(buffer);
        if (n === null) return; // nothing there: the next "readable" goes on
        if (n === 0) return connection.close(); // the end
        unsent = Buffer.from(buffer.subarray(0, n));
      }
    } catch (error) {
      console.error(String(error));
      connection.close();
    }
  });
}

const listener = socket(AF_INET, SOCK_STREAM);
listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, true);
listener.bind(AF_INET, '127.0.0.1', Number(process.argv[2] ?? 0));
listener.listen();
console.log(`echoing on ${listener.getsockname()}`);

watch(listener, 'readable', () => {
  for (let accepted = listener.accept(); accepted !== null; accepted = listener.accept())
    echo(accepted.socket);
});
process.once('SIGINT', () => process.exit());
process.once('SIGTERM', () => process.exit());
