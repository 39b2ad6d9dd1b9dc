/** Errors in Node's own shapes: the kernel's as SystemError, misuse as ERR_* codes. */
import { constants as os } from 'node:os';
import { getSystemErrorName, inspect } from 'node:util';

/** The C names; of two with one number, the one that the sockets' manual pages use. */
const NAMES = new Map<number, string>(Object.entries(os.errno).map(([name, errno]) => [errno, name]));
for (const name of ['EAGAIN', 'EOPNOTSUPP'] as const) NAMES.set(os.errno[name], name);

/**
 * How connections end every day. Their errors have no stack trace, which would
 * only show our own loop, and costs more than all system calls of a short
 * connection.
 */
const UNTRACED = new Set(['ECONNRESET', 'EPIPE']);

/** Runs without stack traces; with them where the limit cannot be changed (node --frozen-intrinsics). */
function untraced<T>(make: () => T): T {
  const limit = Error.stackTraceLimit;
  if (!Reflect.set(Error, 'stackTraceLimit', 0)) return make();
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/**
 * What a call was about: an address, or a file.
 *
 * @inline
 */
interface About {
  /** An Internet address. */
  readonly address?: string | undefined;
  /** Its port. */
  readonly port?: number | undefined;
  /** A Unix socket's path, or a file's. */
  readonly path?: string | undefined;
}

/** What the message says of it: a path as Node shows it, nothing of the unnamed. */
function subject(about: About): string {
  if (about.path === '') return '';
  return ` ${about.path === undefined || about.path.startsWith('\0') ? about : about.path}`;
}

/**
 * What the kernel answered to a system call, in the shape of Node's own
 * system errors, with a message like `connect ECONNREFUSED 127.0.0.1:1`.
 * `ECONNRESET` and `EPIPE`, as which connections end every day, come without a
 * stack trace.
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
  /** The path that the call was about, of a Unix socket or a file, if any. */
  declare readonly path?: string;

  /**
   * @param errno The error's number, negative.
   * @param syscall The call that failed.
   * @param about The address or file that the call was about, if any.
   */
  constructor(errno: number, syscall: string, about: About | null = null) {
    const code = NAMES.get(-errno) ?? getSystemErrorName(errno);
    super(`${syscall} ${code}${about === null ? '' : subject(about)}`);
    this.code = code;
    this.errno = errno;
    this.syscall = syscall;
    if (about === null) return;
    const { address, port, path } = about;
    if (path) Object.assign(this, { path });
    if (address !== undefined) Object.assign(this, { address });
    if (port !== undefined) Object.assign(this, { port });
  }
}

/** The error of a system call that gave `errno` (negative), about an address or a file if it has one. */
export function systemError(errno: number, syscall: string, about: About | null = null): SystemError {
  const make = () => new SystemError(errno, syscall, about);
  return UNTRACED.has(NAMES.get(-errno) as string) ? untraced(make) : make();
}

function coded<E extends Error>(error: E, code: string): E & { code: string } {
  return Object.assign(error, { code });
}

// The value's own inspection is never run: it may throw, and hide the mistake.
// So may a DataView whose buffer is gone, or a proxy.
function describe(actual: unknown): string {
  try {
    return inspect(actual, { depth: 0, maxStringLength: 40, breakLength: Infinity, customInspect: false });
  } catch {
    return `an ${typeof actual} that cannot be shown`;
  }
}

/** Misuse: an argument of the wrong type. `expected` goes on from "must be": `of type number`. */
export function invalidArgType(name: string, expected: string, actual: unknown): TypeError {
  const plain = actual === undefined || typeof actual === 'object' || typeof actual === 'function';
  const received = plain ? describe(actual) : `type ${typeof actual} (${describe(actual)})`;
  return coded(
    new TypeError(`The "${name}" argument must be ${expected}. Received ${received}`),
    'ERR_INVALID_ARG_TYPE',
  );
}

/** An argument that has to be an object. */
export function requireObject<T extends object>(name: string, value: T): T {
  if (typeof value !== 'object' || value === null) throw invalidArgType(name, 'an object', value);
  return value;
}

/** Misuse: an argument of the right type whose value makes no sense. `reason` goes on from its name. */
export function invalidArgValue(name: string, value: unknown, reason: string): TypeError {
  return coded(
    new TypeError(`The argument "${name}" ${reason}. Received ${describe(value)}`),
    'ERR_INVALID_ARG_VALUE',
  );
}

/** Misuse: a number outside its range. `range` goes on from "It must be": `>= 0`. */
export function outOfRange(name: string, range: string, actual: unknown): RangeError {
  return coded(
    new RangeError(
      `The value of "${name}" is out of range. It must be ${range}. Received ${describe(actual)}`,
    ),
    'ERR_OUT_OF_RANGE',
  );
}

/** Misuse: a call that makes no sense here or now. */
export function invalidState(why: string): Error {
  return coded(new Error(why), 'ERR_INVALID_STATE');
}

/** The socket was closed or detached, before or while something was going on. */
export function socketClosed(): Error {
  return coded(new Error('The socket is closed'), 'ERR_SOCKET_CLOSED');
}

/** A received descriptor was closed or taken before. */
export function descriptorClosed(): Error {
  return coded(new Error('The descriptor was closed, adopted or detached before'), 'ERR_DESCRIPTOR_CLOSED');
}

/** A batch was given back; its memory is another's. */
export function batchReleased(): Error {
  return coded(new Error('The batch was released'), 'ERR_BATCH_RELEASED');
}

/** What the kernel would answer to a message of too many parts, with the limit. */
export function tooManyParts(syscall: string, count: number, most: number): SystemError {
  const error = systemError(-os.errno.EMSGSIZE, syscall);
  error.message += `: ${count} buffers, of which at most ${most} are possible (IOV_MAX)`;
  return error;
}

/** A stream has one reader at a time: bytes shared out at random are of no use. */
export function socketBusy(): Error {
  return coded(
    new Error('Another reader is reading this stream socket; share() its observable instead'),
    'ERR_SOCKET_BUSY',
  );
}

/** Sockets come from calls. */
export function illegalConstructor(): TypeError {
  return coded(
    new TypeError('Illegal constructor: use socket(), socketpair() or Socket.adopt()'),
    'ERR_ILLEGAL_CONSTRUCTOR',
  );
}

/** What waits to be sent has outgrown its bound. */
export function socketOverflow(highWaterMark: number): Error {
  return coded(
    new Error(`More than ${highWaterMark} bytes wait to be sent: the receiver is too slow for the source`),
    'ERR_SOCKET_OVERFLOW',
  );
}

/** The stream ended within a message. */
export function frameTruncated(received: number): Error {
  return coded(
    new Error(`The stream ended within a message, after ${received} bytes of it`),
    'ERR_FRAME_TRUNCATED',
  );
}

/** A message is longer than was allowed; bounds what a peer can make us keep. */
export function frameTooLong(maxLength: number): Error {
  return coded(new Error(`A message is longer than ${maxLength} bytes`), 'ERR_FRAME_TOO_LONG');
}

/** A message that contradicts itself. */
export function frameMalformed(why: string): Error {
  return coded(new Error(why), 'ERR_FRAME_MALFORMED');
}

/** A file has ended before all of it that was to be sent. `sent` is how much the kernel has. */
export function fileTruncated(sent: number, length: number): Error & { sent: number } {
  const error = new Error(`The file ended after ${sent} of the ${length} bytes to be sent`);
  return Object.assign(coded(error, 'ERR_FILE_TRUNCATED'), { sent });
}
