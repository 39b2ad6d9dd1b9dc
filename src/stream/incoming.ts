/** The readable half of a SocketStream. */
import type { Duplex } from 'node:stream';
import type { Sink } from '../pull_loop.ts';
import { surface } from '../readiness.ts';
import { RecvLoop } from '../recv_loop.ts';
import type { Socket } from '../socket.ts';
import type { IdleTimer } from './idle_timer.ts';

/** Reads of one turn of the event loop, as those of a source. */
const READS_PER_TURN = 16;

/** Receives while the stream asks, and pushes into it. */
export class Incoming implements Sink<Buffer<ArrayBuffer>> {
  readonly #stream: Duplex;
  readonly #socket: Socket;
  readonly #idle: IdleTimer;
  readonly #loop: RecvLoop;
  /** The stream asks: from its `_read` until a push tells that it has enough. */
  hasRoom = false;

  /** Claims the socket: throws `ERR_SOCKET_BUSY` if another reads it. */
  constructor(stream: Duplex, socket: Socket, size: number, idle: IdleTimer) {
    this.#stream = stream;
    this.#socket = socket;
    this.#idle = idle;
    this.#loop = new RecvLoop(socket, { size, flags: 0, maxPerTurn: READS_PER_TURN }, this);
  }

  /** How many bytes were received. */
  bytes = 0;

  connect(): void {}

  /** The stream asks for more. */
  run(): void {
    this.hasRoom = true;
    this.#loop.run();
  }

  stop(): void {
    this.#loop.unsubscribe();
  }

  next(chunk: Buffer<ArrayBuffer>): void {
    this.bytes += chunk.length;
    this.#idle.touch();
    this.#push(chunk);
  }

  /** The end of the stream; or somebody else has closed the socket. */
  complete(): void {
    if (this.#socket.closed) this.#stream.destroy();
    else this.#push(null);
  }

  error(error: unknown): void {
    this.#stream.destroy(error as Error);
  }

  /** What a listener throws is not the socket's error. */
  #push(chunk: Buffer | null): void {
    try {
      this.hasRoom = this.#stream.push(chunk);
    } catch (error) {
      surface(error);
    }
  }
}
