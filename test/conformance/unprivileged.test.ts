/** Runs unprivileged.rows.ts as nobody, and with few descriptors. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { conformanceElsewhere } from './support/elsewhere.ts';
import { skipFor } from './support/table.ts';
import { rows } from './unprivileged.rows.ts';

const NOBODY = 65_534;
const DESCRIPTORS = 256;

/** Whoever is not root is nobody enough. */
const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
const module = new URL('./unprivileged.rows.js', import.meta.url);

describe("the kernel's answers: without privilege", () => {
  before(function () {
    const { status, stderr } = spawnSync(process.execPath, ['--check', fileURLToPath(module)], identity);
    if (status !== 0) skipFor(this, `nobody cannot run the tests: ${stderr}`);
  });

  conformanceElsewhere(rows, module, (args) =>
    spawn('sh', ['-c', `ulimit -n ${DESCRIPTORS} && exec "$@"`, 'sh', process.execPath, ...args], identity),
  );
});
