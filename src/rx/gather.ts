/** Bytes that come in pieces and are wanted in one: a buffer that grows by doubling. */
export class Gather {
  #buffer: Buffer<ArrayBuffer> = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#buffer.length));
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

  /** Drops what comes after the first `length` bytes. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** All of it, without a copy; the gathering begins anew. */
  take(): Buffer<ArrayBuffer> {
    const taken = this.#buffer.subarray(0, this.#length);
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
    return taken;
  }
}
