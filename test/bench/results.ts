/** What a run of the benchmarks leaves behind; plain data, so that it survives JSON. */

/** What one round measured of one subject. */
export interface Sample {
  /** Per second; undefined where the case measures something else. */
  rate?: number;
  /** CPU of the server per message, microseconds. */
  user?: number;
  system?: number;
  /** Microseconds. */
  latency?: { p50: number; p99: number; p999: number };
  /** Bytes per connection. */
  memory?: number;
  /** Any other figure, in the case's unit. */
  value?: number;
}

export type Metric = 'rate' | 'cpu' | 'p50' | 'p99' | 'p999' | 'memory' | 'value';

export interface CaseResult {
  name: string;
  title: string;
  /** The main one. */
  metric: Metric;
  unit: string;
  better: 'more' | 'less';
  /** By subject; the samples are in the order of the rounds, an empty one where a round failed. */
  subjects: Record<string, Sample[]>;
  targets: Target[];
  /** Kept from an earlier run: which. */
  earlier?: string;
}

/** 'rate core / c >= 0.95' as data. */
export interface Target {
  metric: Metric;
  subject: string;
  /** null: the figure itself, not a ratio. */
  against: string | null;
  relation: '>=' | '<=';
  limit: number;
}

export interface Results {
  header: {
    date: string;
    kernel: string;
    node: string;
    bun?: string;
    cpu: string;
    cores: number;
    rounds: number;
    /** As git describes it. */
    uvsock: string;
  };
  cases: CaseResult[];
}

/** The results of a run, and those of an earlier one for the cases that this one has not measured, in `order`. */
export function renewed(earlier: Results, now: Results, order: readonly string[]): Results {
  const { date, uvsock, bun } = earlier.header;
  const measured = new Set(now.cases.map(({ name }) => name));
  const kept = earlier.cases
    .filter(({ name }) => !measured.has(name) && order.includes(name))
    .map((each) => ({ earlier: `${uvsock}, ${date}`, ...each }));
  const cases = [...kept, ...now.cases].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  return { header: { ...(bun !== undefined && { bun }), ...now.header }, cases };
}
