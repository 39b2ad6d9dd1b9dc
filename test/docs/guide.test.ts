import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { constants as os } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import * as core from 'uvsock';
import * as constants from 'uvsock/constants';
import * as rx from 'uvsock/rx';
import { run } from '../support/programs.ts';
import { expectWellFormed } from '../support/xml.ts';
import { backpressureChart, chartPath, recorded, type Sample, samplesOf } from './backpressure_chart.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

/** What must be so in any run: at each place so much waits, and no more. */
function expectBackpressure(samples: Sample[]): void {
  const stopped = samples.filter((sample) => sample.readerPaused && sample.sourceStopped);
  const before = samples.slice(
    10,
    samples.findIndex((sample) => sample.readerPaused),
  );
  const most = (of: Sample[], key: keyof Sample) => Math.max(...of.map((sample) => sample[key]));
  const least = (of: Sample[], key: keyof Sample) => Math.min(...of.map((sample) => sample[key]));
  expect(stopped.length, 'samples while the source stands still').to.be.greaterThan(20);
  expect(most(before, 'queued'), 'queued while all flows').to.equal(0);
  expect(most(stopped, 'window'), 'the window').to.be.lessThan(least(before, 'window') / 2);
  expect(least(stopped, 'unread'), 'in the kernel of the receiver').to.be.greaterThan(100_000);
  expect(least(stopped, 'unsent'), 'in the kernel of the sender').to.be.greaterThan(100_000);
  expect(most(samples, 'queued'), 'queued at most').to.be.within(128 << 10, 256 << 10);
  expect(samples.at(-1)?.queued, 'queued at the end').to.equal(0);
}

describe('the guide', () => {
  const folder = new URL('examples/guide/', root);
  const pictures = readdirSync(folder).filter((name) => name.endsWith('.svg'));

  it('has pictures, all of which it shows', () => {
    const shown = [...read('examples/guide/README.md').matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)];
    expect(shown.map(([, name]) => name).sort()).to.deep.equal(pictures.sort());
  });

  for (const name of pictures) {
    it(`has ${name} well-formed, with a title, text as text, and dark mode`, () => {
      const svg = readFileSync(new URL(name, folder), 'utf8');
      const style = /<style>([\s\S]*?)<\/style>/.exec(svg)?.[1];
      expectWellFormed(svg);
      expect(style).to.include('@media (prefers-color-scheme: dark)');
      expect(svg)
        .to.match(/<title>[^<]+<\/title>/)
        .and.match(/<text [^>]*>[^<]+<\/text>/);
      expect(svg).to.not.match(/<image|<script|href="http/);
    });
  }

  it('draws the same picture of the same samples, however often', () => {
    expect(backpressureChart(recorded())).to.equal(backpressureChart(recorded()));
  });

  it('draws what was recorded, in which backpressure reached the source', () => {
    expect(readFileSync(chartPath, 'utf8')).to.equal(backpressureChart(recorded()));
    expectBackpressure(recorded());
  });

  it('has an example that records it anew', async () => {
    const example = fileURLToPath(new URL('dist/examples/guide/backpressure.js', root));
    const { output, errors, status } = await run(process.execPath, [example]);
    expect([errors, status]).to.deep.equal(['', 0]);
    expectBackpressure(samplesOf(output));
  });

  it('maps C, Python and Node to names that exist', () => {
    const rows = read('examples/guide/coming-from.md').matchAll(/^\|.*\| ([^|]+) \|$/gm);
    const spans = [...rows].flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)].map(([, code]) => code!));
    const functions = { ...core, ...rx };
    expect(spans.length).to.be.greaterThan(100);
    for (const code of spans) {
      for (const [, name] of code.matchAll(/\bs\.(\w+)/g)) {
        expect(name! in core.Socket.prototype || name === 'fd', code).to.equal(true);
      }
      for (const [, name] of code.matchAll(/\bSocket\.(\w+)/g)) expect(core.Socket).to.have.property(name!);
      for (const [, name] of code.matchAll(/(?<![.\w])(\w+)\(/g)) expect(functions).to.have.property(name!);
      for (const [, name] of code.matchAll(/\b([A-Z][A-Z0-9_]{2,})\b/g)) {
        expect(name! in constants || name! in os.errno, code).to.equal(true);
      }
      for (const [, name] of code.matchAll(/^(inet\w+|[A-Z]\w*[a-z]\w*)$/g))
        expect(core).to.have.property(name!);
    }
  });
});

describe('links', () => {
  const pages = [
    'README.md',
    'examples/guide/README.md',
    'examples/guide/coming-from.md',
    'examples/cookbook/README.md',
  ];

  /** GitHub's name of a heading. */
  const anchor = (heading: string) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-');
  const anchors = (markdown: string) =>
    [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, title]) => anchor(title!));

  for (const page of pages) {
    it(`of ${page} lead somewhere`, () => {
      const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
      for (const link of links.filter((each) => !/^\w+:/.test(each))) {
        const [path, heading] = link.split('#');
        const target = path === '' ? new URL(page, root) : new URL(path!, new URL(page, root));
        expect(existsSync(target), link).to.equal(true);
        if (heading !== undefined) expect(anchors(readFileSync(target, 'utf8')), link).to.include(heading);
      }
    });
  }
});
