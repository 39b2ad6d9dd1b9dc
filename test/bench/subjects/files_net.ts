/** A file over HTTP/1.1, on node:net and a stream of the file. */
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { BACKLOG, listening, options, where } from './listening.ts';

const { file } = options;
const length = statSync(file).size;
const head = `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`;

const server = createServer((connection) => {
  // The suite's requests come whole, and one at a time.
  connection.on('data', () => {
    connection.write(head);
    createReadStream(file).pipe(connection, { end: false });
  });
  connection.on('error', () => connection.destroy());
});
server.listen({ ...where, backlog: BACKLOG }, () => {
  const address = server.address();
  listening(typeof address === 'object' ? address?.port : undefined);
});
