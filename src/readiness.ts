/**
 * Readiness: the native engine's batches, taken apart for the watches of each
 * socket. One notification is given per attempt; see {@link watch}.
 */
import { AsyncResource } from 'node:async_hooks';
import { binding } from './binding.ts';
import { debug } from './diagnostics.ts';
import { invalidArgType, invalidArgValue, requireObject, socketClosed, systemError } from './errors.ts';
import type { Socket } from './socket.ts';

/** Direction bits of a {@link Watch}'s mask: libuv's event bits, as the native engine uses them. */
export const READABLE = 1;
export const WRITABLE = 2;
export const HANGUP = 4;
export const PRIORITY = 8;
/** Errors alone, an error queue's entries among them; who waits for it is told before the others. */
export const ERROR = 16;

/**
 * What a watch waits for.
 *
 * | interest | Linux reports it when (poll(2), epoll_ctl(2)) |
 * |---|---|
 * | `'readable'` | `POLLIN`: data, a connection to accept, end of stream; also `POLLERR`, `POLLHUP` |
 * | `'writable'` | `POLLOUT`: room in the send buffer, a connection established or refused; also `POLLERR`, `POLLHUP` |
 * | `'both'` | either |
 * | `'hangup'` | `POLLRDHUP` or `POLLHUP`: the peer closed, or shut down sending; also `POLLERR` |
 * | `'priority'` | `POLLPRI`: urgent data (`MSG_OOB`); also `POLLERR` |
 *
 * A `POLLHUP` that comes with another of the events asked for is not told of
 * by itself (libuv's uv__io_poll): a TCP socket that was never connected is
 * writable, and `'hangup'` alone tells that it is hung up as well.
 */
export type Interest = 'readable' | 'writable' | 'both' | 'hangup' | 'priority';

/** What a socket is ready for. Objects are shared and frozen: one exists for each combination. */
export interface Readiness {
  /** A recv-class call or `accept` is worth an attempt. */
  readonly readable: boolean;
  /** A send-class call is worth an attempt; a `connect` has ended, one way or the other. */
  readonly writable: boolean;
  /** The peer has closed, or sends no more. Data may still be waiting to be read. */
  readonly hangup: boolean;
  /** An error is pending: the next call, or `takeError()`, tells which. */
  readonly error: boolean;
  /** Urgent data is waiting: `recv` with `MSG_OOB` takes it. */
  readonly priority: boolean;
}

const READINESS: readonly Readiness[] = Array.from({ length: 2 * ERROR }, (_, bits) =>
  Object.freeze({
    readable: (bits & READABLE) !== 0,
    writable: (bits & WRITABLE) !== 0,
    hangup: (bits & HANGUP) !== 0,
    error: (bits & ERROR) !== 0,
    priority: (bits & PRIORITY) !== 0,
  }),
);

const MASKS: Readonly<Record<Interest, number>> = {
  readable: READABLE,
  writable: WRITABLE,
  both: READABLE | WRITABLE,
  hangup: HANGUP,
  priority: PRIORITY,
};

/** For people. */
function namesOf(mask: number): string {
  const names = Object.entries(MASKS).flatMap(([name, bit]) => (name !== 'both' && mask & bit ? [name] : []));
  if (mask & ERROR) names.push('error');
  return names.join(' ') || 'nothing';
}

/** The mask of an interest; a `TypeError` that names the argument if it is none. */
export function interestMask(interest: Interest): number {
  const mask = Object.hasOwn(MASKS, interest) ? MASKS[interest] : undefined;
  if (mask === undefined) {
    throw invalidArgValue('interest', interest, `must be one of ${Object.keys(MASKS).join(', ')}`);
  }
  return mask;
}

/** Who hears of a socket's readiness, and of its end. */
export interface Watcher {
  onReady(ready: Readiness): void;
  /** The socket was closed or detached; the watch is already gone. */
  onClose(): void;
}

/** The watched sockets, by slot. Watching holds a socket: it cannot be collected. */
const watched: (Socket | undefined)[] = [];

/**
 * One observer of a socket. Watches form a list that begins at the socket; a
 * new one goes in front, so that it is not told of the event during which it
 * was made. As a resource of async_hooks it tells its watcher in the context,
 * that of AsyncLocalStorage included, in which it was made.
 */
export class Watch extends AsyncResource implements Disposable {
  readonly #socket: Socket;
  readonly #watcher: Watcher;
  #next: Watch | null;
  #mask = 0;
  #active = true;

  /** With mask 0 it only hears of the close. */
  constructor(socket: Socket, mask: number, watcher: Watcher) {
    if (socket.closed) throw socketClosed();
    super('UvsockWatch');
    this.#socket = socket;
    this.#watcher = watcher;
    this.#next = socket._watches;
    socket._watches = this;
    if (mask === 0) return;
    try {
      this.setMask(mask);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /**
   * Changes what is waited for. Each direction in the mask counts as an
   * attempt, so that it is notified (again) if it is ready. Letting go is
   * lazy: polling stops with the next event.
   */
  setMask(mask: number): void {
    if (!this.#active || (mask === 0 && this.#mask === 0)) return;
    this.#mask = mask;
    const socket = this.#socket;
    let wanted = 0;
    for (let watch = socket._watches; watch !== null; watch = watch.#next) wanted |= watch.#mask;
    watched[socket._slot] = wanted === 0 ? undefined : socket;
    const result = binding.watch(socket._slot, socket._generation, wanted, mask);
    if (debug.enabled) debug('arm fd %d: %s', socket.fd, namesOf(wanted));
    if (result < 0) throw systemError(result, 'epoll_ctl');
  }

  /** Ends the watch; the socket stays as it is. */
  dispose(): void {
    if (!this.#active) return;
    this.setMask(0);
    this.#active = false;
    const socket = this.#socket;
    if (socket._watches === this) {
      socket._watches = this.#next;
      return;
    }
    let before = socket._watches;
    while (before !== null && before.#next !== this) before = before.#next;
    // Its own #next stays: a delivery that stands here goes on from it.
    if (before !== null) before.#next = this.#next;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal Calls the watchers of `socket` whose masks meet `events`. */
  static dispatch(socket: Socket, events: number): void {
    if ((events & ERROR) !== 0) Watch.#tell(socket, ERROR, events);
    Watch.#tell(socket, events & ~ERROR, events);
  }

  static #tell(socket: Socket, meant: number, events: number): void {
    const ready = READINESS[events & (2 * ERROR - 1)] as Readiness;
    for (let watch = socket._watches; watch !== null; watch = watch.#next) {
      if ((watch.#mask & meant) === 0) continue;
      try {
        watch.runInAsyncScope(watch.#watcher.onReady, watch.#watcher, ready);
      } catch (error) {
        surface(error);
      }
    }
  }

  /** @internal Ends all watches of a socket whose descriptor is gone, and tells them. */
  static end(socket: Socket, slot: number): void {
    if (watched[slot] === socket) watched[slot] = undefined;
    let watch = socket._watches;
    socket._watches = null;
    for (let rest = watch; rest !== null; rest = rest.#next) {
      rest.#active = false;
      rest.#mask = 0;
    }
    for (; watch !== null; watch = watch.#next) {
      try {
        watch.runInAsyncScope(watch.#watcher.onClose, watch.#watcher);
      } catch (error) {
        surface(error);
      }
    }
  }
}

/** One handler's exception must not cost another its event, and must not be lost. */
export function surface(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}

const FIELDS = 3;
const entries = new Int32Array(binding.batchCapacity * FIELDS);
let turn = 0;

function deliver(count: number, currentTurnNumber: number): void {
  turn = currentTurnNumber;
  for (let position = 0; position < count * FIELDS; position += FIELDS) {
    const socket = watched[entries[position] as number];
    // Closed since, perhaps by a handler of this very batch; the slot may be another's by now.
    if (socket === undefined || socket._generation !== entries[position + 1]) continue;
    Watch.dispatch(socket, entries[position + 2] as number);
  }
}

binding.setReceiver(deliver, entries);

/** The number of the loop's turn in which the newest batch was delivered, for budgets per turn. */
export function currentTurn(): number {
  return turn;
}

/** A listener of {@link watch}: of an end it is not told. */
class Listener implements Watcher {
  readonly onReady: (ready: Readiness) => void;

  constructor(listener: (ready: Readiness) => void) {
    this.onReady = listener;
  }

  onClose(): void {}
}

/**
 * Calls `listener` when the socket is ready: kernel readiness, uv_poll(3) on
 * epoll(7), without a read or write in between.
 *
 * **One notification per attempt.** After a notification the direction is
 * silent until it is attempted: by a recv-class call or `accept` for
 * readable, a send-class call for writable, `connect` for both, or by
 * `socket.rearm(direction)` where the input or output is done by other means.
 * Then it is notified again if there still is (or as soon as there is)
 * something to do. So ignoring an event costs nothing, and reading only a part
 * loses nothing. End of stream is notified once: a `recv` of 0 is no attempt.
 * Notifications may be spurious; a call then returns `null`.
 *
 * Any number of watches may be on a socket; a new one counts as an attempt.
 * While a socket is watched the process stays alive, unless `unref()` was
 * called. Listeners run in one batch per turn of the event loop; `nextTick`s
 * and promises run after the batch. What a listener throws becomes an
 * `uncaughtException` and costs no other listener its event. A listener runs
 * in the context of `AsyncLocalStorage` in which it was registered.
 *
 * @example
 * const buffer = Buffer.alloc(65536);
 * watch(socket, 'readable', () => {
 *   for (let n = socket.recv(buffer); n !== null; n = socket.recv(buffer)) {
 *     if (n === 0) return socket.close();
 *     handle(buffer.subarray(0, n));
 *   }
 * });
 *
 * @see {@link ready}
 * @param socket An open socket; a closed one throws `ERR_SOCKET_CLOSED`.
 * @param interest What to wait for, see {@link Interest}.
 * @param listener Called with what the socket is ready for.
 * @returns Dispose it to stop; closing the socket stops it, too, silently.
 */
export function watch(socket: Socket, interest: Interest, listener: (ready: Readiness) => void): Disposable {
  if (typeof listener !== 'function') throw invalidArgType('listener', 'of type function', listener);
  return new Watch(requireSocket(socket), interestMask(interest), new Listener(listener));
}

/** The argument itself, if it is a socket; classes are not compared, so that two copies of the package agree. */
export function requireSocket(socket: Socket): Socket {
  if (typeof socket !== 'object' || socket === null || typeof socket._slot !== 'number') {
    throw invalidArgType('socket', 'a Socket', socket);
  }
  return socket;
}

/** The argument itself, if it is a signal or missing. */
export function requireSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw invalidArgType('options.signal', 'an AbortSignal', signal);
}

/** Options of {@link ready}. */
export interface ReadyOptions {
  /** Aborting it rejects the promise with the signal's reason and ends the watch. */
  signal?: AbortSignal;
}

/**
 * A promise of the socket's next readiness: {@link watch} for one event.
 *
 * @example
 * let n = socket.recv(buffer);
 * while (n === null) {
 *   await ready(socket, 'readable');
 *   n = socket.recv(buffer);
 * }
 *
 * @see {@link watch}
 * @param socket An open socket.
 * @param interest What to wait for, see {@link Interest}.
 * @param options See {@link ReadyOptions}.
 * @returns What the socket is ready for. Rejects with `ERR_SOCKET_CLOSED` if the socket is or gets closed,
 * with the reason of `options.signal` when that aborts.
 */
export function ready(socket: Socket, interest: Interest, options: ReadyOptions = {}): Promise<Readiness> {
  return new Promise((resolve, reject) => {
    const signal = requireSignal(requireObject('options', options).signal);
    signal?.throwIfAborted();
    const settle = () => {
      inner.dispose();
      signal?.removeEventListener('abort', onAbort);
    };
    const onAbort = () => {
      settle();
      reject(signal?.reason);
    };
    const inner = new Watch(requireSocket(socket), interestMask(interest), {
      onReady(readiness) {
        settle();
        resolve(readiness);
      },
      onClose() {
        settle();
        reject(socketClosed());
      },
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
