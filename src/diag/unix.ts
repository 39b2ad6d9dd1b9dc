/** Unix sockets in sock_diag(7): linux/unix_diag.h. */
import { makeSocketAddress } from '../address.ts';
import { AF_UNIX } from '../constants.ts';
import { frameMalformed } from '../errors.ts';
import { netlinkAttributes } from '../netlink.ts';
import { memInfo } from '../options/socket.ts';
import { LITTLE, struct, unsigned, viewOf } from '../options/struct.ts';
import { shutdownOf, stateOf, type UnixSocketEntry } from './entry.ts';

/** `UNIX_DIAG_*`, the attributes' types. */
const ATTRIBUTE = { name: 0, peer: 2, queues: 4, memory: 5, shutdown: 6, uid: 7 };

/** The attributes that come only if asked for; the bits of `UDIAG_SHOW_*` are `1 << type`, but for that of the uid. */
const SHOW =
  [ATTRIBUTE.name, ATTRIBUTE.peer, ATTRIBUTE.queues, ATTRIBUTE.memory].reduce(
    (mask, type) => mask | (1 << type),
    0,
  ) | 0x40;

/** struct unix_diag_req. */
const REQUEST = { size: 24, family: 0, states: 4, show: 12 };
/** struct unix_diag_msg. */
const ENTRY = { size: 16, family: 0, style: 1, state: 2, inode: 4, cookie: 8 };

/** struct unix_diag_req; `states` are bits `1 << state`. */
export function unixRequest(states: number): Uint8Array {
  return struct(REQUEST.size, (view) => {
    view.setUint8(REQUEST.family, AF_UNIX);
    view.setUint32(REQUEST.states, states, LITTLE);
    view.setUint32(REQUEST.show, SHOW, LITTLE);
  });
}

/** A path, or an abstract name, whose first byte is NUL; paths may end with one. */
function nameOf(bytes: Buffer | undefined) {
  const path = bytes ?? Buffer.alloc(0);
  const end = path[0] === 0 ? -1 : path.indexOf(0);
  return makeSocketAddress(AF_UNIX, end === -1 ? path : path.subarray(0, end));
}

/**
 * Reads struct unix_diag_msg and what is behind it.
 *
 * @throws `ERR_FRAME_MALFORMED` if it contradicts itself, `ERR_OUT_OF_RANGE`
 * if its name is too long for one.
 */
export function unixEntry(payload: Buffer): UnixSocketEntry {
  if (payload.length < ENTRY.size || payload[ENTRY.family] !== AF_UNIX) {
    throw frameMalformed(
      `${payload.length} bytes of family ${payload[ENTRY.family]} are no struct unix_diag_msg`,
    );
  }
  const view = viewOf(payload);
  const attributes = netlinkAttributes(payload.subarray(ENTRY.size));
  const peer = attributes.get(ATTRIBUTE.peer);
  const queues = attributes.get(ATTRIBUTE.queues);
  const memory = attributes.get(ATTRIBUTE.memory);
  const uid = attributes.get(ATTRIBUTE.uid);
  return {
    protocol: 'unix',
    style: view.getUint8(ENTRY.style),
    state: stateOf(view.getUint8(ENTRY.state)),
    local: nameOf(attributes.get(ATTRIBUTE.name)),
    peerInode: peer === undefined ? 0 : unsigned.decode(peer),
    receiveQueue: queues === undefined ? 0 : unsigned.decode(queues),
    sendQueue: queues === undefined ? 0 : unsigned.decode(queues.subarray(4)),
    uid: uid && unsigned.decode(uid),
    inode: view.getUint32(ENTRY.inode, LITTLE),
    cookie: view.getBigUint64(ENTRY.cookie, LITTLE),
    memory: memory && memInfo.decode(memory),
    shutdown: shutdownOf(attributes.get(ATTRIBUTE.shutdown)),
  };
}
