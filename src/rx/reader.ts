import { DEFAULT_SIZE, slabOf } from '../chunks.ts';
import { positive, requireConfig, requireOpen, requireStream } from '../config.ts';
import { MSG_PEEK } from '../constants.ts';
import { frameTooLong, frameTruncated } from '../errors.ts';
import { putBack, ReaderClaim } from '../reader_claim.ts';
import { type ReadyOptions, ready, requireSignal } from '../readiness.ts';
import type { Socket } from '../socket.ts';
import { toSeparator } from './delimited.ts';
import { Gather } from './gather.ts';

/** Reads of one turn of the event loop. */
const READS_PER_TURN = 64;

/**
 * Reads a stream by need. One call at a time: a second one while the first is
 * pending, or while another reader reads the socket, fails with
 * `ERR_SOCKET_BUSY`. A call that fails, by an abort or whatever else, leaves
 * what it had read to whoever reads next.
 */
export interface Reader {
  /**
   * The next `length` bytes.
   *
   * @param length How many; 0 gives none, at once.
   * @throws `ERR_FRAME_TRUNCATED` if the stream ends before.
   */
  exactly(length: number, options?: ReadyOptions): Promise<Buffer<ArrayBuffer>>;
  /**
   * The bytes before the next separator, which is taken, too, but is not part
   * of the result.
   *
   * @param separator Text is UTF-8.
   * @param max How many bytes there may be before it. Default 65,536.
   * @throws `ERR_FRAME_TOO_LONG` if there are more, `ERR_FRAME_TRUNCATED` if
   * the stream ends before.
   */
  until(separator: string | Uint8Array, max?: number, options?: ReadyOptions): Promise<Buffer<ArrayBuffer>>;
  /**
   * All bytes up to the end of the stream.
   *
   * @param max How many there may be. Default 16 MiB.
   * @throws `ERR_FRAME_TOO_LONG` if there are more.
   */
  rest(max?: number, options?: ReadyOptions): Promise<Buffer<ArrayBuffer>>;
}

/** One step of gathering: whether that was all; null: would block. */
type Step = (claim: ReaderClaim, gathered: Gather) => boolean | null;

/** The next bytes, at most `size`: null where it would block, none at the end. Good until the next call. */
function take(socket: Socket, claim: ReaderClaim, size: number, flags = 0): Uint8Array | null {
  const unread = flags === MSG_PEEK ? claim.peekUnread(size) : claim.takeUnread(size);
  if (unread !== null) return unread;
  const most = Math.min(size, DEFAULT_SIZE);
  const slab = slabOf(most);
  const n = socket.recv(slab, flags, 0, most);
  return n === null ? null : slab.subarray(0, n);
}

/** How often a reader has read in this turn of the event loop. */
interface Budget {
  spent: number;
}

async function gather(
  socket: Socket,
  budget: Budget,
  options: ReadyOptions,
  step: Step,
): Promise<Buffer<ArrayBuffer>> {
  const signal = requireSignal(options.signal);
  signal?.throwIfAborted();
  // Never null: it is a stream.
  const claim = ReaderClaim.take(requireOpen(socket)) as ReaderClaim;
  const gathered = new Gather();
  try {
    for (;;) {
      // Over all calls: many small ones go on from microtasks, and would starve the loop.
      if (budget.spent++ === READS_PER_TURN) {
        await new Promise(setImmediate);
        signal?.throwIfAborted();
        budget.spent = 1;
      }
      const done = step(claim, gathered);
      if (done) return gathered.take();
      if (done !== null) continue;
      await ready(socket, 'readable', options);
      budget.spent = 0;
    }
  } catch (error) {
    putBack(socket, gathered.take());
    throw error;
  } finally {
    claim.release();
  }
}

/**
 * Reads a stream socket by need, with promises: for protocols whose next
 * message is told by the last, handshakes, upgrades, STARTTLS.
 *
 * Nothing is read ahead: what follows is still in the kernel when a call is
 * fulfilled, and goes to whoever reads next, be it `mergeRecv`, another
 * process that is given the descriptor, or TLS. Only a call that fails may
 * have read what it does not return; that goes to the next reader of this
 * library, and is not seen by `Socket.recv`. Between calls nobody is reading.
 *
 * @example
 * const from = reader(socket);
 * const head = await from.until('\r\n\r\n');
 * const body = await from.exactly(contentLength(head));
 *
 * @see {@link mergeRecv} with `through`, for one kind of message after the other
 * @param socket A connected stream socket.
 */
export function reader(socket: Socket): Reader {
  requireStream(socket);
  const budget = { spent: 0 };
  return {
    async exactly(length, options = {}) {
      if (length !== 0) positive('length', length, 0);
      return gather(socket, budget, requireConfig(options), (claim, gathered) => {
        if (gathered.length === length) return true;
        const piece = take(socket, claim, length - gathered.length);
        if (piece === null) return null;
        if (piece.length === 0) throw frameTruncated(gathered.length);
        gathered.append(piece);
        return gathered.length === length;
      });
    },

    async until(separator, max, options = {}) {
      const end = toSeparator(separator);
      const most = positive('max', max, DEFAULT_SIZE);
      return gather(socket, budget, requireConfig(options), (claim, gathered) => {
        const before = gathered.length;
        // Looked at first, and taken only as far as it goes.
        const piece = take(socket, claim, most + end.length - before, MSG_PEEK);
        if (piece === null) return null;
        if (piece.length === 0) throw frameTruncated(before);
        gathered.append(piece);
        const found = gathered.indexOf(end, Math.max(0, before - end.length + 1));
        take(socket, claim, (found === -1 ? gathered.length : found + end.length) - before);
        if (found !== -1) gathered.truncate(found);
        else if (gathered.length === most + end.length) throw frameTooLong(most);
        return found !== -1;
      });
    },

    async rest(max, options = {}) {
      const most = positive('max', max, 2 ** 24);
      return gather(socket, budget, requireConfig(options), (claim, gathered) => {
        const piece = take(socket, claim, most + 1 - gathered.length);
        if (piece === null) return null;
        gathered.append(piece);
        if (gathered.length > most) throw frameTooLong(most);
        return piece.length === 0;
      });
    },
  };
}
