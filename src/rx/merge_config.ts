/** Configuration that mergeRecv, mergeRecvfrom and mergeRecvmmsg share. */
import type { OperatorFunction } from 'rxjs';
import { optionalFunction, positive, requireConfig } from '../config.ts';
import { invalidArgValue } from '../errors.ts';
import type { RecvConfig } from '../recv_loop.ts';

/** How what is received is worked on. */
export interface Merging {
  /**
   * How many inner observables may be active at once. Default 1: one after
   * the other. With more, their outputs may be reordered.
   */
  concurrent?: number;
  /**
   * Lends the memory of large chunks: a chunk is valid until its inner
   * observable has ended, and is then received into again. Saves what large
   * allocations cost. Not with `through`. Default false.
   */
  reuse?: boolean;
}

/** What is received, and worked on. */
export interface MergeConfig extends RecvConfig, Merging {}

/** An operator between receiving and working. */
export interface Through<T, I> {
  /**
   * Makes items of what is received: a framing like {@link lines}, or any
   * operator whose output is synchronous. Applied once for each subscription.
   * `project` gets the items, and the next receive waits until all have been
   * taken up.
   */
  through: OperatorFunction<T, I>;
  /**
   * The most items taken up in one turn of the event loop; the rest waits for
   * the next, so that a peer that sends many small messages does not hold up
   * the others. Default 256.
   */
  itemsPerTurn?: number;
}

/** A {@link Merging}, checked. */
export interface CheckedMerging<T, I> {
  readonly concurrent: number;
  readonly reuse: boolean;
  readonly through: OperatorFunction<T, I> | undefined;
  readonly itemsPerTurn: number;
}

export function checkMerging<T, I>(config: Merging & Partial<Through<T, I>>): CheckedMerging<T, I> {
  const { reuse = false, through, itemsPerTurn, concurrent } = requireConfig(config);
  optionalFunction('through', through);
  if (reuse && through !== undefined) {
    throw invalidArgValue('reuse', reuse, 'cannot be used with "through", whose items may outlive the chunk');
  }
  return {
    concurrent: positive('concurrent', concurrent, 1, Number.POSITIVE_INFINITY),
    reuse: Boolean(reuse),
    through,
    itemsPerTurn: positive('itemsPerTurn', itemsPerTurn, 256, Number.POSITIVE_INFINITY),
  };
}

/** The configuration that a number stands for: all its fields may be missing. */
export function mergingOf<C extends Merging>(config: number | C): C {
  return typeof config === 'number' ? ({ concurrent: config } as C) : config;
}
