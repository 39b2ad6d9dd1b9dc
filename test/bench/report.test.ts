import { expect } from 'chai';
import { expectWellFormed } from '../support/xml.ts';
import { runOf } from './example_results.ts';
import { toMarkdown, toSvg } from './report.ts';
import { type CaseResult, renewed, type Sample, type Target } from './results.ts';
import { figure, judge, ratio, summary } from './statistics.ts';

const resultsOf = runOf(5);

const echo: CaseResult = {
  name: 'tcp-echo-50x64',
  title: 'TCP echo, 50 connections',
  metric: 'rate',
  unit: 'messages/s',
  better: 'more',
  // the last two rounds were disturbed, for everyone alike
  subjects: {
    net: rates(60_000, 60_000, 60_000, 30_000, 15_000),
    core: rates(110_000, 108_000, 106_000, 60_000, 29_000),
    c: rates(120_000, 120_000, 120_000, 60_000, 30_000),
  },
  targets: [],
};

const latency: CaseResult = {
  name: 'udp <echo> & "latency"',
  title: 'UDP | latency',
  metric: 'p99',
  unit: 'µs',
  better: 'less',
  subjects: {
    c: [sample(20, 40), sample(21, 42)],
    rx: [sample(30, 60), {}],
    dgram: [sample(40, 1_234.5), sample(40, 1_240)],
  },
  targets: [],
};

function rates(...figures: number[]): Sample[] {
  return figures.map((rate) => ({ rate }));
}

function sample(p50: number, p99: number): Sample {
  return { rate: 1e6 / p50, user: 1.5, system: 2.5, latency: { p50, p99, p999: 2 * p99 } };
}

function withSubjects(subjects: Record<string, Sample[]>, ...targets: Target[]): CaseResult {
  return { ...echo, subjects, targets };
}

function rateTarget(limit: number, against: string | null = 'c'): Target {
  return { metric: 'rate', subject: 'core', against, relation: '>=', limit };
}

/** The cells of the rows that contain the text. */
function rowsWith(markdown: string, text: string): string[][] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('|') && line.includes(text))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((each) => each.trim()),
    );
}

describe('the statistics of the benchmarks', () => {
  it('give the median and the range', () => {
    expect(summary(echo, 'core', 'rate')).to.deep.equal({
      median: 106_000,
      low: 29_000,
      high: 110_000,
      rounds: 5,
    });
  });

  it('pair the rounds of a ratio', () => {
    const found = ratio(echo, 'core', 'c', 'rate');
    // and not 106/120, the ratio of the medians
    expect(found?.median).to.equal(110 / 120);
    expect(found?.low).to.equal(106 / 120);
    expect(found?.high).to.equal(1);
  });

  it('keep the pairs when a round has no figure', () => {
    const result = withSubjects({ c: rates(10, 100, 1000), core: [{ rate: 10 }, {}, { rate: 1000 }] });
    expect(ratio(result, 'core', 'c', 'rate')).to.deep.equal({ median: 1, low: 1, high: 1, rounds: 2 });
    const shorter = withSubjects({ c: rates(10), core: rates(10, 20) });
    expect(ratio(shorter, 'core', 'c', 'rate')?.rounds).to.equal(1);
  });

  it('count a zero, but do not divide by it', () => {
    const result = withSubjects({ c: rates(0, 10), core: rates(5, 0) });
    expect(ratio(result, 'core', 'c', 'rate')).to.deep.equal({ median: 0, low: 0, high: 0, rounds: 1 });
    expect(summary(result, 'c', 'rate')?.median).to.equal(5);
    expect(ratio(withSubjects({ c: rates(0), core: rates(0) }), 'core', 'c', 'rate')).to.equal(undefined);
  });

  it('have nothing of a subject without samples', () => {
    expect(summary(echo, 'bun', 'rate')).to.equal(undefined);
    expect(summary(withSubjects({ core: [] }), 'core', 'rate')).to.equal(undefined);
    expect(summary(echo, 'core', 'p99')).to.equal(undefined);
    expect(ratio(echo, 'core', 'bun', 'rate')).to.equal(undefined);
  });

  it('take the CPU as user and system together, or not at all', () => {
    expect(figure({ user: 1, system: 2 }, 'cpu')).to.equal(3);
    expect(figure({ user: 0, system: 0 }, 'cpu')).to.equal(0);
    expect(figure({ user: 1 }, 'cpu')).to.equal(undefined);
  });

  it('take what JSON made of NaN as missing', () => {
    const read = JSON.parse(JSON.stringify({ rate: Number.NaN })) as Sample;
    expect(figure(read, 'rate')).to.equal(undefined);
    expect(figure({ rate: Number.NaN }, 'rate')).to.equal(undefined);
    expect(figure({ user: Number.NaN, system: 1 }, 'cpu')).to.equal(undefined);
  });

  it('judge targets by the median, and say when rounds differ', () => {
    expect(judge(echo, rateTarget(0.85))).to.include({ met: true, mixed: false });
    expect(judge(echo, rateTarget(0.9))).to.include({ met: true, mixed: true });
    expect(judge(echo, rateTarget(0.98))).to.include({ met: false, mixed: true });
    expect(judge(echo, rateTarget(1.1))).to.include({ met: false, mixed: false });
  });

  it('judge absolute targets, and those of at most', () => {
    expect(judge(echo, rateTarget(106_000, null)).met).to.equal(true);
    const atMost = { metric: 'p99', subject: 'rx', against: 'c', relation: '<=' } as const;
    expect(judge(latency, { ...atMost, limit: 1.5 }).met).to.equal(true);
    expect(judge(latency, { ...atMost, limit: 1.4 }).met).to.equal(false);
  });

  it('do not take a target for met that was not measured', () => {
    expect(judge(echo, rateTarget(0, 'bun'))).to.deep.equal({
      measured: undefined,
      met: false,
      mixed: false,
    });
  });
});

describe('the report of the benchmarks in Markdown', () => {
  it('says where it was measured', () => {
    const markdown = toMarkdown(resultsOf(echo));
    for (const text of [
      '2025-01-02',
      'v0.1.0-3-gabc',
      'v20.19.0',
      '6.1.0',
      'Some CPU, 4 cores',
      'Rounds: 5',
    ]) {
      expect(markdown).to.include(text);
    }
    expect(markdown).to.not.include('Bun');
    const withBun = resultsOf(echo);
    withBun.header.bun = '1.2.0';
    expect(toMarkdown(withBun)).to.include('- Bun: 1.2.0');
  });

  it('says what was measured in an earlier run, and keeps it only until it is measured again', () => {
    const earlier = resultsOf(echo, { ...echo, name: 'other' }, { ...echo, name: 'gone' });
    const now = resultsOf({ ...echo, name: 'new' }, { ...echo, title: 'newer' });
    now.header.uvsock = 'v0.2.0';
    const { header, cases } = renewed(earlier, now, ['new', 'other', echo.name]);
    expect(cases.map(({ name }) => name)).to.deep.equal(['new', 'other', echo.name]);
    expect(cases[2]?.title).to.equal('newer');
    const markdown = toMarkdown({ header, cases });
    expect(markdown).to.include('- uvsock: v0.2.0\n');
    expect(markdown).to.include('- Measured earlier (v0.1.0-3-gabc, 2025-01-02): other\n');
  });

  it('has a row per subject, in the order of the subjects, and ratios of the rounds', () => {
    const [head, , ...rows] = rowsWith(toMarkdown(resultsOf(echo)), '|');
    expect(head).to.deep.equal(['Case', 'Subject', 'Rate (1/s)', '÷ c', '÷ Node']);
    expect(rows).to.deep.equal([
      ['TCP echo, 50 connections (messages/s, more is better)', 'c', '120K (30K to 120K)', '1.00', '2.00'],
      ['', 'core', '106K (29K to 110K)', '0.92 (0.88 to 1.00)', '1.83 (1.77 to 2.00)'],
      ['', 'net', '60K (15K to 60K)', '0.50', '1.00'],
    ]);
  });

  it('has the columns that have figures, and says of how many rounds', () => {
    const markdown = toMarkdown(resultsOf(latency));
    const [head] = rowsWith(markdown, 'Subject');
    expect(head?.slice(2)).to.deep.equal([
      'Rate (1/s)',
      'CPU, user + system (µs/message)',
      'p50 (µs)',
      'p99 (µs)',
      'p99.9 (µs)',
      '÷ c',
      '÷ Node',
    ]);
    const [rx] = rowsWith(markdown, ' rx ');
    expect(rx?.slice(3, 6)).to.deep.equal(['4 (1 of 5 rounds)', '30 (1 of 5 rounds)', '60 (1 of 5 rounds)']);
    const [dgram] = rowsWith(markdown, ' dgram ');
    expect(dgram?.[5]).to.equal('1,240 (1,230 to 1,240, 2 of 5 rounds)');
  });

  it('has a dash for what is missing', () => {
    const [core] = rowsWith(toMarkdown(resultsOf(withSubjects({ core: [{}, {}] }))), ' core ');
    expect(core?.slice(2)).to.deep.equal(['–', '–']);
  });

  it('escapes what would end a cell', () => {
    expect(toMarkdown(resultsOf(latency))).to.include('UDP \\| latency');
  });

  it('tells honestly of targets', () => {
    const targets = [
      rateTarget(0.85),
      rateTarget(0.9),
      rateTarget(0.98),
      rateTarget(1.1),
      rateTarget(1, 'bun'),
    ];
    const markdown = toMarkdown(resultsOf(withSubjects(echo.subjects, ...targets)));
    expect(rowsWith(markdown, '≥').map((row) => row.slice(1))).to.deep.equal([
      ['rate core / c ≥ 0.85', '0.92 (0.88 to 1.00)', 'met'],
      ['rate core / c ≥ 0.9', '0.92 (0.88 to 1.00)', 'met, not in every round'],
      ['rate core / c ≥ 0.98', '0.92 (0.88 to 1.00)', '**not met**, though in some rounds'],
      ['rate core / c ≥ 1.1', '0.92 (0.88 to 1.00)', '**not met**'],
      ['rate core / bun ≥ 1', '–', 'not measured'],
    ]);
  });

  it('does not round a missed target into a met one', () => {
    const result = withSubjects({ c: rates(10_000), core: rates(9_496) }, rateTarget(0.95));
    expect(rowsWith(toMarkdown(resultsOf(result)), '≥')[0]?.slice(2)).to.deep.equal([
      '0.9496 (1 of 5 rounds)',
      '**not met**',
    ]);
  });

  it('gives absolute targets with their unit', () => {
    const result = withSubjects(echo.subjects, rateTarget(100_000, null));
    expect(rowsWith(toMarkdown(resultsOf(result)), '≥')[0]?.slice(1)).to.deep.equal([
      'rate core ≥ 100,000 messages/s',
      '106K (29K to 110K)',
      'met, not in every round',
    ]);
  });

  it('is a report without cases, too', () => {
    expect(toMarkdown(resultsOf())).to.include('Nothing was measured.').and.include('There are none.');
  });
});

describe('the chart of the benchmarks', () => {
  it('is the same text for the same results', () => {
    const first = toSvg(resultsOf(echo, latency));
    toSvg(resultsOf(echo));
    expect(toSvg(resultsOf(echo, latency))).to.equal(first);
  });

  it('has the names of the cases and of the subjects, and is well-formed', () => {
    const svg = toSvg(resultsOf(echo, latency));
    expectWellFormed(svg);
    expect(svg).to.include('>tcp-echo-50x64<').and.include('udp &lt;echo&gt; &amp; &quot;latency&quot;<');
    for (const name of ['c', 'core', 'rx', 'net / dgram']) expect(svg).to.include(`>${name}<`);
    expect(svg).to.not.match(/NaN|undefined|Infinity/);
  });

  it('has the rates relative to the standard library', () => {
    const svg = toSvg(resultsOf(echo));
    for (const value of ['2.00', '1.83', '1.00']) expect(svg).to.include(`>${value}<`);
  });

  it('gives every subject a colour of its own', () => {
    const subjects = Object.fromEntries(
      ['c', 'core', 'rx', 'pipeline', 'net', 'bun', 'deno', 'go'].map((name) => [name, rates(10, 11)]),
    );
    const svg = toSvg(resultsOf(withSubjects(subjects)));
    const colours = ['#8c8c8c', '#0072b2', '#e69f00', '#009e73', '#cc79a7', '#d55e00', '#56b4e9', '#b8a800'];
    for (const colour of colours) expect(svg).to.include(`fill="${colour}"`);
  });

  it('has colours for dark mode', () => {
    const svg = toSvg(resultsOf(echo));
    expect(svg).to.include('@media (prefers-color-scheme: dark)').and.include('fill="#1f2328"');
  });

  it('leaves out cases without rates, and what a subject has not got', () => {
    const silent = { ...withSubjects({ core: rates(1), net: [{}] }), name: 'silent' };
    const still = { ...withSubjects({ core: rates(1), net: rates(0) }), name: 'still' };
    const partly = { ...withSubjects({ core: [{}], rx: rates(0), net: rates(5) }), name: 'partly' };
    const svg = toSvg(resultsOf(silent, still, partly));
    expectWellFormed(svg);
    expect(svg).to.include('>partly<').and.not.include('>silent<').and.not.include('>still<');
    expect(svg).to.not.match(/NaN|undefined|Infinity/);
  });

  it('is a chart without cases, too', () => {
    const svg = toSvg(resultsOf());
    expectWellFormed(svg);
    expect(svg)
      .to.include('No rates to compare')
      .and.not.match(/NaN|undefined|Infinity/);
  });
});
