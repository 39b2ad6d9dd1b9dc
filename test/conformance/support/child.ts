/** A program that runs the rows of a module, its argument, and writes what it finds as lines of JSON. */
import { mochaHooks } from '../../support/sockets.ts';
import { find, type Row } from './table.ts';

const { rows } = (await import(process.argv[2] as string)) as { rows: readonly Row[] };

for (const row of rows) {
  mochaHooks.beforeEach();
  const finding = await find(row).catch((error) => ({ failure: String(error?.stack ?? error) }));
  console.log(JSON.stringify(finding));
  mochaHooks.afterEach();
}
