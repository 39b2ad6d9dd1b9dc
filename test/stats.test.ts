import { expect } from 'chai';
import { socketpair, stats, watch } from 'uvsock';
import { AF_UNIX, SOCK_STREAM } from 'uvsock/constants';
import { closed, expectReady, turnFor } from './support/sockets.ts';

describe('stats', () => {
  it('counts open, polled and armed sockets', async () => {
    const before = stats();
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    watch(a, 'readable', () => {});
    const after = stats();
    expect([
      after.open - before.open,
      after.polled - before.polled,
      after.armed - before.armed,
    ]).to.deep.equal([2, 1, 1]);
    b.send(Buffer.from('x'));
    for (let turns = 0; turns < 3; turns++) await turnFor(1);
    expect(stats().armed, 'after an event that was ignored').to.equal(before.armed);
    a.close();
    b.close();
    expect(stats()).to.include({ open: before.open, polled: before.polled });
  });

  it('counts what is handed to JavaScript', async () => {
    const pairs = Array.from({ length: 3 }, () => closed(socketpair(AF_UNIX, SOCK_STREAM)));
    const before = stats();
    await Promise.all(pairs.map(([a]) => expectReady(a, 'writable')));
    const after = stats();
    expect([after.batches - before.batches, after.events - before.events]).to.deep.equal([1, 3]);
    expect(after.eventsPerBatch).to.equal(after.events / after.batches);
  });
});
