/** The way to `node:net` and `node:dgram`, and back. */
import { Socket as DatagramSocket } from 'node:dgram';
import { Socket as NetSocket, Server } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { requireConfig, requireOpen } from '../config.ts';
import { AF_INET, AF_INET6, AF_UNIX, SOCK_STREAM } from '../constants.ts';
import { invalidArgType, invalidArgValue } from '../errors.ts';
import { putBack } from '../reader_claim.ts';
import { Socket } from '../socket.ts';

/** Options of {@link toNet}. */
export interface ToNetOptions {
  /** As `net.Socket` has it. Default false. */
  allowHalfOpen?: boolean;
}

/**
 * Makes a `net.Socket` of a connected stream socket: for who insists on one,
 * and for `child.send`.
 *
 * The descriptor is detached, and `net.Socket`'s from then on. What a reader
 * had put back comes first; what still waits to be sent fails with
 * `ERR_SOCKET_CLOSED`. A listening socket needs no help:
 * `net.createServer().listen({ fd: listener.detach() })`, nor does a bound
 * datagram socket: `dgram`'s `bind({ fd })`.
 *
 * @example
 * const connection = toNet(socket); // a net.Socket
 *
 * @see {@link fromNet}, {@link SocketStream}
 * @param socket A connected stream socket of the Internet or of Unix.
 * @param options See {@link ToNetOptions}.
 * @throws `ERR_INVALID_ARG_VALUE` for another kind of socket, `ERR_SOCKET_CLOSED`.
 */
export function toNet(socket: Socket, options: ToNetOptions = {}): NetSocket {
  const { family, style } = requireOpen(socket);
  const { allowHalfOpen = false } = requireConfig(options);
  if (style !== SOCK_STREAM || (family !== AF_INET && family !== AF_INET6 && family !== AF_UNIX)) {
    throw invalidArgValue('socket', socket, 'must be a stream socket of AF_INET, AF_INET6 or AF_UNIX');
  }
  const unread = socket._unread;
  const fd = socket.detach();
  const connection = new NetSocket({ fd, allowHalfOpen, readable: true, writable: true });
  if (unread !== null) connection.unshift(unread);
  return connection;
}

/**
 * Takes the socket of a `net.Socket`, `net.Server` or `dgram.Socket`: another
 * descriptor of it (fcntl(2), `F_DUPFD_CLOEXEC`), whereupon Node's object is
 * destroyed or closed, which ends nothing but its own. So the event loop
 * forgets Node's descriptor in Node's way.
 *
 * Node documents no access to descriptors. This reads `_handle.fd`, which all
 * versions since 0.10 have, and of `dgram` what its undocumented state holds;
 * where there is none, it throws. What a `net.Socket` has read and nobody has
 * taken goes to who reads the socket next (not seen by `Socket.recv`).
 *
 * @example
 * http.createServer().on('upgrade', (request, connection, head) => {
 *   const socket = fromNet(connection);
 * });
 *
 * @see {@link toNet}
 * @param owner A connected `net.Socket` that has nothing more to send, a
 * listening `net.Server` (not at a Unix path, which Node removes when it
 * closes), or a bound `dgram.Socket`.
 * @returns The same socket; connections that wait in a server's backlog are still there.
 * @throws `ERR_INVALID_ARG_VALUE` if the descriptor is not to be had, or not
 * without loss: data that waits to be sent, or was decoded as text already.
 */
export function fromNet(owner: NetSocket | Server | DatagramSocket): Socket {
  if (!(owner instanceof NetSocket || owner instanceof Server || owner instanceof DatagramSocket)) {
    throw invalidArgType('owner', 'a net.Socket, net.Server or dgram.Socket', owner);
  }
  const socket = Socket._adoptDuplicate(descriptorOf(owner));
  if (owner instanceof NetSocket) {
    putBack(socket, buffered(owner));
    owner.destroy();
  } else {
    owner.close();
  }
  return socket;
}

/** What Node's objects have of their handles. */
interface Handle {
  readonly fd?: number;
}

function descriptorOf(owner: NetSocket | Server | DatagramSocket): number {
  if (owner instanceof NetSocket) requireTransferable(owner);
  // Node removes the path when it closes the listener; an abstract name has none.
  const name = owner instanceof Server ? owner.address() : null;
  if (typeof name === 'string' && !name.startsWith('\0')) {
    throw invalidArgValue('owner', name, 'must not listen at a path');
  }
  const handle =
    owner instanceof DatagramSocket ? datagramHandle(owner) : (owner as { _handle?: Handle })._handle;
  const fd = handle?.fd ?? -1;
  if (fd < 0) throw invalidArgValue('owner', owner, 'has no descriptor: it is closed, or was never open');
  return fd;
}

function requireTransferable(connection: NetSocket): void {
  const reason = (connection as Partial<TLSSocket>).encrypted
    ? 'is encrypted, and the keys do not come along'
    : connection.connecting
      ? 'is not connected yet'
      : connection.writableLength > 0
        ? 'has data that waits to be sent'
        : connection.readableLength > 0 && connection.readableEncoding !== null
          ? 'has received data that was decoded already'
          : null;
  if (reason !== null) throw invalidArgValue('owner', connection, reason);
}

/** What was received and not taken. */
function buffered(connection: NetSocket): Buffer<ArrayBuffer> {
  connection.removeAllListeners('data'); // `read` would tell them, too
  connection.pause();
  const pieces: Buffer[] = [];
  for (let piece = connection.read(); piece !== null; piece = connection.read()) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** dgram keeps its handle behind a symbol that it does not export. */
function datagramHandle(owner: DatagramSocket): Handle | undefined {
  const symbol = Object.getOwnPropertySymbols(owner).find(
    ({ description }) => description === 'state symbol',
  );
  return symbol && (owner as unknown as Record<symbol, { handle?: Handle }>)[symbol]?.handle;
}
