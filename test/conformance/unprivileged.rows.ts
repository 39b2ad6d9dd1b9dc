/** What takes a privilege or a descriptor that a process has not, capabilities(7), getrlimit(2). */
import { chmodSync, mkdirSync } from 'node:fs';
import { type Credentials, makeSocketAddress, type Socket, socket, socketpair } from 'uvsock';
import * as s from './support/sockets.ts';
import { c, cannot, ipv6, opens, sysctl } from './support/system.ts';
import { all, type Need, outcome, outcomes, type Row } from './support/table.ts';

const { AF_INET, AF_NETLINK, IPPROTO_IP, IPPROTO_TCP, SOL_SOCKET } = c;
const at = (path: string) => makeSocketAddress(c.AF_UNIX, path);
const netlink = () => s.open(AF_NETLINK, c.SOCK_RAW, c.NETLINK_ROUTE);

/** Needs port 80 to be privileged, ip(7). */
const privilegedPorts: Need = () => {
  const first = Number(sysctl('net.ipv4.ip_unprivileged_port_start'));
  return first > 80 ? undefined : `port 80 is for everybody: net.ipv4.ip_unprivileged_port_start is ${first}`;
};

const congestionControls = () =>
  sysctl('net.ipv4.tcp_available_congestion_control')
    .split(' ')
    .filter((name) => !sysctl('net.ipv4.tcp_allowed_congestion_control').split(' ').includes(name));
const hasRestricted: Need = () =>
  congestionControls().length > 0 ? undefined : 'every congestion control is for everybody';

const mayNotPing: Need = () =>
  opens(AF_INET, c.SOCK_DGRAM, c.IPPROTO_ICMP)() ? undefined : 'ping_group_range has our group';

/** Opens sockets until no descriptor is left, and closes them after `run`. */
async function exhausted<T>(run: (sockets: Socket[]) => T | Promise<T>): Promise<T> {
  const sockets: Socket[] = [];
  try {
    while (outcome(() => sockets.push(socket(AF_INET, c.SOCK_DGRAM))) !== 'EMFILE');
    return await run(sockets);
  } finally {
    for (const each of sockets) each.close();
  }
}

const own = () => ({ pid: process.pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
const sendCredentials = (data: Credentials) =>
  s
    .pair()[0]
    .sendmsg({ data: Buffer.from('x'), control: [{ level: SOL_SOCKET, type: c.SCM_CREDENTIALS, data }] });

const table: readonly Row[] = [
  ['a raw socket', () => s.open(AF_INET, c.SOCK_RAW, c.IPPROTO_ICMP), 'EPERM'],
  ['a raw IPv6 socket', () => s.open(c.AF_INET6, c.SOCK_RAW, c.IPPROTO_ICMPV6), 'EPERM', ipv6],
  ['a packet socket', () => s.open(c.AF_PACKET, c.SOCK_DGRAM), 'EPERM'],
  [
    'a ping socket outside ping_group_range',
    () => s.open(AF_INET, c.SOCK_DGRAM, c.IPPROTO_ICMP),
    'EACCES',
    mayNotPing,
  ],
  [
    'binding TCP to a privileged port',
    () => s.tcp().bind(AF_INET, '127.0.0.1', 80),
    'EACCES',
    privilegedPorts,
  ],
  [
    'binding UDP to a privileged port',
    () => s.udp().bind(AF_INET, '127.0.0.1', 80),
    'EACCES',
    privilegedPorts,
  ],
  [
    'binding IPv6 to a privileged port',
    () => s.udp6().bind(c.AF_INET6, '::1', 80),
    'EACCES',
    all(ipv6, privilegedPorts),
  ],
  ['binding to a port of the kernel', () => s.udp().bind(AF_INET, '127.0.0.1', 0), 'ok'],
  ['SO_MARK', () => s.udp().setsockopt(SOL_SOCKET, c.SO_MARK, 1), 'EPERM'],
  ['SO_RCVBUFFORCE', () => s.udp().setsockopt(SOL_SOCKET, c.SO_RCVBUFFORCE, 4096), 'EPERM'],
  ['SO_SNDBUFFORCE', () => s.udp().setsockopt(SOL_SOCKET, c.SO_SNDBUFFORCE, 4096), 'EPERM'],
  ['SO_DEBUG', () => s.udp().setsockopt(SOL_SOCKET, c.SO_DEBUG, true), 'EACCES'],
  ['SO_PRIORITY 6', () => s.udp().setsockopt(SOL_SOCKET, c.SO_PRIORITY, 6), 'ok'],
  ['SO_PRIORITY 7', () => s.udp().setsockopt(SOL_SOCKET, c.SO_PRIORITY, 7), 'EPERM'],
  ['SO_PREFER_BUSY_POLL', () => s.udp().setsockopt(SOL_SOCKET, c.SO_PREFER_BUSY_POLL, true), 'EPERM'],
  ['SO_BINDTODEVICE, the first time', () => s.udp().setsockopt(SOL_SOCKET, c.SO_BINDTODEVICE, 'lo'), 'ok'],
  [
    'SO_BINDTODEVICE, another time',
    () => {
      const a = s.udp();
      a.setsockopt(SOL_SOCKET, c.SO_BINDTODEVICE, 'lo');
      a.setsockopt(SOL_SOCKET, c.SO_BINDTODEVICE, '');
    },
    'EPERM',
  ],
  ['IP_TRANSPARENT', () => s.udp().setsockopt(IPPROTO_IP, c.IP_TRANSPARENT, true), 'EPERM'],
  ['IPV6_TRANSPARENT', () => s.udp6().setsockopt(c.IPPROTO_IPV6, c.IPV6_TRANSPARENT, true), 'EPERM', ipv6],
  ['IP_FREEBIND', () => s.udp().setsockopt(IPPROTO_IP, c.IP_FREEBIND, true), 'ok'],
  ['TCP_REPAIR', () => s.tcp().setsockopt(IPPROTO_TCP, c.TCP_REPAIR, 1), 'EPERM'],
  [
    'a congestion control that is not allowed',
    () => s.tcp().setsockopt(IPPROTO_TCP, c.TCP_CONGESTION, congestionControls()[0] as string),
    'EPERM',
    hasRestricted,
  ],
  ['a netlink socket', () => netlink().family, AF_NETLINK],
  [
    'NETLINK_ADD_MEMBERSHIP of links',
    () => netlink().setsockopt(c.SOL_NETLINK, c.NETLINK_ADD_MEMBERSHIP, c.RTNLGRP_LINK),
    'ok',
  ],
  [
    'NETLINK_LISTEN_ALL_NSID',
    () => netlink().setsockopt(c.SOL_NETLINK, c.NETLINK_LISTEN_ALL_NSID, true),
    'EPERM',
  ],
  ['netlink to a group', () => s.sendto(netlink(), 'x', makeSocketAddress(AF_NETLINK, 0, 1)), 'EPERM'],

  [
    'binding to a path in a folder that is not ours',
    () => s.unix().bind(c.AF_UNIX, '/uvsock-test'),
    'EACCES',
  ],
  [
    'binding to a path in a folder that is closed to us',
    () =>
      s.inFolder((path) => {
        mkdirSync(path('closed'), { mode: 0o400 }); // read, to be removed; not searched
        return outcome(() => s.unix().bind(at(path('closed/it'))));
      }),
    'EACCES',
  ],
  [
    'connecting to a path that we may not write',
    () =>
      s.inFolder((path) => {
        const listener = s.unix();
        listener.bind(at(path('it')));
        listener.listen();
        chmodSync(path('it'), 0o444);
        return outcome(() => s.unix().connect(at(path('it'))));
      }),
    'EACCES',
  ],
  [
    'sending to a path that we may not write',
    () =>
      s.inFolder((path) => {
        s.unix(c.SOCK_DGRAM).bind(at(path('it')));
        chmodSync(path('it'), 0o444);
        return outcome(() => s.sendto(s.unix(c.SOCK_DGRAM), 'x', at(path('it'))));
      }),
    'EACCES',
  ],

  ['the credentials of another user', () => sendCredentials({ ...own(), uid: 0 }), 'EPERM'],
  ['the credentials of another group', () => sendCredentials({ ...own(), gid: 0 }), 'EPERM'],
  ['the credentials of another process', () => sendCredentials({ ...own(), pid: 1 }), 'EPERM'],
  ['our own credentials', () => sendCredentials(own()), 1],
  [
    'descriptors for which there is no room are lost, and MSG_CTRUNC tells',
    () => {
      const [a, b] = s.pair();
      a.sendmsg({
        data: Buffer.from('x'),
        control: [{ level: SOL_SOCKET, type: c.SCM_RIGHTS, data: [a, b] }],
      });
      return exhausted(() => {
        const message = b.recvmsg(Buffer.alloc(1));
        return [message?.bytes, (message?.flags ?? 0) & c.MSG_CTRUNC, message?.control.length];
      });
    },
    [1, c.MSG_CTRUNC, 0],
  ],

  ['a socket when no descriptor is left', () => exhausted(() => outcome(() => s.udp())), 'EMFILE'],
  [
    'a pair when one is left',
    () =>
      exhausted((sockets) => {
        sockets.pop()?.close();
        return outcome(() => socketpair(c.AF_UNIX, c.SOCK_STREAM));
      }),
    'EMFILE',
  ],
  [
    'a connection keeps waiting until there is one',
    async () => {
      const [listener, client] = [s.listening(), s.tcp()];
      await s.connectedTo(client, listener.getsockname());
      return exhausted((sockets) =>
        outcomes(
          () => s.accept(listener),
          () => sockets.pop()?.close(),
          () => s.accept(listener)?.address.equals(client.getsockname()),
        ),
      );
    },
    ['EMFILE', 'ok', true],
  ],
];

const powerless = all(cannot('CAP_NET_ADMIN'), cannot('CAP_NET_RAW'), cannot('CAP_NET_BIND_SERVICE'));

export const rows: readonly Row[] = table.map(([sentence, actual, expected, need]) => [
  sentence,
  actual,
  expected,
  need === undefined ? powerless : all(powerless, need),
]);
