/** How often properties are tried, and how a failure is repeated. */
import type { Parameters } from 'fast-check';
import { SEED, scaled } from '../../support/scale.ts';

/** Parameters of fast-check's `assert`. What fails does so again with its seed, as `UVSOCK_SEED`. */
export function runs<T>(short: number, full: number): Parameters<T> {
  return { seed: SEED, numRuns: scaled(short, full) };
}
