/** The writable half of a SocketStream. */
import { SHUT_WR } from '../constants.ts';
import { SystemError } from '../errors.ts';
import { type SendObserver, SendQueue, type SendRequest } from '../send_queue.ts';
import type { Socket } from '../socket.ts';
import type { IdleTimer } from './idle_timer.ts';
import { type Progress, sendParts } from './send_parts.ts';

/** What a write of a `Duplex` is to call when it is done. */
export type Callback = (error?: Error | null) => void;

/** Sends at once, and lets wait in the socket's queue what the kernel has no room for; one write at a time. */
export class Outgoing implements SendObserver {
  readonly #socket: Socket;
  readonly #idle: IdleTimer;
  /** Of the write that waits. */
  #callback: Callback | null = null;
  #requests: SendRequest[] = [];
  #unfinished = 0;
  #waiting = 0;
  /** How far that was when somebody looked. */
  #seen = 0;
  /** Bytes of finished writes. */
  bytes = 0;

  constructor(socket: Socket, idle: IdleTimer) {
    this.#socket = socket;
    this.#idle = idle;
  }

  write(chunk: Buffer, callback: Callback): void {
    let sent: number | null;
    try {
      sent = SendQueue.attempt(this.#socket, chunk, 0, null);
    } catch (error) {
      callback(error as Error);
      return;
    }
    if (sent === chunk.length) this.#finished(sent, callback);
    else this.#wait([chunk], { part: 0, offset: sent ?? 0 }, callback);
  }

  writev(parts: readonly Buffer[], callback: Callback): void {
    let progress: Progress;
    try {
      progress = sendParts(this.#socket, parts);
    } catch (error) {
      callback(error as Error);
      return;
    }
    if (progress.part === parts.length) this.#finished(lengthOf(parts), callback);
    else this.#wait(parts, progress, callback);
  }

  /** shutdown(2) behind all that is queued. */
  end(callback: Callback): void {
    SendQueue.flush(this.#socket, {
      next() {},
      error: (error) => callback(error as Error),
      complete: () => {
        try {
          this.#socket.shutdown(SHUT_WR);
        } catch (error) {
          // The peer has reset it: reading tells.
          if (!(error instanceof SystemError && error.code === 'ENOTCONN')) return callback(error as Error);
        }
        callback();
      },
    });
  }

  /** Whether some of what waits has gone since this was asked last. */
  hasProgressed(): boolean {
    const gone = this.#requests.reduce((total, { _offset }) => total + _offset, 0);
    const progressed = gone !== this.#seen;
    this.#seen = gone;
    return progressed;
  }

  /** The socket is about to be closed: gives back the callback of what waits. */
  abandon(): Callback | null {
    const callback = this.#callback;
    this.#callback = null;
    return callback;
  }

  next(): void {}

  /** A part has gone. */
  complete(): void {
    this.#unfinished--;
    if (this.#unfinished > 0) return;
    const callback = this.abandon();
    if (callback !== null) this.#finished(this.#waiting, callback);
  }

  error(error: unknown): void {
    this.abandon()?.(error as Error);
  }

  #wait(parts: readonly Buffer[], { part, offset }: Progress, callback: Callback): void {
    this.#idle.touch();
    this.#callback = callback;
    this.#waiting = lengthOf(parts);
    this.#unfinished = parts.length - part;
    this.#requests = parts
      .slice(part)
      .map((each, i) => SendQueue.enqueue(this.#socket, each, 0, null, i === 0 ? offset : null, this));
    this.#seen = offset;
  }

  #finished(length: number, callback: Callback): void {
    this.#requests = [];
    this.bytes += length;
    this.#idle.touch();
    callback();
  }
}

function lengthOf(parts: readonly Buffer[]): number {
  return parts.reduce((total, { length }) => total + length, 0);
}
