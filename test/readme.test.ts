import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import * as core from 'uvsock';
import { socket } from 'uvsock';
import * as constants from 'uvsock/constants';
import { AF_INET, SOCK_STREAM } from 'uvsock/constants';
import * as processes from 'uvsock/process';
import * as rx from 'uvsock/rx';
import * as stream from 'uvsock/stream';
import { targetTable } from './bench/report.ts';
import { closed, expectReady, tcpListener } from './support/sockets.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');

describe('the README', () => {
  it('has a first server that echoes', async () => {
    const probe = tcpListener();
    const port = probe.getsockname().port as number;
    probe.close();
    const source = /```ts\n([^`]+)```/.exec(readme)?.[1]?.replace('7007', String(port)) as string;
    const server = spawn(process.execPath, ['--input-type=module', '--eval', `${source};console.log('up')`], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(server.stdout, 'data');
    const [client] = closed([socket(AF_INET, SOCK_STREAM)]);
    client.connect(AF_INET, '127.0.0.1', port);
    await expectReady(client, 'writable');
    client.send(Buffer.from('first'));
    await expectReady(client, 'readable');
    const buffer = Buffer.alloc(16);
    expect(buffer.toString('utf8', 0, client.recv(buffer) as number)).to.equal('first');
    server.kill();
    await once(server, 'exit');
  });

  it('names every function of uvsock/rx, and no other', () => {
    const table = readme.slice(readme.indexOf('## The reactive layer'), readme.indexOf('## Streams'));
    const named = [...table.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`(\w+)/g)].map(([, name]) => name),
    );
    expect(named.filter((name) => name !== 'name').sort()).to.deep.equal(Object.keys(rx).sort());
  });

  it('tells of everything in uvsock/stream', () => {
    const section = readme.slice(readme.indexOf('## Streams'), readme.indexOf('## Processes'));
    for (const name of Object.keys(stream)) expect(section).to.include(name);
  });

  it('tells of everything in uvsock/process', () => {
    const section = readme.slice(readme.indexOf('## Processes'), readme.indexOf('## Left out'));
    for (const name of Object.keys(processes)) expect(section).to.include(name);
  });

  it('maps Guile to names that exist', () => {
    const table = readme.slice(readme.indexOf("## From Guile's manual"), readme.indexOf('Of `shutdown`'));
    const names = [...table.matchAll(/\| [^|]*\|([^|]*)\|$/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`(socket\.)?(\w+)[(`]/g)].map(([, method, name]) => ({
        method,
        name: name as string,
      })),
    );
    expect(names.length).to.be.greaterThan(20);
    for (const { method, name } of names) {
      if (['fd', 'sa', 'false', 'null'].includes(name)) continue;
      const known = method ? name in core.Socket.prototype : name in core || name in constants;
      expect(known, name).to.equal(true);
    }
  });

  it('gives commands that exist', () => {
    const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: object };
    for (const [, name] of readme.matchAll(/npm run ([\w:]+)/g))
      expect(scripts).to.have.property(name as string);
  });

  it('shows the targets as the recorded run of the benchmarks met them', () => {
    const results = JSON.parse(readFileSync(`${root}test/bench/results.json`, 'utf8'));
    expect(readme).to.include(`\n${targetTable(results)}\n`);
  });
});
