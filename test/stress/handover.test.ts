import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { lastValueFrom, map, mergeMap, range, reduce, tap, toArray } from 'rxjs';
import type { Socket } from 'uvsock';
import { SHUT_WR } from 'uvsock/constants';
import { dial, duplex, fromRecv, listen, mergeAccept, reader, send, withSocket } from 'uvsock/rx';
import { randomOf, SEED, scaled } from '../support/scale.ts';
import { closed } from '../support/sockets.ts';

const CONNECTIONS = scaled(60, 2000);
const AT_ONCE = 30;

describe(`connections that move to a worker (UVSOCK_SEED=${SEED})`, function () {
  this.timeout(600_000);

  it('under load, and lose no byte', async () => {
    const random = randomOf(SEED);
    const [listener] = closed([listen({ host: '127.0.0.1', port: 0 })]);
    const { port } = listener.getsockname() as { port: number };
    const workers = [0, 1].map(() => new Worker(new URL('../fixtures/echo_adopted.js', import.meta.url)));

    /** Echoes the first bytes here, in the middle of what comes, and gives the rest away. */
    async function handOver(connection: Socket, index: number): Promise<void> {
      const own = await reader(connection).exactly(1 + random(50_000));
      await lastValueFrom(send(connection, own));
      workers[index % workers.length]!.postMessage(connection.detach());
    }
    const serving = mergeAccept(listener, (connection, _address, index) => handOver(connection, index), {
      onError: (error) => {
        throw error;
      },
    }).subscribe();

    const exchange = (index: number) => {
      const data = Buffer.alloc(100_000 + random(100_000));
      for (let at = 0; at + 4 <= data.length; at += 4) data.writeInt32LE((index << 16) ^ at, at);
      return dial({ host: '127.0.0.1', port }).pipe(
        withSocket((socket) => {
          const sending = send(socket, data).pipe(tap({ complete: () => socket.shutdown(SHUT_WR) }));
          return duplex(fromRecv(socket).pipe(toArray()), sending);
        }),
        map((chunks) => Buffer.concat(chunks).equals(data)),
      );
    };
    const whole = await lastValueFrom(
      range(CONNECTIONS).pipe(
        mergeMap(exchange, AT_ONCE),
        reduce((count, same) => count + Number(same), 0),
      ),
    );
    serving.unsubscribe();
    const ended = workers.map((worker) => once(worker, 'exit'));
    for (const worker of workers) worker.postMessage(null);
    await Promise.all(ended);
    expect(whole).to.equal(CONNECTIONS);
  });
});
