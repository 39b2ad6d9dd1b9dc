/** One direction of a relay: from a socket to another, through a pipe. */
import { constants as os } from 'node:os';
import { requireOpen } from './config.ts';
import { SystemError, socketClosed } from './errors.ts';
import { Pipe } from './pipe.ts';
import { type END, PullLoop, type Sink, type Source } from './pull_loop.ts';
import { putBack, ReaderClaim } from './reader_claim.ts';
import { RoomWait, type RoomWaiter } from './room_wait.ts';
import type { Socket } from './socket.ts';
import { streamEnd } from './stream_end.ts';

const { EINVAL, ENOSYS, EOPNOTSUPP, EMFILE, ENFILE } = os.errno;

/** With splice(2) it cannot be done: other sockets than it knows, no such call, no descriptor for a pipe. */
const UNFIT = new Set([EINVAL, ENOSYS, EOPNOTSUPP, EMFILE, ENFILE].map((errno) => -errno));

/** Moves of one turn of the event loop, as the reads of a source. */
const MOVES_PER_TURN = 16;

/** A move that brought less has probably taken all there was. */
const FEW = 1 << 14;

/** Who hears of a direction's progress. */
export interface SpliceObserver {
  /** So many bytes are with the destination's kernel. */
  next(bytes: number): void;
  error(error: unknown): void;
  /** All are, up to the source's end; or the source was closed. */
  complete(): void;
  /** It cannot be done in this way; nothing is lost, and somebody else may read the source. */
  unfit(): void;
}

/** Fills pipes from the source; each must be empty before the next. */
class Filling extends PullLoop<Pipe> {
  readonly #claim: ReaderClaim | null;

  constructor(source: Socket, sink: Sink<Pipe>) {
    const claim = ReaderClaim.take(requireOpen(source));
    super(source, MOVES_PER_TURN, sink);
    this.#claim = claim;
  }

  protected take(): Pipe | null | typeof END {
    const pipe = Pipe.take();
    let n: number | null;
    try {
      n = pipe.fill(this.socket);
    } catch (error) {
      pipe.release();
      throw error;
    }
    if (n !== null && n > 0) {
      if (n < FEW) this.exhausted();
      return pipe;
    }
    pipe.release();
    if (n === null) return null;
    return streamEnd(this.socket);
  }

  override unsubscribe(): void {
    super.unsubscribe();
    this.#claim?.release();
  }
}

/** Moves bytes until the source ends, an error, or `unsubscribe`. */
export class SpliceLoop implements Sink<Pipe>, RoomWaiter {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #observer: SpliceObserver;
  readonly #room: RoomWait;
  #source!: Source;
  #pipe: Pipe | null = null;
  /** Nothing more will come of the source. */
  #ended = false;
  #over = false;

  /** Throws `ERR_SOCKET_BUSY` if somebody else reads the source. */
  constructor(from: Socket, to: Socket, observer: SpliceObserver) {
    this.#from = from;
    this.#to = to;
    this.#observer = observer;
    requireOpen(to);
    new Filling(from, this);
    this.#room = new RoomWait(to, this);
    Pipe.use();
  }

  start(): void {
    this.#source.run();
  }

  connect(source: Source): void {
    this.#source = source;
  }

  get hasRoom(): boolean {
    return this.#pipe === null;
  }

  next(pipe: Pipe): void {
    this.#pipe = pipe;
    this.#empty(pipe);
  }

  error(error: unknown): void {
    this.#end();
    if (error instanceof SystemError && UNFIT.has(error.errno)) this.#observer.unfit();
    else this.#observer.error(error);
  }

  complete(): void {
    this.#ended = true;
    if (this.#pipe !== null) return;
    this.#end();
    this.#observer.complete();
  }

  onRoom(): void {
    if (this.#pipe !== null) this.#empty(this.#pipe);
    if (this.#pipe !== null || this.#over) return;
    if (this.#ended) this.complete();
    else this.#source.run();
  }

  onClose(): void {
    this.error(socketClosed());
  }

  /** What is on its way goes back to the source, for whoever reads it next. */
  unsubscribe(): void {
    this.#end();
  }

  #empty(pipe: Pipe): void {
    let bytes = 0;
    try {
      while (pipe.held > 0) {
        const n = pipe.empty(this.#to);
        if (n === null) break;
        this.#room.progress();
        bytes += n;
      }
    } catch (error) {
      if (bytes > 0) this.#observer.next(bytes);
      this.error(error);
      return;
    }
    if (pipe.held > 0) this.#room.wait();
    else {
      this.#pipe = null;
      pipe.release();
      this.#room.rest();
    }
    if (bytes > 0) this.#observer.next(bytes);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#source.unsubscribe();
    this.#room.dispose();
    const rest = this.#pipe?.release() ?? null;
    this.#pipe = null;
    if (rest !== null) putBack(this.#from, rest);
    Pipe.unuse();
  }
}
