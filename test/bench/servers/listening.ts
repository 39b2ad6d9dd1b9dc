/** What the servers of the benchmark share: where they listen, and that they say so. */
import { parseArgs } from 'node:util';

/** The options that the suite gives to every server. */
export const options = parseArgs({
  options: {
    /** A Unix socket's path, instead of a TCP port of the kernel's choice. */
    unix: { type: 'string' },
    /** Counts datagrams instead of sending them back. */
    sink: { type: 'boolean', default: false },
    /** Lends the memory of chunks. */
    reuse: { type: 'boolean', default: false },
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
  options.unix === undefined ? ({ host: '127.0.0.1', port: 0 } as const) : { path: options.unix };

// The suite asks for this before it looks at the memory that is held.
process.on('SIGUSR2', () => globalThis.gc?.());
