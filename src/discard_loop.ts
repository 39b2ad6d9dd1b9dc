/** Reading what nobody wants, so that closing does not reset the connection. */
import { DEFAULT_SIZE, slabOf } from './chunks.ts';
import { END, PullLoop, type Sink } from './pull_loop.ts';
import type { Socket } from './socket.ts';

/** How long the peer may take to end its side unless a caller says otherwise, in milliseconds. */
export const END_TIMEOUT = 5000;

/** Reads of one turn while discarding: nobody waits for them, others wait behind them. */
const DISCARDS_PER_TURN = 16;

/** Receives into nothing. */
export class DiscardLoop extends PullLoop<number> {
  constructor(socket: Socket, sink: Sink<number>) {
    super(socket, DISCARDS_PER_TURN, sink);
  }

  protected take(): number | null | typeof END {
    const n = this.socket.recv(slabOf(DEFAULT_SIZE));
    return n === 0 ? END : n;
  }
}
