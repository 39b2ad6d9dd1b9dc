import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { emulatedNode } from '../support/nodes.ts';
import { ROOT } from './project.ts';

/**
 * What qemu 7.2 can run. It starts no programs for arm64 from within, reports
 * no flags of received messages, and translates few options and control
 * messages: the tests of those are left out.
 */
const FILES = [
  'constants',
  'option_table',
  'queue',
  'readiness',
  'socket',
  'rx/dial',
  'rx/merge_recv',
  'rx/send',
];

describe('the prebuilt addon for arm64', () => {
  it('passes the tests that the emulator can run', function () {
    this.timeout(600_000);
    const mocha = [
      'node_modules/mocha/bin/mocha.js',
      '--no-config',
      '--timeout',
      '60000',
      '--reporter',
      'dot',
    ];
    const files = FILES.map((name) => `dist/test/${name}.test.js`);
    const [qemu, ...node] = emulatedNode(this, 26);
    const output = execFileSync(
      qemu,
      [...node, '--expose-gc', ...mocha, '--require', 'dist/test/support/sockets.js', ...files],
      { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' },
    );
    const [, passing] = /(\d+) passing/.exec(output) ?? [];
    console.log(`      ${passing} tests`);
    expect(Number(passing)).to.be.greaterThan(100);
  });
});
