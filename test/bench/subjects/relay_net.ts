/** A relay on node:net, by pipe. */
import { connect, createServer } from 'node:net';
import { BACKLOG, listening, target, where } from './listening.ts';

const server = createServer((client) => {
  const backend = connect({ host: target.address, port: target.port });
  client.pipe(backend).pipe(client);
  for (const [one, other] of [
    [client, backend],
    [backend, client],
  ] as const) {
    one.on('error', () => other.destroy());
  }
});
server.listen({ ...where, backlog: BACKLOG }, () => {
  const address = server.address();
  listening(typeof address === 'object' ? address?.port : undefined);
});
