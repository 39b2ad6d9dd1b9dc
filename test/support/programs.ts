/** Programs of the system as peers: a test that needs one is skipped, and says so, where it is missing. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Context } from 'mocha';

function isInstalled(name: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, name)));
}

/** Skips the test where a program is missing; CI installs them all (.ci/run). */
export function needs(test: Context, ...programs: string[]): void {
  const missing = programs.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  console.log(`      not installed here: ${missing.join(', ')}`);
  test.skip();
}

/** Closes the pipes to a child, which are sockets of this process and outlive the child. */
export function closePipes({ stdin, stdout, stderr }: ChildProcessWithoutNullStreams): void {
  for (const pipe of [stdin, stdout, stderr]) pipe.destroy();
}

/** Starts a program; it ends with the test that disposes of it. */
export function start(program: string, ...args: string[]): ChildProcessWithoutNullStreams & AsyncDisposable {
  const child = spawn(program, args);
  const closed = once(child, 'close');
  return Object.assign(child, {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      closePipes(child);
      await closed;
    },
  });
}

/** Runs a program to its end, with some input: its output and status. */
export async function run(program: string, args: string[], input = '') {
  const child = spawn(program, args);
  child.stdin.on('error', () => {}); // it may end without reading
  child.stdin.end(input);
  const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = (await once(child, 'close')) as [number | null];
  const [output, errors] = await outputs;
  return { status, output, errors };
}

/** The first line of a stream that matches. */
export async function lineOf(stream: Readable, pattern: RegExp): Promise<RegExpExecArray> {
  let seen = '';
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    seen += chunk;
    const found = pattern.exec(seen);
    if (found !== null) return found;
  }
  throw new Error(`ended without ${pattern}: ${seen}`);
}
