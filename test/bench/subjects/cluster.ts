/** An echo server on node:net in several processes, between which node:cluster distributes. */
import cluster from 'node:cluster';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { compute } from './computing.ts';
import { BACKLOG, listening, options } from './listening.ts';

if (cluster.isPrimary) {
  const workers = Array.from({ length: Number(options.workers) }, () => cluster.fork());
  const [ready] = await Promise.all(workers.map((worker) => once(worker, 'listening')));
  const [address] = ready as [AddressInfo];
  listening(address.port);
  process.once('SIGTERM', () => process.exit());
} else {
  const server = createServer((connection) => {
    connection.on('data', (chunk) => {
      compute();
      connection.write(chunk);
    });
    connection.on('error', () => connection.destroy());
  });
  server.listen({ host: '127.0.0.1', port: 0, backlog: BACKLOG });
}
