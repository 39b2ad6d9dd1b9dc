/** What connecting to names comes down to, whoever waits how: RFC 8305, without the waiting. */
import { constants as os } from 'node:os';
import type { SocketAddress } from './address.ts';
import { type SystemError, systemError } from './errors.ts';

/** How long an attempt goes on before the next address is tried beside it, in milliseconds: RFC 8305, 5. */
export const ATTEMPT_DELAY = 250;

/** One of the addresses, tried. */
export interface Attempt {
  readonly address: SocketAddress;
  /** `null` while in flight. */
  error: SystemError | null;
}

/** Alternates between families, beginning with that of the first: RFC 8305, 4. */
export function interleave(addresses: readonly SocketAddress[]): SocketAddress[] {
  const preferred = addresses.filter(({ family }) => family === addresses[0]?.family);
  const others = addresses.filter(({ family }) => family !== addresses[0]?.family);
  const mixed: SocketAddress[] = [];
  for (let i = 0; i < addresses.length; i++)
    mixed.push(...preferred.slice(i, i + 1), ...others.slice(i, i + 1));
  return mixed;
}

/** An error of the lookup in the shape of Node's own. */
export function lookupError(code: string, hostname: string): Error {
  const error = new Error(`getaddrinfo ${code} ${hostname}`);
  return Object.assign(error, { code, syscall: 'getaddrinfo', hostname });
}

/** The error of the only attempt, or one that names all; those still in flight had no more time. */
export function connectFailure(name: string, attempts: readonly Attempt[]): Error {
  const errors = attempts.map(
    ({ address, error }) => error ?? systemError(-os.errno.ETIMEDOUT, 'connect', address),
  );
  const [first] = errors as [SystemError, ...SystemError[]];
  if (errors.length === 1) return first;
  const each = errors.map(({ syscall, code }, i) => `${attempts[i]?.address} (${syscall} ${code})`);
  const code = attempts.some(({ error }) => error === null) ? 'ETIMEDOUT' : first.code;
  return Object.assign(new AggregateError(errors, `No connection to ${name}: ${each.join(', ')}`), { code });
}
