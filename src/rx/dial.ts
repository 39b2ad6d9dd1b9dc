import { type LookupAddress, type LookupAllOptions, lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import { constants as os } from 'node:os';
import {
  BehaviorSubject,
  bindNodeCallback,
  catchError,
  defer,
  EMPTY,
  filter,
  identity,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  take,
  throwError,
  throwIfEmpty,
  timeout,
  timer,
} from 'rxjs';
import { type AddressLike, type SocketAddress, toSocketAddress } from '../address.ts';
import { milliseconds, optionalFunction, positive, requireConfig, requireFunction } from '../config.ts';
import { AF_INET6, SOCK_STREAM } from '../constants.ts';
import { ATTEMPT_DELAY, type Attempt, connectFailure, interleave, lookupError } from '../dialing.ts';
import { invalidArgType, invalidArgValue, SystemError, systemError } from '../errors.ts';
import { type Socket, socket } from '../socket.ts';
import { fromConnect } from './from_connect.ts';

/** A port of a host, which has a name or a literal address. */
export interface HostAndPort {
  /** `'localhost'`, `'192.0.2.1'`, `'fe80::1%eth0'`. */
  host: string;
  /** 0 to 65535. */
  port: number;
}

/** Finds all addresses of a host: the signature of `dns.lookup` with `all`. */
export type Lookup = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Configuration of {@link dial}. */
export interface DialConfig {
  /**
   * How long all of it may take, the lookup included, in milliseconds; the
   * error has the code `ETIMEDOUT`. Default: as long as the system tries,
   * about two minutes for each address (tcp(7), tcp_syn_retries).
   */
  timeout?: number;
  /**
   * How long an attempt goes on before the next address is tried beside it, in
   * milliseconds; RFC 8305, 5 wants 10 to 2,000. Default 250.
   */
  attemptDelay?: number;
  /**
   * Where to connect from: bind(2). A literal address, which gets a port of
   * the kernel's choice, or an address with a port. A name is looked up in
   * its family only. Default: the kernel chooses.
   */
  localAddress?: string | AddressLike;
  /**
   * Told of each socket before it is bound and connected, and of the address
   * that it is for: the place to set options. A `SystemError` that it throws is
   * the attempt's, anything else ends all.
   */
  prepare?: (socket: Socket, address: SocketAddress) => void;
  /** Finds the addresses of a name, in the order in which to prefer them. Default: `dns.lookup`. */
  lookup?: Lookup;
}

/** What is to be reached: its name in messages, and how to get its addresses. */
interface Destination {
  readonly name: string;
  readonly addresses: Observable<SocketAddress[]>;
  /** The lookup had no time. */
  readonly lookupTimeout: () => Error;
}

function checkDestination(
  target: HostAndPort | AddressLike,
  lookup: Lookup,
  local: SocketAddress | null,
): Destination {
  if (typeof target !== 'object' || target === null || !('host' in target)) {
    return literal(toSocketAddress(target, 'target'));
  }
  const { host, port } = target;
  if (typeof host !== 'string') throw invalidArgType('host', 'of type string', host);
  if (host === '') throw invalidArgValue('host', host, 'must not be empty');
  if (isIP(host) !== 0) return literal(toSocketAddress({ address: host, port }));
  toSocketAddress({ address: 0, port }); // the port is looked at now, not after the lookup
  const family = local === null ? 0 : local.family === AF_INET6 ? 6 : 4;
  const found = defer(() => bindNodeCallback(lookup)(host, { all: true, family }));
  return {
    name: `${host}:${port}`,
    addresses: found.pipe(
      map((addresses) => {
        if (addresses.length === 0) throw lookupError('ENOTFOUND', host);
        return interleave(addresses.map(({ address }) => toSocketAddress({ address, port })));
      }),
    ),
    lookupTimeout: () => lookupError('ETIMEDOUT', host),
  };
}

function literal(address: SocketAddress): Destination {
  return {
    name: `${address}`,
    addresses: of([address]),
    lookupTimeout: () => systemError(-os.errno.ETIMEDOUT, 'connect', address),
  };
}

function checkLocalAddress(localAddress: string | AddressLike | undefined): SocketAddress | null {
  if (localAddress === undefined) return null;
  if (typeof localAddress !== 'string') return toSocketAddress(localAddress, 'localAddress');
  if (isIP(localAddress) === 0) {
    throw invalidArgValue('localAddress', localAddress, 'must be a literal address');
  }
  return toSocketAddress({ address: localAddress, port: 0 });
}

/**
 * Each address is tried when the one before has been for `delay`, or as soon
 * as one fails. Completes when all have failed.
 */
function staggered(
  addresses: readonly SocketAddress[],
  delay: number,
  connect: (address: SocketAddress) => Observable<Socket>,
  attempts: Attempt[],
): Observable<Socket> {
  const failures = new BehaviorSubject(0);
  const from = (index: number): Observable<Socket> => {
    const address = addresses[index];
    if (address === undefined) return EMPTY;
    const attempt: Attempt = { address, error: null };
    attempts.push(attempt);
    // Counted, because an attempt may fail before anybody waits for that.
    const before = failures.value;
    const connecting = connect(address).pipe(
      catchError((error) => {
        if (!(error instanceof SystemError)) throw error;
        attempt.error = error;
        failures.next(failures.value + 1);
        return EMPTY;
      }),
    );
    const turn = merge(timer(delay), failures.pipe(filter((count) => count > before)));
    return merge(
      connecting,
      turn.pipe(
        take(1),
        mergeMap(() => from(index + 1)),
      ),
    );
  };
  return from(0);
}

/**
 * Connects to a host by name or address, or to a Unix socket's path, whatever
 * it takes.
 *
 * Like {@link fromConnect}, but it looks up the host, opens the sockets itself
 * and tries all addresses as RFC 8305 ("Happy Eyeballs") says: families
 * alternate, each address gets a head start over the next, which follows at
 * once when one fails; the first connection wins, and the others are closed.
 * Emits the connected stream socket and completes; from then on it is the
 * subscriber's. Unsubscribing before closes what is in flight and ignores the
 * answer of a lookup. Each subscription starts anew: it can be retried.
 *
 * Errors with what the lookup says (`ENOTFOUND`, `EAI_AGAIN`), with the
 * `SystemError` of the address if one was tried, otherwise with an
 * `AggregateError` whose message and `errors` name all that were tried, in
 * order; its `code` is that of the first, or `ETIMEDOUT` when time was up.
 *
 * @example
 * dial({ host: 'localhost', port: 6379 }, { timeout: 2000 }).pipe(
 *   withSocket((connection) => merge(send(connection, 'PING\r\n'), fromRecv(connection))),
 *   retry({ count: 3, delay: 1000 }),
 * ).subscribe(print);
 *
 * @see {@link fromConnect} for one address and a socket of your own,
 * {@link withSocket}, {@link listen}
 * @param target Where to: `{ host, port }`, `{ path }` or a socket address.
 * @param config See {@link DialConfig}.
 * @returns A cold observable of one socket.
 */
export function dial(target: HostAndPort | AddressLike, config: DialConfig = {}): Observable<Socket> {
  const { lookup = systemLookup } = requireConfig(config);
  const prepare = optionalFunction('prepare', config.prepare);
  const delay = milliseconds('attemptDelay', config.attemptDelay, ATTEMPT_DELAY);
  const limit = positive('timeout', config.timeout, Number.POSITIVE_INFINITY, 2 ** 31 - 1);
  const local = checkLocalAddress(config.localAddress);
  const { name, addresses, lookupTimeout } = checkDestination(
    target,
    requireFunction('lookup', lookup),
    local,
  );

  const open = (address: SocketAddress): Socket => {
    const opened = socket(address.family, SOCK_STREAM);
    try {
      prepare?.(opened, address);
      if (local !== null) opened.bind(local);
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  };
  const connect = (address: SocketAddress) => fromConnect(() => open(address), address);

  return defer(() => {
    const attempts: Attempt[] = [];
    const timedOut = () => (attempts.length === 0 ? lookupTimeout() : connectFailure(name, attempts));
    return addresses.pipe(
      mergeMap((found) => staggered(found, delay, connect, attempts)),
      take(1),
      throwIfEmpty(() => connectFailure(name, attempts)),
      limit === Number.POSITIVE_INFINITY
        ? identity
        : timeout({ first: limit, with: () => throwError(timedOut) }),
    );
  });
}
