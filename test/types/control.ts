/** Compiled, never run: what the types of control messages allow and refuse. */
import type {
  Credentials,
  ExtendedError,
  PacketInfo,
  ReceivedFd,
  ReceivedMessage,
  Socket,
  SocketAddress,
  Timestamping,
} from 'uvsock';
import * as c from 'uvsock/constants';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A>() {
  return <B>(_value: B, _proof: Equal<A, B>): void => {};
}

const { IPPROTO_IP, IPPROTO_IPV6, IPPROTO_UDP, SOL_SOCKET } = c;

export function messagesAreFoundAsTheirTypes(m: ReceivedMessage): void {
  same<ReceivedFd[] | undefined>()(m.find(SOL_SOCKET, c.SCM_RIGHTS), true);
  same<Credentials | undefined>()(m.find(SOL_SOCKET, c.SCM_CREDENTIALS!), true);
  same<bigint | undefined>()(m.find(SOL_SOCKET, c.SO_TIMESTAMPNS!), true);
  same<bigint | undefined>()(m.find(SOL_SOCKET, c.SCM_TIMESTAMP), true);
  same<Timestamping | undefined>()(m.find(SOL_SOCKET, c.SO_TIMESTAMPING!), true);
  same<PacketInfo | undefined>()(m.find(IPPROTO_IP, c.IP_PKTINFO!), true);
  same<number | undefined>()(m.find(c.SOL_IP!, c.IP_TTL), true);
  same<ExtendedError | undefined>()(m.find(IPPROTO_IP, c.IP_RECVERR!), true);
  same<SocketAddress | null | undefined>()(m.find(IPPROTO_IPV6, c.IPV6_ORIGDSTADDR!), true);
  same<Buffer | undefined>()(m.find(41, 99), true);
  // @ts-expect-error IP_TTL is of IPPROTO_IP
  m.find(SOL_SOCKET, c.IP_TTL);
  // @ts-expect-error not every system has it
  m.find(IPPROTO_IP, c.IP_PKTINFO);
}

export function valuesMustBeOfTheMessagesType(s: Socket, fd: ReceivedFd, data: Uint8Array): void {
  s.sendmsg({ data, control: [{ level: SOL_SOCKET, type: c.SCM_RIGHTS, data: [s, fd, 3] }] });
  s.sendmsg({
    data,
    control: [{ level: SOL_SOCKET, type: c.SCM_CREDENTIALS!, data: { pid: 1, uid: 2, gid: 3 } }],
  });
  s.sendmsg({ data, control: [{ level: SOL_SOCKET, type: c.SCM_TXTIME!, data: 1n }] });
  s.sendmsg({ data, control: [{ level: IPPROTO_IP, type: c.IP_PKTINFO!, data: { specDst: '127.0.0.1' } }] });
  s.sendmsg({
    data,
    control: [
      { level: IPPROTO_IP, type: c.IP_TTL, data: 1 },
      { level: IPPROTO_IPV6, type: c.IPV6_PKTINFO, data: { ifindex: 1 } },
      { level: IPPROTO_UDP, type: c.UDP_SEGMENT!, data: 1200 },
      { level: IPPROTO_IP, type: c.IP_TTL, data },
      { level: 41, type: 99, data },
    ],
  });
  // @ts-expect-error text is no number
  s.sendmsg({ data, control: [{ level: IPPROTO_IP, type: c.IP_TTL, data: '1' }] });
  // @ts-expect-error a descriptor alone is no list of them
  s.sendmsg({ data, control: [{ level: SOL_SOCKET, type: c.SCM_RIGHTS, data: 3 }] });
  // @ts-expect-error a number is no information on a packet
  s.sendmsg({ data, control: [{ level: IPPROTO_IP, type: c.IP_PKTINFO!, data: 1 }] });
  // @ts-expect-error a mark is no bigint
  s.sendmsg({ data, control: [{ level: SOL_SOCKET, type: c.SO_MARK!, data: 1n }] });
  // @ts-expect-error the level is another's
  s.sendmsg({ data, control: [{ level: SOL_SOCKET, type: c.IP_TTL, data: 1 }] });
  // @ts-expect-error the same with bytes
  s.sendmsg({ data, control: [{ level: SOL_SOCKET, type: c.IP_TTL, data }] });
  // @ts-expect-error timestamps are only received
  s.sendmsg({ data, control: [{ level: SOL_SOCKET, type: c.SO_TIMESTAMP, data: 1n }] });
  // @ts-expect-error what has no name goes as bytes
  s.sendmsg({ data, control: [{ level: 41, type: 99, data: 1 }] });
}

export function optionsThatAreControlMessagesTooStayOptions(s: Socket): void {
  same<boolean>()(s.getsockopt(IPPROTO_IP, c.IP_PKTINFO!), true);
  same<number>()(s.getsockopt(IPPROTO_IP, c.IP_TTL), true);
  s.setsockopt(SOL_SOCKET, c.SO_TIMESTAMP, true);
}
