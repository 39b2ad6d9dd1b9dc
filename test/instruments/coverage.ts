/**
 * Lines and branches that the tests reach: of src/ by c8, of native/ by gcov,
 * whose counts gcovr (Debian's package) puts together.
 *
 *     npm run coverage                  two tables, and pages of each line in build/coverage
 *     npm run coverage -- --grep accept arguments of mocha's
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildTree, MOCHA, ROOT, run, testFiles } from './tree.ts';

const BUILD = 'build/instruments/coverage';
const REPORT = join(ROOT, 'build/coverage');

/** Of the TypeScript, whose source maps c8 follows. */
function scriptReport(tree: string, mocha: readonly string[]): number {
  const c8 = [
    join(ROOT, 'node_modules/c8/bin/c8.js'),
    ...['--include', 'src/**', '--include', 'dist/src/**', '--exclude-after-remap'],
    ...['--temp-directory', join(ROOT, BUILD, 'v8'), '--reports-dir', join(REPORT, 'src')],
    ...['--reporter', 'text', '--reporter', 'html'],
  ];
  return run([process.execPath, ...c8, process.execPath, ...MOCHA, ...testFiles(mocha), ...mocha], {}, tree);
}

/** Of the C++. Branches to where an exception would go are the compiler's, and the addon throws none. */
function nativeReport(): number {
  const gcovr = [
    ...['--root', ROOT, '--filter', 'native/', '--object-directory', BUILD, BUILD],
    '--exclude-throw-branches',
    '--exclude-unreachable-branches',
  ];
  const page = join(REPORT, 'native/index.html');
  const lines = run(['gcovr', ...gcovr, '--html-details', page, '--txt', '-']);
  return lines || run(['gcovr', ...gcovr, '--branches', '--txt', '-']);
}

function main(rest: readonly string[]): number {
  if (spawnSync('gcovr', ['--version']).error !== undefined) {
    console.error('npm run coverage needs gcovr (Debian: apt-get install gcovr)');
    return 1;
  }
  const tree = buildTree(BUILD, { UVSOCK_COVERAGE: 'ON' });
  if (tree === undefined) return 1;
  rmSync(REPORT, { recursive: true, force: true });
  mkdirSync(join(REPORT, 'native'), { recursive: true });
  // Counts of an earlier run are not of this one.
  run(['find', BUILD, '-name', '*.gcda', '-delete']);
  // What the tests did not reach is told of also where one fails.
  const tests = scriptReport(tree, rest);
  const native = nativeReport();
  return tests || native;
}

process.exitCode = main(process.argv.slice(2));
