import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const PROGRAM = fileURLToPath(new URL('../src/uvsock_build.js', import.meta.url));

// That it builds is tested with the installed package, in test/package.
describe('uvsock-build', () => {
  it('names the programs that it lacks, and where they come from', () => {
    const { status, stderr } = spawnSync(process.execPath, [PROGRAM], {
      encoding: 'utf8',
      env: { PATH: '/nowhere' },
    });
    expect(stderr).to.equal(
      'uvsock-build: not found: cmake, make or ninja, c++ or g++ or clang++, npm. ' +
        'Debian: apt-get install g++ make cmake; Alpine: apk add g++ make cmake\n',
    );
    expect(status).to.equal(1);
  });
});
