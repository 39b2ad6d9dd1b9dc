/** An echo server with a listener in each of several workers, between which the kernel distributes, SO_REUSEPORT. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { listen, mergeAccept, mergeRecv, send } from 'uvsock/rx';
import { compute } from './computing.ts';
import { BACKLOG, listening, options } from './listening.ts';

if (isMainThread) {
  // Holds the port until the workers have it.
  const first = listen({ host: '127.0.0.1', port: 0, reusePort: true });
  const { port } = first.getsockname();
  const workers = Array.from(
    { length: Number(options.workers) },
    () => new Worker(new URL(import.meta.url), { workerData: port }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  first.close();
  listening(port);
} else {
  const listener = listen({ host: '127.0.0.1', port: workerData, reusePort: true, backlog: BACKLOG });
  mergeAccept(listener, (connection) =>
    mergeRecv(connection, (chunk) => {
      compute();
      return send(connection, chunk);
    }),
  ).subscribe();
  parentPort?.postMessage('listening');
}
