/** Structs of the options of any socket, socket(7). */
import type { SocketAddress } from '../address.ts';
import { bytes, type Codec, checkInteger, intAt, ints } from '../codecs.ts';
import { invalidArgType } from '../errors.ts';
import { address, elementsOf, fieldsOf, LITTLE, type OptionCodec, whole } from './struct.ts';

/** `SO_LINGER`, socket(7). */
export interface Linger {
  /** Whether close(2) lingers. */
  enabled: boolean;
  /** Seconds, whole; with `enabled`, 0 makes `close` reset the connection. */
  timeout: number;
}

/** Guile's form of {@link Linger}: `[enable, timeout]`. */
export type LingerPair = readonly [enable: number | boolean, timeout: number];

/** `SO_MEMINFO`: what a socket's buffers take, in bytes of kernel memory, `SK_MEMINFO_*`. */
export interface MemInfo {
  /** In the receive queue. */
  rmemAlloc: number;
  /** Limit of the receive queue, `SO_RCVBUF`. */
  rcvbuf: number;
  /** In packets on their way out. */
  wmemAlloc: number;
  /** Limit of the send queue, `SO_SNDBUF`. */
  sndbuf: number;
  /** Set aside for the socket, and free. */
  fwdAlloc: number;
  /** In the send queue of a stream. */
  wmemQueued: number;
  /** Of options, filters and the like. */
  optmem: number;
  /** In packets that came while the socket was busy. */
  backlog: number;
  /** Packets, not bytes, that were dropped for lack of room. */
  drops: number;
}

/** `SO_TIMESTAMPING`, struct so_timestamping. */
export interface TimestampingOption {
  /** A sum of `SOF_TIMESTAMPING_*`. */
  flags: number;
  /** With `SOF_TIMESTAMPING_BIND_PHC`: the virtual clock of the network card, by its number. */
  bindPhc: number;
}

/** `SO_TXTIME`, struct sock_txtime: when `SCM_TXTIME` tells a packet to leave. */
export interface TxTime {
  /** The clock that the times are of: `CLOCK_TAI`, `CLOCK_MONOTONIC`. */
  clockid: number;
  /** A sum of `SOF_TXTIME_DEADLINE_MODE` and `SOF_TXTIME_REPORT_ERRORS`. */
  flags: number;
}

export const linger: Codec<Linger> = {
  length: 8,
  encode(value) {
    const { enabled, timeout } = (
      Array.isArray(value) ? { enabled: value[0], timeout: value[1] } : (value ?? {})
    ) as {
      enabled?: unknown;
      timeout?: unknown;
    };
    if (typeof enabled !== 'boolean' && typeof enabled !== 'number') {
      throw invalidArgType('value', 'like { enabled, timeout } or [enable, timeout]', value);
    }
    return ints(enabled ? 1 : 0, checkInteger(timeout, 0, 0x7fffffff));
  },
  decode: (bytes) => ({ enabled: intAt(bytes, 0) !== 0, timeout: intAt(bytes, 1) }),
};

export const memInfo: Codec<MemInfo> = {
  length: 36,
  encode: bytes.encode,
  decode(value) {
    const view = whole(value, 36);
    const at = (index: number) => view.getUint32(4 * index, LITTLE);
    return {
      rmemAlloc: at(0),
      rcvbuf: at(1),
      wmemAlloc: at(2),
      sndbuf: at(3),
      fwdAlloc: at(4),
      wmemQueued: at(5),
      optmem: at(6),
      backlog: at(7),
      drops: at(8),
    };
  },
};

export const timestamping: Codec<TimestampingOption> = {
  length: 8,
  encode(value) {
    // Without bindPhc the plain integer, which is all that older kernels take.
    if (typeof value === 'number') return ints(checkInteger(value, 0));
    const { flags, bindPhc } = fieldsOf<TimestampingOption>(value, '{ flags, bindPhc }', 'flags', 'bindPhc');
    return ints(checkInteger(flags, 0), checkInteger(bindPhc));
  },
  decode: (bytes) => ({ flags: intAt(bytes, 0) >>> 0, bindPhc: intAt(bytes, 1) }),
};

export const txTime: Codec<TxTime> = {
  length: 8,
  encode(value) {
    const { clockid, flags } = fieldsOf<TxTime>(value, '{ clockid, flags }', 'clockid', 'flags');
    return ints(checkInteger(clockid), checkInteger(flags, 0));
  },
  decode: (bytes) => ({ clockid: intAt(bytes, 0), flags: intAt(bytes, 1) >>> 0 }),
};

/** `SO_PEERGROUPS`: a gid_t each. */
export const groups: Codec<number[]> = {
  length: 4 * 65_536, // NGROUPS_MAX
  encode: (value) => ints(...elementsOf(value, 'integers').map((each) => checkInteger(each, 0))),
  decode: (bytes) => Array.from({ length: bytes.length >> 2 }, (_, index) => intAt(bytes, index) >>> 0),
};

/** `SO_PEERNAME`, which refuses more room than the name needs. */
export const peerName: OptionCodec<SocketAddress | null> = {
  ...address(128),
  encode: bytes.encode,
  room: (socket) => socket.getpeername()._bytes.length,
};
