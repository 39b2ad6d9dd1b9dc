import { expect } from 'chai';
import { filter, firstValueFrom, lastValueFrom, merge, take, tap, toArray } from 'rxjs';
import { type Socket, socket, socketpair, watch } from 'uvsock';
import * as c from 'uvsock/constants';
import { type ErrorQueueEntry, fromErrorQueue, fromReadable, fromRecv, fromRecvfrom } from 'uvsock/rx';
import { assertWouldBlock, closed, codeOf, fill, tcpPair, turnFor, udpSocket } from '../support/sockets.ts';

const { IPPROTO_IP, IPPROTO_IPV6, SOL_SOCKET } = c;

/** An address at which nobody listens. */
function nowhere(family: c.Family<'inet'> | c.Family<'inet6'> = c.AF_INET) {
  const probe = socket(family, c.SOCK_DGRAM);
  probe.bind({ address: family === c.AF_INET ? '127.0.0.1' : '::1', port: 0 });
  const address = probe.getsockname();
  probe.close();
  return address;
}

/** A UDP socket with an error queue. */
function reporting(): Socket {
  const [s] = closed([udpSocket()]);
  s.setsockopt(IPPROTO_IP, c.IP_RECVERR!, true);
  return s;
}

/** For how many of the next `milliseconds` the loop does not wait: a spinning one never does. */
async function workWithin(milliseconds: number): Promise<number> {
  const before = performance.eventLoopUtilization();
  await turnFor(milliseconds);
  return performance.eventLoopUtilization(before).active;
}

describe('fromErrorQueue', () => {
  it('tells of a refused datagram: error, offender, payload and destination', async () => {
    const s = reporting();
    const to = nowhere();
    s.sendto(Buffer.from('anybody there?'), to);
    const entry = await firstValueFrom(fromErrorQueue(s));
    expect(entry.error).to.include({
      code: 'ECONNREFUSED',
      syscall: 'send',
      address: '127.0.0.1',
      port: to.port,
    });
    // ICMP: destination unreachable, port unreachable.
    expect([entry.origin, entry.type, entry.code]).to.deep.equal([c.SO_EE_ORIGIN_ICMP, 3, 3]);
    expect(entry.offender?.address).to.equal('127.0.0.1');
    expect(entry.data.toString()).to.equal('anybody there?');
    expect(entry.address?.equals(to)).to.equal(true);
    expect(entry.message.flags & c.MSG_ERRQUEUE!).to.equal(c.MSG_ERRQUEUE);
  });

  it('waits for what comes later', async () => {
    const s = reporting();
    const entries = firstValueFrom(fromErrorQueue(s).pipe(take(2), toArray()));
    await turnFor(5);
    for (const data of ['one', 'two']) {
      s.sendto(Buffer.from(data), nowhere());
      await turnFor(5);
    }
    expect((await entries).map(({ data }) => data.toString())).to.deep.equal(['one', 'two']);
  });

  it('tells of connected sockets, and the next call is not refused', async () => {
    const s = reporting();
    s.connect(nowhere());
    s.send(Buffer.from('x'));
    const { error, data } = await firstValueFrom(fromErrorQueue(s));
    expect([error?.code, data.toString()]).to.deep.equal(['ECONNREFUSED', 'x']);
    expect(s.send(Buffer.from('y'))).to.equal(1);
  });

  it('tells of IPv6', async () => {
    const [s] = closed([socket(c.AF_INET6, c.SOCK_DGRAM)]);
    s.setsockopt(IPPROTO_IPV6, c.IPV6_RECVERR!, true);
    const to = nowhere(c.AF_INET6);
    s.sendto(Buffer.from('six'), to);
    const entry = await firstValueFrom(fromErrorQueue(s));
    expect([entry.error?.code, entry.origin]).to.deep.equal(['ECONNREFUSED', c.SO_EE_ORIGIN_ICMP6]);
    expect([entry.offender?.address, entry.address?.port]).to.deep.equal(['::1', to.port]);
    expect(entry.data.toString()).to.equal('six');
  });

  it('tells of what this host refuses to send, without an offender', async () => {
    const s = reporting();
    s.setsockopt(IPPROTO_IP, c.IP_MTU_DISCOVER!, c.IP_PMTUDISC_DO!);
    s.connect({ address: '127.0.0.1', port: 9 });
    expect(codeOf(() => s.send(Buffer.alloc(65507 + 1)))).to.equal('EMSGSIZE');
    const entry = await firstValueFrom(fromErrorQueue(s));
    expect([entry.error?.code, entry.origin]).to.deep.equal(['EMSGSIZE', c.SO_EE_ORIGIN_LOCAL]);
    expect(entry.offender).to.equal(null);
  });

  it('tells of timestamps of sending, which are no errors', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    a.setsockopt(
      SOL_SOCKET,
      c.SO_TIMESTAMPING!,
      c.SOF_TIMESTAMPING_TX_SOFTWARE! | c.SOF_TIMESTAMPING_SOFTWARE!,
    );
    const before = BigInt(Date.now() - 1) * 1_000_000n;
    a.sendto(Buffer.from('when?'), b.getsockname());
    const { error, origin, message } = await firstValueFrom(fromErrorQueue(a));
    expect([error, origin]).to.deep.equal([null, c.SO_EE_ORIGIN_TIMESTAMPING]);
    const times = message.find(SOL_SOCKET, c.SCM_TIMESTAMPING!);
    expect(times?.hardware).to.equal(null);
    expect(times!.software! >= before).to.equal(true);
  });

  it('leaves data and its readers alone', async () => {
    const s = reporting();
    const [peer] = closed([udpSocket()]);
    const refused: ErrorQueueEntry[] = [];
    const entries = fromErrorQueue(s).pipe(
      tap((entry) => refused.push(entry)),
      filter(() => false),
    );
    // The queue's watch is the older one: it is told first nevertheless.
    const received = firstValueFrom(merge(entries, fromRecvfrom(s)).pipe(take(2), toArray()));
    await turnFor(5);
    for (const data of ['one', 'two']) {
      s.sendto(Buffer.from('lost'), nowhere());
      await turnFor(5);
      peer.sendto(Buffer.from(data), s.getsockname());
      await turnFor(5);
    }
    expect((await received).map(({ data }) => data.toString())).to.deep.equal(['one', 'two']);
    expect(refused).to.have.length(2);
  });

  it('lets errors that are in no queue reach who reads', async () => {
    const [s] = closed([udpSocket()]); // without IP_RECVERR
    const entries: ErrorQueueEntry[] = [];
    const subscription = fromErrorQueue(s).subscribe((entry) => entries.push(entry));
    const read = lastValueFrom(fromRecvfrom(s)).catch(({ code }) => code);
    s.connect(nowhere());
    s.send(Buffer.from('x'));
    expect(await read).to.equal('ECONNREFUSED');
    expect(entries).to.deep.equal([]);
    subscription.unsubscribe();
  });

  it('does not spin while an error is pending that is in no queue', async () => {
    const [s] = closed([udpSocket()]);
    s.connect(nowhere());
    const entries: ErrorQueueEntry[] = [];
    const subscription = fromErrorQueue(s).subscribe((entry) => entries.push(entry));
    s.send(Buffer.from('x'));
    await turnFor(5);
    expect(await workWithin(100), 'milliseconds of work').to.be.lessThan(50);
    expect(entries).to.deep.equal([]);
    subscription.unsubscribe();
  });

  it('sees what comes after an error that somebody else has taken', async () => {
    const s = reporting();
    const [a, b] = closed(socketpair(c.AF_UNIX, c.SOCK_STREAM));
    const data = Buffer.from('x');
    a.sendmsg({ data, control: [{ level: SOL_SOCKET, type: c.SCM_RIGHTS, data: [s] }] });
    const [other] = closed([b.recvmsg(data)!.find(SOL_SOCKET, c.SCM_RIGHTS)![0]!.adopt()]);
    s.setsockopt(IPPROTO_IP, c.IP_RECVERR!, false);
    s.connect(nowhere());
    const entry = firstValueFrom(fromErrorQueue(s));
    s.send(Buffer.from('in no queue'));
    await turnFor(5);
    // As another process does that shares the socket: nothing of it is told here.
    expect(codeOf(() => other.send(data))).to.equal('ECONNREFUSED');
    other.setsockopt(IPPROTO_IP, c.IP_RECVERR!, true);
    other.send(Buffer.from('in the queue'));
    expect((await entry).data.toString()).to.equal('in the queue');
  });

  it('does not keep a flood of entries from others: 16 in a turn', async () => {
    const s = reporting();
    const to = nowhere();
    for (let i = 0; i < 40; i++) {
      // What the last one met may be answered to the next.
      try {
        s.sendto(Buffer.of(i), to);
      } catch {}
    }
    const seen: (number | 'turn')[] = [];
    const subscription = fromErrorQueue(s).subscribe(({ data }) => seen.push(data[0]!));
    expect(seen.length).to.be.within(1, 16);
    while (seen.length < 20) await turnFor(1);
    expect(seen).to.deep.equal([...seen].sort((x, y) => (x as number) - (y as number)));
    subscription.unsubscribe();
  });

  it('tells of errors beside a watch of urgent data', async () => {
    const s = reporting();
    closed([watch(s, 'priority', () => {})]);
    const entries = firstValueFrom(fromErrorQueue(s).pipe(take(2), toArray()));
    for (const data of ['one', 'two']) {
      s.sendto(Buffer.from(data), nowhere());
      await turnFor(5);
    }
    expect((await entries).map(({ data }) => data.toString())).to.deep.equal(['one', 'two']);
  });

  it('tells of a connection whose peer has ended, without spinning', async () => {
    const [a, b] = closed(tcpPair());
    const ended = lastValueFrom(fromRecv(a).pipe(toArray()));
    const entries: ErrorQueueEntry[] = [];
    const subscription = fromErrorQueue(a).subscribe((entry) => entries.push(entry));
    b.shutdown(c.SHUT_WR);
    await ended;
    expect(await workWithin(100), 'milliseconds of work').to.be.lessThan(50);
    a.setsockopt(SOL_SOCKET, c.SO_TIMESTAMPING!, c.SOF_TIMESTAMPING_TX_ACK! | c.SOF_TIMESTAMPING_SOFTWARE!);
    for (let round = 1; round <= 2; round++) {
      a.send(Buffer.from('still'));
      while (entries.length < round) await turnFor(5);
    }
    expect(entries[0]?.error).to.equal(null);
    subscription.unsubscribe();
  });

  it('does not wake for data', async () => {
    const [a, b] = closed(socketpair(c.AF_UNIX, c.SOCK_STREAM));
    const subscription = fromErrorQueue(a).subscribe();
    fill(b);
    expect(await workWithin(50), 'milliseconds of work').to.be.lessThan(25);
    expect((await firstValueFrom(fromReadable(a))) === a).to.equal(true);
    subscription.unsubscribe();
  });

  it('completes when the socket is closed, and fails on a closed one', async () => {
    const s = reporting();
    const all = lastValueFrom(fromErrorQueue(s).pipe(toArray()));
    s.close();
    expect(await all).to.deep.equal([]);
    expect(await lastValueFrom(fromErrorQueue(s)).catch(({ code }) => code)).to.equal('ERR_SOCKET_CLOSED');
    expect(() => fromErrorQueue({} as never)).to.throw(TypeError, /"socket"/);
  });

  it('leaves the socket open when unsubscribed, and the rest in the queue', async () => {
    const s = reporting();
    const to = nowhere();
    s.sendto(Buffer.from('one'), to);
    expect((await firstValueFrom(fromErrorQueue(s))).data.toString()).to.equal('one');
    s.sendto(Buffer.from('two'), to);
    expect((await firstValueFrom(fromErrorQueue(s))).data.toString()).to.equal('two');
    assertWouldBlock(s.recvmsg(Buffer.alloc(1), { flags: c.MSG_ERRQUEUE! }));
  });
});
