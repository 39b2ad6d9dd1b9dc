/** Rows that run in a process of their own: without privilege, or in another network. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type Finding, type Row, register } from './table.ts';

/** Runs the program `node` with arguments somewhere. */
export type Start = (args: string[]) => ChildProcessWithoutNullStreams;

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));

/** Longer than a row may take (child.ts); then the process is ended. */
const PATIENCE = 15_000;

/** What the process has found out for each row, until it ended; `ended` says how. */
async function findingsOf(start: Start, module: string) {
  const child = start(['--enable-source-maps', CHILD, module]);
  const errors = text(child.stderr);
  const findings: (Finding | { failure: string })[] = [];
  let timer: NodeJS.Timeout | undefined;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
  };
  wait();
  for await (const line of createInterface(child.stdout)) {
    findings.push(JSON.parse(line));
    wait();
  }
  clearTimeout(timer);
  return { findings, ended: `the process has ended before: ${await errors}` };
}

/**
 * Tests the rows that a module exports in a process that `start` starts.
 * To be called within `describe`, after the hooks that prepare the place.
 */
export function conformanceElsewhere(rows: readonly Row[], module: URL, start: Start): void {
  let found: Awaited<ReturnType<typeof findingsOf>>;
  before(async function () {
    this.timeout(PATIENCE * rows.length);
    found = await findingsOf(start, module.href);
  });
  register(rows, (_row, index) => {
    const finding = found.findings[index] ?? { failure: found.ended };
    if ('failure' in finding) throw new Error(finding.failure);
    return finding;
  });
}
