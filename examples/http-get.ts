/**
 * A client: one HTTP request over a connection that is tried three times and
 * closed however it ends. The server is Node's own, on loopback.
 *
 *     node dist/examples/http-get.js
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { map, merge, reduce, retry } from 'rxjs';
import { socket } from 'uvsock';
import { AF_INET, SOCK_STREAM } from 'uvsock/constants';
import { fromConnect, fromRecv, send, withSocket } from 'uvsock/rx';

const server = createServer((_request, response) => response.end('hello from node:http\n'));

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const request = `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`;
  fromConnect(() => socket(AF_INET, SOCK_STREAM), { address: '127.0.0.1', port })
    .pipe(
      withSocket((connection) =>
        merge(send(connection, request).pipe(map(() => '')), fromRecv(connection).pipe(map(String))).pipe(
          reduce((text, part) => text + part, ''),
        ),
      ),
      retry({ count: 3, delay: 100 }),
    )
    .subscribe({
      next: (text) => console.log(text),
      complete: () => server.close(),
    });
});
