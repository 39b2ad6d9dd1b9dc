/** Node in other versions and for other processors than this one, as npm carries it. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from 'mocha';
import { needs } from './programs.ts';

const CACHE = fileURLToPath(new URL('../../../build/nodes/', import.meta.url));

/** The program of the newest release of a major version; asks the registry, and downloads what is new. */
export function nodeProgram(major: number, arch: string = process.arch): string {
  const name = `node-linux-${arch}`;
  const folder = join(CACHE, `${arch}-${major}`);
  const quietly = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel', 'error'];
  // Forced, because it may not be for this processor.
  execFileSync('npm', ['install', '--prefix', folder, '--force', ...quietly, `${name}@${major}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return join(folder, 'node_modules', name, 'bin/node');
}

/** The command that runs Node for arm64 in qemu's user emulation, whose libraries are the cross compiler's. */
export function emulatedNode(test: Context, major: number): [string, ...string[]] {
  needs(test, 'qemu-aarch64', 'aarch64-linux-gnu-g++');
  return ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu', nodeProgram(major, 'arm64')];
}
