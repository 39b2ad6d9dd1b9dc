/** What a process costs and how punctual it is: start-up, loading, the event loop's delay, instructions. */
import { spawnSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { SERVER_CORE, start } from '../machine.ts';
import type { Sample } from '../results.ts';
import { holding } from './echo.ts';
import { type Command, withServer } from './serving.ts';

/** Milliseconds from the start of a process until it listens. */
export async function measureStart(server: Command): Promise<Sample> {
  const begin = performance.now();
  return withServer(server, async () => ({ value: performance.now() - begin }));
}

/** What a program reports of itself. */
export async function measureReport(command: Command): Promise<Sample> {
  const program = start(SERVER_CORE, command);
  const { value } = await program.line();
  await program.stop();
  return { value: Number(value) };
}

/** How late a timer of one millisecond is in a process that watches idle connections. */
export function measureDelay(server: Command, connections: number, seconds: number): Promise<Sample> {
  return withServer([...server, '--delay'], async (program, target) => {
    const others = connections > 0 ? await holding(target, connections) : undefined;
    process.kill(program.pid, 'SIGUSR2'); // recording begins
    await setTimeout(1000 * seconds);
    const [latency] = await Promise.all([program.line(), program.stop()]);
    await others?.stop();
    return { latency: latency as unknown as NonNullable<Sample['latency']> };
  });
}

/** How often a counted call is made: V8's own work is not in its count. */
const CALLS = 1000;

/** Instructions of one call of a native function and all that it calls, without the kernel's. */
export function measureInstructions(command: Command, path: string, native: string): Sample {
  const tool = ['--tool=callgrind', '--callgrind-out-file=/dev/null', `--toggle-collect=${native}`];
  const { stderr, status } = spawnSync('valgrind', [...tool, ...command, path, String(CALLS)], {
    encoding: 'utf8',
  });
  const found = /Collected : (\d+)/.exec(stderr);
  if (status !== 0 || found === null) throw new Error(`valgrind failed: ${stderr}`);
  return { value: Number(found[1]) / CALLS };
}

export function hasValgrind(): boolean {
  return spawnSync('valgrind', ['--version']).status === 0;
}
