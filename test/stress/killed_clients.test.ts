import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { stats } from 'uvsock';
import { listen, mergeAccept, mergeRecv, send } from 'uvsock/rx';
import { SEED, scaled } from '../support/scale.ts';
import { closed } from '../support/sockets.ts';

const CLIENTS = fileURLToPath(new URL('../fixtures/killed_clients.js', import.meta.url));

describe(`clients that are killed at random, one in twenty every second (UVSOCK_SEED=${SEED})`, function () {
  this.timeout(600_000);

  it('cost the others nothing, and leave nothing behind', async () => {
    const before = stats();
    const [listener] = closed([listen({ host: '0.0.0.0', port: 0 })]);
    const serving = mergeAccept(
      listener,
      (connection) => mergeRecv(connection, (chunk) => send(connection, chunk)),
      { onError: () => {} },
    ).subscribe();
    const connections = scaled(200, 15_000);
    const args = [listener.getsockname().port, connections, scaled(2, 20), SEED].map(String);
    const clients = spawn(process.execPath, [CLIENTS, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const { echoes, killed, failed } = JSON.parse(await text(clients.stdout));
    console.log(`      ${echoes} echoes of ${connections} connections, ${killed} killed`);
    expect(failed).to.equal(0);
    expect(echoes).to.be.above(connections);
    expect(killed).to.be.above(connections);
    while (stats().open > before.open + 1) await new Promise((resolve) => setTimeout(resolve, 10));
    serving.unsubscribe();
    listener.close();
    expect(stats()).to.include({ open: before.open, polled: before.polled, armed: before.armed });
  });
});
