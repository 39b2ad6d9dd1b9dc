import { channel } from 'node:diagnostics_channel';
import { expect } from 'chai';
import {
  config,
  EMPTY,
  filter,
  firstValueFrom,
  lastValueFrom,
  NEVER,
  of,
  Subject,
  take,
  throwError,
  toArray,
} from 'rxjs';
import { Socket, socket } from 'uvsock';
import { AF_INET, IPPROTO_TCP, SO_LINGER, SOCK_STREAM, SOL_SOCKET, TCP_REPAIR } from 'uvsock/constants';
import { fromRecv, mergeAccept, mergeRecv, send } from 'uvsock/rx';
import { closed, expectNoReady, expectReady, tcpListener, turnFor } from '../support/sockets.ts';

function connect(to: Socket): Socket {
  const [client] = closed([socket(AF_INET, SOCK_STREAM)]);
  client.connect(to.getsockname());
  return client;
}

/** Until the peer has ended or reset the connection. */
async function gone(client: Socket): Promise<unknown> {
  for (;;) {
    try {
      const n = client.recv(Buffer.alloc(64));
      if (n === 0) return 'ended';
      if (n === null) await expectReady(client, 'readable');
    } catch (error) {
      return (error as { code: string }).code;
    }
  }
}

describe('mergeAccept', () => {
  it('serves connections, and ends each when its work completes', async () => {
    const [listener] = closed([tcpListener()]);
    const serving = mergeAccept(listener, (connection, address, index) =>
      send(connection, `${index} ${address.port}`),
    ).subscribe();
    for (let index = 0; index < 3; index++) {
      const client = connect(listener);
      await expectReady(client, 'readable');
      const buffer = Buffer.alloc(64);
      const n = client.recv(buffer) as number;
      expect(buffer.toString('utf8', 0, n)).to.equal(`${index} ${client.getsockname().port}`);
      expect(await gone(client)).to.equal('ended');
      client.close();
    }
    serving.unsubscribe();
  });

  it('never has more connections open than it may, those that are ending included', async () => {
    const [listener] = closed([tcpListener()]);
    const open: Socket[] = [];
    let most = 0;
    const done = new Subject<void>();
    const serving = mergeAccept(
      listener,
      (connection) => {
        open.push(connection);
        most = Math.max(most, open.filter((each) => !each.closed).length);
        return done.pipe(take(1));
      },
      2,
    ).subscribe();
    const clients = Array.from({ length: 6 }, () => connect(listener));
    await turnFor(20);
    expect(open).to.have.length(2);
    done.next(); // both end their side, and wait for their clients
    await turnFor(20);
    expect(open).to.have.length(2);
    for (const client of clients.slice(0, 2)) client.close();
    while (open.length < 4) await turnFor(1);
    await turnFor(20);
    expect([open.length, most]).to.deep.equal([4, 2]);
    serving.unsubscribe();
    expect(open.every((each) => each.closed)).to.equal(true);
  });

  it('closes a connection whose work fails, tells why, and goes on with the others', async () => {
    const [listener] = closed([tcpListener()]);
    const told: unknown[] = [];
    const serving = mergeAccept(
      listener,
      (connection, _address, index) =>
        index === 0
          ? throwError(() => new Error('first'))
          : mergeRecv(connection, (chunk) => send(connection, chunk)),
      {
        onError: (error, connection, address) =>
          told.push([(error as Error).message, connection?.closed, address?.family]),
      },
    ).subscribe();
    expect(await gone(connect(listener))).to.equal('ended');
    const second = connect(listener);
    second.send(Buffer.from('x'));
    await expectReady(second, 'readable');
    expect(told).to.deep.equal([['first', true, AF_INET]]);
    serving.unsubscribe();
  });

  it('publishes the network errors of connections, and goes on', async () => {
    const [listener] = closed([tcpListener()]);
    const published: { error: { code: string } }[] = [];
    const subscriber = (message: unknown) => published.push(message as { error: { code: string } });
    channel('uvsock.connection.error').subscribe(subscriber);
    const serving = mergeAccept(listener, (connection) => fromRecv(connection)).subscribe();
    const client = connect(listener);
    await turnFor(5);
    client.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 });
    client.close();
    while (published.length === 0) await turnFor(1);
    channel('uvsock.connection.error').unsubscribe(subscriber);
    expect(published[0]?.error.code).to.equal('ECONNRESET');
    const next = connect(listener);
    next.shutdown(1);
    expect(await gone(next)).to.equal('ended');
    serving.unsubscribe();
  });

  it('reports other errors of connections as unhandled', async () => {
    const [listener] = closed([tcpListener()]);
    const unhandled = new Promise((resolve) => (config.onUnhandledError = resolve));
    const serving = mergeAccept(listener, () => {
      throw new Error('a mistake');
    }).subscribe();
    connect(listener);
    expect(((await unhandled) as Error).message).to.equal('a mistake');
    config.onUnhandledError = null;
    serving.unsubscribe();
  });

  it('survives a handler of errors that throws', async () => {
    const [listener] = closed([tcpListener()]);
    const unhandled = new Promise((resolve) => (config.onUnhandledError = resolve));
    const serving = mergeAccept(listener, () => throwError(() => new Error('first')), {
      concurrent: 1,
      onError() {
        throw new Error('in the handler');
      },
    }).subscribe();
    connect(listener);
    expect(((await unhandled) as Error).message).to.equal('in the handler');
    config.onUnhandledError = null;
    const told = new Promise((resolve) => (config.onUnhandledError = resolve));
    connect(listener);
    await told;
    config.onUnhandledError = null;
    serving.unsubscribe();
  });

  it('lets go of a connection that is detached', async () => {
    const [listener] = closed([tcpListener()]);
    const fd = firstValueFrom(mergeAccept(listener, (connection) => of(connection.detach())));
    const client = connect(listener);
    const [kept] = closed([Socket.adopt(await fd)]);
    await expectNoReady(client, 'readable');
    kept.send(Buffer.from('x'));
    await expectReady(client, 'readable');
  });

  it('completes when the listener is closed and the last connection is gone', async () => {
    const [listener] = closed([tcpListener()]);
    const done = new Subject<never>();
    let completed = false;
    const accepted = new Subject<void>();
    mergeAccept(listener, () => {
      accepted.next();
      return done;
    }).subscribe({ complete: () => (completed = true) });
    const client = connect(listener);
    await firstValueFrom(accepted);
    listener.close();
    expect(completed).to.equal(false);
    client.close();
    done.complete();
    while (!completed) await turnFor(1);
  });

  it('fails with what concerns the listener, and closes the connections', async () => {
    const [listener] = closed([socket(AF_INET, SOCK_STREAM)]);
    const error = await lastValueFrom(mergeAccept(listener, () => EMPTY)).catch((reason) => reason);
    expect(error.code).to.equal('EINVAL');
  });

  it('keeps serving the others when a client resets or vanishes', async () => {
    const [listener] = closed([tcpListener()]);
    const errors: unknown[] = [];
    const serving = mergeAccept(
      listener,
      (connection) => mergeRecv(connection, (chunk) => send(connection, chunk)),
      {
        onError: (error) => errors.push((error as { code: string }).code),
      },
    ).subscribe();
    const [resetting, vanishing, staying] = [connect(listener), connect(listener), connect(listener)];
    for (const client of [resetting, vanishing]) client.send(Buffer.alloc(1 << 20));
    try {
      // A socket under repair is closed without a word to the peer (tcp_repair, CRIU).
      vanishing.setsockopt(IPPROTO_TCP, TCP_REPAIR!, 1);
    } catch (error) {
      console.log(`      only a reset, no vanishing: ${(error as Error).message}`);
    }
    vanishing.close();
    resetting.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 });
    resetting.close();
    staying.send(Buffer.from('still there?'));
    await expectReady(staying, 'readable');
    expect(staying.recv(Buffer.alloc(20))).to.equal(12);
    await turnFor(20);
    expect(new Set(errors)).to.deep.equal(new Set(['ECONNRESET']));
    serving.unsubscribe();
  });

  it('closes all connections when it is unsubscribed', async () => {
    const [listener] = closed([tcpListener()]);
    let count = 0;
    const serving = mergeAccept(listener, () => {
      count++;
      return NEVER;
    }).subscribe();
    const clients = [connect(listener), connect(listener), connect(listener)];
    while (count < 3) await turnFor(1);
    serving.unsubscribe();
    for (const client of clients) expect(await gone(client)).to.equal('ended');
  });

  it('takes a limit as a number and refuses a bad one', async () => {
    const [listener] = closed([tcpListener()]);
    expect(() => mergeAccept(listener, () => EMPTY, 0)).to.throw(RangeError, /concurrent/);
    expect(() => mergeAccept(listener, 'x' as never)).to.throw(TypeError, /project/);
    expect(() => mergeAccept(listener, () => EMPTY, null as never)).to.throw(TypeError, /config/);
    expect(() => mergeAccept(listener, () => EMPTY, { onError: 1 as never })).to.throw(TypeError, /onError/);
    const values = lastValueFrom(
      mergeAccept(listener, () => of('v'), 1).pipe(filter(Boolean), take(1), toArray()),
    );
    connect(listener);
    expect(await values).to.deep.equal(['v']);
  });
});
