import { expect } from 'chai';
import { firstValueFrom, lastValueFrom, retry, take, toArray } from 'rxjs';
import { type Datagram, fromRecvfrom } from 'uvsock/rx';
import { closed, refused, udpSocket } from '../support/sockets.ts';

describe('fromRecvfrom', () => {
  it('emits datagrams with their origin, the empty one included', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    for (const data of ['one', '', 'three']) a.sendto(Buffer.from(data), b.getsockname());
    const datagrams: Datagram[] = await firstValueFrom(fromRecvfrom(b).pipe(take(3), toArray()));
    expect(datagrams.map(({ data }) => data.toString())).to.deep.equal(['one', '', 'three']);
    for (const { address } of datagrams) expect(address?.equals(a.getsockname())).to.equal(true);
  });

  it('keeps what it does not emit', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    for (const data of ['one', 'two']) a.sendto(Buffer.from(data), b.getsockname());
    await firstValueFrom(fromRecvfrom(b));
    expect((await firstValueFrom(fromRecvfrom(b))).data.toString()).to.equal('two');
  });

  it('cuts what is longer than its size', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    a.sendto(Buffer.from('abcdef'), b.getsockname());
    expect((await firstValueFrom(fromRecvfrom(b, { size: 4 }))).data.toString()).to.equal('abcd');
  });

  it('fails when a datagram sent earlier was refused, and goes on with retry', async () => {
    const [a, peer] = closed([refused(), udpSocket()]);
    expect(await lastValueFrom(fromRecvfrom(a)).catch((error) => error.code)).to.equal('ECONNREFUSED');
    a.send(Buffer.from('x'));
    const received = firstValueFrom(fromRecvfrom(a).pipe(retry(1)));
    await new Promise(setImmediate);
    a.connect(peer.getsockname());
    peer.sendto(Buffer.from('alive'), a.getsockname());
    expect((await received).data.toString()).to.equal('alive');
  });

  it('completes when the socket is closed', async () => {
    const [a] = closed([udpSocket()]);
    const all = lastValueFrom(fromRecvfrom(a).pipe(toArray()));
    a.close();
    expect(await all).to.deep.equal([]);
  });
});
