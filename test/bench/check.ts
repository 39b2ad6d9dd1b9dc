/** Compares a run with a recorded one, by the ratios: absolute figures are the machine's. */
import type { CaseResult, Metric, Results } from './results.ts';
import { better, describeSummary, formatRatio, ratio, type Summary } from './statistics.ts';

export interface Comparison {
  case: string;
  metric: Metric;
  subject: string;
  against: string;
  before: Summary | undefined;
  now: Summary | undefined;
  /** 'missing': the baseline has it, the run does not; 'new': the other way round. */
  verdict: 'worse' | 'better' | 'same' | 'missing' | 'new';
}

/** What the others are measured by; their own figures are not ours to answer for. */
const REFERENCES = ['c', 'net', 'dgram'];
const FOREIGN = [...REFERENCES, 'bun'];

/** How much worse the median may get. */
const TOLERANCE = 0.05;

type Ratio = Pick<Comparison, 'metric' | 'subject' | 'against'>;

/** Every ratio that either of the runs has: of the cases' main figures, and of their targets. */
export function compare(results: Results, baseline: Results): Comparison[] {
  const now = new Map(results.cases.map((each) => [each.name, each]));
  const before = new Map(baseline.cases.map((each) => [each.name, each]));
  const found: Comparison[] = [];
  for (const name of new Set([...now.keys(), ...before.keys()])) {
    const sides = [now.get(name), before.get(name)].filter((each) => each !== undefined);
    const ratios = new Map(sides.flatMap(ratiosOf).map((each) => [Object.values(each).join(), each]));
    for (const each of ratios.values()) {
      const comparison = compareRatio(name, each, now.get(name), before.get(name));
      if (comparison !== undefined) found.push(comparison);
    }
  }
  return found;
}

function ratiosOf(result: CaseResult): Ratio[] {
  const { metric } = result;
  const subjects = Object.keys(result.subjects);
  const own = subjects.filter((subject) => !FOREIGN.includes(subject));
  const references = REFERENCES.filter((reference) => subjects.includes(reference));
  return [
    ...own.flatMap((subject) => references.map((against) => ({ metric, subject, against }))),
    ...result.targets.flatMap(({ metric, subject, against }) =>
      against === null ? [] : [{ metric, subject, against }],
    ),
  ];
}

function compareRatio(
  name: string,
  { metric, subject, against }: Ratio,
  nowCase: CaseResult | undefined,
  beforeCase: CaseResult | undefined,
): Comparison | undefined {
  const now = nowCase && ratio(nowCase, subject, against, metric);
  const before = beforeCase && ratio(beforeCase, subject, against, metric);
  const result = nowCase ?? beforeCase;
  if (result === undefined || (now === undefined && before === undefined)) return undefined;
  const verdict = verdictOf(before, now, better(result, metric));
  return { case: name, metric, subject, against, before, now, verdict };
}

function verdictOf(
  before: Summary | undefined,
  now: Summary | undefined,
  direction: 'more' | 'less',
): Comparison['verdict'] {
  if (now === undefined) return 'missing';
  if (before === undefined) return 'new';
  const [upper, lower] = now.median > before.median ? [now, before] : [before, now];
  const beyondNoise = lower.high < upper.low;
  // of what was before, whichever way it went
  const far = Math.abs(now.median - before.median) > TOLERANCE * before.median;
  if (!beyondNoise || !far) return 'same';
  return (upper === now) === (direction === 'more') ? 'better' : 'worse';
}

/** 'worse: tcp-echo-50x64, rate rx / c: 0.61 (0.60 to 0.63), was 0.80 (0.78 to 0.81), -24 %' */
export function toLine(comparison: Comparison, rounds: { now: number; before: number }): string {
  const { case: name, metric, subject, against, before, now, verdict } = comparison;
  let line = `${verdict}: ${name}, ${metric} ${subject} / ${against}:`;
  line += ` ${now ? describeSummary(now, formatRatio, rounds.now) : 'not measured'}`;
  if (before) line += `, was ${describeSummary(before, formatRatio, rounds.before)}`;
  if (before && now && before.median !== 0) {
    line += `, ${change.format((100 * (now.median - before.median)) / before.median)} %`;
  }
  return line;
}

const change = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0, signDisplay: 'exceptZero' });

/** Prints what differs, and whether anything got worse or went missing; true if nothing did. */
export function check(
  results: Results,
  baseline: Results,
  print: (line: string) => void = console.log,
): boolean {
  const comparisons = compare(results, baseline);
  const rounds = { now: results.header.rounds, before: baseline.header.rounds };
  for (const field of ['kernel', 'node', 'bun', 'cpu', 'cores'] as const) {
    const [now, before] = [results.header[field], baseline.header[field]];
    if (now !== before) print(`note: ${field} is ${now ?? 'none'}, was ${before ?? 'none'}`);
  }
  for (const each of comparisons) if (each.verdict !== 'same') print(toLine(each, rounds));
  const count = (verdict: Comparison['verdict']) =>
    comparisons.filter((each) => each.verdict === verdict).length;
  const [worse, missing] = [count('worse'), count('missing')];
  print(
    `${comparisons.length} ratios compared: ${worse} worse, ${count('better')} better, ${missing} missing`,
  );
  return worse === 0 && missing === 0;
}
