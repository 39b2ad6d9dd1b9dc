/** What the suite measures: one row for each case. */
import { type Load, measureDatagramEcho, measureDatagramSink, measureEcho, measureIdle } from './measure.ts';
import { datagramServers, echoServers } from './programs.ts';
import type { CaseResult, Sample, Target } from './results.ts';

export interface Case extends Omit<CaseResult, 'subjects'> {
  subjects: readonly string[];
  /** Also measured by `bench:quick`. */
  quick: boolean;
  /** Measures one subject once, for about so many seconds. */
  measure(subject: string, seconds: number): Promise<Sample>;
}

/** A target in words: `at least 0.95 of core / c`. */
const ratio = (
  subject: string,
  against: string,
  limit: number,
  metric: Target['metric'] = 'rate',
  relation: Target['relation'] = '>=',
): Target => ({ metric, subject, against, relation, limit });

const absolute = (subject: string, metric: Target['metric'], limit: number): Target => ({
  metric,
  subject,
  against: null,
  relation: '<=',
  limit,
});

/** Targets of DESIGN by the name of the case. */
const TARGETS: Record<string, Target[]> = {
  'tcp-50x64': [
    ratio('core', 'c', 0.95),
    ratio('core', 'net', 1.5),
    ratio('rx', 'c', 0.85),
    ratio('rx', 'net', 1.3),
    ratio('rx', 'bun', 1),
  ],
  'tcp-5000x64': [ratio('core', 'c', 1.1, 'cpu', '<=')],
  'tcp-50x16384': [ratio('reuse', 'c', 0.85), ratio('reuse', 'net', 1.5), ratio('rx', 'net', 1.3)],
  'churn-50x64': [ratio('core', 'net', 1.6), ratio('core', 'c', 1.3, 'cpu', '<=')],
  'idle-15000': [absolute('core', 'memory', 700), absolute('rx', 'memory', 1200)],
};

const ALL = ['c', 'core', 'rx', 'reuse', 'pipeline', 'net', 'bun'];

const SIZES = new Map([
  [64, '64 B'],
  [1024, '1 KiB'],
  [16_384, '16 KiB'],
  [262_144, '256 KiB'],
]);

/** All cases, for the subjects that are there. */
export function cases(bun: string | undefined): Case[] {
  const servers = echoServers(bun);

  const echo = (
    name: string,
    title: string,
    load: Load,
    { subjects = ALL, quick = false, metric = 'rate', unit = '1/s', better = 'more' }: Partial<Case> = {},
  ): Case => ({
    name,
    title,
    metric,
    unit,
    better,
    quick,
    subjects: subjects.filter((subject) => subject in servers),
    targets: (TARGETS[name] ?? []).filter(({ against }) => against === null || against in servers),
    measure: (subject, seconds) => measureEcho(servers[subject] as string[], load, seconds),
  });

  const tcp = [1, 50, 1000, 5000].flatMap((connections) =>
    [...SIZES].map(([size, text]) =>
      echo(
        `tcp-${connections}x${size}`,
        `TCP echo, ${connections} connections, ${text}`,
        { connections, size },
        {
          quick: connections === 50 && size <= 16_384 && size !== 1024,
        },
      ),
    ),
  );
  const unix = [64, 16_384].map((size) =>
    echo(`unix-50x${size}`, `Unix stream echo, 50 connections, ${SIZES.get(size)}`, {
      connections: 50,
      size,
      unix: true,
    }),
  );
  const churn = echo(
    'churn-50x64',
    'connect, 64 B there and back, close; 50 at once',
    { connections: 50, size: 64, mode: 'churn' },
    { quick: true },
  );
  const burst = echo(
    'burst-10000',
    '10,000 connections at once, 64 B each: seconds to the last echo',
    { connections: 10_000, size: 64, mode: 'burst' },
    { metric: 'value', unit: 's', better: 'less' },
  );
  // A tenth of what the slowest reaches, so that queues stay short.
  const latency = echo(
    'latency-50x64',
    'TCP echo, 50 connections, 64 B, 5,000 messages/s: p99 latency',
    { connections: 50, size: 64, rate: 5000 },
    { metric: 'p99', unit: 'us', better: 'less' },
  );
  const idle: Case = {
    ...echo(
      'idle-15000',
      'memory of each of 15,000 idle connections',
      { connections: 15_000, size: 64 },
      {
        subjects: ['c', 'core', 'rx', 'net'],
        metric: 'memory',
        unit: 'B',
        better: 'less',
      },
    ),
    measure: (subject) => measureIdle(servers[subject] as string[], 15_000),
  };
  const datagrams = {
    metric: 'rate',
    unit: '1/s',
    better: 'more',
    quick: false,
    subjects: ['c', 'core', 'rx', 'dgram'],
    targets: [],
  } as const satisfies Partial<Case>;
  const udpEcho: Case = {
    ...datagrams,
    name: 'udp-echo-50x64',
    title: 'UDP echo, 50 requests at a time, 64 B',
    measure: (subject, seconds) =>
      measureDatagramEcho(datagramServers('echo')[subject] ?? [], 50, 64, seconds),
  };
  const udpReceive: Case = {
    ...datagrams,
    name: 'udp-receive-64',
    title: 'UDP receive, 64 B, one at a time, more than can be received',
    measure: (subject, seconds) => measureDatagramSink(datagramServers('sink')[subject] ?? [], 64, seconds),
  };
  return [...tcp, ...unix, churn, burst, latency, idle, udpEcho, udpReceive];
}
