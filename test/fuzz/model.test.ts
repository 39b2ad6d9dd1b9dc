import * as fc from 'fast-check';
import { SEED, scaled } from '../support/scale.ts';
import { COMMANDS, type System, type World } from './model/commands.ts';
import { INET_COMMANDS, type Network } from './model/inet_commands.ts';
import { runs } from './properties/runs.ts';

describe(`random calls on a pool of Unix sockets (UVSOCK_SEED=${SEED})`, function () {
  this.timeout(scaled(60_000, 3_600_000));

  it('come to what the model of these sockets says', async () => {
    const property = fc.asyncProperty(
      fc.commands(COMMANDS, { size: '+2', maxCommands: 200 }),
      async (commands) => {
        const world: World = { models: [] };
        const system: System = { reals: [] };
        try {
          await fc.asyncModelRun(() => ({ model: world, real: system }), commands);
        } finally {
          for (const { socket } of system.reals) socket.close();
        }
      },
    );
    await fc.assert(property, runs(100, 20_000));
  });
});

describe(`random calls on a pool of TCP and UDP sockets (UVSOCK_SEED=${SEED})`, function () {
  this.timeout(scaled(60_000, 3_600_000));

  it('come to what they may, and bring what was sent', async () => {
    const commands = fc.commands(INET_COMMANDS, { size: '+2', maxCommands: 300 });
    const property = fc.asyncProperty(commands, async (each) => {
      const network: Network = { peers: [], dialling: new Map(), datagrams: new Set() };
      try {
        await fc.asyncModelRun(() => ({ model: network, real: {} }), each);
      } finally {
        for (const { socket } of network.peers) socket.close();
      }
    });
    await fc.assert(property, runs(60, 10_000));
  });
});
