/**
 * The guide's picture of a TCP connection whose reader pauses, drawn from what
 * examples/guide/backpressure.ts has recorded.
 * `node dist/test/docs/backpressure_chart.js` draws it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkAreaComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { FAINT, finish, INK, PAPER } from '../support/svg.ts';

use([LineChart, GridComponent, LegendComponent, MarkAreaComponent, SVGRenderer]);

const folder = new URL('../../../examples/guide/', import.meta.url);

/** The picture's place. */
export const chartPath = fileURLToPath(new URL('backpressure.svg', folder));

/** A line of what the example prints. */
export type Sample = Record<
  'time' | 'readerPaused' | 'sourceStopped' | 'window' | 'unread' | 'unsent' | 'queued',
  number
>;

/** The samples in what the example has printed. */
export function samplesOf(text: string): Sample[] {
  const [head, ...lines] = text.trimEnd().split('\n');
  const names = head!.split(',') as (keyof Sample)[];
  return lines.map((line) => {
    const values = line.split(',').map(Number);
    return Object.fromEntries(names.map((name, index) => [name, values[index]])) as Sample;
  });
}

/** What was recorded. */
export function recorded(): Sample[] {
  return samplesOf(readFileSync(new URL('backpressure.csv', folder), 'utf8'));
}

/** The colours (Okabe and Ito's) tell apart on white and on black alike. */
const LINES: [keyof Sample, string, string][] = [
  ['window', 'window offered', '#0072b2'],
  ['unread', "receiver's kernel", '#e69f00'],
  ['unsent', "sender's kernel", '#009e73'],
  ['queued', 'queue of sendAll', '#cc79a7'],
];

/** When a state began and ended. */
function span(samples: Sample[], state: 'readerPaused' | 'sourceStopped'): [number, number] {
  const inState = samples.filter((sample) => sample[state] === 1);
  const [first, last] = [inState[0], inState.at(-1)];
  if (first === undefined || last === undefined) throw new Error(`${state} was not recorded`);
  return [first.time, last.time];
}

/** A line chart over time. The same samples make the same text. */
export function backpressureChart(samples: Sample[]): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 760, height: 400 });
  const areas = (
    [
      ['the reader pauses', 'readerPaused', 'insideTopLeft'],
      ['the source stops', 'sourceStopped', 'insideTopRight'],
    ] as const
  ).map(([name, state, position]) => {
    const [from, to] = span(samples, state);
    return [{ name, xAxis: from, label: { position, color: INK.light } }, { xAxis: to }];
  });
  const axis = {
    type: 'value',
    nameLocation: 'middle',
    nameTextStyle: { color: INK.light },
    axisLabel: { color: INK.light },
    splitLine: { lineStyle: { color: FAINT.light } },
  };
  try {
    chart.setOption({
      animation: false,
      backgroundColor: PAPER.light,
      textStyle: { color: INK.light, fontFamily: 'sans-serif' },
      legend: { top: 8, icon: 'rect', itemHeight: 4, itemGap: 40, textStyle: { color: INK.light } },
      grid: { left: 64, right: 24, top: 44, bottom: 48 },
      xAxis: { ...axis, name: 'ms', nameGap: 28, max: samples.at(-1)?.time },
      yAxis: { ...axis, name: 'KiB', nameGap: 40 },
      series: LINES.map(([key, name, colour], index) => ({
        name,
        type: 'line',
        step: 'end',
        showSymbol: false,
        lineStyle: { color: colour, width: 2 },
        itemStyle: { color: colour },
        data: samples.map((sample) => [sample.time, sample[key] / 1024]),
        ...(index === 0 && {
          markArea: { itemStyle: { color: FAINT.light, opacity: 0.4 }, data: areas },
        }),
      })),
    });
    return finish(chart.renderToSVGString(), 'A TCP connection while its reader pauses');
  } finally {
    chart.dispose();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(chartPath, backpressureChart(recorded()));
}
