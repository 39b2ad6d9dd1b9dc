/** How far a run is: a bar in a terminal, lines elsewhere; on stderr, for stdout is the report's. */
import { SingleBar } from 'cli-progress';

export interface Progress {
  /** Says what begins; to be called `total` times. */
  step(label: string): void;
  /** To be called in the end, or the bar keeps the process alive. */
  stop(): void;
}

export function progress(total: number): Progress {
  return process.stderr.isTTY ? bar(total) : lines(total);
}

function bar(total: number): Progress {
  const display = new SingleBar({
    stream: process.stderr,
    format: '{bar} [{value}/{total}] {label} (ETA {eta_formatted})',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    // seldom: this process may well be the one that measures
    fps: 1,
    // an interrupt would leave the terminal without
    linewrap: true,
  });
  display.start(total, 0, { label: '' });
  return {
    step: (label) => display.increment(1, { label }),
    stop: () => display.stop(),
  };
}

function lines(total: number): Progress {
  let count = 0;
  return {
    step(label) {
      count++;
      process.stderr.write(`[${count}/${total}] ${label}\n`);
    },
    stop() {},
  };
}
