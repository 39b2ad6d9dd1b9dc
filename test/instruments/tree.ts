/** A copy of the tree with an addon of its own, beside the ordinary one: no loader has to be told. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Not mocha's bin, which starts a process of its own; Node's options must be given, therefore. */
export const MOCHA = ['--expose-gc', join(ROOT, 'node_modules/mocha/lib/cli/cli.js')];

/** All tests, unless the arguments name some. */
export function testFiles(args: readonly string[]): string[] {
  return args.some((each) => each.endsWith('.test.js')) ? [] : ['dist/test/**/*.test.js'];
}

/** Runs a program in the foreground; returns its exit status. */
export function run(command: readonly string[], env: Record<string, string> = {}, cwd = ROOT): number {
  const [program, ...args] = command;
  const { status, error } = spawnSync(program!, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  if (error !== undefined) throw error;
  return status ?? 1;
}

/** Builds the addon with CMake's `options` in `build`, and returns the tree; undefined if it does not compile. */
export function buildTree(build: string, options: Record<string, string>): string | undefined {
  const settings = Object.entries(options).map(([name, value]) => `--CD${name}=${value}`);
  const compile = ['npx', 'cmake-js', 'compile', '--out', build, '--log-level', 'warn', ...settings];
  if (run(compile) !== 0) return undefined;
  const tree = join(ROOT, build, 'tree');
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(join(tree, 'build/Release'), { recursive: true });
  cpSync(join(ROOT, 'dist'), join(tree, 'dist'), { recursive: true });
  cpSync(join(ROOT, build, 'Release/uvsock.node'), join(tree, 'build/Release/uvsock.node'));
  // Links lead to what is only read.
  for (const name of readdirSync(ROOT)) {
    if (!['dist', 'build', '.git'].includes(name)) symlinkSync(join(ROOT, name), join(tree, name));
  }
  return tree;
}
