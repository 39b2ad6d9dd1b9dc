/** Errors in Node's own shapes: the kernel's as SystemError, misuse as ERR_* codes. */
import { constants as os } from 'node:os';
import { getSystemErrorName, inspect } from 'node:util';
import type { SocketAddress } from './address.ts';

/** The C names; of two with one number, the one that the sockets' manual pages use. */
const NAMES = new Map<number, string>(Object.entries(os.errno).map(([name, errno]) => [errno, name]));
for (const name of ['EAGAIN', 'EOPNOTSUPP'] as const) NAMES.set(os.errno[name], name);

/**
 * What the kernel answered to a system call, in the shape of Node's own
 * system errors, with a message like `connect ECONNREFUSED 127.0.0.1:1`.
 */
export class SystemError extends Error {
  /** The C name of the error: `'ECONNREFUSED'`. */
  readonly code: string;
  /** The error's number, negative as everywhere in Node. */
  readonly errno: number;
  /** The call that failed: `'connect'`. */
  readonly syscall: string;
  /** The Internet address that the call was about, if any. */
  declare readonly address?: string;
  /** The port that the call was about, if any. */
  declare readonly port?: number;
  /** The Unix socket's path that the call was about, if any. */
  declare readonly path?: string;

  /** @internal Made by {@link systemError}. */
  constructor(errno: number, syscall: string, about: SocketAddress | null) {
    const code = NAMES.get(-errno) ?? getSystemErrorName(errno);
    super(`${syscall} ${code}${about === null ? '' : ` ${about.path ?? about}`}`);
    this.code = code;
    this.errno = errno;
    this.syscall = syscall;
    if (about?.path !== undefined) {
      (this as { path?: string }).path = about.path;
    } else if (about?.address !== undefined) {
      (this as { address?: string }).address = about.address;
      (this as { port?: number }).port = about.port as number;
    }
  }
}

Object.defineProperty(SystemError.prototype, 'name', { value: 'Error', configurable: true, writable: true });

/** The error of a system call that gave `errno` (negative), about an address if it has one. */
export function systemError(errno: number, syscall: string, about: SocketAddress | null = null): SystemError {
  return new SystemError(errno, syscall, about);
}

function coded<E extends Error>(error: E, code: string): E & { code: string } {
  return Object.assign(error, { code });
}

function describe(actual: unknown): string {
  return inspect(actual, { depth: 0, maxStringLength: 40, breakLength: Infinity });
}

/** Misuse: an argument of the wrong type. */
export function invalidArgType(name: string, expected: string, actual: unknown): TypeError {
  const received =
    actual === null ? 'null' : typeof actual === 'object' ? describe(actual) : `type ${typeof actual}`;
  return coded(
    new TypeError(`The "${name}" argument must be ${expected}. Received ${received}`),
    'ERR_INVALID_ARG_TYPE',
  );
}

/** Misuse: an argument of the right type whose value makes no sense. */
export function invalidArgValue(name: string, value: unknown, reason: string): TypeError {
  return coded(
    new TypeError(`The argument "${name}" ${reason}. Received ${describe(value)}`),
    'ERR_INVALID_ARG_VALUE',
  );
}

/** Misuse: a number outside its range. */
export function outOfRange(name: string, range: string, actual: unknown): RangeError {
  return coded(
    new RangeError(
      `The value of "${name}" is out of range. It must be ${range}. Received ${describe(actual)}`,
    ),
    'ERR_OUT_OF_RANGE',
  );
}

/** The socket was closed or detached, before or while something was going on. */
export function socketClosed(): Error {
  return coded(new Error('The socket is closed'), 'ERR_SOCKET_CLOSED');
}

/** A stream has one reader at a time: bytes shared out at random are of no use. */
export function socketBusy(): Error {
  return coded(
    new Error('Another reader is reading this stream socket; share() its observable instead'),
    'ERR_SOCKET_BUSY',
  );
}
