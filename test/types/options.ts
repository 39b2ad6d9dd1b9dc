/** Compiled, never run: what the types of constants allow and refuse. */
import type { Credentials, Linger, Socket, TcpInfo } from 'uvsock';
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
  same<number>()(s.getsockopt(6, 1), true);
  same<number>()(s.getsockopt(c.SOL_SOCKET, 9999), true);
  s.getsockopt(c.SOL_SOCKET, c.SO_LINGER, 8).readInt32LE(0);
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
