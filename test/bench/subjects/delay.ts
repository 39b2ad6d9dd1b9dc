/** How late the event loop is, from SIGUSR2 until SIGTERM, by a timer of 1 ms. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

export function recordDelay(): void {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  process.on('SIGUSR2', () => histogram.reset());
  process.once('SIGTERM', () => {
    const at = (percentile: number) => histogram.percentile(percentile) / 1000;
    console.log(JSON.stringify({ p50: at(50), p99: at(99), p999: at(99.9) }));
    process.exit();
  });
}
