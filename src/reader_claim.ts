/** One reader at a time on a socket whose bytes make sense only in a row. */
import { SOCK_SEQPACKET, SOCK_STREAM } from './constants.ts';
import { socketBusy } from './errors.ts';
import type { Socket } from './socket.ts';

/** Whether the socket is connected end to end, so that receiving 0 bytes is the end. */
export function hasEnd(socket: Socket): boolean {
  return socket.style === SOCK_STREAM || socket.style === SOCK_SEQPACKET;
}

/** The right to read a socket; who holds it gives it back with `release`. */
export class ReaderClaim {
  readonly #socket: Socket;
  #waiting: Set<() => void> | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Takes the right; null where nobody needs one (datagrams); throws `ERR_SOCKET_BUSY` if it is taken. */
  static take(socket: Socket): ReaderClaim | null {
    if (!hasEnd(socket)) return null;
    if (socket._reader !== null) throw socketBusy();
    socket._reader = new ReaderClaim(socket);
    return socket._reader;
  }

  /** What an earlier reader has put back, at most `size` bytes; it comes before what the kernel has. */
  peekUnread(size: number): Buffer<ArrayBuffer> | null {
    return this.#socket._unread?.subarray(0, size) ?? null;
  }

  /** The same, and takes it. */
  takeUnread(size: number): Buffer<ArrayBuffer> | null {
    const unread = this.#socket._unread;
    if (unread === null) return null;
    this.#socket._unread = unread.length > size ? unread.subarray(size) : null;
    return unread.subarray(0, size);
  }

  /** Calls back when this reader has released; returns how to take that back. */
  whenReleased(callback: () => void): () => void {
    this.#waiting ??= new Set();
    this.#waiting.add(callback);
    return () => this.#waiting?.delete(callback);
  }

  release(): void {
    if (this.#socket._reader !== this) return;
    this.#socket._reader = null;
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const callback of waiting) callback();
  }
}

/** Leaves bytes that were read from a socket to whoever reads it next. */
export function putBack(socket: Socket, bytes: Buffer<ArrayBuffer>): void {
  if (bytes.length === 0) return;
  const unread = socket._unread;
  socket._unread = unread === null ? bytes : Buffer.concat([bytes, unread]);
}
