import { expect } from 'chai';
import { socketOwners, socketTable } from 'uvsock/diag';
import { closed, tcpPair } from '../support/sockets.ts';

describe('socketOwners', () => {
  it('finds this process by the inodes of its sockets, with their descriptors', async () => {
    const pair = closed(tcpPair());
    const owners = await socketOwners();
    const port = pair[0].getsockname().port as number;
    const entries = await socketTable({ port, pid: process.pid });
    const found = entries.flatMap(({ inode }) => owners.get(inode) ?? []);
    expect(found.map(({ pid }) => pid)).to.deep.equal([process.pid, process.pid]);
    expect(found.flatMap(({ fds }) => fds)).to.have.members(pair.map(({ fd }) => fd));
    expect(found[0]!.name).to.match(/^(node|MainThread)/);
  });

  it('looks at one process only', async () => {
    closed(tcpPair());
    const owners = [...(await socketOwners({ pid: process.pid })).values()].flat();
    expect(owners.length).to.be.greaterThan(1);
    expect(new Set(owners.map(({ pid }) => pid))).to.deep.equal(new Set([process.pid]));
  });

  it('rejects for a process that is none', async () => {
    const codeFor = (pid: unknown) => socketOwners({ pid: pid as number }).catch((error) => error.code);
    expect(await codeFor(0x7fffffff)).to.equal('ENOENT');
    expect(await codeFor(0)).to.equal('ERR_OUT_OF_RANGE');
    expect(await codeFor('self')).to.equal('ERR_INVALID_ARG_TYPE');
  });
});
