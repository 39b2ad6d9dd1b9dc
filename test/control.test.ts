import { expect } from 'chai';
import { socketpair } from 'uvsock';
import * as c from 'uvsock/constants';
import { closed, udpSocket } from './support/sockets.ts';

describe('control messages', () => {
  it('IP_PKTINFO tells interface and destination', () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    b.setsockopt(c.IPPROTO_IP, c.IP_PKTINFO!, true);
    a.sendto(Buffer.from('x'), b.getsockname());
    const message = b.recvmsg(Buffer.alloc(1));
    expect(message?.find(c.IPPROTO_IP, c.IP_PKTINFO!)).to.deep.equal({
      ifindex: 1,
      address: '127.0.0.1',
      specDst: '127.0.0.1',
    });
  });

  it('SCM_RIGHTS passes sockets', () => {
    const [a, b] = closed(socketpair(c.AF_UNIX, c.SOCK_STREAM));
    const [left, right] = closed(socketpair(c.AF_UNIX, c.SOCK_STREAM));
    a.sendmsg({
      data: Buffer.from('x'),
      control: [{ level: c.SOL_SOCKET, type: c.SCM_RIGHTS, data: [left] }],
    });
    const [received] = b.recvmsg(Buffer.alloc(1))?.find(c.SOL_SOCKET, c.SCM_RIGHTS) ?? [];
    const [copy] = closed([received!.adopt()]);
    copy.send(Buffer.from('through'));
    const buffer = Buffer.alloc(8);
    expect(buffer.toString('latin1', 0, right.recv(buffer)!)).to.equal('through');
    expect(left.closed).to.equal(false);
  });
});
