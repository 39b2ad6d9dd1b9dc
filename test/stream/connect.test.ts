import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Socket, socket } from 'uvsock';
import { AF_INET, AF_UNIX, IPPROTO_TCP, SOCK_STREAM, TCP_NODELAY } from 'uvsock/constants';
import { SocketStream } from 'uvsock/stream';
import { closed, codeOf, expectReady, tcpListener, turnFor } from '../support/sockets.ts';

const portOf = (listener: Socket) => listener.getsockname().port as number;

/** A resolver that knows these addresses for every name. */
const resolvesTo =
  (...addresses: string[]): LookupFunction =>
  (_hostname, _options, callback) =>
    queueMicrotask(() =>
      callback(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      ),
    );

/** A stream that the test closes. */
function stream(): SocketStream {
  const made = new SocketStream();
  closed([{ [Symbol.dispose]: () => void made.destroy() }]);
  return made;
}

/** How a connect fails. */
async function failure(connecting: SocketStream): Promise<NodeJS.ErrnoException> {
  const [error] = (await once(connecting, 'error')) as [NodeJS.ErrnoException];
  return error;
}

/** A port on which nobody listens. */
function refusedPort(): number {
  const listener = tcpListener();
  const port = portOf(listener);
  listener.close();
  return port;
}

describe('SocketStream.connect', () => {
  it('takes options, a port and a host, and a path, each with a listener', async () => {
    const [listener] = closed([tcpListener()]);
    const port = portOf(listener);
    const forms: ((told: () => void) => SocketStream)[] = [
      (told) => stream().connect({ port, host: '127.0.0.1' }, told),
      (told) => stream().connect({ port: String(port), family: 4 }, told),
      (told) => stream().connect(port, '127.0.0.1', told),
      (told) => stream().connect(String(port), 'localhost', told),
    ];
    for (const connect of forms) {
      const connecting = connect(() => {});
      expect(connecting).to.include({ connecting: true, pending: true });
      await once(connecting, 'ready');
      expect(connecting).to.include({ connecting: false, remotePort: port });
      expect(connecting.listenerCount('connect')).to.equal(0);
      closed([listener.accept()!.socket]);
    }
    const folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
    const path = join(folder, 's');
    const [unix] = closed([socket(AF_UNIX, SOCK_STREAM)]);
    unix.bind(AF_UNIX, path);
    unix.listen();
    for (const connect of [
      (told: () => void) => stream().connect(path, told),
      () => stream().connect({ path }),
    ]) {
      await once(
        connect(() => {}),
        'connect',
      );
      closed([unix.accept()!.socket]);
    }
    rmSync(folder, { recursive: true });
  });

  it('sends what was written before, and ends', async () => {
    const [listener] = closed([tcpListener()]);
    const connecting = stream();
    connecting.write('before connect, ');
    connecting.connect(portOf(listener), '127.0.0.1');
    connecting.end('before it is connected');
    await once(connecting, 'finish');
    const [peer] = closed([listener.accept()!.socket]);
    const buffer = Buffer.alloc(100);
    await expectReady(peer, 'readable');
    expect(buffer.toString('utf8', 0, peer.recv(buffer) as number)).to.equal(
      'before connect, before it is connected',
    );
    expect(peer.recv(buffer)).to.equal(0);
  });

  it('tries one address after the other, at once when one fails', async () => {
    const [listener] = closed([tcpListener()]);
    const connecting = stream().connect({
      host: 'name.test',
      port: portOf(listener),
      lookup: resolvesTo('127.0.0.3', '127.0.0.2', '127.0.0.1'),
      autoSelectFamilyAttemptTimeout: 600_000, // waiting for it would outlast the test
    });
    await once(connecting, 'connect');
    expect(connecting.remoteAddress).to.equal('127.0.0.1');
    closed([listener.accept()!.socket]);
  });

  it('tries the next address beside one that does not answer, and closes the loser', async () => {
    const [full] = closed([tcpListener(0)]); // its backlog is full with the first client
    const [first] = closed([socket(AF_INET, SOCK_STREAM)]);
    first.connect(full.getsockname());
    const [beside] = closed([socket(AF_INET, SOCK_STREAM)]);
    beside.bind(AF_INET, '127.0.0.2', portOf(full));
    beside.listen();
    const connecting = stream().connect({
      host: 'name.test',
      port: portOf(full),
      lookup: resolvesTo('127.0.0.1', '127.0.0.2'),
      autoSelectFamilyAttemptTimeout: 10,
    });
    await once(connecting, 'connect');
    expect(connecting.remoteAddress).to.equal('127.0.0.2');
    closed([beside.accept()!.socket]);
  });

  it('fails with the error of the only address, or one that names all', async () => {
    const port = refusedPort();
    expect(await failure(stream().connect(port, '127.0.0.1'))).to.include({
      message: `connect ECONNREFUSED 127.0.0.1:${port}`,
      address: '127.0.0.1',
      port,
    });
    const both = stream().connect({ host: 'n.test', port, lookup: resolvesTo('127.0.0.1', '127.0.0.2') });
    const error = await failure(both);
    expect(error.code).to.equal('ECONNREFUSED');
    expect(error.message).to.equal(
      `No connection to n.test:${port}: 127.0.0.1:${port} (connect ECONNREFUSED), 127.0.0.2:${port} (connect ECONNREFUSED)`,
    );
  });

  it('fails with the error of the lookup, and when that finds nothing', async () => {
    const lookup: LookupFunction = (_name, _options, callback) =>
      callback(Object.assign(new Error('no'), { code: 'EAI_AGAIN' }), '');
    expect((await failure(stream().connect({ host: 'a.test', port: 1, lookup }))).code).to.equal('EAI_AGAIN');
    const nothing = stream().connect({ host: 'a.test', port: 1, lookup: resolvesTo() });
    expect((await failure(nothing)).message).to.equal('getaddrinfo ENOTFOUND a.test');
  });

  it('takes a resolver that answers one address, as dns.lookup does without all', async () => {
    const [listener] = closed([tcpListener()]);
    const lookup: LookupFunction = (_name, _options, callback) => callback(null, '127.0.0.1', 4);
    await once(stream().connect({ host: 'a.test', port: portOf(listener), lookup }), 'connect');
    closed([listener.accept()!.socket]);
  });

  it('connects from an address, with options set before', async () => {
    const [listener] = closed([tcpListener()]);
    const connecting = stream().connect({
      port: portOf(listener),
      host: '127.0.0.1',
      localAddress: '127.0.0.9',
      noDelay: true,
      timeout: 60_000,
    });
    await once(connecting, 'connect');
    expect(connecting).to.include({ localAddress: '127.0.0.9', timeout: 60_000 });
    expect(connecting.socket?.getsockopt(IPPROTO_TCP, TCP_NODELAY)).to.equal(true);
    closed([listener.accept()!.socket]);
  });

  it('connects from a port, whatever the family', async () => {
    const [listener] = closed([tcpListener()]);
    const localPort = refusedPort();
    const connecting = stream().connect({ port: portOf(listener), host: '127.0.0.1', localPort });
    await once(connecting, 'connect');
    expect(connecting.localPort).to.equal(localPort);
    closed([listener.accept()!.socket]);
    const error = await failure(
      stream().connect({ port: refusedPort(), host: '::1', localPort: refusedPort() }),
    );
    expect(error.code).to.be.oneOf(['ECONNREFUSED', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']);
  });

  it('fails with what a resolver throws', async () => {
    const lookup = () => {
      throw new Error('thrown');
    };
    expect((await failure(stream().connect({ host: 'a.test', port: 1, lookup }))).message).to.equal('thrown');
  });

  it('is given up when the stream is destroyed, the lookup, too', async () => {
    const [listener] = closed([tcpListener()]);
    let answer: (() => void) | undefined;
    const lookup: LookupFunction = (_name, _options, callback) => {
      answer = () => callback(null, '127.0.0.1', 4);
    };
    const waiting = stream().connect({ host: 'a.test', port: portOf(listener), lookup });
    await turnFor(1);
    waiting.destroy();
    answer?.();
    stream().connect(portOf(listener), '127.0.0.1').destroy();
    await turnFor(10);
    expect(listener.accept()).to.equal(null);
  });

  it('refuses a second connect, a destroyed stream, and wrong arguments', () => {
    const [listener] = closed([tcpListener()]);
    const port = portOf(listener);
    const connecting = stream().connect(port);
    expect(codeOf(() => connecting.connect(port))).to.equal('EISCONN');
    connecting.destroy();
    expect(codeOf(() => connecting.connect(port))).to.equal('ERR_SOCKET_CLOSED');
    expect(codeOf(() => stream().connect({ port: 65536 }))).to.equal('ERR_OUT_OF_RANGE');
    expect(codeOf(() => stream().connect({}))).to.match(/^ERR_/);
    expect(codeOf(() => stream().connect(null as never))).to.equal('ERR_INVALID_ARG_TYPE');
    expect(codeOf(() => stream().connect({ port, host: 5 as never }))).to.equal('ERR_INVALID_ARG_TYPE');
    expect(codeOf(() => stream().connect({ port, lookup: 5 as never }))).to.equal('ERR_INVALID_ARG_TYPE');
    expect(codeOf(() => stream().connect({ port, localAddress: 'name' }))).to.match(/^ERR_/);
  });
});
