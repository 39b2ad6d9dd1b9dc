/** `uvsock top`: sockets as a table in a terminal, or as JSON. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import { HELP, readOptions, type TopOptions } from './options.ts';
import { type Sample, Sampler } from './sampler.ts';
import { Screen } from './screen.ts';
import { jsonOf, plain, type Style, summaryOf, tableOf } from './table.ts';

/** A sample at once, and then one after each interval. */
async function* samples(options: TopOptions, signal: AbortSignal): AsyncGenerator<Sample> {
  const sampler = new Sampler(options);
  for (;;) {
    yield await sampler.next(signal);
    await sleep(options.interval, undefined, { signal });
  }
}

/** Writes, and waits while the reader is slow. */
async function print(text: string, signal: AbortSignal): Promise<void> {
  if (!process.stdout.write(`${text}\n`)) await once(process.stdout, 'drain', { signal });
}

/** Colours only where somebody sees them; `hasColors` goes by NO_COLOR, too. */
const style: Style = (format, text) =>
  process.stdout.isTTY && process.stdout.hasColors() ? styleText(format, text) : plain(format, text);

async function live(options: TopOptions, stop: AbortController): Promise<void> {
  let sample: Sample | undefined;
  using screen = new Screen({
    output: process.stdout,
    input: process.stdin,
    draw: (width, height) =>
      sample === undefined
        ? []
        : [
            summaryOf(sample).slice(0, width),
            ...tableOf(sample.sockets, { width, height: height - 1, style }),
          ],
    onQuit: () => stop.abort(),
  });
  for await (sample of samples(options, stop.signal)) screen.draw();
}

async function show(options: TopOptions, stop: AbortController): Promise<void> {
  if (process.stdout.isTTY && !options.once && !options.json) return live(options, stop);
  for await (const sample of samples(options, stop.signal)) {
    const text = options.json ? jsonOf(sample) : tableOf(sample.sockets, { style }).join('\n');
    await print(text, stop.signal);
    if (options.once || !options.json) return;
  }
}

/** What the failure means for who typed the command. */
function explained(error: unknown, { pid }: TopOptions): unknown {
  const { code, path } = error as { code?: string; path?: string };
  if (pid === undefined || !path?.startsWith(`/proc/${pid}/`)) return error;
  if (code === 'ENOENT' || code === 'ESRCH') return new Error(`there is no process ${pid}`);
  if (code === 'EACCES') return new Error(`process ${pid} is another user's: ${code}`);
  return error;
}

/**
 * Runs the command to its end: until it is interrupted, the terminal's user
 * quits, or nobody reads the output any more.
 *
 * @param args What follows `uvsock top`; see {@link HELP}.
 * @throws UsageError, or what went wrong.
 */
export async function top(args: string[]): Promise<void> {
  const options = readOptions(args);
  const stop = new AbortController();
  if (options === null) return print(HELP, stop.signal);
  const abort = () => stop.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.once(name, abort);
  process.stdout.on('error', abort); // EPIPE: the reader has gone
  try {
    await show(options, stop);
  } catch (error) {
    if (!stop.signal.aborted) throw explained(error, options);
  } finally {
    for (const name of signals) process.off(name, abort);
  }
}
