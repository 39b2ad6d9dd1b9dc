/**
 * The benchmark suite: every case, its subjects one after the other in each
 * round.
 *
 *     npm run bench                              all of it, for the README
 *     npm run bench -- --only tcp-50 --rounds 9  some of it
 *     npm run bench:quick                        in a minute, while working
 *     npm run bench:check                        against test/bench/baseline.json
 *     npm run bench -- --record                  what the README shows
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Case, cases } from './cases.ts';
import { check } from './check.ts';
import { compile } from './programs.ts';
import { progress } from './progress.ts';
import { targetTable, toMarkdown, toSvg } from './report.ts';
import { type Results, renewed, type Sample } from './results.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Where what the README shows is kept. */
const RECORD = `${ROOT}test/bench/results`;

const { values: options } = parseArgs({
  options: {
    /** A part of the names of the cases to run. */
    only: { type: 'string', multiple: true, default: [] },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    /** How long each measurement takes. */
    seconds: { type: 'string' },
    /** With Bun, by its path or where npm has put it. */
    bun: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    /** Keeps the results in the repository, with those of cases that were not run, and the targets in the README. */
    record: { type: 'boolean', default: false },
    /** Where the results go. */
    output: { type: 'string', default: `${ROOT}build/bench/results` },
    help: { type: 'boolean', default: false },
  },
});

function usage(): void {
  console.log(`usage: npm run bench -- [--only NAME]... [--rounds N] [--seconds S] [--bun] [--quick] [--check] [--record]
                      [--output PATH]   PATH.json, PATH.md and PATH.svg
cases: ${cases(undefined)
    .map(({ name }) => name)
    .join(' ')}`);
}

/** Bun's binary: npm's package of it, in node_modules, or whatever PATH has. */
function findBun(): string {
  const candidates = [process.env.BUN, `${ROOT}node_modules/@oven/bun-linux-x64/bin/bun`];
  const found = candidates.find((path) => path !== undefined && existsSync(path));
  return found ?? execFileSync('sh', ['-c', 'command -v bun'], { encoding: 'utf8' }).trim();
}

function header(rounds: number, bun: string | undefined): Results['header'] {
  const output = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: ROOT, encoding: 'utf8' }).trim();
  return {
    date: new Date().toISOString().slice(0, 10),
    kernel: `${os.type()} ${os.release()}`,
    node: process.version,
    ...(bun !== undefined && { bun: output(bun, '--version') }),
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    rounds,
    uvsock: output('git', 'describe', '--always', '--dirty'),
  };
}

/** Every subject once in each round, so that what the machine does meanwhile meets all alike. */
async function run(chosen: readonly Case[], rounds: number, seconds: number): Promise<Results['cases']> {
  const total = chosen.reduce((sum, { subjects }) => sum + rounds * subjects.length, 0);
  const display = progress(total);
  try {
    const done: Results['cases'] = [];
    for (const { measure, quick, subjects, ...about } of chosen) {
      const samples: Record<string, Sample[]> = Object.fromEntries(subjects.map((subject) => [subject, []]));
      for (let round = 1; round <= rounds; round++) {
        for (const subject of subjects) {
          display.step(`${about.name} ${subject} round ${round}`);
          samples[subject]?.push(await measure(subject, seconds));
        }
      }
      done.push({ ...about, subjects: samples });
    }
    return done;
  } finally {
    display.stop();
  }
}

/** What was recorded of other cases stays. */
function withRecorded(results: Results): Results {
  const recorded = JSON.parse(readFileSync(`${RECORD}.json`, 'utf8'));
  return renewed(
    recorded,
    results,
    cases(undefined).map(({ name }) => name),
  );
}

function write(results: Results): void {
  const path = options.record ? RECORD : options.output;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.json`, JSON.stringify(results, null, 2));
  writeFileSync(`${path}.md`, toMarkdown(results));
  writeFileSync(`${path}.svg`, toSvg(results));
  if (!options.record) return;
  const readme = readFileSync(`${ROOT}README.md`, 'utf8');
  const before = '<!-- targets, by npm run bench -- --record -->\n';
  const after = '\n<!-- end of targets -->';
  const [begin, end] = [readme.indexOf(before) + before.length, readme.indexOf(after)];
  writeFileSync(`${ROOT}README.md`, readme.slice(0, begin) + targetTable(results) + readme.slice(end));
}

async function main(): Promise<void> {
  if (options.help) return usage();
  const bun = options.bun ? findBun() : undefined;
  const rounds = Number(options.rounds ?? (options.quick ? 2 : 5));
  const seconds = Number(options.seconds ?? (options.quick ? 0.5 : 3));
  const chosen = cases(bun).filter(
    ({ name, quick }) =>
      (!options.quick || quick) &&
      (options.only.length === 0 || options.only.some((part) => name.includes(part))),
  );
  compile();
  const measured: Results = { header: header(rounds, bun), cases: await run(chosen, rounds, seconds) };
  const results = options.record ? withRecorded(measured) : measured;
  write(results);
  console.log(toMarkdown(results));
  if (!options.check) return;
  const baseline: Results = JSON.parse(readFileSync(`${ROOT}test/bench/baseline.json`, 'utf8'));
  process.exitCode = check(results, baseline) ? 0 : 1;
}

await main();
