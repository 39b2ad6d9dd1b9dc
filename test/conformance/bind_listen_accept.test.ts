/** bind(2), listen(2), accept(2), and what ip(7), ipv6(7), tcp(7) say of them. Unix names are in unix.test.ts. */
import { type Socket, SocketAddress } from 'uvsock';
import { expectNoReady, expectReady } from '../support/sockets.ts';
import * as s from './support/sockets.ts';
import { c, hasConstants, ipv6, sysctl, whereSysctl, whereTimeWaitHasRoom } from './support/system.ts';
import { all, conformance, outcome, outcomes, type Row } from './support/table.ts';

/** Of documentation (RFC 5737, RFC 3849): no address of any host. */
const FOREIGN = { address: '198.51.100.1', port: 0 };
const FOREIGN6 = { address: '2001:db8::1', port: 0 };

type SocketFlag = typeof c.SO_REUSEADDR;
const { SO_REUSEADDR, SO_REUSEPORT } = c;

function withOptions(socket: Socket, ...options: SocketFlag[]): Socket {
  for (const option of options) socket.setsockopt(c.SOL_SOCKET, option, true);
  return socket;
}

/** Binds two sockets with options to one address; what the second comes to. */
function twice(make: () => Socket, first: SocketFlag[], second: SocketFlag[]): unknown {
  const name = s.bound(withOptions(make(), ...first)).getsockname();
  return outcome(() => withOptions(make(), ...second).bind(name));
}

/** Two TCP sockets bound to one address with options; what listening on each comes to. */
function bothListen(option: SocketFlag): Promise<unknown[]> {
  const [first, second] = [withOptions(s.tcp(), option), withOptions(s.tcp(), option)];
  second.bind(s.bound(first).getsockname());
  return outcomes(
    () => first.listen(),
    () => second.listen(),
  );
}

/** Binds IPv6, then IPv4 to any address and the same port. */
function bothFamilies(only: boolean): unknown {
  const [six, four] = [s.udp6(), s.udp()];
  six.setsockopt(c.IPPROTO_IPV6, c.IPV6_V6ONLY, only);
  six.bind(c.AF_INET6, '::', 0);
  return outcome(() => four.bind(c.AF_INET, '0.0.0.0', s.portOf(six)));
}

/**
 * A listener that has ended a connection first, so that its port is in TIME-WAIT; what binding
 * another socket to it with the same options comes to.
 */
async function inTimeWait(...options: SocketFlag[]): Promise<unknown> {
  const listener = s.listening(withOptions(s.tcp(), ...options));
  const name = listener.getsockname();
  const client = s.tcp();
  client.connect(name);
  const server = await s.accepted(listener);
  server.close();
  await s.readSoon(client);
  client.close();
  listener.close();
  return outcome(() => withOptions(s.tcp(), ...options).bind(name));
}

const isListening = (socket: Socket) => socket.getsockopt(c.SOL_SOCKET, c.SO_ACCEPTCONN);

const rows: readonly Row[] = [
  ['a UDP address cannot be had twice', () => twice(s.udp, [], []), 'EADDRINUSE'],
  ['both UDP sockets with SO_REUSEADDR share it', () => twice(s.udp, [SO_REUSEADDR], [SO_REUSEADDR]), 'ok'],
  ['SO_REUSEADDR of the second only does not', () => twice(s.udp, [], [SO_REUSEADDR]), 'EADDRINUSE'],
  ['both UDP sockets with SO_REUSEPORT share it', () => twice(s.udp, [SO_REUSEPORT], [SO_REUSEPORT]), 'ok'],
  ['SO_REUSEPORT of the first only does not', () => twice(s.udp, [SO_REUSEPORT], []), 'EADDRINUSE'],
  [
    'SO_REUSEADDR and SO_REUSEPORT do not go together',
    () => twice(s.udp, [SO_REUSEADDR], [SO_REUSEPORT]),
    'EADDRINUSE',
  ],
  ['a TCP address cannot be had twice', () => twice(s.tcp, [], []), 'EADDRINUSE'],
  [
    'both TCP sockets with SO_REUSEADDR share it while none listens',
    () => twice(s.tcp, [SO_REUSEADDR], [SO_REUSEADDR]),
    'ok',
  ],
  ['of two with SO_REUSEADDR one can listen', () => bothListen(SO_REUSEADDR), ['ok', 'EADDRINUSE']],
  ['of two with SO_REUSEPORT both can', () => bothListen(SO_REUSEPORT), ['ok', 'ok']],
  [
    'SO_REUSEADDR is no way to the port of a listener',
    () => {
      const listener = s.listening(withOptions(s.tcp(), SO_REUSEADDR));
      return withOptions(s.tcp(), SO_REUSEADDR).bind(listener.getsockname());
    },
    'EADDRINUSE',
  ],
  ['a port in TIME-WAIT cannot be bound to', () => inTimeWait(), 'EADDRINUSE', whereTimeWaitHasRoom],
  ['with SO_REUSEADDR of both it can', () => inTimeWait(SO_REUSEADDR), 'ok'],
  ['TCP and UDP have ports of their own', () => s.udp().bind(s.bound(s.tcp()).getsockname()), 'ok'],
  [
    'a port of another address is another',
    () => s.udp().bind(c.AF_INET, '127.0.0.2', s.portOf(s.bound())),
    'ok',
  ],
  [
    'any address takes a port of all',
    () => s.udp().bind(c.AF_INET, '0.0.0.0', s.portOf(s.bound())),
    'EADDRINUSE',
  ],
  ['an IPv6 socket on any address has the IPv4 port, too', () => bothFamilies(false), 'EADDRINUSE', ipv6],
  ['with IPV6_V6ONLY it has not', () => bothFamilies(true), 'ok', ipv6],

  ['a bound socket cannot be bound again', () => s.bound().bind(c.AF_INET, '127.0.0.1', 0), 'EINVAL'],
  ['nor one that its connect has bound', () => s.tcpConnected()[0].bind(c.AF_INET, '127.0.0.1', 0), 'EINVAL'],
  [
    'a foreign address is not available',
    () => s.udp().bind(FOREIGN),
    'EADDRNOTAVAIL',
    whereSysctl('net.ipv4.ip_nonlocal_bind', 0),
  ],
  [
    'a foreign IPv6 address is not available',
    () => s.udp6().bind(FOREIGN6),
    'EADDRNOTAVAIL',
    all(ipv6, whereSysctl('net.ipv6.ip_nonlocal_bind', 0)),
  ],
  ['all of 127.0.0.0/8 is local', () => s.udp().bind(c.AF_INET, '127.45.67.89', 0), 'ok'],
  ['UDP can be bound to a multicast group', () => s.udp().bind(c.AF_INET, '239.1.2.3', 0), 'ok'],
  ['and to the broadcast address', () => s.udp().bind(c.AF_INET, '255.255.255.255', 0), 'ok'],
  [
    'an IPv4 address is too short for an IPv6 socket',
    () => s.udp6().bind(c.AF_INET, '127.0.0.1', 0),
    'EINVAL',
    ipv6,
  ],
  [
    'an IPv6 address is of the wrong family for an IPv4 socket',
    () => s.udp().bind(c.AF_INET6, '::1', 0),
    'EAFNOSUPPORT',
  ],
  ['a Unix name is of the wrong family', () => s.udp().bind(c.AF_UNIX, '/nowhere/at/all'), 'EAFNOSUPPORT'],
  [
    'a family alone is too short',
    () => s.udp().bind(SocketAddress.fromBytes(Uint8Array.of(c.AF_INET, 0))),
    'EINVAL',
  ],
  [
    'any address of family 0 is taken for IPv4',
    () => s.udp().bind(SocketAddress.fromBytes(new Uint8Array(16))),
    'ok',
  ],
  [
    'an IPv6 socket can be bound to a mapped IPv4 address',
    () => {
      const six = s.udp6();
      six.bind(c.AF_INET6, '::ffff:127.0.0.1', 0);
      return six.getsockname().address;
    },
    '::ffff:127.0.0.1',
    ipv6,
  ],
  [
    'with IPV6_V6ONLY it cannot',
    () => {
      const six = s.udp6();
      six.setsockopt(c.IPPROTO_IPV6, c.IPV6_V6ONLY, true);
      six.bind(c.AF_INET6, '::ffff:127.0.0.1', 0);
    },
    'EINVAL',
    ipv6,
  ],
  ['a link-local address needs its scope', () => s.udp6().bind(c.AF_INET6, 'fe80::1', 0), 'EINVAL', ipv6],
  [
    'a link-local address of another interface is not available',
    () => s.udp6().bind(c.AF_INET6, 'fe80::1%lo', 0),
    'EADDRNOTAVAIL',
    ipv6,
  ],
  [
    'port 0 is one of ip_local_port_range',
    () => {
      const [first, last] = sysctl('net.ipv4.ip_local_port_range').split(/\s+/).map(Number) as [
        number,
        number,
      ];
      const port = s.portOf(s.bound());
      return first <= port && port <= last;
    },
    true,
  ],
  [
    'IP_LOCAL_PORT_RANGE narrows it to one port',
    () => {
      const free = s.bound();
      const port = s.portOf(free);
      free.close();
      const one = s.udp();
      one.setsockopt(c.IPPROTO_IP, c.IP_LOCAL_PORT_RANGE, [port, port]);
      return s.portOf(s.bound(one)) === port;
    },
    true,
    hasConstants('IP_LOCAL_PORT_RANGE'),
  ],
  [
    'IP_BIND_ADDRESS_NO_PORT leaves the port to connect',
    () => {
      const listener = s.listening();
      const client = s.tcp();
      client.setsockopt(c.IPPROTO_IP, c.IP_BIND_ADDRESS_NO_PORT, true);
      const before = s.portOf(s.bound(client));
      client.connect(listener.getsockname());
      return [before, s.portOf(client) > 0];
    },
    [0, true],
  ],

  [
    'an unbound listener has a port of the kernel',
    () => {
      const listener = s.tcp();
      listener.listen();
      return [listener.getsockname().address, s.portOf(listener) > 0];
    },
    ['0.0.0.0', true],
  ],
  [
    'SO_ACCEPTCONN tells who listens',
    () => [isListening(s.bound(s.tcp())), isListening(s.listening())],
    [false, true],
  ],
  ['listening again changes the backlog', () => s.listening().listen(7), 'ok'],
  ['a backlog of -1 is as long as can be', () => s.bound(s.tcp()).listen(-1), 'ok'],
  ['a connected socket cannot listen', () => s.tcpConnected()[0].listen(), 'EINVAL'],
  ['UDP cannot listen', () => s.bound().listen(), 'EOPNOTSUPP'],
  ['Unix datagrams cannot listen', () => s.bound(s.unix(c.SOCK_DGRAM)).listen(), 'EOPNOTSUPP'],
  ['an unbound Unix socket cannot listen', () => s.unix().listen(), 'EINVAL'],
  ['netlink cannot listen', () => s.open(c.AF_NETLINK, c.SOCK_RAW).listen(), 'EOPNOTSUPP'],

  ['accept with nobody waiting', () => s.listening().accept(), 'would block'],
  ['accept on a socket that does not listen', () => s.bound(s.tcp()).accept(), 'EINVAL'],
  ['accept on a connected socket', () => s.tcpConnected()[0].accept(), 'EINVAL'],
  ['accept on UDP', () => s.bound().accept(), 'EOPNOTSUPP'],
  ['accept on a Unix stream that does not listen', () => s.bound(s.unix()).accept(), 'EINVAL'],
  ['accept on Unix datagrams', () => s.bound(s.unix(c.SOCK_DGRAM)).accept(), 'EOPNOTSUPP'],
  [
    'connections are accepted in the order they came',
    async () => {
      const listener = s.listening();
      const clients = [s.tcp(), s.tcp(), s.tcp()];
      for (const client of clients) await s.connectedTo(client, listener.getsockname());
      return clients.map((client) => s.accept(listener)?.address.equals(client.getsockname()));
    },
    [true, true, true],
  ],
  [
    'a connection that was closed is accepted, and has ended',
    async () => {
      const listener = s.listening();
      const client = s.tcp();
      await s.connectedTo(client, listener.getsockname());
      client.close();
      return s.readSoon(await s.accepted(listener));
    },
    0,
  ],
  [
    'a connection that was reset is accepted, and tells',
    async () => {
      const listener = s.listening();
      const client = s.tcp();
      client.setsockopt(c.SOL_SOCKET, c.SO_LINGER, [1, 0]);
      await s.connectedTo(client, listener.getsockname());
      client.close();
      const server = await s.accepted(listener);
      return outcomes(
        () => s.readSoon(server),
        () => s.read(server),
      );
    },
    ['ECONNRESET', 0],
  ],
  [
    'a connection inherits the options of the listener',
    async () => {
      const listener = s.listening();
      listener.setsockopt(c.SOL_SOCKET, c.SO_KEEPALIVE, true);
      listener.setsockopt(c.SOL_SOCKET, c.SO_LINGER, [1, 7]);
      listener.setsockopt(c.IPPROTO_TCP, c.TCP_NODELAY, true);
      listener.setsockopt(c.IPPROTO_IP, c.IP_TTL, 33);
      s.tcp().connect(listener.getsockname());
      const server = await s.accepted(listener);
      const { timeout } = server.getsockopt(c.SOL_SOCKET, c.SO_LINGER);
      server.setsockopt(c.SOL_SOCKET, c.SO_LINGER, [0, 0]);
      return [
        server.getsockopt(c.SOL_SOCKET, c.SO_KEEPALIVE),
        timeout,
        server.getsockopt(c.IPPROTO_TCP, c.TCP_NODELAY),
        server.getsockopt(c.IPPROTO_IP, c.IP_TTL),
      ];
    },
    [true, 7, true, 33],
  ],
  [
    'a connection does not listen',
    async () => {
      const listener = s.listening();
      s.tcp().connect(listener.getsockname());
      return isListening(await s.accepted(listener));
    },
    false,
  ],
  [
    'a backlog of 0 has room for one, and the next stays in progress',
    async () => {
      const listener = s.listening(undefined, 0);
      const [first, second] = [s.tcp(), s.tcp()];
      await s.connectedTo(first, listener.getsockname());
      const connected = second.connect(listener.getsockname());
      await expectNoReady(second, 'writable', 50);
      return [connected, outcome(() => second.connect(listener.getsockname())), s.pendingError(second)];
    },
    [false, 'EALREADY', 'no error'],
  ],
  [
    'TCP_DEFER_ACCEPT holds a connection back until it has data',
    async () => {
      const listener = s.listening();
      listener.setsockopt(c.IPPROTO_TCP, c.TCP_DEFER_ACCEPT, 5);
      const client = s.tcp();
      await s.connectedTo(client, listener.getsockname());
      await expectNoReady(listener, 'readable', 50);
      s.send(client, 'now');
      return s.read(await s.accepted(listener));
    },
    'now',
  ],
  [
    'shutting down a listener makes it stop listening',
    () => {
      const listener = s.listening();
      listener.shutdown(c.SHUT_RD);
      return [isListening(listener), outcome(() => listener.accept())];
    },
    [false, 'EINVAL'],
  ],
  [
    'closing a listener resets who waited to be accepted',
    async () => {
      const listener = s.listening();
      const client = s.tcp();
      await s.connectedTo(client, listener.getsockname());
      listener.close();
      await expectReady(client, 'readable');
      return outcomes(() => s.read(client));
    },
    ['ECONNRESET'],
  ],
];

conformance('bind, listen, accept', rows);
