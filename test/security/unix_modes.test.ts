/** What permissions a Unix socket's file has; `listen` of uvsock/rx is tested beside it. */
import { fchmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { socket } from 'uvsock';
import * as c from 'uvsock/constants';
import { closed } from '../support/sockets.ts';

/** In octal digits: what bind(2) makes of a mode that the socket had before. */
function bound(style: number, mode: number, umask: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
  const before = process.umask(umask);
  try {
    const [target] = closed([socket(c.AF_UNIX, style)]);
    fchmodSync(target.fd, mode);
    const path = join(folder, 'socket');
    target.bind(c.AF_UNIX, path);
    return (statSync(path).mode & 0o777).toString(8);
  } finally {
    process.umask(before);
    rmSync(folder, { recursive: true });
  }
}

describe('the file that bind makes', () => {
  before(function () {
    if (process.platform === 'linux') return;
    console.log('      skipped: only on Linux does a socket bring its mode along');
    this.skip();
  });

  for (const [name, style] of [
    ['a stream', c.SOCK_STREAM],
    ['a datagram', c.SOCK_DGRAM],
    ['a seqpacket', c.SOCK_SEQPACKET],
  ] as const) {
    it(`has the mode that ${name} socket was given before, so that it is never open wider`, () => {
      expect(bound(style, 0o600, 0)).to.equal('600');
      expect(bound(style, 0o660, 0)).to.equal('660');
    });
  }

  it('lacks what the umask takes away', () => {
    expect(bound(c.SOCK_DGRAM, 0o666, 0o027)).to.equal('640');
    expect(bound(c.SOCK_DGRAM, 0o777, 0o022)).to.equal('755');
  });
});
