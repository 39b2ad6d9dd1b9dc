/**
 * The runner of the conformance suite. A table has a row for each fact:
 * a sentence, how it is found out, what the kernel says. What a call comes to
 * is its value, the name of its errno, `'would block'` for `null` and `'ok'`
 * for nothing.
 */
import { release } from 'node:os';
import { expect } from 'chai';
import { SystemError } from 'uvsock';

/** What a row needs that not every system has: undefined, or why it cannot run here. */
export type Need = () => string | undefined;

export type Row = readonly [sentence: string, actual: () => unknown, expected: unknown, need?: Need];

const named = (value: unknown): unknown =>
  value === null ? 'would block' : value === undefined ? 'ok' : value;

function errnoOf(error: unknown): string {
  if (error instanceof SystemError) return error.code;
  throw error;
}

/** What a call comes to. Anything thrown that is not the kernel's answer is thrown on. */
export function outcome(call: () => unknown): unknown {
  try {
    return named(call());
  } catch (error) {
    return errnoOf(error);
  }
}

/** What a call comes to that may have to wait. */
export async function outcomeOf(call: () => unknown): Promise<unknown> {
  try {
    return named(await call());
  } catch (error) {
    return errnoOf(error);
  }
}

/** What calls come to, one after the other. */
export async function outcomes(...calls: (() => unknown)[]): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const call of calls) found.push(await outcomeOf(call));
  return found;
}

/** What was found out for a row. */
export type Finding = { outcome: unknown } | { missing: string };

/** Runs a row. */
export async function find([, actual, , need]: Row): Promise<Finding> {
  const missing = process.platform === 'linux' ? need?.() : 'these are the answers of Linux';
  return missing === undefined ? { outcome: await outcomeOf(actual) } : { missing };
}

/** Says why a test is skipped, and skips it. */
export function skipFor(test: Mocha.Context, why: string): never {
  console.log(`      not possible here: ${why}`);
  return test.skip();
}

/** Has each row tested by what `findingOf` it says. */
export function register(
  rows: readonly Row[],
  findingOf: (row: Row, index: number) => Finding | Promise<Finding>,
): void {
  rows.forEach((row, index) => {
    const [sentence, , expected] = row;
    it(sentence, async function () {
      const finding = await findingOf(row, index);
      if ('missing' in finding) skipFor(this, finding.missing);
      expect(finding.outcome).to.deep.equal(expected);
    });
  });
}

/** Tests the rows in this process. */
export function conformance(topic: string, rows: readonly Row[]): void {
  describe(`the kernel's answers: ${topic}`, () => register(rows, find));
}

/** Needs a kernel of at least this version, of which the row's behaviour is. */
export const kernel =
  (version: `${number}.${number}`): Need =>
  () => {
    const [major, minor] = version.split('.').map(Number) as [number, number];
    const [own, ownMinor] = release().split('.').map(Number) as [number, number];
    return own > major || (own === major && ownMinor >= minor)
      ? undefined
      : `Linux ${release()} is older than ${version}`;
  };

/** Needs all of them. */
export const all =
  (...needs: Need[]): Need =>
  () =>
    needs.map((need) => need()).find((why) => why !== undefined);
