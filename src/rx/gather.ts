/** Bytes that come in pieces and are wanted in one: a buffer that grows by doubling. */
export class Gather {
  #buffer: Buffer<ArrayBuffer> = NOTHING;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The buffer doubles, but beyond `most` only if it must. */
  append(piece: Uint8Array, most = Number.POSITIVE_INFINITY): void {
    const length = this.#length + piece.length;
    if (length > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, Math.min(2 * this.#buffer.length, most)));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    this.#buffer.set(piece, this.#length);
    this.#length = length;
  }

  /** Where `bytes` are, looked for from `from` on; -1 for nowhere. */
  indexOf(bytes: Uint8Array, from: number): number {
    return this.#buffer.subarray(0, this.#length).indexOf(bytes, from);
  }

  /** Drops what is after the first `length` bytes. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** The first `length` bytes, without a copy, and never touched again; what is after them is dropped, and zero. */
  take(length = this.#length): Buffer<ArrayBuffer> {
    this.#buffer.fill(0, length);
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = NOTHING;
    this.#length = 0;
    return taken;
  }
}

const NOTHING = Buffer.alloc(0);
