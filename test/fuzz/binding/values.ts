/** Values that no function of the binding wants, and views of every kind with guarded margins. */
import { pick, type Random } from '../../support/scale.ts';

interface Resizable extends ArrayBuffer {
  resize(length: number): void;
}

const resizable = (length: number, most: number): Resizable =>
  new (ArrayBuffer as unknown as new (length: number, options: object) => Resizable)(length, {
    maxByteLength: most,
  });

export function detach(buffer: ArrayBufferLike): void {
  try {
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
  } catch {
    // it is shared, or of Node's pool
  }
}

export function detached(): Uint8Array {
  const view = new Uint8Array(64);
  detach(view.buffer);
  return view;
}

/** A view whose buffer shrank below it. */
export function outOfBounds(): Uint8Array {
  const buffer = resizable(64, 128);
  const view = new Uint8Array(buffer, 32);
  buffer.resize(16);
  return view;
}

function outOfBoundsDataView(): DataView {
  const buffer = resizable(64, 128);
  const view = new DataView(buffer, 32, 20);
  buffer.resize(40);
  return view;
}

/** How long a view is: 0 if its buffer is gone. */
export function lengthOf(view: ArrayBufferView): number {
  try {
    return view.byteLength;
  } catch {
    return 0; // what a DataView says
  }
}

const thrower = new Proxy(
  {},
  {
    get() {
      throw new TypeError('nobody is to look at this');
    },
  },
);

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy;
}

export const HOSTILE: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => 0,
  () => -0,
  () => 1,
  () => -1,
  () => 1.5,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => Number.MIN_VALUE,
  () => -(2 ** 31),
  () => 2 ** 31,
  () => 2 ** 32,
  () => 2 ** 53,
  () => Number.MAX_VALUE,
  () => 10n,
  () => -(2n ** 64n),
  () => '',
  () => 'text\0text',
  () => '\ud800',
  () => 'x'.repeat(5000),
  () => Symbol('s'),
  () => ({}),
  () => ({ length: 5, 0: new Uint8Array(4) }),
  () => ({ valueOf: () => 3, toString: () => '3' }),
  () => [],
  () => new Array(2000),
  () => new Proxy([], {}),
  () => new Proxy(new Uint8Array(8), {}),
  () => thrower,
  revoked,
  () => Object.create(Uint8Array.prototype),
  () => () => {},
  () => new Date(0),
  () => new Number(3),
  () => new Uint8Array(0),
  () => new Uint8Array(8),
  () => Buffer.alloc(144),
  () => new Float64Array(3),
  () => new DataView(new ArrayBuffer(10), 3),
  () => new ArrayBuffer(8),
  () => new SharedArrayBuffer(8),
  () => new Uint8Array(new SharedArrayBuffer(256)),
  () => new DataView(new SharedArrayBuffer(256), 5),
  detached,
  outOfBounds,
  outOfBoundsDataView,
];

const CANARY = 0xee;

/** A view in the middle of memory that nobody may touch. */
export class Guarded {
  readonly view: ArrayBufferView<ArrayBuffer>;
  readonly #memory: Uint8Array<ArrayBuffer>;
  readonly #start: number;
  readonly #end: number;

  constructor(random: Random, length: number) {
    const kind = random(8);
    const margin = 8 * random(5) + (kind < 4 ? random(8) : 0);
    // Of 64-bit elements, in their place.
    const size = kind < 4 ? length : Math.ceil(length / 8) * 8;
    const total = 2 * margin + size;
    const buffer = kind === 0 ? resizable(total, total + 64) : new ArrayBuffer(total);
    this.#memory = new Uint8Array(buffer);
    this.#start = margin;
    this.#end = margin + size;
    this.#memory.fill(CANARY);
    this.#memory.fill(0, this.#start, this.#end);
    this.view =
      kind === 1
        ? new DataView(buffer, margin, size)
        : kind < 4
          ? new Uint8Array(buffer, margin, size)
          : kind === 4
            ? new BigInt64Array(buffer, margin, size / 8)
            : Buffer.from(buffer, margin, size);
  }

  /** The bytes of the view. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#memory.subarray(this.#start, this.#end);
  }

  fill(random: Random): this {
    const bytes = this.bytes;
    for (let i = 0; i < Math.min(bytes.length, 64); i++) bytes[i] = random(256);
    return this;
  }

  /** Whether all around it is as it was; true of what was detached. */
  isIntact(): boolean {
    if (this.#memory.buffer.byteLength === 0) return true;
    const untouched = (byte: number) => byte === CANARY;
    return (
      this.#memory.subarray(0, this.#start).every(untouched) &&
      this.#memory.subarray(this.#end).every(untouched)
    );
  }
}

const LENGTHS = [0, 1, 2, 3, 4, 8, 16, 28, 64, 110, 144, 200, 600, 1000, 4096];

export function someLength(random: Random): number {
  return random(50) === 0 ? random(200_000) : pick(random, LENGTHS);
}
