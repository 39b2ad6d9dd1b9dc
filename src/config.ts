/** Validation of what operators are configured with; errors name the field. */
import { MSG_ERRQUEUE, MSG_PEEK, MSG_TRUNC, SOCK_STREAM } from './constants.ts';
import { invalidArgType, invalidArgValue, outOfRange, requireObject, socketClosed } from './errors.ts';
import { requireSocket } from './readiness.ts';
import type { Socket } from './socket.ts';

/** Reads an integer; `Infinity` only where it says so. */
function integer(
  name: string,
  value: number | undefined,
  fallback: number,
  minimum: number,
  maximum: number,
): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number') throw invalidArgType(name, 'of type number', value);
  const whole = Number.isInteger(value) || value === Number.POSITIVE_INFINITY;
  if (!(value >= minimum && value <= maximum && whole)) {
    throw outOfRange(name, `an integer >= ${minimum} and <= ${maximum}`, value);
  }
  return value;
}

/** Reads a positive integer; `Infinity` only where it says so. */
export function positive(
  name: string,
  value: number | undefined,
  fallback: number,
  maximum = 2 ** 30,
): number {
  return integer(name, value, fallback, 1, maximum);
}

/** Reads a number that may be 0. */
export function natural(name: string, value: number | undefined, fallback: number, maximum: number): number {
  return integer(name, value, fallback, 0, maximum);
}

/** Reads a time in milliseconds. */
export function milliseconds(name: string, value: number | undefined, fallback: number): number {
  return natural(name, value, fallback, 2 ** 31 - 1);
}

/** Reads the flags of a source, which must take what it emits. */
export function sourceFlags(value: number | undefined): number {
  if (value === undefined) return 0;
  if (typeof value !== 'number') throw invalidArgType('flags', 'of type number', value);
  if ((value & (MSG_PEEK | MSG_TRUNC | (MSG_ERRQUEUE ?? 0))) !== 0) {
    throw invalidArgValue('flags', value, 'must not have MSG_PEEK, MSG_TRUNC or MSG_ERRQUEUE');
  }
  return value;
}

/** Reads a socket that is a byte stream. */
export function requireStream(socket: Socket): Socket {
  if (requireSocket(socket).style === SOCK_STREAM) return socket;
  throw invalidArgValue('socket', socket, 'must be a stream socket');
}

/** For subscribing: the socket must be open by now. */
export function requireOpen(socket: Socket): Socket {
  if (requireSocket(socket).closed) throw socketClosed();
  return socket;
}

/** Reads a function. */
export function requireFunction<F>(name: string, value: F): F {
  if (typeof value !== 'function') throw invalidArgType(name, 'of type function', value);
  return value;
}

/** Reads a function that may be missing. */
export function optionalFunction<F>(name: string, value: F): F {
  return value === undefined ? value : requireFunction(name, value);
}

/** Reads a configuration object. */
export function requireConfig<C extends object>(config: C): C {
  return requireObject('config', config);
}
