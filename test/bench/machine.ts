/** What the suite asks the operating system: processes on their cores, their CPU time and memory. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Of what /proc/PID/stat counts: USER_HZ is 100 on every Linux (proc(5), time(7)). */
const MICROSECONDS_PER_TICK = 10_000;

/** Servers run on the first core, what loads them on the last. */
export const SERVER_CORE = 0;
export const LOAD_CORE = availableParallelism() - 1;

/** One core, or wherever the scheduler puts a process. */
export type Core = number | 'any';

/** A child process that speaks in lines of JSON. */
export interface Program {
  readonly pid: number;
  /** The next line, parsed; an error if the process ends before. */
  line(): Promise<Record<string, unknown>>;
  /** Ends it, by a signal if it has not ended by itself. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

class Child implements Program {
  readonly #process: ChildProcessByStdio<null, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  constructor(core: Core, command: readonly string[]) {
    const cores = core === 'any' ? `${SERVER_CORE}-${LOAD_CORE}` : String(core);
    // Nothing is left when the suite is killed.
    this.#process = spawn('setpriv', ['--pdeathsig', 'KILL', 'taskset', '-c', cores, ...command], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#reader = createInterface(this.#process.stdout);
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  async line(): Promise<Record<string, unknown>> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#process.spawnargs.join(' ')}: ended without a result`);
    return JSON.parse(value);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, 'exit');
      this.#process.kill(signal);
      await exited;
    }
    this.#reader.close();
  }
}

/** Starts a command, pinned to a core if one is given. */
export function start(core: Core, command: readonly string[]): Program {
  return new Child(core, command);
}

/** CPU time so far, in microseconds. */
export interface CpuTime {
  user: number;
  system: number;
}

/** Of a process, all its threads, and of the processes that it has started. */
export function cpuTime(pid: number): CpuTime {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold anything; user and system are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const sum = {
    user: Number(fields[11]) * MICROSECONDS_PER_TICK,
    system: Number(fields[12]) * MICROSECONDS_PER_TICK,
  };
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  for (const child of children) {
    const { user, system } = cpuTime(Number(child));
    sum.user += user;
    sum.system += system;
  }
  return sum;
}

/** Memory that is the process's alone, in bytes. */
export function privateMemory(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = [...rollup.matchAll(/^Private_\w+:\s+(\d+) kB/gm)].map(([, size]) => Number(size));
  return 1024 * kilobytes.reduce((sum, size) => sum + size, 0);
}

/** Follows the CPU time of a process, to tell afterwards what a part of the time cost. */
export class CpuRecord {
  readonly #samples: { at: number; time: CpuTime }[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    const take = () => this.#samples.push({ at: performance.now(), time: cpuTime(pid) });
    take();
    this.#timer = setInterval(take, 50);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** CPU time per second of wall time in the last `seconds`. */
  last(seconds: number): CpuTime {
    const end = this.#samples.at(-1);
    if (end === undefined) throw new Error('no sample was taken');
    const begin = this.#samples.find(({ at }) => at >= end.at - 1000 * seconds) ?? end;
    const elapsed = (end.at - begin.at) / 1000;
    return {
      user: (end.time.user - begin.time.user) / elapsed,
      system: (end.time.system - begin.time.system) / elapsed,
    };
  }
}
