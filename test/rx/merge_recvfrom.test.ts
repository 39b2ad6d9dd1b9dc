import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect } from 'chai';
import {
  config,
  EMPTY,
  filter,
  firstValueFrom,
  lastValueFrom,
  map,
  mergeMap,
  NEVER,
  of,
  Subject,
  take,
  throwError,
  toArray,
} from 'rxjs';
import type { Socket } from 'uvsock';
import { MSG_PEEK } from 'uvsock/constants';
import { type Datagram, mergeRecvfrom, sendto } from 'uvsock/rx';
import { closed, expectReady, sendFromPortZero, turnFor, udpSocket } from '../support/sockets.ts';

const echo = (socket: Socket) => (datagram: Datagram) => sendto(socket, datagram.data, datagram.address!);

/** Says something from `client` and waits for the echo. */
async function ask(client: Socket, server: Socket, question: string): Promise<string> {
  client.sendto(Buffer.from(question), server.getsockname());
  await expectReady(client, 'readable');
  const buffer = Buffer.alloc(100);
  return buffer.toString('utf8', 0, client.recv(buffer)!);
}

describe('mergeRecvfrom', () => {
  it('answers datagrams, the empty one included', async () => {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    const serving = mergeRecvfrom(server, echo(server)).subscribe();
    for (const question of ['one', '', 'three']) {
      expect(await ask(client, server, question)).to.equal(question);
    }
    serving.unsubscribe();
    expect(server.closed).to.equal(false);
  });

  it('leaves in the kernel what it has no room for', async () => {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    for (const data of ['1', '2']) client.sendto(Buffer.from(data), server.getsockname());
    const gate = new Subject<void>();
    const seen: string[] = [];
    const serving = mergeRecvfrom(server, ({ data }) => {
      seen.push(data.toString());
      return gate.pipe(take(1));
    }).subscribe();
    await turnFor(10);
    expect(seen).to.deep.equal(['1']);
    expect(server.recv(Buffer.alloc(9), MSG_PEEK)).to.equal(1);
    gate.next();
    expect(seen).to.deep.equal(['1', '2']);
    serving.unsubscribe();
  });

  it('goes on serving the others after a datagram with source port 0', async function () {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    if (!sendFromPortZero('spoofed', server.getsockname())) {
      console.log('      raw sockets are not allowed here');
      return this.skip();
    }
    const errors: unknown[] = [];
    const serving = mergeRecvfrom(server, echo(server), {
      onError: (error, { data }) => errors.push([(error as { code: string }).code, data.toString()]),
    }).subscribe();
    expect(await ask(client, server, 'still there?')).to.equal('still there?');
    expect(errors).to.deep.equal([['EINVAL', 'spoofed']]);
    serving.unsubscribe();
  });

  it('publishes errors of the network where nobody asked for them', async () => {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    const published: unknown[] = [];
    const listener = (message: unknown) => published.push(message);
    subscribe('uvsock.datagram.error', listener);
    const serving = mergeRecvfrom(server, ({ data }) =>
      sendto(server, data, { address: '127.0.0.1', port: 0 }),
    ).subscribe();
    client.sendto(Buffer.from('x'), server.getsockname());
    await turnFor(10);
    unsubscribe('uvsock.datagram.error', listener);
    serving.unsubscribe();
    expect(published).to.have.length(1);
    expect(published[0]).to.include({ socket: server });
    expect((published[0] as { error: { code: string } }).error.code).to.equal('EINVAL');
  });

  it('reports mistakes of the program as unhandled, and goes on', async () => {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    const unhandled: string[] = [];
    config.onUnhandledError = (error) => unhandled.push((error as Error).message);
    const serving = mergeRecvfrom(server, (datagram, index) => {
      if (index === 0) throw new Error('my mistake');
      return echo(server)(datagram);
    }).subscribe();
    client.sendto(Buffer.from('x'), server.getsockname());
    expect(await ask(client, server, 'next')).to.equal('next');
    await turnFor(5);
    config.onUnhandledError = null;
    serving.unsubscribe();
    expect(unhandled).to.deep.equal(['my mistake']);
  });

  it('works on items that an operator makes of the datagrams', async () => {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    for (const data of ['a,b', 'c', 'd,e']) client.sendto(Buffer.from(data), server.getsockname());
    const items = mergeRecvfrom(server, (item, index) => of(`${index}${item}`), {
      through: mergeMap(({ data }) => data.toString().split(',')),
    });
    expect(await firstValueFrom(items.pipe(take(5), toArray()))).to.deep.equal([
      '0a',
      '1b',
      '2c',
      '3d',
      '4e',
    ]);
  });

  it('tells onError of the item', async () => {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    client.sendto(Buffer.from('x'), server.getsockname());
    const told: string[] = [];
    const serving = mergeRecvfrom(server, () => throwError(() => new Error()), {
      through: map(({ data }: Datagram) => data.toString()),
      onError: (_, item: string) => told.push(item),
    }).subscribe();
    serving.unsubscribe();
    expect(told).to.deep.equal(['x']);
  });

  it('fails when its operator does', async () => {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    client.sendto(Buffer.from('x'), server.getsockname());
    const through = filter((_: Datagram): boolean => {
      throw new Error('bad operator');
    });
    const error = await lastValueFrom(mergeRecvfrom(server, () => EMPTY, { through })).catch(
      (reason) => reason,
    );
    expect(error.message).to.equal('bad operator');
  });

  it('lends the payload until the work is done', async () => {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    const size = 20_000;
    const buffers = new Set<ArrayBuffer>();
    const serving = mergeRecvfrom(
      server,
      ({ data }) => {
        buffers.add(data.buffer);
        return EMPTY;
      },
      { reuse: true },
    ).subscribe();
    for (let count = 0; count < 20; count++) {
      client.sendto(Buffer.alloc(size, count), server.getsockname());
      await new Promise(setImmediate);
    }
    serving.unsubscribe();
    expect(buffers.size).to.equal(1);
  });

  it('completes after its work when the socket is closed', async () => {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    client.sendto(Buffer.from('x'), server.getsockname());
    const work = new Subject<string>();
    let completed = false;
    mergeRecvfrom(server, () => work).subscribe({ complete: () => (completed = true) });
    server.close();
    expect(completed).to.equal(false);
    work.complete();
    expect(completed).to.equal(true);
  });

  it('names a wrong argument', () => {
    const [server] = closed([udpSocket()]);
    expect(() => mergeRecvfrom(server, null as never)).to.throw(TypeError, /"project"/);
    expect(() => mergeRecvfrom(server, () => NEVER, 0)).to.throw(RangeError, /"concurrent"/);
    expect(() => mergeRecvfrom(server, () => NEVER, { onError: 5 as never })).to.throw(
      TypeError,
      /"onError"/,
    );
    expect(() => mergeRecvfrom(server, () => NEVER, { through: 5 as never })).to.throw(
      TypeError,
      /"through"/,
    );
  });
});
