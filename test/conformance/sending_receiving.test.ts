/** send(2), recv(2), shutdown(2), and what tcp(7), udp(7) say of data. Control messages are in messages.test.ts. */
import { ready, type Socket, SocketAddress, watch } from 'uvsock';
import { expectNoReady, expectReady, fill } from '../support/sockets.ts';
import * as s from './support/sockets.ts';
import { c, ipv6 } from './support/system.ts';
import { conformance, outcome, outcomes, type Row } from './support/table.ts';

/** Two UDP sockets, the second of which has received the datagrams. */
function datagrams(...texts: string[]): [Socket, Socket] {
  const [a, b] = s.udpConnected();
  for (const text of texts) s.send(a, text);
  return [a, b];
}

/** What a datagram of a length to loopback comes to. */
function ofLength(length: number, socket: Socket = s.udp()): unknown {
  const to = s.bound(socket.family === c.AF_INET6 ? s.udp6() : s.udp()).getsockname();
  return outcome(() => socket.sendto(Buffer.alloc(length), to));
}

/** Two TCP sockets, the second of which has been sent the text. */
async function streamOf(text: string): Promise<[Socket, Socket]> {
  const [a, b] = s.tcpConnected();
  s.send(a, text);
  await expectReady(b, 'readable');
  return [a, b];
}

/** A TCP socket whose peer has closed, and which has read the end. */
async function ended(): Promise<Socket> {
  const [a, b] = s.tcpConnected();
  b.close();
  await s.readSoon(a);
  return a;
}

/** A TCP socket that has been reset by its peer. */
async function reset(): Promise<Socket> {
  const [a, b] = s.tcpConnected();
  b.setsockopt(c.SOL_SOCKET, c.SO_LINGER, [1, 0]);
  b.close();
  await expectReady(a, 'readable');
  return a;
}

/** A TCP socket that has been sent `text`, then an urgent byte. */
async function urgent(text: string, inline = false): Promise<Socket> {
  const [a, b] = s.tcpConnected();
  b.setsockopt(c.SOL_SOCKET, c.SO_OOBINLINE, inline);
  if (text !== '') s.send(a, text);
  s.send(a, '!', c.MSG_OOB);
  await expectReady(b, 'priority');
  return b;
}

/** A TCP socket that stays without room: its sends have filled all buffers; and the peer. */
async function full(): Promise<[Socket, Socket]> {
  const [a, b] = s.tcpConnected();
  // Sizes that are set do not grow.
  a.setsockopt(c.SOL_SOCKET, c.SO_SNDBUF, 16_384);
  b.setsockopt(c.SOL_SOCKET, c.SO_RCVBUF, 16_384);
  for (let room = true; room; ) {
    fill(a);
    // The peer's acknowledgements make room until its own buffer is full.
    const signal = AbortSignal.timeout(100);
    room = await ready(a, 'writable', { signal }).then(
      () => true,
      () => false,
    );
  }
  return [a, b];
}

const rows: readonly Row[] = [
  ['a receive with nothing there', () => s.read(s.tcpConnected()[0]), 'would block'],
  ['a receive on TCP that is not connected', () => s.read(s.tcp()), 'ENOTCONN'],
  ['a receive on a listener', () => s.read(s.listening()), 'ENOTCONN'],
  ['a receive on UDP without a name', () => s.read(s.udp()), 'would block'],
  ['a send on TCP that is not connected, without a signal', () => s.send(s.tcp(), 'x'), 'EPIPE'],
  ['a send on a listener', () => s.send(s.listening(), 'x'), 'EPIPE'],
  ['a send on UDP that is not connected', () => s.send(s.udp(), 'x'), 'EDESTADDRREQ'],
  ['sendto on TCP that is not connected', () => s.sendto(s.tcp(), 'x', s.refusing()), 'EPIPE'],
  [
    'sendto on connected TCP ignores the address',
    async () => {
      const [a, b] = s.tcpConnected();
      s.sendto(a, 'x', { address: '192.0.2.7', port: 9 });
      return s.readSoon(b);
    },
    'x',
  ],
  [
    'recvfrom on TCP gives no address',
    async () => (await streamOf('x'))[1].recvfrom(Buffer.alloc(8)),
    { bytes: 1, address: null },
  ],
  [
    'recvfrom on UDP gives the sender',
    () => {
      const [a, b] = datagrams('x');
      return b.recvfrom(Buffer.alloc(8))?.address?.equals(a.getsockname());
    },
    true,
  ],
  [
    'sendto gives UDP a name',
    () => {
      const a = s.udp();
      s.sendto(a, 'x', s.bound().getsockname());
      return [a.getsockname().address, s.portOf(a) > 0];
    },
    ['0.0.0.0', true],
  ],

  ['the longest UDP datagram', () => ofLength(65_507), 65_507],
  ['one byte more', () => ofLength(65_508), 'EMSGSIZE'],
  ['the longest UDP datagram on IPv6', () => ofLength(65_527, s.udp6()), 65_527, ipv6],
  ['one byte more on IPv6', () => ofLength(65_528, s.udp6()), 'EMSGSIZE', ipv6],
  [
    'an empty datagram has a sender, and then nothing is there',
    () => {
      const [a, b] = datagrams('');
      const received = b.recvfrom(Buffer.alloc(8));
      return [received?.bytes, received?.address?.equals(a.getsockname()), s.read(b)];
    },
    [0, true, null],
  ],
  [
    'a datagram is cut to the room, and the rest is lost',
    () => {
      const [, b] = datagrams('0123456789');
      return [s.read(b, 0, 4), s.read(b)];
    },
    ['0123', null],
  ],
  ['MSG_TRUNC gives its real length', () => s.countOf(datagrams('0123456789')[1], 4, c.MSG_TRUNC), 10],
  [
    'a receive without room takes a datagram',
    () => {
      const [, b] = datagrams('one', 'two');
      return [s.countOf(b, 0), s.read(b)];
    },
    [0, 'two'],
  ],
  [
    'MSG_PEEK leaves a datagram where it is',
    () => {
      const [, b] = datagrams('0123456789');
      return [s.read(b, c.MSG_PEEK, 4), s.read(b), s.read(b)];
    },
    ['0123', '0123456789', null],
  ],
  [
    'MSG_PEEK and MSG_TRUNC tell the length of the next datagram',
    () => {
      const [, b] = datagrams('0123456789');
      return [s.countOf(b, 0, c.MSG_PEEK | c.MSG_TRUNC), s.read(b)];
    },
    [10, '0123456789'],
  ],
  [
    'SO_PEEK_OFF makes peeks go on',
    async () => {
      const [a, b] = s.pair();
      b.setsockopt(c.SOL_SOCKET, c.SO_PEEK_OFF, 0);
      s.send(a, 'abcdef');
      return [s.read(b, c.MSG_PEEK, 2), s.read(b, c.MSG_PEEK, 2), s.read(b, 0, 3), s.read(b, c.MSG_PEEK, 2)];
    },
    ['ab', 'cd', 'abc', 'ef'],
  ],
  [
    'datagrams keep their boundaries and their order',
    () => {
      const [, b] = datagrams('one', 'two', 'three');
      return [s.read(b), s.read(b), s.read(b), s.read(b)];
    },
    ['one', 'two', 'three', null],
  ],
  [
    'a full receive buffer drops datagrams, and the sender does not know',
    () => {
      const [a, b] = s.udpConnected();
      b.setsockopt(c.SOL_SOCKET, c.SO_RCVBUF, 4096);
      const sent = Array.from({ length: 100 }, () => a.send(Buffer.alloc(1000)));
      let received = 0;
      while (s.countOf(b, 1000) !== null) received++;
      return [sent.every((n) => n === 1000), received > 0 && received < 100];
    },
    [true, true],
  ],
  ['sendto to port 0', () => s.sendto(s.udp(), 'x', { address: '127.0.0.1', port: 0 }), 'EINVAL'],
  [
    'sendto to an address of another family',
    () => s.udp().sendto(Buffer.from('x'), c.AF_INET6, '::1', 9),
    'EAFNOSUPPORT',
  ],
  [
    'sendto to an address that is too short',
    () => s.udp().sendto(Buffer.from('x'), SocketAddress.fromBytes(Uint8Array.of(c.AF_INET, 0))),
    'EINVAL',
  ],
  [
    'sendto broadcasts only with SO_BROADCAST',
    () => s.sendto(s.udp(), 'x', { address: '127.255.255.255', port: 9 }),
    'EACCES',
  ],
  [
    'and then it does',
    () => {
      const a = s.udp();
      a.setsockopt(c.SOL_SOCKET, c.SO_BROADCAST, true);
      return s.sendto(a, 'x', { address: '127.255.255.255', port: 9 });
    },
    1,
  ],
  ['MSG_OOB is not for UDP', () => s.send(s.udpConnected()[0], 'x', c.MSG_OOB), 'EOPNOTSUPP'],
  [
    'MSG_DONTROUTE and MSG_CONFIRM are fine on loopback',
    () => s.send(s.udpConnected()[0], 'x', c.MSG_DONTROUTE | c.MSG_CONFIRM),
    1,
  ],
  [
    'MSG_MORE makes one datagram of two sends',
    () => {
      const [a, b] = s.udpConnected();
      s.send(a, 'ab', c.MSG_MORE);
      const held = s.read(b);
      s.send(a, 'cd');
      return [held, s.read(b), s.read(b)];
    },
    [null, 'abcd', null],
  ],
  [
    'so does UDP_CORK until it is taken away',
    () => {
      const [a, b] = s.udpConnected();
      a.setsockopt(c.IPPROTO_UDP, c.UDP_CORK, true);
      s.send(a, 'ab');
      s.send(a, 'cd');
      const held = s.read(b);
      a.setsockopt(c.IPPROTO_UDP, c.UDP_CORK, false);
      return [held, s.read(b)];
    },
    [null, 'abcd'],
  ],
  ['the error queue of a socket is empty', () => s.read(s.bound(), c.MSG_ERRQUEUE), 'would block'],

  [
    'MSG_PEEK leaves a stream where it is',
    async () => {
      const [, b] = await streamOf('abcdef');
      return [s.read(b, c.MSG_PEEK, 4), s.read(b), s.read(b)];
    },
    ['abcd', 'abcdef', null],
  ],
  [
    'MSG_TRUNC throws away bytes of a TCP stream',
    async () => {
      const [, b] = await streamOf('abcdef');
      return [s.countOf(b, 4, c.MSG_TRUNC), s.read(b)];
    },
    [4, 'ef'],
  ],
  ['MSG_WAITALL does not wait', async () => s.read((await streamOf('abc'))[1], c.MSG_WAITALL), 'abc'],
  [
    'a receive without room takes nothing of a stream',
    async () => {
      const [, b] = await streamOf('abc');
      return [s.countOf(b, 0), s.read(b)];
    },
    [0, 'abc'],
  ],
  ['a send of nothing on a stream is nothing', () => s.send(s.tcpConnected()[0], ''), 0],
  [
    'MSG_MORE holds back until more is sent',
    async () => {
      const [a, b] = s.tcpConnected();
      s.send(a, 'ab', c.MSG_MORE);
      await expectNoReady(b, 'readable');
      s.send(a, 'cd');
      return s.readSoon(b);
    },
    'abcd',
  ],
  [
    'TCP_CORK holds back until it is taken away',
    async () => {
      const [a, b] = s.tcpConnected();
      a.setsockopt(c.IPPROTO_TCP, c.TCP_CORK, true);
      s.send(a, 'ab');
      s.send(a, 'cd');
      await expectNoReady(b, 'readable');
      a.setsockopt(c.IPPROTO_TCP, c.TCP_CORK, false);
      return s.readSoon(b);
    },
    'abcd',
  ],
  [
    'SO_RCVLOWAT waits for so many bytes',
    async () => {
      const [a, b] = s.tcpConnected();
      b.setsockopt(c.SOL_SOCKET, c.SO_RCVLOWAT, 4);
      s.send(a, 'ab');
      await expectNoReady(b, 'readable');
      s.send(a, 'cd');
      return s.readSoon(b);
    },
    'abcd',
  ],
  [
    'a send of more than there is room for is partial',
    () => {
      const [a] = s.tcpConnected();
      a.setsockopt(c.SOL_SOCKET, c.SO_SNDBUF, 16_384);
      const sent = a.send(Buffer.alloc(64 << 20)) as number;
      return sent > 0 && sent < 64 << 20;
    },
    true,
  ],
  [
    'a full TCP socket would block and is not writable',
    async () => {
      const [a] = await full();
      await expectNoReady(a, 'writable');
      return s.send(a, 'x');
    },
    'would block',
  ],
  [
    'once drained it is writable',
    async () => {
      const [a, b] = await full();
      using _drain = watch(b, 'readable', () => {
        while (s.read(b) !== null);
      });
      await expectReady(a, 'writable');
      return s.send(a, 'x');
    },
    1,
  ],
  [
    'without SO_ZEROCOPY the flag MSG_ZEROCOPY is of no effect',
    async () => {
      const [a, b] = s.tcpConnected();
      s.send(a, 'copied', c.MSG_ZEROCOPY);
      return outcomes(
        () => s.readSoon(b),
        () => s.read(a, c.MSG_ERRQUEUE),
      );
    },
    ['copied', 'would block'],
  ],

  ['without urgent data MSG_OOB', () => s.read(s.tcpConnected()[0], c.MSG_OOB), 'EINVAL'],
  [
    'an urgent byte is received apart, once',
    async () => {
      const b = await urgent('ab');
      return outcomes(
        () => s.read(b, c.MSG_OOB),
        () => s.read(b, c.MSG_OOB),
        () => s.read(b),
      );
    },
    ['!', 'EINVAL', 'ab'],
  ],
  [
    'the last byte of an urgent send is the urgent one',
    async () => {
      const [a, b] = s.tcpConnected();
      s.send(a, 'abc', c.MSG_OOB);
      await expectReady(b, 'priority');
      return [s.read(b, c.MSG_OOB), s.read(b)];
    },
    ['c', 'ab'],
  ],
  [
    'with SO_OOBINLINE it is in the stream',
    async () => {
      const b = await urgent('ab', true);
      return outcomes(
        () => s.read(b, c.MSG_OOB),
        () => s.read(b),
        () => s.read(b),
      );
    },
    ['EINVAL', 'ab', '!'],
  ],
  [
    'a receive stops before the urgent byte',
    async () => {
      const [a, b] = s.tcpConnected();
      s.send(a, 'ab');
      s.send(a, '!', c.MSG_OOB);
      s.send(a, 'cd');
      await expectReady(b, 'priority');
      await expectReady(b, 'readable');
      return [s.read(b), await s.readSoon(b)];
    },
    ['ab', 'cd'],
  ],

  [
    'shutting down sending ends the stream, for ever',
    async () => {
      const [a, b] = await streamOf('last');
      a.shutdown(c.SHUT_WR);
      return [await s.readAll(b), s.read(b), s.read(b)];
    },
    ['last', 0, 0],
  ],
  [
    'then a send is refused',
    () => {
      const [a] = s.tcpConnected();
      a.shutdown(c.SHUT_WR);
      return s.send(a, 'x');
    },
    'EPIPE',
  ],
  [
    'and the other direction works',
    async () => {
      const [a, b] = s.tcpConnected();
      a.shutdown(c.SHUT_WR);
      s.send(b, 'still');
      return s.readSoon(a);
    },
    'still',
  ],
  [
    'shutting down receiving reads as the end',
    () => {
      const [a] = s.tcpConnected();
      a.shutdown(c.SHUT_RD);
      return s.read(a);
    },
    0,
  ],
  [
    'but TCP data that comes later is received',
    async () => {
      const [a, b] = s.tcpConnected();
      a.shutdown(c.SHUT_RD);
      const sent = s.send(b, 'late');
      b.shutdown(c.SHUT_WR);
      return [sent, await s.readAll(a)];
    },
    [4, 'late'],
  ],
  [
    'shutting down twice is fine',
    () => {
      const [a] = s.tcpConnected();
      return outcomes(
        () => a.shutdown(c.SHUT_WR),
        () => a.shutdown(c.SHUT_WR),
        () => a.shutdown(c.SHUT_RDWR),
      );
    },
    ['ok', 'ok', 'ok'],
  ],
  ['shutting down TCP that is not connected', () => s.tcp().shutdown(c.SHUT_WR), 'ENOTCONN'],
  ['shutting down UDP that is not connected', () => s.udp().shutdown(c.SHUT_WR), 'ENOTCONN'],
  [
    'shutting down sending on connected UDP',
    () => {
      const [a] = s.udpConnected();
      return outcomes(
        () => a.shutdown(c.SHUT_WR),
        () => s.send(a, 'x'),
      );
    },
    ['ok', 'EPIPE'],
  ],
  ['shutting down number 3', () => s.tcpConnected()[0].shutdown(3), 'EINVAL'],
  ['shutting down number -1', () => s.tcpConnected()[0].shutdown(-1), 'EINVAL'],

  [
    'a peer that has closed takes one send, then refuses',
    async () => {
      const a = await ended();
      const first = s.send(a, 'x');
      await expectReady(a, 'hangup');
      await expectReady(a, 'readable');
      return [first, outcome(() => s.send(a, 'y'))];
    },
    [1, 'EPIPE'],
  ],
  [
    'SO_LINGER of no time resets',
    async () => {
      const a = await reset();
      return outcomes(
        () => s.read(a),
        () => s.read(a),
        () => s.send(a, 'x'),
      );
    },
    ['ECONNRESET', 0, 'EPIPE'],
  ],
  [
    'closing with unread data resets',
    async () => {
      const [a, b] = await streamOf('unread');
      b.close();
      await expectReady(a, 'readable');
      return outcomes(
        () => s.read(a),
        () => s.read(a),
      );
    },
    ['ECONNRESET', 0],
  ],
  [
    'what was received before a reset can be read',
    async () => {
      const [a, b] = await streamOf('unread');
      s.send(b, 'before');
      await expectReady(a, 'readable');
      b.close();
      await expectReady(a, 'hangup');
      return outcomes(
        () => s.read(a),
        () => s.read(a),
        () => s.read(a),
      );
    },
    ['before', 'ECONNRESET', 0],
  ],
  [
    'a reset is told by SO_ERROR, once',
    async () => {
      const a = await reset();
      return [s.pendingError(a), s.pendingError(a), s.read(a)];
    },
    ['ECONNRESET', 'no error', 0],
  ],
  ['a peer that is reset has no name any more', async () => (await reset()).getpeername(), 'ENOTCONN'],
];

conformance('sending and receiving', rows);
