/**
 * A client that connects again when its connection breaks, and waits longer
 * each time it cannot.
 *
 *     node dist/examples/reconnecting-client.js [host port]
 *
 * Without a server to go to it goes to one of its own, which resets the first
 * two connections and greets the third.
 */
import { EMPTY, finalize, map, retry, tap, timer } from 'rxjs';
import { SO_LINGER, SOL_SOCKET } from 'uvsock/constants';
import { dial, fromRecv, lines, listen, send, serve, withSocket } from 'uvsock/rx';

const listener = listen({ host: '127.0.0.1', port: 0 });
const serving = serve(listener, (connection, _address, number) => {
  if (number === 2) return send(connection, 'hello, third time lucky\n');
  connection.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 });
  connection.close();
  return EMPTY;
}).subscribe();

const [host, port] = process.argv.slice(2);
const target = host === undefined ? listener.getsockname() : { host, port: Number(port) };

dial(target, { timeout: 2000 })
  .pipe(
    tap((connection) => console.log(`connected to ${connection.getpeername()}`)),
    withSocket((connection) => fromRecv(connection).pipe(lines())),
    retry({
      delay: (error, count) => {
        const wait = Math.min(50 * 2 ** count, 5000);
        console.log(`${error.message}; again in ${wait} ms`);
        return timer(wait);
      },
    }),
    map((line) => `the server says: ${line}`),
    finalize(() => {
      serving.unsubscribe();
      listener.close();
    }),
  )
  .subscribe({ next: console.log, complete: () => console.log('the server has ended the connection') });
