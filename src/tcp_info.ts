/** `TCP_INFO`: Linux's struct tcp_info, decoded by a table with one row per field. */
import { endianness } from 'node:os';
import { invalidArgType, outOfRange } from './errors.ts';

/** The states of a connection, RFC 9293, in the kernel's order: its numbers begin at 1. */
export const STATES = [
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
] as const;

/** The states of congestion control, enum tcp_ca_state. */
const CONGESTION_STATES = ['OPEN', 'DISORDER', 'CWR', 'RECOVERY', 'LOSS'] as const;

/** Enum tcp_fastopen_client_fail. */
const FASTOPEN_FAILURES = ['UNSPEC', 'COOKIE_UNAVAILABLE', 'DATA_NOT_ACKED', 'SYN_RETRANSMITTED'] as const;

/** The state of a connection; `'UNKNOWN'` is one newer than this package. @useDeclaredType */
export type TcpState = (typeof STATES)[number] | 'UNKNOWN';

/**
 * How congestion control sees the connection: nothing unusual (`'OPEN'`),
 * duplicate acknowledgments (`'DISORDER'`), the window was reduced for a
 * congestion notification (`'CWR'`), fast retransmit (`'RECOVERY'`), a
 * retransmission timeout (`'LOSS'`).
 *
 * @useDeclaredType
 */
export type TcpCongestionState = (typeof CONGESTION_STATES)[number] | 'UNKNOWN';

/**
 * Why TCP Fast Open failed for the client. `'UNSPEC'`: it did not, or for none of the other reasons.
 *
 * @useDeclaredType
 */
export type TcpFastopenFailure = (typeof FASTOPEN_FAILURES)[number] | 'UNKNOWN';

/** What the two ends agreed on, `TCPI_OPT_*`. */
export interface TcpInfoOptions {
  /** Timestamps, RFC 7323. */
  timestamps: boolean;
  /** Selective acknowledgments, RFC 2018. */
  sack: boolean;
  /** Window scaling, RFC 7323. */
  wscale: boolean;
  /** Explicit congestion notification, RFC 3168. */
  ecn: boolean;
  /** A packet that was marked capable of ECN has been received. */
  ecnSeen: boolean;
  /** Data in the SYN was acknowledged (TCP Fast Open). */
  synData: boolean;
  /** Timestamps count microseconds. Linux 6.7; `false` before. */
  usecTs: boolean;
  /** The connection was accepted by TCP Fast Open. Linux 6.14; `false` before. */
  tfoChild: boolean;
}

/**
 * The kernel's account of a TCP connection, struct tcp_info of linux/tcp.h,
 * tcp(7).
 *
 * Segments are packets of TCP, of at most `sndMss` bytes. Counters count since
 * the connection began. Those of 64 bits are numbers: exact up to 2 ** 53 - 1
 * (9 petabytes, 285 years of microseconds), rounded beyond. Those of 32 bits
 * start again at 0 after 2 ** 32 - 1. A limit that is not in force is
 * `Infinity`.
 *
 * A field that the running kernel does not have is `undefined`. On a listener
 * `unacked` and `sacked` tell of its backlog, and most others are 0.
 */
export interface TcpInfo {
  /** The state of the connection. */
  state: TcpState;
  /** The number of {@link state}: one of `TCP_ESTABLISHED`, `TCP_SYN_SENT`, ... */
  stateNumber: number;
  /** The state of congestion control. */
  caState: TcpCongestionState;
  /** Retransmission timeouts in a row, so far without an answer. */
  retransmits: number;
  /** Probes of a zero window or of keep-alive, so far without an answer. */
  probes: number;
  /** How many times the retransmission timeout has been doubled. */
  backoff: number;
  /** What the two ends agreed on. */
  options: TcpInfoOptions;
  /** The peer's windows are in units of 2 ** `sndWscale` bytes. */
  sndWscale: number;
  /** This end's windows are in units of 2 ** `rcvWscale` bytes. */
  rcvWscale: number;
  /** {@link deliveryRate} was measured while the application had too little to send. Linux 4.9; `false` before. */
  deliveryRateAppLimited: boolean;
  /** Why TCP Fast Open failed. Linux 5.5; `'UNSPEC'` before. */
  fastopenClientFail: TcpFastopenFailure;

  /** The retransmission timeout, in microseconds. */
  rto: number;
  /** The timeout of delayed acknowledgments, in microseconds. */
  ato: number;
  /** The maximum segment size for sending, in bytes. */
  sndMss: number;
  /** The maximum segment size of the peer, as estimated from what it sent, in bytes. */
  rcvMss: number;

  /** Segments sent and not acknowledged; on a listener the connections that wait to be accepted. */
  unacked: number;
  /** Segments acknowledged selectively (SACK); on a listener the most connections that may wait. */
  sacked: number;
  /** Segments held to be lost. */
  lost: number;
  /** Segments retransmitted and not acknowledged. */
  retrans: number;
  /** Segments of forward acknowledgment; 0 since Linux 4.15. */
  fackets: number;

  /** Since data was sent last, in milliseconds. */
  lastDataSent: number;
  /** Not remembered by the kernel: 0. */
  lastAckSent: number;
  /** Since data was received last, in milliseconds. */
  lastDataRecv: number;
  /** Since an acknowledgment was received last, in milliseconds. */
  lastAckRecv: number;

  /** The MTU of the path, in bytes. */
  pmtu: number;
  /** The most that the receive window may grow to at present, in bytes. */
  rcvSsthresh: number;
  /** The round-trip time, smoothed, in microseconds. */
  rtt: number;
  /** The mean deviation of the round-trip time, in microseconds. */
  rttvar: number;
  /** The slow start threshold, in segments; `Infinity` before the first loss. */
  sndSsthresh: number;
  /** The congestion window, in segments. */
  sndCwnd: number;
  /** The maximum segment size that was advertised to the peer, in bytes. */
  advmss: number;
  /** How far segments may be reordered before they count as lost, in segments. */
  reordering: number;

  /** The round-trip time as the receiver estimates it, in microseconds; 0 if it has not. */
  rcvRtt: number;
  /** What is to be received in one round-trip time, for sizing the buffer, in bytes. */
  rcvSpace: number;

  /** Segments ever retransmitted. */
  totalRetrans: number;

  /** The rate that sending is paced at, in bytes per second; `Infinity` before it is known. Linux 3.15. */
  pacingRate: number | undefined;
  /** The limit of {@link pacingRate}, `SO_MAX_PACING_RATE`, in bytes per second. Linux 3.15. */
  maxPacingRate: number | undefined;
  /** Bytes sent and acknowledged; the SYN that opened the connection counts as one. Linux 4.1. */
  bytesAcked: number | undefined;
  /** Bytes received in order; the peer's FIN counts as one. Linux 4.1. */
  bytesReceived: number | undefined;
  /** Segments sent, also without data. Linux 4.2. */
  segsOut: number | undefined;
  /** Segments received, also without data. Linux 4.2. */
  segsIn: number | undefined;

  /** Bytes in the send buffer that were not sent yet. Linux 4.6. */
  notsentBytes: number | undefined;
  /** The least round-trip time of the last minutes, in microseconds; `Infinity` before the first. Linux 4.6. */
  minRtt: number | undefined;
  /** Segments received that had data. Linux 4.6. */
  dataSegsIn: number | undefined;
  /** Segments sent that had data. Linux 4.6. */
  dataSegsOut: number | undefined;

  /** The newest measurement of the rate of delivery, in bytes per second. Linux 4.9. */
  deliveryRate: number | undefined;

  /** For how long there was data to send, in microseconds. Linux 4.10. */
  busyTime: number | undefined;
  /** For how long the peer's receive window held sending up, in microseconds. Linux 4.10. */
  rwndLimited: number | undefined;
  /** For how long the size of the send buffer held sending up, in microseconds. Linux 4.10. */
  sndbufLimited: number | undefined;

  /** Segments delivered, retransmissions included. Linux 4.18. */
  delivered: number | undefined;
  /** Segments delivered whose acknowledgment told of congestion (ECE). Linux 4.18. */
  deliveredCe: number | undefined;

  /** Bytes of data sent, retransmissions included. Linux 4.19. */
  bytesSent: number | undefined;
  /** Bytes of data retransmitted. Linux 4.19. */
  bytesRetrans: number | undefined;
  /** Duplicate segments that the peer reported (D-SACK, RFC 2883). Linux 4.19. */
  dsackDups: number | undefined;
  /** Times that reordering was seen. Linux 4.19. */
  reordSeen: number | undefined;

  /** Segments received out of order. Linux 5.4. */
  rcvOoopack: number | undefined;
  /** The receive window that the peer advertises, scaled, in bytes. Linux 5.4. */
  sndWnd: number | undefined;

  /** The receive window that is advertised to the peer, scaled, in bytes. Linux 6.2. */
  rcvWnd: number | undefined;
  /** Attempts at another path, by another flow label, after timeouts or congestion. Linux 6.2. */
  rehash: number | undefined;

  /** Retransmission timeouts, those in SYN_SENT and SYN_RECV included. Linux 6.7. */
  totalRto: number | undefined;
  /** Recoveries from retransmission timeouts, an unfinished one included. Linux 6.7. */
  totalRtoRecoveries: number | undefined;
  /** How long such recoveries took together, in milliseconds. Linux 6.7. */
  totalRtoTime: number | undefined;

  /** Segments received that had a congestion mark (CE). Linux 6.18, as all that follow. */
  receivedCe: number | undefined;
  /** Bytes that arrived marked ECT(1), by the peer's account (accurate ECN). */
  deliveredE1Bytes: number | undefined;
  /** Bytes that arrived marked ECT(0), by the peer's account. */
  deliveredE0Bytes: number | undefined;
  /** Bytes that arrived with a congestion mark, by the peer's account. */
  deliveredCeBytes: number | undefined;
  /** Bytes received that were marked ECT(1). */
  receivedE1Bytes: number | undefined;
  /** Bytes received that were marked ECT(0). */
  receivedE0Bytes: number | undefined;
  /** Bytes received that had a congestion mark. */
  receivedCeBytes: number | undefined;
}

/** A C type, and what it means. */
interface Type<T> {
  readonly size: number;
  read(view: DataView, offset: number): T;
}

const LITTLE = endianness() === 'LE';

const u8: Type<number> = { size: 1, read: (view, offset) => view.getUint8(offset) };
const u16: Type<number> = { size: 2, read: (view, offset) => view.getUint16(offset, LITTLE) };
const u32: Type<number> = { size: 4, read: (view, offset) => view.getUint32(offset, LITTLE) };
const u64: Type<number> = { size: 8, read: (view, offset) => Number(view.getBigUint64(offset, LITTLE)) };

/** A bit field of a byte; compilers begin at the end that comes first in byte order. */
const bits = (first: number, width: number): Type<number> => ({
  size: 1,
  read: (view, offset) =>
    (view.getUint8(offset) >> (LITTLE ? first : 8 - first - width)) & ((1 << width) - 1),
});

const flag = (type: Type<number>): Type<boolean> => ({
  size: type.size,
  read: (view, offset) => type.read(view, offset) !== 0,
});

/** An enumeration whose numbers begin at `first`. */
const named = <Name extends string>(
  type: Type<number>,
  names: readonly Name[],
  first = 0,
): Type<Name | 'UNKNOWN'> => ({
  size: type.size,
  read: (view, offset) => names[type.read(view, offset) - first] ?? 'UNKNOWN',
});

/** A limit, which the kernel writes as `none` where there is none. */
const limit = (type: Type<number>, none: number): Type<number> => ({
  size: type.size,
  read(view, offset) {
    const value = type.read(view, offset);
    return value === none ? Number.POSITIVE_INFINITY : value;
  },
});

const options: Type<TcpInfoOptions> = {
  size: 1,
  read(view, offset) {
    const set = view.getUint8(offset);
    return {
      timestamps: (set & 1) !== 0,
      sack: (set & 2) !== 0,
      wscale: (set & 4) !== 0,
      ecn: (set & 8) !== 0,
      ecnSeen: (set & 16) !== 0,
      synData: (set & 32) !== 0,
      usecTs: (set & 64) !== 0,
      tfoChild: (set & 128) !== 0,
    };
  },
};

/** Name, offset, type. The struct only ever grows at its end, and is alike on all architectures. */
const rows: {
  readonly [Field in keyof TcpInfo]: readonly [
    offset: number,
    type: Type<NoInfer<Exclude<TcpInfo[Field], undefined>>>,
  ];
} = {
  state: [0, named(u8, STATES, 1)],
  stateNumber: [0, u8],
  caState: [1, named(u8, CONGESTION_STATES)],
  retransmits: [2, u8],
  probes: [3, u8],
  backoff: [4, u8],
  options: [5, options],
  sndWscale: [6, bits(0, 4)],
  rcvWscale: [6, bits(4, 4)],
  deliveryRateAppLimited: [7, flag(bits(0, 1))],
  fastopenClientFail: [7, named(bits(1, 2), FASTOPEN_FAILURES)],
  rto: [8, u32],
  ato: [12, u32],
  sndMss: [16, u32],
  rcvMss: [20, u32],
  unacked: [24, u32],
  sacked: [28, u32],
  lost: [32, u32],
  retrans: [36, u32],
  fackets: [40, u32],
  lastDataSent: [44, u32],
  lastAckSent: [48, u32],
  lastDataRecv: [52, u32],
  lastAckRecv: [56, u32],
  pmtu: [60, u32],
  rcvSsthresh: [64, u32],
  rtt: [68, u32],
  rttvar: [72, u32],
  sndSsthresh: [76, limit(u32, 0x7fffffff)],
  sndCwnd: [80, u32],
  advmss: [84, u32],
  reordering: [88, u32],
  rcvRtt: [92, u32],
  rcvSpace: [96, u32],
  totalRetrans: [100, u32],
  pacingRate: [104, limit(u64, 2 ** 64)],
  maxPacingRate: [112, limit(u64, 2 ** 64)],
  bytesAcked: [120, u64],
  bytesReceived: [128, u64],
  segsOut: [136, u32],
  segsIn: [140, u32],
  notsentBytes: [144, u32],
  minRtt: [148, limit(u32, 2 ** 32 - 1)],
  dataSegsIn: [152, u32],
  dataSegsOut: [156, u32],
  deliveryRate: [160, u64],
  busyTime: [168, u64],
  rwndLimited: [176, u64],
  sndbufLimited: [184, u64],
  delivered: [192, u32],
  deliveredCe: [196, u32],
  bytesSent: [200, u64],
  bytesRetrans: [208, u64],
  dsackDups: [216, u32],
  reordSeen: [220, u32],
  rcvOoopack: [224, u32],
  sndWnd: [228, u32],
  rcvWnd: [232, u32],
  rehash: [236, u32],
  totalRto: [240, u16],
  totalRtoRecoveries: [242, u16],
  totalRtoTime: [244, u32],
  receivedCe: [248, u32],
  deliveredE1Bytes: [252, u32],
  deliveredE0Bytes: [256, u32],
  deliveredCeBytes: [260, u32],
  receivedE1Bytes: [264, u32],
  receivedE0Bytes: [268, u32],
  receivedCeBytes: [272, u32],
};

const table = Object.entries(rows).map(([name, [offset, type]]) => ({
  name,
  offset,
  end: offset + type.size,
  type,
}));

/** How long the struct was before it began to grow, in bytes: up to `totalRetrans`. */
const LEAST = 104;

/** How many bytes to ask for: those that the table decodes. */
export const TCP_INFO_LENGTH = Math.max(...table.map(({ end }) => end));

/**
 * Decodes what `getsockopt` gave for `TCP_INFO` on Linux, in host byte order;
 * other systems have other structs.
 *
 * @example
 * const { rtt, totalRetrans } = decodeTcpInfo(socket.getsockopt(IPPROTO_TCP, TCP_INFO, 512));
 *
 * @param bytes At least 104; fields beyond the end are `undefined`.
 */
export function decodeTcpInfo(bytes: Uint8Array): TcpInfo {
  if (!(bytes instanceof Uint8Array)) throw invalidArgType('bytes', 'a Buffer or Uint8Array', bytes);
  if (bytes.length < LEAST) throw outOfRange('bytes.length', `>= ${LEAST}`, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const info: Record<string, unknown> = {};
  for (const { name, offset, end, type } of table) {
    info[name] = end <= bytes.length ? type.read(view, offset) : undefined;
  }
  return info as unknown as TcpInfo;
}
