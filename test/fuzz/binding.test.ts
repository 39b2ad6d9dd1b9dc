import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { SEED, scaled } from '../support/scale.ts';

const PROGRAM = fileURLToPath(new URL('binding/program.js', import.meta.url));
const CALLS = scaled(20_000, 1_000_000);
const SECONDS = scaled(120, 3600);

/** Runs a command in a network namespace of its own, whose loopback is up. */
const ISOLATED = ['-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];

/** The last calls of a run, the newest last. */
function lastCalls(log: string): string {
  const number = (line: string) => Number(/\d+/.exec(line)?.[0]);
  const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean);
  return lines
    .map((line) => line.trimEnd())
    .sort((a, b) => number(a) - number(b))
    .slice(-12)
    .join('\n');
}

describe(`the native binding, called at random (UVSOCK_SEED=${SEED})`, function () {
  this.timeout((SECONDS + 10) * 1000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it(`answers ${CALLS} calls as documented, loses nothing, and neither crashes nor hangs`, function () {
    const probe = spawnSync('unshare', [...ISOLATED, 'true'], { encoding: 'utf8' });
    if (probe.status !== 0) {
      console.log(`      no network namespace: ${(probe.error?.message ?? probe.stderr).trim()}`);
      this.skip();
    }
    const log = join(folder, 'calls');
    const node = [process.execPath, '--expose-gc', '--enable-source-maps', PROGRAM];
    const { status, signal, stdout, stderr } = spawnSync(
      'unshare',
      [...ISOLATED, ...node, String(CALLS), String(SEED), log],
      {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', scaled(0, 1) === 0 ? 'pipe' : 'inherit', 'pipe'],
        timeout: SECONDS * 1000,
        killSignal: 'SIGKILL',
      },
    );
    const told = `${stdout ?? ''}${stderr}\nended by ${signal ?? status}; the last calls:\n${lastCalls(log)}`;
    expect(status, told).to.equal(0);
  });
});
