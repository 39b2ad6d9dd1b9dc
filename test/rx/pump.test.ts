import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { lastValueFrom, merge, toArray } from 'rxjs';
import { SO_LINGER, SOL_SOCKET } from 'uvsock/constants';
import { pump, send } from 'uvsock/rx';
import { all, sha256, twoConnections } from '../support/connections.ts';
import { closed, codeOf, expectReady, fill, tcpPair, turnFor, udpSocket } from '../support/sockets.ts';

describe('pump', () => {
  it('copies every byte and the end, and counts', async () => {
    const { outer, near, far, inner } = twoConnections();
    const data = randomBytes(5_000_000);
    const counts = lastValueFrom(pump(near, far).pipe(toArray()));
    const copied = all(inner);
    await lastValueFrom(send(outer, data));
    outer.shutdown(1);
    expect(sha256(await copied)).to.equal(sha256(data));
    const totals = await counts;
    expect(totals.at(-1)).to.equal(data.length);
    expect(totals).to.deep.equal([...totals].sort((a, b) => a - b));
  });

  it('leaves the other direction alone after the end of one', async () => {
    const { outer, near, far, inner } = twoConnections();
    const both = lastValueFrom(merge(pump(near, far), pump(far, near)).pipe(toArray()));
    outer.send(Buffer.from('question'));
    outer.shutdown(1);
    expect(String(await all(inner))).to.equal('question');
    inner.send(Buffer.from('answer'));
    inner.shutdown(1);
    expect(String(await all(outer))).to.equal('answer');
    await both;
    expect([near.closed, far.closed]).to.deep.equal([false, false]);
  });

  it('completes at once for an empty stream', async () => {
    const { outer, near, far, inner } = twoConnections();
    outer.shutdown(1);
    expect(await lastValueFrom(pump(near, far).pipe(toArray()))).to.deep.equal([]);
    expect(String(await all(inner))).to.equal('');
  });

  it('stops reading while the destination is full, up to the sender', async () => {
    const { outer, near, far } = twoConnections();
    let count = 0;
    const subscription = pump(near, far).subscribe((total) => (count = total));
    let sent = 0;
    for (let more = 1; more > 0; sent += more) {
      more = fill(outer);
      await turnFor(20);
    }
    expect(count).to.be.lessThan(sent);
    expect(near.recv(Buffer.alloc(1), 2)).to.equal(1);
    subscription.unsubscribe();
  });

  it('ends the destination after what others have queued for it', async () => {
    const { outer, near, far, inner } = twoConnections();
    fill(far);
    const late = Buffer.alloc(3_000_000, 'L');
    const sending = lastValueFrom(send(far, late));
    const done = lastValueFrom(pump(near, far), { defaultValue: 0 });
    outer.shutdown(1);
    const received = await all(inner);
    expect(received.subarray(-late.length).equals(late)).to.equal(true);
    await Promise.all([sending, done]);
  });

  it('fails with the error of the source, and of the destination', async () => {
    for (const broken of ['outer', 'inner'] as const) {
      const four = twoConnections();
      const failed = lastValueFrom(pump(four.near, four.far)).catch((error) => error.code);
      four[broken].setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 });
      four[broken].close();
      if (broken === 'inner') {
        await expectReady(four.far, 'hangup');
        four.outer.send(Buffer.from('x'));
      }
      expect(await failed).to.be.oneOf(['ECONNRESET', 'EPIPE']);
      expect([four.near.closed, four.far.closed]).to.deep.equal([false, false]);
    }
  });

  it('fails when the destination is closed', async () => {
    const { outer, near, far } = twoConnections();
    const failed = lastValueFrom(pump(near, far)).catch((error) => error.code);
    far.close();
    outer.send(Buffer.from('x'));
    expect(await failed).to.equal('ERR_SOCKET_CLOSED');
  });

  it('loses nothing when it is unsubscribed and begun again', async () => {
    const { outer, near, far, inner } = twoConnections();
    const data = randomBytes(3_000_000);
    const copied = all(inner);
    const sending = lastValueFrom(send(outer, data));
    for (let count = 0; count < 50; count++) {
      const subscription = pump(near, far).subscribe();
      await new Promise(setImmediate);
      subscription.unsubscribe();
    }
    const rest = lastValueFrom(pump(near, far), { defaultValue: 0 });
    await sending;
    outer.shutdown(1);
    await rest;
    expect(sha256(await copied)).to.equal(sha256(data));
  });

  it('leaves to the next reader what it had read and not begun to send', async () => {
    const { outer, near, far } = twoConnections();
    fill(far);
    const subscription = pump(near, far).subscribe();
    outer.send(Buffer.from('first '));
    await turnFor(10);
    subscription.unsubscribe();
    outer.send(Buffer.from('second'));
    outer.shutdown(1);
    expect(String(await all(near))).to.equal('first second');
  });

  it('refuses what is no connection', () => {
    const [a] = closed([udpSocket()]);
    const [b] = closed(tcpPair());
    expect(codeOf(() => pump(a, b))).to.equal('ERR_INVALID_ARG_VALUE');
    expect(codeOf(() => pump(b, a))).to.equal('ERR_INVALID_ARG_VALUE');
    expect(codeOf(() => pump(b, {} as never))).to.equal('ERR_INVALID_ARG_TYPE');
  });
});
