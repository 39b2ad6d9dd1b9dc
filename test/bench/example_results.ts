/** Results for the tests of what is made of them. */
import type { CaseResult, Results } from './results.ts';

/** Makes results of cases, as if of a run of `rounds` rounds. */
export function runOf(rounds: number): (...cases: CaseResult[]) => Results {
  return (...cases) => ({
    header: {
      date: '2025-01-02',
      kernel: '6.1.0',
      node: 'v20.19.0',
      cpu: 'Some CPU',
      cores: 4,
      rounds,
      uvsock: 'v0.1.0-3-gabc',
    },
    cases,
  });
}
