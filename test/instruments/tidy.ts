/**
 * Has clang-tidy (Debian's package), which brings clang's analyser, look
 * through native/ for what .clang-tidy names: `npm run check:tidy [-- FILE...]`.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './tree.ts';

const BUILD = 'build/tidy';

function main(asked: readonly string[]): number {
  // Its database of how each file is compiled; nothing is built.
  const settings = ['--CDCMAKE_EXPORT_COMPILE_COMMANDS=ON', '--log-level', 'warn'];
  const status = run(['npx', 'cmake-js', 'configure', '--out', BUILD, ...settings]);
  if (status !== 0) return status;
  const all = readdirSync(join(ROOT, 'native')).filter((name) => name.endsWith('.cc'));
  const files = asked.length > 0 ? asked : all.map((name) => `native/${name}`);
  const failed = files.filter((file, index) => {
    console.log(`${index + 1}/${files.length} ${file}`);
    return run(['clang-tidy', '--quiet', '-p', BUILD, file]) !== 0;
  });
  if (failed.length > 0) console.error(`clang-tidy complains of ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
