/** What the senders of datagrams share: where to, what, for how long, and their report. */
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    size: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '1' },
    /** Sends so many messages at once. */
    batch: { type: 'string', default: '1' },
    /** Each message is so many datagrams. */
    gso: { type: 'string', default: '1' },
  },
});

export const HOST = '127.0.0.1';
export const port = Number(options.port);
export const data = Buffer.alloc(Number(options.size), 'x');

export const batch = Number(options.batch);
export const gso = Number(options.gso);

/** Sends of one turn, so that timers have theirs. */
export const SENDS = 64;

const begin = performance.now();
const usage = process.cpuUsage();
const end = begin + 1000 * Number(options.seconds);
let sent = 0;

/** One more is gone, or several at once. */
export function counted(datagrams = 1): void {
  sent += datagrams;
}

/** Whether the time is over; then this is the end of the process. */
export function over(): boolean {
  const now = performance.now();
  if (now < end) return false;
  const { user, system } = process.cpuUsage(usage);
  console.log(
    JSON.stringify({ sent, seconds: (now - begin) / 1000, user: user / 1e6, system: system / 1e6 }),
  );
  process.exit();
}
