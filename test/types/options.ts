/** Compiled, never run: what the types of constants allow and refuse. */
import type {
  Credentials,
  Fanout,
  FilterInstruction,
  GroupFilter,
  Linger,
  MemInfo,
  MptcpInfo,
  PacketStatistics,
  PathMtu,
  PortRange,
  Socket,
  SocketAddress,
  SourceFilter,
  TcpInfo,
  TimestampingOption,
  TxTime,
} from 'uvsock';
import { socket } from 'uvsock';
import * as c from 'uvsock/constants';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A>() {
  return <B>(_value: B, _proof: Equal<A, B>): void => {};
}

export function optionsAreReadAsTheirTypes(s: Socket): void {
  same<Linger>()(s.getsockopt(c.SOL_SOCKET, c.SO_LINGER), true);
  same<boolean>()(s.getsockopt(c.IPPROTO_TCP, c.TCP_NODELAY), true);
  same<number>()(s.getsockopt(c.SOL_SOCKET, c.SO_RCVBUF), true);
  same<string>()(s.getsockopt(c.IPPROTO_TCP, c.TCP_CONGESTION!), true);
  same<Credentials>()(s.getsockopt(c.SOL_SOCKET, c.SO_PEERCRED!), true);
  same<TcpInfo>()(s.getsockopt(c.IPPROTO_TCP, c.TCP_INFO!), true);
  same<bigint>()(s.getsockopt(c.SOL_SOCKET, c.SO_COOKIE!), true);
  same<MemInfo>()(s.getsockopt(c.SOL_SOCKET, c.SO_MEMINFO!), true);
  same<number[]>()(s.getsockopt(c.SOL_SOCKET, c.SO_PEERGROUPS!), true);
  same<SocketAddress | null>()(s.getsockopt(c.SOL_SOCKET, c.SO_PEERNAME!), true);
  same<TimestampingOption>()(s.getsockopt(c.SOL_SOCKET, c.SO_TIMESTAMPING!), true);
  same<TxTime>()(s.getsockopt(c.SOL_SOCKET, c.SO_TXTIME!), true);
  same<bigint>()(s.getsockopt(c.SOL_SOCKET, c.SO_MAX_PACING_RATE!), true);
  same<FilterInstruction[]>()(s.getsockopt(c.SOL_SOCKET, c.SO_GET_FILTER!), true);
  same<PortRange>()(s.getsockopt(c.IPPROTO_IP, c.IP_LOCAL_PORT_RANGE!), true);
  same<PathMtu>()(s.getsockopt(c.IPPROTO_IPV6, c.IPV6_PATHMTU!), true);
  same<Set<number>>()(s.getsockopt(c.IPPROTO_ICMPV6, c.ICMP6_FILTER!), true);
  same<Fanout>()(s.getsockopt(c.SOL_PACKET!, c.PACKET_FANOUT!), true);
  same<PacketStatistics>()(s.getsockopt(c.SOL_PACKET!, c.PACKET_STATISTICS!), true);
  same<MptcpInfo>()(s.getsockopt(c.SOL_MPTCP!, c.MPTCP_INFO!), true);
  same<TcpInfo[]>()(s.getsockopt(c.SOL_MPTCP!, c.MPTCP_TCPINFO!), true);
  same<bigint>()(s.getsockopt(c.AF_VSOCK!, c.SO_VM_SOCKETS_BUFFER_SIZE!), true);
  same<number>()(s.getsockopt(6, 1), true);
  same<number>()(s.getsockopt(c.SOL_SOCKET, 9999), true);
  s.getsockopt(c.SOL_SOCKET, c.SO_LINGER, 8).readInt32LE(0);
}

export function filtersAreAskedForByGroup(s: Socket): void {
  const group = { group: '239.1.2.3', ifindex: 1 };
  same<SourceFilter>()(s.getsockopt(c.IPPROTO_IP, c.IP_MSFILTER!, { multiaddr: '239.1.2.3' }), true);
  same<GroupFilter>()(s.getsockopt(c.IPPROTO_IP, c.MCAST_MSFILTER!, group), true);
  same<GroupFilter>()(s.getsockopt(c.IPPROTO_IPV6, c.MCAST_MSFILTER!, group), true);
  // @ts-expect-error of which group?
  s.getsockopt(c.IPPROTO_IP, c.IP_MSFILTER!);
  // @ts-expect-error of which group?
  s.getsockopt(c.IPPROTO_IP, c.IP_MSFILTER!, { interface: '127.0.0.1' });
  // @ts-expect-error there is but one linger
  s.getsockopt(c.SOL_SOCKET, c.SO_LINGER, {});
}

export function valuesMustBeOfTheOptionsType(s: Socket): void {
  s.setsockopt(c.SOL_SOCKET, c.SO_LINGER, { enabled: true, timeout: 1 });
  s.setsockopt(c.SOL_SOCKET, c.SO_LINGER, [1, 10]);
  s.setsockopt(c.SOL_SOCKET, c.SO_LINGER, new Uint8Array(8));
  s.setsockopt(c.SOL_SOCKET, c.SO_REUSEADDR, true);
  s.setsockopt(c.SOL_SOCKET, c.SO_REUSEADDR, 1);
  s.setsockopt(c.IPPROTO_IP, c.IP_ADD_MEMBERSHIP, { multiaddr: '239.1.2.3', ifindex: 1 });
  s.setsockopt(c.IPPROTO_IP, c.IP_MULTICAST_IF, 1);
  s.setsockopt(6, 1, 1);
  s.setsockopt(c.SOL_SOCKET, c.SO_ATTACH_FILTER!, [{ code: 6, jt: 0, jf: 0, k: 0 }, [6, 0, 0, 0]]);
  s.setsockopt(c.SOL_SOCKET, c.SO_TIMESTAMPING!, 16);
  s.setsockopt(c.SOL_SOCKET, c.SO_MAX_PACING_RATE!, 1000);
  s.setsockopt(c.IPPROTO_ICMPV6, c.ICMP6_FILTER!, [129]);
  s.setsockopt(c.IPPROTO_ICMPV6, c.ICMP6_FILTER!, new Set([129]));
  s.setsockopt(c.IPPROTO_IPV6, c.MCAST_JOIN_GROUP!, { group: 'ff15::1' });
  // @ts-expect-error a number is no program
  s.setsockopt(c.SOL_SOCKET, c.SO_ATTACH_FILTER!, 5);
  // @ts-expect-error an instruction has four parts
  s.setsockopt(c.SOL_SOCKET, c.SO_ATTACH_FILTER!, [[6, 0, 0]]);
  // @ts-expect-error the sender is missing
  s.setsockopt(c.IPPROTO_IP, c.IP_ADD_SOURCE_MEMBERSHIP!, { multiaddr: '232.1.1.1' });
  // @ts-expect-error a group is an object
  s.setsockopt(c.IPPROTO_IP, c.MCAST_JOIN_GROUP!, '239.1.1.1');
  // @ts-expect-error a range has two ends
  s.setsockopt(c.IPPROTO_IP, c.IP_LOCAL_PORT_RANGE!, [1]);
  // @ts-expect-error the key is missing
  s.setsockopt(c.IPPROTO_TCP, c.TCP_MD5SIG!, { address: { address: '127.0.0.1', port: 0 } });
  // @ts-expect-error a number is no linger
  s.setsockopt(c.SOL_SOCKET, c.SO_LINGER, 5);
  // @ts-expect-error text is no integer
  s.setsockopt(c.SOL_SOCKET, c.SO_RCVBUF, '4096');
  // @ts-expect-error an object is no boolean
  s.setsockopt(c.IPPROTO_TCP, c.TCP_NODELAY, { enabled: true });
}

export function levelsMustBeTheOptions(s: Socket): void {
  s.getsockopt(c.SOL_TCP!, c.TCP_NODELAY);
  s.getsockopt(c.SOL_IP!, c.IP_TTL);
  // @ts-expect-error SO_LINGER is of SOL_SOCKET
  s.getsockopt(c.IPPROTO_TCP, c.SO_LINGER);
  // @ts-expect-error TCP_NODELAY is of IPPROTO_TCP
  s.setsockopt(c.SOL_SOCKET, c.TCP_NODELAY, true);
  // @ts-expect-error MCAST_JOIN_GROUP is of either version of IP, not of TCP
  s.setsockopt(c.IPPROTO_TCP, c.MCAST_JOIN_GROUP!, { group: '239.1.1.1' });
  // @ts-expect-error the level of vsock options is AF_VSOCK
  s.getsockopt(c.SOL_VSOCK!, c.SO_VM_SOCKETS_BUFFER_SIZE!);
  // @ts-expect-error the same with bytes
  s.setsockopt(c.SOL_SOCKET, c.TCP_NODELAY, new Uint8Array(4));
  // @ts-expect-error a family is no level
  s.getsockopt(c.AF_INET, c.SO_LINGER);
  // @ts-expect-error not every system has it
  s.getsockopt(c.SOL_SOCKET, c.SO_PEERCRED);
}

export function addressesMustBeOfTheFamily(s: Socket, data: Uint8Array): void {
  socket(c.AF_INET, c.SOCK_STREAM, c.IPPROTO_TCP);
  socket(43, 1);
  s.bind(c.AF_INET, '127.0.0.1', 1);
  s.bind(c.AF_INET6, '::1', 1, 0, 2);
  s.connect(c.AF_UNIX, '/tmp/x');
  s.sendto(data, c.AF_INET6, 1n, 1, 0, 0, 0);
  // @ts-expect-error the port is missing
  s.bind(c.AF_INET, '127.0.0.1');
  // @ts-expect-error a Unix path is no Internet address
  s.bind(c.AF_UNIX, '/tmp/x', 1);
  // @ts-expect-error the address is missing
  s.sendto(data, c.AF_INET);
  // @ts-expect-error a level is no family
  socket(c.SOL_SOCKET, c.SOCK_STREAM);
  // @ts-expect-error an option is no family
  s.bind(c.SO_LINGER, '127.0.0.1', 1);
}
