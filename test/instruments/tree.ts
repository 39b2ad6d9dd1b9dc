/**
 * A copy of the tree in build/instruments with an addon of its own, built beside
 * the ordinary one: no loader has to be told. Links lead to what is only read.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Runs a program, which says what it says; its status. */
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

/** Mocha in this process: not by its bin, which starts a process of its own. */
export const MOCHA = ['--expose-gc', join(ROOT, 'node_modules/mocha/lib/cli/cli.js')];

/** Where an instrument's addon is compiled. */
export const buildOf = (name: string) => join(ROOT, 'build/instruments', name);

/** Builds with settings of CMake; the path of the copy, or null if the compiler has complained. */
export function makeTree(name: string, settings: Record<string, string>): string | null {
  const build = buildOf(name);
  const options = Object.entries(settings).map(([key, value]) => `--CD${key}=${value}`);
  const command = ['npx', 'cmake-js', 'compile', '--out', build, '--log-level', 'warn', ...options];
  if (run(command) !== 0) return null;
  const tree = join(build, 'tree');
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(join(tree, 'build/Release'), { recursive: true });
  cpSync(join(ROOT, 'dist'), join(tree, 'dist'), { recursive: true });
  cpSync(join(build, 'Release/uvsock.node'), join(tree, 'build/Release/uvsock.node'));
  for (const each of readdirSync(ROOT)) {
    if (!['dist', 'build', '.git'].includes(each)) symlinkSync(join(ROOT, each), join(tree, each));
  }
  return tree;
}
