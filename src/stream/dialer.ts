/** Connecting for streams: a lookup and RFC 8305, or a path, with a callback at the end. */
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { type SocketAddress, toSocketAddress } from '../address.ts';
import { milliseconds, optionalFunction } from '../config.ts';
import { Connecting, type ConnectObserver } from '../connecting.ts';
import { AF_INET6, AF_UNIX, SOCK_STREAM } from '../constants.ts';
import { ATTEMPT_DELAY, type Attempt, connectFailure, interleave, lookupError } from '../dialing.ts';
import { invalidArgType, SystemError } from '../errors.ts';
import { type Socket, socket } from '../socket.ts';

/** Where to connect, and how: the part of `net.connect`'s options that says so. */
export interface DialOptions {
  /** A Unix socket's path; then `host` and `port` mean nothing. */
  path?: string | null | undefined;
  /** A name or a literal address. Default `'localhost'`. */
  host?: string | null | undefined;
  /** 0 to 65535. */
  port?: number | string | null | undefined;
  /** 4 or 6: only addresses of that kind. Default 0: any. */
  family?: number | undefined;
  /** A literal address to connect from: bind(2). */
  localAddress?: string | undefined;
  /** A port to connect from. */
  localPort?: number | undefined;
  /** Finds the addresses of a name: all, or one. Default: `dns.lookup`. */
  lookup?: LookupFunction | undefined;
  /**
   * How long an attempt goes on before the next address is tried beside it, in
   * milliseconds (RFC 8305, 5). Default 250.
   */
  autoSelectFamilyAttemptTimeout?: number | undefined;
}

/** Tries the addresses one beside the other; the first connection wins. */
export class Dialer {
  readonly #name: string;
  readonly #known: SocketAddress[] | null;
  readonly #options: DialOptions;
  readonly #delay: number;
  readonly #local: SocketAddress | null;
  readonly #prepare: (socket: Socket) => void;
  readonly #observer: ConnectObserver;
  readonly #attempts: Attempt[] = [];
  readonly #connecting = new Map<Socket, Connecting>();
  #addresses: SocketAddress[] = [];
  #timer: NodeJS.Timeout | undefined;
  #settled = false;

  /** Checks the options; `prepare` gets each socket before it is connected. */
  constructor(options: DialOptions, prepare: (socket: Socket) => void, observer: ConnectObserver) {
    const { path, host, port, localAddress, localPort = 0 } = options;
    this.#options = options;
    this.#prepare = prepare;
    this.#observer = observer;
    this.#delay = milliseconds(
      'options.autoSelectFamilyAttemptTimeout',
      options.autoSelectFamilyAttemptTimeout,
      ATTEMPT_DELAY,
    );
    optionalFunction('options.lookup', options.lookup);
    this.#local =
      localAddress === undefined ? null : toSocketAddress({ address: localAddress, port: localPort });
    // Checked now, and of no family yet.
    toSocketAddress({ address: 0, port: localPort }, 'options.localPort');
    if (path) {
      if (typeof path !== 'string') throw invalidArgType('options.path', 'of type string', path);
      this.#known = [toSocketAddress({ path })];
      this.#name = path;
      return;
    }
    const name = host ?? 'localhost';
    if (typeof name !== 'string') throw invalidArgType('options.host', 'of type string', host);
    // The port is looked at now, not after the lookup.
    const literal = isIP(name) !== 0;
    const address = toSocketAddress({
      address: literal ? name : '0.0.0.0',
      port: Number(port ?? Number.NaN),
    });
    this.#known = literal ? [address] : null;
    this.#name = `${name}:${address.port}`;
  }

  start(): void {
    if (this.#settled) return;
    if (this.#known !== null) {
      this.#begin(this.#known);
      return;
    }
    const { lookup = systemLookup as LookupFunction, host, family = 0 } = this.#options;
    const name = host ?? 'localhost';
    try {
      lookup(name, { all: true, family }, (error, answer, answered) => {
        if (error) this.#fail(error);
        else this.#found(name, Array.isArray(answer) ? answer : [{ address: answer, family: answered ?? 0 }]);
      });
    } catch (error) {
      this.#fail(error);
    }
  }

  #found(name: string, found: LookupAddress[]): void {
    if (this.#settled) return;
    const port = Number(this.#options.port);
    try {
      if (found.length === 0) throw lookupError('ENOTFOUND', name);
      this.#begin(interleave(found.map(({ address }) => toSocketAddress({ address, port }))));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Ends all attempts; nobody is told. */
  dispose(): void {
    this.#settle(null);
  }

  #begin(addresses: SocketAddress[]): void {
    this.#addresses = addresses;
    this.#next();
  }

  #next(): void {
    clearTimeout(this.#timer);
    const address = this.#addresses[this.#attempts.length];
    if (address !== undefined) this.#attempt(address);
    else if (this.#connecting.size === 0) this.#fail(connectFailure(this.#name, this.#attempts));
  }

  #attempt(address: SocketAddress): void {
    const attempt: Attempt = { address, error: null };
    this.#attempts.push(attempt);
    let opened: Socket | null = null;
    const failed = (error: unknown) => {
      opened?.close();
      if (opened !== null) this.#connecting.delete(opened);
      if (!(error instanceof SystemError)) return this.#fail(error);
      attempt.error = error;
      this.#next();
    };
    try {
      opened = socket(address.family, SOCK_STREAM);
      this.#prepare(opened);
      this.#bind(opened);
      if (opened.connect(address)) {
        this.#succeed(opened);
        return;
      }
      const connected = (connection: Socket) => this.#succeed(connection);
      this.#connecting.set(opened, new Connecting(opened, address, { connected, failed }));
      if (this.#attempts.length < this.#addresses.length) {
        this.#timer = setTimeout(() => this.#next(), this.#delay);
      }
    } catch (error) {
      failed(error);
    }
  }

  #bind(opened: Socket): void {
    const { localPort = 0 } = this.#options;
    if (this.#local !== null) opened.bind(this.#local);
    else if (localPort !== 0 && opened.family !== AF_UNIX) {
      opened.bind({ address: opened.family === AF_INET6 ? '::' : '0.0.0.0', port: localPort });
    }
  }

  #succeed(connection: Socket): void {
    this.#settle(connection);
    this.#observer.connected(connection);
  }

  #fail(error: unknown): void {
    if (this.#settled) return;
    this.#settle(null);
    this.#observer.failed(error);
  }

  #settle(winner: Socket | null): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    for (const [each, connecting] of this.#connecting) {
      connecting.dispose();
      if (each !== winner) each.close();
    }
    this.#connecting.clear();
  }
}
