/**
 * How much the stress tests and the fuzzing do: a little among the other
 * tests, all of it by `npm run test:stress` and its kin, which set
 * `UVSOCK_STRESS=full`. What they choose at random follows from a seed that
 * their titles show, and `UVSOCK_SEED` repeats.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const FULL = process.env.UVSOCK_STRESS === 'full';

/** The number for this run. */
export function scaled(short: number, full: number): number {
  return FULL ? full : short;
}

/** Tells of each tenth of `total` that is done, where all of it takes minutes. */
export function tenths(total: number): (done: number) => void {
  let told = 0;
  return (done) => {
    const tenth = Math.floor((10 * done) / total);
    if (!FULL || tenth === told) return;
    told = tenth;
    console.log(`      ${tenth * 10} %`);
  };
}

export const SEED = Number(process.env.UVSOCK_SEED ?? Date.now() & 0x7fffffff);

/** Integers from 0 to below a limit. */
export type Random = (limit: number) => number;

/** One of them. */
export function pick<T>(random: Random, values: readonly T[]): T {
  return values[random(values.length)] as T;
}

/** The same numbers for the same seed. */
export function randomOf(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  return (limit) => uniformInt(generator, 0, limit - 1);
}
