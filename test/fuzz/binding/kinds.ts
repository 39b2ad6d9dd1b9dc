/** Arguments of each kind: most are such as the functions want, some a little beside that. */
import { binding, RECORD, RESULT, WHOLE } from '../../../src/binding.ts';
import { pick, type Random } from '../../support/scale.ts';
import type { Entry, Pool } from './pool.ts';
import { detach, Guarded, HOSTILE, someLength } from './values.ts';

/** What getters and callbacks throw. */
export const THROWN = new Error('thrown by an argument');

/** One call that is being made. */
export interface Call {
  readonly random: Random;
  readonly pool: Pool;
  /** Whose margins must not change. */
  readonly guards: Guarded[];
  /** Makes other calls, in the midst of this one. */
  again(): void;
  /** A job has ended, and told this. */
  done(...told: unknown[]): void;
  /** Sockets are ready. */
  deliver(entries: ArrayBufferView, ...told: unknown[]): void;
}

function guarded(call: Call, length: number): Guarded {
  const made = new Guarded(call.random, length);
  call.guards.push(made);
  return made;
}

const view = (call: Call, length: number): ArrayBufferView => guarded(call, length).view;

/** Bytes of a Buffer, wherever they are. */
const filled = (call: Call, length: number): ArrayBufferView => guarded(call, length).fill(call.random).view;

function copied(call: Call, bytes: Uint8Array): ArrayBufferView {
  const made = guarded(call, bytes.length);
  made.bytes.set(bytes);
  return made.view;
}

const INTEGERS = [-1, 0, 1, 2, 3, 7, 16, 255, 256, 65_535, 65_536, 2 ** 31 - 1, -(2 ** 31), 2 ** 32 - 1];

const integer = ({ random }: Call): number =>
  random(4) === 0 ? pick(random, INTEGERS) : random(pick(random, [2, 10, 100, 70_000]));

function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random(256));
}

/** Of few places, so that calls meet. All are of this process or of its network namespace. */
function address({ random }: Call): Uint8Array {
  const port = pick(random, [0, 4001, 4002]);
  const made = pick<() => Uint8Array | undefined>(random, [
    () => binding.encodeInet('127.0.0.1', port),
    () => binding.encodeInet('0.0.0.0', port),
    () => binding.encodeInet6('::1', port, 0, 0),
    () => binding.encodeInet6('::ffff:127.0.0.1', port, random(100), 1),
    () => binding.encodeUnix(Buffer.from(`socket${port}`)),
    () => binding.encodeUnix(Buffer.from(`\0socket${port}`)),
    () => binding.encodeUnix(Buffer.alloc(random(109), 'x')),
    () => binding.encodeUnix(new Uint8Array(0)),
    () => binding.encodeFamily(0),
    () => binding.encodeNetlink(0, random(3)),
    () => binding.encodePacket(0x0800, 1, 0, 0, new Uint8Array(6)),
    () => binding.encodeVsock(1, port),
  ])()!;
  return random(10) === 0 ? made.subarray(0, random(made.length + 1)) : made;
}

/** Those of socket(7), ip(7), tcp(7), ipv6(7), udp(7), packet(7), netlink(7). */
const LEVELS = [1, 0, 6, 41, 17, 263, 270];

/** Level and name. */
const option = ({ random }: Call): number[] => [pick(random, LEVELS), random(80)];

/** Packed control messages; descriptors among them are such as may be given away. */
function control({ random, pool }: Call): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let left = random(4); left > 0; left--) {
    const [level, type] = pick(random, [
      [1, 1],
      [1, 2],
      [1, 37],
      [1, 61],
      [0, 8],
      [0, 1],
      [41, 50],
      [41, 52],
      [17, 103],
      [276, 1],
      [pick(random, LEVELS), 2 + random(60)],
    ]) as [number, number];
    const isRights = level === 1 && type === 1;
    const data = isRights
      ? new Uint8Array(Int32Array.from({ length: random(5) }, () => pool.descriptor(random)).buffer)
      : randomBytes(random, pick(random, [0, 1, 2, 4, 8, 12, 20, 100]));
    const length = random(20) === 0 ? pick(random, INTEGERS) : data.length;
    parts.push(
      new Uint8Array(Int32Array.of(level, type, length).buffer),
      data,
      new Uint8Array(-data.length & 3),
    );
  }
  const packed = Buffer.concat(parts);
  return random(20) === 0 ? packed.subarray(0, random(packed.length + 1)) : packed;
}

/** An array of views that is not what it seems. */
function parts(call: Call): unknown {
  const { random } = call;
  const made: unknown[] = Array.from({ length: random(5) }, () => filled(call, someLength(random)));
  const trap = (index: number, then: () => unknown) =>
    Object.defineProperty(made, index, { get: then, configurable: true });
  switch (random(14)) {
    case 0:
      made[random(40)] = filled(call, 10);
      break;
    case 1:
      made.length = pick(random, [1023, 1024, 1025, 5000, 2 ** 32 - 1]);
      break;
    case 2:
      made.length = 0;
      made.push(...Array.from({ length: 1024 }, () => filled(call, random(4))));
      break;
    case 3:
      made.push(pick(random, HOSTILE)());
      break;
    case 4:
      trap(0, () => {
        throw THROWN;
      });
      break;
    case 5:
      trap(made.length, () => {
        call.again();
        return filled(call, 20);
      });
      break;
    case 6: {
      const last = filled(call, 100);
      made.push(last);
      trap(made.length, () => {
        detach(last.buffer);
        made.length = random(3);
        return new Uint8Array(1);
      });
      break;
    }
    case 7:
      return filled(call, someLength(random));
  }
  return made;
}

/** Room for control messages, and the view for their packed form. */
function controlRoom(call: Call): unknown[] {
  const room = pick(call.random, [0, 1, 15, 16, 17, 20, 24, 100, 4096, 4096, 1 << 20]);
  const slack = call.random(20) === 0 && room > 0 ? -1 : call.random(3);
  return [room, view(call, 3 * room + slack)];
}

function records(call: Call, count: number, slab: number): ArrayBufferView {
  const { random } = call;
  const made = guarded(call, 4 * RECORD.size * count);
  const { buffer, byteOffset, byteLength } = made.bytes;
  const words = new DataView(buffer, byteOffset, byteLength);
  for (let at = 0; at < byteLength - 4 * RECORD.size + 1; at += 4 * RECORD.size) {
    const put = (field: number, value: number) => words.setInt32(at + 4 * field, value, true);
    const length = random(Math.min(slab, 2000) + 1);
    put(RECORD.length, length);
    put(RECORD.start, random(slab - length + 1));
    put(RECORD.segment, pick(random, [0, 0, 1, 10, 100, 1400]));
    put(RECORD.sent, random(10) === 0 ? random(length + 1) : 0);
    if (random(3) > 0) {
      const name = address(call);
      put(RECORD.addressLength, name.length);
      made.bytes.set(name.subarray(0, 128), at + 4 * RECORD.address);
    }
    if (random(10) === 0) put(random(RECORD.size), integer(call) | 0);
  }
  return made.view;
}

/** Slab, records, and two numbers that fit them: a size or a start, and a count. */
function batch(call: Call, receiving: boolean): unknown[] {
  const { random } = call;
  const count = random(100) === 0 ? 1024 : random(9);
  const size = pick(random, [0, 1, 64, 300, 1500]);
  const slab = filled(call, count * size);
  const made = records(call, count, slab.byteLength);
  return [slab, made, receiving ? size : random(count + 1), random(count + 1) + (random(20) === 0 ? 1 : 0)];
}

function done(call: Call): unknown {
  return (...told: unknown[]) => {
    call.done(...told);
    if (call.random(4) === 0) call.again();
    if (call.random(20) === 0) throw THROWN;
  };
}

/** A function that takes batches, and their array, which goes on to be used after this call. */
function receiver(call: Call): unknown[] {
  const { random } = call;
  const length = 3 * binding.batchCapacity - (random(20) === 0 ? 1 : 0);
  const entries = pick(random, [new Int32Array(length), new Int32Array(new SharedArrayBuffer(4 * length))]);
  const deliver = (...told: unknown[]) => {
    call.deliver(entries, ...told);
    if (random(4) === 0) call.again();
    if (random(100) === 0) detach(entries.buffer);
    if (random(50) === 0) throw THROWN;
  };
  return [deliver, entries];
}

const text = ({ random }: Call): string =>
  pick(random, [
    '127.0.0.1',
    '::1',
    'fe80::1',
    '',
    '1.2.3',
    '::ffff:1.2.3.4',
    'lo',
    'no such',
    '\0',
    '1'.repeat(300),
  ]);

const PATHS = ['file', 'fifo', 'folder', 'nothing', '', '', 'file\0tail', './'.repeat(3000)];

const FLAGS = [0, 0, 0, 1, 2, 0x20, 0x80, 0x100, 0x2000, 0x4000, 0x8000, 0x4000000, -(2 ** 31)];

const flags = ({ random }: Call): number => (random(3) === 0 ? pick(random, FLAGS) | pick(random, FLAGS) : 0);

/** Slot and generation. */
function handle(random: Random, known: readonly Entry[]): number[] {
  if (known.length === 0 || random(20) === 0) return [random(90), random(9)];
  const { slot, generation } = pick(random, known);
  return [slot, generation];
}

/** Each makes as many arguments as it is long. */
export const KINDS = {
  socket: ({ random, pool }: Call) => handle(random, random(10) === 0 ? pool.gone : pool.open),
  listener: ({ random, pool }: Call) =>
    handle(random, random(4) === 0 ? pool.open : pool.open.filter(({ listens }) => listens)),
  /** Family, style and protocol. */
  family: ({ random }: Call) => {
    const [family, protocols] = pick(random, [
      [1, [0]],
      [2, [0, 6, 17, 1]],
      [10, [0, 6, 17, 58]],
      [16, [0]],
      [17, [0, 0x0300]],
      [9999, [0]],
    ] as [number, number[]][]);
    return [family, pick(random, [1, 1, 1, 2, 2, 3, 5, 0x80801, 99]), pick(random, protocols)];
  },
  pair: ({ random }: Call) => [1, pick(random, [1, 2, 5, 3]), 0],
  descriptor: ({ random, pool }: Call) => [pool.descriptor(random)],
  integer: (call: Call) => [integer(call)],
  flags: (call: Call) => [flags(call)],
  result: (call: Call) => [view(call, RESULT.size + call.random(3) - (call.random(30) === 0 ? 3 : 0))],
  /** Of a transfer: buffer, flags, start, end. */
  transfer: (call: Call) => {
    const { random } = call;
    const buffer = filled(call, someLength(random));
    const start = random(3) === 0 ? random(buffer.byteLength + 2) : 0;
    const end = random(3) === 0 ? random(buffer.byteLength + 2) : WHOLE;
    return [buffer, flags(call), start, end];
  },
  bytes: (call: Call) => [filled(call, someLength(call.random))],
  address: (call: Call) => [
    call.random(20) === 0
      ? copied(call, randomBytes(call.random, call.random(300)))
      : copied(call, address(call)),
  ],
  /** A path's or hardware address's bytes. */
  name: (call: Call) => [
    copied(call, randomBytes(call.random, call.random(call.random(10) === 0 ? 300 : 12))),
  ],
  option: (call: Call) => option(call),
  control: (call: Call) => [copied(call, control(call))],
  parts: (call: Call) => [parts(call)],
  controlRoom,
  receiving: (call: Call) => batch(call, true),
  sending: (call: Call) => batch(call, false),
  /** Slab, records, count, slab, records. */
  copying: (call: Call) => {
    const [slab, from, , count] = batch(call, true);
    const [toSlab, toRecords] = call.random(5) === 0 ? [slab, from] : batch(call, true);
    return [slab, from, count, toSlab, toRecords];
  },
  boolean: ({ random }: Call) => [random(2) === 0],
  text: (call: Call) => [text(call)],
  path: (call: Call) => [copied(call, Buffer.from(pick(call.random, PATHS)))],
  done: (call: Call) => [done(call)],
  receiver,
} satisfies Record<string, (call: Call) => unknown[]>;

export type Kind = keyof typeof KINDS;
