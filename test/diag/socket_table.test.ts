import { readlinkSync } from 'node:fs';
import { expect } from 'chai';
import { type Socket, socket, socketpair } from 'uvsock';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SHUT_RD,
  SHUT_WR,
  SO_COOKIE,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from 'uvsock/constants';
import {
  type InternetSocketEntry,
  type SocketTableOptions,
  socketTable,
  type UnixSocketEntry,
} from 'uvsock/diag';
import { inNamespace } from '../support/probes.ts';
import { closed, expectReady, fill, tcpListener, tcpPair, udpSocket } from '../support/sockets.ts';

const inodeOf = ({ fd }: Socket) => Number(/\d+/.exec(readlinkSync(`/proc/self/fd/${fd}`))![0]);

/** The inodes of this process's sockets: the machine has others of the same ports, in TIME_WAIT at least. */
const inodesFound = async (options: SocketTableOptions) =>
  (await socketTable({ pid: process.pid, ...options })).map(({ inode }) => inode).sort();

/** The one entry of a socket of this process. */
async function entryOf<T = InternetSocketEntry>(
  target: Socket,
  options: SocketTableOptions = {},
): Promise<T> {
  const found = (await socketTable(options)).filter(({ inode }) => inode === inodeOf(target));
  expect(found.length, 'entries of the socket').to.equal(1);
  return found[0] as T;
}

const portOf = (target: Socket) => target.getsockname().port as number;

describe('socketTable', () => {
  it('knows a connection by its inode, cookie and both names', async () => {
    const [a] = closed(tcpPair());
    const entry = await entryOf(a);
    expect(entry).to.include({ protocol: 'tcp', state: 'ESTABLISHED', uid: process.getuid!(), ifindex: 0 });
    expect(entry.local.equals(a.getsockname())).to.equal(true);
    expect(entry.peer.equals(a.getpeername())).to.equal(true);
    expect(entry.cookie).to.equal(a.getsockopt(SOL_SOCKET, SO_COOKIE!));
  });

  it('has the TCP_INFO of a connection, by which every byte was counted', async () => {
    const [a, b] = closed(tcpPair());
    const before = await entryOf(a);
    a.send(Buffer.alloc(1234));
    await expectReady(b, 'readable');
    b.recv(Buffer.alloc(2000));
    b.send(Buffer.from('answer')); // which acknowledges
    await expectReady(a, 'readable');
    const [sender, receiver] = [await entryOf(a), await entryOf(b)];
    expect(sender.info!.bytesAcked! - before.info!.bytesAcked!).to.equal(1234);
    expect(receiver.info!.bytesReceived).to.equal(1234);
    expect(sender.info!.state).to.equal('ESTABLISHED');
    expect(sender.congestion).to.match(/^\w+$/);
  });

  it('tells what waits to be read, and the memory of it', async () => {
    const [a, b] = closed(tcpPair());
    a.send(Buffer.alloc(1234));
    await expectReady(b, 'readable');
    const { receiveQueue, memory } = await entryOf(b);
    expect(receiveQueue).to.equal(1234);
    expect(memory!.rmemAlloc).to.be.greaterThan(1234);
  });

  it('tells what waits to be acknowledged, and for how long', async () => {
    const [a] = closed(tcpPair());
    fill(a);
    const { sendQueue, timer } = await entryOf(a);
    expect(sendQueue).to.be.greaterThan(0);
    expect(timer!.kind).to.be.oneOf(['retransmit', 'probe']);
    expect(timer!.expires).to.be.within(0, 120_000);
  });

  it('tells which directions were shut down', async () => {
    const [a, b] = closed(tcpPair());
    expect((await entryOf(a)).shutdown).to.deep.equal({ receiving: false, sending: false });
    a.shutdown(SHUT_WR);
    b.shutdown(SHUT_RD);
    expect((await entryOf(a)).shutdown).to.include({ sending: true });
    expect((await entryOf(b)).shutdown).to.include({ receiving: true });
  });

  it('tells of a listener how many wait, and its limit', async () => {
    const [listener, client] = closed([tcpListener(7), socket(AF_INET, SOCK_STREAM)]);
    client.connect(listener.getsockname());
    expect(await entryOf(listener)).to.include({ state: 'LISTEN', receiveQueue: 1, sendQueue: 7 });
  });

  it('knows UDP sockets, connected or not', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    a.connect(b.getsockname());
    a.send(Buffer.from('hello'));
    const [connected, other] = [await entryOf(a), await entryOf(b)];
    expect(connected).to.include({ protocol: 'udp', state: 'ESTABLISHED', timer: null });
    expect(connected.peer.equals(b.getsockname())).to.equal(true);
    expect(other).to.include({ state: 'CLOSE', info: undefined, congestion: undefined });
    expect(other.receiveQueue).to.be.greaterThan(0);
    expect(`${other.peer}`).to.equal('0.0.0.0:0');
  });

  it('knows IPv6 sockets', async () => {
    const [listener, client] = closed([socket(AF_INET6, SOCK_STREAM), socket(AF_INET6, SOCK_STREAM)]);
    listener.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, true);
    listener.bind(AF_INET6, '::1', 0);
    listener.listen();
    client.connect(listener.getsockname());
    const { local, peer } = await entryOf(client);
    expect([`${local}`, `${peer}`]).to.deep.equal([`${client.getsockname()}`, `${listener.getsockname()}`]);
  });

  it('gives link-local addresses their scope', async function () {
    const found = await inNamespace(
      this,
      'ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up; ip addr add fe80::7/64 dev v0 nodad',
      `const { socketTable } = await import('uvsock/diag');
       const listener = socket(c.AF_INET6, c.SOCK_STREAM);
       listener.bind(c.AF_INET6, 'fe80::7%v0', 0);
       listener.listen();
       const [entry] = await socketTable({ localPort: listener.getsockname().port });
       console.log(JSON.stringify([entry.local.equals(listener.getsockname()), entry.local.scopeId > 0]));
       listener.close();`,
    );
    expect(found).to.deep.equal([true, true]);
  });

  it('knows Unix sockets by their name and their peer', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_SEQPACKET));
    const [named] = closed([socket(AF_UNIX, SOCK_STREAM)]);
    named.bind(AF_UNIX, '');
    named.listen(5);
    const options = { protocols: ['unix'] } as const;
    expect(await entryOf<UnixSocketEntry>(a, options)).to.include({
      protocol: 'unix',
      style: SOCK_SEQPACKET,
      state: 'ESTABLISHED',
      peerInode: inodeOf(b),
    });
    const listener = await entryOf<UnixSocketEntry>(named, options);
    expect(listener).to.include({ state: 'LISTEN', peerInode: 0, sendQueue: 5 });
    expect(listener.local.equals(named.getsockname())).to.equal(true);
  });

  it('goes by the port of the socket, of its peer, or either', async () => {
    const [listener, client] = closed([tcpListener(), socket(AF_INET, SOCK_STREAM)]);
    client.connect(listener.getsockname());
    const [connection] = closed([listener.accept()!.socket]);
    const port = portOf(listener);
    const inodes = (...sockets: Socket[]) => sockets.map(inodeOf).sort();
    expect(await inodesFound({ localPort: port })).to.deep.equal(inodes(listener, connection));
    expect(await inodesFound({ remotePort: port })).to.deep.equal(inodes(client));
    expect(await inodesFound({ port })).to.deep.equal(inodes(listener, connection, client));
    expect(await inodesFound({ port, localPort: portOf(client) })).to.deep.equal(inodes(client));
    expect(await inodesFound({ port, remotePort: portOf(client) })).to.deep.equal(inodes(connection));
    expect(await inodesFound({ port, localPort: port, remotePort: port })).to.deep.equal([]);
    expect(await inodesFound({ port, states: ['LISTEN'] })).to.deep.equal(inodes(listener));
    expect(await inodesFound({ port, states: [] })).to.deep.equal([]);
    expect(await inodesFound({ port, protocols: ['udp', 'unix'] })).to.deep.equal([]);
  });

  it('lists a connection of a socket with itself once', async () => {
    const [s] = closed([socket(AF_INET, SOCK_STREAM)]);
    s.bind(AF_INET, '127.0.0.1', 0);
    const port = portOf(s);
    s.connect(AF_INET, '127.0.0.1', port);
    expect(await inodesFound({ port })).to.deep.equal([inodeOf(s)]);
  });

  it('goes by process, of which this one has exactly its sockets', async () => {
    const mine = closed([tcpListener(), udpSocket(), ...socketpair(AF_UNIX, SOCK_STREAM), ...tcpPair()]);
    const found = await socketTable({ pid: process.pid, protocols: ['tcp', 'udp', 'unix'] });
    expect(found.map(({ inode }) => inode)).to.include.members(mine.map(inodeOf));
    const parents = await socketTable({ pid: process.ppid });
    expect(parents.map(({ inode }) => inode)).to.not.include.members(mine.map(inodeOf));
  });

  it('reads a list of many pieces, and sees each socket once', async () => {
    const pairs = Array.from({ length: 200 }, () => closed(tcpPair()));
    const found = await socketTable({ pid: process.pid, states: ['ESTABLISHED'] });
    expect(new Set(found.map(({ inode }) => inode))).to.include.all.keys(pairs.flat().map(inodeOf));
    expect(new Set(found.map(({ cookie }) => cookie)).size).to.equal(found.length);
  });

  it('rejects what makes no sense, naming the argument', async () => {
    const wrong: [options: unknown, code: string, name: RegExp][] = [
      [null, 'ERR_INVALID_ARG_TYPE', /"options"/],
      [{ protocols: 'tcp' }, 'ERR_INVALID_ARG_TYPE', /"options\.protocols"/],
      [{ protocols: [undefined] }, 'ERR_INVALID_ARG_VALUE', /"options\.protocols"/],
      [{ protocols: ['sctp'] }, 'ERR_INVALID_ARG_VALUE', /"options\.protocols"/],
      [{ states: ['OPEN'] }, 'ERR_INVALID_ARG_VALUE', /"options\.states"/],
      [{ port: 0 }, 'ERR_OUT_OF_RANGE', /"options\.port"/],
      [{ localPort: 65_536 }, 'ERR_OUT_OF_RANGE', /"options\.localPort"/],
      [{ remotePort: '80' }, 'ERR_INVALID_ARG_TYPE', /"options\.remotePort"/],
      [{ pid: -1 }, 'ERR_OUT_OF_RANGE', /"options\.pid"/],
      [{ signal: {} }, 'ERR_INVALID_ARG_TYPE', /"options\.signal"/],
    ];
    for (const [options, code, name] of wrong) {
      const error = await socketTable(options as SocketTableOptions).catch((reason) => reason);
      expect(error.code, String(name)).to.equal(code);
      expect(error.message).to.match(name);
    }
  });

  it('rejects with ENOENT for a process that is none, with its reason if aborted', async () => {
    const codeFor = (options: SocketTableOptions) => socketTable(options).catch((error) => error.code);
    expect(await codeFor({ pid: 0x7fffffff })).to.equal('ENOENT');
    expect(await codeFor({ signal: AbortSignal.abort({ code: 'mine' }) })).to.equal('mine');
  });
});
