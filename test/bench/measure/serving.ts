/** What the measurements of servers share: a server that runs, and a client that loads it for a time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Core,
  CpuRecord,
  type CpuTime,
  LOAD_CORE,
  type Program,
  SERVER_CORE,
  start,
} from '../machine.ts';

export type Command = readonly string[];

/** Runs `work` with a server that is ready, and the arguments that lead a client to it. */
export async function withServer<T>(
  server: Command,
  work: (program: Program, target: string[]) => Promise<T>,
  { unix = false, core = SERVER_CORE }: { unix?: boolean; core?: Core } = {},
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'uvsock-bench-'));
  const program = start(core, unix ? [...server, '--unix', join(folder, 'socket')] : server);
  try {
    const { port, path } = await program.line();
    return await work(program, unix ? ['--unix', String(path)] : ['--port', String(port)]);
  } finally {
    await program.stop('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

/** For how long a client of this suite measures. */
export function timed(seconds: number): string[] {
  return ['--seconds', String(seconds), '--warmup', String(Math.min(1, seconds))];
}

/** What a client that ends by itself does to a program in a time, with the program's CPU time for it. */
export async function loaded(
  program: Program,
  command: Command,
  seconds: number,
  core: Core = LOAD_CORE,
): Promise<{ result: Record<string, unknown>; cpu: CpuTime }> {
  const cpu = new CpuRecord(program.pid);
  const client = start(core, command);
  try {
    const result = await client.line();
    return { result, cpu: cpu.last(seconds) };
  } finally {
    cpu.stop();
    await client.stop('SIGKILL');
  }
}

/** CPU time per second as CPU time per message. */
export const perMessage = ({ user, system }: CpuTime, rate: number) => ({
  user: user / rate,
  system: system / rate,
});
