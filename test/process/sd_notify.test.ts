import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type ReceivedFd, type Socket, socket } from 'uvsock';
import { AF_UNIX, SCM_RIGHTS, SOCK_DGRAM, SOL_SOCKET } from 'uvsock/constants';
import { sdNotify } from 'uvsock/process';
import { assertWouldBlock, closed, codeOf, fullReceiver, tcpListener } from '../support/sockets.ts';

/** Plays the manager, at a name of the kernel's choice. */
function manager(path = ''): Socket {
  const [receiver] = closed([socket(AF_UNIX, SOCK_DGRAM)]);
  receiver.bind(AF_UNIX, path);
  process.env.NOTIFY_SOCKET = receiver.getsockname().path!.replace('\0', '@');
  return receiver;
}

function heard(receiver: Socket): string | null {
  const buffer = Buffer.alloc(1000);
  const n = receiver.recv(buffer);
  return n === null ? null : buffer.toString('utf8', 0, n);
}

describe('sdNotify', () => {
  const before = process.env.NOTIFY_SOCKET;

  afterEach(() => {
    if (before === undefined) delete process.env.NOTIFY_SOCKET;
    else process.env.NOTIFY_SOCKET = before;
  });

  it('sends one datagram to an abstract name', () => {
    const receiver = manager();
    expect(sdNotify({ READY: 1, STATUS: 'all = well', MAINPID: 7 })).to.equal(true);
    expect(heard(receiver)).to.equal('READY=1\nSTATUS=all = well\nMAINPID=7');
    assertWouldBlock(heard(receiver));
  });

  it('sends to a path', () => {
    const folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
    const receiver = manager(join(folder, 'notify'));
    expect(sdNotify({ STOPPING: 1 })).to.equal(true);
    expect(heard(receiver)).to.equal('STOPPING=1');
    rmSync(folder, { recursive: true });
  });

  it('sends descriptors along', () => {
    const receiver = manager();
    const [listener] = closed([tcpListener()]);
    expect(sdNotify({ FDSTORE: 1, FDNAME: 'web' }, [listener, 0])).to.equal(true);
    const message = receiver.recvmsg(Buffer.alloc(1000));
    const [stored, other] = message!.find(SOL_SOCKET, SCM_RIGHTS) as ReceivedFd[];
    other!.close();
    const [same] = closed([stored!.adopt()]);
    expect(String(same.getsockname())).to.equal(String(listener.getsockname()));
    expect(listener.closed).to.equal(false);
  });

  it('tells that nobody listens', () => {
    for (const name of [undefined, '']) {
      if (name === undefined) delete process.env.NOTIFY_SOCKET;
      else process.env.NOTIFY_SOCKET = name;
      expect(sdNotify({ READY: 1 })).to.equal(false);
    }
  });

  it('never waits for a manager that is behind', () => {
    const { address, receiver } = fullReceiver();
    process.env.NOTIFY_SOCKET = address.path!.replace('\0', '@');
    assertWouldBlock(sdNotify({ STATUS: 'busy' }));
    receiver.recv(Buffer.alloc(1));
    expect(sdNotify({ STATUS: 'busy' })).to.equal(true);
  });

  it('fails when the manager is gone, or is of another kind', () => {
    manager().close();
    expect(codeOf(() => sdNotify({ READY: 1 }))).to.equal('ECONNREFUSED');
    process.env.NOTIFY_SOCKET = '/no/such/manager';
    expect(codeOf(() => sdNotify({ READY: 1 }))).to.equal('ENOENT');
    for (const name of ['vsock:2:1', 'relative', '@', '/']) {
      process.env.NOTIFY_SOCKET = name;
      expect(
        codeOf(() => sdNotify({ READY: 1 })),
        name,
      ).to.equal('EAFNOSUPPORT');
    }
  });

  it('refuses what would read as another message', () => {
    manager();
    for (const state of [{ STATUS: 'a\nREADY=1' }, { 'A=B': 1 }, { ready: 1 }, { STATUS: 'a\0b' }]) {
      expect(codeOf(() => sdNotify(state as Record<string, string>))).to.equal('ERR_INVALID_ARG_VALUE');
    }
    expect(codeOf(() => sdNotify(null as never))).to.equal('ERR_INVALID_ARG_TYPE');
    expect(codeOf(() => sdNotify({ FDSTORE: 1 }, ['x' as never]))).to.equal('ERR_INVALID_ARG_TYPE');
  });
});
