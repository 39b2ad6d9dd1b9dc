/** TCP and UDP sockets in sock_diag(7): linux/inet_diag.h, whose numbers are alike on all architectures. */
import { SocketAddress } from '../address.ts';
import { string } from '../codecs.ts';
import { AF_INET, AF_INET6, IPPROTO_TCP, IPPROTO_UDP } from '../constants.ts';
import { frameMalformed } from '../errors.ts';
import { netlinkAttributes } from '../netlink.ts';
import { memInfo } from '../options/socket.ts';
import { LITTLE, struct, unsigned, viewOf } from '../options/struct.ts';
import { decodeTcpInfo } from '../tcp_info.ts';
import { type InternetSocketEntry, type SocketTimer, shutdownOf, stateOf } from './entry.ts';

/** Which sockets the kernel is to list. */
export interface InternetQuestion {
  family: number;
  protocol: InternetSocketEntry['protocol'];
  /** Bits `1 << state`. */
  states: number;
  /** 0 for any. */
  localPort: number;
  /** 0 for any. */
  remotePort: number;
}

const PROTOCOLS = { tcp: IPPROTO_TCP, udp: IPPROTO_UDP };

/** `INET_DIAG_*`, the attributes' types. */
const ATTRIBUTE = { info: 2, congestion: 4, memory: 7, shutdown: 8, mark: 15 };

/** The attributes that come only if asked for: bit `type - 1`. */
const EXTENSIONS = [ATTRIBUTE.info, ATTRIBUTE.congestion, ATTRIBUTE.memory].reduce(
  (mask, type) => mask | (1 << (type - 1)),
  0,
);

/** struct inet_diag_req_v2. */
const REQUEST = { size: 56, family: 0, protocol: 1, extensions: 2, states: 4, id: 8 };
/** struct inet_diag_msg. */
const ENTRY = {
  ...{ size: 72, family: 0, state: 1, timer: 2, retransmits: 3, id: 4 },
  ...{ expires: 52, receiveQueue: 56, sendQueue: 60, uid: 64, inode: 68 },
};
/** struct inet_diag_sockid, whose ports and addresses are in network order. */
const ID = { localPort: 0, remotePort: 2, local: 4, remote: 20, ifindex: 36, cookie: 40 };

/** `idiag_timer`; 0 is none. */
const TIMERS = ['retransmit', 'keepalive', 'timewait', 'probe'] as const;

/** struct inet_diag_req_v2. */
export function inetRequest({ family, protocol, states, localPort, remotePort }: InternetQuestion) {
  return struct(REQUEST.size, (view) => {
    view.setUint8(REQUEST.family, family);
    view.setUint8(REQUEST.protocol, PROTOCOLS[protocol]);
    view.setUint8(REQUEST.extensions, EXTENSIONS);
    view.setUint32(REQUEST.states, states, LITTLE);
    view.setUint16(REQUEST.id + ID.localPort, localPort);
    view.setUint16(REQUEST.id + ID.remotePort, remotePort);
  });
}

/** A sockaddr_in or sockaddr_in6 of Linux, without text in between: tables are long. */
function addressOf(id: Buffer, family: number, port: number, address: number, ifindex: number) {
  const inet = family === AF_INET;
  const sockaddr = struct(inet ? 16 : 28, (view, bytes) => {
    view.setUint16(0, family, LITTLE);
    view.setUint16(2, id.readUInt16BE(port));
    bytes.set(id.subarray(address, address + (inet ? 4 : 16)), inet ? 4 : 8);
    // A link-local address has a scope, which is the interface; others have none.
    if (!inet && bytes[8] === 0xfe && (bytes[9]! & 0xc0) === 0x80) view.setUint32(24, ifindex, LITTLE);
  });
  return SocketAddress._adopt(sockaddr);
}

function timerOf(kind: number, expires: number, retransmits: number): SocketTimer | null {
  return kind === 0 ? null : { kind: TIMERS[kind - 1] ?? 'unknown', expires, retransmits };
}

/**
 * Reads struct inet_diag_msg and what is behind it.
 *
 * @throws `ERR_FRAME_MALFORMED` if it contradicts itself.
 */
export function inetEntry(protocol: InternetSocketEntry['protocol'], payload: Buffer): InternetSocketEntry {
  const family = payload[ENTRY.family];
  if (payload.length < ENTRY.size || (family !== AF_INET && family !== AF_INET6)) {
    throw frameMalformed(`${payload.length} bytes of family ${family} are no struct inet_diag_msg`);
  }
  const view = viewOf(payload);
  const u8 = (at: number) => view.getUint8(at);
  const u32 = (at: number) => view.getUint32(at, LITTLE);
  const id = payload.subarray(ENTRY.id, ENTRY.expires);
  const ifindex = u32(ENTRY.id + ID.ifindex);
  const attributes = netlinkAttributes(payload.subarray(ENTRY.size));
  const info = protocol === 'tcp' ? attributes.get(ATTRIBUTE.info) : undefined;
  const congestion = attributes.get(ATTRIBUTE.congestion);
  const memory = attributes.get(ATTRIBUTE.memory);
  const mark = attributes.get(ATTRIBUTE.mark);
  return {
    protocol,
    state: stateOf(u8(ENTRY.state)),
    local: addressOf(id, family, ID.localPort, ID.local, ifindex),
    peer: addressOf(id, family, ID.remotePort, ID.remote, ifindex),
    receiveQueue: u32(ENTRY.receiveQueue),
    sendQueue: u32(ENTRY.sendQueue),
    uid: u32(ENTRY.uid),
    inode: u32(ENTRY.inode),
    cookie: view.getBigUint64(ENTRY.id + ID.cookie, LITTLE),
    ifindex,
    timer: timerOf(u8(ENTRY.timer), u32(ENTRY.expires), u8(ENTRY.retransmits)),
    info: info && decodeTcpInfo(info),
    congestion: congestion && string.decode(congestion),
    memory: memory && memInfo.decode(memory),
    shutdown: shutdownOf(attributes.get(ATTRIBUTE.shutdown)),
    mark: mark && unsigned.decode(mark),
  };
}
