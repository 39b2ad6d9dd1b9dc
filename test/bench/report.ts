/** The results as Markdown and as a chart. */
import { BarChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { markdownTable } from 'markdown-table';
import { FAINT, finish, INK, PAPER } from '../support/svg.ts';
import type { CaseResult, Metric, Results, Target } from './results.ts';
import { beside, describeSummary, formatOf, formatRatio, judge, ratio, summary } from './statistics.ts';

use([BarChart, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, SVGRenderer]);

/** In the order of the report. The colours (Okabe and Ito's) tell apart on white and on black alike. */
const COLOURS: Record<string, string> = {
  c: '#8c8c8c',
  core: '#0072b2',
  rx: '#e69f00',
  pipeline: '#009e73',
  net: '#cc79a7',
  dgram: '#cc79a7',
  cluster: '#cc79a7',
  bun: '#d55e00',
};
const OTHER_COLOURS = ['#56b4e9', '#b8a800', '#9467bd', '#8c6d4f'];

/** What Node itself has for the case. */
const STANDARD = ['net', 'dgram', 'cluster'];

const COLUMNS: [Metric, string][] = [
  ['rate', 'Rate (1/s)'],
  ['cpu', 'CPU, user + system (µs/message)'],
  ['p50', 'p50 (µs)'],
  ['p99', 'p99 (µs)'],
  ['p999', 'p99.9 (µs)'],
  ['memory', 'Memory (bytes/connection)'],
  ['value', 'Value'],
];

/** The known subjects in their order, then the others as they come. */
function subjectsOf(cases: CaseResult[]): string[] {
  const found = new Set(cases.flatMap((each) => Object.keys(each.subjects)));
  const known = Object.keys(COLOURS).filter((subject) => found.has(subject));
  return [...new Set([...known, ...found])];
}

function standardOf(result: CaseResult): string | undefined {
  return STANDARD.find((subject) => result.subjects[subject] !== undefined);
}

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|');
}

export function toMarkdown(results: Results): string {
  return [
    headerLines(results),
    'Medians of the rounds, with their range. In a round every subject is measured once, alternately, so a',
    'ratio is the median of the ratios of each round; it is of the figure that the case is about.',
    '',
    figureTable(results),
    '',
    '## Targets',
    '',
    targetTable(results),
    '',
  ].join('\n');
}

function headerLines({ header, cases }: Results): string {
  const lines: [string, string | undefined][] = [
    ['Date', header.date],
    ['uvsock', header.uvsock],
    ['Node', header.node],
    ['Bun', header.bun],
    ['Kernel', header.kernel],
    ['CPU', `${header.cpu}, ${header.cores} ${header.cores === 1 ? 'core' : 'cores'}`],
    ['Rounds', `${header.rounds}`],
  ];
  for (const run of new Set(cases.map(({ earlier }) => earlier))) {
    if (run === undefined) continue;
    const names = cases.filter(({ earlier }) => earlier === run).map(({ name }) => name);
    lines.push([`Measured earlier (${run})`, names.join(', ')]);
  }
  const known = lines.filter(([, value]) => value !== undefined);
  return `${known.map(([name, value]) => `- ${name}: ${value}`).join('\n')}\n`;
}

function figureTable({ header, cases }: Results): string {
  if (cases.length === 0) return 'Nothing was measured.';
  const columns = COLUMNS.filter(([metric]) =>
    cases.some((each) =>
      Object.keys(each.subjects).some((subject) => summary(each, subject, metric) !== undefined),
    ),
  );
  const rows = cases.flatMap((result) => {
    const standard = standardOf(result);
    const against = (subject: string, other: string | undefined) =>
      other === undefined
        ? '–'
        : describeSummary(ratio(result, subject, other, result.metric), formatRatio, header.rounds);
    return subjectsOf([result]).map((subject, i) => [
      i === 0 ? cell(`${result.title} (${result.unit}, ${result.better} is better)`) : '',
      cell(subject),
      ...columns.map(([metric]) =>
        describeSummary(summary(result, subject, metric), formatOf(metric), header.rounds),
      ),
      against(subject, 'c'),
      against(subject, standard),
    ]);
  });
  const titles = columns.map(([, title]) => title);
  return markdownTable([['Case', 'Subject', ...titles, '÷ c', '÷ Node'], ...rows], {
    align: ['l', 'l', ...titles.map(() => 'r'), 'r', 'r'],
  });
}

/** Which targets are met, and how far the others are missed. */
export function targetTable({ header, cases }: Results): string {
  const rows = cases.flatMap((result) =>
    result.targets.map((target) => {
      const { measured, met, mixed } = judge(result, target);
      const format = beside(target.limit, target.against === null ? formatOf(target.metric) : formatRatio);
      let verdict = 'not measured';
      if (measured !== undefined) {
        verdict = met ? 'met' : '**not met**';
        if (mixed) verdict += met ? ', not in every round' : ', though in some rounds';
      }
      return [
        cell(result.title),
        cell(wanted(result, target)),
        describeSummary(measured, format, header.rounds),
        verdict,
      ];
    }),
  );
  if (rows.length === 0) return 'There are none.';
  return markdownTable([['Case', 'Wanted', 'Measured', 'Met'], ...rows], { align: ['l', 'l', 'r', 'l'] });
}

function wanted(result: CaseResult, { metric, subject, against, relation, limit }: Target): string {
  const what = against === null ? `${metric} ${subject}` : `${metric} ${subject} / ${against}`;
  const unit = against === null && metric === result.metric ? ` ${result.unit}` : '';
  // the limit as it was given: it is exact
  return `${what} ${relation === '>=' ? '≥' : '≤'} ${limit.toLocaleString('en-US', { maximumFractionDigits: 10 })}${unit}`;
}

const TITLE = 'Rate, relative to node:net, node:dgram or node:cluster';

/** A bar chart of the rates, relative to what Node itself has. The same results make the same text. */
export function toSvg(results: Results): string {
  const cases = results.cases.filter((each) => {
    const standard = standardOf(each);
    return standard !== undefined && ratio(each, standard, standard, 'rate') !== undefined;
  });
  const series = seriesOf(cases);
  const left = 24 + Math.ceil(7.5 * Math.max(0, ...cases.map((each) => each.name.length)));
  const chart = init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: left + 680,
    height: 100 + cases.length * (16 * series.length + 18),
  });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: PAPER.light,
      textStyle: { color: INK.light, fontFamily: 'sans-serif' },
      title: {
        text: cases.length === 0 ? 'No rates to compare' : TITLE,
        left: 'center',
        top: 8,
        textStyle: { color: INK.light, fontSize: 14 },
      },
      legend: {
        top: 32,
        data: series.map(({ name }) => name),
        selectedMode: false,
        textStyle: { color: INK.light },
      },
      // no layout by the width of text, which is but guessed without a browser
      grid: { left, right: 56, top: 64, bottom: 36, outerBoundsMode: 'none' },
      xAxis: {
        type: 'value',
        min: 0,
        axisLabel: { color: INK.light },
        splitLine: { lineStyle: { color: FAINT.light } },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: cases.map((each) => each.name),
        axisLabel: { color: INK.light, interval: 0 },
        axisLine: { lineStyle: { color: INK.light } },
        axisTick: { show: false },
      },
      series: series.map(({ name, colour, data }, i) => ({
        type: 'bar',
        name,
        data,
        silent: true,
        emphasis: { disabled: true },
        itemStyle: { color: colour },
        barGap: '0%',
        barCategoryGap: '18%',
        label: {
          show: true,
          position: 'right',
          color: INK.light,
          fontSize: 10,
          formatter: ({ value }: { value: unknown }) => (typeof value === 'number' ? formatRatio(value) : ''),
        },
        // the standard library's 1, once
        ...(i === 0 && {
          markLine: {
            silent: true,
            symbol: 'none',
            label: { show: false },
            lineStyle: { color: INK.light, type: 'dashed' },
            data: [{ xAxis: 1 }],
          },
        }),
      })),
    });
    return finish(chart.renderToSVGString(), TITLE);
  } finally {
    chart.dispose();
  }
}

interface Series {
  name: string;
  colour: string;
  data: (number | null)[];
}

/** A series per subject; what Node itself has is one, for no case has two of it. */
function seriesOf(cases: CaseResult[]): Series[] {
  const subjects = subjectsOf(cases);
  const standards = subjects.filter((subject) => STANDARD.includes(subject));
  const others = subjects.filter((subject) => COLOURS[subject] === undefined);
  const groups = subjects
    .filter((subject) => !STANDARD.includes(subject) || subject === standards[0])
    .map((subject) => (subject === standards[0] ? standards : [subject]));
  return groups.map((group) => {
    const [first = ''] = group;
    return {
      name: group.join(' / '),
      colour: COLOURS[first] ?? OTHER_COLOURS[others.indexOf(first) % OTHER_COLOURS.length] ?? INK.light,
      data: cases.map((result) => {
        const standard = standardOf(result);
        const subject = group.find((each) => result.subjects[each] !== undefined);
        if (standard === undefined || subject === undefined) return null;
        return ratio(result, subject, standard, 'rate')?.median ?? null;
      }),
    };
  });
}
