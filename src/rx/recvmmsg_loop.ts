/** The receiving half of fromRecvmmsg and mergeRecvmmsg. */

import { positive, requireConfig, requireOpen, sourceFlags } from '../config.ts';
import { IPPROTO_UDP, UDP_GRO } from '../constants.ts';
import { DatagramBatch } from '../datagram_batch.ts';
import { invalidArgValue, outOfRange, SystemError } from '../errors.ts';
import { PullLoop, type Sink } from '../pull_loop.ts';
import { hasEnd } from '../reader_claim.ts';
import { requireSocket } from '../readiness.ts';
import type { Socket } from '../socket.ts';

/** Configuration of what receives batches. */
export interface RecvmmsgConfig {
  /** How many slots a batch has: 1 to 1,024. Default 64, with `gro` 16. */
  count?: number;
  /** Bytes of a slot; what is longer is cut. 1 to 65,535. Default 2,048; with `gro` always 65,535. */
  size?: number;
  /**
   * Lets the kernel put datagrams of one sender together: the option `UDP_GRO`
   * of udp(7), where the system knows it. Many datagrams then cost as much as
   * one, and batches take them apart again. The option stays set: `recv` and
   * `recvfrom` on this socket would get several datagrams as one. Default
   * false.
   */
  gro?: boolean;
  /** Flags of recvmmsg(2), as those of {@link RecvConfig}. Default 0. */
  flags?: number;
  /**
   * The most batches in one turn of the event loop; the rest waits for the
   * next, so that other sockets and timers have theirs. Default 8.
   */
  maxPerTurn?: number;
}

/** A {@link RecvmmsgConfig}, checked. */
export interface CheckedRecvmmsgConfig {
  readonly count: number;
  readonly size: number;
  readonly gro: boolean;
  readonly flags: number;
  readonly maxPerTurn: number;
}

const MOST_SLOTS = 1024;
const LONGEST = 65_535;

export function checkRecvmmsgConfig(config: RecvmmsgConfig): CheckedRecvmmsgConfig {
  const { count, size, gro = false, flags, maxPerTurn } = requireConfig(config);
  if (gro && size !== undefined && size !== LONGEST) {
    throw outOfRange('size', `${LONGEST} with "gro", which makes datagrams as long`, size);
  }
  return {
    count: positive('count', count, gro ? 16 : 64, MOST_SLOTS),
    size: positive('size', size, gro ? LONGEST : 2048, LONGEST),
    gro: Boolean(gro),
    flags: sourceFlags(flags),
    maxPerTurn: positive('maxPerTurn', maxPerTurn, 8, Number.POSITIVE_INFINITY),
  };
}

/** The argument itself, if it is a socket for datagrams. */
export function requireDatagrams(socket: Socket): Socket {
  if (hasEnd(requireSocket(socket))) {
    throw invalidArgValue('socket', socket, 'must be a datagram or raw socket');
  }
  return socket;
}

/** Without it datagrams come one by one, and nothing is lost. */
function askForGro(socket: Socket): void {
  if (UDP_GRO === undefined) return;
  try {
    socket.setsockopt(IPPROTO_UDP, UDP_GRO, true);
  } catch (error) {
    const code = error instanceof SystemError ? error.code : undefined;
    if (code !== 'ENOPROTOOPT' && code !== 'EOPNOTSUPP') throw error;
  }
}

/**
 * What becomes of the memory. `keep`: the batch is the receiver's for good; a
 * sparse one is copied out. `lend`: it is received into again once the sink's
 * `next` has returned. `give`: the sink releases it.
 */
export type Memory = 'keep' | 'lend' | 'give';

/** A batch is handed over if its memory is at most so many times its payload, as chunks are; a copy costs less. */
const KEPT = 2;

export class RecvmmsgLoop extends PullLoop<DatagramBatch> {
  readonly #config: CheckedRecvmmsgConfig;
  readonly #memory: Memory;
  /** What to receive into; null where it was handed over. */
  #batch: DatagramBatch | null = null;

  constructor(socket: Socket, config: CheckedRecvmmsgConfig, memory: Memory, sink: Sink<DatagramBatch>) {
    if (config.gro) askForGro(requireOpen(socket));
    super(requireOpen(socket), config.maxPerTurn, sink);
    this.#config = config;
    this.#memory = memory;
  }

  protected take(): DatagramBatch | null {
    // A borrower may have released it, to no harm.
    if (this.#batch === null || this.#batch.released) this.#batch = new DatagramBatch(this.#config);
    const batch = this.#batch;
    const n = this.socket.recvmmsg(batch, this.#config.flags);
    if (n === null) return null;
    // The kernel had no more; saves the call that would say so.
    if (n < batch.capacity) this.exhausted();
    if (this.#memory === 'lend') return batch;
    if (this.#memory === 'keep' && batch.bytes * KEPT < batch.slab.length) return batch.copy();
    this.#batch = null;
    return batch;
  }

  override unsubscribe(): void {
    super.unsubscribe();
    // What was lent may still be looked at.
    if (this.#memory !== 'lend') this.#batch?.release();
  }
}
