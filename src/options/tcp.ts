/** Structs of the options of TCP and Multipath TCP: tcp(7). */
import type { AddressLike, SocketAddress } from '../address.ts';
import { bytes, type Codec, checkInteger, intAt, ints } from '../codecs.ts';
import { invalidArgType, outOfRange } from '../errors.ts';
import { decodeTcpInfo, TCP_INFO_LENGTH, type TcpInfo } from '../tcp_info.ts';
import {
  addressAt,
  checkIndex,
  elementsOf,
  fieldsOf,
  LITTLE,
  type OptionCodec,
  STORAGE,
  sockaddr,
  struct,
  whole,
} from './struct.ts';

/** `TCP_MD5SIG`, `TCP_MD5SIG_EXT`, tcp(7), RFC 2385: a key shared with a peer. */
export interface Md5Signature {
  /** The peer; its port does not matter. */
  address: AddressLike;
  /** The key, at most 80 bytes; an empty one removes the peer's. */
  key: Uint8Array | string;
  /** `TCP_MD5SIG_EXT` only: the key is for all peers whose addresses begin with as many bits. */
  prefixlen?: number;
  /** `TCP_MD5SIG_EXT` only: the key is for peers on this interface, by its index. */
  ifindex?: number;
}

/** `TCP_REPAIR_WINDOW`: the windows of a connection in repair, struct tcp_repair_window. */
export interface RepairWindow {
  /** Sequence number of the segment that last changed the window of the peer. */
  sndWl1: number;
  /** The window that the peer offers. */
  sndWnd: number;
  /** The largest that it has offered. */
  maxWindow: number;
  /** The window that is offered to the peer. */
  rcvWnd: number;
  /** What was acknowledged when that window was last offered, as a sequence number. */
  rcvWup: number;
}

/** `TCP_REPAIR_OPTIONS` is an array of these, struct tcp_repair_opt: a TCP option of a connection in repair. */
export interface RepairOption {
  /** The TCP option's kind: 2 maximum segment size, 3 window scale, 4 selective acknowledgments, 8 timestamps. */
  code: number;
  /** Its value; of the window scale, the peer's in the low and the own in the high 16 bits. */
  value: number;
}

/** `MPTCP_INFO`, struct mptcp_info: a Multipath TCP connection, RFC 8684. */
export interface MptcpInfo {
  /** Subflows beside the first. */
  subflows: number;
  /** Addresses that were announced to the peer. */
  addAddrSignal: number;
  /** Addresses of the peer's that were accepted. */
  addAddrAccepted: number;
  /** Limit of {@link subflows}. */
  subflowsMax: number;
  /** Limit of {@link addAddrSignal}. */
  addAddrSignalMax: number;
  /** Limit of {@link addAddrAccepted}. */
  addAddrAcceptedMax: number;
  /** The connection has fallen back to plain TCP. */
  fallback: boolean;
  /** The peer's key is known: both ends speak Multipath TCP. */
  remoteKeyReceived: boolean;
  /** By which subflows join. */
  token: number;
  /** Sequence number of the data to be sent next. */
  writeSeq: bigint;
  /** Sequence number of the first byte that is not acknowledged. */
  sndUna: bigint;
  /** Sequence number of the data expected next. */
  rcvNxt: bigint;
  /** Local addresses in use. */
  localAddrUsed: number;
  /** Limit of {@link localAddrUsed}. */
  localAddrMax: number;
  /** Whether data have checksums. */
  csumEnabled: boolean;
  /** Timeouts of the whole connection. Linux 6.5, as the following; 0 before. */
  retransmits: number;
  /** Bytes of data that were sent again. */
  bytesRetrans: bigint;
  /** Bytes of data that were sent, without those again. */
  bytesSent: bigint;
  /** Bytes of data that were received. */
  bytesReceived: bigint;
  /** Bytes of data that the peer has acknowledged. */
  bytesAcked: bigint;
}

/** An element of `MPTCP_SUBFLOW_ADDRS`: the ends of a subflow. */
export interface SubflowAddresses {
  /** This end; null if the kernel did not tell. */
  local: SocketAddress | null;
  /** The peer's end; null likewise. */
  remote: SocketAddress | null;
}

export const tcpInfo: Codec<TcpInfo> = {
  length: TCP_INFO_LENGTH,
  encode: bytes.encode,
  decode: decodeTcpInfo,
};

/** struct tcp_md5sig: a sockaddr_storage, flags, prefix length, key length, interface, key. */
const MD5_KEY = STORAGE + 8;
const MD5_KEY_MOST = 80;
const MD5_PREFIX = 1;
const MD5_IFINDEX = 2;

export const md5Signature: Codec<Buffer> = {
  length: MD5_KEY + MD5_KEY_MOST,
  encode(value) {
    const like = '{ address, key, prefixlen, ifindex }';
    const { address, key, prefixlen, ifindex } = fieldsOf<Md5Signature>(value, like, 'address', 'key');
    const secret = typeof key === 'string' ? Buffer.from(key) : key;
    if (!(secret instanceof Uint8Array)) throw invalidArgType('key', 'of type string or a Uint8Array', key);
    if (secret.length > MD5_KEY_MOST) throw outOfRange('key', `at most ${MD5_KEY_MOST} bytes`, secret.length);
    return struct(MD5_KEY + MD5_KEY_MOST, (view, into) => {
      into.set(sockaddr(address));
      const flags = (prefixlen === undefined ? 0 : MD5_PREFIX) | (ifindex === undefined ? 0 : MD5_IFINDEX);
      view.setUint8(STORAGE, flags);
      view.setUint8(STORAGE + 1, checkInteger(prefixlen ?? 0, 0, 128));
      view.setUint16(STORAGE + 2, secret.length, LITTLE);
      view.setInt32(STORAGE + 4, checkIndex(ifindex), LITTLE);
      into.set(secret, MD5_KEY);
    });
  },
  decode: (value) => value,
};

export const repairWindow: Codec<RepairWindow> = {
  length: 20,
  encode(value) {
    const like = '{ sndWl1, sndWnd, maxWindow, rcvWnd, rcvWup }';
    const { sndWl1, sndWnd, maxWindow, rcvWnd, rcvWup } = fieldsOf<RepairWindow>(value, like);
    return ints(...[sndWl1, sndWnd, maxWindow, rcvWnd, rcvWup].map((each) => checkInteger(each, 0)));
  },
  decode(value) {
    const at = (index: number) => intAt(value, index) >>> 0;
    return { sndWl1: at(0), sndWnd: at(1), maxWindow: at(2), rcvWnd: at(3), rcvWup: at(4) };
  },
};

export const repairOptions: Codec<RepairOption[]> = {
  length: 32,
  encode(value) {
    const options = elementsOf<unknown>(value, 'options').flatMap((each) => {
      const { code, value: set } = fieldsOf<RepairOption>(each, '[{ code, value }]', 'code', 'value');
      return [checkInteger(code, 0), checkInteger(set, 0)];
    });
    return ints(...options);
  },
  decode: (value) =>
    Array.from({ length: value.length >> 3 }, (_, index) => ({
      code: intAt(value, 2 * index),
      value: intAt(value, 2 * index + 1) >>> 0,
    })),
};

const FELL_BACK = 1;
const KEY_RECEIVED = 2;

export const mptcpInfo: Codec<MptcpInfo> = {
  length: 80,
  encode: bytes.encode,
  decode(value) {
    const view = whole(value, 80);
    const flags = view.getUint32(8, LITTLE);
    const big = (at: number) => view.getBigUint64(at, LITTLE);
    return {
      subflows: view.getUint8(0),
      addAddrSignal: view.getUint8(1),
      addAddrAccepted: view.getUint8(2),
      subflowsMax: view.getUint8(3),
      addAddrSignalMax: view.getUint8(4),
      addAddrAcceptedMax: view.getUint8(5),
      fallback: (flags & FELL_BACK) !== 0,
      remoteKeyReceived: (flags & KEY_RECEIVED) !== 0,
      token: view.getUint32(12, LITTLE),
      writeSeq: big(16),
      sndUna: big(24),
      rcvNxt: big(32),
      localAddrUsed: view.getUint8(40),
      localAddrMax: view.getUint8(41),
      csumEnabled: view.getUint8(42) !== 0,
      retransmits: view.getUint32(44, LITTLE),
      bytesRetrans: big(48),
      bytesSent: big(56),
      bytesReceived: big(64),
      bytesAcked: big(72),
    };
  },
};

/**
 * A list with one element per subflow, after a struct mptcp_subflow_data that
 * says, when asking, how long an element may be.
 */
function perSubflow<T>(size: number, decode: (element: Buffer) => T): OptionCodec<T[]> {
  const HEADER = 16;
  const MOST = 64;
  return {
    length: HEADER + MOST * size,
    ask: () =>
      struct(HEADER + MOST * size, (view) => {
        view.setUint32(0, HEADER, LITTLE);
        view.setUint32(12, size, LITTLE);
      }),
    encode: bytes.encode,
    decode(value) {
      const count = Math.min(
        whole(value, HEADER).getUint32(4, LITTLE),
        Math.floor((value.length - HEADER) / size),
      );
      return Array.from({ length: Math.max(0, count) }, (_, index) =>
        decode(value.subarray(HEADER + index * size, HEADER + (index + 1) * size)),
      );
    },
  };
}

export const mptcpTcpInfo = perSubflow<TcpInfo>(TCP_INFO_LENGTH, decodeTcpInfo);

export const mptcpSubflowAddresses = perSubflow<SubflowAddresses>(2 * STORAGE, (element) => ({
  local: addressAt(element, 0),
  remote: addressAt(element, STORAGE),
}));
