import { constants as os } from 'node:os';
import { expect } from 'chai';
import { type Binding, binding, RECORD, RESULT } from '../src/binding.ts';
import { stats } from '../src/stats.ts';
import { detached, HOSTILE, outOfBounds } from './fuzz/binding/values.ts';
import { socketDescriptors } from './support/sockets.ts';

const { EINVAL, EOPNOTSUPP } = os.errno;

/** Not called with garbage: it would put this process's own loop out of order, or they take no arguments. */
const LEFT_ALONE = new Set<keyof Binding>([
  'setReceiver',
  'constants',
  'sizes',
  'batchCapacity',
  'mostParts',
  'segmentLimit',
]);
const functions = (Object.keys(binding) as (keyof Binding)[]).filter((name) => !LEFT_ALONE.has(name));

function call(name: keyof Binding, args: unknown[]): unknown {
  return (binding[name] as (...rest: unknown[]) => unknown)(...args);
}

/** Calls that leave new slots in argument 1, with how many. */
const OPENING: Partial<Record<keyof Binding, number>> = { duplicate: 1, pipe: 2 };

/** The slot and the generation of each of `count` that a call has left. */
function slotsLeft({ buffer, byteOffset }: ArrayBufferView, count: number): [number, number][] {
  const numbers = new Int32Array(buffer, byteOffset, 3 * count);
  return Array.from({ length: count }, (_, i) => [numbers[3 * i]!, numbers[3 * i + 1]!]);
}

describe('the native binding', () => {
  it('answers no arguments at all with an error that names one', () => {
    for (const name of functions) {
      expect(() => call(name, []), name).to.throw(TypeError, /"\w+" argument/);
    }
  });

  it('survives every hostile value in every place', function () {
    this.timeout(60_000);
    const before = socketDescriptors();
    const { open } = stats();
    for (const name of functions) {
      for (let position = 0; position < 8; position++) {
        for (const hostile of HOSTILE) {
          const args: unknown[] = Array.from({ length: 8 }, () => 0);
          args[position] = hostile();
          try {
            const answer = call(name, args);
            const count = answer === 0 ? OPENING[name] : undefined;
            if (count === undefined) continue;
            for (const each of slotsLeft(args[1] as ArrayBufferView, count)) binding.close(...each);
          } catch (error) {
            expect((error as { code?: string }).code, `${name} at ${position}`).to.match(/^ERR_/);
          }
        }
      }
    }
    expect(socketDescriptors()).to.deep.equal(before);
    expect(stats().open).to.equal(open);
  });

  it('refuses packed control messages that contradict themselves', () => {
    const result = new Int32Array(RESULT.size / 4);
    expect(binding.socketpair(1, 2, 0, result)).to.equal(0);
    const [slot, generation, , otherSlot, otherGeneration] = result as unknown as number[];
    const send = (control: Uint8Array) =>
      binding.sendmsg(slot!, generation!, [], 0, new Uint8Array(0), control);
    const header = (...ints: number[]) => new Uint8Array(Int32Array.of(...ints).buffer);
    try {
      for (const control of [
        header(1),
        header(1, 2),
        header(1, 1, 1),
        header(1, 1, 4),
        header(1, 1, -1, 0),
        header(1, 1, 0x7fffffff, 0),
        header(1, 9, 0, 1, 9),
        new Uint8Array(2 ** 20 + 1),
      ]) {
        expect(() => send(control), `${control.length} bytes`).to.throw(RangeError, /"control"/);
      }
      // Nothing but headers: more than the kernel takes, and no more than is bounded.
      expect(send(new Uint8Array(2 ** 20 - 4))).to.be.lessThan(0);
      expect(send(header(1, 9, 3, 0).subarray(0, 15))).to.be.lessThan(0); // the last one needs no padding
      expect(send(new Uint8Array(0))).to.equal(0);
    } finally {
      binding.close(slot!, generation!);
      binding.close(otherSlot!, otherGeneration!);
    }
  });

  it('refuses control room that is too small for what may come', () => {
    const result = new Uint8Array(RESULT.size);
    const receive = (room: number, control: ArrayBufferView) =>
      binding.recvmsg(0, 0, [], 0, room, control, result);
    expect(() => receive(100, new Uint8Array(299))).to.throw(RangeError, /"control"/);
    expect(() => receive(2 ** 20 + 1, new Uint8Array(2 ** 22))).to.throw(RangeError, /"room"/);
    expect(() => receive(0, new Uint8Array(new SharedArrayBuffer(8)))).to.throw(TypeError, /"control"/);
  });

  it('answers too many parts as the kernel would, without looking at them', () => {
    const result = new Int32Array(RESULT.size / 4);
    expect(binding.socket(2, 2, 0, result)).to.equal(0);
    const [slot, generation] = result as unknown as [number, number];
    const parts: ArrayBufferView[] = Array.from({ length: binding.mostParts + 1 }, () => new Uint8Array(1));
    const none = new Uint8Array(0);
    try {
      expect(binding.sendmsg(slot, generation, parts, 0, none, none)).to.equal(-os.errno.EMSGSIZE);
      expect(binding.recvmsg(slot, generation, parts, 0, 0, none, result)).to.equal(-os.errno.EMSGSIZE);
      parts.length = 2 ** 32 - 1; // a hole is no view
      expect(() =>
        binding.sendmsg(slot, generation, parts.slice(0, 5).concat(Array(2)), 0, none, none),
      ).to.throw(TypeError, /"data"/);
      expect(binding.sendmsg(slot, generation, parts, 0, none, none)).to.equal(-os.errno.EMSGSIZE);
    } finally {
      binding.close(slot, generation);
    }
  });

  it('adopts no received descriptor that is not there', () => {
    const result = new Int32Array(RESULT.size / 4);
    expect(binding.adoptReceived(0xffffffff, 0, result)).to.equal(-os.errno.EBADF);
    expect(() => binding.adoptReceived(0, 0, new Uint8Array(8))).to.throw(RangeError, /"result"/);
  });

  it('refuses a stale generation', () => {
    const result = new Int32Array(RESULT.size / 4);
    expect(binding.socket(2, 1, 0, result)).to.equal(0);
    const [slot, generation] = result as unknown as [number, number];
    expect(binding.close(slot, generation)).to.equal(0);
    expect(binding.close(slot, generation)).to.be.lessThan(0);
    expect(binding.listen(slot, generation, 1)).to.be.lessThan(0);
    expect(binding.listen(slot, generation + 1, 1)).to.be.lessThan(0);
  });

  it('answers questions of the queues of a closed socket, and of numbers that are none', () => {
    for (const ask of ['bytesReadable', 'bytesUnsent', 'atMark'] as const) {
      expect(binding[ask](2 ** 32 - 1, 0), ask).to.be.lessThan(0);
      expect(() => binding[ask](-1, 0), ask).to.throw(RangeError, /slot/);
      expect(() => binding[ask](0, null as never), ask).to.throw(TypeError, /generation/);
    }
  });

  it('takes the bytes of a filter as the program, never as a pointer to one', async () => {
    const { socket } = await import('uvsock');
    const c = await import('uvsock/constants');
    const { closed } = await import('./support/sockets.ts');
    const [s] = closed([socket(c.AF_INET, c.SOCK_DGRAM)]);
    // What a struct sock_fprog would be: 1 instruction, somewhere in memory.
    const pointer = Buffer.alloc(16);
    pointer.writeUInt16LE(1, 0);
    pointer.writeBigUInt64LE(0x7fff_dead_beef_0000n, 8);
    for (const name of [c.SO_ATTACH_FILTER!, c.SO_ATTACH_REUSEPORT_CBPF!]) {
      const set = (bytes: Uint8Array) =>
        binding.setsockopt(s._slot, s._generation, c.SOL_SOCKET, name, bytes);
      expect(set(pointer), 'no such program').to.equal(-EINVAL);
      for (const view of [detached(), outOfBounds(), new Uint8Array(0), new Uint8Array(8 * 65_536)]) {
        expect(set(view)).to.equal(-EINVAL);
      }
      expect(() => set(new Uint8Array(new SharedArrayBuffer(8)))).to.throw(TypeError, /value/);
    }
  });

  it('asks for no option whose value tells the kernel where to write', async () => {
    const c = await import('uvsock/constants');
    const { closed, tcpPair } = await import('./support/sockets.ts');
    const [sender, { _slot: slot, _generation: generation }] = closed(tcpPair());
    sender.send(Buffer.from('anywhere'));
    // struct tcp_zerocopy_receive: where to copy what came, and how much.
    const value = Buffer.alloc(64);
    value.writeBigUInt64LE(0x7fff_dead_beef_0000n, 24);
    value.writeInt32LE(64, 32);
    for (const [level, name] of [
      [c.IPPROTO_TCP, c.TCP_ZEROCOPY_RECEIVE!],
      [c.SOL_MPTCP!, 4], // MPTCP_FULL_INFO,
      [c.IPPROTO_IP, 129], // EBT_SO_GET_ENTRIES
    ] as const) {
      expect(binding.getsockopt(slot, generation, level, name, value), `${name}`).to.equal(-EOPNOTSUPP);
    }
  });

  it('sends no control message that tells the kernel where to write', async () => {
    const { socket } = await import('uvsock');
    const c = await import('uvsock/constants');
    const { closed } = await import('./support/sockets.ts');
    const [{ _slot: slot, _generation: generation }] = closed([socket(c.AF_INET, c.SOCK_DGRAM)]);
    const remoteMemory = new Uint8Array(Int32Array.of(c.SOL_RDS!, 1, 0).buffer);
    const nothing = new Uint8Array(0);
    expect(binding.sendmsg(slot, generation, nothing, 0, nothing, remoteMemory)).to.equal(-EOPNOTSUPP);
  });

  it('takes text of any length for what it is: no address', () => {
    for (const length of [255, 256, 257, 2 ** 24]) {
      const text = '1'.repeat(length);
      expect(binding.encodeInet(text, 1), `${length}`).to.equal(undefined);
      expect(binding.inetPton(2, text), `${length}`).to.equal(undefined);
      expect(binding.ifNameToIndex(text), `${length}`).to.equal(0);
    }
  });

  it('sends each type of array with all of its bytes', async () => {
    const { socketpair } = await import('uvsock');
    const { AF_UNIX, SOCK_STREAM } = await import('uvsock/constants');
    const { closed } = await import('./support/sockets.ts');
    const [sender] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const { Float16Array } = globalThis as unknown as { Float16Array?: new (length: number) => Uint8Array };
    const types = [Int8Array, Uint8ClampedArray, Int16Array, Uint32Array, Float64Array, BigInt64Array];
    for (const type of [...types, ...(Float16Array === undefined ? [] : [Float16Array])]) {
      const view = new type(10);
      let sent: number;
      try {
        sent = sender.send(view) as number;
      } catch (error) {
        // Node-API of this Node has no number for the newest type.
        expect([type, (error as { code?: string }).code]).to.deep.equal([
          Float16Array,
          'ERR_INVALID_ARG_TYPE',
        ]);
        continue;
      }
      expect(sent, type.name).to.equal(view.byteLength);
    }
  });

  it('does not write a filter beyond the buffer it is read into', async () => {
    const { socket } = await import('uvsock');
    const c = await import('uvsock/constants');
    const { closed } = await import('./support/sockets.ts');
    const [s] = closed([socket(c.AF_INET, c.SOCK_DGRAM)]);
    const program = Array.from({ length: 100 }, () => [c.BPF_RET!, 0, 0, 0xffffffff] as const);
    s.setsockopt(c.SOL_SOCKET, c.SO_ATTACH_FILTER!, program);
    const memory = new Uint8Array(2000);
    for (const length of [0, 1, 8, 100, 799, 800, 900]) {
      memory.fill(0xee);
      const room = memory.subarray(0, length);
      const n = binding.getsockopt(s._slot, s._generation, c.SOL_SOCKET, c.SO_GET_FILTER!, room);
      // Without room for an instruction the kernel only tells the length.
      expect(n, `${length} bytes`).to.equal(length < 8 || length >= 800 ? 800 : -EINVAL);
      expect(memory.subarray(length).every((byte) => byte === 0xee)).to.equal(true);
    }
  });

  it('counts into no less room than it needs', () => {
    expect(() => binding.count(new Float64Array(4))).to.throw(RangeError, /counts/);
  });

  it('checks the receiver of its batches', () => {
    expect(() => binding.setReceiver(null as never, new Int32Array(1))).to.throw(TypeError, /deliver/);
    expect(() => binding.setReceiver(() => {}, new Int32Array(1))).to.throw(RangeError, /entries/);
    expect(() => binding.setReceiver(() => {}, new Float64Array(10_000) as never)).to.throw(
      TypeError,
      /entries/,
    );
  });
});

describe('the memory of a batch', () => {
  const SLAB = 64;
  const record = (fields: Partial<Record<keyof typeof RECORD, number>>, count = 1) => {
    const records = new Int32Array(RECORD.size * count);
    for (const [name, value] of Object.entries(fields)) records[RECORD[name as keyof typeof RECORD]] = value;
    return records;
  };

  it('is not left by what its records say', async () => {
    const { socketpair } = await import('uvsock');
    const { AF_UNIX, SOCK_DGRAM } = await import('uvsock/constants');
    const { closed } = await import('./support/sockets.ts');
    const [{ _slot: slot, _generation: generation }, receiver] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    const slab = new Uint8Array(SLAB);
    for (const fields of [
      { start: -1, length: 1 },
      { start: 1, length: SLAB },
      { start: SLAB + 1, length: 0 },
      { length: -1 },
      { length: SLAB + 1 },
      { start: 2 ** 31 - 1, length: 2 ** 31 - 1 },
      { length: 4, sent: 5 },
      { length: 4, sent: 4 },
      { length: 4, sent: -1 },
      { sent: 1 },
      { length: 4, segment: -1 },
      { length: 4, segment: 65_536 },
      { length: 4, addressLength: 129 },
      { length: 4, addressLength: -1 },
    ]) {
      const records = record(fields);
      const about = JSON.stringify(fields);
      expect(() => binding.sendmmsg(slot, generation, slab, records, 0, 1, 0), about).to.throw(
        RangeError,
        /"records"/,
      );
      expect(() => binding.copyBatch(slab, records, 1, slab, records), about).to.throw(RangeError);
    }
    expect(binding.sendmmsg(slot, generation, slab, record({ length: SLAB }), 0, 1, 0)).to.equal(1);
    expect(receiver.recv(Buffer.alloc(100))).to.equal(SLAB);
    // Of three segments the last has not gone.
    const rest = record({ length: 6, segment: 2, sent: 4 });
    expect(binding.sendmmsg(slot, generation, slab, rest, 0, 1, 0)).to.equal(1);
    expect(receiver.recv(Buffer.alloc(100))).to.equal(2);
  });

  it('is as large as it must be, or refused', async () => {
    const { socketpair } = await import('uvsock');
    const { AF_UNIX, SOCK_DGRAM } = await import('uvsock/constants');
    const { closed } = await import('./support/sockets.ts');
    const [sender, { _slot: slot, _generation: generation }] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    const receive = (slab: Uint8Array, records: ArrayBufferView, size: number, count: number) =>
      binding.recvmmsg(slot, generation, slab, records, size, count, 0);
    const slab = new Uint8Array(SLAB);
    for (const [size, count] of [
      [33, 2],
      [32, 3],
      [65_535, 2],
    ] as const) {
      expect(() => receive(slab, record({}, 2), size, count)).to.throw(RangeError, /"records"/);
    }
    expect(() => receive(slab, record({}, 1024), 0, 1025)).to.throw(RangeError, /"count"/);
    expect(() => receive(slab, record({}), 65_536, 1)).to.throw(RangeError, /"size"/);
    for (const view of [detached(), outOfBounds()]) {
      expect(() => receive(view, record({}), 32, 1)).to.throw(RangeError);
      expect(() => receive(slab, view, 32, 1)).to.throw(RangeError);
    }
    expect(() => receive(new Uint8Array(new SharedArrayBuffer(SLAB)), record({}), 32, 1)).to.throw(
      TypeError,
      /"slab"/,
    );
    sender.send(Buffer.alloc(40, 'x'));
    // Records need not be aligned.
    const records = new DataView(new ArrayBuffer(4 * RECORD.size + 1), 1);
    expect(receive(slab, records, 32, 1)).to.equal(1);
    expect(records.getInt32(4 * RECORD.length, true)).to.equal(32);
    expect([...slab]).to.deep.equal([...Buffer.alloc(32, 'x'), ...Buffer.alloc(32)]);
  });
});

describe('buffers', () => {
  it('that are detached, shrunk or shared are refused, or empty, by every call', async () => {
    const { socketpair } = await import('uvsock');
    const { AF_UNIX, SOCK_DGRAM } = await import('uvsock/constants');
    const { closed } = await import('./support/sockets.ts');
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    expect(() => a.send(new Uint8Array(new SharedArrayBuffer(4)))).to.throw(TypeError, /data/);
    expect(() => a.recv(new Uint8Array(new SharedArrayBuffer(4)))).to.throw(TypeError, /buffer/);
    for (const view of [detached(), outOfBounds()]) {
      expect(a.send(view)).to.equal(0);
      expect(() => a.send(view, 0, 0, 1)).to.throw(RangeError, /end/);
      expect(b.recv(view)).to.equal(0);
    }
    for (const [start, end, name] of [
      [-1, undefined, 'start'],
      [5, undefined, 'start'],
      [3, 2, 'end'],
      [0, 5, 'end'],
      [0.5, 1, 'start'],
      ['0', 1, 'start'],
    ] as [number, number | undefined, string][]) {
      expect(() => a.send(new Uint8Array(4), 0, start, end)).to.throw(new RegExp(name));
      expect(() => a.recv(new Uint8Array(4), 0, start, end)).to.throw(new RegExp(name));
    }
    expect(a.send(Buffer.from('usable'))).to.equal(6);
    expect(b.recv(Buffer.alloc(8))).to.equal(6);
  });
});
