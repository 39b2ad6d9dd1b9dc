import { expect } from 'chai';
import { concat, EMPTY, lastValueFrom } from 'rxjs';
import { type Socket, socket } from 'uvsock';
import { AF_INET, AF_UNSPEC, SHUT_WR, SOCK_STREAM } from 'uvsock/constants';
import { end, fromRecv, mergeRecv, send } from 'uvsock/rx';
import { closed, expectReady, fill, tcpListener, tcpPair, udpSocket } from '../support/sockets.ts';

const finished = (socket: Socket, timeout?: number) =>
  lastValueFrom(end(socket, timeout === undefined ? {} : { timeout }), { defaultValue: 'ended' });

/** Reads to the end of the stream, slowly as it comes; how many bytes there were. */
async function drain(from: Socket): Promise<number> {
  const buffer = Buffer.alloc(1 << 16);
  for (let total = 0; ; ) {
    const n = from.recv(buffer);
    if (n === 0) return total;
    if (n === null) await expectReady(from, 'readable');
    else total += n;
  }
}

describe('end', () => {
  it('delivers all that was sent, although both sides have unread input', async () => {
    const [a, b] = closed(tcpPair());
    const length = 4 << 20;
    b.send(Buffer.alloc(1000)); // which nobody will read
    const ending = lastValueFrom(concat(send(a, Buffer.alloc(length)), end(a)));
    expect(await drain(b)).to.equal(length);
    b.close();
    expect(await ending).to.equal(length);
    expect(a.closed).to.equal(true);
  });

  it('waits for what others have queued', async () => {
    const [a, b] = closed(tcpPair());
    const length = 8 << 20;
    send(a, Buffer.alloc(length)).subscribe();
    const ending = finished(a);
    expect(await drain(b)).to.equal(length);
    b.close();
    expect(await ending).to.equal('ended');
  });

  it('closes after its timeout when the peer does not end', async () => {
    const [a, b] = closed(tcpPair());
    expect(await finished(a, 20)).to.equal('ended');
    expect([a.closed, b.recv(Buffer.alloc(1))]).to.deep.equal([true, 0]);
  });

  it('is over with a reset', async () => {
    const [a, b] = closed(tcpPair());
    const ending = finished(a);
    const { SO_LINGER, SOL_SOCKET } = await import('uvsock/constants');
    b.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 });
    b.close();
    expect(await ending).to.equal('ended');
    expect(a.closed).to.equal(true);
  });

  it('leaves reading to who is reading', async () => {
    const [a, b] = closed(tcpPair());
    let read = 0;
    mergeRecv(a, (chunk) => {
      read += chunk.length;
      return EMPTY;
    }).subscribe();
    const ending = finished(a);
    b.send(Buffer.alloc(1000));
    b.close();
    expect(await ending).to.equal('ended');
    expect(read).to.equal(1000);
  });

  it('closes at once what has no connection', async () => {
    const [tcp, udp] = closed([socket(AF_INET, SOCK_STREAM), udpSocket()]);
    expect(await finished(tcp)).to.equal('ended');
    expect(await finished(udp)).to.equal('ended');
    expect([tcp.closed, udp.closed]).to.deep.equal([true, true]);
  });

  it('closes at once when the peer has ended and all of it was read, unless something waits', async () => {
    const [a, b] = closed(tcpPair());
    a.shutdown(SHUT_WR);
    expect(await lastValueFrom(fromRecv(b), { defaultValue: 'the end' })).to.equal('the end');
    end(b).subscribe();
    expect(b.closed).to.equal(true);
    const [c, d] = closed(tcpPair());
    c.shutdown(SHUT_WR);
    await lastValueFrom(fromRecv(d), { defaultValue: null });
    const length = 16 << 20;
    const sending = lastValueFrom(send(d, Buffer.alloc(length)));
    const ending = finished(d);
    expect(d.closed).to.equal(false);
    expect(await drain(c)).to.equal(length);
    expect(await Promise.all([sending, ending])).to.deep.equal([length, 'ended']);
  });

  it('does not take the end of an earlier connection of the socket for that of this one', async () => {
    const [listener, a] = closed([tcpListener(), socket(AF_INET, SOCK_STREAM)]);
    const connect = async () => {
      a.connect(listener.getsockname());
      await expectReady(listener, 'readable');
      return closed([listener.accept()!.socket])[0];
    };
    (await connect()).close();
    await lastValueFrom(fromRecv(a), { defaultValue: null });
    a.connect(AF_UNSPEC);
    const peer = await connect();
    const ending = finished(a);
    expect(a.closed).to.equal(false);
    peer.close();
    expect(await ending).to.equal('ended');
  });

  it('delivers what the kernel has when it closes at once', async () => {
    const [a, b] = closed(tcpPair());
    const length = fill(b);
    a.shutdown(SHUT_WR);
    await lastValueFrom(fromRecv(b), { defaultValue: null });
    end(b).subscribe();
    expect(b.closed).to.equal(true);
    expect(await drain(a)).to.equal(length);
  });

  it('closes at once when it is unsubscribed', () => {
    const [a] = closed(tcpPair());
    end(a).subscribe().unsubscribe();
    expect(a.closed).to.equal(true);
  });

  it('completes when somebody else closes, and fails on a closed socket', async () => {
    const [a] = closed(tcpPair());
    const ending = finished(a);
    a.close();
    expect(await ending).to.equal('ended');
    expect(await finished(a).catch((error) => error.code)).to.equal('ERR_SOCKET_CLOSED');
  });

  it('refuses a timeout that is none', () => {
    const [a] = closed([udpSocket()]);
    expect(() => end(a, { timeout: -1 })).to.throw(RangeError, /timeout/);
  });
});
