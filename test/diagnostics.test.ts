import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect } from 'chai';
import { Socket, type SocketMessages, socket, socketpair } from 'uvsock';
import { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from 'uvsock/constants';
import { runProgram } from './fixtures/run.ts';
import { closed, codeOf, expectReady, tcpListener } from './support/sockets.ts';

/** The messages of a channel while `work` runs. */
async function messages<N extends keyof SocketMessages>(
  name: N,
  work: () => unknown,
): Promise<SocketMessages[N][]> {
  const seen: SocketMessages[N][] = [];
  const subscriber = (message: unknown) => seen.push(message as SocketMessages[N]);
  subscribe(name, subscriber);
  try {
    await work();
  } finally {
    unsubscribe(name, subscriber);
  }
  return seen;
}

describe('the diagnostics channels', () => {
  it('tell of every socket that comes into being', async () => {
    const listener = tcpListener();
    const client = socket(AF_INET, SOCK_STREAM);
    const made: Socket[] = [];
    const seen = await messages('uvsock.socket.open', async () => {
      made.push(socket(AF_INET, SOCK_DGRAM), ...socketpair(AF_UNIX, SOCK_STREAM));
      made.push(Socket.adopt(socket(AF_INET, SOCK_STREAM).detach()));
      client.connect(listener.getsockname());
      await expectReady(listener, 'readable');
      made.push(listener.accept()!.socket);
    });
    closed([...made, listener, client]);
    const detached = seen.filter(({ socket: each }) => each.closed);
    expect(detached).to.have.length(1);
    expect(seen.map((each) => each.socket).filter((each) => !each.closed)).to.deep.equal(made);
  });

  it('let a subscriber make calls of its own, on the very sockets', async () => {
    const subscriber = (message: unknown) => {
      const opened = (message as SocketMessages['uvsock.socket.open']).socket;
      opened.getsockname();
      opened.getsockopt(1, 3);
    };
    subscribe('uvsock.socket.open', subscriber);
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    unsubscribe('uvsock.socket.open', subscriber);
    a.send(Buffer.from('x'));
    expect(b.recv(Buffer.alloc(2))).to.equal(1);
  });

  it('tell of connecting, and whether it is done', async () => {
    const [listener, client, peer] = closed([
      tcpListener(),
      socket(AF_INET, SOCK_STREAM),
      socket(AF_INET, SOCK_DGRAM),
    ]);
    const address = listener.getsockname();
    const seen = await messages('uvsock.socket.connect', () => {
      client.connect(address);
      peer.connect(address);
    });
    expect(seen).to.deep.equal([
      { socket: client, address, connected: false },
      { socket: peer, address, connected: true },
    ]);
  });

  it('tell of accepting, with both sockets', async () => {
    const [listener, client] = closed([tcpListener(), socket(AF_INET, SOCK_STREAM)]);
    client.connect(listener.getsockname());
    await expectReady(listener, 'readable');
    const seen = await messages('uvsock.socket.accept', () => closed([listener.accept()!.socket]));
    expect(seen).to.have.length(1);
    expect(seen[0]!.socket).to.equal(listener);
    expect(seen[0]!.connection.getpeername().equals(client.getsockname())).to.equal(true);
    expect(seen[0]!.address.equals(client.getsockname())).to.equal(true);
  });

  it('tell of closing once, and of giving away', async () => {
    const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
    const fds = [a.fd, b.fd];
    const seen = await messages('uvsock.socket.close', () => {
      a.close();
      a.close();
      closed([Socket.adopt(b.detach())]);
    });
    expect(seen).to.deep.equal([
      { socket: a, fd: fds[0], detached: false },
      { socket: b, fd: fds[1], detached: true },
    ]);
  });

  it('tell of errors, also where there is no socket, and of none for would-block', async () => {
    const [a] = closed([socket(AF_INET, SOCK_STREAM)]);
    const seen = await messages('uvsock.socket.error', () => {
      codeOf(() => a.getpeername());
      codeOf(() => socket(AF_INET, 4711));
      closed([socket(AF_INET, SOCK_DGRAM)])[0].recv(Buffer.alloc(1));
    });
    expect(seen.map(({ error }) => (error as NodeJS.ErrnoException).syscall)).to.deep.equal([
      'getpeername',
      'socket',
    ]);
    expect(seen.map((each) => each.socket)).to.deep.equal([a, null]);
  });

  it('cannot change what a call does by throwing', async () => {
    const { output } = await runProgram(`
      import { subscribe } from 'node:diagnostics_channel';
      process.on('uncaughtException', (error) => console.log('uncaught', error.message));
      subscribe('uvsock.socket.close', () => { throw new Error('mine'); });
      const a = socket(c.AF_INET, c.SOCK_STREAM);
      a.close();
      console.log(a.closed);
    `);
    expect(output).to.equal('true\nuncaught mine\n');
  });
});

describe('NODE_DEBUG=uvsock', () => {
  it('prints opens, arms, connects, accepts, errors and closes', async () => {
    const { output } = await runProgram(
      `
      const listener = socket(c.AF_UNIX, c.SOCK_STREAM);
      listener.bind(c.AF_UNIX, '');
      listener.listen();
      const client = socket(c.AF_UNIX, c.SOCK_STREAM);
      client.connect(listener.getsockname());
      await ready(listener, 'readable');
      const { socket: connection } = listener.accept();
      connection.close();
      try { client.send(Buffer.from('x')); } catch {}
      client.detach();
      listener.close();
    `,
      { env: { NODE_DEBUG: 'uvsock' } },
    );
    const lines = output
      .trim()
      .split('\n')
      .map((line) => line.replace(/^UVSOCK \d+: /, '').replace(/fd \d+/g, 'fd'));
    expect(lines.map((line) => line.replace(/ (to|from) @\S+/, ' $1 name'))).to.deep.equal([
      'open fd: family 1, style 1, protocol 0',
      'open fd: family 1, style 1, protocol 0',
      'connect fd to name',
      'arm fd: readable',
      'arm fd: nothing',
      'open fd: family 1, style 1, protocol 0',
      'accept fd on fd from unix:',
      'close fd',
      'error fd: send EPIPE',
      'detach fd',
      'close fd',
    ]);
  });
});
