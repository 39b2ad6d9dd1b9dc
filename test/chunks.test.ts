import { expect } from 'chai';
import { DEFAULT_SIZE, giveBack, keep, lend, slabOf } from '../src/chunks.ts';

/** Receives `length` bytes of `value`. */
function receive(length: number, value: number, size = DEFAULT_SIZE): Buffer<ArrayBuffer> {
  slabOf(size).fill(value, 0, length);
  return keep(length);
}

describe('chunks', () => {
  it('never change when more is received', () => {
    const lengths = [0, 1, 100, 4095, 4096, 16_383, 16_384, 65_536, 3];
    const chunks = lengths.map((length, index) => receive(length, index + 1));
    for (const [index, chunk] of chunks.entries()) {
      expect(chunk.equals(Buffer.alloc(lengths[index]!, index + 1)), `chunk of ${lengths[index]}`).to.equal(
        true,
      );
    }
  });

  it('pin at most 4 times their length, or 8 KiB', () => {
    for (let length = 1; length <= DEFAULT_SIZE; length = Math.ceil(length * 1.3)) {
      const { byteLength } = receive(length, 1).buffer;
      expect(byteLength, `for ${length} bytes`).to.be.at.most(Math.max(4 * length, 8192));
    }
  });

  it('may be larger than the usual slab', () => {
    expect(receive(1_000_000, 7, 1 << 20)).to.have.length(1_000_000);
    expect(receive(10, 8)).to.have.length(10);
  });

  it('cannot be transferred, which would take the bytes of others along', () => {
    const large = receive(DEFAULT_SIZE, 1);
    try {
      structuredClone(large, { transfer: [large.buffer] });
    } catch {
      // Node 20 copies instead, later versions throw: both leave the chunk alone
    }
    expect(large).to.have.length(DEFAULT_SIZE);
  });

  it('that were lent are received into again when they are back, and not before', () => {
    slabOf(DEFAULT_SIZE);
    const first = lend(DEFAULT_SIZE);
    slabOf(DEFAULT_SIZE);
    const second = lend(DEFAULT_SIZE);
    expect(second.buffer).to.not.equal(first.buffer);
    giveBack(first);
    slabOf(DEFAULT_SIZE);
    expect(lend(DEFAULT_SIZE).buffer).to.equal(first.buffer);
  });

  it("that were kept stay their owner's, whoever gives them back", () => {
    const kept = receive(DEFAULT_SIZE, 1);
    giveBack(kept);
    giveBack(receive(10, 2));
    expect(slabOf(DEFAULT_SIZE).buffer).to.not.equal(kept.buffer);
  });

  it('that are given back twice are free once', () => {
    slabOf(DEFAULT_SIZE);
    const chunk = lend(DEFAULT_SIZE);
    giveBack(chunk);
    giveBack(chunk);
    slabOf(DEFAULT_SIZE);
    const first = lend(DEFAULT_SIZE);
    slabOf(DEFAULT_SIZE);
    expect(lend(DEFAULT_SIZE).buffer).to.not.equal(first.buffer);
  });
});
