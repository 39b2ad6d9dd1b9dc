/** Class Socket: each system call on a socket, under its own name, never blocking. */
import { constants as os } from 'node:os';
import { inspect } from 'node:util';
import { type AddressLike, addressFromArguments, SocketAddress, toSocketAddress } from './address.ts';
import { binding, RESULT, WHOLE } from './binding.ts';
import {
  AF_INET6,
  AF_UNIX,
  type Family,
  type Level,
  type Option,
  type PlainNumber,
  SCM_PIDFD,
  SCM_RIGHTS,
  SO_ERROR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  SOMAXCONN,
} from './constants.ts';
import { packControl, unpackControl } from './control.ts';
import { DatagramBatch } from './datagram_batch.ts';
import { accepted, closed, connecting, failed, opened } from './diagnostics.ts';
import { Dropped } from './dropped.ts';
import {
  illegalConstructor,
  invalidArgType,
  invalidArgValue,
  outOfRange,
  requireObject,
  type SystemError,
  socketClosed,
  systemError,
} from './errors.ts';
import { checkParts, controlRoom, type Message, ReceivedMessage, type RecvmsgOptions } from './message.ts';
import { optionCodec } from './options.ts';
import type { ReaderClaim } from './reader_claim.ts';
import { READABLE, Watch, WRITABLE } from './readiness.ts';
import type { SendQueue } from './send_queue.ts';
import { noteFailure } from './stream_end.ts';
import type { Zerocopy } from './zerocopy.ts';

const { EAGAIN, EEXIST, EINPROGRESS } = os.errno;
const STYLE_FLAGS = (SOCK_NONBLOCK ?? 0) | (SOCK_CLOEXEC ?? 0);

/** Where calls leave more than a number. One serves all: nothing happens between a call and its reading. */
const result = new Uint8Array(RESULT.size);
const numbers = new Int32Array(result.buffer);

/** The name that the last call left; null for one of length 0 (unknown origin). */
function leftAddress(): SocketAddress | null {
  const length = numbers[RESULT.addressLength] as number;
  return length === 0 ? null : SocketAddress._left(numbers, RESULT.address / 4, length);
}

/** How many arguments a positional address has, so that what follows is known. */
function positionalLength(family: number): number {
  return family === AF_INET6 ? 5 : family === AF_UNIX ? 2 : 3;
}

const NO_BYTES = new Uint8Array(0);

/** The longest option value that is asked for. */
const MAX_OPTION = 1 << 20;

/** What {@link Socket.accept} returns. */
export interface Accepted {
  /** The connection: non-blocking, close-on-exec; the caller owns it. */
  socket: Socket;
  /** Who connected. A Unix client that has no name has `path: ''`. */
  address: SocketAddress;
}

/** What {@link Socket.recvfrom} returns. */
export interface ReceivedFrom {
  /** Bytes received; with `MSG_TRUNC`, the length of the datagram even if it is more than there was room for. */
  bytes: number;
  /** The sender; null where it is unknown (a connected stream, an unnamed Unix socket). */
  address: SocketAddress | null;
}

/** Options of {@link Socket.sendmmsg}. */
export interface SendmmsgOptions {
  /** The first slot to send. Default 0. */
  start?: number;
  /** How many slots. Default: all the rest. */
  count?: number;
  /** Flags of send(2). Default 0. */
  flags?: number;
}

function requireBatch(batch: DatagramBatch): DatagramBatch {
  if (batch instanceof DatagramBatch) return batch;
  throw invalidArgType('batch', 'a DatagramBatch', batch);
}

/** The error of a system call, told to whoever looks on. */
function failure(
  socket: Socket | null,
  errno: number,
  syscall: string,
  address?: SocketAddress,
): SystemError {
  const error = systemError(errno, syscall, address);
  if (socket !== null) noteFailure(socket, error);
  if (failed.hasSubscribers) failed.publish({ socket, error });
  return error;
}

/** A new socket. All results of its call have been read: a subscriber may make calls of its own. */
function announced(socket: Socket): Socket {
  if (opened.hasSubscribers) opened.publish({ socket });
  return socket;
}

const dropped = new Dropped({
  sentence: 'A socket was garbage collected without close(); its descriptor has been closed.',
  made: 'opened',
  type: 'SocketLeakWarning',
  code: 'UVSOCK_SOCKET_LEAK',
  frames: 2,
});

/**
 * A socket: socket(2), socket(7). It owns its descriptor, which is
 * `O_NONBLOCK | FD_CLOEXEC` from birth. No method blocks: where the C call
 * would, a method returns `null` (`connect`: `false`), so compare with
 * `=== null`, never with `!n`. Other failures throw a `SystemError` with
 * `code`, negative `errno` and `syscall`; any method on a closed or detached
 * socket throws `ERR_SOCKET_CLOSED`; wrong arguments throw a `TypeError` or
 * `RangeError` that names them. Make one with {@link socket},
 * {@link socketpair}, {@link Socket.accept} or {@link Socket.adopt}.
 */
export class Socket implements Disposable {
  /** The address family, `AF_*`. */
  readonly family: number;
  /** The style, `SOCK_*`, without `SOCK_NONBLOCK` and `SOCK_CLOEXEC`. */
  readonly style: number;
  /** The protocol as asked for (0 is the family's default); of an adopted socket, `SO_PROTOCOL`. */
  readonly protocol: number;

  #fd: number;
  /** @internal */
  readonly _slot: number;
  /** @internal */
  readonly _generation: number;
  /** @internal The list of watches, newest first. */
  _watches: Watch | null = null;
  /** @internal Made by the first message that has to wait. */
  _sendQueue: SendQueue | null = null;
  /** @internal Made by the first message that is not to be copied. */
  _zerocopy: Zerocopy | null = null;
  /** @internal How many subscribers read the error queue. */
  _errorReaders = 0;
  /** @internal Others may have used it before. */
  _adopted = false;
  /** @internal Who reads the stream. */
  _reader: ReaderClaim | null = null;
  /** @internal A reader has seen the end of the stream. */
  _ended = false;
  /** @internal Why the connection broke, if a call has been told. */
  _broken: SystemError | null = null;
  /** @internal What a reader has put back; core calls do not see it. */
  _unread: Buffer<ArrayBuffer> | null = null;
  /** @internal Whether a watch keeps the process alive. */
  _referenced = true;

  private constructor(
    slot: number,
    generation: number,
    fd: number,
    family: number,
    style: number,
    protocol: number,
  ) {
    if (typeof slot !== 'number') throw illegalConstructor();
    this._slot = slot;
    this._generation = generation;
    this.#fd = fd;
    this.family = family;
    this.style = style;
    this.protocol = protocol;
    dropped.register(this, slot, generation);
  }

  /** @internal The socket whose three numbers the last call left at `position`. */
  static _take(position: number, family: number, style: number, protocol: number): Socket {
    return new Socket(
      numbers[position] as number,
      numbers[position + 1] as number,
      numbers[position + 2] as number,
      family,
      style & ~STYLE_FLAGS,
      protocol,
    );
  }

  /**
   * Makes a Socket of a descriptor that is a socket, and its owner: nothing
   * else may close it from now on. Sets `O_NONBLOCK` and `FD_CLOEXEC`
   * (fcntl(2)) and reads `SO_DOMAIN`, `SO_TYPE` and `SO_PROTOCOL`. `O_NONBLOCK`
   * belongs to the open file description: other processes that share it see
   * it, too.
   *
   * @example
   * const listener = Socket.adopt(3); // systemd's first, sd_listen_fds(3)
   *
   * @param fd A descriptor, e.g. inherited, or given away by {@link detach} in
   * another worker.
   * @returns The owner, from now on.
   * @throws SystemError `EBADF`; `ENOTSOCK` if it is a file, pipe or terminal.
   */
  static adopt(fd: number): Socket {
    const status = binding.adopt(fd, result);
    if (status === -EEXIST) throw invalidArgValue('fd', fd, 'is owned by another Socket or ReceivedFd');
    return Socket.#adopted(status);
  }

  /** @internal Another descriptor of a socket whose owner keeps his: fcntl(2), `F_DUPFD_CLOEXEC`. */
  static _adoptDuplicate(fd: number): Socket {
    const status = binding.duplicate(fd, result);
    if (status < 0) throw failure(null, status, 'adopt');
    const [slot, generation] = [numbers[RESULT.slot] as number, numbers[RESULT.generation] as number];
    try {
      return Socket._adoptReceived(slot, generation);
    } catch (error) {
      binding.close(slot, generation);
      throw error;
    }
  }

  /** @internal Takes over the slot of a received descriptor. */
  static _adoptReceived(slot: number, generation: number): Socket {
    return Socket.#adopted(binding.adoptReceived(slot, generation, result));
  }

  static #adopted(status: number): Socket {
    if (status < 0) throw failure(null, status, 'adopt');
    const socket = Socket._take(
      RESULT.slot,
      numbers[RESULT.family] as number,
      numbers[RESULT.style] as number,
      numbers[RESULT.protocol] as number,
    );
    socket._adopted = true;
    return announced(socket);
  }

  /**
   * The descriptor; -1 once closed or detached. It stays the socket's: closing
   * it by other means breaks the event loop.
   */
  get fd(): number {
    return this.#fd;
  }

  /** Whether the socket was closed or detached. */
  get closed(): boolean {
    return this.#fd === -1;
  }

  /**
   * Gives the socket a name, bind(2).
   *
   * Port 0 lets the kernel choose one: `getsockname().port` tells. An empty
   * Unix path binds to an abstract name that the kernel chooses (unix(7)); a
   * path's file has, on Linux, the permissions that `fchmodSync(socket.fd, 0o600)`
   * of `node:fs` gave the socket before, less the umask.
   *
   * @param address An address, or its parts in the order of
   * {@link makeSocketAddress}.
   * @throws SystemError `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES` (a port below
   * 1024, a folder not writable), `EINVAL` (bound already, wrong family).
   */
  bind(address: AddressLike): void;
  bind(family: Family<'inet'>, address: string | number | bigint, port: number): void;
  bind(
    family: Family<'inet6'>,
    address: string | number | bigint,
    port: number,
    flowinfo?: number,
    scopeId?: number,
  ): void;
  bind(family: Family<'unix'>, path: string | Uint8Array): void;
  bind(...name: unknown[]): void {
    const address = addressFromArguments(name);
    const status = binding.bind(this._slot, this._generation, address._sockaddr);
    if (status < 0) throw this.#failure(status, 'bind', address);
  }

  /**
   * Connects to an address, connect(2). On a datagram socket sets the peer,
   * at once; with an `AF_UNSPEC` address it forgets it.
   *
   * @example
   * if (!socket.connect({ address: '192.0.2.1', port: 80 })) await ready(socket, 'writable');
   * const error = socket.takeError(); // null: connected
   *
   * @param address An address, or its parts in the order of
   * {@link makeSocketAddress}.
   * @returns `true`: connected. `false`: in progress (`EINPROGRESS`); the
   * socket gets writable when it has ended, and `takeError()` tells how.
   * @throws SystemError `ECONNREFUSED`, `ENETUNREACH`, `EISCONN`, `EALREADY`
   * (still in progress), `ENOENT` (no such Unix socket); `EAGAIN` is an error
   * here: the backlog of a Unix listener is full, and nothing is in progress.
   */
  connect(address: AddressLike): boolean;
  connect(family: Family<'inet'>, address: string | number | bigint, port: number): boolean;
  connect(
    family: Family<'inet6'>,
    address: string | number | bigint,
    port: number,
    flowinfo?: number,
    scopeId?: number,
  ): boolean;
  connect(family: Family<'unix'>, path: string | Uint8Array): boolean;
  connect(family: Family<'unspec'>): boolean;
  connect(...name: unknown[]): boolean {
    const address = addressFromArguments(name);
    const status = binding.connect(this._slot, this._generation, address._sockaddr);
    if (status === 0 || status === -EINPROGRESS) {
      this._ended = false;
      this._broken = null;
    }
    if (status !== 0 && status !== -EINPROGRESS) throw this.#failure(status, 'connect', address);
    const connected = status === 0;
    if (connecting.hasSubscribers) connecting.publish({ socket: this, address, connected });
    return connected;
  }

  /**
   * Makes the socket accept connections, listen(2).
   *
   * @param backlog How many connections may wait to be accepted; the system
   * limits it silently to `SOMAXCONN`, the default (tcp(7),
   * /proc/sys/net/core/somaxconn).
   * @throws SystemError `EADDRINUSE`; `EOPNOTSUPP` for a style without
   * connections.
   */
  listen(backlog: number = SOMAXCONN): void {
    this.#check(binding.listen(this._slot, this._generation, backlog), 'listen');
  }

  /**
   * Takes the first waiting connection, accept4(2).
   *
   * @param flags `SOCK_NONBLOCK` and `SOCK_CLOEXEC` are accepted and already
   * in force.
   * @returns `null` if none is waiting.
   * @throws SystemError `EINVAL` (not listening); `ECONNABORTED` and other
   * network errors of the new connection (accept(2) asks to retry);
   * `EMFILE`, `ENFILE` (out of descriptors: the connection keeps waiting).
   */
  accept(flags = 0): Accepted | null {
    if (typeof flags !== 'number') throw invalidArgType('flags', 'of type number', flags);
    if ((flags & ~STYLE_FLAGS) !== 0)
      throw invalidArgValue('flags', flags, 'has flags that accept4 does not know');
    const status = binding.accept(this._slot, this._generation, result);
    if (status < 0) return this.#wouldBlock(status, 'accept');
    // Unnamed peers have length 0 on some systems, the bare family on Linux.
    const address = leftAddress() ?? SocketAddress._unnamed(this.family);
    const socket = announced(Socket._take(RESULT.slot, this.family, this.style, this.protocol));
    if (accepted.hasSubscribers) accepted.publish({ socket: this, connection: socket, address });
    return { socket, address };
  }

  /**
   * Ends receiving, sending or both, shutdown(2), without closing.
   *
   * @param how 0 (`SHUT_RD`) receiving, 1 (`SHUT_WR`) sending, 2
   * (`SHUT_RDWR`) both. On Linux, TCP data that arrives after 0 is still
   * received; after 1 what was sent before is delivered, then the peer reads
   * end of stream.
   * @throws SystemError `ENOTCONN`.
   */
  shutdown(how: number): void {
    this.#check(binding.shutdown(this._slot, this._generation, how), 'shutdown');
  }

  /** The socket's own name, getsockname(2). Not yet bound: port 0, or `path: ''`. */
  getsockname(): SocketAddress {
    this.#check(binding.getsockname(this._slot, this._generation, result), 'getsockname');
    return leftAddress() ?? SocketAddress._unnamed(this.family);
  }

  /**
   * The name of the peer, getpeername(2).
   *
   * @throws SystemError `ENOTCONN`.
   */
  getpeername(): SocketAddress {
    this.#check(binding.getpeername(this._slot, this._generation, result), 'getpeername');
    return leftAddress() ?? SocketAddress._unnamed(this.family);
  }

  /**
   * Receives into `buffer`, recv(2).
   *
   * @param buffer Any view but one of a SharedArrayBuffer.
   * @param flags `MSG_PEEK`, `MSG_OOB`, `MSG_TRUNC`, `MSG_WAITALL` (which does
   * not wait here), ...; `MSG_DONTWAIT` is always in force.
   * @param start First byte to fill, in bytes whatever the view. Default 0.
   * @param end The byte after the last. Default: the end of the view.
   * @returns The number of bytes; `null` if nothing is there. 0 with a
   * non-empty buffer is end of stream on `SOCK_STREAM` and `SOCK_SEQPACKET`,
   * an empty datagram on the others. A datagram that is longer than the buffer
   * is cut; with `MSG_TRUNC` the number is its real length.
   * @throws SystemError `ECONNRESET`, `ENOTCONN`, `ECONNREFUSED` (an earlier
   * datagram was refused by the peer's host, udp(7)), `ETIMEDOUT`.
   */
  recv(buffer: ArrayBufferView, flags = 0, start = 0, end = WHOLE): number | null {
    const n = binding.recv(this._slot, this._generation, buffer, flags, start, end);
    return n >= 0 ? n : this.#wouldBlock(n, 'recv');
  }

  /**
   * Sends bytes of `data`, send(2). A closed peer is `EPIPE`, never a signal.
   * This goes past the queue of `send` and its kin in `uvsock/rx`: use one or
   * the other on a socket.
   *
   * With `SO_ZEROCOPY` set and `MSG_ZEROCOPY` the kernel sends from the memory
   * of `data` itself: that must not change, nor be collected, until the error
   * queue says that the call is over, or the peer gets what is there then;
   * closing the socket does not end that. `send` in `uvsock/rx` sees to it.
   *
   * @param data Any view but one of a SharedArrayBuffer.
   * @param flags `MSG_MORE`, `MSG_OOB`, `MSG_DONTROUTE`, `MSG_EOR`, ...
   * @param start First byte to send, in bytes whatever the view. Default 0.
   * @param end The byte after the last. Default: the end of the view.
   * @returns How many bytes the kernel took: on a stream perhaps fewer than
   * asked, on the others all; `null` if it has no room.
   * @throws SystemError `EPIPE`, `ECONNRESET`, `EMSGSIZE`, `EDESTADDRREQ`
   * (no peer set), `ENOBUFS`.
   */
  send(data: ArrayBufferView, flags = 0, start = 0, end = WHOLE): number | null {
    const n = binding.send(this._slot, this._generation, data, flags, start, end);
    return n >= 0 ? n : this.#wouldBlock(n, 'send');
  }

  /**
   * Receives and tells from whom, recvfrom(2). Parameters as for {@link recv}.
   *
   * @returns `null` if nothing is there.
   */
  recvfrom(buffer: ArrayBufferView, flags = 0, start = 0, end = WHOLE): ReceivedFrom | null {
    const n = binding.recvfrom(this._slot, this._generation, buffer, flags, start, end, result);
    return n >= 0 ? { bytes: n, address: leftAddress() } : this.#wouldBlock(n, 'recvfrom');
  }

  /**
   * Sends `data` to an address, sendto(2); the address is given as one value
   * or in the positional forms of Guile's manual.
   *
   * @param data Any view but one of a SharedArrayBuffer; all of it is sent.
   * @param address An address, or its parts in the order of
   * {@link makeSocketAddress}. A `SocketAddress` is not parsed again.
   * @param flags As for {@link send}.
   * @returns As {@link send}.
   * @throws SystemError as `send`; `EINVAL` for port 0, `EISCONN`, `EACCES`
   * (broadcast without `SO_BROADCAST`), `ENETUNREACH`.
   */
  sendto(data: ArrayBufferView, address: AddressLike, flags?: number): number | null;
  sendto(
    data: ArrayBufferView,
    family: Family<'inet'>,
    address: string | number | bigint,
    port: number,
    flags?: number,
  ): number | null;
  sendto(
    data: ArrayBufferView,
    family: Family<'inet6'>,
    address: string | number | bigint,
    port: number,
    flowinfo?: number,
    scopeId?: number,
    flags?: number,
  ): number | null;
  sendto(
    data: ArrayBufferView,
    family: Family<'unix'>,
    path: string | Uint8Array,
    flags?: number,
  ): number | null;
  sendto(data: ArrayBufferView, ...rest: unknown[]): number | null {
    let address: SocketAddress;
    let flags: unknown;
    if (typeof rest[0] === 'number') {
      const length = positionalLength(rest[0]);
      address = addressFromArguments(rest.slice(0, length));
      flags = rest[length];
    } else {
      address = toSocketAddress(rest[0] as AddressLike);
      flags = rest[1];
    }
    return this._sendto(data, (flags ?? 0) as number, address);
  }

  /** @internal {@link sendto} with its arguments sorted out. */
  _sendto(data: ArrayBufferView, flags: number, address: SocketAddress): number | null {
    const n = binding.sendto(this._slot, this._generation, data, flags, 0, WHOLE, address._sockaddr);
    return n >= 0 ? n : this.#wouldBlock(n, 'sendto', address);
  }

  /**
   * Receives a message: bytes scattered over buffers, the sender's address,
   * control messages and flags, recvmsg(2), cmsg(3).
   *
   * @example
   * socket.setsockopt(IPPROTO_IP, IP_PKTINFO, true);
   * const message = socket.recvmsg(buffer);
   * const info = message?.find(IPPROTO_IP, IP_PKTINFO); // { ifindex, address, specDst }
   *
   * @param buffers One, or up to 1,024 (`IOV_MAX`), filled in their order.
   * @param options See {@link RecvmsgOptions}.
   * @returns `null` if nothing is there. `bytes` as {@link recv} returns it.
   * @throws SystemError as `recv`; `EMSGSIZE` for too many buffers.
   */
  recvmsg(
    buffers: ArrayBufferView | readonly ArrayBufferView[],
    options: RecvmsgOptions = {},
  ): ReceivedMessage | null {
    const parts = checkParts('recvmsg', buffers);
    const { room, packed } = controlRoom(requireObject('options', options).control);
    const n = binding.recvmsg(this._slot, this._generation, parts, options.flags ?? 0, room, packed, result);
    if (n < 0) return this.#wouldBlock(n, 'recvmsg');
    const length = numbers[RESULT.controlLength] as number;
    try {
      return new ReceivedMessage(
        n,
        numbers[RESULT.flags] as number,
        leftAddress(),
        unpackControl(packed, length),
      );
    } catch (error) {
      // No descriptor may be lost. Nothing is called but the addon: the stack may be at its end.
      for (let at = 0; at < length / 4; at += 3 + ((packed[at + 2]! + 3) >> 2)) {
        if (packed[at] !== SOL_SOCKET || (packed[at + 1] !== SCM_RIGHTS && packed[at + 1] !== SCM_PIDFD))
          continue;
        for (let each = at + 3; each < at + 3 + packed[at + 2]! / 4; each += 3) {
          binding.close(packed[each]!, packed[each + 1]!);
        }
      }
      throw error;
    }
  }

  /**
   * Sends a message: bytes gathered from buffers, to an address, with control
   * messages, sendmsg(2), cmsg(3).
   *
   * @example
   * connection.sendmsg({
   *   data: Buffer.from('take these'),
   *   control: [{ level: SOL_SOCKET, type: SCM_RIGHTS, data: [socket, 0] }],
   * });
   *
   * @param message See {@link Message}.
   * @returns As {@link send}. Passed descriptors go with the first byte; the
   * sender's stay open, and its own.
   * @throws SystemError as `send`; `EMSGSIZE` for too many buffers, `EBADF` for
   * a bad descriptor, `EINVAL` for control messages that the family does not
   * know, `EPERM` for false credentials, `ETOOMANYREFS`.
   */
  sendmsg(message: Message): number | null {
    if (typeof message !== 'object' || message === null)
      throw invalidArgType('message', 'an object', message);
    const address = message.address === undefined ? undefined : toSocketAddress(message.address);
    const n = binding.sendmsg(
      this._slot,
      this._generation,
      checkParts('sendmsg', message.data),
      message.flags ?? 0,
      address?._sockaddr ?? NO_BYTES,
      message.control === undefined ? NO_BYTES : packControl(message.control),
    );
    return n >= 0 ? n : this.#wouldBlock(n, 'sendmsg', address);
  }

  /**
   * Receives as many datagrams as are there and the batch has slots for, in
   * one call: recvmmsg(2). What the batch held before is gone.
   *
   * With the option `UDP_GRO` the kernel may put datagrams of one sender
   * together: the batch takes them apart again, and its slots must be long
   * (65,535). Options that ask for more about a datagram (`IP_PKTINFO`,
   * `IP_RECVTTL`, `IP_RECVTOS`, `SO_TIMESTAMPNS` and their IPv6 kin) fill what
   * the batch tells of it. Descriptors that come along are closed: for those
   * use {@link recvmsg}.
   *
   * @example
   * const batch = new DatagramBatch();
   * const n = socket.recvmmsg(batch);
   * if (n !== null) for (const { data, address } of batch) handle(data, address);
   *
   * @param batch To be filled from slot 0 on.
   * @param flags As for {@link recv}.
   * @returns How many slots were filled, 1 at least; `null` if nothing is
   * there, and the batch is empty. A datagram longer than a slot is cut, and
   * the slot's flags have `MSG_TRUNC`.
   * @throws SystemError as `recv`; an error that comes after some datagrams
   * shows with the next call. `ERR_BATCH_RELEASED`.
   */
  recvmmsg(batch: DatagramBatch, flags = 0): number | null {
    const n = requireBatch(batch)._receive(this._slot, this._generation, flags);
    return n >= 0 ? n : this.#wouldBlock(n, 'recvmmsg');
  }

  /**
   * Sends the messages of a batch in one call, sendmmsg(2): what was pushed, or
   * what was received, which goes back where it came from.
   *
   * A message of several segments is taken apart by the kernel (`UDP_SEGMENT`,
   * udp(7)); where the device refuses that (`EIO`) this socket's are sent one
   * by one from then on, and so is one that is not fit for it (`EINVAL`,
   * `EMSGSIZE`).
   *
   * @example
   * for (let start = 0; start < batch.filled; ) {
   *   const n = socket.sendmmsg(batch, { start });
   *   if (n === null) await ready(socket, 'writable');
   *   else start += n;
   * }
   *
   * @param batch What it holds is not changed.
   * @param options See {@link SendmmsgOptions}.
   * @returns How many messages (slots) the kernel took, perhaps fewer than
   * asked; `null` if it has no room for one. What stopped it is forgotten, and
   * shows when sending goes on where it stopped: nothing is sent twice.
   * @throws SystemError as `sendto`, of the message at `start`; go on behind it
   * to do without. `ERR_BATCH_RELEASED`.
   */
  sendmmsg(batch: DatagramBatch, options: SendmmsgOptions = {}): number | null {
    const { start = 0, count, flags = 0 } = requireObject('options', options);
    const n = requireBatch(batch)._send(this._slot, this._generation, start, count, flags);
    if (n >= 0) return n;
    if (n === -EAGAIN) return null;
    const address = start < batch.filled ? batch.address(start) : null;
    throw this.#failure(n, 'sendmmsg', address ?? undefined);
  }

  /**
   * Reads an option, getsockopt(2), decoded as the option's type says. One
   * that the table does not know is an integer, or `length` raw bytes. Options,
   * their types and units are listed in examples/OPTIONS.md of the package.
   *
   * @param level `SOL_SOCKET`, `IPPROTO_TCP`, ...
   * @param name `SO_*`, `TCP_*`, ...; must belong to the level. What `SO_PEERPIDFD`
   * reads is a new descriptor, which is the caller's to close.
   * @throws SystemError `ENOPROTOOPT`, `EOPNOTSUPP` (unknown level).
   */
  getsockopt<L extends string, T>(level: Level<NoInfer<L>>, name: Option<L, T, unknown, never>): T;
  /**
   * Reads an option of which there are several.
   *
   * @param of `IP_MSFILTER`, `MCAST_MSFILTER`: the group and interface whose
   * filter is meant.
   */
  getsockopt<L extends string, T, Ask>(
    level: Level<NoInfer<L>>,
    name: Option<L, T, unknown, Ask>,
    of: NoInfer<Ask>,
  ): T;
  /** Reads any option as bytes, `length` at most. */
  getsockopt(level: number, name: number, length: number): Buffer;
  /** Reads an option that the package has no name for. */
  getsockopt(level: number, name: PlainNumber): number;
  getsockopt(level: number, name: number, asked?: unknown): unknown {
    const codec = optionCodec(level, name);
    if (asked !== undefined && (codec.ask === undefined || typeof asked === 'number')) {
      if (!Number.isInteger(asked) || (asked as number) < 0 || (asked as number) > MAX_OPTION) {
        throw outOfRange('length', `>= 0 and <= ${MAX_OPTION}`, asked);
      }
      return this.#option(level, name, new Uint8Array(asked as number));
    }
    const bytes = codec.ask?.(asked) ?? new Uint8Array(codec.room?.(this) ?? codec.length);
    return codec.decode(this.#option(level, name, bytes));
  }

  /**
   * Sets an option, setsockopt(2). The value is of the option's type, or the
   * raw bytes the kernel expects; an option that the table does not know takes
   * an integer or bytes. For `SO_ATTACH_FILTER` and its kin the bytes are the
   * instructions, never a struct sock_fprog: no value can hold a pointer, and
   * other options that need one are `EOPNOTSUPP`.
   *
   * `SO_RCVTIMEO` and `SO_SNDTIMEO` can be set and read, and have no effect:
   * nothing here waits.
   *
   * @param level `SOL_SOCKET`, `IPPROTO_TCP`, ...
   * @param name `SO_*`, `TCP_*`, ...; must belong to the level.
   * @param value Of the option's type, or bytes.
   * @throws SystemError `ENOPROTOOPT`, `EINVAL`, `EPERM`.
   */
  setsockopt<L extends string, S>(
    level: Level<NoInfer<L>>,
    name: Option<L, unknown, S, unknown>,
    value: NoInfer<S>,
  ): void;
  setsockopt<L extends string>(
    level: Level<NoInfer<L>>,
    name: Option<L, unknown, unknown, unknown>,
    value: ArrayBufferView,
  ): void;
  setsockopt(level: number, name: PlainNumber, value: number | boolean | ArrayBufferView): void;
  setsockopt(level: number, name: number, value: unknown): void {
    const bytes = ArrayBuffer.isView(value) ? value : optionCodec(level, name).encode(value);
    this.#check(binding.setsockopt(this._slot, this._generation, level, name, bytes), 'setsockopt');
  }

  /**
   * The pending error, `SO_ERROR` of socket(7), which this clears: how a
   * `connect` in progress ended, or what a datagram met.
   *
   * @returns `null` if there is none.
   */
  takeError(): SystemError | null {
    const code = this.getsockopt(SOL_SOCKET, SO_ERROR);
    return code === 0 ? null : failure(this, -code, 'getsockopt');
  }

  /**
   * How many bytes a `recv` would give: ioctl(2), `FIONREAD`, which tcp(7) and
   * udp(7) call `SIOCINQ`. Of a TCP socket, all that wait (urgent data end the
   * count); of a UDP socket, the size of the next datagram, so 0 may be an empty
   * one; of a Unix datagram socket likewise.
   *
   * @throws SystemError `EINVAL` for a listening socket; `ENOTTY` for a netlink
   * socket, which cannot tell.
   */
  bytesReadable(): number {
    return this.#asked(binding.bytesReadable(this._slot, this._generation), 'ioctl');
  }

  /**
   * How many bytes are still in the send queue: ioctl(2), `SIOCOUTQ`. Of a TCP
   * socket, those that the peer has not acknowledged, sent or not (tcp(7)); of
   * a UDP socket, the memory of datagrams that have not left (udp(7)).
   *
   * @throws SystemError `EINVAL` for a listening socket.
   */
  bytesUnsent(): number {
    return this.#asked(binding.bytesUnsent(this._slot, this._generation), 'ioctl');
  }

  /**
   * Whether the next byte to be received is urgent: sockatmark(3). With
   * `SO_OOBINLINE`, that tells which byte of the stream it is.
   *
   * @throws SystemError `ENOTTY`, `EOPNOTSUPP`: sockets of the kind have no urgent data.
   */
  atMark(): boolean {
    return this.#asked(binding.atMark(this._slot, this._generation), 'sockatmark') !== 0;
  }

  /**
   * Counts as an attempt in a direction (see `watch`), for input or output
   * that goes around this object: another process, a descriptor's other owner.
   *
   * @param direction In which something was, or may have been, attempted.
   */
  rearm(direction: 'readable' | 'writable'): void {
    if (direction !== 'readable' && direction !== 'writable') {
      throw invalidArgValue('direction', direction, "must be 'readable' or 'writable'");
    }
    this.#check(
      binding.rearm(this._slot, this._generation, direction === 'readable' ? READABLE : WRITABLE),
      'rearm',
    );
  }

  /** A watch on this socket keeps the process alive: the default. */
  ref(): this {
    return this.#setReferenced(true);
  }

  /** A watch on this socket does not keep the process alive. */
  unref(): this {
    return this.#setReferenced(false);
  }

  /**
   * Gives the descriptor away: the socket is closed for this object, and open
   * for who has the number. Watchers are told as by {@link close}.
   *
   * @returns The descriptor; the caller owns it.
   */
  detach(): number {
    const fd = this.#fd;
    if (fd === -1) throw socketClosed();
    this._zerocopy?.leave(true);
    this.#fd = -1;
    binding.detach(this._slot, this._generation);
    Watch.end(this, this._slot);
    if (closed.hasSubscribers) closed.publish({ socket: this, fd, detached: true });
    return fd;
  }

  /**
   * Closes the descriptor, close(2); a second time does nothing. Never blocks,
   * whatever `SO_LINGER` says; `{ enabled: true, timeout: 0 }` resets the
   * connection. Watches end; observables of data complete, unfinished sends
   * and connects fail with `ERR_SOCKET_CLOSED`.
   *
   * A TCP socket that still has unread data answers with a reset, and the peer
   * may lose what was sent before (RFC 2525, 2.17): `end` in `uvsock/rx` is
   * the graceful way.
   */
  close(): void {
    const fd = this.#fd;
    if (fd === -1) return;
    this._zerocopy?.leave(false);
    this.#fd = -1;
    binding.close(this._slot, this._generation);
    Watch.end(this, this._slot);
    if (closed.hasSubscribers) closed.publish({ socket: this, fd, detached: false });
  }

  /** {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  [inspect.custom](): string {
    return `Socket { fd: ${this.#fd}, family: ${this.family}, style: ${this.style}, protocol: ${this.protocol} }`;
  }

  #setReferenced(referenced: boolean): this {
    this._referenced = referenced;
    binding.setReferenced(this._slot, this._generation, referenced);
    return this;
  }

  /** What the kernel makes of `bytes`. */
  #option(level: number, name: number, bytes: Uint8Array): Buffer {
    const n = binding.getsockopt(this._slot, this._generation, level, name, bytes);
    this.#check(n, 'getsockopt');
    return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(n, bytes.length));
  }

  #check(status: number, syscall: string): void {
    if (status < 0) throw this.#failure(status, syscall);
  }

  #asked(answer: number, syscall: string): number {
    this.#check(answer, syscall);
    return answer;
  }

  /** `null` for would-block; throws anything else. */
  #wouldBlock(status: number, syscall: string, address?: SocketAddress): null {
    if (status === -EAGAIN) return null;
    throw this.#failure(status, syscall, address);
  }

  #failure(status: number, syscall: string, address?: SocketAddress): Error {
    return this.closed ? socketClosed() : failure(this, status, syscall, address);
  }
}

/**
 * Opens a socket, socket(2): non-blocking and close-on-exec from birth.
 *
 * @example
 * const listener = socket(AF_INET, SOCK_STREAM);
 * listener.bind(AF_INET, '127.0.0.1', 7);
 * listener.listen();
 *
 * @see {@link socketpair}, {@link Socket.adopt}
 * @param family `AF_INET`, `AF_INET6`, `AF_UNIX`, ...: any integer goes to the
 * kernel.
 * @param style `SOCK_STREAM`, `SOCK_DGRAM`, `SOCK_SEQPACKET`, `SOCK_RAW`,
 * `SOCK_RDM`; `SOCK_NONBLOCK` and `SOCK_CLOEXEC` may be added and are already
 * in force.
 * @param protocol `IPPROTO_*`; 0 is the default of family and style.
 * @returns An open socket; the caller owns it.
 * @throws SystemError `EAFNOSUPPORT`, `EPROTONOSUPPORT`, `EINVAL`, `EPERM` or
 * `EACCES` (raw sockets need CAP_NET_RAW), `EMFILE`.
 */
export function socket(family: Family | PlainNumber, style: number, protocol = 0): Socket {
  const status = binding.socket(family, style, protocol, result);
  if (status < 0) throw failure(null, status, 'socket');
  return announced(Socket._take(RESULT.slot, family, style, protocol));
}

/**
 * Opens two sockets that are connected to each other, socketpair(2).
 *
 * @example
 * const [one, other] = socketpair(AF_UNIX, SOCK_SEQPACKET);
 *
 * @see {@link socket}
 * @param family In practice `AF_UNIX`.
 * @param style As for {@link socket}.
 * @param protocol As for {@link socket}.
 * @returns Both ends; the caller owns them.
 * @throws SystemError as `socket`; `EOPNOTSUPP` for a family that has no pairs.
 */
export function socketpair(family: Family | PlainNumber, style: number, protocol = 0): [Socket, Socket] {
  const status = binding.socketpair(family, style, protocol, result);
  if (status < 0) throw failure(null, status, 'socketpair');
  const pair: [Socket, Socket] = [
    Socket._take(0, family, style, protocol),
    Socket._take(3, family, style, protocol),
  ];
  for (const each of pair) announced(each);
  return pair;
}
