/** unix(7). */
import { lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { makeSocketAddress, type Socket } from 'uvsock';
import { expectReady, fill } from '../support/sockets.ts';
import * as s from './support/sockets.ts';
import { c, sysctl } from './support/system.ts';
import { conformance, kernel, outcome, outcomes, type Row } from './support/table.ts';

const { SOCK_DGRAM, SOCK_SEQPACKET } = c;
const at = (path: string | Uint8Array) => makeSocketAddress(c.AF_UNIX, path);
const dgram = () => s.unix(SOCK_DGRAM);

/** Connects a stream to a path of a folder in which `prepare` may have made something. */
const connectingTo = (prepare: (path: string) => unknown) =>
  s.inFolder((path) => {
    prepare(path('it'));
    return outcome(() => s.unix().connect(at(path('it'))));
  });

/** Binds a datagram socket to a path of a folder in which `prepare` may have made something. */
const bindingTo = (prepare: (path: string) => unknown, name = 'it') =>
  s.inFolder((path) => {
    prepare(path('it'));
    return outcome(() => dgram().bind(at(path(name))));
  });

function boundTo(path: string | Uint8Array, socket: Socket = dgram()): Socket {
  socket.bind(at(path));
  return socket;
}

/** An abstract name, another each time. */
let names = 0;
const abstract = (rest: string | Uint8Array = '') =>
  Buffer.concat([Buffer.from(`\0uvsock ${process.pid} ${names++} `), Buffer.from(rest)]);

/** A client of a listener of the style, and what the listener has accepted. */
function connected(style?: number): [Socket, Socket] {
  const [listener, client] = [s.listening(s.unix(style)), s.unix(style)];
  client.connect(listener.getsockname());
  return [client, s.accept(listener)?.socket as Socket];
}

/** A datagram socket connected to another, which is closed. */
function forsaken(): Socket {
  const [a, b] = [dgram(), s.bound(dgram())];
  a.connect(b.getsockname());
  b.close();
  return a;
}

const own = () => ({ pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });
const nobody = { pid: 0, uid: -1, gid: -1 };
const peerOf = (socket: Socket) => socket.getsockopt(c.SOL_SOCKET, c.SO_PEERCRED);
const LONGEST = 108;

const rows: readonly Row[] = [
  ['a path that exists as a socket is in use', () => bindingTo((path) => boundTo(path)), 'EADDRINUSE'],
  ['so it is after that socket was closed', () => bindingTo((path) => boundTo(path).close()), 'EADDRINUSE'],
  ['so is a path that exists as a file', () => bindingTo((path) => writeFileSync(path, '')), 'EADDRINUSE'],
  ['a path without its folder', () => bindingTo(() => {}, 'no/where'), 'ENOENT'],
  ['a path whose folder is a file', () => bindingTo((path) => writeFileSync(path, ''), 'it/in'), 'ENOTDIR'],
  [
    'a path that is a dangling link is in use',
    () => bindingTo((path) => symlinkSync('nowhere', path)),
    'EADDRINUSE',
  ],
  ['a path through links in a circle', () => bindingTo((path) => symlinkSync('it', path), 'it/in'), 'ELOOP'],
  [
    'a bound path is a file of its own kind',
    () =>
      s.inFolder((path) => {
        boundTo(path('it'));
        return lstatSync(path('it')).isSocket();
      }),
    true,
  ],
  ['a name is given once', () => s.bound(dgram()).bind(at(abstract())), 'EINVAL'],
  ['binding a named socket to the empty name changes nothing', () => s.bound(dgram()).bind(at('')), 'ok'],
  [
    'autobind gives an abstract name of five hexadecimal digits',
    () => /^\0[0-9a-f]{5}$/.test(s.bound(dgram()).getsockname().path as string),
    true,
  ],
  [
    'an abstract name keeps its bytes',
    () => {
      const name = abstract(Uint8Array.of(0, 0xff, 0, 47, 0));
      return boundTo(name).getsockname().pathBytes?.equals(name);
    },
    true,
  ],
  [
    'an abstract name in use',
    () => {
      const name = abstract();
      boundTo(name);
      boundTo(name);
    },
    'EADDRINUSE',
  ],
  [
    'an abstract name is free once closed',
    () => {
      const name = abstract();
      boundTo(name).close();
      boundTo(name);
    },
    'ok',
  ],
  [
    'an abstract name has its length: a NUL more is another',
    () => {
      const name = abstract();
      boundTo(name);
      boundTo(Buffer.concat([name, Buffer.alloc(1)]));
    },
    'ok',
  ],
  [
    'the longest abstract name',
    () => {
      const name = abstract('x'.repeat(LONGEST)).subarray(0, LONGEST);
      return boundTo(name).getsockname().pathBytes?.equals(name);
    },
    true,
  ],
  [
    'the longest path has no NUL at its end',
    () =>
      s.inFolder((path) => {
        const longest = path('x'.repeat(LONGEST)).slice(0, LONGEST);
        const receiver = boundTo(longest);
        return [
          receiver.getsockname().path === longest,
          s.sendto(dgram(), 'x', at(longest)),
          s.read(receiver),
        ];
      }),
    [true, 1, 'x'],
  ],
  [
    'each style has abstract names of its own',
    () => {
      const name = abstract();
      boundTo(name);
      boundTo(name, s.unix());
    },
    'ok',
  ],

  ['connecting to a path that is missing', () => connectingTo(() => {}), 'ENOENT'],
  [
    'to one whose socket was closed',
    () => connectingTo((path) => boundTo(path, s.unix()).close()),
    'ECONNREFUSED',
  ],
  ['to one that does not listen', () => connectingTo((path) => boundTo(path, s.unix())), 'ECONNREFUSED'],
  ['to a file', () => connectingTo((path) => writeFileSync(path, '')), 'ECONNREFUSED'],
  ['to a folder', () => connectingTo((path) => mkdirSync(path)), 'ECONNREFUSED'],
  ['to a socket of another style', () => connectingTo((path) => boundTo(path)), 'EPROTOTYPE'],
  ['to an abstract name that is missing', () => s.unix().connect(at(abstract())), 'ECONNREFUSED'],
  [
    'through a link',
    () =>
      s.inFolder((path) => {
        boundTo(path('it'), s.unix()).listen();
        symlinkSync('it', path('link'));
        return s.unix().connect(at(path('link')));
      }),
    true,
  ],
  ['to an Internet address', () => s.unix().connect(c.AF_INET, '127.0.0.1', 9), 'EINVAL'],
  ['a stream is connected at once', () => s.unix().connect(s.listening(s.unix()).getsockname()), true],
  [
    'and once only',
    () => {
      const listener = s.listening(s.unix());
      const client = s.unix();
      return outcomes(
        () => client.connect(listener.getsockname()),
        () => client.connect(listener.getsockname()),
      );
    },
    [true, 'EISCONN'],
  ],
  [
    'a full backlog is an error, and nothing is in progress',
    () => {
      const listener = s.listening(s.unix(), 0);
      const [first, second] = [s.unix(), s.unix()];
      first.connect(listener.getsockname());
      const refused = outcome(() => second.connect(listener.getsockname()));
      s.accept(listener);
      return [
        refused === 'would block' ? 'null' : refused,
        outcome(() => second.connect(listener.getsockname())),
      ];
    },
    ['EAGAIN', true],
  ],
  [
    'a client without a name has the empty one',
    () => {
      const [client, server] = connected();
      return [client.getsockname().path, server.getpeername().path];
    },
    ['', ''],
  ],
  [
    'a client with a name is known by it',
    () => {
      const [listener, client] = [s.listening(s.unix()), s.bound(s.unix())];
      client.connect(listener.getsockname());
      return s.accept(listener)?.address.equals(client.getsockname());
    },
    true,
  ],
  [
    'a connection has the name of its listener',
    () => {
      const [client, server] = connected();
      return client.getpeername().equals(server.getsockname());
    },
    true,
  ],
  [
    'closing a listener resets who waited',
    () => {
      const [listener, client] = [s.listening(s.unix()), s.unix()];
      client.connect(listener.getsockname());
      listener.close();
      return outcomes(
        () => s.read(client),
        () => s.read(client),
      );
    },
    ['ECONNRESET', 0],
  ],

  ['a receive on a stream that is not connected', () => s.read(s.unix()), 'EINVAL'],
  ['a send on a stream that is not connected', () => s.send(s.unix(), 'x'), 'ENOTCONN'],
  ['sendto on a stream that is not connected', () => s.sendto(s.unix(), 'x', at('/nowhere')), 'EOPNOTSUPP'],
  ['sendto on a connected stream', () => s.sendto(s.pair()[0], 'x', at('/nowhere')), 'EISCONN'],
  ['a receive on SEQPACKET that is not connected', () => s.read(s.unix(SOCK_SEQPACKET)), 'ENOTCONN'],
  ['a send on SEQPACKET that is not connected', () => s.send(s.unix(SOCK_SEQPACKET), 'x'), 'ENOTCONN'],
  [
    'closing with unread data resets the peer',
    () => {
      const [a, b] = s.pair();
      s.send(a, 'unread');
      b.close();
      return outcomes(
        () => s.read(a),
        () => s.read(a),
      );
    },
    ['ECONNRESET', 0],
  ],
  [
    'closing with nothing unread ends the stream',
    () => {
      const [a, b] = s.pair();
      b.close();
      return outcomes(
        () => s.read(a),
        () => s.send(a, 'x'),
      );
    },
    [0, 'EPIPE'],
  ],
  [
    'what was sent before the close is received',
    () => {
      const [a, b] = s.pair();
      s.send(b, 'last');
      b.close();
      return [s.read(a), s.read(a)];
    },
    ['last', 0],
  ],
  [
    'shutting down receiving refuses the sends of the peer',
    () => {
      const [a, b] = s.pair();
      a.shutdown(c.SHUT_RD);
      return outcomes(
        () => s.read(a),
        () => s.send(b, 'x'),
      );
    },
    [0, 'EPIPE'],
  ],
  [
    'shutting down sending ends the stream, and the other direction works',
    () => {
      const [a, b] = s.pair();
      a.shutdown(c.SHUT_WR);
      s.send(b, 'still');
      return outcomes(
        () => s.read(b),
        () => s.send(a, 'x'),
        () => s.read(a),
      );
    },
    [0, 'EPIPE', 'still'],
  ],
  ['shutting down a socket that is not connected', () => s.unix().shutdown(c.SHUT_RDWR), 'ok'],
  ['shutting down number 3', () => s.pair()[0].shutdown(3), 'EINVAL'],
  [
    'an urgent byte on a stream',
    () => {
      const [a, b] = s.pair();
      return outcomes(
        () => s.send(a, '!', c.MSG_OOB),
        () => s.read(b, c.MSG_OOB),
      );
    },
    [1, '!'],
    kernel('5.15'),
  ],
  ['an urgent byte among datagrams', () => s.send(s.pair(SOCK_DGRAM)[0], '!', c.MSG_OOB), 'EOPNOTSUPP'],

  [
    'SEQPACKET keeps boundaries, then ends',
    () => {
      const [a, b] = s.pair(SOCK_SEQPACKET);
      s.send(a, 'one');
      s.send(a, 'three');
      a.close();
      return [s.read(b), s.read(b), s.read(b)];
    },
    ['one', 'three', 0],
  ],
  [
    'SEQPACKET cuts what there is no room for',
    () => {
      const [a, b] = s.pair(SOCK_SEQPACKET);
      s.send(a, '0123456789');
      s.send(a, 'next');
      return [s.countOf(b, 4, c.MSG_TRUNC), s.read(b)];
    },
    [10, 'next'],
  ],
  [
    'SEQPACKET carries an empty message',
    () => {
      const [a, b] = s.pair(SOCK_SEQPACKET);
      s.send(a, '');
      s.send(a, 'next');
      return [s.read(b), s.read(b), s.read(b)];
    },
    [0, 'next', null],
  ],
  [
    'SEQPACKET listens and accepts',
    () => {
      const [client, server] = connected(SOCK_SEQPACKET);
      s.send(client, 'hello');
      return s.read(server);
    },
    'hello',
  ],
  [
    'SEQPACKET ignores the address of sendto',
    () => s.sendto(s.pair(SOCK_SEQPACKET)[0], 'x', at('/nowhere')),
    1,
  ],

  [
    'a datagram has the name of its sender',
    () => {
      const [a, b] = [s.bound(dgram()), s.bound(dgram())];
      s.sendto(a, 'x', b.getsockname());
      return b.recvfrom(Buffer.alloc(8))?.address?.equals(a.getsockname());
    },
    true,
  ],
  [
    'a datagram of an unnamed sender has none',
    () => {
      const b = s.bound(dgram());
      s.sendto(dgram(), 'x', b.getsockname());
      return b.recvfrom(Buffer.alloc(8));
    },
    { bytes: 1, address: null },
  ],
  ['a datagram to a path that is missing', () => s.sendto(dgram(), 'x', at('/nowhere/at/all')), 'ENOENT'],
  [
    'a datagram to a closed socket',
    () =>
      s.inFolder((path) => {
        boundTo(path('it')).close();
        return outcome(() => s.sendto(dgram(), 'x', at(path('it'))));
      }),
    'ECONNREFUSED',
  ],
  [
    'a datagram to the path of a stream socket',
    () =>
      s.inFolder((path) => {
        boundTo(path('it'), s.unix()).listen();
        return outcome(() => s.sendto(dgram(), 'x', at(path('it'))));
      }),
    'EPROTOTYPE',
  ],
  [
    'a datagram to the abstract name of a stream socket',
    () => s.sendto(dgram(), 'x', s.listening(s.unix()).getsockname()),
    'ECONNREFUSED',
  ],
  ['a datagram to a peer that was closed', () => s.send(forsaken(), 'x'), 'ECONNREFUSED'],
  [
    'after which there is no peer',
    () => {
      const a = forsaken();
      return outcomes(
        () => s.send(a, 'x'),
        () => s.send(a, 'x'),
      );
    },
    ['ECONNREFUSED', 'ENOTCONN'],
  ],
  ['a datagram without a destination', () => s.send(dgram(), 'x'), 'ENOTCONN'],
  [
    'a datagram to a socket that is connected to another',
    () => {
      const [a, b] = [s.bound(dgram()), s.bound(dgram())];
      a.connect(b.getsockname());
      return s.sendto(dgram(), 'x', a.getsockname());
    },
    'EPERM',
  ],
  [
    'connecting to a socket that is connected to another',
    () => {
      const [a, b] = [s.bound(dgram()), s.bound(dgram())];
      a.connect(b.getsockname());
      return dgram().connect(a.getsockname());
    },
    'EPERM',
  ],
  [
    'AF_UNSPEC makes a datagram socket forget its peer',
    () => {
      const [a, b] = [dgram(), s.bound(dgram())];
      a.connect(b.getsockname());
      return outcomes(
        () => a.connect(c.AF_UNSPEC),
        () => a.getpeername(),
        () => s.send(a, 'x'),
      );
    },
    [true, 'ENOTCONN', 'ENOTCONN'],
  ],
  [
    'an empty datagram is one',
    () => {
      const [a, b] = s.pair(SOCK_DGRAM);
      s.send(a, '');
      return [s.read(b), s.read(b)];
    },
    [0, null],
  ],
  [
    'a datagram larger than the send buffer',
    () => {
      const [a] = s.pair(SOCK_DGRAM);
      return a.send(Buffer.alloc(a.getsockopt(c.SOL_SOCKET, c.SO_SNDBUF) + 1));
    },
    'EMSGSIZE',
  ],
  [
    'a queue has room for max_dgram_qlen and one more',
    () => {
      const [a, b] = [dgram(), s.bound(dgram())];
      let sent = 0;
      while (s.sendto(a, 'x', b.getsockname()) !== null) sent++;
      return sent - Number(sysctl('net.unix.max_dgram_qlen'));
    },
    1,
  ],
  [
    'a full stream is writable again once it was read',
    async () => {
      const [a, b] = s.pair();
      fill(a);
      const before = s.send(a, 'x');
      while (s.read(b) !== null);
      await expectReady(a, 'writable');
      return [before, s.send(a, 'x')];
    },
    [null, 1],
  ],

  [
    'SO_PEERCRED of a pair is this process',
    () => {
      const found = peerOf(s.pair()[0]);
      return JSON.stringify(found) === JSON.stringify(own());
    },
    true,
  ],
  [
    'SO_PEERCRED of a connection is this process, at both ends',
    () => connected().every((end) => JSON.stringify(peerOf(end)) === JSON.stringify(own())),
    true,
  ],
  ['SO_PEERCRED of a socket that is not connected is nobody', () => peerOf(s.unix()), nobody],
  ['SO_PEERCRED of TCP is nobody', () => peerOf(s.tcpConnected()[0]), nobody],
  [
    'TCP options are not for Unix sockets',
    () => s.unix().getsockopt(c.IPPROTO_TCP, c.TCP_NODELAY),
    'EOPNOTSUPP',
  ],
  [
    'MSG_PEEK leaves a datagram where it is',
    () => {
      const [a, b] = s.pair(SOCK_DGRAM);
      s.send(a, 'peeked');
      return [s.read(b, c.MSG_PEEK, 2), s.read(b), s.read(b)];
    },
    ['pe', 'peeked', null],
  ],
];

conformance('unix', rows);
