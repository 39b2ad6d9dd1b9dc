/** One round of one subject: starts its server, loads it, and says what was seen. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CpuRecord, LOAD_CORE, type Program, privateMemory, SERVER_CORE, start } from './machine.ts';
import { c } from './programs.ts';
import type { Sample } from './results.ts';

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
}

type Server = readonly string[];

/** Runs `work` with a server that is ready, and the arguments that lead a client to it. */
async function withServer<T>(
  server: Server,
  unix: boolean,
  work: (program: Program, target: string[]) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'uvsock-bench-'));
  const program = start(SERVER_CORE, unix ? [...server, '--unix', join(folder, 'socket')] : server);
  try {
    const { port, path } = await program.line();
    return await work(program, unix ? ['--unix', String(path)] : ['--port', String(port)]);
  } finally {
    await program.stop('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

function argumentsOf(load: Load, seconds: number): string[] {
  const common = ['--connections', String(load.connections), '--size', String(load.size)];
  const timed = ['--seconds', String(seconds), '--warmup', String(Math.min(1, seconds))];
  const rate = load.rate === undefined ? [] : ['--rate', String(load.rate)];
  return [
    ...common,
    ...(load.mode === 'burst' ? [] : timed),
    ...rate,
    ...(load.mode ? [`--${load.mode}`] : []),
  ];
}

/** Echoes, connections or bursts: rate, CPU per message, latency; of a burst the time it took. */
export function measureEcho(server: Server, load: Load, seconds: number): Promise<Sample> {
  return withServer(server, load.unix ?? false, async (program, target) => {
    const cpu = new CpuRecord(program.pid);
    const client = start(LOAD_CORE, [c('load'), ...target, ...argumentsOf(load, seconds)]);
    try {
      const result = (await client.line()) as unknown as LoadResult;
      if (result.errors > 0) throw new Error(`${result.errors} of ${result.messages} echoes failed`);
      const rate = result.messages / result.seconds;
      if (load.mode === 'burst') return { value: result.seconds };
      const { user, system } = cpu.last(seconds);
      return {
        rate,
        user: user / rate,
        system: system / rate,
        ...(result.latency !== undefined && { latency: result.latency }),
      };
    } finally {
      cpu.stop();
      await client.stop('SIGKILL');
    }
  });
}

/** Memory of the server's process for each of many connections that do nothing. */
export function measureIdle(server: Server, connections: number): Promise<Sample> {
  return withServer(server, false, async (program, target) => {
    /** What is held, without what waits to be collected: a server collects when it gets SIGUSR2. */
    const held = async () => {
      for (let i = 0; i < 3; i++) {
        process.kill(program.pid, 'SIGUSR2');
        await setTimeout(100);
      }
      return privateMemory(program.pid);
    };
    const hold = async (count: number) => {
      const client = start(LOAD_CORE, [
        c('load'),
        ...target,
        '--connections',
        String(count),
        '--size',
        '64',
        '--hold',
        '600',
      ]);
      await client.line();
      return client;
    };
    // Compiled code and first buffers are not the connections'.
    const first = await hold(500);
    const before = await held();
    const others = await hold(connections);
    const after = await held();
    await Promise.all([first.stop(), others.stop()]);
    return { memory: (after - before) / connections };
  });
}
