import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../../src/', import.meta.url));

/** The sources outside of src/rx, and what each imports. */
const core = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('rx/'))
  .map((path) => ({ path, source: readFileSync(join(root, path), 'utf8') }));

describe('the layers', () => {
  it('the core and uvsock/stream import neither rxjs nor uvsock/rx', () => {
    const guilty = core.filter(({ source }) => /from '(rxjs|.*\/rx\/)/.test(source));
    expect(guilty.map(({ path }) => path)).to.deep.equal([]);
  });

  it('only binding.ts imports the addon, which addon.ts loads, and uvsock-build to try what it has built', () => {
    const importing = core.filter(({ source }) => source.includes('loadAddon } from'));
    const loading = core.filter(({ source }) => source.includes('createRequire'));
    expect(importing.map(({ path }) => path)).to.deep.equal(['binding.ts']);
    expect(loading.map(({ path }) => path)).to.have.members(['addon.ts', 'uvsock_build.ts']);
  });
});
