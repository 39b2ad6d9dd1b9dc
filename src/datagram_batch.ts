/** Many datagrams in one piece of memory: what recvmmsg(2) fills and sendmmsg(2) sends. */
import { markAsUntransferable } from 'node:worker_threads';
import { type AddressLike, type SocketAddress, toSocketAddress } from './address.ts';
import { cachedAddress } from './address_cache.ts';
import { binding, RECORD, TOLD } from './binding.ts';
import { roomFor } from './chunks.ts';
import { AF_INET, AF_INET6 } from './constants.ts';
import { batchReleased, invalidArgType, invalidArgValue, outOfRange } from './errors.ts';

/** Configuration of a {@link DatagramBatch}. */
export interface DatagramBatchOptions {
  /** How many slots: 1 to 1,024, which is as many messages as the kernel takes in one call. Default 64. */
  count?: number;
  /**
   * Bytes of a slot: 1 to 65,535. What is longer is cut when it is received;
   * a super-datagram of `UDP_GRO` is up to 65,535 long. Default 2,048.
   */
  size?: number;
}

/** What a batch yields when it is iterated. */
export interface BatchedDatagram {
  /** The payload, a part of the batch's memory. */
  data: Buffer<ArrayBuffer>;
  /** The sender, or where it is to go; null where it is unknown, or to the connected peer. */
  address: SocketAddress | null;
  /** Which slot it is in. */
  slot: number;
}

const MOST_SLOTS = 1024;
const MOST_BYTES = 65_535;
/** The longest payload of IPv4, whatever its segments. */
const MOST_SEGMENTED = 65_507;

const NOTHING = Buffer.alloc(0);

interface Memory {
  readonly slab: Buffer<ArrayBuffer>;
  readonly records: Int32Array<ArrayBuffer>;
}

/** Memory that was given back, by the slots' number and size; so many bytes wait, the rest is the collector's. */
const free = new Map<number, Memory[]>();
const MOST_FREE = 32 << 20;
let freeBytes = 0;

const bytesOfMemory = ({ slab, records }: Memory) => slab.length + records.byteLength;

function takeMemory(count: number, size: number): Memory {
  const memory = free.get(count * (MOST_BYTES + 1) + size)?.pop();
  if (memory !== undefined) {
    freeBytes -= bytesOfMemory(memory);
    return memory;
  }
  const slab = Buffer.alloc(count * size);
  const records = new Int32Array(count * RECORD.size);
  // Transferring them would take them from under the batch.
  markAsUntransferable(slab.buffer);
  markAsUntransferable(records.buffer);
  return { slab, records };
}

function giveMemory(memory: Memory, count: number, size: number): void {
  // What was detached all the same is of no use.
  const isWhole = memory.slab.length === count * size && memory.records.length === count * RECORD.size;
  if (!isWhole || freeBytes + bytesOfMemory(memory) > MOST_FREE) return;
  freeBytes += bytesOfMemory(memory);
  const key = count * (MOST_BYTES + 1) + size;
  const list = free.get(key);
  if (list === undefined) free.set(key, [memory]);
  else list.push(memory);
}

function integer(name: string, value: number, maximum: number): number {
  if (typeof value !== 'number') throw invalidArgType(name, 'of type number', value);
  if (!Number.isInteger(value) || value < 1 || value > maximum) {
    throw outOfRange(name, `an integer >= 1 and <= ${maximum}`, value);
  }
  return value;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** How many bytes data has; text as UTF-8. */
function lengthOf(data: ArrayBufferView | string, most: number): number {
  let length: number;
  if (typeof data === 'string') length = Buffer.byteLength(data);
  else if (ArrayBuffer.isView(data)) length = data.byteLength;
  else throw invalidArgType('data', 'of type string or an ArrayBufferView', data);
  if (length > most) throw outOfRange('data', `at most ${most} bytes`, length);
  return length;
}

/** Where an address is written that is compared with another. */
const compared = new Int32Array(32);

let probedLimit = 0;

/** How many segments the kernel makes of a message. */
function segmentLimit(): number {
  if (probedLimit === 0) probedLimit = binding.segmentLimit();
  return probedLimit;
}

/**
 * Datagrams for `recvmmsg` and `sendmmsg`, in memory that is allocated once:
 * a slab with the payloads, and a record of each.
 *
 * To receive, pass it to `socket.recvmmsg`, which puts a datagram into each
 * slot, and look at it with {@link forEach}, which makes no objects, or by
 * iterating, which makes some. Payloads are views, not copies; addresses are
 * the same object as long as they are the same address. To send, fill it with
 * {@link push} and its kin, and pass it to `socket.sendmmsg`. What was received
 * can be sent as it is: each payload goes back where it came from.
 *
 * @example
 * const batch = new DatagramBatch({ count: 64, size: 1500 });
 * watch(socket, 'readable', () => {
 *   while (socket.recvmmsg(batch) !== null) {
 *     for (const { data, address } of batch) console.log(`${address}: ${data}`);
 *   }
 * });
 */
export class DatagramBatch implements Iterable<BatchedDatagram>, Disposable {
  /** How many slots there are. */
  readonly capacity: number;
  /** Bytes of a slot. */
  readonly size: number;
  #slab: Buffer<ArrayBuffer>;
  #records: Int32Array<ArrayBuffer>;
  #filled = 0;
  /** Where the next payload goes that is pushed. */
  #used = 0;
  #released = false;
  /** Whether the memory serves another batch when this one is released. */
  #pooled = true;
  /** The address that was pushed last, if it is in the last record. */
  #last: SocketAddress | null | undefined = undefined;
  /** Where sending stopped: only from there is a message continued. */
  #stopped = 0;

  /**
   * @param options See {@link DatagramBatchOptions}.
   * @throws TypeError, RangeError that name the option.
   */
  constructor(options?: DatagramBatchOptions);
  /** @internal Of memory that is nobody else's, and not given back. */
  constructor(options: DatagramBatchOptions, memory: Memory);
  constructor(options: DatagramBatchOptions = {}, memory?: Memory) {
    if (typeof options !== 'object' || options === null) {
      throw invalidArgType('options', 'an object', options);
    }
    this.capacity = integer('options.count', options.count ?? 64, MOST_SLOTS);
    this.size = integer('options.size', options.size ?? 2048, MOST_BYTES);
    const { slab, records } = memory ?? takeMemory(this.capacity, this.size);
    this.#slab = slab;
    this.#records = records;
    this.#pooled = memory === undefined;
  }

  /** How many slots are filled: received, or to be sent. Not named `length`, lest RxJS take a batch for an array. */
  get filled(): number {
    return this.#filled;
  }

  /** Whether it was released. */
  get released(): boolean {
    return this.#released;
  }

  /** The memory of all payloads: `capacity * size` bytes. */
  get slab(): Buffer<ArrayBuffer> {
    this.#check();
    return this.#slab;
  }

  /** How many datagrams the filled slots hold: a slot with segments holds as many. */
  get datagrams(): number {
    return this._datagramsIn(0, this.#filled);
  }

  /** How many payload bytes the filled slots hold. */
  get bytes(): number {
    return this._bytesIn(0, this.#filled);
  }

  /**
   * Calls `visit` for each datagram, in their order: the parts of one that
   * `UDP_GRO` has put together, too. Makes no objects: the payload is
   * `slab.subarray(start, end)`.
   *
   * @example
   * batch.forEach((slab, start, end, slot) => {
   *   total += slab.readUInt32BE(start);
   * });
   */
  forEach(visit: (slab: Buffer<ArrayBuffer>, start: number, end: number, slot: number) => void): void {
    this.#check();
    if (typeof visit !== 'function') throw invalidArgType('visit', 'of type function', visit);
    const slab = this.#slab;
    const records = this.#records;
    for (let slot = 0, at = 0; slot < this.#filled; slot++, at += RECORD.size) {
      let start = records[at + RECORD.start] as number;
      const segment = records[at + RECORD.segment] as number;
      const end = start + (records[at + RECORD.length] as number);
      if (segment > 0) {
        for (; end - start > segment; start += segment) visit(slab, start, start + segment, slot);
      }
      visit(slab, start, end, slot);
    }
  }

  /** The datagrams as {@link forEach} visits them, each with a view of its payload. */
  *[Symbol.iterator](): Generator<BatchedDatagram, void, undefined> {
    this.#check();
    for (let slot = 0; slot < this.#filled; slot++) {
      const address = this.address(slot);
      const data = this.data(slot);
      const segment = this.segmentSize(slot) || data.length;
      let start = 0;
      for (; data.length - start > segment; start += segment) {
        yield { data: data.subarray(start, start + segment), address, slot };
      }
      yield { data: start === 0 ? data : data.subarray(start), address, slot };
    }
  }

  /** The payload of a slot, all segments of it: a view of the batch's memory. */
  data(slot: number): Buffer<ArrayBuffer> {
    const at = this.#at(slot);
    const start = this.#records[at + RECORD.start] as number;
    return this.#slab.subarray(start, start + (this.#records[at + RECORD.length] as number));
  }

  /**
   * The sender of what was received, or where it is to go; null where it is
   * unknown, or to the connected peer. The same address is the same object, as
   * long as not too many others (512) come between.
   */
  address(slot: number): SocketAddress | null {
    const at = this.#at(slot);
    const length = this.#records[at + RECORD.addressLength] as number;
    return length === 0 ? null : cachedAddress(this.#records, at + RECORD.address, length);
  }

  /** What the kernel said of what it received: `MSG_TRUNC` (it was cut), ... Test bits, do not compare. */
  flags(slot: number): number {
    return this.#records[this.#at(slot) + RECORD.flags] as number;
  }

  /** The bytes of a segment where a slot holds several datagrams (`UDP_GRO`, {@link pushSegmented}); the last may be shorter. Otherwise 0. */
  segmentSize(slot: number): number {
    return this.#records[this.#at(slot) + RECORD.segment] as number;
  }

  /** The time to live or hop limit of what was received; null unless `IP_RECVTTL` or `IPV6_RECVHOPLIMIT` is set. */
  ttl(slot: number): number | null {
    return this.#told(slot, TOLD.ttl, RECORD.ttl);
  }

  /** The type of service or traffic class of what was received; null unless `IP_RECVTOS` or `IPV6_RECVTCLASS` is set. */
  tos(slot: number): number | null {
    return this.#told(slot, TOLD.tos, RECORD.tos);
  }

  /** The index of the interface where it was received; null unless `IP_PKTINFO` or `IPV6_RECVPKTINFO` is set. */
  interfaceIndex(slot: number): number | null {
    return this.#told(slot, TOLD.inet | TOLD.inet6, RECORD.interface);
  }

  /** The destination in the header of what was received, as text; null unless `IP_PKTINFO` or `IPV6_RECVPKTINFO` is set. */
  destination(slot: number): string | null {
    const at = this.#at(slot);
    const told = this.#records[at + RECORD.told] as number;
    if ((told & (TOLD.inet | TOLD.inet6)) === 0) return null;
    const { buffer, byteOffset } = this.#records;
    const inet = (told & TOLD.inet) !== 0;
    const bytes = new Uint8Array(buffer, byteOffset + 4 * (at + RECORD.destination), inet ? 4 : 16);
    return binding.inetNtop(inet ? AF_INET : AF_INET6, bytes) as string;
  }

  /** When it was received, in nanoseconds since 1970; null unless `SO_TIMESTAMPNS` or `SO_TIMESTAMP` is set. */
  timestamp(slot: number): bigint | null {
    const at = this.#at(slot);
    if (((this.#records[at + RECORD.told] as number) & TOLD.timestamp) === 0) return null;
    const { buffer, byteOffset } = this.#records;
    return new BigInt64Array(buffer, byteOffset + 4 * (at + RECORD.timestamp), 1)[0] as bigint;
  }

  /**
   * Appends a datagram to be sent, which is copied.
   *
   * @param data Bytes, or text, which is sent as UTF-8; at most 65,535 bytes,
   * of which UDP takes 65,507 over IPv4. Slots are of no matter: all bytes of
   * the batch are there for what is pushed.
   * @param address Where to; without one to the connected peer. A
   * `SocketAddress`, such as {@link DatagramBatch.address} of another batch, is not parsed.
   * @returns Whether there was room: a slot, and bytes.
   * @throws RangeError if it could not fit into the empty batch.
   */
  push(data: ArrayBufferView | string, address: AddressLike | null = null): boolean {
    return this.#append(data, address, false);
  }

  /**
   * As {@link push}; but if the message before goes to the same address and
   * consists of as long parts, it becomes the next segment of that. Many small
   * messages to one receiver are one for the kernel then (`UDP_SEGMENT`), and
   * nothing changes for the receiver.
   */
  coalesce(data: ArrayBufferView | string, address: AddressLike | null = null): boolean {
    return this.#append(data, address, true);
  }

  /**
   * Appends `data` as datagrams of `segmentSize` bytes, the last of which may
   * be shorter; the kernel takes them apart: `UDP_SEGMENT`, udp(7). Needs a
   * slot for every 64 segments (128 since Linux 6.10), or 65,507 bytes.
   *
   * Where the kernel or the device cannot do it, `sendmmsg` sends the segments
   * one by one.
   *
   * @param segmentSize 1 to 65,535 bytes; what is longer than the path takes
   * (its MTU without headers) is sent one by one, in fragments.
   * @returns Whether there was room for all of it; else nothing was appended.
   * @throws RangeError if it could not fit into the empty batch.
   */
  pushSegmented(
    data: ArrayBufferView | string,
    segmentSize: number,
    address: AddressLike | null = null,
  ): boolean {
    const to = this.#destination(address);
    const segment = integer('segmentSize', segmentSize, MOST_BYTES);
    const length = lengthOf(data, this.#slab.length);
    const most = Math.min(segmentLimit(), Math.max(1, Math.floor(MOST_SEGMENTED / segment))) * segment;
    const slots = Math.max(1, Math.ceil(length / most));
    if (slots > this.capacity) throw outOfRange('data', `at most ${this.capacity * most} bytes`, length);
    if (this.#filled + slots > this.capacity || this.#used + length > this.#slab.length) return false;
    this.#copy(data, length);
    for (let rest = length, i = 0; i < slots; i++, rest -= most) {
      this.#add(Math.min(rest, most), segment, to);
    }
    return true;
  }

  /**
   * Appends a datagram whose payload is yet to be written.
   *
   * @param length Its bytes, 0 to 65,535.
   * @param address As for {@link push}.
   * @returns Where in {@link slab} it begins; null if there is no room.
   * @example
   * const at = batch.reserve(8, address);
   * if (at !== null) batch.slab.writeBigUInt64BE(id, at);
   */
  reserve(length: number, address: AddressLike | null = null): number | null {
    const to = this.#destination(address);
    if (length !== 0) integer('length', length, Math.min(MOST_BYTES, this.#slab.length));
    const start = this.#used;
    if (this.#filled === this.capacity || start + length > this.#slab.length) return null;
    this.#add(length, 0, to);
    return start;
  }

  /** Empties the batch, to be filled again. */
  clear(): void {
    this.#check();
    this.#fill(0);
  }

  /**
   * A batch with the same datagrams in memory of its own, which is no larger
   * than they are: to be kept, or sent, not to receive into.
   */
  copy(): DatagramBatch {
    const bytes = this.bytes;
    const count = this.#filled;
    const records = 4 * RECORD.size * count;
    const room = roomFor(records + bytes);
    const memory = {
      slab: room.subarray(records),
      records: new Int32Array(room.buffer, room.byteOffset, RECORD.size * count),
    };
    const copy = new DatagramBatch({ count: Math.max(1, count), size: this.size }, memory);
    binding.copyBatch(this.#slab, this.#records, count, memory.slab, memory.records);
    copy.#filled = count;
    copy.#used = bytes;
    return copy;
  }

  /**
   * Gives the memory back, to be used by the next batch of as many slots of
   * the same size. Views of it change when that is filled. The batch cannot be
   * used any more: `ERR_BATCH_RELEASED`. A batch that is just dropped is
   * collected with its memory.
   */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#filled = 0;
    if (this.#pooled) giveMemory({ slab: this.#slab, records: this.#records }, this.capacity, this.size);
    this.#slab = NOTHING;
  }

  /** {@link release}, for `using`. */
  [Symbol.dispose](): void {
    this.release();
  }
  /** @internal recvmmsg(2). */
  _receive(slot: number, generation: number, flags: number): number {
    this.#check();
    if (!this.#pooled) throw invalidArgValue('batch', this, 'is a copy, which has no room to receive into');
    const { capacity, size } = this;
    const n = binding.recvmmsg(slot, generation, this.#slab, this.#records, size, capacity, flags);
    this.#fill(Math.max(0, n));
    return n;
  }

  /** @internal sendmmsg(2). */
  _send(slot: number, generation: number, start: number, count: number | undefined, flags: number): number {
    this.#check();
    if (start !== 0) integer('options.start', start, this.#filled);
    const rest = this.#filled - start;
    const most = count ?? rest;
    if (most !== 0) integer('options.count', most, rest);
    if (start !== this.#stopped && most > 0) this.#records[start * RECORD.size + RECORD.sent] = 0;
    const n = binding.sendmmsg(slot, generation, this.#slab, this.#records, start, most, flags);
    this.#stopped = start + Math.max(0, n);
    return n;
  }

  /** @internal How many datagrams the slots from `start` to before `end` hold. */
  _datagramsIn(start: number, end: number): number {
    this.#check();
    const records = this.#records;
    let datagrams = 0;
    for (let at = start * RECORD.size; at < end * RECORD.size; at += RECORD.size) {
      const segment = records[at + RECORD.segment] as number;
      const length = records[at + RECORD.length] as number;
      datagrams += segment === 0 || length <= segment ? 1 : Math.ceil(length / segment);
    }
    return datagrams;
  }

  /** @internal How many payload bytes they hold. */
  _bytesIn(start: number, end: number): number {
    this.#check();
    let bytes = 0;
    for (let at = start * RECORD.size; at < end * RECORD.size; at += RECORD.size) {
      bytes += this.#records[at + RECORD.length] as number;
    }
    return bytes;
  }

  /** @internal Copies of the datagrams of a slot that have not gone. */
  _unsent(slot: number): Buffer[] {
    const sent = this.#records[this.#at(slot) + RECORD.sent] as number;
    const rest = Buffer.from(this.data(slot).subarray(sent));
    const segment = this.segmentSize(slot) || rest.length;
    const datagrams = [rest.subarray(0, segment)];
    for (let at = segment; at < rest.length; at += segment) {
      datagrams.push(rest.subarray(at, at + segment));
    }
    return datagrams;
  }

  #check(): void {
    if (this.#released) throw batchReleased();
  }

  /** Where the record of a filled slot is. */
  #at(slot: number): number {
    if (typeof slot !== 'number' || slot >>> 0 !== slot || slot >= this.#filled) {
      this.#check();
      if (typeof slot !== 'number') throw invalidArgType('slot', 'of type number', slot);
      throw outOfRange('slot', `an integer >= 0 and < ${this.#filled}`, slot);
    }
    return slot * RECORD.size;
  }

  #told(slot: number, bits: number, field: number): number | null {
    const at = this.#at(slot);
    return ((this.#records[at + RECORD.told] as number) & bits) === 0
      ? null
      : (this.#records[at + field] as number);
  }

  #fill(length: number): void {
    this.#filled = length;
    this.#used = length * this.size;
    this.#last = undefined;
    this.#stopped = 0;
  }

  #destination(address: AddressLike | null): SocketAddress | null {
    this.#check();
    return address === null ? null : toSocketAddress(address);
  }

  #append(data: ArrayBufferView | string, address: AddressLike | null, coalesce: boolean): boolean {
    const to = this.#destination(address);
    const length = lengthOf(data, Math.min(MOST_BYTES, this.#slab.length));
    if (this.#used + length > this.#slab.length) return false;
    if (coalesce && this.#continues(length, to)) {
      const at = (this.#filled - 1) * RECORD.size;
      const before = this.#records[at + RECORD.length] as number;
      this.#copy(data, length);
      this.#used += length;
      this.#records[at + RECORD.length] = before + length;
      if (this.#records[at + RECORD.segment] === 0) this.#records[at + RECORD.segment] = before;
      return true;
    }
    if (this.#filled === this.capacity) return false;
    this.#copy(data, length);
    this.#add(length, 0, to);
    return true;
  }

  /** Whether a datagram can be a further segment of the last message, all of whose segments are full. */
  #continues(length: number, to: SocketAddress | null): boolean {
    const records = this.#records;
    const at = (this.#filled - 1) * RECORD.size;
    if (at < 0 || length === 0) return false;
    const before = records[at + RECORD.length] as number;
    const segment = (records[at + RECORD.segment] as number) || before;
    return (
      length <= segment &&
      before > 0 &&
      before % segment === 0 &&
      before < segmentLimit() * segment &&
      before + length <= MOST_SEGMENTED &&
      (records[at + RECORD.start] as number) + before === this.#used &&
      (to === this.#last || this.#goesTo(at, to))
    );
  }

  #goesTo(at: number, to: SocketAddress | null): boolean {
    const length = to === null ? 0 : to._leave(compared, 0);
    let same = length === this.#records[at + RECORD.addressLength];
    for (let i = 0; same && i < length >> 2; i++) {
      same = compared[i] === this.#records[at + RECORD.address + i];
    }
    // An address of odd length, a path, is not looked at to its end.
    return same && (length & 3) === 0;
  }

  #copy(data: ArrayBufferView | string, length: number): void {
    if (typeof data === 'string') this.#slab.write(data, this.#used, length);
    else this.#slab.set(data instanceof Uint8Array ? data : bytesOf(data), this.#used);
  }

  #add(length: number, segment: number, to: SocketAddress | null): void {
    const records = this.#records;
    const at = this.#filled * RECORD.size;
    records[at + RECORD.start] = this.#used;
    records[at + RECORD.length] = length;
    records[at + RECORD.flags] = 0;
    records[at + RECORD.segment] = segment;
    records[at + RECORD.sent] = 0;
    records[at + RECORD.told] = 0;
    if (to !== null && to === this.#last) {
      const size = records[at + RECORD.addressLength - RECORD.size] as number;
      records[at + RECORD.addressLength] = size;
      for (let i = at + RECORD.address; i < at + RECORD.address + size / 4; i++) {
        records[i] = records[i - RECORD.size] as number;
      }
    } else {
      records[at + RECORD.addressLength] = to === null ? 0 : to._leave(records, at + RECORD.address);
      this.#last = to;
    }
    this.#filled++;
    this.#used += length;
  }
}
