/** Figures of the engine, for health checks and tests. */
import { binding } from './binding.ts';

/** What {@link stats} returns; of one thread: each worker has an engine of its own. */
export interface Stats {
  /** Open descriptors that are this library's: sockets, and received descriptors that nobody has taken yet. */
  open: number;
  /** Sockets that have been watched, and so have a handle of uv_poll(3). */
  polled: number;
  /** Those of them that epoll(7) looks at now. */
  armed: number;
  /** How often events were handed to JavaScript since the start. */
  batches: number;
  /** How many events that were: one for each socket that was ready. */
  events: number;
  /** Events per batch, on the average; 0 before the first. */
  eventsPerBatch: number;
}

const counts = new Float64Array(5);

/**
 * Counts what the engine of this thread has, and has done.
 *
 * @example
 * setInterval(() => console.log(stats().open), 10_000).unref();
 *
 * @returns A new object; it takes time in proportion to the open sockets.
 */
export function stats(): Stats {
  binding.count(counts);
  const [open, polled, armed, batches, events] = counts as unknown as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { open, polled, armed, batches, events, eventsPerBatch: batches === 0 ? 0 : events / batches };
}
