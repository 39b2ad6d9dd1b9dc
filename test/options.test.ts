import { closeSync, readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { makeSocketAddress, optionTable, type Socket, socket, socketpair } from 'uvsock';
import * as c from 'uvsock/constants';
import { optionCodec } from '../src/options.ts';
import { runProgram } from './fixtures/run.ts';
import { attempt, known, skip } from './support/probes.ts';
import { closed, codeOf, descriptorsOf, expectReady, tcpListener, tcpPair } from './support/sockets.ts';

const tcp = () => closed([socket(c.AF_INET, c.SOCK_STREAM)])[0];
const udp = () => closed([socket(c.AF_INET, c.SOCK_DGRAM)])[0];
const udp6 = () => closed([socket(c.AF_INET6, c.SOCK_DGRAM)])[0];
const toItself6 = () => {
  const s = udp6();
  s.connect(c.AF_INET6, '::1', 9);
  return s;
};
const unix = () => closed(socketpair(c.AF_UNIX, c.SOCK_STREAM))[0];
const listener = () => closed([tcpListener()])[0];
const connected = () => closed(tcpPair())[0];
const udplite = () => closed([socket(c.AF_INET, c.SOCK_DGRAM, c.IPPROTO_UDPLITE)])[0];
const raw = () => closed([socket(c.AF_INET, c.SOCK_RAW, c.IPPROTO_ICMP)])[0];
const raw6 = () => closed([socket(c.AF_INET6, c.SOCK_RAW, c.IPPROTO_UDP)])[0];
const icmp6 = () => closed([socket(c.AF_INET6, c.SOCK_RAW, c.IPPROTO_ICMPV6)])[0];
const netlink = () => closed([socket(c.AF_NETLINK!, c.SOCK_RAW)])[0];
const packet = () => closed([socket(c.AF_PACKET!, c.SOCK_RAW)])[0];
const vsock = () => closed([socket(c.AF_VSOCK!, c.SOCK_STREAM)])[0];
const mptcp = () => closed([socket(c.AF_INET, c.SOCK_STREAM, c.IPPROTO_MPTCP)])[0];

/** The interface index of loopback on every Linux. */
const LOOPBACK = 1;

type Name = Exclude<keyof typeof c, 'constants'>;

type Case = readonly [open: () => Socket, level: Name, option: Name, value: unknown, read?: unknown];

/** What is read in place of exactly what was set. */
const initially = Symbol('the initial value');

/** What the kernel adds to a preference: its defaults for the others. */
const PREFER_TEMPORARY = (c.IPV6_PREFER_SRC_TMP ?? 0) | (c.IPV6_PREFER_SRC_HOME ?? 0);

/** Set, then read back; `read` where the kernel answers something else. */
const SETTABLE: readonly Case[] = [
  [udp, 'SOL_SOCKET', 'SO_BINDTODEVICE', 'lo'],
  [udp, 'SOL_SOCKET', 'SO_BINDTOIFINDEX', LOOPBACK],
  [udp, 'SOL_SOCKET', 'SO_BROADCAST', true],
  [udp, 'SOL_SOCKET', 'SO_BUF_LOCK', c.SOCK_SNDBUF_LOCK],
  [udp, 'SOL_SOCKET', 'SO_BUSY_POLL', 50],
  [udp, 'SOL_SOCKET', 'SO_DEBUG', true],
  [udp, 'SOL_SOCKET', 'SO_DONTROUTE', true],
  [udp, 'SOL_SOCKET', 'SO_INCOMING_CPU', 0],
  [tcp, 'SOL_SOCKET', 'SO_KEEPALIVE', true],
  [tcp, 'SOL_SOCKET', 'SO_LINGER', { enabled: true, timeout: 10 }],
  [tcp, 'SOL_SOCKET', 'SO_LINGER', [1, 10], { enabled: true, timeout: 10 }],
  [udp, 'SOL_SOCKET', 'SO_LOCK_FILTER', true],
  [udp, 'SOL_SOCKET', 'SO_MARK', 0x80000001],
  [tcp, 'SOL_SOCKET', 'SO_MAX_PACING_RATE', 2n ** 33n],
  [tcp, 'SOL_SOCKET', 'SO_MAX_PACING_RATE', 1_000_000, 1_000_000n],
  [packet, 'SOL_SOCKET', 'SO_NOFCS', true],
  [udp, 'SOL_SOCKET', 'SO_NO_CHECK', true],
  [tcp, 'SOL_SOCKET', 'SO_OOBINLINE', true],
  [unix, 'SOL_SOCKET', 'SO_PASSCRED', true],
  [unix, 'SOL_SOCKET', 'SO_PASSRIGHTS', false],
  [unix, 'SOL_SOCKET', 'SO_PASSSEC', true],
  [unix, 'SOL_SOCKET', 'SO_PEEK_OFF', 3],
  [udp, 'SOL_SOCKET', 'SO_PREFER_BUSY_POLL', true],
  [udp, 'SOL_SOCKET', 'SO_PRIORITY', 3],
  [udp, 'SOL_SOCKET', 'SO_RCVBUF', 4096, 8192],
  [tcp, 'SOL_SOCKET', 'SO_RCVLOWAT', 100],
  [udp, 'SOL_SOCKET', 'SO_RCVMARK', true],
  [udp, 'SOL_SOCKET', 'SO_RCVTIMEO', 1.5],
  [tcp, 'SOL_SOCKET', 'SO_REUSEADDR', true],
  [tcp, 'SOL_SOCKET', 'SO_REUSEADDR', 1, true],
  [tcp, 'SOL_SOCKET', 'SO_REUSEPORT', true],
  [udp, 'SOL_SOCKET', 'SO_RXQ_OVFL', true],
  [udp, 'SOL_SOCKET', 'SO_SELECT_ERR_QUEUE', true],
  [udp, 'SOL_SOCKET', 'SO_SNDBUF', 8192, 16384],
  [udp, 'SOL_SOCKET', 'SO_SNDTIMEO', 0.5],
  [udp, 'SOL_SOCKET', 'SO_TIMESTAMP', true],
  [udp, 'SOL_SOCKET', 'SO_TIMESTAMPING', c.SOF_TIMESTAMPING_SOFTWARE, { flags: 16, bindPhc: 0 }],
  [udp, 'SOL_SOCKET', 'SO_TIMESTAMPING', { flags: c.SOF_TIMESTAMPING_RX_SOFTWARE, bindPhc: 0 }],
  [udp, 'SOL_SOCKET', 'SO_TIMESTAMPNS', true],
  [tcp, 'SOL_SOCKET', 'SO_TXREHASH', c.SOCK_TXREHASH_DISABLED],
  [udp, 'SOL_SOCKET', 'SO_TXTIME', { clockid: c.CLOCK_TAI, flags: c.SOF_TXTIME_REPORT_ERRORS }],
  [tcp, 'SOL_SOCKET', 'SO_ZEROCOPY', true],
  [udp, 'IPPROTO_IP', 'IP_BIND_ADDRESS_NO_PORT', true],
  [udp, 'IPPROTO_IP', 'IP_CHECKSUM', true],
  [udp, 'IPPROTO_IP', 'IP_FREEBIND', true],
  [raw, 'IPPROTO_IP', 'IP_HDRINCL', true],
  [tcp, 'IPPROTO_IP', 'IP_LOCAL_PORT_RANGE', [40_000, 50_000]],
  [udp, 'IPPROTO_IP', 'IP_MINTTL', 5],
  [udp, 'IPPROTO_IP', 'IP_MTU_DISCOVER', c.IP_PMTUDISC_DO],
  [udp, 'IPPROTO_IP', 'IP_MULTICAST_ALL', false],
  [udp, 'IPPROTO_IP', 'IP_MULTICAST_IF', '127.0.0.1'],
  [udp, 'IPPROTO_IP', 'IP_MULTICAST_IF', 0x7f000001, '127.0.0.1'],
  [udp, 'IPPROTO_IP', 'IP_MULTICAST_LOOP', false],
  [udp, 'IPPROTO_IP', 'IP_MULTICAST_TTL', 7],
  [raw, 'IPPROTO_IP', 'IP_NODEFRAG', true],
  [udp, 'IPPROTO_IP', 'IP_OPTIONS', Buffer.from([1, 1, 1, 0]), Buffer.from([1, 1, 1, 0])],
  [udp, 'IPPROTO_IP', 'IP_PASSSEC', true],
  [udp, 'IPPROTO_IP', 'IP_PKTINFO', true],
  [udp, 'IPPROTO_IP', 'IP_RECVERR', true],
  [udp, 'IPPROTO_IP', 'IP_RECVERR_RFC4884', true],
  [udp, 'IPPROTO_IP', 'IP_RECVFRAGSIZE', true],
  [udp, 'IPPROTO_IP', 'IP_RECVOPTS', true],
  [udp, 'IPPROTO_IP', 'IP_RECVORIGDSTADDR', true],
  [udp, 'IPPROTO_IP', 'IP_RECVTOS', true],
  [udp, 'IPPROTO_IP', 'IP_RECVTTL', true],
  [udp, 'IPPROTO_IP', 'IP_RETOPTS', true],
  [udp, 'IPPROTO_IP', 'IP_TOS', c.IPTOS_THROUGHPUT],
  [udp, 'IPPROTO_IP', 'IP_TRANSPARENT', true],
  [udp, 'IPPROTO_IP', 'IP_TTL', 33],
  [udp, 'IPPROTO_IP', 'IP_TTL', -1, initially],
  [udp, 'IPPROTO_IP', 'IP_UNICAST_IF', LOOPBACK],
  [udp6, 'IPPROTO_IPV6', 'IPV6_2292HOPLIMIT', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_2292PKTINFO', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_ADDR_PREFERENCES', c.IPV6_PREFER_SRC_TMP, PREFER_TEMPORARY],
  [udp6, 'IPPROTO_IPV6', 'IPV6_AUTOFLOWLABEL', false],
  [raw6, 'IPPROTO_IPV6', 'IPV6_CHECKSUM', 6],
  [udp6, 'IPPROTO_IPV6', 'IPV6_DONTFRAG', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_FLOWINFO', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_FLOWINFO_SEND', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_FREEBIND', true],
  [raw6, 'IPPROTO_IPV6', 'IPV6_HDRINCL', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_HOPOPTS', Buffer.from([0, 0, 1, 4, 0, 0, 0, 0])],
  [udp6, 'IPPROTO_IPV6', 'IPV6_MINHOPCOUNT', 9],
  [toItself6, 'IPPROTO_IPV6', 'IPV6_MTU', 1300, initially],
  [udp6, 'IPPROTO_IPV6', 'IPV6_MTU_DISCOVER', c.IPV6_PMTUDISC_DO],
  [udp6, 'IPPROTO_IPV6', 'IPV6_MULTICAST_ALL', false],
  [udp6, 'IPPROTO_IPV6', 'IPV6_MULTICAST_HOPS', 3],
  [udp6, 'IPPROTO_IPV6', 'IPV6_MULTICAST_IF', LOOPBACK],
  [udp6, 'IPPROTO_IPV6', 'IPV6_MULTICAST_LOOP', false],
  [udp6, 'IPPROTO_IPV6', 'IPV6_RECVDSTOPTS', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_RECVERR', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_RECVERR_RFC4884', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_RECVFRAGSIZE', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_RECVHOPLIMIT', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_RECVHOPOPTS', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_RECVORIGDSTADDR', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_RECVPATHMTU', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_RECVPKTINFO', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_RECVRTHDR', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_RECVTCLASS', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_ROUTER_ALERT_ISOLATE', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_TCLASS', 96],
  [udp6, 'IPPROTO_IPV6', 'IPV6_TRANSPARENT', true],
  [udp6, 'IPPROTO_IPV6', 'IPV6_UNICAST_HOPS', 9],
  [udp6, 'IPPROTO_IPV6', 'IPV6_UNICAST_IF', LOOPBACK],
  [udp6, 'IPPROTO_IPV6', 'IPV6_V6ONLY', true],
  [tcp, 'IPPROTO_TCP', 'TCP_CONGESTION', 'reno'],
  [tcp, 'IPPROTO_TCP', 'TCP_CORK', true],
  [listener, 'IPPROTO_TCP', 'TCP_DEFER_ACCEPT', 1],
  [listener, 'IPPROTO_TCP', 'TCP_FASTOPEN', 5],
  [tcp, 'IPPROTO_TCP', 'TCP_FASTOPEN_CONNECT', true],
  [listener, 'IPPROTO_TCP', 'TCP_FASTOPEN_KEY', Buffer.from('0123456789abcdef')],
  [tcp, 'IPPROTO_TCP', 'TCP_FASTOPEN_NO_COOKIE', true],
  [tcp, 'IPPROTO_TCP', 'TCP_INQ', true],
  [tcp, 'IPPROTO_TCP', 'TCP_KEEPCNT', 3],
  [tcp, 'IPPROTO_TCP', 'TCP_KEEPIDLE', 60],
  [tcp, 'IPPROTO_TCP', 'TCP_KEEPINTVL', 7],
  [tcp, 'IPPROTO_TCP', 'TCP_LINGER2', 5],
  [connected, 'IPPROTO_TCP', 'TCP_MAXSEG', 1000, initially],
  [tcp, 'IPPROTO_TCP', 'TCP_NODELAY', true],
  [tcp, 'IPPROTO_TCP', 'TCP_NOTSENT_LOWAT', 16_384],
  [connected, 'IPPROTO_TCP', 'TCP_QUICKACK', false],
  [tcp, 'IPPROTO_TCP', 'TCP_SAVE_SYN', true],
  [tcp, 'IPPROTO_TCP', 'TCP_SYNCNT', 2],
  [tcp, 'IPPROTO_TCP', 'TCP_THIN_LINEAR_TIMEOUTS', true],
  [tcp, 'IPPROTO_TCP', 'TCP_TX_DELAY', 1000],
  [tcp, 'IPPROTO_TCP', 'TCP_USER_TIMEOUT', 12_345],
  [tcp, 'IPPROTO_TCP', 'TCP_WINDOW_CLAMP', 100_000],
  [udp, 'IPPROTO_UDP', 'UDP_CORK', true],
  [udp, 'IPPROTO_UDP', 'UDP_ENCAP', c.UDP_ENCAP_ESPINUDP],
  [udp, 'IPPROTO_UDP', 'UDP_GRO', true],
  [udp6, 'IPPROTO_UDP', 'UDP_NO_CHECK6_RX', true],
  [udp6, 'IPPROTO_UDP', 'UDP_NO_CHECK6_TX', true],
  [udp, 'IPPROTO_UDP', 'UDP_SEGMENT', 1200],
  [udplite, 'IPPROTO_UDPLITE', 'UDPLITE_RECV_CSCOV', 20],
  [udplite, 'IPPROTO_UDPLITE', 'UDPLITE_SEND_CSCOV', 12],
  [raw, 'SOL_RAW', 'ICMP_FILTER', 0xfffffffe],
  [icmp6, 'IPPROTO_ICMPV6', 'ICMP6_FILTER', [c.ICMP6_ECHO_REPLY, 255], new Set([129, 255])],
  [icmp6, 'IPPROTO_ICMPV6', 'ICMP6_FILTER', new Set()],
  [netlink, 'SOL_NETLINK', 'NETLINK_BROADCAST_ERROR', true],
  [netlink, 'SOL_NETLINK', 'NETLINK_CAP_ACK', true],
  [netlink, 'SOL_NETLINK', 'NETLINK_EXT_ACK', true],
  [netlink, 'SOL_NETLINK', 'NETLINK_GET_STRICT_CHK', true],
  [netlink, 'SOL_NETLINK', 'NETLINK_LISTEN_ALL_NSID', true],
  [netlink, 'SOL_NETLINK', 'NETLINK_NO_ENOBUFS', true],
  [netlink, 'SOL_NETLINK', 'NETLINK_PKTINFO', true],
  [packet, 'SOL_PACKET', 'PACKET_AUXDATA', true],
  [packet, 'SOL_PACKET', 'PACKET_IGNORE_OUTGOING', true],
  [packet, 'SOL_PACKET', 'PACKET_LOSS', true],
  [packet, 'SOL_PACKET', 'PACKET_ORIGDEV', true],
  [packet, 'SOL_PACKET', 'PACKET_QDISC_BYPASS', true],
  [packet, 'SOL_PACKET', 'PACKET_RESERVE', 128],
  [packet, 'SOL_PACKET', 'PACKET_TIMESTAMP', c.SOF_TIMESTAMPING_RAW_HARDWARE],
  [packet, 'SOL_PACKET', 'PACKET_TX_HAS_OFF', true],
  [packet, 'SOL_PACKET', 'PACKET_VERSION', c.TPACKET_V3],
  [packet, 'SOL_PACKET', 'PACKET_VNET_HDR', true],
  [vsock, 'AF_VSOCK', 'SO_VM_SOCKETS_BUFFER_MAX_SIZE', 500_000n],
  [vsock, 'AF_VSOCK', 'SO_VM_SOCKETS_BUFFER_MIN_SIZE', 1000n],
  [vsock, 'AF_VSOCK', 'SO_VM_SOCKETS_BUFFER_SIZE', 100_000, 100_000n],
  [vsock, 'AF_VSOCK', 'SO_VM_SOCKETS_CONNECT_TIMEOUT', 1.5],
  [mptcp, 'IPPROTO_TCP', 'TCP_NODELAY', true],
];

const { SOL_SOCKET, IPPROTO_IP, IPPROTO_TCP } = c;

const get = (s: Socket, level: number, option: number) =>
  (s.getsockopt as (level: number, option: number) => unknown).call(s, level, option);
const set = (s: Socket, level: number, option: number, value: unknown) =>
  (s.setsockopt as (level: number, option: number, value: unknown) => void).call(s, level, option, value);

describe('the option table', () => {
  for (const [open, levelName, name, value, answer = value] of SETTABLE) {
    it(`sets ${name} to ${inspect(value)}, and reads it`, function () {
      const level = known(this, levelName, c.constants[levelName]);
      const option = known(this, name, c.constants[name]);
      const s = attempt(this, `a socket with ${name}`, open);
      const initial = get(s, level, option);
      const read = answer === initially ? initial : answer;
      if (answer !== initially) expect(initial, 'at first').to.not.deep.equal(read);
      attempt(this, name, () => set(s, level, option, value));
      expect(get(s, level, option)).to.deep.equal(read);
    });
  }

  it('reads what cannot be set', () => {
    const s = unix();
    expect(s.getsockopt(SOL_SOCKET, c.SO_TYPE)).to.equal(c.SOCK_STREAM);
    expect(s.getsockopt(SOL_SOCKET, c.SO_STYLE)).to.equal(c.SOCK_STREAM);
    expect(s.getsockopt(SOL_SOCKET, c.SO_DOMAIN!)).to.equal(c.AF_UNIX);
    expect(s.getsockopt(SOL_SOCKET, c.SO_ERROR)).to.equal(0);
    expect(s.getsockopt(SOL_SOCKET, c.SO_DEBUG)).to.equal(false);
    expect(s.getsockopt(SOL_SOCKET, c.SO_PEERCRED!)).to.deep.equal({
      pid: process.pid,
      uid: process.getuid?.(),
      gid: process.getgid?.(),
    });
    const cookie = s.getsockopt(SOL_SOCKET, c.SO_COOKIE!);
    expect(cookie).to.be.a('bigint');
    expect(s.getsockopt(SOL_SOCKET, c.SO_COOKIE!)).to.equal(cookie);
    expect(s.getsockopt(SOL_SOCKET, c.SO_NETNS_COOKIE!)).to.be.a('bigint');
  });

  it('reads the memory of a socket by names', () => {
    const s = udp();
    const info = s.getsockopt(SOL_SOCKET, c.SO_MEMINFO!);
    expect(info).to.include({ rmemAlloc: 0, backlog: 0, drops: 0 });
    expect(info.rcvbuf).to.equal(s.getsockopt(SOL_SOCKET, c.SO_RCVBUF));
    expect(info.sndbuf).to.equal(s.getsockopt(SOL_SOCKET, c.SO_SNDBUF));
  });

  it('reads the groups of the peer', async function () {
    if (process.getuid?.() !== 0) skip(this, 'setgroups(2) needs CAP_SETGID');
    const { output } = await runProgram(`
      process.setgroups([5, 70_000]);
      const [a, b] = socketpair(c.AF_UNIX, c.SOCK_STREAM);
      console.log(a.getsockopt(c.SOL_SOCKET, c.SO_PEERGROUPS).join());
      for (const each of [a, b]) each.close();`);
    expect(output.trim()).to.equal('5,70000');
  });

  it("reads a descriptor of the process at the other end, which is the reader's", function () {
    const name = known(this, 'SO_PEERPIDFD', c.SO_PEERPIDFD);
    const fd = attempt(this, 'SO_PEERPIDFD', () => unix().getsockopt(SOL_SOCKET, name), ['ENOPROTOOPT']);
    const info = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
    closeSync(fd);
    expect(info).to.match(new RegExp(`^Pid:\\s+${process.pid}$`, 'm'));
  });

  it('opens no descriptor whose number there is no room for', function () {
    const name = known(this, 'SO_PEERPIDFD', c.SO_PEERPIDFD);
    const s = unix();
    const before = descriptorsOf('anon_inode:');
    for (const length of [0, 3]) {
      expect(codeOf(() => s.getsockopt(SOL_SOCKET as number, name as number, length))).to.equal('EINVAL');
    }
    expect(descriptorsOf('anon_inode:')).to.deep.equal(before);
  });

  it('reads the name of the peer as an address, whatever its family', () => {
    const s = connected();
    expect(s.getsockopt(SOL_SOCKET, c.SO_PEERNAME!)).to.deep.equal(s.getpeername());
    expect(unix().getsockopt(SOL_SOCKET, c.SO_PEERNAME!)?.path).to.equal('');
    expect(codeOf(() => tcp().getsockopt(SOL_SOCKET, c.SO_PEERNAME!))).to.equal('ENOTCONN');
  });

  it('reads the MTU of the way to a peer', () => {
    const s = toItself6();
    expect(s.getsockopt(c.IPPROTO_IPV6, c.IPV6_MTU!)).to.equal(65_536);
    expect(s.getsockopt(c.IPPROTO_IPV6, c.IPV6_PATHMTU!)).to.deep.include({ mtu: 65_536 });
    const over4 = udp();
    over4.connect(c.AF_INET, '127.0.0.1', 9);
    expect(over4.getsockopt(IPPROTO_IP, c.IP_MTU!)).to.equal(65_535);
  });

  it('reads where a redirected connection was going, if it was redirected', () => {
    // Without address translation the kernel knows of none, or has no such option.
    expect(codeOf(() => connected().getsockopt(IPPROTO_IP, c.SO_ORIGINAL_DST!))).to.be.oneOf([
      'ENOENT',
      'ENOPROTOOPT',
    ]);
    const { bytes } = makeSocketAddress(c.AF_INET, '192.0.2.1', 80);
    const codec = optionCodec(IPPROTO_IP, c.SO_ORIGINAL_DST!);
    expect(String(codec.decode(Buffer.from(bytes)))).to.equal('192.0.2.1:80');
  });

  it('lets the kernel choose local ports from a range', () => {
    const s = tcp();
    s.setsockopt(IPPROTO_IP, c.IP_LOCAL_PORT_RANGE!, [40_000, 40_099]);
    s.bind(c.AF_INET, '127.0.0.1', 0);
    expect(s.getsockopt(IPPROTO_IP, c.IP_LOCAL_PORT_RANGE!)).to.deep.equal([40_000, 40_099]);
    expect(s.getsockname().port).to.be.within(40_000, 40_099);
  });

  it('sends from a sticky source address', () => {
    const [receiver, sender] = [udp6(), udp6()];
    receiver.bind(c.AF_INET6, '::1', 0);
    sender.setsockopt(c.IPPROTO_IPV6, c.IPV6_PKTINFO, { address: '::1', ifindex: LOOPBACK });
    sender.sendto(Buffer.from('x'), receiver.getsockname());
    expect(receiver.recvfrom(Buffer.alloc(4))?.address?.address).to.equal('::1');
  });

  it('moves what MSG_PEEK looks at with SO_PEEK_OFF', () => {
    const [a, b] = closed(socketpair(c.AF_UNIX, c.SOCK_STREAM));
    b.setsockopt(SOL_SOCKET, c.SO_PEEK_OFF!, 2);
    a.send(Buffer.from('abcd'));
    const buffer = Buffer.alloc(1);
    expect(b.recv(buffer, c.MSG_PEEK)).to.equal(1);
    expect(buffer.toString()).to.equal('c');
    expect(b.getsockopt(SOL_SOCKET, c.SO_PEEK_OFF!)).to.equal(3);
  });

  it('goes beyond the limit of buffers with SO_RCVBUFFORCE', function () {
    const s = udp();
    const size = 64 << 20;
    attempt(this, 'SO_RCVBUFFORCE', () => s.setsockopt(SOL_SOCKET, c.SO_RCVBUFFORCE!, size));
    expect(s.getsockopt(SOL_SOCKET, c.SO_RCVBUF)).to.equal(2 * size);
    attempt(this, 'SO_SNDBUFFORCE', () => s.setsockopt(SOL_SOCKET, c.SO_SNDBUFFORCE!, size));
    expect(s.getsockopt(SOL_SOCKET, c.SO_SNDBUF)).to.equal(2 * size);
  });

  it('connects with a shared MD5 key, and not without', async function () {
    const server = tcpListener();
    closed([server]);
    const key = { address: { address: '127.0.0.1', port: 0 }, key: 'secret' };
    attempt(this, 'TCP_MD5SIG', () => server.setsockopt(IPPROTO_TCP, c.TCP_MD5SIG!, key), ['ENOPROTOOPT']);
    const [knows, other] = [tcp(), tcp()];
    knows.setsockopt(IPPROTO_TCP, c.TCP_MD5SIG_EXT!, { ...key, prefixlen: 32 });
    other.setsockopt(IPPROTO_TCP, c.TCP_MD5SIG!, { ...key, key: Buffer.from('wrong') });
    other.connect(server.getsockname());
    knows.connect(server.getsockname());
    await expectReady(knows, 'writable');
    expect(knows.takeError()).to.equal(null);
    const { state } = other.getsockopt(IPPROTO_TCP, c.TCP_INFO!);
    expect(state).to.equal('SYN_SENT');
    // An empty key removes the peer's.
    server.setsockopt(IPPROTO_TCP, c.TCP_MD5SIG!, { ...key, key: '' });
    expect(codeOf(() => server.setsockopt(IPPROTO_TCP, c.TCP_MD5SIG!, { ...key, key: '' }))).to.equal(
      'ENOENT',
    );
  });

  it('repairs a connection: its windows and sequence numbers', function () {
    const s = connected();
    attempt(this, 'TCP_REPAIR', () => s.setsockopt(IPPROTO_TCP, c.TCP_REPAIR!, 1));
    const windows = s.getsockopt(IPPROTO_TCP, c.TCP_REPAIR_WINDOW!);
    expect(windows.sndWnd).to.be.greaterThan(0);
    s.setsockopt(IPPROTO_TCP, c.TCP_REPAIR_WINDOW!, windows);
    expect(s.getsockopt(IPPROTO_TCP, c.TCP_REPAIR_WINDOW!)).to.deep.equal(windows);
    s.setsockopt(IPPROTO_TCP, c.TCP_REPAIR_OPTIONS!, [{ code: 2, value: 1400 }]);
    s.setsockopt(IPPROTO_TCP, c.TCP_REPAIR_QUEUE!, 2);
    expect(s.getsockopt(IPPROTO_TCP, c.TCP_QUEUE_SEQ!)).to.be.within(0, 2 ** 32 - 1);
    s.setsockopt(IPPROTO_TCP, c.TCP_REPAIR!, 0);
  });

  it('refuses values that hold pointers, whoever made them', () => {
    const iptables = 64; // IPT_SO_SET_REPLACE
    expect(codeOf(() => udp().setsockopt(c.IPPROTO_IP as number, iptables, Buffer.alloc(128)))).to.equal(
      'EOPNOTSUPP',
    );
  });

  it("passes the kernel's refusals on", () => {
    const s = tcp();
    expect(codeOf(() => set(s, IPPROTO_IP, c.IP_TTL, 256))).to.equal('EINVAL');
    expect(codeOf(() => set(s, SOL_SOCKET, c.SO_ERROR, 1))).to.equal('ENOPROTOOPT');
    expect(codeOf(() => set(s, IPPROTO_TCP, c.TCP_CONGESTION!, 'bogus'))).to.equal('ENOENT');
    expect(codeOf(() => set(s, SOL_SOCKET, c.SO_BINDTODEVICE!, 'nowhere0'))).to.equal('ENODEV');
    expect(codeOf(() => set(s, SOL_SOCKET, c.SO_KEEPALIVE, new Uint8Array(1)))).to.equal('EINVAL');
  });

  const wrong: [string, number, number, unknown][] = [
    ['an integer', SOL_SOCKET, c.SO_RCVBUF, 'x'],
    ['an integer in range', SOL_SOCKET, c.SO_RCVBUF, 2 ** 40],
    ['a whole integer', SOL_SOCKET, c.SO_RCVBUF, 1.5],
    ['a boolean', SOL_SOCKET, c.SO_KEEPALIVE, null],
    ['a linger', SOL_SOCKET, c.SO_LINGER, { enabled: true }],
    ['a linger at all', SOL_SOCKET, c.SO_LINGER, undefined],
    ['a time', SOL_SOCKET, c.SO_RCVTIMEO, -1],
    ['a time as a number', SOL_SOCKET, c.SO_RCVTIMEO, '1'],
    ['a membership', IPPROTO_IP, c.IP_ADD_MEMBERSHIP, '239.1.1.1'],
    ['a string', IPPROTO_TCP, c.TCP_CONGESTION!, 5],
    ['a string without NUL', IPPROTO_TCP, c.TCP_CONGESTION!, 'a\0b'],
    ['bytes', IPPROTO_TCP, c.TCP_INFO!, 5],
    ['a source membership', IPPROTO_IP, c.IP_ADD_SOURCE_MEMBERSHIP!, { multiaddr: '232.1.1.1' }],
    ['a group', IPPROTO_IP, c.MCAST_JOIN_GROUP!, '239.1.1.1'],
    ['a filter with sources', IPPROTO_IP, c.IP_MSFILTER!, { multiaddr: '232.1.1.1', mode: 1, sources: 5 }],
    ['a program', SOL_SOCKET, c.SO_ATTACH_FILTER!, 5],
    ['an instruction', SOL_SOCKET, c.SO_ATTACH_FILTER!, [5]],
    ['a whole instruction', SOL_SOCKET, c.SO_ATTACH_FILTER!, [{ code: 6 }]],
    ['an instruction in range', SOL_SOCKET, c.SO_ATTACH_FILTER!, [[6, 256, 0, 0]]],
    ['ports', IPPROTO_IP, c.IP_LOCAL_PORT_RANGE!, [1, 65_536]],
    ['two ports', IPPROTO_IP, c.IP_LOCAL_PORT_RANGE!, [1]],
    ['a clock', SOL_SOCKET, c.SO_TXTIME!, { flags: 1 }],
    ['flags', SOL_SOCKET, c.SO_TIMESTAMPING!, { bindPhc: 1 }],
    ['a pacing rate', SOL_SOCKET, c.SO_MAX_PACING_RATE!, -1],
    ['an integer of 64 bits', SOL_SOCKET, c.SO_MAX_PACING_RATE!, '5'],
    ['a pair of ports', IPPROTO_IP, c.IP_LOCAL_PORT_RANGE!, 1024],
    ['types of ICMPv6', c.IPPROTO_ICMPV6, c.ICMP6_FILTER!, [256]],
    ['a fanout', c.SOL_PACKET!, c.PACKET_FANOUT!, { id: 1 }],
    ['a packet membership', c.SOL_PACKET!, c.PACKET_ADD_MEMBERSHIP!, { ifindex: 1 }],
    ['CAN filters', c.SOL_CAN_RAW!, c.CAN_RAW_FILTER!, [{ id: 1 }]],
    ['repair options', IPPROTO_TCP, c.TCP_REPAIR_OPTIONS!, [{ code: 2 }]],
    ['a window', IPPROTO_TCP, c.TCP_REPAIR_WINDOW!, {}],
  ];
  for (const [what, level, option, value] of wrong) {
    it(`asks for ${what}, naming the value`, () => {
      const s = tcp();
      expect(() => set(s, level, option, value))
        .to.throw(/value/)
        .with.property('code')
        .that.matches(/^ERR_/);
      expect(s.closed).to.equal(false);
    });
  }

  it('names the address that is wrong within a membership', () => {
    expect(() => set(udp(), IPPROTO_IP, c.IP_ADD_MEMBERSHIP, { multiaddr: 'x' })).to.throw(
      TypeError,
      /address/,
    );
  });

  it('names the key of an MD5 signature that is wrong', () => {
    const address = { address: '127.0.0.1', port: 0 };
    expect(() => set(tcp(), IPPROTO_TCP, c.TCP_MD5SIG!, { address, key: 5 })).to.throw(TypeError, /key/);
    expect(() => set(tcp(), IPPROTO_TCP, c.TCP_MD5SIG!, { address, key: Buffer.alloc(81) })).to.throw(
      RangeError,
      /key/,
    );
  });

  it('names the address of a packet membership that is wrong', () => {
    const join = (address: unknown) =>
      set(udp(), c.SOL_PACKET!, c.PACKET_ADD_MEMBERSHIP!, { ifindex: 1, type: 0, address });
    expect(() => join('33:33:00:00:00:01')).to.throw(TypeError, /address/);
    expect(() => join(new Uint8Array(9))).to.throw(RangeError, /address/);
  });

  it('takes a fanout as C writes it, too', () => {
    const codec = optionCodec(c.SOL_PACKET as number, c.PACKET_FANOUT as number);
    const fields = { id: 7, type: 1, flags: 0x8000 };
    expect(Buffer.from(codec.encode(0x8001_0007 | 0))).to.deep.equal(Buffer.from(codec.encode(fields)));
    expect(codec.decode(Buffer.from(codec.encode({ id: 7, type: 1 })))).to.deep.equal({
      ...fields,
      flags: 0,
    });
  });

  it('tells the kernel by a flag whether an MD5 signature is for a prefix or an interface', () => {
    const codec = optionCodec(IPPROTO_TCP, c.TCP_MD5SIG as number);
    const address = { address: '127.0.0.1', port: 0 };
    const flagsOf = (more: object) => codec.encode({ address, key: 'secret', ...more })[128];
    expect([flagsOf({}), flagsOf({ prefixlen: 8 }), flagsOf({ ifindex: 1 })]).to.deep.equal([0, 1, 2]);
  });

  it('encodes and decodes the filters of CAN sockets', () => {
    const codec = optionCodec(c.SOL_CAN_RAW as number, c.CAN_RAW_FILTER as number);
    const filters = [
      { id: 0x123, mask: 0x7ff },
      { id: 0xe0000001, mask: 0xffffffff },
    ];
    expect(codec.decode(Buffer.from(codec.encode(filters)))).to.deep.equal(filters);
  });

  it('asks which filter is meant, and takes no other argument for what has one value only', () => {
    expect(() => (udp().getsockopt as (...args: unknown[]) => unknown)(IPPROTO_IP, c.IP_MSFILTER)).to.throw(
      TypeError,
      /value/,
    );
    const s = udp();
    expect(() =>
      (s.getsockopt as (...args: unknown[]) => unknown).call(s, SOL_SOCKET, c.SO_LINGER, {}),
    ).to.throw(RangeError, /length/);
  });

  it('decodes what is shorter than expected without reading beyond it', () => {
    for (const { level, name } of optionTable) {
      const codec = optionCodec(c.constants[level] ?? -1, c.constants[name] ?? -1);
      if (name === 'TCP_INFO') continue; // which has a least length, and says so
      for (let length = 0; length <= Math.min(codec.length, 300); length++)
        codec.decode(Buffer.alloc(length));
    }
  });

  it('decodes a number of 64 bits that more follows', () => {
    const codec = optionCodec(SOL_SOCKET as number, c.SO_COOKIE as number);
    expect(codec.decode(Buffer.of(1, 0, 0, 0, 0, 0, 0, 0, 9))).to.equal(
      endianness() === 'LE' ? 1n : 1n << 56n,
    );
  });
});
