import { expect } from 'chai';
import { DatagramBatch, type Socket, socket, socketpair } from 'uvsock';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IP_PKTINFO,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_UDP,
  IPPROTO_UDPLITE,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_UNICAST_HOPS,
  MSG_PEEK,
  MSG_TRUNC,
  SCM_RIGHTS,
  SO_NO_CHECK,
  SO_SNDBUF,
  SO_TIMESTAMPNS,
  SOCK_DGRAM,
  SOL_SOCKET,
  UDP_GRO,
} from 'uvsock/constants';
import { assertWouldBlock, closed, codeOf, socketDescriptors, udpSocket } from './support/sockets.ts';

/** Two bound UDP sockets. */
function peers(): [Socket, Socket] {
  return closed([udpSocket(), udpSocket()]);
}

/** What a batch holds, as text. */
function texts(batch: DatagramBatch): string[] {
  return [...batch].map(({ data }) => data.toString());
}

/** Receives all that is there. */
function receiveAll(from: Socket, batch: DatagramBatch): string[] {
  const all: string[] = [];
  while (from.recvmmsg(batch) !== null) all.push(...texts(batch));
  return all;
}

describe('recvmmsg', () => {
  it('fills a slot with each datagram, the empty one included, and tells from whom', () => {
    const [a, b] = peers();
    for (const data of ['one', '', 'three']) a.sendto(Buffer.from(data), b.getsockname());
    const batch = new DatagramBatch();
    expect(b.recvmmsg(batch)).to.equal(3);
    expect(batch.filled).to.equal(3);
    expect(texts(batch)).to.deep.equal(['one', '', 'three']);
    for (const { address } of batch) expect(address?.equals(a.getsockname())).to.equal(true);
  });

  it('is null, and the batch empty, when nothing is there', () => {
    const [a, b] = peers();
    const batch = new DatagramBatch();
    a.sendto(Buffer.from('x'), b.getsockname());
    b.recvmmsg(batch);
    assertWouldBlock(b.recvmmsg(batch));
    expect(batch.filled).to.equal(0);
  });

  it('leaves in the kernel what it has no slot for', () => {
    const [a, b] = peers();
    for (const data of ['1', '2', '3']) a.sendto(Buffer.from(data), b.getsockname());
    const batch = new DatagramBatch({ count: 2 });
    expect(b.recvmmsg(batch)).to.equal(2);
    expect(b.recvmmsg(batch)).to.equal(1);
    expect(texts(batch)).to.deep.equal(['3']);
  });

  it('cuts what is longer than a slot, says so, and touches no other slot', () => {
    const [a, b] = peers();
    for (const data of ['abcdef', 'ab']) a.sendto(Buffer.from(data), b.getsockname());
    const batch = new DatagramBatch({ count: 2, size: 4 });
    b.recvmmsg(batch);
    expect(texts(batch)).to.deep.equal(['abcd', 'ab']);
    expect(batch.flags(0) & MSG_TRUNC).to.equal(MSG_TRUNC);
    expect(batch.flags(1) & MSG_TRUNC).to.equal(0);
  });

  it('makes no view longer than a slot where MSG_TRUNC tells the real length', () => {
    const [a, b] = peers();
    a.sendto(Buffer.from('abcdef'), b.getsockname());
    const batch = new DatagramBatch({ count: 2, size: 4 });
    expect(b.recvmmsg(batch, MSG_TRUNC)).to.equal(1);
    expect(batch.data(0).toString()).to.equal('abcd');
  });

  it('takes flags', () => {
    const [a, b] = peers();
    a.sendto(Buffer.from('x'), b.getsockname());
    const batch = new DatagramBatch({ count: 1 });
    expect(b.recvmmsg(batch, MSG_PEEK)).to.equal(1);
    expect(b.recvmmsg(batch)).to.equal(1);
    assertWouldBlock(b.recvmmsg(batch));
  });

  it('gives the same object for the same address', () => {
    const [a, b] = peers();
    const [c] = closed([udpSocket()]);
    const batch = new DatagramBatch();
    for (const sender of [a, c, a]) sender.sendto(Buffer.from('x'), b.getsockname());
    b.recvmmsg(batch);
    expect(batch.address(0)).to.equal(batch.address(2));
    expect(batch.address(1)).not.to.equal(batch.address(0));
    expect(batch.address(1)?.port).to.equal(c.getsockname().port);
  });

  it('has no address for an unnamed Unix sender', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    a.send(Buffer.from('x'));
    const batch = new DatagramBatch();
    b.recvmmsg(batch);
    expect(batch.address(0)).to.equal(null);
  });

  it('tells destination, interface, time to live, type of service and time where options ask for them', () => {
    const [a, b] = peers();
    b.setsockopt(IPPROTO_IP, IP_PKTINFO!, true);
    b.setsockopt(IPPROTO_IP, IP_RECVTTL!, true);
    b.setsockopt(IPPROTO_IP, IP_RECVTOS!, true);
    b.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS!, true);
    a.setsockopt(IPPROTO_IP, IP_TTL, 33);
    a.setsockopt(IPPROTO_IP, IP_TOS, 96);
    a.sendto(Buffer.from('x'), b.getsockname());
    const batch = new DatagramBatch();
    b.recvmmsg(batch);
    expect(batch.ttl(0)).to.equal(33);
    expect(batch.tos(0)).to.equal(96);
    expect(batch.destination(0)).to.equal('127.0.0.1');
    expect(batch.interfaceIndex(0)).to.equal(1);
    expect(Math.abs(Number(batch.timestamp(0)! / 1_000_000n) - Date.now())).to.be.lessThan(60_000);
  });

  it('tells the same of IPv6', function () {
    let a: Socket;
    let b: Socket;
    try {
      [a, b] = closed([socket(AF_INET6, SOCK_DGRAM), socket(AF_INET6, SOCK_DGRAM)]);
      b.bind(AF_INET6, '::1', 0);
    } catch {
      return this.skip();
    }
    b.setsockopt(IPPROTO_IPV6, IPV6_RECVPKTINFO!, true);
    b.setsockopt(IPPROTO_IPV6, IPV6_RECVHOPLIMIT!, true);
    a.setsockopt(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 12);
    a.sendto(Buffer.from('x'), b.getsockname());
    const batch = new DatagramBatch();
    b.recvmmsg(batch);
    expect(batch.destination(0)).to.equal('::1');
    expect(batch.ttl(0)).to.equal(12);
  });

  it('tells null of what nobody has asked for, even after a batch that had it', () => {
    const [a, b] = peers();
    const batch = new DatagramBatch();
    const receive = () => {
      a.sendto(Buffer.from('x'), b.getsockname());
      b.recvmmsg(batch);
      return [batch.ttl(0), batch.tos(0), batch.destination(0), batch.interfaceIndex(0), batch.timestamp(0)];
    };
    b.setsockopt(IPPROTO_IP, IP_PKTINFO!, true);
    b.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS!, true);
    expect(receive().filter((value) => value !== null)).to.have.length(3);
    b.setsockopt(IPPROTO_IP, IP_PKTINFO!, false);
    b.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS!, false);
    expect(receive()).to.deep.equal([null, null, null, null, null]);
  });

  it('closes descriptors that come along', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    const before = socketDescriptors().length;
    for (let i = 0; i < 3; i++) {
      a.sendmsg({
        data: Buffer.from('x'),
        control: [{ level: SOL_SOCKET, type: SCM_RIGHTS, data: [a, b] }],
      });
    }
    expect(b.recvmmsg(new DatagramBatch())).to.equal(3);
    expect(socketDescriptors()).to.have.length(before);
  });

  it('throws what the kernel says, with its name', () => {
    const [a, b] = peers();
    const gone = b.getsockname();
    b.close();
    a.connect(gone);
    a.send(Buffer.from('x'));
    expect(() => a.recvmmsg(new DatagramBatch())).to.throw(/^recvmmsg ECONNREFUSED/);
  });

  it('takes a flood in batches of 1,024 slots', () => {
    const [a, b] = peers();
    const batch = new DatagramBatch({ count: 1024, size: 16 });
    for (let i = 0; i < 100; i++) a.sendto(Buffer.from(String(i)), b.getsockname());
    expect(b.recvmmsg(batch)).to.equal(100);
    expect(texts(batch)[99]).to.equal('99');
  });
});

describe('sendmmsg', () => {
  it('sends what was pushed, each datagram to its address', () => {
    const [a, b] = peers();
    const [c] = closed([udpSocket()]);
    const out = new DatagramBatch();
    for (const [data, to] of [
      ['one', b],
      ['two', c],
      ['', b],
      ['grüße', c],
    ] as const) {
      expect(out.push(data, to.getsockname())).to.equal(true);
    }
    expect(a.sendmmsg(out)).to.equal(4);
    const batch = new DatagramBatch();
    expect(receiveAll(b, batch)).to.deep.equal(['one', '']);
    expect(receiveAll(c, batch)).to.deep.equal(['two', 'grüße']);
  });

  it('sends to the connected peer what has no address', () => {
    const [a, b] = peers();
    a.connect(b.getsockname());
    const out = new DatagramBatch();
    out.push(new Uint16Array([0x6161, 0x6262]));
    expect(a.sendmmsg(out)).to.equal(1);
    expect(receiveAll(b, new DatagramBatch())).to.deep.equal(['aabb']);
  });

  it('sends a received batch back where it came from', () => {
    const [a, b] = peers();
    for (const data of ['one', 'two']) a.sendto(Buffer.from(data), b.getsockname());
    const batch = new DatagramBatch();
    b.recvmmsg(batch);
    expect(b.sendmmsg(batch)).to.equal(2);
    expect(receiveAll(a, batch)).to.deep.equal(['one', 'two']);
  });

  it('takes the address of a received slot, of any family', () => {
    const [a, b] = closed([socket(AF_UNIX, SOCK_DGRAM), socket(AF_UNIX, SOCK_DGRAM)]);
    for (const each of [a, b]) each.bind(AF_UNIX, '');
    a.sendto(Buffer.from('question'), b.getsockname());
    const [batch, out] = [new DatagramBatch(), new DatagramBatch()];
    b.recvmmsg(batch);
    out.push('answer', batch.address(0));
    out.push('another', batch.address(0));
    expect(b.sendmmsg(out)).to.equal(2);
    expect(receiveAll(a, batch)).to.deep.equal(['answer', 'another']);
  });

  it('sends a part, and nothing twice', () => {
    const [a, b] = peers();
    const out = new DatagramBatch();
    for (const data of ['0', '1', '2', '3']) out.push(data, b.getsockname());
    expect(a.sendmmsg(out, { start: 1, count: 2 })).to.equal(2);
    expect(receiveAll(b, new DatagramBatch())).to.deep.equal(['1', '2']);
  });

  it('says how many went before an error, shows the error next, and goes on behind it', () => {
    const [a, b] = peers();
    const out = new DatagramBatch();
    out.push('0', b.getsockname());
    out.push('bad', { address: '127.0.0.1', port: 0 });
    out.push('2', b.getsockname());
    expect(a.sendmmsg(out)).to.equal(1);
    expect(() => a.sendmmsg(out, { start: 1 })).to.throw(/^sendmmsg EINVAL 127.0.0.1:0$/);
    expect(a.sendmmsg(out, { start: 2 })).to.equal(1);
    expect(receiveAll(b, new DatagramBatch())).to.deep.equal(['0', '2']);
  });

  it('is null when there is no room, and loses and repeats nothing', () => {
    const [a, b] = closed([socket(AF_UNIX, SOCK_DGRAM), socket(AF_UNIX, SOCK_DGRAM)]);
    b.bind(AF_UNIX, '');
    const out = new DatagramBatch({ count: 1024, size: 16 });
    for (let i = 0; out.push(String(i), b.getsockname()); i++);
    const [seen, batch] = [[] as string[], new DatagramBatch()];
    let blocked = 0;
    for (let start = 0; start < out.filled; ) {
      const n = a.sendmmsg(out, { start });
      if (n !== null) start += n;
      else {
        blocked++;
        seen.push(...receiveAll(b, batch));
      }
    }
    seen.push(...receiveAll(b, batch));
    expect(blocked).to.be.greaterThan(0);
    expect(seen).to.deep.equal(Array.from({ length: 1024 }, (_, i) => String(i)));
  });

  it('sends nothing of an empty batch', () => {
    const [a] = peers();
    expect(a.sendmmsg(new DatagramBatch())).to.equal(0);
  });

  it('names a wrong argument', () => {
    const [a, b] = peers();
    const out = new DatagramBatch();
    out.push('x', b.getsockname());
    expect(() => a.sendmmsg({} as never)).to.throw(TypeError, /"batch"/);
    expect(() => a.recvmmsg(undefined as never)).to.throw(TypeError, /"batch"/);
    expect(() => a.sendmmsg(out, { start: 2 })).to.throw(RangeError, /"options.start"/);
    expect(() => a.sendmmsg(out, { start: -1 })).to.throw(RangeError, /"options.start"/);
    expect(() => a.sendmmsg(out, { count: 2 })).to.throw(RangeError, /"options.count"/);
    expect(() => a.sendmmsg(out, { flags: 'x' as never })).to.throw(TypeError, /"flags"/);
    expect(() => a.recvmmsg(out, 1.5)).to.throw(RangeError, /"flags"/);
  });

  it('says so on a closed socket', () => {
    const [a] = peers();
    a.close();
    expect(codeOf(() => a.sendmmsg(new DatagramBatch()))).to.equal('ERR_SOCKET_CLOSED');
    expect(codeOf(() => a.recvmmsg(new DatagramBatch()))).to.equal('ERR_SOCKET_CLOSED');
  });
});

describe('segments', () => {
  before(function () {
    if (UDP_GRO === undefined) this.skip();
  });

  const data = Buffer.from(Array.from({ length: 2500 }, (_, i) => i & 0xff));

  it('are datagrams for who receives them', () => {
    const [a, b] = peers();
    const out = new DatagramBatch();
    expect(out.pushSegmented(data, 1000, b.getsockname())).to.equal(true);
    expect([out.filled, out.datagrams, out.segmentSize(0)]).to.deep.equal([1, 3, 1000]);
    expect(a.sendmmsg(out)).to.equal(1);
    const batch = new DatagramBatch();
    expect(b.recvmmsg(batch)).to.equal(3);
    expect([...batch].map((each) => each.data.length)).to.deep.equal([1000, 1000, 500]);
    expect(Buffer.concat([...batch].map((each) => each.data)).equals(data)).to.equal(true);
  });

  /** The segments, received by `b` from `a` as one super-datagram. */
  function inOnePiece() {
    const [a, b] = peers();
    b.setsockopt(IPPROTO_UDP, UDP_GRO!, true);
    const out = new DatagramBatch();
    out.pushSegmented(data, 1000, b.getsockname());
    a.sendmmsg(out);
    const batch = new DatagramBatch({ count: 4, size: 65_535 });
    expect(b.recvmmsg(batch)).to.equal(1);
    return { a, b, batch };
  }

  it('are received in one piece with UDP_GRO, and taken apart without copying', () => {
    const { batch } = inOnePiece();
    expect([batch.datagrams, batch.bytes, batch.segmentSize(0)]).to.deep.equal([3, 2500, 1000]);
    expect([...batch].map(({ data: part }) => part.length)).to.deep.equal([1000, 1000, 500]);
    const parts: [number, number, number][] = [];
    batch.forEach((slab, start, end, slot) => {
      expect(slab).to.equal(batch.slab);
      parts.push([start, end, slot]);
    });
    expect(parts).to.deep.equal([
      [0, 1000, 0],
      [1000, 2000, 0],
      [2000, 2500, 0],
    ]);
    for (const part of batch) expect(part.data.buffer).to.equal(batch.slab.buffer);
  });

  it('go back as they came when a received batch is sent', () => {
    const { a, b, batch } = inOnePiece();
    expect(b.sendmmsg(batch)).to.equal(1);
    expect(a.recvmmsg(batch)).to.equal(3);
  });

  it('take as many slots as the kernel has limits', () => {
    const [a, b] = peers();
    const out = new DatagramBatch({ count: 64, size: 2048 });
    const many = Buffer.from(Array.from({ length: 200 }, (_, i) => i));
    expect(out.pushSegmented(many, 1, b.getsockname())).to.equal(true);
    expect(out.datagrams).to.equal(200);
    expect(out.filled).to.be.oneOf([2, 4]);
    expect(a.sendmmsg(out)).to.equal(out.filled);
    const batch = new DatagramBatch({ count: 256, size: 8 });
    expect(b.recvmmsg(batch)).to.equal(200);
    expect([...batch].map((each) => each.data[0])).to.deep.equal([...many]);
  });

  it('are not made of an empty datagram and the next, whatever its segments would be', () => {
    const batch = new DatagramBatch();
    batch.pushSegmented('', 1);
    batch.coalesce('x');
    expect([...batch].map(({ data }) => String(data))).to.deep.equal(['', 'x']);
  });

  it('are made of messages of one size to one receiver by coalesce', () => {
    const [a, b] = peers();
    const [c] = closed([udpSocket()]);
    const out = new DatagramBatch();
    const to = b.getsockname();
    for (const text of ['aaa', 'bbb', 'ccc', 'dd']) out.coalesce(text, to);
    expect([out.filled, out.datagrams]).to.deep.equal([1, 4]);
    out.coalesce('eee', to); // behind a shorter one
    out.coalesce('fff', c.getsockname()); // to somebody else
    out.coalesce('gggg', c.getsockname()); // a longer one
    out.coalesce('hhhh', b.getsockname()); // an equal address, in another object
    out.coalesce('iiii', b.getsockname());
    out.coalesce('', to);
    expect(Array.from({ length: out.filled }, (_, slot) => out.data(slot).toString())).to.deep.equal([
      'aaabbbcccdd',
      'eee',
      'fff',
      'gggg',
      'hhhhiiii',
      '',
    ]);
    expect(a.sendmmsg(out)).to.equal(6);
    const batch = new DatagramBatch();
    expect(receiveAll(b, batch)).to.deep.equal(['aaa', 'bbb', 'ccc', 'dd', 'eee', 'hhhh', 'iiii', '']);
    expect(receiveAll(c, batch)).to.deep.equal(['fff', 'gggg']);
  });

  it('that cannot be made of a message are sent one by one', () => {
    const [a, b] = peers();
    const out = new DatagramBatch({ count: 2, size: 65_507 });
    // SO_NO_CHECK is one of the things that segmentation cannot do.
    a.setsockopt(SOL_SOCKET, SO_NO_CHECK!, true);
    out.pushSegmented(data, 1000, b.getsockname());
    out.pushSegmented(data, 1000, b.getsockname());
    expect(a.sendmmsg(out)).to.equal(2);
    const batch = new DatagramBatch();
    expect(b.recvmmsg(batch)).to.equal(6);
    expect(Buffer.concat([...batch].map((each) => each.data))).to.deep.equal(Buffer.concat([data, data]));
  });

  it('are sent one by one from then on where the device refuses them', function () {
    let a: Socket;
    let b: Socket;
    try {
      [a, b] = closed([
        socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE),
        socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE),
      ]);
    } catch {
      console.log('      no UDP-Lite here, which refuses segments with EIO');
      return this.skip();
    }
    b.bind(AF_INET, '127.0.0.1', 0);
    const out = new DatagramBatch({ count: 2, size: 4096 });
    for (let i = 0; i < 2; i++) out.pushSegmented(data, 1000, b.getsockname());
    const batch = new DatagramBatch();
    for (let i = 0; i < 2; i++) {
      expect(a.sendmmsg(out)).to.equal(2);
      expect(b.recvmmsg(batch)).to.equal(6);
      expect(Buffer.concat([...batch].map((each) => each.data))).to.deep.equal(Buffer.concat([data, data]));
    }
  });

  it('on a socket that has none are sent one by one', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    const out = new DatagramBatch();
    out.pushSegmented('abcdefgh', 3);
    expect(a.sendmmsg(out)).to.equal(1);
    expect(receiveAll(b, new DatagramBatch())).to.deep.equal(['abc', 'def', 'gh']);
  });

  it('that were sent in part are continued, and not repeated', () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    a.setsockopt(SOL_SOCKET, SO_SNDBUF, 1);
    const out = new DatagramBatch();
    const many = Buffer.from(Array.from({ length: 60 }, (_, i) => i));
    out.pushSegmented(many, 1);
    out.push('end');
    const [batch, seen] = [new DatagramBatch(), [] as number[]];
    let blocked = 0;
    for (let start = 0; start < out.filled; ) {
      const n = a.sendmmsg(out, { start });
      if (n !== null) start += n;
      else {
        blocked++;
        while (b.recvmmsg(batch) !== null) for (const each of batch) seen.push(each.data[0]!);
      }
    }
    while (b.recvmmsg(batch) !== null) for (const each of batch) seen.push(each.data[0]!);
    expect(blocked).to.be.greaterThan(0);
    expect(seen).to.deep.equal([...many, 'e'.charCodeAt(0)]);
  });
});

describe('a DatagramBatch', () => {
  it('refuses what has no room in any batch, and says no when it is full', () => {
    const batch = new DatagramBatch({ count: 2, size: 4 });
    expect(() => batch.push('123456789')).to.throw(RangeError, /"data"/);
    expect(() => batch.pushSegmented('123456789', 1)).to.throw(RangeError, /"data"/);
    const single = new DatagramBatch({ count: 1, size: 1000 });
    expect(() => single.pushSegmented(Buffer.alloc(1000), 1)).to.throw(RangeError, /"data"/);
    expect(batch.push('12345')).to.equal(true);
    expect(batch.push('1234')).to.equal(false);
    expect(batch.pushSegmented('1234', 1)).to.equal(false);
    expect(batch.reserve(4)).to.equal(null);
    expect(batch.push('123')).to.equal(true);
    expect(batch.push('')).to.equal(false);
    expect(texts(batch)).to.deep.equal(['12345', '123']);
  });

  it('has room again when it was cleared', () => {
    const batch = new DatagramBatch({ count: 1, size: 4 });
    batch.push('abc');
    batch.clear();
    expect(batch.filled).to.equal(0);
    expect(batch.push('def')).to.equal(true);
  });

  it('lets a payload be written where it is', () => {
    const [a, b] = peers();
    const out = new DatagramBatch();
    out.push('first', b.getsockname());
    const at = out.reserve(2, b.getsockname())!;
    out.slab.write('hi', at);
    a.sendmmsg(out);
    expect(receiveAll(b, new DatagramBatch())).to.deep.equal(['first', 'hi']);
  });

  it('can be appended to after it was received into', () => {
    const [a, b] = peers();
    a.sendto(Buffer.from('received'), b.getsockname());
    const batch = new DatagramBatch({ count: 2, size: 8 });
    b.recvmmsg(batch);
    batch.coalesce('pushed', a.getsockname());
    expect(texts(batch)).to.deep.equal(['received', 'pushed']);
  });

  it('is copied with all that it says, and stays as it is when the first is filled anew', () => {
    const [a, b] = peers();
    b.setsockopt(IPPROTO_IP, IP_RECVTTL!, true);
    const batch = new DatagramBatch();
    for (const data of ['one', '', 'three']) a.sendto(Buffer.from(data), b.getsockname());
    b.recvmmsg(batch);
    const copy = batch.copy();
    a.sendto(Buffer.from('other'), b.getsockname());
    b.recvmmsg(batch);
    expect(texts(copy)).to.deep.equal(['one', '', 'three']);
    expect(copy.ttl(2)).to.equal(64);
    expect(copy.address(1)?.equals(a.getsockname())).to.equal(true);
    expect(copy.slab.length).to.equal(8);
    expect(b.sendmmsg(copy)).to.equal(3);
    expect(() => b.recvmmsg(copy)).to.throw(TypeError, /is a copy/);
  });

  it('is copied when it is empty', () => {
    expect([...new DatagramBatch().copy()]).to.deep.equal([]);
  });

  it('cannot be used when it was released, and its memory serves the next', () => {
    const [a] = peers();
    const batch = new DatagramBatch({ count: 3, size: 77 });
    batch.push('x');
    const { buffer } = batch.slab;
    batch.release();
    batch.release();
    expect(batch.released).to.equal(true);
    expect(batch.filled).to.equal(0);
    for (const use of [
      () => a.recvmmsg(batch),
      () => a.sendmmsg(batch),
      () => batch.slab,
      () => batch.data(0),
      () => batch.push('x'),
      () => batch.reserve(1),
      () => batch.clear(),
      () => batch.copy(),
      () => [...batch],
      () => batch.forEach(() => {}),
      () => batch.datagrams,
    ]) {
      expect(codeOf(use)).to.equal('ERR_BATCH_RELEASED');
    }
    const next = new DatagramBatch({ count: 3, size: 77 });
    expect(next.slab.buffer).to.equal(buffer);
    expect(next.filled).to.equal(0);
    expect(new DatagramBatch({ count: 3, size: 77 }).slab.buffer).not.to.equal(buffer);
  });

  it('is released by using', () => {
    let outside: DatagramBatch;
    {
      using batch = new DatagramBatch();
      outside = batch;
    }
    expect(outside.released).to.equal(true);
  });

  it('names a wrong argument', () => {
    for (const count of [0, -1, 1025, 1.5, Number.NaN]) {
      expect(() => new DatagramBatch({ count })).to.throw(RangeError, /"options.count"/);
    }
    for (const size of [0, 65_536, 0.5]) {
      expect(() => new DatagramBatch({ size })).to.throw(RangeError, /"options.size"/);
    }
    expect(() => new DatagramBatch({ size: '1' as never })).to.throw(TypeError, /"options.size"/);
    expect(() => new DatagramBatch(5 as never)).to.throw(TypeError, /"options"/);
    const batch = new DatagramBatch();
    batch.push('x');
    for (const slot of [1, -1, 0.5, Number.NaN])
      expect(() => batch.data(slot)).to.throw(RangeError, /"slot"/);
    expect(() => batch.address('0' as never)).to.throw(TypeError, /"slot"/);
    expect(() => batch.push(5 as never)).to.throw(TypeError, /"data"/);
    expect(() => batch.push('x', 'there' as never)).to.throw(TypeError, /address/);
    expect(() => batch.pushSegmented('x', 0)).to.throw(RangeError, /"segmentSize"/);
    expect(() => batch.reserve(-1)).to.throw(RangeError, /"length"/);
    expect(() => batch.forEach(null as never)).to.throw(TypeError, /"visit"/);
    expect(batch.filled).to.equal(1);
  });
});
