import { randomBytes } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { expect } from 'chai';
import { lastValueFrom, take, toArray } from 'rxjs';
import { type Socket, socketpair, stats } from 'uvsock';
import { AF_UNIX, SO_LINGER, SOCK_SEQPACKET, SOCK_STREAM, SOL_SOCKET } from 'uvsock/constants';
import { reader, relay, send } from 'uvsock/rx';
import { runProgram } from '../fixtures/run.ts';
import { all, sha256, twoConnections } from '../support/connections.ts';
import { closed, codeOf, expectReady, fill, tcpPair, turnFor, udpSocket } from '../support/sockets.ts';

const unixPair =
  (style = SOCK_STREAM) =>
  () =>
    socketpair(AF_UNIX, style) as [Socket, Socket];

function pipes(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith('pipe:') ? [target] : [];
    } catch {
      return []; // the descriptor of the listing itself
    }
  });
}

/** Sends in both directions at once, each byte checked. */
async function both(outer: Socket, inner: Socket, length: number): Promise<void> {
  const [forth, back] = [randomBytes(length), randomBytes(length)];
  const received = Promise.all([all(inner), all(outer)]);
  const sent = async (from: Socket, data: Buffer) => {
    await lastValueFrom(send(from, data));
    from.shutdown(1);
  };
  await Promise.all([sent(outer, forth), sent(inner, back)]);
  expect((await received).map(sha256)).to.deep.equal([forth, back].map(sha256));
}

describe('relay', () => {
  const kinds: [string, () => [Socket, Socket], () => [Socket, Socket]][] = [
    ['TCP connections', tcpPair, tcpPair],
    ['Unix streams', unixPair(), unixPair()],
    ['a TCP connection and a Unix stream', tcpPair, unixPair()],
  ];
  for (const [what, first, second] of kinds) {
    it(`moves every byte between ${what} in both directions, and counts`, async () => {
      const { outer, near } = twoConnections(first);
      const { far, inner } = twoConnections(second);
      const length = 16 << 20;
      const counts = lastValueFrom(relay(near, far).pipe(toArray()));
      await both(outer, inner, length);
      const seen = await counts;
      expect(seen.at(-1)).to.deep.equal({ forth: length, back: length });
      const sums = seen.map(({ forth, back }) => forth + back);
      expect(sums).to.deep.equal([...sums].sort((a, b) => a - b));
    });
  }

  it('carries each end over by itself, and closes nothing', async () => {
    const { outer, near, far, inner } = twoConnections();
    const done = lastValueFrom(relay(near, far));
    outer.send(Buffer.from('question'));
    outer.shutdown(1);
    expect(String(await all(inner))).to.equal('question');
    inner.send(Buffer.from('answer'));
    inner.shutdown(1);
    expect(String(await all(outer))).to.equal('answer');
    expect(await done).to.deep.equal({ forth: 8, back: 6 });
    expect([near.closed, far.closed]).to.deep.equal([false, false]);
  });

  it('stops reading while the destination is full, up to the sender, and does not spin', async () => {
    const { outer, near, far } = twoConnections();
    let count = 0;
    const subscription = relay(near, far).subscribe(({ forth }) => (count = forth));
    let sent = 0;
    for (let more = 1; more > 0; sent += more) {
      more = fill(outer);
      await turnFor(20);
    }
    expect(count).to.be.within(1, sent - 1);
    const before = stats().events;
    await turnFor(50);
    expect(stats().events - before).to.be.below(5);
    subscription.unsubscribe();
  });

  it('has no pipe while nothing is on its way, and none is left', async () => {
    const before = pipes();
    const { outer, near, far, inner } = twoConnections();
    const idle = Array.from({ length: 20 }, () => twoConnections(unixPair()));
    const subscriptions = [{ near, far }, ...idle].map((each) => relay(each.near, each.far).subscribe());
    outer.send(Buffer.from('x'));
    await expectReady(inner, 'readable');
    await turnFor(1);
    expect(pipes().length - before.length).to.be.at.most(2);
    for (const each of subscriptions) each.unsubscribe();
    expect(pipes()).to.deep.equal(before);
  });

  it('sends first what a reader has put back, and what was queued before', async () => {
    const { outer, near, far, inner } = twoConnections();
    outer.send(Buffer.from('two '));
    await expectReady(near, 'readable');
    // What a reader has received when it is aborted is put back.
    const aborted = new AbortController();
    const reading = reader(near)
      .exactly(100, { signal: aborted.signal })
      .catch(() => {});
    await turnFor(5);
    aborted.abort();
    await reading;
    fill(far);
    const late = Buffer.alloc(3_000_000, 'L');
    const sending = lastValueFrom(send(far, late));
    const done = lastValueFrom(relay(near, far));
    outer.send(Buffer.from('three'));
    outer.shutdown(1);
    const received = await all(inner);
    expect(String(received.subarray(-9))).to.equal('two three');
    expect(received.subarray(-9 - late.length, -9).equals(late)).to.equal(true);
    inner.shutdown(1);
    await Promise.all([sending, done]);
  });

  it('loses nothing when it is unsubscribed and begun again', async () => {
    const { outer, near, far, inner } = twoConnections();
    const data = randomBytes(3_000_000);
    const copied = all(inner);
    const sending = lastValueFrom(send(outer, data));
    for (let count = 0; count < 50; count++) {
      const subscription = relay(near, far).subscribe();
      await new Promise(setImmediate);
      subscription.unsubscribe();
    }
    const rest = lastValueFrom(relay(near, far), { defaultValue: null });
    await sending;
    outer.shutdown(1);
    inner.shutdown(1);
    await rest;
    expect(sha256(await copied)).to.equal(sha256(data));
  });

  it('leaves to the next reader what was in a pipe', async () => {
    const { outer, near, far } = twoConnections();
    fill(far);
    const subscription = relay(near, far).subscribe();
    outer.send(Buffer.from('first '));
    await turnFor(10);
    subscription.unsubscribe();
    outer.send(Buffer.from('second'));
    outer.shutdown(1);
    expect(String(await all(near))).to.equal('first second');
  });

  it('stops at once when it is unsubscribed by what it emits', async () => {
    const { outer, near, far, inner } = twoConnections();
    outer.send(Buffer.from('first'));
    await expectReady(near, 'readable');
    await lastValueFrom(relay(near, far).pipe(take(1)));
    outer.send(Buffer.from('second'));
    await expectReady(near, 'readable');
    const buffer = Buffer.alloc(20);
    expect([near.recv(buffer), inner.recv(buffer)]).to.deep.equal([6, 5]);
  });

  it('copies where splice(2) does not apply', async () => {
    const { outer, near } = twoConnections(unixPair(SOCK_SEQPACKET));
    const { far, inner } = twoConnections(unixPair(SOCK_SEQPACKET));
    const done = lastValueFrom(relay(near, far));
    outer.send(Buffer.from('one'));
    outer.send(Buffer.from('two'));
    outer.shutdown(1);
    expect(String(await all(inner))).to.equal('onetwo');
    inner.shutdown(1);
    expect(await done).to.deep.equal({ forth: 6, back: 0 });
  });

  it('copies when no descriptor is left for a pipe', async () => {
    const { output } = await runProgram(
      `
      import { lastValueFrom, toArray } from 'rxjs';
      import { fromRecv, relay } from 'uvsock/rx';
      const [outer, near] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
      const [far, inner] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
      const hogs = [];
      try { for (;;) hogs.push(socket(c.AF_INET, c.SOCK_DGRAM)); } catch (error) { console.log(error.code); }
      const done = lastValueFrom(relay(near, far));
      outer.send(Buffer.from('all the same'));
      outer.shutdown(1);
      console.log(String(Buffer.concat(await lastValueFrom(fromRecv(inner).pipe(toArray())))));
      inner.shutdown(1);
      console.log((await done).forth);
      for (const each of [outer, near, far, inner, ...hogs]) each.close();
    `,
      { limit: 128 },
    );
    expect(output).to.equal('EMFILE\nall the same\n12\n');
  });

  it('fails with the error of either, and leaves both open', async () => {
    for (const broken of ['outer', 'inner'] as const) {
      const four = twoConnections();
      const failed = lastValueFrom(relay(four.near, four.far)).catch((error) => error.code);
      four[broken].setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 });
      four[broken].close();
      expect(await failed).to.equal('ECONNRESET');
      expect([four.near.closed, four.far.closed]).to.deep.equal([false, false]);
    }
  });

  it('is told of a closed peer by an error, whatever the process does with SIGPIPE', async () => {
    const { status, output } = await runProgram(`
      import { lastValueFrom } from 'rxjs';
      import { relay } from 'uvsock/rx';
      // Nobody listens any more: the signal would end the process.
      const listener = () => {};
      process.on('SIGPIPE', listener).off('SIGPIPE', listener);
      const [outer, near] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
      const [far, inner] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
      far.shutdown(1);
      const failed = lastValueFrom(relay(near, far)).catch((error) => console.log(error.message));
      outer.send(Buffer.from('x'));
      await failed;
      for (const each of [outer, near, far, inner]) each.close();
    `);
    expect([status, output]).to.deep.equal([0, 'splice EPIPE\n']);
  });

  it('fails when a socket is closed that something is to be sent to', async () => {
    const { near, far } = twoConnections();
    const failed = lastValueFrom(relay(near, far)).catch((error) => error.code);
    far.close();
    expect(await failed).to.equal('ERR_SOCKET_CLOSED');
  });

  it('is the one reader of both sockets', async () => {
    const { near, far } = twoConnections();
    const subscription = relay(near, far).subscribe();
    for (const [a, b] of [
      [near, far],
      [far, near],
    ] as const) {
      const busy = await lastValueFrom(relay(a, b)).catch((error) => error.code);
      expect(busy).to.equal('ERR_SOCKET_BUSY');
    }
    subscription.unsubscribe();
  });

  it('lets timers have their turn, however much there is to move', async () => {
    const { outer, near, far, inner } = twoConnections(unixPair());
    const length = 64 << 20;
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const done = lastValueFrom(relay(near, far));
    await both(outer, inner, length);
    await done;
    clearInterval(timer);
    expect(ticks).to.be.above(10);
  });

  it('ends with its worker', async () => {
    const { status, output } = await runProgram(`
      import { Worker } from 'node:worker_threads';
      import { once } from 'node:events';
      import { readdirSync } from 'node:fs';
      const program = \`
        import { parentPort } from 'node:worker_threads';
        import { socketpair } from 'uvsock';
        import { AF_UNIX, SOCK_STREAM } from 'uvsock/constants';
        import { relay } from 'uvsock/rx';
        const [outer, near] = socketpair(AF_UNIX, SOCK_STREAM);
        const [far, inner] = socketpair(AF_UNIX, SOCK_STREAM);
        relay(near, far).subscribe();
        // Nobody reads: a pipe stays full. Not the collector either closes the reader.
        globalThis.reader = inner;
        const send = () => { while (outer.send(Buffer.alloc(100_000)) !== null); };
        send();
        setInterval(send, 1);
        setTimeout(() => parentPort.postMessage('full'), 50);
      \`;
      const open = () => readdirSync('/proc/self/fd').length;
      const run = async () => {
        const worker = new Worker(program, { eval: true });
        await once(worker, 'message');
        await worker.terminate();
      };
      await run();
      const before = open();
      await run();
      console.log(open() - before);
    `);
    expect([status, output]).to.deep.equal([0, '0\n']);
  });

  it('refuses what is no connection', () => {
    const [a] = closed([udpSocket()]);
    const [b] = closed(tcpPair());
    expect(codeOf(() => relay(a, b))).to.equal('ERR_INVALID_ARG_VALUE');
    expect(codeOf(() => relay(b, a))).to.equal('ERR_INVALID_ARG_VALUE');
    expect(codeOf(() => relay(b, {} as never))).to.equal('ERR_INVALID_ARG_TYPE');
  });
});
