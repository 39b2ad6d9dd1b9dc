/** Echo servers: how fast, how late, at what cost, and how much memory they take. */
import { setTimeout } from 'node:timers/promises';
import { type Core, LOAD_CORE, type Program, privateMemory, start } from '../machine.ts';
import { c } from '../programs.ts';
import type { Sample } from '../results.ts';
import { type Command, loaded, perMessage, timed, withServer } from './serving.ts';

/** What load.c says in the end. */
interface LoadResult {
  messages: number;
  seconds: number;
  errors: number;
  latency?: { p50: number; p99: number; p999: number };
}

/** How a server is loaded. */
export interface Load {
  connections: number;
  size: number;
  /** Over a Unix socket instead of TCP. */
  unix?: boolean;
  /** Messages per second in all, instead of as many as there are answers. */
  rate?: number;
  mode?: 'churn' | 'burst';
  /** Besides, connections that do nothing. */
  idle?: number;
  /** Where server and client run, unless on a core each. */
  core?: Core;
}

function argumentsOf({ connections, size, rate, mode }: Load, seconds: number): string[] {
  return [
    ...['--connections', String(connections), '--size', String(size)],
    ...(mode === 'burst' ? [] : timed(seconds)),
    ...(rate === undefined ? [] : ['--rate', String(rate)]),
    ...(mode === undefined ? [] : [`--${mode}`]),
  ];
}

/** A client whose connections have each had an echo, and now do nothing. */
export async function holding(target: readonly string[], count: number): Promise<Program> {
  const options = ['--connections', String(count), '--size', '64', '--hold', '3600'];
  const client = start(LOAD_CORE, [c('load'), ...target, ...options]);
  await client.line();
  return client;
}

/** Echoes, connections or bursts: rate, CPU per message, latency; of a burst the time it took. */
export function measureEcho(server: Command, load: Load, seconds: number): Promise<Sample> {
  const { unix = false, idle = 0, core } = load;
  const places = core === undefined ? { unix } : { unix, core };
  return withServer(
    server,
    async (program, target) => {
      const others = idle > 0 ? await holding(target, idle) : undefined;
      const command = [c('load'), ...target, ...argumentsOf(load, seconds)];
      const { result, cpu } = await loaded(program, command, seconds, core);
      await others?.stop();
      const { messages, seconds: took, errors, latency } = result as unknown as LoadResult;
      if (errors > 0) throw new Error(`${errors} of ${messages} echoes failed`);
      if (load.mode === 'burst') return { value: took };
      const rate = messages / took;
      return { rate, ...perMessage(cpu, rate), ...(latency !== undefined && { latency }) };
    },
    places,
  );
}

/** Memory of the server's process for each of many connections that do nothing. */
export function measureIdle(server: Command, connections: number): Promise<Sample> {
  return withServer(server, async (program, target) => {
    // Compiled code and first buffers are not the connections'.
    const first = await holding(target, 500);
    const before = await held(program);
    const others = await holding(target, connections);
    const after = await held(program);
    await Promise.all([first.stop(), others.stop()]);
    return { memory: (after - before) / connections };
  });
}

/** What a server holds, without what waits to be collected: it collects when it gets SIGUSR2. */
export async function held(program: Program): Promise<number> {
  for (let i = 0; i < 3; i++) {
    process.kill(program.pid, 'SIGUSR2');
    await setTimeout(100);
  }
  return privateMemory(program.pid);
}
