/** What a soak has shown: samples as CSV and as a plot, and how steep they are. */
import { LineChart } from 'echarts/charts';
import { GridComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { linearRegression } from 'simple-statistics';
import { FAINT, finish, INK, PAPER } from '../support/svg.ts';
import type { Sample, SoakResult } from './soak.ts';

use([LineChart, GridComponent, TitleComponent, SVGRenderer]);

/** Each in a panel of its own, with its unit. */
const PANELS: [name: string, unit: string, keys: (keyof Sample)[]][] = [
  ['resident memory', 'MB', ['rss']],
  ['heap after a collection, memory outside', 'MB', ['heap', 'external']],
  ['descriptors of the process, of the library', '', ['descriptors', 'open']],
  ['delay of the event loop, median and 99 %', 'ms', ['delayP50', 'delayP99']],
];
const COLOURS = ['#0072b2', '#e69f00'];
const HEIGHT = 150;

/**
 * How much the second half may rise by in an hour. What a run of an hour on one
 * machine does by chance is a fraction of it; what leaks one object in a
 * thousand rounds is a multiple.
 */
export const LIMITS = { rss: 40, heap: 4, external: 20, descriptors: 20, open: 20 } as const;
/** Below so many seconds a slope says nothing. */
const LEAST = 600;

export function csv(samples: Sample[]): string {
  const names = Object.keys(samples[0] ?? {}) as (keyof Sample)[];
  const line = (sample: Sample) => names.map((name) => Number(sample[name].toFixed(3))).join(',');
  return `${[names.join(','), ...samples.map(line)].join('\n')}\n`;
}

/** Per hour, by least squares, over the second half. */
export function slope(samples: Sample[], key: keyof Sample): number {
  const half = samples.slice(Math.floor(samples.length / 2));
  return linearRegression(half.map((sample) => [sample.seconds / 3600, sample[key]])).m;
}

/** What must not be; empty if all is well. */
export function complaints({ samples, before, after, left, failures }: SoakResult): string[] {
  const found = [...failures];
  for (const key of ['descriptors', 'open', 'polled', 'armed'] as const) {
    if (after[key] !== before[key]) found.push(`${key}: ${before[key]} before, ${after[key]} after`);
  }
  if (after.descriptors !== before.descriptors) found.push(`new descriptors: ${left.join(', ')}`);
  if ((samples.at(-1)?.seconds ?? 0) < LEAST) return found;
  for (const [key, limit] of Object.entries(LIMITS) as [keyof typeof LIMITS, number][]) {
    const rise = slope(samples, key);
    if (rise > limit) found.push(`${key}: rises by ${rise.toFixed(1)} an hour, more than ${limit}`);
  }
  return found;
}

/** The samples as line charts over time, one below the other. */
export function plot(samples: Sample[]): string {
  const chart = init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: 760,
    height: PANELS.length * HEIGHT + 40,
  });
  const axis = {
    type: 'value',
    axisLabel: { color: INK.light },
    splitLine: { lineStyle: { color: FAINT.light } },
  };
  const top = (panel: number) => panel * HEIGHT;
  try {
    chart.setOption({
      animation: false,
      backgroundColor: PAPER.light,
      textStyle: { fontFamily: 'sans-serif' },
      title: PANELS.map(([text, unit], panel) => ({
        text: unit === '' ? text : `${text} (${unit})`,
        top: top(panel) + 6,
        left: 60,
        textStyle: { color: INK.light, fontSize: 12, fontWeight: 'normal' },
      })),
      grid: PANELS.map((_panel, index) => ({
        left: 60,
        right: 20,
        top: top(index) + 30,
        height: HEIGHT - 55,
      })),
      xAxis: PANELS.map((_panel, index) => ({
        ...axis,
        gridIndex: index,
        max: Math.ceil((samples.at(-1)?.seconds ?? 0) / 60),
        ...(index === PANELS.length - 1 && {
          name: 'minutes',
          nameLocation: 'middle',
          nameGap: 28,
          nameTextStyle: { color: INK.light },
        }),
      })),
      yAxis: PANELS.map((_panel, index) => ({ ...axis, gridIndex: index, splitNumber: 3 })),
      series: PANELS.flatMap(([, , keys], panel) =>
        keys.map((key, index) => ({
          type: 'line',
          showSymbol: false,
          xAxisIndex: panel,
          yAxisIndex: panel,
          lineStyle: { color: COLOURS[index], width: 1.5 },
          data: samples.map((sample) => [sample.seconds / 60, sample[key]]),
        })),
      ),
    });
    return finish(chart.renderToSVGString(), 'The process in the course of a soak');
  } finally {
    chart.dispose();
  }
}
