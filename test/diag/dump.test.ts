import { expect } from 'chai';
import { type Socket, socketpair } from 'uvsock';
import {
  AF_UNIX,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_NOOP,
  NLMSG_OVERRUN,
  SOCK_SEQPACKET,
} from 'uvsock/constants';
import { netlinkMessages } from 'uvsock/netlink';
import { dump } from '../../src/diag/dump.ts';
import { host, message } from '../support/netlink.ts';
import { closed, expectReady } from '../support/sockets.ts';

const ITEM = 20;
const done = (sequence: number, flags = 0) => message(NLMSG_DONE!, { sequence, flags });
const item = (sequence: number, text: string, flags = 0) =>
  message(ITEM, { sequence, flags, payload: Buffer.from(text) });

/** A pair of which the second end plays the kernel: it answers each request with these datagrams. */
function kernel(...rounds: ((sequence: number) => Buffer[])[]): Socket {
  const [asking, answering] = closed(socketpair(AF_UNIX, SOCK_SEQPACKET));
  void (async () => {
    const request = Buffer.alloc(64);
    for (const round of rounds) {
      await expectReady(answering, 'readable');
      const length = answering.recv(request)!;
      const { sequence } = netlinkMessages(request.subarray(0, length)).next().value!;
      for (const datagram of round(sequence)) answering.send(datagram);
    }
  })();
  return asking;
}

const ask = (asking: Socket, signal?: AbortSignal) =>
  dump(asking, {
    type: ITEM,
    payload: Buffer.alloc(4),
    decode: ({ payload }) => (payload.length === 0 ? undefined : payload.toString()),
    signal,
  });

const failure = (asking: Socket, signal?: AbortSignal) =>
  ask(asking, signal).then(
    (found) => found,
    (error: { code: string }) => error.code,
  );

describe('a dump', () => {
  it('gathers the messages of all datagrams up to the end, which may share one with them', async () => {
    const asking = kernel((n) => [
      Buffer.concat([item(n, 'a'), item(n, 'b')]),
      item(n, 'c'),
      Buffer.concat([item(n, 'd'), done(n), item(n, 'behind the end')]),
    ]);
    expect(await ask(asking)).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  it('leaves out what is not an answer, and what the reader leaves out', async () => {
    const asking = kernel((n) => [
      Buffer.concat([item(n - 1, 'of another'), done(n - 1), message(NLMSG_NOOP!, { sequence: n })]),
      Buffer.concat([item(n, ''), item(n, 'mine'), done(n)]),
    ]);
    expect(await ask(asking)).to.deep.equal(['mine']);
  });

  it('is begun anew if what it lists has changed meanwhile', async () => {
    const asking = kernel(
      (n) => [item(n, 'old', NLM_F_DUMP_INTR), item(n, 'old'), done(n)],
      (n) => [item(n, 'old'), done(n, NLM_F_DUMP_INTR)],
      (n) => [item(n, 'new'), done(n)],
    );
    expect(await ask(asking)).to.deep.equal(['new']);
  });

  it('fails with EINTR if it always changes', async () => {
    const always = (n: number) => [done(n, NLM_F_DUMP_INTR)];
    expect(await failure(kernel(...Array(8).fill(always)))).to.equal('EINTR');
  });

  it('fails with what the kernel answers, at once or at the end', async () => {
    const payload = host([2 ** 32 - 2, 4]);
    for (const type of [NLMSG_ERROR!, NLMSG_DONE!]) {
      const asking = kernel((sequence) => [item(sequence, 'a'), message(type, { sequence, payload })]);
      expect(await failure(asking)).to.equal('ENOENT');
    }
  });

  it('fails if answers were lost, or cut', async () => {
    expect(await failure(kernel((sequence) => [message(NLMSG_OVERRUN!, { sequence })]))).to.equal('ENOBUFS');
    const tooLong = (n: number) => [item(n, 'x'.repeat(70_000))];
    expect(await failure(kernel(tooLong))).to.equal('EMSGSIZE');
  });

  for (const [what, bytes] of [
    ['a length of 0', message(ITEM, { length: 0 })],
    ['a length beyond the end', message(ITEM, { length: 100 })],
    ['a cut header', message(ITEM).subarray(0, 10)],
    ['no bytes', Buffer.alloc(0)],
    ['an error without a number', message(NLMSG_ERROR!)],
  ] as const) {
    it(`fails at ${what}`, async () => {
      const numbered = (sequence: number) => {
        const copy = Buffer.from(bytes);
        if (copy.length >= 16) host([sequence, 4]).copy(copy, 8);
        return [copy];
      };
      expect(await failure(kernel(numbered))).to.equal('ERR_FRAME_MALFORMED');
    });
  }

  it('ends when its signal aborts, and when its socket is closed', async () => {
    const controller = new AbortController();
    const waiting = failure(
      kernel(() => []),
      controller.signal,
    );
    controller.abort({ code: 'mine' });
    expect(await waiting).to.equal('mine');

    const asking = kernel(() => []);
    const left = failure(asking);
    asking.close();
    expect(await left).to.equal('ERR_SOCKET_CLOSED');
  });
});
