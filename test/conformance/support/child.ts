/** A program that runs the rows of a module, its argument, and writes what it finds as lines of JSON. */
import { mochaHooks } from '../../support/sockets.ts';
import { type Finding, find, type Row } from './table.ts';

const { rows } = (await import(process.argv[2] as string)) as { rows: readonly Row[] };

/** How long a row may take, in milliseconds. */
const PATIENCE = 8000;

function within(found: Promise<Finding>): Promise<Finding> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the row is not over after ${PATIENCE} ms`)), PATIENCE);
    found.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

for (const row of rows) {
  mochaHooks.beforeEach();
  const finding = await within(find(row)).catch((error) => ({ failure: String(error?.stack ?? error) }));
  console.log(JSON.stringify(finding));
  mochaHooks.afterEach();
}
