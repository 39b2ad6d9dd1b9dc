/**
 * A process that does what it is told while strace(1) lets its system calls
 * fail. It does many things one after the other, since it takes longer to start
 * than to do them; strace is attached to each anew, so that a fault's `when`
 * counts the calls of one action only.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Context } from 'mocha';
import { Mailbox } from '../fixtures/mailbox.ts';
import { skip } from '../support/probes.ts';
import { needs } from '../support/programs.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/faulty.js', import.meta.url));

/** In milliseconds, for what takes a few: the process spins, or waits for ever. */
const PATIENCE = 15_000;

/** A system call, and what happens to it, as strace's `inject=` has it: `error=EMFILE:when=1..3`. */
export type Faults = Readonly<Record<string, string>>;

/** What came of an action. */
export interface Outcome {
  /** What it returned, or the code of what it threw, as `{ code, syscall }`. */
  result: unknown;
  /** Descriptors that were open afterwards and not before. */
  left: string[];
  /** The calls that were meant, as strace shows them. */
  calls: string[];
}

/** Skips all tests of a suite where nobody can be traced. */
export function needsStrace(test: Context): void {
  needs(test, 'strace');
  const probe = spawnSync('strace', ['-o', '/dev/null', 'true'], { encoding: 'utf8' });
  if (probe.status !== 0) skip(test, `strace: ${probe.stderr.trim()}`);
}

export class Subject implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'uvsock-faults-'));
  readonly #mailbox = new Mailbox(this.#folder, 'parent', 'child');
  readonly #process = spawn(process.execPath, [FIXTURE, this.#folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });

  /** Does `action` with those faults; nobody injects into its preparations, nor into its clearing up. */
  async run(action: string, faults: Faults): Promise<Outcome> {
    this.#mailbox.put(action);
    await this.#hear('armed');
    const trace = join(this.#folder, 'trace');
    const injections = Object.entries(faults).flatMap(([call, fault]) => ['-e', `inject=${call}:${fault}`]);
    const strace = spawn(
      'strace',
      [
        ...['-f', '-s', '0', '-o', trace, '-p', String(this.#process.pid)],
        ...['-e', `trace=${Object.keys(faults).join(',')}`],
        ...injections,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const ended = once(strace, 'close');
    let result: unknown;
    try {
      await attached(strace.stderr);
      this.#mailbox.put('go');
      result = await this.#hear('result');
    } finally {
      strace.kill('SIGINT');
      await ended;
    }
    this.#mailbox.put('clear');
    const left = (await this.#hear('left')) as string[];
    const calls = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((line) => /^\d+ +\w+\(/.test(line));
    return { result, left, calls };
  }

  async #hear(name: string): Promise<unknown> {
    const begun = Date.now();
    for (;;) {
      const message = this.#mailbox.take();
      if (message !== undefined) return (message as Record<string, unknown>)[name];
      if (Date.now() - begun > PATIENCE) throw new Error(`no "${name}" within ${PATIENCE} ms`);
      const { exitCode, signalCode } = this.#process;
      if (exitCode !== null || signalCode !== null)
        throw new Error(`the process ended before "${name}", with ${exitCode ?? signalCode}`);
      await pause(2);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode === null && signalCode === null) {
      this.#process.kill('SIGKILL');
      await once(this.#process, 'exit');
    }
    rmSync(this.#folder, { recursive: true });
  }
}

/** All threads of the process are stopped by strace from now on. */
async function attached(output: Readable): Promise<void> {
  let seen = '';
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    seen += chunk;
    if (/attached/.test(seen)) {
      // Of threads that start and end it tells, too; nobody reads that.
      output.resume();
      return;
    }
  }
  throw new Error(`strace: ${seen}`);
}
