/** An echo server on node:net, without backpressure, which would cost it more. */
import { createServer } from 'node:net';
import { BACKLOG, listening, where } from './listening.ts';

const server = createServer((connection) => {
  connection.on('data', (chunk) => connection.write(chunk));
  connection.on('error', () => connection.destroy());
});
server.listen({ ...where, backlog: BACKLOG }, () => {
  const address = server.address();
  listening(typeof address === 'object' ? address?.port : undefined);
});
