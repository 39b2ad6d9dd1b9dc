#!/usr/bin/env node
/**
 * `npx uvsock-build`: builds the addon from its source, where no prebuilt one
 * loads. What builds it is installed into a folder of its own, and removed.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtPath, packageRoot } from './addon.ts';

const root = fileURLToPath(packageRoot);
const file = fileURLToPath(builtPath);

/** Runs a program under this Node; its output is ours. */
function run(program: string, args: string[], env: NodeJS.ProcessEnv = {}): void {
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const { status, error } = spawnSync(program, args, {
    stdio: 'inherit',
    env: { ...process.env, PATH: path, ...env },
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed`);
}

function exists(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** Groups of programs, of each of which one is needed. */
function checkPrograms(): void {
  const groups = [['cmake'], ['make', 'ninja'], [process.env.CXX ?? 'c++', 'g++', 'clang++'], ['npm']];
  const missing = groups.filter((group) => !group.some(exists)).map((group) => group.join(' or '));
  if (missing.length === 0) return;
  throw new Error(
    `not found: ${missing.join(', ')}. Debian: apt-get install g++ make cmake; Alpine: apk add g++ make cmake`,
  );
}

function build(folder: string): void {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const tools = ['cmake-js', 'node-addon-api'].map((name) => `${name}@${devDependencies[name]}`);
  run('npm', ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', ...tools]);
  const modules = join(folder, 'node_modules');
  const out = join(folder, 'build');
  const cmakeJs = join(modules, 'cmake-js/bin/cmake-js');
  const args = [cmakeJs, 'compile', '--directory', root, '--out', out, '--log-level', 'warn'];
  run(process.execPath, args, { NODE_PATH: modules }); // where CMakeLists.txt finds node-addon-api
  mkdirSync(dirname(file), { recursive: true });
  copyFileSync(join(out, 'Release/uvsock.node'), file);
}

const folder = mkdtempSync(join(tmpdir(), 'uvsock-build-'));
try {
  checkPrograms();
  build(folder);
  createRequire(import.meta.url)(file);
  console.log(`uvsock-build: ${file}`);
} catch (error) {
  console.error(`uvsock-build: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
