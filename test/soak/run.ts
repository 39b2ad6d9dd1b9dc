/**
 * Everything at once, for as long as is asked: `npm run soak -- --minutes 60`.
 * Leaves samples.csv and plot.svg in build/soak, and fails for a wrong byte, for
 * what is not given back, and for memory that keeps growing.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { progress } from '../bench/progress.ts';
import { SEED } from '../support/scale.ts';
import { complaints, csv, LIMITS, plot, slope } from './report.ts';
import { soak } from './soak.ts';

const FOLDER = fileURLToPath(new URL('../../../build/soak/', import.meta.url));
/** Without colours. */
const STYLE = { head: [], border: [], compact: true };
const HELP = `npm run soak -- [--minutes N] [--every SECONDS]

  --minutes  how long, default 60
  --every    seconds between samples, default 5

UVSOCK_SEED repeats what is chosen at random.`;

function positive(name: string, value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new RangeError(`--${name} must be a positive number, not ${value}`);
  return number;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '60' },
      every: { type: 'string', default: '5' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const seconds = positive('minutes', values.minutes) * 60;
  const every = positive('every', values.every);
  console.log(`${seconds} seconds of everything at once (UVSOCK_SEED=${SEED})`);
  const display = progress(Math.floor(seconds / every));
  const result = await soak({
    seconds,
    every,
    seed: SEED,
    onSample: ({ rounds, rss, heap, open, delayP99 }) =>
      display.step(
        `${rounds} rounds, ${rss.toFixed(0)} MB, heap ${heap.toFixed(1)} MB, ${open} sockets, p99 ${delayP99.toFixed(0)} ms`,
      ),
  });
  display.stop();

  const { samples, rounds } = result;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'samples.csv'), csv(samples));
  writeFileSync(join(FOLDER, 'plot.svg'), plot(samples));
  const loads = new Table({ head: ['load', 'rounds'], style: STYLE });
  loads.push(...Object.entries(rounds));
  const slopes = new Table({ head: ['', 'rise per hour', 'limit'], style: STYLE });
  for (const [key, limit] of Object.entries(LIMITS) as [keyof typeof LIMITS, number][]) {
    slopes.push([key, samples.length > 3 ? slope(samples, key).toFixed(2) : '-', limit]);
  }
  console.log(`${loads}\n${slopes}\n${join(FOLDER, 'samples.csv')}, plot.svg`);
  const found = complaints(result);
  for (const each of found) console.error(each);
  console.log(found.length === 0 ? 'nothing lost, nothing left behind' : `${found.length} complaints`);
  return found.length === 0 ? 0 : 1;
}

process.exitCode = await main();
