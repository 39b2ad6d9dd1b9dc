/**
 * Has clang-tidy (Debian's package), which brings clang's analyser, look
 * through native/ for what .clang-tidy names: `npm run check:tidy [-- PATTERN...]`,
 * of paths.
 */
import { run } from './tree.ts';

const BUILD = 'build/tidy';

function main(asked: readonly string[]): number {
  // Its database of how each file is compiled; nothing is built.
  const settings = ['--CDCMAKE_EXPORT_COMPILE_COMMANDS=ON', '--log-level', 'warn'];
  const status = run(['npx', 'cmake-js', 'configure', '--out', BUILD, ...settings]);
  if (status !== 0) return status;
  const files = asked.length > 0 ? asked : ['/native/[^/]+\\.cc$'];
  return run(['run-clang-tidy', '-quiet', '-p', BUILD, ...files]);
}

process.exitCode = main(process.argv.slice(2));
