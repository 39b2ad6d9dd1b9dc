/**
 * Runs the tests on other versions of Node: `npm run test:versions [-- MAJOR...]`.
 * Ends with a table, what was skipped, and sums in mocha's words, for .ci/run.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import Table from 'cli-table3';
import { ROOT, testFiles } from './instruments/tree.ts';
import { nodeProgram } from './support/nodes.ts';

/** Those that are maintained, and 20, with which engines begins. */
const MAJORS = [20, 22, 24, 26];

/** What mocha's JSON reporter writes. */
interface Report {
  stats: { passes: number; pending: number; failures: number; duration: number };
  failures: { fullTitle: string; err: { stack?: string; message?: string } }[];
  pending: { fullTitle: string }[];
}

interface Outcome {
  version: string;
  report: Report;
  /** mocha itself has failed, or was ended. */
  broken: boolean;
}

const NOTHING: Report = {
  stats: { passes: 0, pending: 0, failures: 0, duration: 0 },
  failures: [],
  pending: [],
};

function runOn(major: number, folder: string): Outcome {
  const node = nodeProgram(major);
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  console.log(`\nNode ${version}`);
  const output = join(folder, `${major}.json`);
  const mocha = join(ROOT, 'node_modules/mocha/bin/mocha.js');
  const { status, signal } = spawnSync(
    node,
    [mocha, ...testFiles([]), '--reporter', 'json', '--reporter-option', `output=${output}`],
    {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      // Programs that tests start by name are of this version, too.
      env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
    },
  );
  let report = NOTHING;
  try {
    report = JSON.parse(readFileSync(output, 'utf8'));
  } catch {}
  for (const { fullTitle, err } of report.failures) {
    console.log(`\n  ${fullTitle}:\n${err.stack ?? err.message}`);
  }
  // The status is the number of failures.
  const broken = status !== Math.min(report.failures.length, 255);
  if (broken) console.log(`\n  ended with ${signal ?? status}`);
  return { version, report, broken };
}

function show(outcomes: readonly Outcome[]): void {
  const table = new Table({
    head: ['Node', 'passed', 'failed', 'skipped', 'seconds'],
    style: { head: [], border: [] },
  });
  const skipped = new Map<string, string[]>();
  for (const { version, report, broken } of outcomes) {
    const { passes, failures, pending, duration } = report.stats;
    table.push([version, passes, broken ? 'broke off' : failures, pending, Math.round(duration / 1000)]);
    for (const { fullTitle } of report.pending) {
      skipped.set(fullTitle, [...(skipped.get(fullTitle) ?? []), version]);
    }
  }
  console.log(`\n${table}\n\nSkipped, for the reasons printed above:`);
  for (const [title, versions] of skipped) console.log(`  ${title} (${versions.join(', ')})`);
}

const wanted = process.argv.slice(2).map(Number);
if (wanted.some((major) => !MAJORS.includes(major))) {
  throw new Error(`${process.argv.slice(2).join(' ')}: not among ${MAJORS.join(', ')}`);
}
const folder = mkdtempSync(join(tmpdir(), 'uvsock-versions-'));
try {
  const outcomes = (wanted.length > 0 ? wanted : MAJORS).map((major) => runOn(major, folder));
  show(outcomes);
  const sum = (count: (outcome: Outcome) => number) => outcomes.reduce((all, each) => all + count(each), 0);
  const failed = sum(({ report, broken }) => report.stats.failures + Number(broken));
  console.log(`\n  ${sum(({ report }) => report.stats.passes)} passing\n  ${failed} failing`);
  process.exitCode = Number(failed > 0);
} finally {
  rmSync(folder, { recursive: true });
}
