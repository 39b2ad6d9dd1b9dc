/** The native addon and its types. Nothing else imports it. */
import { loadAddon } from './addon.ts';

/** A system call's result: `>= 0`, or `-errno`. */
type Result = number;

/** Field-wise what a sockaddr holds, in host byte order; which fields there are depends on the family. */
export interface DecodedAddress {
  family: number;
  address?: string;
  port?: number;
  flowinfo?: number;
  scopeId?: number;
  path?: Uint8Array;
  pid?: number;
  groups?: number;
  protocol?: number;
  ifindex?: number;
  hatype?: number;
  pkttype?: number;
  hwaddr?: Uint8Array;
  cid?: number;
  rxId?: number;
  txId?: number;
}

type EncodedAddress = Uint8Array<ArrayBuffer> | undefined;

/**
 * The native functions. A socket is named by slot and generation; every other
 * argument is validated natively too, and misuse throws. `result` views are
 * where a call leaves more than a number: see {@link RESULT}.
 */
export interface Binding {
  readonly constants: Readonly<Record<string, number>>;
  /** Of struct timeval; where ip_mreq_source has its interface, and group_req its group. */
  readonly sizes: { readonly timeval: number; readonly sourceInterface: number; readonly group: number };
  readonly batchCapacity: number;
  /** `IOV_MAX`: the most buffers of one message. */
  readonly mostParts: number;

  /** Open descriptors, polled and armed sockets, batches and events. */
  count(counts: Float64Array): void;
  setReceiver(deliver: (count: number, turn: number) => void, entries: Int32Array): void;

  socket(family: number, style: number, protocol: number, result: ArrayBufferView): Result;
  socketpair(family: number, style: number, protocol: number, result: ArrayBufferView): Result;
  adopt(fd: number, result: ArrayBufferView): Result;
  /** Any descriptor, close-on-exec, into a slot of its own. */
  duplicate(fd: number, result: ArrayBufferView): Result;
  adoptReceived(slot: number, generation: number, result: ArrayBufferView): Result;
  bind(slot: number, generation: number, address: Uint8Array): Result;
  connect(slot: number, generation: number, address: Uint8Array): Result;
  listen(slot: number, generation: number, backlog: number): Result;
  accept(slot: number, generation: number, result: ArrayBufferView): Result;
  shutdown(slot: number, generation: number, how: number): Result;
  getsockname(slot: number, generation: number, result: ArrayBufferView): Result;
  getpeername(slot: number, generation: number, result: ArrayBufferView): Result;
  watch(slot: number, generation: number, wanted: number, attempted: number): Result;
  rearm(slot: number, generation: number, directions: number): Result;
  setReferenced(slot: number, generation: number, referenced: boolean): Result;
  close(slot: number, generation: number): Result;
  detach(slot: number, generation: number): Result;

  recv(
    slot: number,
    generation: number,
    buffer: ArrayBufferView,
    flags: number,
    start: number,
    end: number,
  ): Result;
  recvfrom(
    slot: number,
    generation: number,
    buffer: ArrayBufferView,
    flags: number,
    start: number,
    end: number,
    result: ArrayBufferView,
  ): Result;
  send(
    slot: number,
    generation: number,
    data: ArrayBufferView,
    flags: number,
    start: number,
    end: number,
  ): Result;
  sendto(
    slot: number,
    generation: number,
    data: ArrayBufferView,
    flags: number,
    start: number,
    end: number,
    address: Uint8Array,
  ): Result;

  /**
   * Sends a piece of a file, on the thread pool; {@link WHOLE} as the length is up to its end. The file is opened by
   * its path, or taken out of its slot if that is empty. If it returns 0, `done` is told once: how many bytes went; 0,
   * {@link ENDED} or what stopped it; the size of the file, 0 if it has none, -1 if it could not be opened; and the
   * slot that the file is in now, -1 if it was closed, since nothing is left to do.
   */
  sendFile(
    slot: number,
    generation: number,
    path: Uint8Array,
    file: number,
    fileGeneration: number,
    offset: number,
    length: number,
    done: (sent: number, reason: Result, size: number, file: number, fileGeneration: number) => void,
  ): Result;

  /** `room` is for control messages as the kernel writes them; `control` has 3 times as many bytes. */
  recvmsg(
    slot: number,
    generation: number,
    buffers: ArrayBufferView | readonly ArrayBufferView[],
    flags: number,
    room: number,
    control: ArrayBufferView,
    result: ArrayBufferView,
  ): Result;
  /** An empty `address` or `control` is none. */
  sendmsg(
    slot: number,
    generation: number,
    data: ArrayBufferView | readonly ArrayBufferView[],
    flags: number,
    address: Uint8Array,
    control: Uint8Array,
  ): Result;

  /** Into slots of `size` bytes, one after the other; `records` as {@link RECORD} says. */
  recvmmsg(
    slot: number,
    generation: number,
    slab: ArrayBufferView,
    records: ArrayBufferView,
    size: number,
    count: number,
    flags: number,
  ): Result;
  sendmmsg(
    slot: number,
    generation: number,
    slab: ArrayBufferView,
    records: ArrayBufferView,
    start: number,
    count: number,
    flags: number,
  ): Result;
  /** Copies records, and payloads without the gaps between them; returns the length of those. */
  copyBatch(
    slab: ArrayBufferView,
    records: ArrayBufferView,
    count: number,
    toSlab: ArrayBufferView,
    toRecords: ArrayBufferView,
  ): number;
  /** How many segments the kernel makes of a message at most: 64 or 128. */
  segmentLimit(): number;

  getsockopt(slot: number, generation: number, level: number, name: number, value: ArrayBufferView): Result;
  setsockopt(slot: number, generation: number, level: number, name: number, value: ArrayBufferView): Result;

  /** The end that is read, then the one that is written, as `socketpair` leaves two sockets. */
  pipe(size: number, result: ArrayBufferView): Result;
  /** Between two slots, one of them an end of a pipe. */
  splice(slot: number, generation: number, toSlot: number, toGeneration: number, length: number): Result;
  /** From a pipe. */
  read(slot: number, generation: number, buffer: ArrayBufferView): Result;

  bytesReadable(slot: number, generation: number): Result;
  bytesUnsent(slot: number, generation: number): Result;
  atMark(slot: number, generation: number): Result;

  encodeFamily(family: number): EncodedAddress;
  encodeInet(address: string, port: number): EncodedAddress;
  encodeInet6(address: string, port: number, flowinfo: number, scopeId: number): EncodedAddress;
  encodeUnix(path: Uint8Array): EncodedAddress;
  encodeNetlink(pid: number, groups: number): EncodedAddress;
  encodePacket(
    protocol: number,
    ifindex: number,
    hatype: number,
    pkttype: number,
    hwaddr: Uint8Array,
  ): EncodedAddress;
  encodeVsock(cid: number, port: number): EncodedAddress;
  encodeCan(ifindex: number, rxId: number, txId: number): EncodedAddress;
  decodeAddress(bytes: Uint8Array): DecodedAddress;
  inetPton(family: number, text: string): EncodedAddress;
  inetNtop(family: number, bytes: Uint8Array): string | undefined;
  ifNameToIndex(name: string): number;
}

/** Positions in a `result` view, as native/calls.h has them: 32-bit integers, then a sockaddr. */
export const RESULT = {
  slot: 0,
  generation: 1,
  fd: 2,
  /** `adopt` only; `socketpair` has the second socket's three numbers here. */
  family: 3,
  style: 4,
  protocol: 5,
  /** `recvmsg` only: the flags, and the length of the packed control messages. */
  flags: 0,
  controlLength: 1,
  /** The length of the sockaddr that begins at byte `address`. */
  addressLength: 3,
  address: 16,
  /** A view of this many bytes has room for every result. */
  size: 16 + 128,
} as const;

/** The record of a datagram in a batch, as native/batch.cc has it: positions of 32-bit integers. */
export const RECORD = {
  start: 0,
  length: 1,
  flags: 2,
  segment: 3,
  addressLength: 4,
  sent: 5,
  /** Which of those below the kernel has told, as {@link TOLD}. */
  told: 6,
  ttl: 7,
  tos: 8,
  interface: 9,
  address: 10,
  destination: 42,
  /** 64 bits. */
  timestamp: 46,
  size: 48,
} as const;

/** Bits of `told` in a record. */
export const TOLD = { ttl: 1, tos: 2, inet: 4, inet6: 8, timestamp: 16 } as const;

/** What stops `sendFile`, beside errors: the end of the file. */
export const ENDED = 1;

/** As the end of a part of a view: that of the view. Reading `undefined` takes a native call twice as long. */
export const WHOLE = 2 ** 53;

export const binding = loadAddon() as Binding;
