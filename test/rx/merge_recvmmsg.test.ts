import { expect } from 'chai';
import { concatMap, config, EMPTY, NEVER, of, Subject, take, throwError } from 'rxjs';
import { type BatchedDatagram, DatagramBatch, type Socket } from 'uvsock';
import { MSG_PEEK } from 'uvsock/constants';
import { mergeRecvmmsg, sendto } from 'uvsock/rx';
import { closed, expectReady, turnFor, udpSocket } from '../support/sockets.ts';

function say(a: Socket, b: Socket, ...texts: string[]): void {
  for (const text of texts) a.sendto(Buffer.from(text), b.getsockname());
}

const texts = (batch: DatagramBatch) => [...batch].map(({ data }) => data.toString());

describe('mergeRecvmmsg', () => {
  it('echoes batches as they came', async () => {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    say(client, server, 'one', '', 'three');
    const serving = mergeRecvmmsg(
      server,
      (batch) => {
        server.sendmmsg(batch);
        return EMPTY;
      },
      { reuse: true },
    ).subscribe();
    await expectReady(client, 'readable');
    const answers = new DatagramBatch();
    client.recvmmsg(answers);
    expect(texts(answers)).to.deep.equal(['one', '', 'three']);
    serving.unsubscribe();
    expect(server.closed).to.equal(false);
  });

  it('leaves in the kernel what it has no room for', async () => {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    say(client, server, '1', '2', '3');
    const gate = new Subject<void>();
    const seen: string[][] = [];
    const serving = mergeRecvmmsg(
      server,
      (batch) => {
        seen.push(texts(batch));
        return gate.pipe(take(1));
      },
      { count: 2 },
    ).subscribe();
    await turnFor(10);
    expect(seen).to.deep.equal([['1', '2']]);
    expect(server.recv(Buffer.alloc(9), MSG_PEEK)).to.equal(1);
    gate.next();
    expect(seen).to.deep.equal([['1', '2'], ['3']]);
    serving.unsubscribe();
  });

  it('works on as many batches at once as it may', async () => {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    say(client, server, '1', '2', '3');
    let active = 0;
    const serving = mergeRecvmmsg(
      server,
      () => {
        active++;
        return NEVER;
      },
      { count: 1, concurrent: 2 },
    ).subscribe();
    await turnFor(10);
    serving.unsubscribe();
    expect(active).to.equal(2);
  });

  it('lends a batch until the work on it is done, and releases it then', async () => {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    const gate = new Subject<void>();
    const batches: DatagramBatch[] = [];
    const serving = mergeRecvmmsg(
      server,
      (batch) => {
        batches.push(batch);
        return gate.pipe(take(1));
      },
      { reuse: true },
    ).subscribe();
    say(client, server, 'one');
    while (batches.length < 1) await turnFor(1);
    const { buffer } = batches[0]!.slab;
    gate.next();
    expect(batches[0]?.released).to.equal(true);
    say(client, server, 'two');
    while (batches.length < 2) await turnFor(1);
    expect(texts(batches[1]!)).to.deep.equal(['two']);
    expect(batches[1]?.slab.buffer).to.equal(buffer);
    serving.unsubscribe();
  });

  it('ends the work on one batch with its error, and goes on', async () => {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    const errors: unknown[] = [];
    const seen: string[] = [];
    const serving = mergeRecvmmsg(
      server,
      (batch, index) => {
        if (index === 0) return throwError(() => new Error('my mistake'));
        seen.push(...texts(batch));
        return EMPTY;
      },
      { count: 1, onError: (error, batch) => errors.push([(error as Error).message, texts(batch)]) },
    ).subscribe();
    say(client, server, 'one', 'two');
    while (seen.length < 1) await turnFor(1);
    serving.unsubscribe();
    expect(errors).to.deep.equal([['my mistake', ['one']]]);
    expect(seen).to.deep.equal(['two']);
  });

  it('reports mistakes as unhandled where nobody asked for them', async () => {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    const unhandled: string[] = [];
    config.onUnhandledError = (error) => unhandled.push((error as Error).message);
    const serving = mergeRecvmmsg(server, () => {
      throw new Error('my mistake');
    }).subscribe();
    say(client, server, 'x');
    while (unhandled.length < 1) await turnFor(1);
    config.onUnhandledError = null;
    serving.unsubscribe();
    expect(unhandled).to.deep.equal(['my mistake']);
  });

  it('works on single datagrams through an operator', async () => {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    say(client, server, 'one', 'two');
    const serving = mergeRecvmmsg(
      server,
      ({ data, address }: BatchedDatagram) => sendto(server, data, address!),
      {
        through: concatMap((batch: DatagramBatch) => batch),
      },
    ).subscribe();
    const seen: string[] = [];
    const answers = new DatagramBatch();
    while (seen.length < 2) {
      await expectReady(client, 'readable');
      if (client.recvmmsg(answers) !== null) seen.push(...texts(answers));
    }
    serving.unsubscribe();
    expect(seen).to.deep.equal(['one', 'two']);
  });

  it('completes after its work when the socket is closed', async () => {
    const [server, client] = closed([udpSocket(), udpSocket()]);
    say(client, server, 'x');
    const work = new Subject<string>();
    let completed = false;
    mergeRecvmmsg(server, () => work).subscribe({ complete: () => (completed = true) });
    server.close();
    expect(completed).to.equal(false);
    work.complete();
    expect(completed).to.equal(true);
  });

  it('names a wrong argument', () => {
    const [server] = closed([udpSocket()]);
    expect(() => mergeRecvmmsg(server, null as never)).to.throw(TypeError, /"project"/);
    expect(() => mergeRecvmmsg(server, () => NEVER, 0)).to.throw(RangeError, /"concurrent"/);
    expect(() => mergeRecvmmsg(server, () => NEVER, { onError: 5 as never })).to.throw(
      TypeError,
      /"onError"/,
    );
    expect(() => mergeRecvmmsg(server, () => of(1), { count: 0 })).to.throw(RangeError, /"count"/);
    const through = concatMap((batch: DatagramBatch) => batch);
    expect(() => mergeRecvmmsg(server, () => NEVER, { through, reuse: true })).to.throw(TypeError, /"reuse"/);
  });
});
