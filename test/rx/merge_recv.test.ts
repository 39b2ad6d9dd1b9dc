import { expect } from 'chai';
import {
  EMPTY,
  finalize,
  firstValueFrom,
  lastValueFrom,
  NEVER,
  of,
  Subject,
  take,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { socketpair } from 'uvsock';
import { AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from 'uvsock/constants';
import { mergeRecv, send } from 'uvsock/rx';
import { closed, expectReady, fill, tcpPair, turnFor } from '../support/sockets.ts';

describe('mergeRecv', () => {
  it('maps chunks one after the other', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    for (const data of ['1', '2', '3']) a.send(Buffer.from(data));
    let active = 0;
    let most = 0;
    const results = await firstValueFrom(
      mergeRecv(b, async (chunk, index) => {
        most = Math.max(most, ++active);
        await turnFor(2);
        active--;
        return `${index}:${chunk}`;
      }).pipe(take(3), toArray()),
    );
    expect(results).to.deep.equal(['0:1', '1:2', '2:3']);
    expect(most).to.equal(1);
  });

  it('works on as many at once as it is told', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    for (const data of ['1', '2', '3', '4', '5']) a.send(Buffer.from(data));
    let active = 0;
    let most = 0;
    await firstValueFrom(
      mergeRecv(
        b,
        async () => {
          most = Math.max(most, ++active);
          await turnFor(2);
          active--;
        },
        3,
      ).pipe(take(5), toArray()),
    );
    expect(most).to.equal(3);
  });

  it('leaves what it has no room for in the kernel, so that the sender is held up', async () => {
    const [a, b] = closed(tcpPair());
    const gate = new Subject<void>();
    let received = 0;
    const subscription = mergeRecv(b, (chunk) => {
      received += chunk.length;
      return gate.pipe(take(1));
    }).subscribe();
    let sent = 0;
    for (let quiet = 0; quiet < 3; ) {
      const before = sent;
      sent += fill(a);
      quiet = sent === before ? quiet + 1 : 0;
      await turnFor(5);
    }
    expect(received).to.be.at.most(65_536);
    for (let quiet = 0; received < sent && quiet < 1000; quiet++) {
      gate.next();
      await new Promise(setImmediate);
    }
    expect(received).to.equal(sent);
    subscription.unsubscribe();
  });

  it('echoes with end-to-end backpressure', async () => {
    const [a, b] = closed(tcpPair());
    const echoing = mergeRecv(b, (chunk) => send(b, chunk)).subscribe();
    const data = Buffer.alloc(8 << 20, 'echo');
    let sent = 0;
    let received = 0;
    const buffer = Buffer.alloc(1 << 16);
    while (received < data.length) {
      const out = sent < data.length ? a.send(data, 0, sent) : null;
      sent += out ?? 0;
      const back = a.recv(buffer);
      if (back !== null) {
        expect(buffer.subarray(0, back).equals(data.subarray(received, received + back))).to.equal(true);
        received += back;
      } else if (out === null) await expectReady(a, sent < data.length ? 'both' : 'readable');
    }
    echoing.unsubscribe();
  });

  it('completes only after the work on the last chunk', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    a.send(Buffer.from('x'));
    a.close();
    const order: string[] = [];
    await lastValueFrom(
      mergeRecv(b, () => timer(20)),
      { defaultValue: 0 },
    ).then(() => order.push('complete'));
    expect(order).to.deep.equal(['complete']);
    expect(b.closed).to.equal(false);
  });

  it('does not recurse over work that is done at once', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    a.send(Buffer.alloc(50_000));
    a.close();
    let chunks = 0;
    await lastValueFrom(
      mergeRecv(
        b,
        () => {
          chunks++;
          return EMPTY;
        },
        { size: 1, maxPerTurn: 100_000 },
      ),
      { defaultValue: null },
    );
    expect(chunks).to.equal(50_000);
  });

  it('fails with the error of the work, and unsubscribes the rest of it', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    let unsubscribed = 0;
    a.send(Buffer.from('1'));
    a.send(Buffer.from('2'));
    const error = await lastValueFrom(
      mergeRecv(
        b,
        (_, index) =>
          index === 0 ? NEVER.pipe(finalize(() => unsubscribed++)) : throwError(() => new Error('broken')),
        2,
      ),
    ).catch((reason) => reason);
    expect(error.message).to.equal('broken');
    expect(unsubscribed).to.equal(1);
    expect(b.closed).to.equal(false);
  });

  it('fails with what project throws', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    a.send(Buffer.from('1'));
    const error = (await lastValueFrom(
      mergeRecv(b, () => {
        throw new Error('thrown');
      }),
    ).catch((reason) => reason)) as Error;
    expect(error.message).to.equal('thrown');
  });

  it('completes after its work when the socket is closed', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    a.send(Buffer.from('1'));
    const done = new Subject<string>();
    let completed = false;
    mergeRecv(b, () => done).subscribe({ complete: () => (completed = true) });
    b.close();
    expect(completed).to.equal(false);
    done.complete();
    expect(completed).to.equal(true);
  });

  it('counts as the one reader of a stream', () => {
    const [, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const first = mergeRecv(b, () => EMPTY).subscribe();
    let code: unknown;
    mergeRecv(b, () => EMPTY).subscribe({ error: (error) => (code = error.code) });
    expect(code).to.equal('ERR_SOCKET_BUSY');
    first.unsubscribe();
  });

  it('stops a synchronous inner observable when the outer one is unsubscribed', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    a.send(Buffer.from('1'));
    const values: number[] = [];
    mergeRecv(b, () => of(1, 2, 3))
      .pipe(take(2))
      .subscribe((value) => values.push(value));
    expect(values).to.deep.equal([1, 2]);
  });

  it('refuses a bad limit and a bad function', () => {
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    expect(() => mergeRecv(a, () => EMPTY, 0)).to.throw(RangeError, /concurrent/);
    expect(() => mergeRecv(a, null as never)).to.throw(TypeError, /project/);
  });
});
