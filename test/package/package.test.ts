import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { emulatedNode } from '../support/nodes.ts';
import { entryPoints, manifest, Project, pack, ROOT, type Tarball } from './project.ts';

/** Every kind of file that the package has, and nothing else. */
const CONTENTS = [
  /^(README\.md|LICENSE|package\.json|CMakeLists\.txt)$/,
  /^native\/\w+\.(cc|h|def)$/,
  /^native\/portable\/\w+\.(cc|map)$/,
  /^src\/(\w+\/)?\w+\.ts$/,
  /^dist\/src\/(\w+\/)?\w+\.(js|d\.ts)(\.map)?$/,
  /^dist\/prebuilds\/linux-(x64|arm64)-glibc\/uvsock\.node$/,
];

/** A server with a client, and which addon they used. */
const SERVER = `
import { fromRecv, dial, listen, mergeAccept, mergeRecv, send, withSocket } from 'uvsock/rx';
import { ignoreElements, lastValueFrom, merge, take } from 'rxjs';
const listener = listen({ host: '127.0.0.1', port: 0 });
mergeAccept(listener, (connection) => mergeRecv(connection, (chunk) => send(connection, chunk))).subscribe();
const asked = dial(listener.getsockname()).pipe(
  withSocket((client) => merge(send(client, 'hello').pipe(ignoreElements()), fromRecv(client).pipe(take(1)))),
);
const answer = await lastValueFrom(asked);
listener.close();
const addons = process.report.getReport().sharedObjects.filter((path) => path.endsWith('.node'));
console.log(JSON.stringify({ answer: answer.toString(), addons, arch: process.arch }));
`;
const IMPORTS = entryPoints.map((name, i) => `import * as entry${i} from '${name}';`).join('\n');
const ENTRIES = `[${entryPoints.map((_, i) => `entry${i}`).join(', ')}]`;
const COUNT = `console.log(entries.map((entry) => Object.keys(entry).length > 0).join());`;
const ALL = `${entryPoints.map(() => true).join()}\n`;

describe('the package', function () {
  this.timeout(300_000);
  let folder: string;
  let tarball: Tarball;
  let project: Project;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'uvsock-package-'));
    tarball = pack(folder);
    project = new Project(join(folder, 'project'), tarball);
    project.write('server.mjs', SERVER);
  });
  after(() => rmSync(folder, { recursive: true }));

  const prebuilt = () => project.installed(`dist/prebuilds/linux-${process.arch}-glibc/uvsock.node`);

  it('contains what is needed and nothing else', () => {
    console.log(`      ${Math.round(tarball.size / 1024)} KiB, ${tarball.files.length} files`);
    const strange = tarball.files.filter((file) => !CONTENTS.some((pattern) => pattern.test(file)));
    expect(strange).to.deep.equal([]);
    for (const pattern of CONTENTS) {
      expect(
        tarball.files.some((file) => pattern.test(file)),
        `${pattern}`,
      ).to.equal(true);
    }
    const sources = new Set(tarball.files.filter((file) => file.startsWith('src/')));
    const compiled = tarball.files.filter((file) => file.startsWith('dist/src/'));
    const left = compiled.filter(
      (file) => !sources.has(file.replace(/^dist\/(.*?)\.(js|d\.ts)(\.map)?$/, '$1.ts')),
    );
    expect(left, 'compiled from a source that is gone').to.deep.equal([]);
  });

  it('has no dependency and no install script', () => {
    expect(manifest.dependencies).to.equal(undefined);
    expect(manifest.scripts).to.not.have.any.keys('preinstall', 'install', 'postinstall');
  });

  it('satisfies publint', () => {
    project.run(process.execPath, join(ROOT, 'node_modules/publint/src/cli.js'), '--strict', tarball.path);
  });

  it('satisfies arethetypeswrong', () => {
    const cli = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    project.run(process.execPath, cli, '--profile', 'esm-only', tarball.path);
  });

  it('lets a module import every entry point', () => {
    project.write('all.mjs', `${IMPORTS}\nconst entries = ${ENTRIES};\n${COUNT}`);
    expect(project.run(process.execPath, 'all.mjs')).to.equal(ALL);
  });

  it('lets CommonJS require every entry point', () => {
    project.write(
      'all.cjs',
      `const entries = ${JSON.stringify(entryPoints)}.map((name) => require(name));\n${COUNT}`,
    );
    expect(project.run(process.execPath, 'all.cjs')).to.equal(ALL);
  });

  for (const [resolution, module, files] of [
    ['nodenext', 'nodenext', ['all.mts', 'all.cts']],
    ['bundler', 'esnext', ['all.ts']],
  ] as const) {
    it(`has types of every entry point for TypeScript that resolves like ${resolution}`, () => {
      for (const file of files) {
        // Only a name that has a type may not be compared with a string.
        const checks = entryPoints.map((_, i) => `// @ts-expect-error\nentry${i} satisfies string;`);
        project.write(
          `typed/${file}`,
          [IMPORTS, ...checks, `export const entries: object[] = ${ENTRIES};`].join('\n'),
        );
      }
      const options = ['--module', module, '--moduleResolution', resolution, '--target', 'es2022'];
      project.run(
        join(project.folder, 'node_modules/.bin/tsc'),
        ...['--noEmit', '--strict', '--types', 'node', ...options],
        ...files.map((file) => `typed/${file}`),
      );
    });
  }

  it('runs a server on the prebuilt addon', () => {
    const { answer, addons } = JSON.parse(project.run(process.execPath, 'server.mjs'));
    expect(answer).to.equal('hello');
    expect(addons).to.deep.equal([prebuilt()]);
  });

  it('runs a server on another processor', function () {
    const { answer, arch } = JSON.parse(project.run(...emulatedNode(this, 20), 'server.mjs'));
    expect([answer, arch]).to.deep.equal(['hello', 'arm64']);
  });

  it('runs a server on an addon that was built there, where no prebuilt one loads', () => {
    const away = `${prebuilt()}.away`;
    renameSync(prebuilt(), away);
    try {
      expect(() => project.run(process.execPath, 'server.mjs')).to.throw(/npx uvsock-build/);
      project.run('npx', '--no-install', 'uvsock-build');
      const { answer, addons } = JSON.parse(project.run(process.execPath, 'server.mjs'));
      expect(answer).to.equal('hello');
      expect(addons).to.deep.equal([project.installed('build/Release/uvsock.node')]);
    } finally {
      renameSync(away, prebuilt());
    }
  });
});
