import { expect } from 'chai';
import {
  delay,
  EMPTY,
  finalize,
  firstValueFrom,
  lastValueFrom,
  map,
  mergeMap,
  NEVER,
  of,
  pipe,
  reduce,
  Subject,
  take,
  takeUntil,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { socketpair } from 'uvsock';
import { AF_UNIX, MSG_PEEK, SOCK_DGRAM, SOCK_STREAM } from 'uvsock/constants';
import { fromRecv, lines, mergeRecv, send } from 'uvsock/rx';
import { closed, codeOf, expectReady, fill, tcpPair, turnFor } from '../support/sockets.ts';

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

  describe('through an operator', () => {
    it('takes up a limited number of items in a turn, and the rest in the next ones', async () => {
      const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
      a.send(Buffer.alloc(1000, 'x\n'));
      a.close();
      let items = 0;
      const all = lastValueFrom(mergeRecv(b, () => of(++items), { through: lines(), itemsPerTurn: 200 }));
      expect(items).to.equal(200);
      const perTurn: number[] = [];
      while (items < 500) {
        const before = items;
        await new Promise((resolve) => setImmediate(resolve));
        perTurn.push(items - before);
      }
      expect(Math.max(...perTurn)).to.be.at.most(200);
      expect(await all).to.equal(500);
    });

    it('waits with no item when its limit is reached with the last of what is there', async () => {
      const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
      let items = 0;
      const all = lastValueFrom(mergeRecv(b, () => of(++items), { through: lines(), itemsPerTurn: 2 }));
      a.send(Buffer.from('1\n2\n'));
      await turnFor(5);
      expect(items).to.equal(2);
      a.send(Buffer.from('3\n'));
      a.close();
      expect(await all).to.equal(3);
    });

    it('checks the limit', () => {
      const [, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
      const limited = (itemsPerTurn: number) => () =>
        mergeRecv(b, () => EMPTY, { through: lines(), itemsPerTurn });
      expect(codeOf(limited(0))).to.equal('ERR_OUT_OF_RANGE');
      expect(codeOf(limited('1' as never))).to.equal('ERR_INVALID_ARG_TYPE');
    });

    const words = () => mergeMap((chunk: Buffer) => chunk.toString().split(' '));

    it('works on its items, and reads on when all are taken up', async () => {
      const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
      for (const data of ['one two three', 'four']) a.send(Buffer.from(data));
      const gate = new Subject<void>();
      const begun: string[] = [];
      const subscription = mergeRecv(
        b,
        (word: string) => {
          begun.push(word);
          return gate.pipe(take(1));
        },
        { through: words() },
      ).subscribe();
      gate.next();
      expect(begun).to.deep.equal(['one', 'two']);
      expect(b.recv(Buffer.alloc(9), MSG_PEEK)).to.equal(4);
      gate.next();
      expect(b.recv(Buffer.alloc(9), MSG_PEEK)).to.equal(4);
      gate.next();
      expect(begun).to.deep.equal(['one', 'two', 'three', 'four']);
      subscription.unsubscribe();
    });

    it('gives it the end, so that a tail is worked on', async () => {
      const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
      a.send(Buffer.from('abc'));
      a.close();
      const all = mergeRecv(b, (sum) => of(sum).pipe(delay(1)), {
        through: reduce((sum, chunk: Buffer) => sum + chunk.length, 0),
      });
      expect(await lastValueFrom(all.pipe(toArray()))).to.deep.equal([3]);
    });

    it('completes when the operator wants no more, after the work', async () => {
      const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
      a.send(Buffer.from('one two three'));
      const all = mergeRecv(b, (word) => of(word).pipe(delay(1)), { through: pipe(words(), take(2)) });
      expect(await lastValueFrom(all.pipe(toArray()))).to.deep.equal(['one', 'two']);
      a.send(Buffer.from('more'));
      expect((await firstValueFrom(fromRecv(b))).toString()).to.equal('more');
    });

    it('applies it anew for each subscription', async () => {
      const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
      const numbered = mergeRecv(b, (text: string) => of(text), {
        through: map((chunk: Buffer, index: number) => `${index}${chunk}`),
      });
      for (const data of ['a', 'b']) {
        a.send(Buffer.from(data));
        expect(await firstValueFrom(numbered)).to.equal(`0${data}`);
      }
    });

    it('does not recurse over many items of one chunk', async () => {
      const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
      a.send(Buffer.alloc(60_000, 'x '));
      a.close();
      const order: number[] = [];
      await lastValueFrom(
        mergeRecv(
          b,
          (_, index) => {
            order.push(index);
            return index === 0 ? timer(5) : EMPTY;
          },
          { through: words() },
        ),
        { defaultValue: null },
      );
      expect(order).to.deep.equal(Array.from({ length: 30_001 }, (_, index) => index));
    });

    it('fails with its error', async () => {
      const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
      a.send(Buffer.from('x'));
      const through = map((_: Buffer): number => {
        throw new Error('bad frame');
      });
      const error = await lastValueFrom(mergeRecv(b, () => EMPTY, { through })).catch((reason) => reason);
      expect(error.message).to.equal('bad frame');
    });
  });

  describe('with reuse', () => {
    it('receives into the same memory when the work on a chunk is done', async () => {
      const [a, b] = closed(tcpPair());
      const buffers = new Set<ArrayBuffer>();
      let received = 0;
      const subscription = mergeRecv(
        b,
        (chunk) => {
          if (chunk.length >= 16_384) buffers.add(chunk.buffer);
          received += chunk.length;
          return EMPTY;
        },
        { reuse: true },
      ).subscribe();
      for (let sent = 0; received < 8 << 20; await new Promise(setImmediate)) {
        if (sent < 8 << 20) sent += a.send(Buffer.alloc(1 << 20)) ?? 0;
      }
      subscription.unsubscribe();
      expect(buffers.size).to.equal(1);
    });

    it('leaves a chunk alone while it is worked on', async () => {
      const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
      const gate = new Subject<void>();
      const chunks: Buffer[] = [];
      const subscription = mergeRecv(
        b,
        (chunk) => {
          chunks.push(chunk);
          return gate;
        },
        { reuse: true, concurrent: 5 },
      ).subscribe();
      for (let count = 1; count <= 5; count++) {
        a.send(Buffer.alloc(20_000, count));
        await turnFor(1);
      }
      expect(chunks.map((chunk) => new Set(chunk))).to.deep.equal([1, 2, 3, 4, 5].map((n) => new Set([n])));
      subscription.unsubscribe();
    });

    it('sends the rest of a begun message although its chunk is free again', async () => {
      const [a, b] = closed(tcpPair());
      const [c, d] = closed(tcpPair());
      fill(c);
      const held = d.recv(Buffer.alloc(1 << 20));
      expect(held).to.be.greaterThan(0);
      let first = true;
      const subscription = mergeRecv(
        b,
        (chunk) => {
          const sending = send(c, chunk);
          // Gives up a message of which a part has gone, and lets the next chunk come.
          if (!first) return sending;
          first = false;
          return sending.pipe(takeUntil(timer(5)));
        },
        { reuse: true },
      ).subscribe();
      a.send(Buffer.alloc(65_536, 'A'));
      await turnFor(20);
      a.send(Buffer.alloc(65_536, 'B'));
      a.shutdown(1);
      let text = '';
      const reading = fromRecv(d).subscribe((chunk) => {
        text += chunk.toString('latin1').replaceAll('\0', '');
      });
      while (!text.endsWith('B'.repeat(65_536))) await new Promise(setImmediate);
      expect(text).to.match(/^(A*)B+$/);
      expect(text.indexOf('B') % 65_536).to.equal(0);
      reading.unsubscribe();
      subscription.unsubscribe();
    });

    it('is refused with an operator, whose items may outlive the chunk', () => {
      const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
      const config = { reuse: true, through: map((chunk: Buffer) => chunk) };
      expect(() => mergeRecv(a, () => EMPTY, config)).to.throw(TypeError, /"reuse"/);
    });
  });
});
