/**
 * Which lines and branches the tests run, of src/ (c8) and of native/ (gcov):
 * `npm run coverage [-- MOCHA'S ARGUMENTS]`. Two tables, and every line in
 * build/coverage. gcovr is Debian's.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildOf, MOCHA, makeTree, ROOT, run } from './tree.ts';

const OUTPUT = join(ROOT, 'build/coverage');
const C8 = join(ROOT, 'node_modules/c8/bin/c8.js');

/** Counts of earlier runs, which gcov would add to. */
function forget(build: string): void {
  for (const name of readdirSync(build, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.gcda')) rmSync(join(build, name));
  }
}

function main(rest: string[]): number {
  const tree = makeTree('coverage', { UVSOCK_COVERAGE: 'ON' });
  if (tree === null) return 1;
  const build = buildOf('coverage');
  forget(build);
  rmSync(OUTPUT, { recursive: true, force: true });
  const ofSource = ['--include', 'src/**', '--exclude-after-remap', '--all', '--src', 'src'];
  const reports = ['--reporter', 'text', '--reporter', 'html', '--reports-dir', join(OUTPUT, 'src')];
  const c8 = [process.execPath, C8, ...ofSource, ...reports, '--temp-directory', join(OUTPUT, 'v8')];
  const status = run([...c8, process.execPath, ...MOCHA, ...rest], {}, tree);
  const native = join(OUTPUT, 'native.html');
  const gcovr = ['gcovr', '--root', ROOT, '--filter', 'native/', build];
  for (const report of [['--txt'], ['--txt', '--branches'], ['--html-details', native]]) {
    if (run([...gcovr, ...report]) !== 0) return 1;
  }
  return status;
}

process.exitCode = main(process.argv.slice(2));
