/** The package as its users have it: packed, then installed into an empty project, where no script runs. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

interface Manifest {
  name: string;
  exports: Record<string, unknown>;
  scripts: Record<string, string>;
  dependencies?: Record<string, string>;
  peerDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}
export const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;

/** What can be imported: `uvsock`, `uvsock/rx`, ... */
export const entryPoints = Object.keys(manifest.exports)
  .filter((path) => !path.endsWith('.json'))
  .map((path) => manifest.name + path.slice(1));

export interface Tarball {
  path: string;
  size: number;
  files: string[];
}

function npm(folder: string, ...args: string[]): string {
  return execFileSync('npm', [...args, '--ignore-scripts', '--loglevel', 'error'], {
    cwd: folder,
    encoding: 'utf8',
  });
}

export function pack(folder: string): Tarball {
  const [packed] = JSON.parse(npm(ROOT, 'pack', '--json', '--pack-destination', folder));
  const files = (packed.files as { path: string }[]).map(({ path }) => path);
  return { path: join(folder, packed.filename), size: packed.size, files };
}

/** A program, what it needs beside it, and where it is. */
export class Project {
  readonly folder: string;

  constructor(folder: string, tarball: Tarball) {
    this.folder = folder;
    mkdirSync(folder);
    this.write('package.json', JSON.stringify({ name: 'empty', private: true }));
    const { devDependencies, peerDependencies } = manifest;
    const peers = Object.entries(peerDependencies).map(([name, range]) => `${name}@${range}`);
    const types = ['typescript', '@types/node'].map((name) => `${name}@${devDependencies[name]}`);
    npm(folder, 'install', '--no-audit', '--no-fund', tarball.path, ...peers, ...types);
  }

  /** A path in the installed package. */
  installed(path: string): string {
    return join(this.folder, 'node_modules', manifest.name, path);
  }

  write(name: string, content: string): void {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  /** The output of a program in the project; throws with what it says if it fails. */
  run(program: string, ...args: string[]): string {
    return execFileSync(program, args, { cwd: this.folder, encoding: 'utf8', stdio: 'pipe' });
  }
}
