/** What the suite measures: one row for each case. */
import { measureDatagramEcho, measureDatagramSend, measureDatagramSink } from './measure/datagrams.ts';
import { type Load, measureEcho, measureIdle } from './measure/echo.ts';
import { measureFiles } from './measure/files.ts';
import { measureMachineWide } from './measure/machine_wide.ts';
import {
  hasValgrind,
  measureDelay,
  measureInstructions,
  measureReport,
  measureStart,
} from './measure/process.ts';
import { measureRelay } from './measure/relay.ts';
import {
  batchSenders,
  batchSinks,
  datagramSenders,
  datagramServers,
  echoServers,
  fileServers,
  others,
  relays,
  SEGMENTS,
} from './programs.ts';
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
  'udp-receive-batch-64': [ratio('core', 'c', 0.95), ratio('core', 'dgram', 1.2), ratio('rx', 'dgram', 1.2)],
  'udp-receive-gro-1200': [ratio('core', 'dgram', 10), ratio('reuse', 'dgram', 10)],
  'udp-send-gso-1200': [ratio('core', 'dgram', 10)],
  'relay-50x262144': [ratio('rx', 'net', 0.5, 'cpu', '<='), ratio('rx', 'c', 1.25, 'cpu', '<=')],
  'idle-15000': [absolute('core', 'memory', 700), absolute('rx', 'memory', 1200)],
  // No more than an empty process, with 5 % for the noise of the clock.
  'delay-10000': [ratio('core', 'empty', 1.05, 'p99', '<='), ratio('rx', 'empty', 1.05, 'p99', '<=')],
  linear: ['100', '1000', '10000'].map((watched) => ratio(watched, '10', 1.2, 'cpu', '<=')),
};

const SUBJECTS = ['c', 'core', 'rx', 'net', 'bun'];
/** Also with lent buffers, through a pipeline of operators, and as Node's streams. */
const VARIANTS = ['c', 'core', 'rx', 'reuse', 'pipeline', 'stream', 'net', 'bun'];

const SIZES = [64, 1024, 16_384, 262_144];

function sizeText(size: number): string {
  if (size < 1024) return `${size} B`;
  return size < 1 << 20 ? `${size / 1024} KiB` : `${size / (1 << 20)} MiB`;
}

const RATE = { metric: 'rate', unit: '1/s', better: 'more' } as const;
const DURATION = { metric: 'value', unit: 's', better: 'less' } as const;
const MILLISECONDS = { metric: 'value', unit: 'ms', better: 'less' } as const;
const LATENCY = { metric: 'p99', unit: 'us', better: 'less' } as const;
const MEMORY = { metric: 'memory', unit: 'B', better: 'less' } as const;

type Servers = ReturnType<typeof echoServers>;

type Row = Pick<Case, 'name' | 'title' | 'metric' | 'unit' | 'better' | 'subjects' | 'measure'> & {
  quick?: boolean;
};

/** All cases, for the subjects that are there. */
export function cases(bun: string | undefined): Case[] {
  const servers = echoServers(bun);
  const rows = [
    ...echoRows(servers),
    ...datagramRows(),
    ...batchRows(),
    ...relayRows(),
    ...fileRows(),
    ...scaleRows(servers),
    ...processRows(servers),
    ...(hasValgrind() ? [instructionRow()] : []),
  ];
  return rows.map(({ quick = false, ...row }) => ({
    ...row,
    quick,
    targets: (TARGETS[row.name] ?? []).filter(
      ({ against }) => against === null || row.subjects.includes(against),
    ),
  }));
}

/** Echoes over streams. */
function echoRows(servers: Servers): Row[] {
  const present = (subjects: readonly string[]) => subjects.filter((subject) => subject in servers);
  const echo =
    (load: Load): Case['measure'] =>
    (subject, seconds) =>
      measureEcho(servers[subject]!, load, seconds);
  const tcp = [1, 50, 1000, 5000].flatMap((connections) =>
    SIZES.map((size) => ({
      ...RATE,
      name: `tcp-${connections}x${size}`,
      title: `TCP echo, ${connections} connections, ${sizeText(size)}`,
      subjects: present(connections === 50 ? VARIANTS : SUBJECTS),
      quick: connections === 50 && (size === 64 || size === 16_384),
      measure: echo({ connections, size }),
    })),
  );
  const unix = [64, 16_384].map((size) => ({
    ...RATE,
    name: `unix-50x${size}`,
    title: `Unix stream echo, 50 connections, ${sizeText(size)}`,
    subjects: present(SUBJECTS),
    measure: echo({ connections: 50, size, unix: true }),
  }));
  return [
    ...tcp,
    ...unix,
    {
      ...RATE,
      name: 'churn-50x64',
      title: 'connect, 64 B there and back, close; 50 at once',
      subjects: present(SUBJECTS),
      quick: true,
      measure: echo({ connections: 50, size: 64, mode: 'churn' }),
    },
    {
      ...DURATION,
      name: 'burst-10000',
      title: '10,000 connections at once, 64 B each: seconds to the last echo',
      subjects: present(SUBJECTS),
      measure: echo({ connections: 10_000, size: 64, mode: 'burst' }),
    },
    {
      ...LATENCY,
      name: 'latency-50x64',
      // A tenth of what the slowest reaches, so that queues stay short.
      title: 'TCP echo, 50 connections, 64 B, 5,000 messages/s: p99 latency',
      subjects: present(SUBJECTS),
      measure: echo({ connections: 50, size: 64, rate: 5000 }),
    },
  ];
}

/** Datagrams one at a time. */
function datagramRows(): Row[] {
  const subjects = ['c', 'core', 'rx', 'dgram'];
  const [echoes, sinks] = [datagramServers('echo'), datagramServers('sink')];
  return [
    {
      ...RATE,
      name: 'udp-echo-50x64',
      title: 'UDP echo, 50 requests at a time, 64 B',
      subjects,
      measure: (subject, seconds) => measureDatagramEcho(echoes[subject]!, 50, 64, seconds),
    },
    ...[64, 1200].flatMap((size) => [
      {
        ...RATE,
        name: `udp-receive-${size}`,
        title: `UDP receive, ${size} B, one at a time, more than can be received`,
        subjects,
        measure: (subject: string, seconds: number) => measureDatagramSink(sinks[subject]!, size, seconds),
      },
      {
        ...RATE,
        name: `udp-send-${size}`,
        title: `UDP send, ${size} B, one at a time`,
        subjects,
        measure: (subject: string, seconds: number) =>
          measureDatagramSend(datagramSenders[subject]!, size, seconds),
      },
    ]),
  ];
}

/** Datagrams many at a time, and many in a message. */
function batchRows(): Row[] {
  const [plainSinks, groSinks] = [batchSinks(64, false), batchSinks(16, true)];
  const [plainSenders, gsoSenders] = [batchSenders(64, 1), batchSenders(8, SEGMENTS)];
  const sinkSubjects = ['c', 'core', 'rx', 'reuse', 'dgram'];
  const senderSubjects = ['c', 'core', 'rx', 'dgram'];
  const plain = [64, 1200].flatMap((size) => [
    {
      ...RATE,
      name: `udp-receive-batch-${size}`,
      title: `UDP receive, ${size} B, in batches of 64, more than can be received`,
      subjects: sinkSubjects,
      // Only such a flood is more than can be received.
      measure: (subject: string, seconds: number) =>
        measureDatagramSink(plainSinks[subject]!, size, seconds, SEGMENTS),
    },
    {
      ...RATE,
      name: `udp-send-batch-${size}`,
      title: `UDP send, ${size} B, in batches of 64`,
      subjects: senderSubjects,
      measure: (subject: string, seconds: number) =>
        measureDatagramSend(plainSenders[subject]!, size, seconds),
    },
  ]);
  return [
    ...plain,
    {
      ...RATE,
      name: 'udp-receive-gro-1200',
      title: 'UDP receive, 1,200 B, put together by the kernel (GRO), more than can be received',
      subjects: sinkSubjects,
      measure: (subject, seconds) => measureDatagramSink(groSinks[subject]!, 1200, seconds, SEGMENTS),
    },
    {
      ...RATE,
      name: 'udp-send-gso-1200',
      title: 'UDP send, 1,200 B, taken apart by the kernel (GSO)',
      subjects: senderSubjects,
      measure: (subject, seconds) => measureDatagramSend(gsoSenders[subject]!, 1200, seconds, groSinks.c),
    },
  ];
}

/** Connections joined with each other: what passes a relay twice. */
function relayRows(): Row[] {
  return [64, 262_144].map((size) => ({
    ...RATE,
    name: `relay-50x${size}`,
    title: `TCP echo through a relay, 50 connections, ${sizeText(size)}`,
    subjects: Object.keys(relays),
    measure: (subject, seconds) => measureRelay(relays[subject]!, { connections: 50, size }, seconds),
  }));
}

/** A file, over and over. */
function fileRows(): Row[] {
  return [65_536, 1_048_576].map((size) => ({
    ...RATE,
    name: `file-16x${size}`,
    title: `a file of ${sizeText(size)} over HTTP, 16 connections`,
    subjects: Object.keys(fileServers),
    measure: (subject, seconds) => measureFiles(fileServers[subject]!, 16, size, seconds),
  }));
}

/** Many connections, many processes. */
function scaleRows(servers: Servers): Row[] {
  // V8's young generation grows with the garbage of connecting; that is not the connections'.
  const small = echoServers(undefined, '--max-semi-space-size=1');
  return [
    {
      ...MEMORY,
      name: 'idle-15000',
      title: 'memory of each of 15,000 idle connections',
      subjects: ['c', 'core', 'rx', 'net'],
      measure: (subject) => measureIdle(small[subject]!, 15_000),
    },
    {
      ...RATE,
      name: 'tcp-15000x64',
      title: 'TCP echo, 15,000 connections all active, 64 B',
      subjects: ['c', 'core', 'rx', 'net'],
      measure: (subject, seconds) =>
        measureEcho(servers[subject]!, { connections: 15_000, size: 64 }, seconds),
    },
    {
      ...DURATION,
      name: 'machine-100000',
      title: '100,000 connections over six processes, opened, used and closed: seconds to the last echo',
      subjects: ['core', 'rx'],
      measure: (subject) => measureMachineWide(servers[subject]!, 100_000, 6),
    },
    {
      metric: 'cpu',
      unit: 'us',
      better: 'less',
      name: 'linear',
      title: 'CPU per message, 20,000/s on 1 % of so many watched sockets, core',
      subjects: ['10', '100', '1000', '10000'],
      measure: (subject, seconds) => {
        const active = Math.max(1, Number(subject) / 100);
        const load = { connections: active, size: 64, rate: 20_000, idle: Number(subject) - active };
        return measureEcho(servers.core!, load, seconds);
      },
    },
    {
      ...RATE,
      name: 'workers',
      title: 'TCP echo with hashing, one worker, two that share the port, two processes of node:cluster',
      subjects: ['one worker', 'two workers', 'cluster'],
      measure: (subject, seconds) => {
        const server = {
          'one worker': others.workers(1),
          'two workers': others.workers(2),
          cluster: others.cluster(2),
        }[subject]!;
        return measureEcho(server, { connections: 50, size: 64, core: 'any' }, seconds);
      },
    },
  ];
}

/** Start-up and punctuality. */
function processRows(servers: Servers): Row[] {
  const programs: Servers = { ...servers, empty: others.empty };
  const modules: Record<string, string> = {
    core: 'uvsock',
    rx: 'uvsock/rx',
    rxjs: 'rxjs',
    net: 'node:net',
  };
  return [
    {
      ...LATENCY,
      name: 'delay-10000',
      title: 'a timer of 1 ms with 10,000 idle watched sockets: 99th percentile',
      subjects: ['empty', 'core', 'rx', 'net'],
      measure: (subject, seconds) =>
        measureDelay(programs[subject]!, subject === 'empty' ? 0 : 10_000, seconds),
    },
    {
      ...MILLISECONDS,
      name: 'start',
      title: 'from the start of the process until it listens',
      subjects: ['c', 'empty', 'core', 'rx', 'net'],
      measure: (subject) => measureStart(programs[subject]!),
    },
    {
      ...MILLISECONDS,
      name: 'load',
      title: 'importing the module',
      subjects: Object.keys(modules),
      measure: (subject) => measureReport(others.loading(modules[subject]!)),
    },
  ];
}

/** Native functions by the path that hot_paths.ts takes through them. */
const NATIVE: Record<string, string> = {
  recv: 'uvsock::*::Recv(*',
  'recv, would block': 'uvsock::*::Recv(*',
  send: 'uvsock::*::Send(*',
  recvfrom: 'uvsock::*::Recvfrom(*',
  sendto: 'uvsock::*::Sendto(*',
  event: 'uvsock::Poller::OnPoll(*',
};

/** A figure that does not depend on the machine's mood. */
function instructionRow(): Row {
  return {
    metric: 'value',
    unit: 'instructions',
    better: 'less',
    name: 'instructions',
    title: 'instructions of a native call, without the kernel',
    subjects: Object.keys(NATIVE),
    measure: async (subject) => measureInstructions(others.hotPaths, subject, NATIVE[subject]!),
  };
}
