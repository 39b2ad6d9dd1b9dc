/** What the servers of the benchmark share: where they listen, and that they say so. */
import { parseArgs } from 'node:util';
import { recordDelay } from './delay.ts';

/** The options that the suite gives to every server. */
export const options = parseArgs({
  options: {
    /** A Unix socket's path, instead of a TCP port. */
    unix: { type: 'string' },
    /** 0: of the kernel's choice. */
    port: { type: 'string', default: '0' },
    /** Shares the port with other servers. */
    'reuse-port': { type: 'boolean', default: false },
    /** Counts datagrams instead of sending them back. */
    sink: { type: 'boolean', default: false },
    /** Receives in batches of so many datagrams. */
    batch: { type: 'string', default: '1' },
    /** SO_RCVBUF; 0 leaves it. */
    rcvbuf: { type: 'string', default: '0' },
    /** Lets the kernel put datagrams together. */
    gro: { type: 'boolean', default: false },
    /** The port that is relayed to. */
    target: { type: 'string', default: '0' },
    /** Relays by copying. */
    pump: { type: 'boolean', default: false },
    /** Lends the memory of chunks. */
    reuse: { type: 'boolean', default: false },
    /** Records how late the event loop is. */
    delay: { type: 'boolean', default: false },
    /** What to serve, for those that serve a file. */
    file: { type: 'string', default: '' },
    /** How many workers or processes serve. */
    workers: { type: 'string', default: '1' },
  },
}).values;

/** How many connections may wait. */
export const BACKLOG = 4096;

/** Tells the suite that the server is ready. */
export function listening(port: number | undefined): void {
  console.log(JSON.stringify(options.unix === undefined ? { port } : { path: options.unix }));
}

/** Where to listen, for `listen`. */
export const where =
  options.unix === undefined
    ? ({ host: '127.0.0.1', port: Number(options.port), reusePort: options['reuse-port'] } as const)
    : { path: options.unix };

/** Where a relay leads. */
export const target = { address: '127.0.0.1', port: Number(options.target) };

// The suite asks for this before it looks at the memory that is held.
process.on('SIGUSR2', () => globalThis.gc?.());
if (options.delay) recordDelay();
