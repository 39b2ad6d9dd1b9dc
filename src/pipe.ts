/**
 * Pipes, through which splice(2) moves bytes from one socket to another without
 * bringing them to user space. A pipe is taken while something is in it, so
 * that connections which are idle have none.
 */
import { constants as os } from 'node:os';
import { binding, RESULT } from './binding.ts';
import { systemError } from './errors.ts';
import type { Socket } from './socket.ts';
import { noteFailure } from './stream_end.ts';

const { EAGAIN, ENOBUFS } = os.errno;

/** What a pipe holds at most: four times the system's default, so that a call moves more. */
const SIZE = 1 << 18;

/** So many free ones wait to be taken again. */
const MOST_FREE = 32;

const numbers = new Int32Array(RESULT.size / 4);
const free: Pipe[] = [];
let users = 0;

/** The result of splice(2); null for would-block. */
function moved(result: number, socket: Socket): number | null {
  if (result >= 0) return result;
  if (result === -EAGAIN) return null;
  const error = systemError(result, 'splice');
  noteFailure(socket, error);
  throw error;
}

export class Pipe {
  readonly #readSlot: number;
  readonly #readGeneration: number;
  readonly #writeSlot: number;
  readonly #writeGeneration: number;
  #held = 0;

  private constructor() {
    const status = binding.pipe(SIZE, numbers);
    if (status < 0) throw systemError(status, 'pipe');
    [this.#readSlot, this.#readGeneration] = numbers as unknown as [number, number];
    [this.#writeSlot, this.#writeGeneration] = numbers.subarray(3) as unknown as [number, number];
  }

  /** An empty one. Throws what pipe(2) says. */
  static take(): Pipe {
    return free.pop() ?? new Pipe();
  }

  /** Somebody is going to take pipes, now and then. */
  static use(): void {
    users++;
  }

  /** And no more: with the last user the free ones are closed. */
  static unuse(): void {
    if (--users > 0) return;
    for (const pipe of free) pipe.#close();
    free.length = 0;
  }

  /** Bytes that are in it. */
  get held(): number {
    return this.#held;
  }

  /**
   * Into the pipe, which must be empty: how many bytes, 0 at the end of the
   * stream, null for would-block. Throws what splice(2) says; `EINVAL` for a
   * socket that it cannot read.
   */
  fill(from: Socket): number | null {
    const n = moved(
      binding.splice(from._slot, from._generation, this.#writeSlot, this.#writeGeneration, SIZE),
      from,
    );
    this.#held = n ?? 0;
    return n;
  }

  /** Out of the pipe: as `fill`. A want of buffers is a want of room, as for all who send. */
  empty(to: Socket): number | null {
    const { _slot, _generation } = to;
    const result = binding.splice(this.#readSlot, this.#readGeneration, _slot, _generation, this.#held);
    const n = result === -ENOBUFS ? null : moved(result, to);
    this.#held -= n ?? 0;
    return n;
  }

  /** Gives it back, and what was still in it. */
  release(): Buffer<ArrayBuffer> | null {
    const rest = this.#held === 0 ? null : this.#drain();
    if (free.length < MOST_FREE && users > 0) free.push(this);
    else this.#close();
    return rest;
  }

  #drain(): Buffer<ArrayBuffer> {
    const rest = Buffer.allocUnsafeSlow(this.#held);
    for (let at = 0; at < rest.length; ) {
      const n = binding.read(this.#readSlot, this.#readGeneration, rest.subarray(at));
      if (n <= 0) throw systemError(n, 'read');
      at += n;
    }
    this.#held = 0;
    return rest;
  }

  #close(): void {
    binding.close(this.#readSlot, this.#readGeneration);
    binding.close(this.#writeSlot, this.#writeGeneration);
  }
}
