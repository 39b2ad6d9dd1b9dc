/**
 * Calls at random on TCP and UDP sockets of the loopback, whose timing is the
 * kernel's: of each call it is known what it may come to, and of what arrives
 * that it was sent.
 */
import { expect } from 'chai';
import * as fc from 'fast-check';
import { type Socket, type SocketAddress, socket } from 'uvsock';
import {
  AF_INET,
  IPPROTO_TCP,
  MSG_PEEK,
  SO_ACCEPTCONN,
  SO_LINGER,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_CLOSE,
  TCP_INFO,
  TCP_NODELAY,
} from 'uvsock/constants';
import { tcpListener, tcpPair, udpSocket } from '../../support/sockets.ts';

/** One that has told its end by an error may do so with any call. */
const BROKEN = ['ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'EPIPE'];
const CLOSED = 'ERR_SOCKET_CLOSED';

/** One direction of a connection: all bytes that the kernel has taken. */
interface Stream {
  sent: Buffer;
}

export interface Peer {
  readonly socket: Socket;
  readonly style: number;
  /** Of a stream. Another where it connects anew, as it may when a connection is broken. */
  out: Stream;
  /** All that has come. */
  received: Buffer;
  /** What comes here; null before it is known. */
  from: Stream | null;
}

export interface Network {
  readonly peers: Peer[];
  /** By the text of an address: who connects from there, or did. */
  readonly dialling: Map<string, { readonly peer: Peer; readonly out: Stream }>;
  /** All datagrams that were sent. */
  readonly datagrams: Set<string>;
}

/** The value, or null where the call has thrown one of the errors that it may. */
function attempt<T>(call: () => T, ...codes: string[]): T | undefined {
  try {
    return call();
  } catch (error) {
    expect([...codes, CLOSED], `${error}`).to.include((error as { code: string }).code);
    return undefined;
  }
}

function nameOf({ socket }: Peer): SocketAddress | undefined {
  return attempt(() => socket.getsockname());
}

type Run = (peer: Peer, network: Network, other: Peer) => void | Promise<void>;

class OnPeer implements fc.AsyncCommand<Network, object> {
  readonly #which: [number, number];
  readonly #name: string;
  readonly #run: Run;

  constructor(which: [number, number], name: string, run: Run) {
    this.#which = which;
    this.#name = name;
    this.#run = run;
  }

  check({ peers }: Readonly<Network>): boolean {
    return peers.length > 0;
  }

  async run(network: Network): Promise<void> {
    const [peer, other] = this.#which.map((index) => network.peers[index % network.peers.length]) as [
      Peer,
      Peer,
    ];
    const wasClosed = peer.socket.closed;
    await this.#run(peer, network, other);
    if (wasClosed) expect(peer.socket.fd).to.equal(-1);
  }

  toString(): string {
    return `#${this.#which} ${this.#name}`;
  }
}

/** What there is at the beginning: single sockets, a listener, and two that are connected. */
const OPENINGS = {
  tcp: () => [socket(AF_INET, SOCK_STREAM)],
  udp: () => [udpSocket()],
  listener: () => [tcpListener(5)],
  connection: tcpPair,
  datagrams: () => {
    const [one, other] = [udpSocket(), udpSocket()];
    one.connect(other.getsockname());
    other.connect(one.getsockname());
    return [one, other];
  },
} satisfies Record<string, () => Socket[]>;

class Open implements fc.AsyncCommand<Network, object> {
  readonly #what: keyof typeof OPENINGS;

  constructor(what: keyof typeof OPENINGS) {
    this.#what = what;
  }

  check({ peers }: Readonly<Network>): boolean {
    return peers.length < 20;
  }

  async run({ peers }: Network): Promise<void> {
    const made = OPENINGS[this.#what]().map(peerOf);
    const [one, other] = made as [Peer, Peer?];
    if (other !== undefined) [one.from, other.from] = [other.out, one.out];
    peers.push(...made);
  }

  toString(): string {
    return this.#what;
  }
}

function peerOf(socket: Socket): Peer {
  return {
    socket,
    style: socket.style,
    out: { sent: Buffer.alloc(0) },
    received: Buffer.alloc(0),
    from: null,
  };
}

/** One of those that listen, if there are any: calls meet there more often. */
function listenerOr(peer: Peer, { peers }: Network): Peer {
  const listening = peers.filter(
    ({ socket }) => !socket.closed && socket.getsockopt(SOL_SOCKET, SO_ACCEPTCONN),
  );
  return listening[peers.indexOf(peer) % listening.length] ?? peer;
}

function connect(peer: Peer, network: Network, other: Peer): void {
  const { dialling } = network;
  const to = nameOf(peer.style === SOCK_STREAM ? listenerOr(other, network) : other);
  if (to === undefined || to.port === 0) return;
  const isNew =
    peer.style === SOCK_STREAM &&
    attempt(() => peer.socket.getsockopt(IPPROTO_TCP, TCP_INFO!).stateNumber) === TCP_CLOSE;
  const connected = attempt(
    () => peer.socket.connect(to),
    ...[...BROKEN, 'EISCONN', 'EALREADY', 'EINVAL', 'EADDRNOTAVAIL', 'EOPNOTSUPP'],
  );
  if (connected === undefined) return;
  expect(connected).to.be.a('boolean');
  // Else it tells how the one that was begun before is doing.
  if (!isNew) return;
  const out = { sent: Buffer.alloc(0) };
  Object.assign(peer, { out, received: Buffer.alloc(0), from: null });
  dialling.set(`${nameOf(peer)}`, { peer, out });
}

function accept(listener: Peer, network: Network): void {
  const { peers, dialling } = network;
  const { socket, style } = listenerOr(listener, network);
  const accepted = attempt(() => socket.accept(), style === SOCK_STREAM ? 'EINVAL' : 'EOPNOTSUPP');
  if (accepted === undefined || accepted === null) return;
  const peer = peerOf(accepted.socket);
  const from = dialling.get(`${accepted.address}`);
  peer.from = from?.out ?? null;
  if (from !== undefined && from.peer.out === from.out) from.peer.from = peer.out;
  peers.push(peer);
}

/** What has come of a stream begins what was sent. */
function expectPrefix({ received, from }: Peer): void {
  if (from !== null)
    expect(from.sent.subarray(0, received.length).equals(received), 'the bytes that were sent').to.equal(
      true,
    );
}

const send =
  (data: Buffer): Run =>
  (peer, { datagrams }) => {
    if (peer.style === SOCK_DGRAM) datagrams.add(data.toString('hex'));
    const n = attempt(() => peer.socket.send(data), ...BROKEN, 'ENOTCONN', 'EDESTADDRREQ');
    if (n === undefined || n === null) return;
    expect(n).to.be.within(0, data.length);
    if (peer.style === SOCK_STREAM) peer.out.sent = Buffer.concat([peer.out.sent, data.subarray(0, n)]);
    else expect(n).to.equal(data.length);
  };

const sendto =
  (data: Buffer): Run =>
  ({ socket, style }, { datagrams }, other) => {
    const to = nameOf(other);
    if (style !== SOCK_DGRAM || to === undefined || to.port === 0 || other.style !== style) return;
    datagrams.add(data.toString('hex'));
    const n = attempt(() => socket.sendto(data, to), ...BROKEN, 'EINVAL');
    if (n !== undefined) expect(n).to.be.oneOf([null, data.length]);
  };

const receive =
  (size: number, peek: boolean, by: 'recv' | 'recvfrom'): Run =>
  (peer, { datagrams }) => {
    const { socket, style } = peer;
    const buffer = Buffer.alloc(size, 0xee);
    const flags = peek ? MSG_PEEK : 0;
    const n = attempt(
      () => (by === 'recv' ? socket.recv(buffer, flags) : (socket.recvfrom(buffer, flags)?.bytes ?? null)),
      ...BROKEN,
      'ENOTCONN',
    );
    if (n === undefined || n === null) return;
    const data = buffer.subarray(0, n);
    expect(
      buffer.subarray(n).every((byte) => byte === 0xee),
      'bytes behind',
    ).to.equal(true);
    if (style === SOCK_STREAM) {
      const before = peer.received;
      peer.received = Buffer.concat([before, data]);
      expectPrefix(peer);
      if (peek) peer.received = before;
    } else {
      const text = data.toString('hex');
      const isSent = n < size ? datagrams.has(text) : [...datagrams].some((each) => each.startsWith(text));
      expect(isSent, `${text} was sent`).to.equal(true);
    }
  };

const twice = fc.tuple(fc.nat(99), fc.nat(99));
const bytes = fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each));
const size = fc.oneof(fc.nat(300), fc.constant(100_000));

const on = <T>(name: string, argument: fc.Arbitrary<T>, run: (argument: T) => Run) =>
  fc
    .tuple(twice, argument)
    .map(([which, value]) => new OnPeer(which, `${name} ${fc.stringify(value)}`, run(value)));
const call = (name: string, run: Run) => on(name, fc.constant(''), () => run);

export const INET_COMMANDS: fc.Arbitrary<fc.AsyncCommand<Network, object>>[] = [
  fc.constantFrom(...(Object.keys(OPENINGS) as (keyof typeof OPENINGS)[])).map((what) => new Open(what)),
  call('bind', ({ socket }) => attempt(() => socket.bind(AF_INET, '127.0.0.1', 0), 'EINVAL')),
  call('listen', ({ socket, style }) =>
    attempt(() => socket.listen(5), style === SOCK_STREAM ? 'EINVAL' : 'EOPNOTSUPP'),
  ),
  call('connect', connect),
  call('connect', connect),
  call('accept', accept),
  call('accept', accept),
  on('send', bytes, send),
  on(
    'send',
    bytes.map((each) => Buffer.concat(Array.from({ length: 200 }, () => each)).subarray(0, 60_000)),
    send,
  ),
  on('sendto', bytes, sendto),
  on('recv', fc.tuple(size, fc.boolean()), ([most, peek]) => receive(most, peek, 'recv')),
  on('recvfrom', fc.tuple(size, fc.boolean()), ([most, peek]) => receive(most, peek, 'recvfrom')),
  on(
    'shutdown',
    fc.nat(2),
    (how) =>
      ({ socket }) =>
        attempt(() => socket.shutdown(how), 'ENOTCONN', 'EINVAL'),
  ),
  call('reset when closed', ({ socket }) =>
    attempt(() => socket.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 })),
  ),
  call('linger', ({ socket }) =>
    attempt(() => socket.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 5 })),
  ),
  call('TCP_NODELAY', ({ socket, style }) => {
    const codes = style === SOCK_STREAM ? ['EINVAL'] : ['EOPNOTSUPP', 'ENOPROTOOPT'];
    attempt(() => socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, true), ...codes);
  }),
  call('getpeername', ({ socket }) => {
    const name = attempt(() => socket.getpeername(), 'ENOTCONN');
    if (name !== undefined) expect([name.family, name.address]).to.deep.equal([AF_INET, '127.0.0.1']);
  }),
  call('takeError', ({ socket }) => {
    const error = attempt(() => socket.takeError());
    if (error) expect(BROKEN).to.include(error.code);
  }),
  call('bytesReadable', ({ socket }) => {
    const n = attempt(() => socket.bytesReadable(), 'EINVAL');
    if (n !== undefined) expect(n).to.be.at.least(0);
  }),
  call('turn', () => new Promise<void>((resolve) => setImmediate(resolve))),
  on('close', fc.nat(2), (kept) => ({ socket }) => {
    if (kept === 0) socket.close();
  }),
];
