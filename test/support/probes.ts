/** What a kernel may lack: a test that needs it is skipped, and says why. */
import type { Context } from 'mocha';
import { SystemError } from 'uvsock';
import { run } from './programs.ts';

const LACKING = new Set([
  'EACCES',
  'EAFNOSUPPORT',
  'EPERM',
  'EPROTONOSUPPORT',
  'ESOCKTNOSUPPORT',
  'EPROTOTYPE',
]);

/** Prints the reason and skips. */
export function skip(test: Context, reason: string): never {
  console.log(`      skipped: ${reason}`);
  return test.skip();
}

/** What the attempt gives; skips the test if the system lacks it, also by one of the codes `also`. */
export function attempt<T>(test: Context, what: string, make: () => T, also: string[] = []): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof SystemError && (LACKING.has(error.code) || also.includes(error.code))))
      throw error;
    return skip(test, `${what}: ${error.message}`);
  }
}

/** The value; skips the test where the system has no such constant. */
export function known<T>(test: Context, name: string, value: T | undefined): T {
  return value ?? skip(test, `this system has no ${name}`);
}

/**
 * Runs `source` as a module, with uvsock's names at hand, in a network
 * namespace of its own that `setup` has prepared; skips where that is not
 * allowed. What it prints must be JSON.
 */
export async function inNamespace(test: Context, setup: string, source: string): Promise<unknown> {
  const probe = await run('unshare', ['--net', 'sh', '-ec', setup]).catch((error: Error) => ({
    status: -1,
    errors: error.message,
  }));
  if (probe.status !== 0) skip(test, `network namespace: ${probe.errors.trim()}`);
  const prelude = `
    import { SocketAddress, makeSocketAddress, ready, socket } from 'uvsock';
    import * as c from 'uvsock/constants';`;
  const program = [process.execPath, '--input-type=module', '--eval', prelude + source];
  const { status, output, errors } = await run('unshare', [
    '--net',
    'sh',
    '-ec',
    `${setup}; exec "$0" "$@"`,
    ...program,
  ]);
  if (status !== 0) throw new Error(errors);
  return JSON.parse(output);
}
