/** Each family of sockets end to end, on this machine alone. */
import { expect } from 'chai';
import {
  BPF_JUMP,
  BPF_STMT,
  DatagramBatch,
  makeSocketAddress,
  type Socket,
  SocketAddress,
  socket,
} from 'uvsock';
import * as c from 'uvsock/constants';
import { runProgram } from './fixtures/run.ts';
import { attempt, inNamespace, known, skip } from './support/probes.ts';
import { closed, codeOf, expectNoReady, expectReady, tcpListener, udpSocket } from './support/sockets.ts';

/** The interface index of loopback on every Linux. */
const LOOPBACK = 1;

/** Waits until something can be received; its bytes. */
async function receive(s: Socket): Promise<Buffer> {
  const buffer = Buffer.alloc(65_536);
  for (;;) {
    const n = s.recv(buffer);
    if (n !== null) return buffer.subarray(0, n);
    await expectReady(s, 'readable');
  }
}

/** The Internet checksum, RFC 1071. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += bytes.readUInt16BE(i);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return ~sum & 0xffff;
}

/** An echo request, ICMP and ICMPv6 alike; its checksum is of ICMP. */
function echoRequest(type: number, sequence: number): Buffer {
  const request = Buffer.alloc(16);
  request[0] = type;
  request.writeUInt16BE(0x5e7, 4);
  request.writeUInt16BE(sequence, 6);
  request.write('question', 8);
  request.writeUInt16BE(checksum(request), 2);
  return request;
}

describe('AF_NETLINK', () => {
  /** struct nlmsghdr and struct rtgenmsg: all interfaces, please. */
  function linkDump(sequence: number): Buffer {
    const request = Buffer.alloc(20);
    const view = new DataView(request.buffer, request.byteOffset);
    view.setUint32(0, 17, true);
    view.setUint16(4, c.RTM_GETLINK!, true);
    view.setUint16(6, c.NLM_F_REQUEST! | c.NLM_F_DUMP!, true);
    view.setUint32(8, sequence, true);
    return request;
  }
  const open = () => closed([socket(c.AF_NETLINK!, c.SOCK_RAW, c.NETLINK_ROUTE)])[0];

  it('dumps the interfaces', async () => {
    const s = open();
    s.bind(makeSocketAddress(c.AF_NETLINK!, 0));
    expect(s.getsockname()).to.include({ family: c.AF_NETLINK, groups: 0 });
    s.sendto(linkDump(77), makeSocketAddress(c.AF_NETLINK!, 0));
    const types: number[] = [];
    while (types.at(-1) !== c.NLMSG_DONE) {
      const reply = await receive(s);
      for (let at = 0; at < reply.length; at += (reply.readUInt32LE(at) + 3) & ~3) {
        types.push(reply.readUInt16LE(at + 4));
        expect(reply.readUInt32LE(at + 8), 'sequence').to.equal(77);
        expect(reply.readUInt16LE(at + 6) & c.NLM_F_MULTI!, 'one of many').to.not.equal(0);
      }
    }
    expect(types[0]).to.equal(c.RTM_NEWLINK);
  });

  it('joins groups by number, and lists them', function () {
    const s = open();
    for (const group of [c.RTNLGRP_LINK!, c.RTNLGRP_IPV6_ROUTE!]) {
      attempt(this, 'netlink groups', () => s.setsockopt(c.SOL_NETLINK!, c.NETLINK_ADD_MEMBERSHIP!, group));
    }
    expect(s.getsockopt(c.SOL_NETLINK!, c.NETLINK_LIST_MEMBERSHIPS!)).to.deep.equal([
      c.RTNLGRP_LINK,
      c.RTNLGRP_IPV6_ROUTE,
    ]);
    s.setsockopt(c.SOL_NETLINK!, c.NETLINK_DROP_MEMBERSHIP!, c.RTNLGRP_LINK!);
    expect(s.getsockopt(c.SOL_NETLINK!, c.NETLINK_LIST_MEMBERSHIPS!)).to.deep.equal([c.RTNLGRP_IPV6_ROUTE]);
  });

  it('hears of changes that others make', async function () {
    const heard = await inNamespace(
      this,
      'true',
      `
      import { execFileSync } from 'node:child_process';
      const s = socket(c.AF_NETLINK, c.SOCK_RAW, c.NETLINK_ROUTE);
      s.bind(makeSocketAddress(c.AF_NETLINK, 0, c.RTMGRP_LINK));
      execFileSync('ip', ['link', 'set', 'lo', 'up']);
      const buffer = Buffer.alloc(65_536);
      if (s.recv(buffer) === null) throw new Error('heard nothing');
      console.log(JSON.stringify(buffer.readUInt16LE(4) === c.RTM_NEWLINK));
      s.close();`,
    );
    expect(heard).to.equal(true);
  });
});

describe('AF_PACKET', () => {
  const open = (test: Mocha.Context, style: number) =>
    closed([attempt(test, 'packet sockets', () => socket(known(test, 'AF_PACKET', c.AF_PACKET), style))])[0];
  const onLoopback = (protocol: number) => makeSocketAddress(c.AF_PACKET!, protocol, LOOPBACK);

  it('sees what passes through an interface, from whom and which way', function () {
    const [receiver, sender] = closed([udpSocket(), udpSocket()]);
    const s = open(this, c.SOCK_DGRAM);
    // Others use loopback, too: only packets to this port are let in (its place is behind the IP header).
    s.setsockopt(c.SOL_SOCKET, c.SO_ATTACH_FILTER!, [
      BPF_STMT(c.BPF_LD! | c.BPF_H! | c.BPF_ABS!, 20 + 2),
      BPF_JUMP(c.BPF_JMP! | c.BPF_JEQ! | c.BPF_K!, receiver.getsockname().port as number, 0, 1),
      BPF_STMT(c.BPF_RET! | c.BPF_K!, 0xffffffff),
      BPF_STMT(c.BPF_RET! | c.BPF_K!, 0),
    ]);
    s.bind(onLoopback(c.ETH_P_ALL!));
    sender.sendto(Buffer.from('sniffed'), receiver.getsockname());
    const types: (number | undefined)[] = [];
    const buffer = Buffer.alloc(2048);
    for (let got = s.recvfrom(buffer); got !== null; got = s.recvfrom(buffer)) {
      expect(buffer.toString('latin1', 20 + 8, got.bytes)).to.equal('sniffed');
      expect(got.address).to.include({ family: c.AF_PACKET, ifindex: LOOPBACK, protocol: c.ETH_P_IP });
      types.push(got.address?.pkttype);
    }
    expect(types).to.have.members([c.PACKET_OUTGOING, c.PACKET_HOST]);
  });

  it('sends frames of its own', function () {
    const [receiver, sender] = [open(this, c.SOCK_RAW), open(this, c.SOCK_DGRAM)];
    const experimental = 0x88b5; // an EtherType for private use
    receiver.bind(onLoopback(experimental));
    const to = makeSocketAddress(c.AF_PACKET!, experimental, LOOPBACK, 0, 0, new Uint8Array(6));
    expect(sender.sendto(Buffer.from('frame'), to)).to.equal(5);
    const buffer = Buffer.alloc(64);
    const got = receiver.recvfrom(buffer);
    expect(got?.address?.protocol).to.equal(experimental);
    expect(buffer.toString('latin1', 14, got?.bytes)).to.equal('frame');
  });

  it('receives frames in batches', function () {
    const [receiver, sender] = [open(this, c.SOCK_DGRAM), open(this, c.SOCK_DGRAM)];
    const experimental = 0x88b7;
    receiver.bind(onLoopback(experimental));
    const to = makeSocketAddress(c.AF_PACKET!, experimental, LOOPBACK, 0, 0, new Uint8Array(6));
    for (const text of ['one', 'two']) sender.sendto(Buffer.from(text), to);
    const batch = new DatagramBatch({ count: 4 });
    expect(receiver.recvmmsg(batch)).to.equal(2);
    expect([...batch].map(({ data }) => data.toString())).to.deep.equal(['one', 'two']);
  });

  it('counts what came and what was dropped, and forgets the counts it has told', function () {
    const s = open(this, c.SOCK_DGRAM);
    const experimental = 0x88b6;
    s.bind(onLoopback(experimental));
    const to = makeSocketAddress(c.AF_PACKET!, experimental, LOOPBACK, 0, 0, new Uint8Array(6));
    s.sendto(Buffer.from('frame'), to);
    expect(s.getsockopt(c.SOL_PACKET!, c.PACKET_STATISTICS!)).to.deep.equal({
      packets: 1,
      drops: 0,
      freezes: 0,
    });
    expect(s.getsockopt(c.SOL_PACKET!, c.PACKET_STATISTICS!)).to.include({ packets: 0 });
  });

  it('joins and leaves memberships of an interface', function () {
    const s = open(this, c.SOCK_RAW);
    const value = { ifindex: LOOPBACK, type: c.PACKET_MR_PROMISC! };
    s.setsockopt(c.SOL_PACKET!, c.PACKET_ADD_MEMBERSHIP!, value);
    s.setsockopt(c.SOL_PACKET!, c.PACKET_DROP_MEMBERSHIP!, value);
    const address = new Uint8Array([1, 0, 0x5e, 7, 7, 7]);
    const multicast = { ifindex: LOOPBACK, type: c.PACKET_MR_MULTICAST!, address };
    s.setsockopt(c.SOL_PACKET!, c.PACKET_ADD_MEMBERSHIP!, multicast);
    expect(
      codeOf(() => s.setsockopt(c.SOL_PACKET!, c.PACKET_ADD_MEMBERSHIP!, { ...multicast, ifindex: 9999 })),
    ).to.equal('ENODEV');
  });

  it('shares packets within a fanout group by a program', function () {
    const experimental = 0x88b7;
    const [first, second] = [open(this, c.SOCK_DGRAM), open(this, c.SOCK_DGRAM)];
    const sender = open(this, c.SOCK_DGRAM);
    const group = {
      id: process.pid & 0xffff,
      type: c.PACKET_FANOUT_CBPF!,
      flags: c.PACKET_FANOUT_FLAG_ROLLOVER!,
    };
    for (const s of [first, second]) {
      s.bind(onLoopback(experimental));
      s.setsockopt(c.SOL_PACKET!, c.PACKET_FANOUT!, group);
    }
    expect(first.getsockopt(c.SOL_PACKET!, c.PACKET_FANOUT!)).to.deep.equal(group);
    // The first byte of the payload says which socket.
    first.setsockopt(c.SOL_PACKET!, c.PACKET_FANOUT_DATA!, [
      [c.BPF_LD! | c.BPF_B! | c.BPF_ABS!, 0, 0, 0],
      [c.BPF_RET! | c.BPF_A!, 0, 0, 0],
    ]);
    const to = makeSocketAddress(c.AF_PACKET!, experimental, LOOPBACK, 0, 0, new Uint8Array(6));
    for (const index of [0, 1, 1]) sender.sendto(Buffer.from([index, 7]), to);
    const buffer = Buffer.alloc(64);
    const counts = [first, second].map((s) => {
      let count = 0;
      while (s.recv(buffer) !== null) count++;
      return count;
    });
    expect(counts).to.deep.equal([1, 2]);
    expect(first.getsockopt(c.SOL_PACKET!, c.PACKET_ROLLOVER_STATS!)).to.deep.equal({
      all: 0n,
      huge: 0n,
      failed: 0n,
    });
  });
});

describe('AF_VSOCK', () => {
  it('connects within the machine', async function () {
    const family = known(this, 'AF_VSOCK', c.AF_VSOCK);
    const [listener, client] = closed([
      attempt(this, 'vsock', () => socket(family, c.SOCK_STREAM)),
      attempt(this, 'vsock', () => socket(family, c.SOCK_STREAM)),
    ]);
    listener.bind(makeSocketAddress(family, c.VMADDR_CID_ANY!, c.VMADDR_PORT_ANY!));
    listener.listen();
    const { port } = listener.getsockname();
    expect(port).to.be.greaterThan(0);
    client.setsockopt(family, c.SO_VM_SOCKETS_CONNECT_TIMEOUT!, 0.5);
    // Without the module vsock_loopback there is no way to the machine itself.
    attempt(
      this,
      'vsock loopback',
      () => client.connect(makeSocketAddress(family, c.VMADDR_CID_LOCAL!, port as number)),
      ['EADDRNOTAVAIL', 'ENODEV', 'ENETUNREACH'],
    );
    await expectReady(client, 'writable');
    const error = client.takeError();
    if (error !== null) skip(this, `vsock loopback: ${error.message}`);
    const accepted = listener.accept();
    closed([accepted!.socket]);
    expect(accepted?.address).to.include({ family, cid: c.VMADDR_CID_LOCAL });
    client.send(Buffer.from('through'));
    expect(String(await receive(accepted!.socket))).to.equal('through');
  });
});

describe('AF_CAN', () => {
  it('receives the frames that its filters let through', async function () {
    const family = known(this, 'AF_CAN', c.AF_CAN);
    const [probe] = closed([attempt(this, 'CAN sockets', () => socket(family, c.SOCK_RAW, c.CAN_RAW))]);
    probe.close();
    const seen = await inNamespace(
      this,
      'ip link add can7 type vcan; ip link set can7 up',
      `
      const ifindex = SocketAddress.parse('[fe80::1%can7]:1').scopeId;
      const [from, to] = [0, 1].map(() => socket(c.AF_CAN, c.SOCK_RAW, c.CAN_RAW));
      for (const s of [from, to]) s.bind(makeSocketAddress(c.AF_CAN, ifindex));
      to.setsockopt(c.SOL_CAN_RAW, c.CAN_RAW_FILTER, [{ id: 0x123, mask: c.CAN_SFF_MASK }]);
      for (const id of [0x122, 0x123]) {
        const frame = Buffer.alloc(16);
        frame.writeUInt32LE(id);
        from.send(frame);
      }
      await ready(to, 'readable');
      const frame = Buffer.alloc(16);
      to.recv(frame);
      console.log(JSON.stringify([frame.readUInt32LE(), to.recv(frame)]));
      from.close();
      to.close();`,
    );
    expect(seen).to.deep.equal([0x123, null]);
  });
});

describe('AF_UNIX on Linux', () => {
  const open = (style: number) => closed([socket(c.AF_UNIX, style)])[0];

  for (const [name, style] of [
    ['SOCK_STREAM', c.SOCK_STREAM],
    ['SOCK_DGRAM', c.SOCK_DGRAM],
    ['SOCK_SEQPACKET', c.SOCK_SEQPACKET],
  ] as const) {
    it(`connects by a name that the kernel chose: ${name}`, () => {
      const [server, client] = [open(style), open(style)];
      server.bind(c.AF_UNIX, '');
      const address = server.getsockname();
      expect(address.path).to.match(/^\0[0-9a-f]{5}$/);
      if (style !== c.SOCK_DGRAM) server.listen();
      client.connect(address);
      client.send(Buffer.from('hello'));
      const peer = style === c.SOCK_DGRAM ? server : closed([server.accept()!.socket])[0];
      expect(peer.recv(Buffer.alloc(8))).to.equal(5);
    });
  }

  it('binds to an abstract name with any bytes, which is gone with the socket', () => {
    const path = Buffer.from([0, 0xff, 0, 0x80, ...Buffer.from(String(process.pid))]);
    const first = open(c.SOCK_DGRAM);
    first.bind(c.AF_UNIX, path);
    expect(first.getsockname().pathBytes).to.deep.equal(path);
    expect(codeOf(() => open(c.SOCK_DGRAM).bind(c.AF_UNIX, path))).to.equal('EADDRINUSE');
    first.close();
    open(c.SOCK_DGRAM).bind(c.AF_UNIX, path);
  });
});

describe('raw sockets', () => {
  const open = (test: Mocha.Context, family: c.Family<'inet'> | c.Family<'inet6'>, protocol: number) =>
    closed([attempt(test, 'raw sockets', () => socket(family, c.SOCK_RAW, protocol))])[0];

  it('send an echo request, and get the reply', async function () {
    const s = open(this, c.AF_INET, c.IPPROTO_ICMP);
    // Everything but replies is blocked: the request itself is received, too.
    s.setsockopt(c.SOL_RAW!, c.ICMP_FILTER!, ~(1 << c.ICMP_ECHOREPLY!) >>> 0);
    s.sendto(echoRequest(c.ICMP_ECHO!, 1), c.AF_INET, '127.0.0.1', 0);
    const packet = await receive(s);
    const header = (packet[0]! & 15) * 4;
    expect(packet[header]).to.equal(c.ICMP_ECHOREPLY);
    expect(packet.toString('latin1', header + 8)).to.equal('question');
  });

  it('write the header themselves with IP_HDRINCL', async function () {
    const s = open(this, c.AF_INET, c.IPPROTO_RAW);
    s.setsockopt(c.IPPROTO_IP, c.IP_HDRINCL, true);
    const [receiver] = closed([udpSocket()]);
    const packet = Buffer.alloc(20 + 8 + 4);
    packet.writeUInt16BE(0x4500, 0);
    packet[8] = 9; // TTL
    packet[9] = c.IPPROTO_UDP;
    packet.set([127, 0, 0, 9], 12); // whoever we say we are
    packet.set([127, 0, 0, 1], 16);
    packet.writeUInt16BE(4242, 20);
    packet.writeUInt16BE(receiver.getsockname().port as number, 22);
    packet.writeUInt16BE(12, 24);
    packet.write('mine', 28);
    s.sendto(packet, c.AF_INET, '127.0.0.1', 0);
    await expectReady(receiver, 'readable');
    const buffer = Buffer.alloc(8);
    expect(String(receiver.recvfrom(buffer)?.address)).to.equal('127.0.0.9:4242');
    expect(buffer.toString('latin1', 0, 4)).to.equal('mine');
  });

  it('filter types of ICMPv6, and have their checksum made', async function () {
    const s = open(this, c.AF_INET6, c.IPPROTO_ICMPV6);
    const filter = known(this, 'ICMP6_FILTER', c.ICMP6_FILTER);
    const types = s.getsockopt(c.IPPROTO_ICMPV6, filter);
    expect(types.size, 'passed at first').to.equal(256);
    s.setsockopt(c.IPPROTO_ICMPV6, filter, [c.ICMP6_ECHO_REPLY!]);
    const request = echoRequest(c.ICMP6_ECHO_REQUEST!, 1);
    attempt(this, 'IPv6 on loopback', () => s.sendto(request, c.AF_INET6, '::1', 0), [
      'EADDRNOTAVAIL',
      'ENETUNREACH',
    ]);
    const reply = await receive(s);
    expect(reply[0]).to.equal(c.ICMP6_ECHO_REPLY);
    expect(reply.toString('latin1', 8)).to.equal('question');
    s.setsockopt(c.IPPROTO_ICMPV6, filter, new Set<number>());
    s.sendto(request, c.AF_INET6, '::1', 0);
    await expectNoReady(s, 'readable');
  });

  it('are forbidden without the privilege', async function () {
    if (process.getuid?.() !== 0) skip(this, 'setuid(2) needs CAP_SETUID');
    const { stdout } = await runProgram(`
      process.setgid(65_534);
      process.setuid(65_534);
      for (const [family, style] of [[c.AF_INET, c.SOCK_RAW], [c.AF_PACKET, c.SOCK_RAW]]) {
        try { socket(family, style, 255); } catch ({ code }) { console.log(code); }
      }
      const s = socket(c.AF_INET, c.SOCK_DGRAM);
      for (const name of [c.SO_MARK, c.SO_RCVBUFFORCE]) {
        try { s.setsockopt(c.SOL_SOCKET, name, 1); } catch ({ code }) { console.log(code); }
      }
      s.close();`);
    expect(stdout.trim().split('\n')).to.deep.equal(['EPERM', 'EPERM', 'EPERM', 'EPERM']);
  });
});

describe('ping sockets', () => {
  it('send echo requests as datagrams, and get the replies, without the header', async function () {
    const seen = await inNamespace(
      this,
      "ip link set lo up; echo '0 0' > /proc/sys/net/ipv4/ping_group_range",
      `
      const seen = [];
      for (const [family, protocol, to, type] of [
        [c.AF_INET, c.IPPROTO_ICMP, '127.0.0.1', c.ICMP_ECHO],
        [c.AF_INET6, c.IPPROTO_ICMPV6, '::1', c.ICMP6_ECHO_REQUEST],
      ]) {
        const s = socket(family, c.SOCK_DGRAM, protocol);
        s.sendto(Buffer.from([type, 0, 0, 0, 0, 0, 0, 7, 104, 105]), family, to, 0);
        await ready(s, 'readable');
        const buffer = Buffer.alloc(64);
        const { bytes, address } = s.recvfrom(buffer);
        // The kernel writes the identifier, which is the local port.
        const identifies = buffer.readUInt16BE(4) === s.getsockname().port;
        seen.push([buffer[0], buffer.readUInt16BE(6), buffer.toString('latin1', 8, bytes), address.address, identifies]);
        s.close();
      }
      console.log(JSON.stringify(seen));`,
    );
    expect(seen).to.deep.equal([
      [c.ICMP_ECHOREPLY, 7, 'hi', '127.0.0.1', true],
      [c.ICMP6_ECHO_REPLY, 7, 'hi', '::1', true],
    ]);
  });
});

describe('UDP-Lite', () => {
  const open = (test: Mocha.Context) => {
    const protocol = known(test, 'IPPROTO_UDPLITE', c.IPPROTO_UDPLITE);
    const [s] = closed([attempt(test, 'UDP-Lite', () => socket(c.AF_INET, c.SOCK_DGRAM, protocol))]);
    s.bind(c.AF_INET, '127.0.0.1', 0);
    return s;
  };

  it('carries datagrams', function () {
    const [a, b] = [open(this), open(this)];
    a.sendto(Buffer.from('light'), b.getsockname());
    const buffer = Buffer.alloc(8);
    const got = b.recvfrom(buffer);
    expect(buffer.toString('latin1', 0, got?.bytes)).to.equal('light');
    expect(got?.address?.equals(a.getsockname())).to.equal(true);
  });

  it('drops datagrams of which less is covered by the checksum than the receiver wants', function () {
    const [a, b] = [open(this), open(this)];
    const level = c.IPPROTO_UDPLITE!;
    b.setsockopt(level, c.UDPLITE_RECV_CSCOV!, 20);
    a.setsockopt(level, c.UDPLITE_SEND_CSCOV!, 8);
    a.sendto(Buffer.from('of which only the header'), b.getsockname());
    expect(b.recv(Buffer.alloc(64))).to.equal(null);
    a.setsockopt(level, c.UDPLITE_SEND_CSCOV!, 20);
    a.sendto(Buffer.from('of which enough is covered'), b.getsockname());
    expect(b.recv(Buffer.alloc(64))).to.equal(26);
  });
});

describe('Multipath TCP', () => {
  it('connects, tells of itself and of its subflows', async function () {
    const protocol = known(this, 'IPPROTO_MPTCP', c.IPPROTO_MPTCP);
    const open = () =>
      attempt(this, 'MPTCP', () => socket(c.AF_INET, c.SOCK_STREAM, protocol), ['ENOPROTOOPT']);
    const [listener, client] = closed([open(), open()]);
    listener.bind(c.AF_INET, '127.0.0.1', 0);
    listener.listen();
    client.connect(listener.getsockname());
    await expectReady(client, 'writable');
    await expectReady(listener, 'readable');
    const [server] = closed([listener.accept()!.socket]);
    client.send(Buffer.from('on many paths'));
    expect(String(await receive(server))).to.equal('on many paths');
    const level = c.SOL_MPTCP!;
    const info = client.getsockopt(level, c.MPTCP_INFO!);
    expect(info).to.include({ subflows: 0, fallback: false, remoteKeyReceived: true });
    expect(info.token).to.not.equal(0);
    const [subflow, ...more] = client.getsockopt(level, c.MPTCP_SUBFLOW_ADDRS!);
    expect(more).to.deep.equal([]);
    expect(String(subflow?.local)).to.equal(String(client.getsockname()));
    expect(String(subflow?.remote)).to.equal(String(listener.getsockname()));
    const [tcpInfo] = client.getsockopt(level, c.MPTCP_TCPINFO!);
    expect(tcpInfo?.state).to.equal('ESTABLISHED');
  });

  it('falls back to TCP with a peer that speaks no other', async function () {
    const protocol = known(this, 'IPPROTO_MPTCP', c.IPPROTO_MPTCP);
    const [listener, client] = closed([
      tcpListener(),
      attempt(this, 'MPTCP', () => socket(c.AF_INET, c.SOCK_STREAM, protocol), ['ENOPROTOOPT']),
    ]);
    client.connect(listener.getsockname());
    await expectReady(client, 'writable');
    expect(codeOf(() => client.getsockopt(c.SOL_MPTCP!, c.MPTCP_INFO!))).to.equal('EOPNOTSUPP');
    expect(client.getsockopt(c.IPPROTO_TCP, c.TCP_INFO!).state).to.equal('ESTABLISHED');
  });
});

describe('any other family', () => {
  it('takes addresses as bytes', function () {
    const family = known(this, 'AF_ALG', c.AF_ALG);
    const [s] = closed([attempt(this, 'AF_ALG', () => socket(family, c.SOCK_SEQPACKET))]);
    // struct sockaddr_alg: the family, a type, two numbers, a name.
    const name = Buffer.alloc(88);
    name.writeUInt16LE(family, 0);
    name.write('hash', 2);
    name.write('sha256', 24);
    s.bind(SocketAddress.fromBytes(name));
    const [operation] = closed([s.accept()!.socket]);
    operation.send(Buffer.from('abc'));
    const digest = Buffer.alloc(32);
    expect(operation.recv(digest)).to.equal(32);
    expect(digest.toString('hex', 0, 4)).to.equal('ba7816bf');
  });
});
