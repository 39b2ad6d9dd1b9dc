/** One round of one subject: starts its server, loads it, and says what was seen. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  CpuRecord,
  type CpuTime,
  LOAD_CORE,
  type Program,
  privateMemory,
  SERVER_CORE,
  start,
} from './machine.ts';
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

function timed(seconds: number): string[] {
  return ['--seconds', String(seconds), '--warmup', String(Math.min(1, seconds))];
}

function argumentsOf({ connections, size, rate, mode }: Load, seconds: number): string[] {
  return [
    ...['--connections', String(connections), '--size', String(size)],
    ...(mode === 'burst' ? [] : timed(seconds)),
    ...(rate === undefined ? [] : ['--rate', String(rate)]),
    ...(mode === undefined ? [] : [`--${mode}`]),
  ];
}

/** Echoes, connections or bursts: rate, CPU per message, latency; of a burst the time it took. */
export function measureEcho(server: Server, load: Load, seconds: number): Promise<Sample> {
  return withServer(server, load.unix ?? false, async (program, target) => {
    const { result, cpu } = await loaded(
      program,
      [c('load'), ...target, ...argumentsOf(load, seconds)],
      seconds,
    );
    const { messages, seconds: took, errors, latency } = result as unknown as LoadResult;
    if (errors > 0) throw new Error(`${errors} of ${messages} echoes failed`);
    if (load.mode === 'burst') return { value: took };
    const rate = messages / took;
    return { rate, ...perMessage(cpu, rate), ...(latency !== undefined && { latency }) };
  });
}

/** What one client does to a server in a time, with the server's CPU time for it. */
async function loaded(
  program: Program,
  command: readonly string[],
  seconds: number,
): Promise<{ result: Record<string, unknown>; cpu: CpuTime }> {
  const cpu = new CpuRecord(program.pid);
  const client = start(LOAD_CORE, command);
  try {
    const result = await client.line();
    return { result, cpu: cpu.last(seconds) };
  } finally {
    cpu.stop();
    await client.stop('SIGKILL');
  }
}

const perMessage = ({ user, system }: CpuTime, rate: number) => ({
  user: user / rate,
  system: system / rate,
});

/** Datagrams there and back: so many requests outstanding at any time. */
export function measureDatagramEcho(
  server: Server,
  flows: number,
  size: number,
  seconds: number,
): Promise<Sample> {
  return withServer(server, false, async (program, target) => {
    const command = [
      c('udp'),
      'ping',
      ...target,
      '--flows',
      String(flows),
      '--size',
      String(size),
      ...timed(seconds),
    ];
    const { result, cpu } = await loaded(program, command, seconds);
    const { messages, seconds: took, latency } = result as unknown as LoadResult;
    const rate = messages / took;
    return { rate, ...perMessage(cpu, rate), ...(latency !== undefined && { latency }) };
  });
}

/** Datagrams received of more than can be. */
export function measureDatagramSink(server: Server, size: number, seconds: number): Promise<Sample> {
  return withServer(server, false, async (program, target) => {
    const command = [c('udp'), 'flood', ...target, '--size', String(size), '--seconds', String(seconds)];
    const { cpu } = await loaded(program, command, seconds);
    const [counts] = await Promise.all([program.line(), program.stop()]);
    const rate = Number(counts.received) / Number(counts.seconds);
    return { rate, ...perMessage(cpu, rate) };
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
