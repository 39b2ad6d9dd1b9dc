import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { skip } from '../support/probes.ts';
import { needs, run } from '../support/programs.ts';
import { scaled } from '../support/scale.ts';

const SOURCE = fileURLToPath(new URL('../../../test/faults/allocation.cc', import.meta.url));
const FIXTURE = fileURLToPath(new URL('../fixtures/allocations.js', import.meta.url));

/** What takes memory in the table of sockets; the first of them in the short form. */
const TABLE = [
  'accept',
  'passDescriptors',
  'socketpair',
  'socket',
  'adopt',
  'sendfile',
  'relay',
  'fromConnect',
];

/** What takes memory elsewhere. */
const OTHERS = [
  ...['address', 'misuse', 'ready', 'fromConnect', 'dial', 'server', 'neighbours', 'relay'],
  ...['recvmsg', 'recvmmsg', 'sendmsg', 'sendmmsg', 'passDescriptors', 'sendParts'],
  ...['sendTwice', 'gathered', 'queued', 'sendAll', 'sendBatches', 'sendfile', 'sendfileCopied'],
];

interface Attempt {
  action: string;
  n: number;
  result: unknown;
  /** Whether there was an allocation to fail. */
  failed: boolean;
  /** Sockets that are still open. */
  left: number;
}

describe('allocations that fail in the addon', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'uvsock-allocation-'));
  const library = join(folder, 'allocation.so');

  before(function () {
    needs(this, 'g++');
    const { status, stderr } = spawnSync('g++', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl'], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    // A static libstdc++ (the addon built to be portable) is not asked for memory from outside.
    const loaded = spawnSync(process.execPath, ['--eval', "import('uvsock')"], {
      env: { ...process.env, LD_PRELOAD: library, UVSOCK_FAIL_ALLOCATION: '1' },
      encoding: 'utf8',
    });
    if (loaded.status === 0) skip(this, 'the addon has an allocator of its own');
    expect(loaded.stderr).to.contain('or no memory');
  });

  after(() => rmSync(folder, { recursive: true }));

  async function attempts(mode: string, names: string[]): Promise<Attempt[]> {
    const { status, output, errors } = await run('env', [
      `LD_PRELOAD=${library}`,
      process.execPath,
      FIXTURE,
      mode,
      ...names,
    ]);
    expect(status, `${mode} ${names}: ${errors}\n${output}`).to.equal(0);
    return output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  }

  function check(all: Attempt[]): void {
    const failed = all.filter((each) => each.n > 0 && each.failed);
    console.log(`      ${failed.length} allocations failed`);
    for (const { action, n, result, left } of failed) {
      expect(left, `sockets left by ${action}, allocation ${n}`).to.equal(0);
      const { code } = Object(result) as { code?: string };
      if (code !== undefined)
        expect(code).to.be.oneOf(['ENOMEM', 'ERR_MEMORY_ALLOCATION_FAILED', 'ECONNRESET', 'ECONNREFUSED']);
    }
    expect(failed.length).to.be.above(0);
  }

  it('are errors, and lose no descriptor', async () => {
    check(await attempts('as-is', OTHERS));
  });

  it('are errors where the table of sockets grows', async () => {
    const table = TABLE.slice(0, scaled(2, TABLE.length));
    check((await Promise.all(table.map((name) => attempts('full', [name])))).flat());
  });
});
