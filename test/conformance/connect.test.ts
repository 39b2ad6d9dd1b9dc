/** connect(2), and what ip(7), tcp(7), udp(7) say of it. Unix names are in unix.test.ts. */
import { type Socket, SocketAddress } from 'uvsock';
import { expectReady } from '../support/sockets.ts';
import * as s from './support/sockets.ts';
import { c, ipv6, sysctl } from './support/system.ts';
import { conformance, type Need, outcome, outcomes, type Row } from './support/table.ts';

/** TCP fast open is off for clients, or the server's cookie is known. */
const fastOpen: Need = () =>
  Number(sysctl('net.ipv4.tcp_fastopen')) & 1 ? undefined : 'net.ipv4.tcp_fastopen has no bit 1, for clients';

/** A TCP socket whose connect has been refused, and the address. */
async function refused(): Promise<[Socket, { address: string; port: number }]> {
  const client = s.tcp();
  const address = s.refusing();
  client.connect(address);
  await expectReady(client, 'writable');
  return [client, address];
}

/** A TCP socket whose connect goes on as long as the listener does not accept. */
async function connecting(): Promise<Socket> {
  const listener = s.listening(undefined, 0);
  await s.connectedTo(s.tcp(), listener.getsockname());
  const client = s.tcp();
  client.connect(listener.getsockname());
  return client;
}

/** A UDP socket that its connect has bound and that was disconnected. */
function disconnected(socket: Socket = s.udp()): Socket {
  socket.connect(s.bound().getsockname());
  socket.connect(c.AF_UNSPEC);
  return socket;
}

/** A connected UDP socket whose datagram has been refused. */
async function refusedDatagram(): Promise<Socket> {
  const socket = s.udp();
  socket.connect(s.refusing(c.SOCK_DGRAM));
  s.send(socket, 'x');
  await expectReady(socket, 'readable');
  return socket;
}

const rows: readonly Row[] = [
  ['connecting to a closed port is in progress', () => s.tcp().connect(s.refusing()), false],
  [
    'then SO_ERROR tells, once',
    async () => {
      const [client] = await refused();
      return [s.pendingError(client), s.pendingError(client)];
    },
    ['ECONNREFUSED', 'no error'],
  ],
  [
    'connecting again tells as well, and the third time begins anew',
    async () => {
      const [client, address] = await refused();
      return outcomes(
        () => client.connect(address),
        () => client.connect(address),
      );
    },
    ['ECONNREFUSED', false],
  ],
  [
    'connecting again after the error was taken',
    async () => {
      const [client, address] = await refused();
      s.pendingError(client);
      return outcomes(
        () => client.connect(address),
        () => client.connect(address),
      );
    },
    ['ECONNABORTED', false],
  ],
  [
    'a receive tells of the refusal, once',
    async () => {
      const [client] = await refused();
      return outcomes(
        () => s.read(client),
        () => s.read(client),
      );
    },
    ['ECONNREFUSED', 0],
  ],
  [
    'a send tells of the refusal, once',
    async () => {
      const [client] = await refused();
      return outcomes(
        () => s.send(client, 'x'),
        () => s.send(client, 'x'),
      );
    },
    ['ECONNREFUSED', 'EPIPE'],
  ],
  ['a success leaves no error', () => s.connectedTo(s.tcp(), s.listening().getsockname()), 'no error'],
  [
    'connecting again is a success, and a third time it is connected',
    async () => {
      const [listener, client] = [s.listening(), s.tcp()];
      await s.connectedTo(client, listener.getsockname());
      return outcomes(
        () => client.connect(listener.getsockname()),
        () => client.connect(listener.getsockname()),
      );
    },
    [true, 'EISCONN'],
  ],
  [
    'an accepted socket is connected',
    async () => {
      const listener = s.listening();
      s.tcp().connect(listener.getsockname());
      return (await s.accepted(listener)).connect(listener.getsockname());
    },
    'EISCONN',
  ],
  ['connecting while it is in progress', async () => (await connecting()).connect(s.refusing()), 'EALREADY'],
  ['there is no peer while it is in progress', async () => (await connecting()).getpeername(), 'ENOTCONN'],
  ['but a name', async () => (await connecting()).getsockname().address, '127.0.0.1'],
  ['a receive waits while it is in progress', async () => s.read(await connecting()), 'would block'],
  ['a send waits while it is in progress', async () => s.send(await connecting(), 'x'), 'would block'],
  [
    'shutting down ends it',
    async () => {
      const client = await connecting();
      return outcomes(
        () => client.shutdown(c.SHUT_RDWR),
        () => s.read(client),
      );
    },
    ['ok', 'ECONNRESET'],
  ],
  ['a listener cannot connect', () => s.listening().connect(s.refusing()), 'EISCONN'],
  ['port 0 has no listener', () => s.connectedTo(s.tcp(), { address: '127.0.0.1', port: 0 }), 'ECONNREFUSED'],
  [
    'any address is loopback',
    async () => {
      const [listener, client] = [s.listening(), s.tcp()];
      await s.connectedTo(client, { address: '0.0.0.0', port: s.portOf(listener) });
      return client.getpeername().address;
    },
    '127.0.0.1',
  ],
  [
    'TCP cannot connect to the broadcast address',
    () => s.tcp().connect(c.AF_INET, '255.255.255.255', 9),
    'ENETUNREACH',
  ],
  [
    'TCP cannot connect to a multicast group',
    () => s.tcp().connect(c.AF_INET, '224.0.0.1', 9),
    'ENETUNREACH',
  ],
  [
    'an IPv4 address is too short for IPv6 TCP',
    () => s.tcp6().connect(c.AF_INET, '127.0.0.1', 9),
    'EINVAL',
    ipv6,
  ],
  [
    'an IPv6 address is of the wrong family for IPv4 TCP',
    () => s.tcp().connect(c.AF_INET6, '::1', 9),
    'EAFNOSUPPORT',
  ],
  [
    'a family alone is too short',
    () => s.tcp().connect(SocketAddress.fromBytes(Uint8Array.of(c.AF_INET, 0))),
    'EINVAL',
  ],
  [
    'IPv6 TCP connects to a mapped IPv4 address',
    async () => {
      const [listener, client] = [s.listening(), s.tcp6()];
      await s.connectedTo(client, { address: '::ffff:127.0.0.1', port: s.portOf(listener) });
      return [client.getpeername().address, client.getsockname().address];
    },
    ['::ffff:127.0.0.1', '::ffff:127.0.0.1'],
    ipv6,
  ],
  [
    'with IPV6_V6ONLY it does not',
    () => {
      const client = s.tcp6();
      client.setsockopt(c.IPPROTO_IPV6, c.IPV6_V6ONLY, true);
      client.connect(c.AF_INET6, '::ffff:127.0.0.1', 9);
    },
    'ENETUNREACH',
    ipv6,
  ],
  ['a link-local address needs its scope', () => s.tcp6().connect(c.AF_INET6, 'fe80::1', 9), 'EINVAL', ipv6],
  [
    'a bound socket connects from its name',
    async () => {
      const [listener, client] = [s.listening(), s.tcp()];
      client.bind(c.AF_INET, '127.0.0.9', 0);
      const before = String(client.getsockname());
      await s.connectedTo(client, listener.getsockname());
      return [String(client.getsockname()) === before, String(s.accept(listener)?.address) === before];
    },
    [true, true],
  ],
  [
    'a socket can connect to itself',
    async () => {
      const self = s.bound(s.tcp());
      await s.connectedTo(self, self.getsockname());
      s.send(self, 'me');
      return s.readSoon(self);
    },
    'me',
  ],
  [
    'AF_UNSPEC ends a TCP connection',
    async () => {
      const [a, b] = s.tcpConnected();
      return outcomes(
        () => a.connect(c.AF_UNSPEC),
        () => a.getpeername(),
        () => s.readSoon(b),
      );
    },
    [true, 'ENOTCONN', 'ECONNRESET'],
  ],
  [
    'and it can connect again',
    async () => {
      const [a] = s.tcpConnected();
      a.connect(c.AF_UNSPEC);
      return s.connectedTo(a, s.listening().getsockname());
    },
    'no error',
  ],
  [
    'MSG_FASTOPEN without a cookie connects, and sends nothing',
    async () => {
      const [listener, client] = [s.listening(), s.tcp()];
      const sent = outcome(() => s.sendto(client, 'early', listener.getsockname(), c.MSG_FASTOPEN));
      await expectReady(client, 'writable');
      return [sent, s.pendingError(client), outcome(() => client.getpeername()) instanceof SocketAddress];
    },
    ['EINPROGRESS', 'no error', true],
    fastOpen,
  ],

  ['UDP is connected at once', () => s.udp().connect(s.bound().getsockname()), true],
  [
    'UDP has its peer, and a name',
    () => {
      const [a, b] = [s.udp(), s.bound()];
      a.connect(b.getsockname());
      return [a.getpeername().equals(b.getsockname()), a.getsockname().address, s.portOf(a) > 0];
    },
    [true, '127.0.0.1', true],
  ],
  [
    'UDP connects to another peer',
    () => {
      const [a, b] = [s.udpConnected()[0], s.bound()];
      a.connect(b.getsockname());
      return a.getpeername().equals(b.getsockname());
    },
    true,
  ],
  ['UDP connects to port 0', () => s.udp().connect(c.AF_INET, '127.0.0.1', 0), true],
  [
    'UDP connects to the broadcast address only with SO_BROADCAST',
    () => {
      const a = s.udp();
      const connect = () => outcome(() => a.connect(c.AF_INET, '127.255.255.255', 9));
      const without = connect();
      a.setsockopt(c.SOL_SOCKET, c.SO_BROADCAST, true);
      return [without, connect()];
    },
    ['EACCES', true],
  ],
  ['AF_UNSPEC makes UDP forget its peer', () => disconnected().getpeername(), 'ENOTCONN'],
  ['then a send has no destination', () => s.send(disconnected(), 'x'), 'EDESTADDRREQ'],
  ['then the name that connect gave is gone', () => String(disconnected().getsockname()), '0.0.0.0:0'],
  [
    'then the port that bind left to the kernel is gone, the address is not',
    () => String(disconnected(s.bound()).getsockname()),
    '127.0.0.1:0',
  ],
  [
    'then the name that bind gave in full is kept',
    () => {
      const a = s.udp();
      a.bind(s.refusing(c.SOCK_DGRAM));
      const before = String(a.getsockname());
      return String(disconnected(a).getsockname()) === before;
    },
    true,
  ],
  ['AF_UNSPEC on UDP that is not connected does nothing', () => s.udp().connect(c.AF_UNSPEC), true],
  [
    'connected UDP receives of its peer only',
    async () => {
      const [a, b] = s.udpConnected();
      s.sendto(s.bound(), 'other', a.getsockname());
      s.send(b, 'peer');
      return [await s.readSoon(a), s.read(a)];
    },
    ['peer', null],
  ],
  [
    'connected UDP may send to others',
    async () => {
      const [[a], other] = [s.udpConnected(), s.bound()];
      s.sendto(a, 'aside', other.getsockname());
      return s.readSoon(other);
    },
    'aside',
  ],
  [
    'a refused datagram is told by the next send, once',
    async () => {
      const a = await refusedDatagram();
      return outcomes(
        () => s.send(a, 'y'),
        () => s.read(a),
      );
    },
    ['ECONNREFUSED', 'would block'],
  ],
  [
    'or by a receive, once',
    async () => {
      const a = await refusedDatagram();
      return outcomes(
        () => s.read(a),
        () => s.read(a),
      );
    },
    ['ECONNREFUSED', 'would block'],
  ],
  [
    'or by SO_ERROR, once',
    async () => {
      const a = await refusedDatagram();
      return [s.pendingError(a), s.pendingError(a)];
    },
    ['ECONNREFUSED', 'no error'],
  ],
  [
    'UDP that is not connected does not hear of it',
    async () => {
      const [a, b] = [s.bound(), s.bound()];
      s.sendto(a, 'x', s.refusing(c.SOCK_DGRAM));
      s.sendto(b, 'marker', a.getsockname());
      return outcomes(
        () => s.readSoon(a),
        () => s.pendingError(a),
      );
    },
    ['marker', 'no error'],
  ],
  [
    'with IP_RECVERR it does',
    async () => {
      const a = s.bound();
      a.setsockopt(c.IPPROTO_IP, c.IP_RECVERR, true);
      s.sendto(a, 'x', s.refusing(c.SOCK_DGRAM));
      await expectReady(a, 'readable');
      return outcomes(
        () => s.read(a),
        () => s.read(a, c.MSG_ERRQUEUE),
        () => s.read(a, c.MSG_ERRQUEUE),
      );
    },
    ['ECONNREFUSED', 'x', 'would block'],
  ],
  [
    'IPv6 UDP connects to an IPv4 address',
    () => {
      const a = s.udp6();
      const { port } = s.bound().getsockname();
      a.connect({ address: '127.0.0.1', port: port as number });
      return a.getpeername().address;
    },
    '::ffff:127.0.0.1',
    ipv6,
  ],
  [
    'with IPV6_V6ONLY it does not',
    () => {
      const a = s.udp6();
      a.setsockopt(c.IPPROTO_IPV6, c.IPV6_V6ONLY, true);
      a.connect(c.AF_INET, '127.0.0.1', 9);
    },
    'EAFNOSUPPORT',
    ipv6,
  ],
  [
    'an IPv6 address is of the wrong family for IPv4 UDP',
    () => s.udp().connect(c.AF_INET6, '::1', 9),
    'EAFNOSUPPORT',
  ],
];

conformance('connect', rows);
