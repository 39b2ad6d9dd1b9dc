import { Observable, type Subscriber, type Subscription } from 'rxjs';
import { milliseconds, requireConfig, requireOpen } from '../config.ts';
import { DiscardLoop, END_TIMEOUT } from '../discard_loop.ts';
import type { Sink } from '../pull_loop.ts';
import { hasEnd, ReaderClaim } from '../reader_claim.ts';
import { requireSocket } from '../readiness.ts';
import { SendQueue } from '../send_queue.ts';
import type { Socket } from '../socket.ts';
import { endSending } from './end_sending.ts';

/** Configuration of {@link end}. */
export interface EndConfig {
  /** How long the peer may take to end its side, in milliseconds, before the socket is closed anyway. Default 5,000. */
  timeout?: number;
}

/** Whether closing loses nothing: the peer has ended, all that it sent was read, and nothing waits to be sent. */
export function isOver(socket: Socket): boolean {
  return socket._ended && SendQueue.isEmpty(socket);
}

/** Sends what is queued, then the end; discards what comes until the peer's end; closes. */
class Ending implements Sink<number> {
  readonly #socket: Socket;
  readonly #subscriber: Subscriber<never>;
  readonly #timer: NodeJS.Timeout;
  readonly #loop: DiscardLoop;
  #sending: Subscription | null = null;
  #claim: ReaderClaim | null = null;
  #unwait: (() => void) | null = null;
  hasRoom = false;

  constructor(socket: Socket, timeout: number, subscriber: Subscriber<never>) {
    this.#socket = requireOpen(socket);
    this.#subscriber = subscriber;
    this.#loop = new DiscardLoop(socket, this);
    this.#timer = setTimeout(() => this.complete(), timeout);
  }

  connect(): void {}

  start(): void {
    if (isOver(this.#socket)) {
      this.complete();
      return;
    }
    this.#sending = endSending(this.#socket).subscribe({
      error: () => this.complete(), // nothing is connected, or no more
      complete: () => this.#read(),
    });
  }

  /** Closes, however far it has come. */
  abandon(): void {
    this.#loop.unsubscribe();
    clearTimeout(this.#timer);
    this.#unwait?.();
    this.#claim?.release();
    this.#socket.close();
    this.#sending?.unsubscribe();
  }

  /** Who is reading already reads on, to the end or until he leaves it to this. */
  #read(): void {
    this.#unwait = null;
    const reader = this.#socket._reader;
    if (this.#socket.closed) return;
    if (!hasEnd(this.#socket)) {
      this.complete();
    } else if (reader !== null) {
      this.#unwait = reader.whenReleased(() => this.#read());
    } else {
      this.#claim = ReaderClaim.take(this.#socket);
      this.hasRoom = true;
      this.#loop.run();
    }
  }

  next(): void {}

  complete(): void {
    this.abandon();
    this.#subscriber.complete();
  }

  /** A reset: the connection is over all the same. */
  error(): void {
    this.complete();
  }
}

/**
 * Closes a connection gracefully, so that the peer gets all that was sent.
 *
 * Closing a TCP socket that has unread input sends a reset, and the peer may
 * lose what it had not read yet (RFC 2525, 2.17). This waits until everything
 * queued by {@link send} is with the kernel, ends the sending side
 * (shutdown(2)), reads and discards until the peer has ended its side or the
 * timeout is over, and then closes. What somebody else is reading is left to
 * him. A socket without connection is closed once its queue is empty, and so
 * is one whose peer has ended already, when that was read.
 *
 * @example
 * concat(send(socket, 'bye\n'), end(socket)).subscribe();
 *
 * @see {@link withSocket} and {@link mergeAccept}, which do this by themselves
 * @param socket An open socket; closed when this completes.
 * @param config See {@link EndConfig}.
 * @returns A cold observable that emits nothing and completes; unsubscribing
 * closes the socket at once.
 */
export function end(socket: Socket, config: EndConfig = {}): Observable<never> {
  requireSocket(socket);
  const timeout = milliseconds('timeout', requireConfig(config).timeout, END_TIMEOUT);
  return new Observable((subscriber) => {
    const ending = new Ending(socket, timeout, subscriber);
    subscriber.add(() => ending.abandon());
    ending.start();
  });
}
