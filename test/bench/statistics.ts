/** Medians, ranges and ratios of what was measured, and how they read. */
import { max, median, min } from 'simple-statistics';
import type { CaseResult, Metric, Sample, Target } from './results.ts';

export interface Summary {
  median: number;
  low: number;
  high: number;
  /** How many rounds had a figure. */
  rounds: number;
}

export interface Judgement {
  /** undefined: there is nothing to judge by, and the target is not met. */
  measured: Summary | undefined;
  met: boolean;
  /** Some rounds say otherwise than the median does. */
  mixed: boolean;
}

/** The figure of one sample; undefined where it has none. */
export function figure(sample: Sample | undefined, metric: Metric): number | undefined {
  const value = pick(sample, metric);
  // JSON makes null of NaN
  return Number.isFinite(value) ? value : undefined;
}

function pick(sample: Sample | undefined, metric: Metric): number | undefined {
  switch (metric) {
    case 'cpu':
      // half of the sum would pass for a good figure
      return Number.isFinite(sample?.user) && Number.isFinite(sample?.system)
        ? Number(sample?.user) + Number(sample?.system)
        : undefined;
    case 'p50':
    case 'p99':
    case 'p999':
      return sample?.latency?.[metric];
    default:
      return sample?.[metric];
  }
}

/** The median and range of a figure of a subject; undefined without any. */
export function summary(result: CaseResult, subject: string, metric: Metric): Summary | undefined {
  return summarize((result.subjects[subject] ?? []).map((sample) => figure(sample, metric)));
}

/**
 * The median and range of the ratios of each round: what disturbs a round disturbs all of its subjects.
 * Rounds that lack either figure, or would divide by zero, do not count.
 */
export function ratio(
  result: CaseResult,
  subject: string,
  against: string,
  metric: Metric,
): Summary | undefined {
  const others = result.subjects[against] ?? [];
  return summarize(
    (result.subjects[subject] ?? []).map((sample, round) => {
      const above = figure(sample, metric);
      const below = figure(others[round], metric);
      return above === undefined || below === undefined || below === 0 ? undefined : above / below;
    }),
  );
}

function summarize(figures: (number | undefined)[]): Summary | undefined {
  const known = figures.filter((each) => each !== undefined);
  if (known.length === 0) return undefined;
  return { median: median(known), low: min(known), high: max(known), rounds: known.length };
}

/** Whether the median meets the target. */
export function judge(result: CaseResult, target: Target): Judgement {
  const { metric, subject, against, relation, limit } = target;
  const measured =
    against === null ? summary(result, subject, metric) : ratio(result, subject, against, metric);
  if (measured === undefined) return { measured, met: false, mixed: false };
  const meets = (value: number) => (relation === '>=' ? value >= limit : value <= limit);
  return {
    measured,
    met: meets(measured.median),
    mixed: meets(measured.low) !== meets(measured.high),
  };
}

/** Which direction of a metric is the good one. */
export function better(result: CaseResult, metric: Metric): 'more' | 'less' {
  if (metric === result.metric || metric === 'value') return result.better;
  return metric === 'rate' ? 'more' : 'less';
}

const large = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
const plain = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const quotient = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const small = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });

export type Format = (value: number) => string;

/** '123K' for what counts in thousands, '1,230' for microseconds. */
export function formatOf(metric: Metric): Format {
  const format = metric === 'rate' || metric === 'memory' || metric === 'value' ? large : plain;
  return (value) => format.format(value);
}

/** '0.95', '0.0042' */
export const formatRatio: Format = (value) => (value < 0.1 ? small : quotient).format(value);

/** Has no rounding hide on which side of the limit a value is: 0.9496 is not to read 0.95. */
export function beside(limit: number, format: Format): Format {
  return (value) => {
    if (value === limit || format(value) !== format(limit)) return format(value);
    const exact = (digits: number) => new Intl.NumberFormat('en-US', { maximumSignificantDigits: digits });
    let digits = 3;
    while (digits < 15 && exact(digits).format(value) === exact(digits).format(limit)) digits++;
    return exact(digits).format(value);
  };
}

/** '1.02 (0.98 to 1.05)', and how many rounds that is of when some have no figure. */
export function describeSummary(found: Summary | undefined, format: Format, rounds: number): string {
  if (found === undefined) return '–';
  const notes: string[] = [];
  const [low, high] = [format(found.low), format(found.high)];
  if (low !== high) notes.push(`${low} to ${high}`);
  if (found.rounds < rounds) notes.push(`${found.rounds} of ${rounds} rounds`);
  return notes.length === 0 ? format(found.median) : `${format(found.median)} (${notes.join(', ')})`;
}
