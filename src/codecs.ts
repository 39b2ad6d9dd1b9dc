/** How values become bytes of options and control messages, and back: what both tables are made of. */
import { type InternetAddress, toSocketAddress } from './address.ts';
import { binding } from './binding.ts';
import { invalidArgType, invalidArgValue, outOfRange } from './errors.ts';

/** A process and its user, unix(7): who made the other end (`SO_PEERCRED`), who sent (`SCM_CREDENTIALS`). */
export interface Credentials {
  /** The process, numbered as the reader's namespace does; 0 if it is outside of it. */
  pid: number;
  /** The user; `SO_PEERCRED` tells the effective one. */
  uid: number;
  /** The group; `SO_PEERCRED` tells the effective one. */
  gid: number;
}

/** How a value becomes bytes, and back. Integers are in host byte order. */
export interface Codec<Get = unknown> {
  /** How many bytes to ask for. */
  readonly length: number;
  encode(value: unknown): Uint8Array;
  decode(bytes: Buffer): Get;
}

/** Host byte order, whatever it is. */
export const ints = (...values: number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer);
export const intAt = (bytes: Buffer, index: number): number =>
  bytes.length >= 4 * (index + 1)
    ? new Int32Array(new Uint8Array(bytes.subarray(0, 4 * (index + 1))).buffer)[index]!
    : 0;

export function checkInteger(value: unknown, minimum = -0x80000000, maximum = 0xffffffff): number {
  if (typeof value !== 'number') throw invalidArgType('value', 'of type number', value);
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw outOfRange('value', `an integer >= ${minimum} and <= ${maximum}`, value);
  }
  return value;
}

/** Some options read back as a single byte where the kernel keeps one (IP_MULTICAST_TTL on BSD). */
export const integer: Codec<number> = {
  length: 4,
  encode: (value) => ints(checkInteger(typeof value === 'boolean' ? Number(value) : value)),
  decode: (bytes) => (bytes.length === 1 ? bytes[0]! : intAt(bytes, 0)),
};

export const boolean: Codec<boolean> = {
  length: 4,
  encode: integer.encode,
  decode: (bytes) => integer.decode(bytes) !== 0,
};

/** The struct timeval or timespec number `index`: seconds, and micro- or nanoseconds; zeros if it is missing. */
export function timePair(bytes: Buffer, index: number): [bigint, bigint] {
  const size = binding.sizes.timeval;
  const start = index * size;
  if (bytes.length < start + size) return [0n, 0n];
  if (size === 8) return [BigInt(intAt(bytes, 2 * index)), BigInt(intAt(bytes, 2 * index + 1))];
  const [seconds, fraction] = new BigInt64Array(new Uint8Array(bytes.subarray(start, start + size)).buffer);
  return [seconds!, fraction!];
}

/** struct timeval, whose two halves are C longs; in JavaScript seconds with a fraction. */
export const time: Codec<number> = {
  length: binding.sizes.timeval,
  encode(value) {
    if (typeof value !== 'number') throw invalidArgType('value', 'of type number', value);
    if (!(value >= 0 && value <= 0x7fffffff))
      throw outOfRange('value', 'seconds >= 0 and <= 2147483647', value);
    const seconds = Math.floor(value);
    const microseconds = Math.min(Math.round((value - seconds) * 1e6), 999_999);
    return binding.sizes.timeval === 8
      ? ints(seconds, microseconds)
      : new Uint8Array(BigInt64Array.of(BigInt(seconds), BigInt(microseconds)).buffer);
  },
  decode(bytes) {
    const [seconds, microseconds] = timePair(bytes, 0);
    return Number(seconds) + Number(microseconds) / 1e6;
  },
};

export const bigint: Codec<bigint> = {
  length: 8,
  encode(value) {
    if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) {
      throw invalidArgType('value', 'of type bigint or an integer', value);
    }
    const big = BigInt(value as bigint | number);
    if (big < 0n || big >= 1n << 64n) throw outOfRange('value', '>= 0 and < 2 ** 64', value);
    return new Uint8Array(BigUint64Array.of(big).buffer);
  },
  decode: (bytes) =>
    bytes.length < 8 ? 0n : new BigUint64Array(new Uint8Array(bytes.subarray(0, 8)).buffer)[0]!,
};

/** A C string; the longest are names of interfaces and of congestion controls. */
export const string: Codec<string> = {
  length: 256,
  encode(value) {
    if (typeof value !== 'string') throw invalidArgType('value', 'of type string', value);
    if (value.includes('\0')) throw invalidArgValue('value', value, 'must not have a NUL inside');
    return Buffer.from(`${value}\0`);
  },
  decode(bytes) {
    const end = bytes.indexOf(0);
    return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
  },
};

export const bytes: Codec<Buffer> = {
  length: 4096,
  encode(value) {
    throw invalidArgType('value', 'an ArrayBufferView', value);
  },
  decode: (value) => value,
};

export const credentials: Codec<Credentials> = {
  length: 12,
  encode(value) {
    if (typeof value !== 'object' || value === null || !('pid' in value)) {
      throw invalidArgType('value', 'like { pid, uid, gid }', value);
    }
    const { pid, uid, gid } = value as Credentials;
    return ints(checkInteger(pid), checkInteger(uid), checkInteger(gid));
  },
  decode: (value) => ({ pid: intAt(value, 0), uid: intAt(value, 1), gid: intAt(value, 2) }),
};

/** A row of a table: what the system lacks is `undefined`. */
export type TableRow<T> = readonly [level: number | undefined, name: number | undefined, row: T];

/** Finds rows by level and name; of two with the same numbers, the first. */
export function tableOf<T>(rows: readonly TableRow<T>[]): (level: number, name: number) => T | undefined {
  const key = (level: number, name: number): string => `${level}:${name}`;
  const table = new Map<string, T>();
  for (const [level, name, row] of rows) {
    if (level === undefined || name === undefined || table.has(key(level, name))) continue;
    table.set(key(level, name), row);
  }
  // Whatever else comes here is the native layer's to refuse.
  return (level, name) =>
    typeof level === 'number' && typeof name === 'number' ? table.get(key(level, name)) : undefined;
}

/** The address bytes of an Internet address, in network order. */
export function addressBytes(address: InternetAddress, family: number): Uint8Array {
  const made = toSocketAddress({ address, port: 0, family }).address as string;
  return binding.inetPton(family, made) as Uint8Array;
}
