/**
 * Fuzzes what parses bytes natively, guided by coverage: libFuzzer, with
 * AddressSanitizer and UndefinedBehaviorSanitizer. Needs clang++ and its
 * runtime (Debian: clang, libclang-rt-14-dev).
 *
 *     npm run fuzz                              60 seconds of each target
 *     npm run fuzz -- --seconds 5 control       5 seconds of one
 *     npm run fuzz -- --seconds 0               what is kept in the repository only
 *     npm run fuzz -- --seconds 600 --keep      and keeps what reaches new code
 *
 * Targets are test/fuzz/native/*.cc, each with the source of the same name in
 * native/, and inputs in test/fuzz/native/corpus. `UVSOCK_SEED` repeats a run.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SEED } from '../support/scale.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SOURCES = join(ROOT, 'test/fuzz/native');
const BUILD = join(ROOT, 'build/fuzz');
const TARGETS = readdirSync(SOURCES).flatMap((name) => /^(\w+)\.cc$/.exec(name)?.[1] ?? []);

/** The longest input: no parser looks for more than a few messages, addresses or lengths. */
const MOST = 256;
/** How often a run says that it goes on, in seconds. */
const PULSE = 10;

/** What targets ask of the linker. */
const LINKED: Readonly<Record<string, string[]>> = { record: ['-Wl,--wrap=close'] };

const corpusOf = (target: string) => join(SOURCES, 'corpus', target);

function build(target: string): string {
  const program = join(BUILD, target);
  const sanitizers = ['-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=undefined'];
  const sources = [join(SOURCES, `${target}.cc`), join(ROOT, 'native', `${target}.cc`)];
  const { status, error } = spawnSync(
    'clang++',
    ['-std=c++17', '-O1', '-g', '-D_FILE_OFFSET_BITS=64', '-Wall', '-Wextra', '-Werror', ...sanitizers]
      .concat(LINKED[target] ?? [])
      .concat(sources, '-o', program),
    { stdio: 'inherit' },
  );
  if (status !== 0) throw new Error(`${target} cannot be built: ${error?.message ?? 'see above'}`);
  return program;
}

/** Runs a target; true if it found nothing. */
async function fuzz(target: string, seconds: number, keep: boolean): Promise<boolean> {
  const program = build(target);
  const corpus = join(BUILD, 'corpus', target);
  rmSync(corpus, { recursive: true, force: true });
  cpSync(corpusOf(target), corpus, { recursive: true });
  const known = readdirSync(corpus).length;
  const amount = seconds === 0 ? '-runs=0' : `-max_total_time=${seconds}`;
  const options = [amount, `-seed=${SEED}`, `-max_len=${MOST}`, '-print_final_stats=1'];
  const child = spawn(program, [...options, `-artifact_prefix=${BUILD}/${target}-`, corpus], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let passed = 0;
  const pulse = setInterval(() => {
    passed += PULSE;
    console.log(`${target}: ${passed} of ${seconds} seconds`);
  }, PULSE * 1000);
  const [said, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  clearInterval(pulse);
  writeFileSync(join(BUILD, `${target}.log`), said);
  if (status !== 0) {
    console.error(said.split('\n').slice(-60).join('\n'));
    return false;
  }
  const runs = /number_of_executed_units: (\d+)/.exec(said)?.[1];
  console.log(`${target}: ${runs} runs, ${known} inputs kept before, ${readdirSync(corpus).length} now`);
  if (keep) minimise(target, program, corpus);
  return true;
}

/** Keeps the fewest inputs that reach all that was reached. */
function minimise(target: string, program: string, corpus: string): void {
  const kept = corpusOf(target);
  rmSync(kept, { recursive: true });
  mkdirSync(kept);
  spawnSync(program, ['-set_cover_merge=1', `-max_len=${MOST}`, kept, corpus], { stdio: 'ignore' });
  console.log(`${target}: ${readdirSync(kept).length} inputs are kept`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    keep: { type: 'boolean', default: false },
  },
});
console.log(`UVSOCK_SEED=${SEED}`);
mkdirSync(BUILD, { recursive: true });
let good = true;
for (const target of positionals.length > 0 ? positionals : TARGETS) {
  good = (await fuzz(target, Number(values.seconds), values.keep)) && good;
}
process.exitCode = good ? 0 : 1;
