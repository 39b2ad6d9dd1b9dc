/** As many connections as one machine holds, over several processes that share a port. */
import { readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type Program, SERVER_CORE, start } from '../machine.ts';
import type { Sample } from '../results.ts';
import { held, holding } from './echo.ts';
import type { Command } from './serving.ts';

/** How long the servers may take to see that all connections are closed, in milliseconds. */
const CLOSING = 30_000;

const descriptors = ({ pid }: Program) => readdirSync(`/proc/${pid}/fd`).length;

/** Opens, uses and closes connections, each with an echo that is checked: the seconds until the last echo. */
export async function measureMachineWide(
  server: Command,
  connections: number,
  processes: number,
): Promise<Sample> {
  const programs: Program[] = [];
  const serve = async (port: unknown) => {
    const program = start(SERVER_CORE, [...server, '--reuse-port', '--port', String(port)]);
    programs.push(program);
    return (await program.line()).port;
  };
  try {
    const port = await serve(0);
    await Promise.all(Array.from({ length: processes - 1 }, () => serve(port)));
    const before = programs.map(descriptors);
    const memory = async () => (await Promise.all(programs.map(held))).reduce((sum, each) => sum + each);
    const idle = await memory();
    const begin = performance.now();
    const clients = await Promise.all(
      Array.from({ length: processes }, () =>
        holding(['--port', String(port)], Math.ceil(connections / processes)),
      ),
    );
    const seconds = (performance.now() - begin) / 1000;
    const open = programs.reduce((sum, program, i) => sum + descriptors(program) - Number(before[i]), 0);
    if (open < connections) throw new Error(`${open} of ${connections} connections are open`);
    const used = (await memory()) - idle;
    const [results] = await Promise.all([
      Promise.all(clients.map((client) => client.line())),
      Promise.all(clients.map((client) => client.stop())),
    ]);
    const errors = results.reduce((sum, result) => sum + Number(result.errors), 0);
    if (errors > 0) throw new Error(`${errors} connections failed`);
    const limit = performance.now() + CLOSING;
    while (programs.some((program, i) => descriptors(program) > Number(before[i]))) {
      if (performance.now() > limit) throw new Error('connections stay open in the servers');
      await setTimeout(50);
    }
    return { value: seconds, memory: used / open };
  } finally {
    await Promise.all(programs.map((program) => program.stop('SIGKILL')));
  }
}
