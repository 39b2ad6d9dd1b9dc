/**
 * Runs the tests on an addon that an instrument looks into, and fails for what
 * it reports of our code.
 *
 *     npm run test:asan                    memory errors and leaks
 *     npm run test:ubsan                   undefined behaviour
 *     npm run test:tsan                    data races
 *     npm run test:valgrind                what is read uninitialised, descriptors left open
 *     npm run test:asan -- --quick         a part of it, in little time
 *     npm run test:asan -- --grep accept   arguments of mocha's, or some of the tests' files
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ourReports } from './reports.ts';
import { buildTree, MOCHA, ROOT, run, testFiles } from './tree.ts';

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
  /** What `--quick` runs. */
  quick: string[];
  /** How much longer a test may take. */
  slower: number;
}

/** As test/uninitialised.test.ts asks of glibc's malloc. */
const POISON = `max_malloc_fill_size=${1 << 20}:malloc_fill_byte=${0x5a}`;

const QUICK = '--quick';

const INSTRUMENTS: Record<string, Instrument> = {
  asan: {
    sanitize: 'address',
    runtime: 'libasan.so',
    // What Node itself never frees is not ours to judge: the reports tell whose a leak is.
    env: (log) => ({
      ASAN_OPTIONS: `detect_leaks=1:${POISON}:log_path=${log}:suppressions=${ROOT}test/instruments/asan.supp`,
      LSAN_OPTIONS: 'exitcode=0',
    }),
    quick: ['socket', 'message', 'datagram_batch', 'options', 'readiness', 'rx/relay'],
    slower: 10,
  },
  ubsan: {
    sanitize: 'undefined',
    env: (log) => ({ UBSAN_OPTIONS: `print_stacktrace=1:log_path=${log}` }),
    quick: ['binding', 'address', 'socket', 'message', 'control', 'options'],
    slower: 3,
  },
  tsan: {
    sanitize: 'thread',
    runtime: 'libtsan.so',
    // Its shadow memory does not find room between randomised mappings.
    command: () => ['setarch', '-R'],
    env: (log) => ({
      TSAN_OPTIONS: `log_path=${log}:exitcode=0:report_signal_unsafe=0:atexit_sleep_ms=100`,
    }),
    quick: ['readiness', 'datagram_batch', 'rx/relay'],
    slower: 10,
  },
  valgrind: {
    command: (log) => [
      'valgrind',
      '--track-fds=yes',
      '--smc-check=all-non-file',
      '--num-callers=30',
      `--suppressions=${ROOT}test/instruments/valgrind.supp`,
      `--log-file=${log}.%p`,
    ],
    // On a processor that is made of software: what the native code alone decides.
    spec: ['socket', 'message', 'datagram_batch', 'options', 'queue', 'rx/relay'],
    quick: ['message', 'queue'],
    slower: 50,
  },
};

function libraryPath(name: string): string {
  const { stdout } = spawnSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' });
  return spawnSync('readlink', ['-f', stdout.trim()], { encoding: 'utf8' }).stdout.trim();
}

/**
 * Makes `path` a program that is Node with `library` before all others, which
 * what it starts is spared. Tests start some with an environment of their own.
 */
function writePreloadingNode(path: string, library: string, environment: Record<string, string>): void {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'`);
  const children = new URL('children.js', import.meta.url);
  const node = `LD_PRELOAD='${library}' exec '${process.execPath}' --import '${children}' "$@"`;
  writeFileSync(path, ['#!/bin/sh', ...exports, node, ''].join('\n'), { mode: 0o755 });
}

function main(name: string | undefined, rest: string[]): number {
  const instrument = INSTRUMENTS[name ?? ''];
  if (name === undefined || instrument === undefined) {
    console.error(
      `usage: node dist/test/instruments/run.js ${Object.keys(INSTRUMENTS).join('|')} [${QUICK}] [mocha's arguments]`,
    );
    return 2;
  }
  const { sanitize = '', runtime, command, env, spec, quick, slower } = instrument;
  const tree = buildTree(`build/instruments/${name}`, { UVSOCK_SANITIZE: sanitize });
  if (tree === undefined) return 1;

  const log = join(tree, 'reports/report');
  mkdirSync(dirname(log));
  // Tests run programs as other users, too.
  chmodSync(dirname(log), 0o777);
  const only = rest.includes(QUICK) ? quick : spec;
  const mocha = [
    ...MOCHA,
    ...['--timeout', String(20_000 * slower)],
    ...(only?.map((each) => `dist/test/${each}.test.js`) ?? testFiles(rest)),
    ...rest.filter((each) => each !== QUICK),
  ];
  const node = runtime === undefined ? process.execPath : join(tree, 'node');
  const environment = { ...env?.(log), UVSOCK_INSTRUMENT: name, UVSOCK_INSTRUMENTED_NODE: node };
  if (runtime !== undefined) writePreloadingNode(node, libraryPath(runtime), environment);
  const status = run([...(command?.(log) ?? []), node, ...mocha], environment, tree);
  const texts = readdirSync(dirname(log)).map((each) => readFileSync(join(dirname(log), each), 'utf8'));
  const reports = texts.flatMap(ourReports);
  for (const report of reports) console.error(`\n${report}`);
  console.log(`\n${name}: ${texts.length} processes with reports, ${reports.length} reports of this library`);
  return status === 0 && reports.length > 0 ? 1 : status;
}

process.exitCode = main(process.argv[2], process.argv.slice(3));
