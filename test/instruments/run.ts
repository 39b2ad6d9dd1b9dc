/**
 * Runs the tests on an addon that an instrument looks into, and fails for what
 * it reports of our code.
 *
 *     npm run test:asan                    memory errors and leaks
 *     npm run test:ubsan                   undefined behaviour
 *     npm run test:tsan                    data races
 *     npm run test:valgrind                what is read uninitialised, descriptors left open
 *     npm run test:asan -- --grep accept   arguments of mocha's
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ourReports } from './reports.ts';
import { MOCHA, makeTree, ROOT, run } from './tree.ts';

interface Instrument {
  /** The value of -fsanitize. */
  sanitize?: string;
  /** Its runtime, where it must be the first library of the process. */
  runtime?: string;
  /** What node is run by; reports go to files that begin with `log`. */
  command?: (log: string) => string[];
  env?: (log: string) => Record<string, string>;
  /** Instead of all tests. */
  spec?: string[];
  /** Tests that cannot be run, and why. */
  without?: { reason: string; spec: string[] };
  /** How much longer a test may take. */
  slower: number;
}

const INSTRUMENTS: Record<string, Instrument> = {
  asan: {
    sanitize: 'address',
    runtime: 'libasan.so',
    // What Node itself never frees is not ours to judge: the reports tell whose a leak is.
    env: (log) => ({
      ASAN_OPTIONS: `detect_leaks=1:log_path=${log}:suppressions=${ROOT}test/instruments/asan.supp`,
      LSAN_OPTIONS: 'exitcode=0',
    }),
    slower: 10,
  },
  ubsan: {
    sanitize: 'undefined',
    env: (log) => ({ UBSAN_OPTIONS: `print_stacktrace=1:log_path=${log}` }),
    slower: 3,
  },
  tsan: {
    sanitize: 'thread',
    runtime: 'libtsan.so',
    // Its shadow memory does not find room between randomised mappings.
    command: () => ['setarch', '-R'],
    env: (log) => ({ TSAN_OPTIONS: `log_path=${log}:exitcode=0:report_signal_unsafe=0` }),
    without: {
      reason: 'start shells or programs of the system, which this runtime crashes',
      spec: [
        'bench/*',
        'conformance/network',
        'conformance/unprivileged',
        'docs/*',
        'examples*',
        'faults/*',
        'networks/*',
        'process/listen_fds',
        'stream/databases',
        'top/*',
      ],
    },
    slower: 10,
  },
  valgrind: {
    command: (log) => [
      'valgrind',
      '--track-fds=yes',
      '--smc-check=all-non-file',
      '--num-callers=30',
      `--log-file=${log}.%p`,
    ],
    // On a processor that is made of software: what the native code alone decides.
    spec: ['socket', 'message', 'datagram_batch', 'options', 'queue', 'rx/relay'],
    slower: 50,
  },
};

function libraryPath(name: string): string {
  const { stdout } = spawnSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' });
  return spawnSync('readlink', ['-f', stdout.trim()], { encoding: 'utf8' }).stdout.trim();
}

function main(name: string | undefined, rest: string[]): number {
  const instrument = INSTRUMENTS[name ?? ''];
  if (name === undefined || instrument === undefined) {
    console.error(
      `usage: node dist/test/instruments/run.js ${Object.keys(INSTRUMENTS).join('|')} [mocha's arguments]`,
    );
    return 2;
  }
  const { sanitize = '', runtime, command, env, spec, without, slower } = instrument;
  const tree = makeTree(name, { UVSOCK_SANITIZE: sanitize });
  if (tree === null) return 1;
  if (without !== undefined) {
    console.log(`not run, for they ${without.reason}: ${without.spec.join(', ')}`);
  }

  const log = join(tree, 'reports/report');
  mkdirSync(dirname(log));
  const mocha = [
    ...MOCHA,
    ...['--timeout', String(20_000 * slower)],
    ...(spec === undefined ? [] : ['--no-config', '--require', 'dist/test/support/sockets.js']),
    ...(spec ?? []).map((each) => `dist/test/${each}.test.js`),
    ...(without?.spec ?? []).flatMap((each) => ['--ignore', `dist/test/${each}.test.js`]),
    ...rest,
  ];
  const preload = runtime === undefined ? [] : ['env', `LD_PRELOAD=${libraryPath(runtime)}`];
  const prefix = command?.(log) ?? [];
  const status = run([...prefix, ...preload, process.execPath, ...mocha], env?.(log), tree);
  const texts = readdirSync(dirname(log)).map((each) => readFileSync(join(dirname(log), each), 'utf8'));
  const reports = texts.flatMap(ourReports);
  for (const report of reports) console.error(`\n${report}`);
  console.log(`\n${name}: ${texts.length} processes with reports, ${reports.length} reports of this library`);
  return status === 0 && reports.length > 0 ? 1 : status;
}

process.exitCode = main(process.argv[2], process.argv.slice(3));
