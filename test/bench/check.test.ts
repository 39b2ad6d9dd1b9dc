import { expect } from 'chai';
import { check, compare } from './check.ts';
import { runOf } from './example_results.ts';
import type { CaseResult } from './results.ts';

const resultsOf = runOf(3);

type Figures = Record<string, (number | undefined)[]>;

/** A case of rates. */
function caseOf(figures: Figures, more: Partial<CaseResult> = {}): CaseResult {
  const subjects = Object.entries(figures).map(([subject, rates]) => [
    subject,
    rates.map((rate) => (rate === undefined ? {} : { rate })),
  ]);
  return {
    name: 'echo',
    title: 'Echo',
    metric: 'rate',
    unit: 'messages/s',
    better: 'more',
    subjects: Object.fromEntries(subjects),
    targets: [],
    ...more,
  };
}

/** What comes of the rates of core against 100 of c. */
function verdict(before: (number | undefined)[], now: (number | undefined)[]): string | undefined {
  const c = [100, 100, 100];
  return compare(resultsOf(caseOf({ c, core: now })), resultsOf(caseOf({ c, core: before })))[0]?.verdict;
}

describe('the check of a run against a baseline', () => {
  it('takes what differs by more than the noise for worse, or better', () => {
    expect(verdict([98, 100, 102], [88, 90, 92])).to.equal('worse');
    expect(verdict([88, 90, 92], [98, 100, 102])).to.equal('better');
  });

  it('takes ranges that overlap for the same', () => {
    expect(verdict([90, 100, 102], [80, 82, 91])).to.equal('same');
    expect(verdict([90, 100, 102], [80, 82, 90])).to.equal('same');
    expect(verdict([90, 100, 102], [80, 82, 89])).to.equal('worse');
  });

  it('takes a difference of a few percent for the same, however sure', () => {
    expect(verdict([100, 100, 100], [96, 96, 96])).to.equal('same');
    expect(verdict([100, 100, 100], [94, 94, 94])).to.equal('worse');
  });

  it('compares ratios, not the figures of another machine', () => {
    const before = resultsOf(caseOf({ c: [100, 100], core: [90, 92] }));
    const now = resultsOf(caseOf({ c: [10, 20], core: [9, 18.4] }));
    expect(compare(now, before).map((each) => each.verdict)).to.deep.equal(['same']);
  });

  it('knows where less is better', () => {
    const less = { unit: 'µs', better: 'less' } as const;
    const before = resultsOf(caseOf({ c: [10, 10], core: [10, 11] }, less));
    const now = resultsOf(caseOf({ c: [10, 10], core: [20, 21] }, less));
    expect(compare(now, before)[0]?.verdict).to.equal('worse');
    expect(compare(before, now)[0]?.verdict).to.equal('better');
  });

  it('compares own subjects with every reference, and what targets ask for, each once', () => {
    const results = resultsOf(
      caseOf(
        { c: [4], core: [3], rx: [2], net: [1], bun: [2] },
        {
          targets: [
            { metric: 'rate', subject: 'core', against: 'c', relation: '>=', limit: 0.9 },
            { metric: 'rate', subject: 'rx', against: 'core', relation: '>=', limit: 0.8 },
            { metric: 'rate', subject: 'rx', against: null, relation: '>=', limit: 1 },
          ],
        },
      ),
    );
    expect(compare(results, results).map((each) => `${each.subject} / ${each.against}`)).to.deep.equal([
      'core / c',
      'core / net',
      'rx / c',
      'rx / net',
      'rx / core',
    ]);
  });

  it('says what is missing and what is new', () => {
    expect(verdict([90, 90], [undefined, undefined])).to.equal('missing');
    expect(verdict([undefined, undefined], [90, 90])).to.equal('new');
    expect(verdict([undefined], [])).to.equal(undefined);
    const other = caseOf({ c: [1], core: [1] }, { name: 'other' });
    const echo = caseOf({ c: [1], core: [1] });
    const found = compare(resultsOf(other), resultsOf(echo));
    expect(found.map((each) => [each.case, each.verdict])).to.deep.equal([
      ['other', 'new'],
      ['echo', 'missing'],
    ]);
  });

  it('bears zeros', () => {
    expect(verdict([0, 0], [0, 0])).to.equal('same');
    expect(verdict([90, 90], [0, 0])).to.equal('worse');
    expect(verdict([0, 0], [90, 90])).to.equal('better');
  });

  it('prints what differs', () => {
    const c = [100, 100, 100];
    const before = resultsOf(caseOf({ c, core: [98, 100, 102], rx: [80, 80, 80] }));
    const now = resultsOf(caseOf({ c, core: [74, 75, 76], rx: [80, 80, 80] }));
    now.header.node = 'v22.0.0';
    const lines: string[] = [];
    expect(check(now, before, (line) => lines.push(line))).to.equal(false);
    expect(lines).to.deep.equal([
      'note: node is v22.0.0, was v20.19.0',
      'worse: echo, rate core / c: 0.75 (0.74 to 0.76), was 1.00 (0.98 to 1.02), -25 %',
      '2 ratios compared: 1 worse, 0 better, 0 missing',
    ]);
  });

  it('succeeds when nothing got worse or went missing', () => {
    const results = resultsOf(caseOf({ c: [1], core: [1] }));
    const quiet = () => {};
    expect(check(results, results, quiet)).to.equal(true);
    expect(check(results, resultsOf(), quiet)).to.equal(true);
    expect(check(resultsOf(), results, quiet)).to.equal(false);
  });

  it('does not tell a run that compares nothing from a good one in silence', () => {
    const lines: string[] = [];
    check(resultsOf(), resultsOf(), (line) => lines.push(line));
    expect(lines).to.deep.equal(['0 ratios compared: 0 worse, 0 better, 0 missing']);
  });
});
