import { expect } from 'chai';
import { type Socket, socket } from 'uvsock';
import { AF_INET, SOCK_STREAM } from 'uvsock/constants';
import { accepts } from 'uvsock/stream';
import { closed, codeOf, expectReady, tcpListener, turnFor } from '../support/sockets.ts';

/** Clients of a listener, connected and not accepted. */
function clientsOf(listener: Socket, count: number): Socket[] {
  const clients = closed(Array.from({ length: count }, () => socket(AF_INET, SOCK_STREAM)));
  for (const client of clients) client.connect(listener.getsockname());
  return clients;
}

describe('accepts', () => {
  it('iterates over connections, until the listener is closed', async () => {
    const [listener] = closed([tcpListener()]);
    const clients = clientsOf(listener, 3);
    const ports: unknown[] = [];
    for await (const accepted of accepts(listener)) {
      closed([accepted.socket]);
      ports.push(accepted.address.port);
      if (ports.length === 3) listener.close();
    }
    expect(ports).to.deep.equal(clients.map((client) => client.getsockname().port));
  });

  it('accepts nothing while the body runs, and loses none by break', async () => {
    const [listener] = closed([tcpListener()]);
    clientsOf(listener, 3);
    for await (const { socket: first } of accepts(listener)) {
      closed([first]);
      await turnFor(10);
      break;
    }
    expect(listener.closed).to.equal(false);
    const rest = [listener.accept(), listener.accept()].map((each) => each!.socket);
    closed(rest);
    expect(listener.accept()).to.equal(null);
  });

  it('takes nothing that comes after it was returned or aborted while waiting', async () => {
    const [listener] = closed([tcpListener()]);
    const iterator = accepts(listener);
    const controller = new AbortController();
    const aborted = accepts(listener, { signal: controller.signal });
    const waiting = [iterator.next(), aborted.next().catch((error: Error) => error.name)];
    await iterator[Symbol.asyncDispose]();
    controller.abort();
    expect(await Promise.all(waiting)).to.deep.equal([{ done: true, value: undefined }, 'AbortError']);
    clientsOf(listener, 1);
    await expectReady(listener, 'readable');
    closed([listener.accept()!.socket]);
  });

  it('throws the error of a socket that does not listen', async () => {
    const [deaf] = closed([socket(AF_INET, SOCK_STREAM)]);
    const code = await accepts(deaf)
      .next()
      .catch((error) => error.code);
    expect(code).to.equal('EINVAL');
  });

  it('checks its arguments when it is called', () => {
    const [listener] = closed([tcpListener()]);
    expect(codeOf(() => accepts(5 as never))).to.equal('ERR_INVALID_ARG_TYPE');
    expect(codeOf(() => accepts(listener, { maxPerTurn: 0 }))).to.equal('ERR_OUT_OF_RANGE');
    expect(codeOf(() => accepts(listener, { onError: 1 as never }))).to.equal('ERR_INVALID_ARG_TYPE');
  });
});
