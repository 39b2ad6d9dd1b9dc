import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { libcOf } from '../src/addon.ts';
import { runProgram } from './fixtures/run.ts';

const ADDON_MODULE = fileURLToPath(new URL('../src/addon.js', import.meta.url));
const README = new URL('../../README.md', import.meta.url);
const MUSL = { platform: 'linux', arch: 'x64', libc: 'musl' } as const;

describe('loading the addon', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** What loading says in a package that holds no more than these files. */
  async function failureWith(files: string[], platform: object): Promise<string> {
    const module = join(folder, 'dist/src/addon.mjs');
    for (const file of ['dist/src/addon.mjs', ...files]) {
      mkdirSync(join(folder, file, '..'), { recursive: true });
      writeFileSync(join(folder, file), 'no addon');
    }
    copyFileSync(ADDON_MODULE, module);
    const { loadAddon } = (await import(pathToFileURL(module).href)) as typeof import('../src/addon.ts');
    try {
      loadAddon(platform as typeof MUSL);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('loaded');
  }

  it('fails with the paths tried, in order, and the remedy', async () => {
    const message = await failureWith([], MUSL);
    expect(message.split('\n')).to.deep.equal([
      'uvsock: the native addon could not be loaded on linux-x64-musl. Tried',
      `  ${folder}/build/Release/uvsock.node: there is no such file`,
      `  ${folder}/dist/prebuilds/linux-x64-musl/uvsock.node: there is no such file`,
      `Build it from its source: npx uvsock-build (or: node ${folder}/dist/src/uvsock_build.js). ` +
        'That needs a C++ compiler, make and CMake, and npm.',
    ]);
  });

  it('says of a file that does not load why', async () => {
    const message = await failureWith(
      ['build/Release/uvsock.node', 'dist/prebuilds/darwin-arm64/uvsock.node'],
      { platform: 'darwin', arch: 'arm64' },
    );
    expect(message).to.match(/build\/Release\/uvsock\.node: .*file too short/);
    expect(message).to.match(/prebuilds\/darwin-arm64\/uvsock\.node: .*file too short/);
  });

  it('fails on Windows with the sentence of the README', async () => {
    const { status, output } = await runProgram(`
      Object.defineProperty(process, 'platform', { value: 'win32' });
      await import(${JSON.stringify(new URL('../src/addon.js', import.meta.url).href)}).then(({ loadAddon }) => loadAddon());
    `);
    expect(status).to.equal(1);
    const [, sentence] = /loading fails with "(.*)"/.exec(readFileSync(README, 'utf8')) ?? [];
    expect(output).to.include(`Error: ${sentence}\n`);
  });

  it('tells musl from glibc by the loader that the program names', () => {
    const program = join(folder, 'program');
    writeFileSync(program, '\x7fELF...\0/lib/ld-musl-x86_64.so.1\0');
    expect(libcOf(program)).to.equal('musl');
    const { header } = process.report.getReport() as unknown as { header: object };
    expect(libcOf(process.execPath)).to.equal('glibcVersionRuntime' in header ? 'glibc' : 'musl');
  });
});
