import { expect } from 'chai';
import { BehaviorSubject, firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import { socketpair } from 'uvsock';
import * as c from 'uvsock/constants';
import { fromRecv, fromRecvmsg, type MessageWithData, reader } from 'uvsock/rx';
import { closed, expectReady, tcpPair, turnFor, udpSocket } from '../support/sockets.ts';

const { IPPROTO_IP, SCM_RIGHTS, SOL_SOCKET } = c;
const texts = (messages: MessageWithData[]) => messages.map(({ data }) => data.toString());

describe('fromRecvmsg', () => {
  it('emits datagrams with origin, flags and control messages, the empty one included', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    b.setsockopt(IPPROTO_IP, c.IP_PKTINFO!, true);
    for (const data of ['one', '', 'three']) a.sendto(Buffer.from(data), b.getsockname());
    const messages = await firstValueFrom(fromRecvmsg(b).pipe(take(3), toArray()));
    expect(texts(messages)).to.deep.equal(['one', '', 'three']);
    for (const message of messages) {
      expect(message.address?.equals(a.getsockname())).to.equal(true);
      expect(message.find(IPPROTO_IP, c.IP_PKTINFO!)?.address).to.equal('127.0.0.1');
      expect([message.bytes, message.flags & c.MSG_TRUNC]).to.deep.equal([message.data.length, 0]);
    }
  });

  it('tells what was cut', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    b.setsockopt(IPPROTO_IP, c.IP_PKTINFO!, true);
    a.sendto(Buffer.from('abcdef'), b.getsockname());
    const message = await firstValueFrom(fromRecvmsg(b, { size: 4, control: 8 }));
    const cut = c.MSG_TRUNC | c.MSG_CTRUNC;
    expect([message.data.toString(), message.flags & cut]).to.deep.equal(['abcd', cut]);
  });

  it("emits descriptors, which are the subscriber's", async () => {
    const [a, b] = closed(socketpair(c.AF_UNIX, c.SOCK_STREAM));
    const [left, right] = closed(socketpair(c.AF_UNIX, c.SOCK_STREAM));
    a.sendmsg({
      data: Buffer.from('take'),
      control: [{ level: SOL_SOCKET, type: SCM_RIGHTS, data: [left] }],
    });
    const message = await firstValueFrom(fromRecvmsg(b));
    using copy = message.find(SOL_SOCKET, SCM_RIGHTS)![0]!.adopt();
    copy.send(Buffer.from('x'));
    await expectReady(right, 'readable');
  });

  it('begins with what another reader has put back', async () => {
    const [a, b] = closed(tcpPair());
    a.send(Buffer.from('first'));
    await expectReady(b, 'readable');
    expect(
      await reader(b)
        .exactly(9, { signal: AbortSignal.timeout(1) })
        .catch(() => 'given up'),
    ).to.equal('given up');
    a.close();
    expect(texts(await lastValueFrom(fromRecvmsg(b).pipe(toArray())))).to.deep.equal(['first']);
  });

  it('completes at the end of a stream', async () => {
    const [a, b] = closed(tcpPair());
    a.send(Buffer.from('all'));
    a.close();
    expect(texts(await lastValueFrom(fromRecvmsg(b).pipe(toArray())))).to.deep.equal(['all']);
  });

  it('is not ended by an empty record that brings something', async () => {
    const [a, b] = closed(socketpair(c.AF_UNIX, c.SOCK_SEQPACKET));
    const [passed] = closed([udpSocket()]);
    a.sendmsg({ data: [], control: [{ level: SOL_SOCKET, type: SCM_RIGHTS, data: [passed] }] });
    a.send(Buffer.from('more'));
    a.close();
    const messages = await lastValueFrom(fromRecvmsg(b).pipe(toArray()));
    expect(texts(messages)).to.deep.equal(['', 'more']);
    for (const each of messages[0]!.find(SOL_SOCKET, SCM_RIGHTS) ?? []) each.close();
  });

  it('is the one reader of a stream', async () => {
    const [, b] = closed(tcpPair());
    const subscription = fromRecvmsg(b).subscribe();
    expect(await lastValueFrom(fromRecv(b)).catch(({ code }) => code)).to.equal('ERR_SOCKET_BUSY');
    subscription.unsubscribe();
    fromRecv(b).subscribe().unsubscribe();
  });

  it('emits memory that never changes afterwards', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    for (const data of ['one', 'two']) a.sendto(Buffer.alloc(40_000, data), b.getsockname());
    const [first, second] = await firstValueFrom(fromRecvmsg(b).pipe(take(2), toArray()));
    expect(first!.data.equals(Buffer.alloc(40_000, 'one'))).to.equal(true);
    expect(second!.data.equals(Buffer.alloc(40_000, 'two'))).to.equal(true);
  });

  it('takes its budget and no more in a turn', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    for (let i = 0; i < 5; i++) a.sendto(Buffer.of(i), b.getsockname());
    let seen = 0;
    const subscription = fromRecvmsg(b, { maxPerTurn: 2 }).subscribe(() => seen++);
    expect(seen).to.equal(2);
    while (seen < 5) await turnFor(1);
    subscription.unsubscribe();
  });

  it('reads nothing while it is paused', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    const paused = new BehaviorSubject(true);
    const received = firstValueFrom(fromRecvmsg(b, { pauseWhile: paused }));
    a.sendto(Buffer.from('x'), b.getsockname());
    await turnFor(5);
    expect(b.recv(Buffer.alloc(1), c.MSG_PEEK)).to.equal(1);
    paused.next(false);
    expect((await received).data.toString()).to.equal('x');
  });

  it('fails when a datagram sent earlier was refused', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    a.connect(b.getsockname());
    b.close();
    a.send(Buffer.from('x'));
    expect(await lastValueFrom(fromRecvmsg(a)).catch(({ code, syscall }) => [code, syscall])).to.deep.equal([
      'ECONNREFUSED',
      'recvmsg',
    ]);
  });

  it('completes when the socket is closed', async () => {
    const [a] = closed([udpSocket()]);
    const all = lastValueFrom(fromRecvmsg(a).pipe(toArray()));
    a.close();
    expect(await all).to.deep.equal([]);
  });

  it('names what is wrong in its configuration', () => {
    const [a] = closed([udpSocket()]);
    expect(() => fromRecvmsg({} as never)).to.throw(/"socket"/);
    expect(() => fromRecvmsg(a, { control: -1 })).to.throw(/"options.control"/);
    expect(() => fromRecvmsg(a, { flags: c.MSG_ERRQUEUE! })).to.throw(/"flags"/);
    expect(() => fromRecvmsg(a, { size: 0 })).to.throw(/"?size"?/);
  });
});
