/** Configuration that mergeRecv and mergeRecvfrom share. */
import type { OperatorFunction } from 'rxjs';
import { invalidArgValue } from '../errors.ts';
import { optionalFunction, positive, requireConfig } from './config.ts';
import { type CheckedRecvConfig, checkRecvConfig, type RecvConfig } from './recv_loop.ts';

/** What is received, with `T`, and worked on. */
export interface MergeConfig extends RecvConfig {
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

/** An operator between receiving and working. */
export interface Through<T, I> {
  /**
   * Makes items of what is received: a framing like {@link lines}, or any
   * operator whose output is synchronous. Applied once for each subscription.
   * `project` gets the items, and the next receive waits until all have been
   * taken up.
   */
  through: OperatorFunction<T, I>;
}

/** A {@link MergeConfig}, checked. */
export interface CheckedMergeConfig<T, I> {
  readonly receiving: CheckedRecvConfig;
  readonly concurrent: number;
  readonly reuse: boolean;
  readonly through: OperatorFunction<T, I> | undefined;
}

export function checkMergeConfig<T, I>(
  config: number | (MergeConfig & Partial<Through<T, I>>),
): CheckedMergeConfig<T, I> {
  const options = typeof config === 'number' ? { concurrent: config } : requireConfig(config);
  const { reuse = false, through, concurrent } = options as Exclude<typeof config, number>;
  optionalFunction('through', through);
  if (reuse && through !== undefined) {
    throw invalidArgValue('reuse', reuse, 'cannot be used with "through", whose items may outlive the chunk');
  }
  return {
    receiving: checkRecvConfig(options),
    concurrent: positive('concurrent', concurrent, 1, Number.POSITIVE_INFINITY),
    reuse: Boolean(reuse),
    through,
  };
}
