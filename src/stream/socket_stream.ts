import { constants as os } from 'node:os';
import { addAbortSignal, Duplex } from 'node:stream';
import type { SocketAddress } from '../address.ts';
import { DEFAULT_SIZE } from '../chunks.ts';
import { optionalFunction, positive, requireConfig, requireOpen } from '../config.ts';
import { Connecting, type ConnectObserver } from '../connecting.ts';
import { AF_INET, AF_INET6, SOCK_STREAM } from '../constants.ts';
import { invalidArgType, invalidArgValue, SystemError, socketClosed, systemError } from '../errors.ts';
import { requireSignal, requireSocket } from '../readiness.ts';
import type { Socket } from '../socket.ts';
import { type ConnectionOptions, setKeepAlive, setNoDelay, setReset } from './connection_options.ts';
import { Dialer, type DialOptions } from './dialer.ts';
import { IdleTimer } from './idle_timer.ts';
import { Incoming } from './incoming.ts';
import { hasUnread, Linger } from './linger.ts';
import { type Callback, Outgoing } from './outgoing.ts';

/** Options of {@link SocketStream}. */
export interface SocketStreamOptions extends ConnectionOptions {
  /** Whether writing goes on after the peer has ended its side; if not, this side ends by itself. Default false. */
  allowHalfOpen?: boolean | undefined;
  /** The socket's `connect` returned false: the stream emits `'connect'`, or the error, when that has ended. */
  connecting?: boolean | undefined;
  /** How many bytes of input and of output may wait in the stream; see `node:stream`. */
  highWaterMark?: number | undefined;
  /** The same for input only: reading stops when so much waits. */
  readableHighWaterMark?: number | undefined;
  /** The same for output only. */
  writableHighWaterMark?: number | undefined;
  /** The most bytes to receive at once, and so the longest chunk. Default 65,536. */
  size?: number | undefined;
  /** Aborting it destroys the stream with an `AbortError`. */
  signal?: AbortSignal | undefined;
}

/** Options of {@link SocketStream.connect}. */
export interface StreamConnectOptions extends ConnectionOptions, DialOptions {}

/** What {@link SocketStream.address} returns. */
export interface StreamAddress {
  /** The address as text. */
  address?: string;
  /** `'IPv4'` or `'IPv6'`. */
  family?: string;
  /** The port. */
  port?: number;
}

/**
 * A stream socket as a `Duplex`, with what `net.Socket` offers beyond that: so
 * `tls`, `http`, `http2` and any library that takes a stream runs on it.
 *
 * Reading is by need: nothing is received while nobody asks, and what is not
 * asked for stays in the kernel, where TCP slows the peer down. Writing tries
 * at once; several buffers leave in one call (`writev` is sendmsg(2)); what
 * the kernel has no room for waits in the queue that `send` of `uvsock/rx`
 * uses, too. `end()` is shutdown(2) behind what was written. The stream owns
 * its socket, and closes it when both sides have ended, or when it is
 * destroyed: closing with unread input resets a TCP connection. What is below
 * a protocol that has an end of its own, as TLS and HTTP do, wants
 * `allowHalfOpen`: else it ends with its input, whatever is still to be sent.
 *
 * Events are those of `net.Socket`, in its order: `'connect'` and `'ready'`,
 * `'data'`, `'end'`, `'drain'`, `'finish'`, `'timeout'`, `'error'`, and
 * `'close'` with whether there was an error. Errors are `SystemError`s.
 *
 * @example
 * const server = http.createServer(handle);
 * for await (const { socket } of accepts(listener)) {
 *   server.emit('connection', new SocketStream(socket, { allowHalfOpen: true }));
 * }
 *
 * @see {@link chunks} for reading without a stream
 */
export class SocketStream extends Duplex {
  readonly #size: number;
  #socket: Socket | null = null;
  #connecting = false;
  /** What connects. */
  #attempt: { dispose(): void } | null = null;
  /** What waits for the connection; of a write, its callback. */
  #whenConnected: (() => void)[] = [];
  #writeLater: Callback | null = null;
  #incoming: Incoming | null = null;
  #outgoing: Outgoing | null = null;
  #linger: Linger | null = null;
  readonly #idle = new IdleTimer();
  #timeout: number | undefined;
  #referenced = true;
  #noDelay: boolean | undefined;
  #keepAlive: { enable: boolean; delay: number } | undefined;
  #localName: SocketAddress | null = null;
  #peerName: SocketAddress | null = null;

  /**
   * @param socket A connected stream socket, or one whose `connect` is in
   * progress (see `connecting`); the stream's from now on. Without one the
   * stream is to be connected by {@link connect}.
   * @param options See {@link SocketStreamOptions}.
   */
  constructor(socket: Socket | null = null, options: SocketStreamOptions = {}) {
    const { allowHalfOpen = false, connecting = false, signal } = requireConfig(options);
    if (socket !== null && requireSocket(socket).style !== SOCK_STREAM) {
      throw invalidArgValue('socket', socket, 'must be a stream socket');
    }
    requireSignal(signal);
    const size = positive('options.size', options.size, DEFAULT_SIZE);
    // 'close' is emitted here, for it tells whether there was an error.
    super({
      allowHalfOpen: Boolean(allowHalfOpen),
      emitClose: false,
      ...(options.highWaterMark !== undefined && { highWaterMark: options.highWaterMark }),
      ...(options.readableHighWaterMark !== undefined && {
        readableHighWaterMark: options.readableHighWaterMark,
      }),
      ...(options.writableHighWaterMark !== undefined && {
        writableHighWaterMark: options.writableHighWaterMark,
      }),
    });
    this.#size = size;
    this.#configure(options);
    if (socket !== null) {
      this.#prepare(requireOpen(socket));
      this.#take(socket);
      this.#connecting = connecting;
      if (connecting) this.#attempt = new Connecting(socket, null, this.#connectObserver());
    }
    // Not before: one that is aborted already destroys what must be there.
    if (signal !== undefined) addAbortSignal(signal, this);
  }

  /** The socket below; null before there is one, and after the stream was destroyed. */
  get socket(): Socket | null {
    return this.#socket;
  }

  /**
   * Connects, like the method of `net.Socket`: looks up the host, and tries its
   * addresses as RFC 8305 says. `'connect'` and `'ready'`, or `'error'`, tell
   * how it has ended. What is written before is sent then.
   *
   * @example
   * const client = new pg.Client({ host, stream: () => new SocketStream() });
   *
   * @param options See {@link StreamConnectOptions}; or a port and a host; or
   * the path of a Unix socket.
   * @throws `EISCONN` if there is a socket already, `ERR_SOCKET_CLOSED` if the
   * stream was destroyed.
   */
  connect(options: StreamConnectOptions, listener?: () => void): this;
  connect(port: number | string, host?: string, listener?: () => void): this;
  connect(port: number, listener?: () => void): this;
  connect(path: string, listener?: () => void): this;
  connect(target: StreamConnectOptions | number | string, ...rest: unknown[]): this {
    const [options, listener] = connectArguments(target, rest);
    if (this.destroyed) throw socketClosed();
    if (this.#socket !== null || this.#connecting) throw systemError(-os.errno.EISCONN, 'connect');
    const dialer = new Dialer(options, (each) => this.#prepare(each), this.#connectObserver());
    this.#configure(options);
    if (listener !== undefined) this.once('connect', listener);
    this.#connecting = true;
    this.#attempt = dialer;
    // Listeners come first, however fast it is.
    process.nextTick(() => dialer.start());
    return this;
  }

  /** Whether a connect is in progress. */
  get connecting(): boolean {
    return this.#connecting;
  }

  /** Whether the stream is not connected yet, or was destroyed. */
  get pending(): boolean {
    return this.#socket === null || this.#connecting;
  }

  /** As `net.Socket` has it. */
  get readyState(): 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.#connecting) return 'opening';
    if (this.readable && this.writable) return 'open';
    return this.readable ? 'readOnly' : this.writable ? 'writeOnly' : 'closed';
  }

  /** How many bytes were received. */
  get bytesRead(): number {
    return this.#incoming?.bytes ?? 0;
  }

  /** How many bytes were written, those that wait included. */
  get bytesWritten(): number {
    return (this.#outgoing?.bytes ?? 0) + this.writableLength;
  }

  /** The peer's address; undefined where there is none (a Unix socket, not connected). */
  get remoteAddress(): string | undefined {
    return this.#peer()?.address;
  }

  /** The peer's port. */
  get remotePort(): number | undefined {
    return this.#peer()?.port;
  }

  /** `'IPv4'` or `'IPv6'`. */
  get remoteFamily(): string | undefined {
    return familyName(this.#peer());
  }

  /** The address on this side. */
  get localAddress(): string | undefined {
    return this.#local()?.address;
  }

  /** The port on this side. */
  get localPort(): number | undefined {
    return this.#local()?.port;
  }

  /** `'IPv4'` or `'IPv6'`. */
  get localFamily(): string | undefined {
    return familyName(this.#local());
  }

  /** All three of this side, as `net.Socket` gives them: an empty object where there are none. */
  address(): StreamAddress {
    const name = this.#local();
    const family = familyName(name);
    if (name?.address === undefined || name.port === undefined || family === undefined) return {};
    return { address: name.address, family, port: name.port };
  }

  /** Sends small writes at once (`TCP_NODELAY`, tcp(7)), or does not; of no effect on Unix sockets. */
  setNoDelay(noDelay = true): this {
    if (noDelay === this.#noDelay) return this;
    this.#noDelay = noDelay;
    if (this.#socket !== null) setNoDelay(this.#socket, noDelay);
    return this;
  }

  /**
   * Probes an idle connection: `SO_KEEPALIVE`, and as `net.Socket` documents
   * ten probes (`TCP_KEEPCNT`), one in a second (`TCP_KEEPINTVL`); of no effect
   * on Unix sockets.
   *
   * @param delay Milliseconds of silence before the first (`TCP_KEEPIDLE`);
   * less than a second leaves that and the others as they are.
   */
  setKeepAlive(enable = false, delay = 0): this {
    const before = this.#keepAlive;
    if (before?.enable === enable && before.delay === delay) return this;
    this.#keepAlive = { enable, delay };
    if (this.#socket !== null) setKeepAlive(this.#socket, enable, delay);
    return this;
  }

  /**
   * Emits `'timeout'` when nothing was received or sent for so many
   * milliseconds; what happens then is up to its listeners.
   *
   * @param msecs 0 for never: the default.
   * @param callback Listens for the next `'timeout'`; with 0 it listens no more.
   */
  setTimeout(msecs: number, callback?: () => void): this {
    if (this.destroyed) return this;
    optionalFunction('callback', callback);
    this.#idle.set(msecs, () => this.#onIdle());
    this.#timeout = msecs;
    if (callback === undefined) return this;
    if (msecs === 0) this.off('timeout', callback);
    else this.once('timeout', callback);
    return this;
  }

  /** What {@link setTimeout} was given; undefined before. */
  get timeout(): number | undefined {
    return this.#timeout;
  }

  /** While it reads or has something to send, it keeps the process alive: the default. */
  ref(): this {
    this.#referenced = true;
    this.#socket?.ref();
    return this;
  }

  /** It keeps no process alive. */
  unref(): this {
    this.#referenced = false;
    this.#socket?.unref();
    return this;
  }

  /**
   * Ends, and destroys when everything written is with the kernel. Where that
   * would reset the connection, because of input that nobody has read, the
   * input is discarded first: until the peer ends its side, for 5 seconds at
   * most.
   */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.#destroyGracefully();
    else this.once('finish', () => this.#destroyGracefully());
  }

  /** Destroys with a reset instead of an end: `SO_LINGER` of no time; not before it is connected. */
  resetAndDestroy(): this {
    const socket = this.#socket;
    if (socket === null && !this.#connecting) return this.destroy(socketClosed());
    this.#connected(() => {
      if (this.#socket !== null) setReset(this.#socket);
      this.destroy();
    });
    return this;
  }

  /** @internal */
  override _read(): void {
    if (this.#incoming !== null) this.#incoming.run();
    else this.#connected(() => this.#startReading());
  }

  /** @internal */
  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    if (this.pending) this.#writeWhenConnected([chunk], callback);
    else this.#outgoing?.write(chunk, callback);
  }

  /** @internal */
  override _writev(chunks: { chunk: Buffer }[], callback: Callback): void {
    const parts = chunks.map(({ chunk }) => chunk);
    if (this.pending) this.#writeWhenConnected(parts, callback);
    else this.#outgoing?.writev(parts, callback);
  }

  /** @internal */
  override _final(callback: Callback): void {
    this.#connected(() => this.#outgoing?.end(callback));
  }

  /** @internal */
  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    const writing = this.#writeLater ?? this.#outgoing?.abandon();
    this.#writeLater = null;
    this.#whenConnected = [];
    this.#connecting = false;
    this.#attempt?.dispose();
    this.#idle.stop();
    this.#incoming?.stop();
    this.#linger?.stop();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    // Told later, as all that is written learns it, but before 'error'.
    if (writing) process.nextTick(writing, error ?? socketClosed());
    callback(error);
    process.nextTick(() => this.emit('close', error !== null));
  }

  /** What options a socket is to have. */
  #prepare(socket: Socket): void {
    if (this.#noDelay !== undefined) setNoDelay(socket, this.#noDelay);
    if (this.#keepAlive !== undefined) setKeepAlive(socket, this.#keepAlive.enable, this.#keepAlive.delay);
    if (!this.#referenced) socket.unref();
  }

  #take(socket: Socket): void {
    this.#socket = socket;
    this.#outgoing = new Outgoing(socket, this.#idle);
  }

  #configure({ noDelay, keepAlive, keepAliveInitialDelay, timeout }: ConnectionOptions): void {
    if (noDelay !== undefined) this.setNoDelay(noDelay);
    if (keepAlive !== undefined) this.setKeepAlive(keepAlive, keepAliveInitialDelay);
    if (timeout !== undefined) this.setTimeout(timeout);
  }

  #connectObserver(): ConnectObserver {
    return {
      connected: (socket) => this.#onConnected(socket),
      failed: (error) => this.destroy(error as Error),
    };
  }

  #onConnected(socket: Socket): void {
    this.#attempt = null;
    this.#connecting = false;
    if (this.#socket === null) this.#take(socket);
    this.#idle.touch();
    try {
      this.emit('connect');
      this.emit('ready');
    } finally {
      const waiting = this.#whenConnected;
      this.#whenConnected = [];
      if (!this.destroyed) for (const goOn of waiting) goOn();
    }
  }

  /** Now, or when the stream is connected. */
  #connected(goOn: () => void): void {
    if (this.pending) this.#whenConnected.push(goOn);
    else goOn();
  }

  #writeWhenConnected(parts: Buffer[], callback: Callback): void {
    this.#writeLater = callback;
    this.#whenConnected.push(() => {
      this.#writeLater = null;
      this.#outgoing?.writev(parts, callback);
    });
  }

  #startReading(): void {
    try {
      this.#incoming = new Incoming(this, requireOpen(this.#socket as Socket), this.#size, this.#idle);
    } catch (error) {
      this.destroy(error as Error);
      return;
    }
    this.#incoming.run();
  }

  /** A long write that goes on is no silence. */
  #onIdle(): void {
    if (this.#outgoing?.hasProgressed()) this.#idle.touch();
    else this.emit('timeout');
  }

  #destroyGracefully(): void {
    const socket = this.#socket;
    if (socket === null || this.#linger !== null || !hasUnread(socket)) {
      this.destroy();
      return;
    }
    this.#incoming?.stop();
    this.#linger = new Linger(socket, () => this.destroy());
  }

  #peer(): SocketAddress | null {
    if (this.#peerName === null && !this.pending) this.#peerName = nameOf(this.#socket, 'getpeername');
    return this.#peerName;
  }

  #local(): SocketAddress | null {
    if (this.#localName === null && !this.pending) this.#localName = nameOf(this.#socket, 'getsockname');
    return this.#localName;
  }
}

/** Null where the kernel knows none (any more). */
function nameOf(socket: Socket | null, which: 'getpeername' | 'getsockname'): SocketAddress | null {
  try {
    return socket?.[which]() ?? null;
  } catch (error) {
    if (error instanceof SystemError) return null;
    throw error;
  }
}

function familyName(name: SocketAddress | null): string | undefined {
  return name?.family === AF_INET ? 'IPv4' : name?.family === AF_INET6 ? 'IPv6' : undefined;
}

/** The forms of `net.Socket.connect`. */
function connectArguments(
  target: StreamConnectOptions | number | string,
  rest: unknown[],
): [StreamConnectOptions, (() => void) | undefined] {
  const last = rest.at(-1);
  const listener = typeof last === 'function' ? (last as () => void) : undefined;
  if (typeof target === 'object' && target !== null) return [target, listener];
  if (typeof target === 'string' && Number.isNaN(Number(target))) return [{ path: target }, listener];
  if (typeof target !== 'number' && typeof target !== 'string') {
    throw invalidArgType('options', 'of type object, number or string', target);
  }
  return [{ port: target, host: typeof rest[0] === 'string' ? rest[0] : undefined }, listener];
}
