import { constants as os } from 'node:os';
import {
  defer,
  finalize,
  from,
  mergeMap,
  type Observable,
  type ObservableInput,
  type ObservedValueOf,
} from 'rxjs';
import type { SocketAddress } from '../address.ts';
import { milliseconds, positive, requireConfig, requireFunction } from '../config.ts';
import { frameMalformed, frameTooLong, invalidArgValue, systemError } from '../errors.ts';
import {
  decodeProxyHeader,
  type ProxyHeader,
  proxyVersion,
  SIGNATURE,
  V1_END,
  V1_MAX,
  V2_PREFIX,
  v2Length,
} from '../proxy_protocol.ts';
import { type ReadyOptions, requireSignal } from '../readiness.ts';
import type { Socket } from '../socket.ts';
import { reader } from './reader.ts';

/** Configuration of {@link readProxyHeader} and {@link withProxyHeader}. */
export interface ProxyHeaderConfig {
  /** The only version that is taken. Default: both. */
  version?: 1 | 2;
  /**
   * How long the whole header may take to come, in milliseconds, at least 1.
   * Default 3,000, the time in which TCP sends again what was lost first.
   */
  timeout?: number;
  /** How long a header of version 2 may be, in bytes. Default 4,096; the protocol asks senders for 536 at most. */
  maxLength?: number;
}

interface Checked {
  readonly version: number | undefined;
  readonly timeout: number;
  readonly maxLength: number;
}

function check(config: ProxyHeaderConfig): Checked {
  const { version } = requireConfig(config);
  if (version !== undefined && version !== 1 && version !== 2) {
    throw invalidArgValue('version', version, 'must be 1 or 2');
  }
  const timeout = Math.max(1, milliseconds('timeout', config.timeout, 3000));
  return { version, timeout, maxLength: positive('maxLength', config.maxLength, 4096) };
}

/** The header's bytes, and none of those behind it. */
async function take(socket: Socket, { version, maxLength }: Checked, options: ReadyOptions): Promise<Buffer> {
  const from = reader(socket);
  // As many as any header has.
  const first = await from.exactly(SIGNATURE.length, options);
  const found = proxyVersion(first);
  if (version !== undefined && found !== version) {
    throw frameMalformed(`A PROXY header is of version ${found}, where ${version} was expected`);
  }
  if (found === 1) {
    const rest = await from.until(V1_END, V1_MAX - first.length - V1_END.length, options);
    return Buffer.concat([first, rest, Buffer.from(V1_END)]);
  }
  const prefix = Buffer.concat([first, await from.exactly(V2_PREFIX - first.length, options)]);
  const length = v2Length(prefix);
  if (length > maxLength) throw frameTooLong(maxLength);
  return Buffer.concat([prefix, await from.exactly(length - V2_PREFIX, options)]);
}

async function read(socket: Socket, checked: Checked, signal?: AbortSignal): Promise<ProxyHeader> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(systemError(-os.errno.ETIMEDOUT, 'recv')), checked.timeout);
  const signals = signal === undefined ? limit.signal : AbortSignal.any([limit.signal, signal]);
  try {
    return decodeProxyHeader(await take(socket, checked, { signal: signals }));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Takes a header of the PROXY protocol off a connection: what a balancer puts
 * in front of it to tell whose it is. Nothing behind it is read.
 *
 * There must be one: whether it is expected is for the configuration to say,
 * and a port that expects it must be reachable for the balancer only, or any
 * client could choose its address.
 *
 * @example
 * const { source } = await readProxyHeader(connection);
 * const client = source ?? connection.getpeername();
 *
 * @see {@link withProxyHeader}; `decodeProxyHeader`, `encodeProxyHeader` in `uvsock`
 * @param socket A connected stream socket.
 * @param config See {@link ProxyHeaderConfig}; aborting `signal` rejects the promise.
 * @returns The header. Rejected with `ETIMEDOUT`; `ERR_FRAME_MALFORMED`,
 * `ERR_FRAME_TOO_LONG` or `ERR_FRAME_TRUNCATED`; what `recv` answers;
 * `ERR_SOCKET_BUSY` while another reader reads.
 */
export async function readProxyHeader(
  socket: Socket,
  config: ProxyHeaderConfig & ReadyOptions = {},
): Promise<ProxyHeader> {
  const checked = check(config);
  const signal = requireSignal(config.signal);
  signal?.throwIfAborted();
  return read(socket, checked, signal);
}

/**
 * Makes a handler of connections that begin with a header of the PROXY
 * protocol: for {@link mergeAccept} and {@link serve} behind a balancer. A
 * connection whose header is late, malformed or missing fails, and no other.
 *
 * @example
 * serve(listener, withProxyHeader((connection, { source }) =>
 *   mergeRecv(connection, (chunk) => answer(source, chunk))),
 * ).subscribe();
 *
 * @see {@link readProxyHeader}
 * @param handler Makes the work on a connection; gets the header, and the
 * address of the balancer.
 * @param config See {@link ProxyHeaderConfig}.
 * @returns A function to hand to {@link mergeAccept} or {@link serve}.
 */
export function withProxyHeader<O extends ObservableInput<unknown>>(
  handler: (connection: Socket, header: ProxyHeader, balancer: SocketAddress, index: number) => O,
  config: ProxyHeaderConfig = {},
): (connection: Socket, balancer: SocketAddress, index: number) => Observable<ObservedValueOf<O>> {
  requireFunction('handler', handler);
  const checked = check(config);
  return (connection, balancer, index) =>
    defer(() => {
      const unsubscribed = new AbortController();
      return from(read(connection, checked, unsubscribed.signal)).pipe(
        finalize(() => unsubscribed.abort()),
        mergeMap((header) => handler(connection, header, balancer, index)),
      );
    });
}
