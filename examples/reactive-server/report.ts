/** What people see: a live table in a terminal, plain lines elsewhere. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import Table from 'cli-table3';
import logUpdate from 'log-update';
import { type Counters, type Server, TRANSPORTS } from './server.ts';

/** The histogram's own timer period, in milliseconds: part of every sample. */
const RESOLUTION = 1;

export class Report {
  readonly #server: Server;
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  readonly #before = new Map<string, Counters>();
  #sampledAt = performance.now();
  #highest = 0;

  constructor(server: Server) {
    this.#server = server;
    this.#delay.enable();
  }

  /** Shows the rates since the last sample. */
  sample(): void {
    const now = performance.now();
    const seconds = (now - this.#sampledAt) / 1000;
    this.#sampledAt = now;
    const rows = TRANSPORTS.map((transport) => {
      const counters = this.#server.counters[transport];
      const before = this.#before.get(transport) ?? { connections: 0, messages: 0, bytes: 0 };
      this.#before.set(transport, { ...counters });
      return [
        transport,
        transport === 'udp' ? '-' : String(counters.connections),
        ((counters.messages - before.messages) / seconds).toFixed(0),
        ((counters.bytes - before.bytes) / seconds / 1e6).toFixed(1),
      ];
    });
    const delay = this.#delayOf(50);
    const worst = this.#delayOf(99);
    this.#highest = Math.max(this.#highest, worst);
    this.#delay.reset();
    const foot = `event-loop delay: ${delay.toFixed(1)} ms median, ${worst.toFixed(1)} ms p99`;
    if (process.stdout.isTTY) {
      const table = new Table({
        head: ['', 'connections', 'messages/s', 'MB/s'],
        colAligns: ['left', 'right', 'right', 'right'],
      });
      table.push(...rows);
      logUpdate(`${table}\n${foot}`);
    } else {
      const line = rows.map(([name, connections, rate, megabytes]) => {
        return `${name} ${connections} conn ${rate} msg/s ${megabytes} MB/s`;
      });
      console.log(`${line.join(' | ')} | ${foot}`);
    }
  }

  /** The last words. */
  summary(failures: readonly Error[]): void {
    if (process.stdout.isTTY) logUpdate.done();
    this.#delay.disable();
    for (const transport of TRANSPORTS) {
      const { messages, bytes } = this.#server.counters[transport];
      console.log(`${transport.padEnd(5)} ${messages} echoes, ${(bytes / 1e6).toFixed(1)} MB`);
    }
    console.log(`event-loop delay: at most ${this.#highest.toFixed(1)} ms p99 in any sample`);
    for (const failure of failures) console.error(`failed: ${failure.message}`);
    console.log(
      failures.length === 0 ? 'every byte came back as it was sent' : `${failures.length} clients failed`,
    );
  }

  #delayOf(percentile: number): number {
    return Math.max(0, this.#delay.percentile(percentile) / 1e6 - RESOLUTION);
  }
}
