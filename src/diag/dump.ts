/** A dump over netlink: one question, and all of its answers, netlink(7). */
import { constants as os } from 'node:os';
import { MSG_TRUNC, NLM_F_DUMP, NLM_F_DUMP_INTR, NLMSG_NOOP, NLMSG_OVERRUN } from '../constants.ts';
import { frameMalformed, systemError } from '../errors.ts';
import { type NetlinkMessage, netlinkMessages, netlinkRequest, netlinkStatus } from '../netlink.ts';
import { ready } from '../readiness.ts';
import type { Socket } from '../socket.ts';

/** The kernel fills 32 KiB at most, whatever the room (netlink_recvmsg of Linux). */
const ROOM = 65_536;

/** How often a dump is begun anew because what it lists has changed meanwhile. */
const ATTEMPTS = 8;

/** What is asked for, and what is made of the answers. */
export interface Dump<T> {
  /** The type of request: `SOCK_DIAG_BY_FAMILY`. */
  type: number;
  payload: Uint8Array;
  /** Makes something of a message, whose bytes are used again; `undefined` leaves it out. */
  decode: (message: NetlinkMessage) => T | undefined;
  signal: AbortSignal | undefined;
}

/** The numbers of requests: an answer to an earlier one is recognized by its number. */
let sequence = 0;

async function send(target: Socket, request: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
  while (target.send(request) === null) await ready(target, 'writable', signal && { signal });
}

/**
 * Asks once. One datagram is taken per turn of the loop: the kernel makes each
 * when it is asked for, and a long table must not keep others waiting.
 *
 * @returns `null` if the dump is not of one moment (`NLM_F_DUMP_INTR`).
 */
async function dumpOnce<T>(target: Socket, { type, payload, decode, signal }: Dump<T>): Promise<T[] | null> {
  sequence = (sequence + 1) >>> 0;
  const mine = sequence;
  await send(target, netlinkRequest({ type, flags: NLM_F_DUMP ?? 0, sequence: mine, payload }), signal);
  const buffer = Buffer.allocUnsafe(ROOM);
  const found: T[] = [];
  let interrupted = false;
  for (;;) {
    await ready(target, 'readable', signal && { signal });
    const received = target.recvmsg(buffer);
    if (received === null) continue;
    if ((received.flags & MSG_TRUNC) !== 0) throw systemError(-os.errno.EMSGSIZE, 'recvmsg');
    if (received.bytes === 0) throw frameMalformed('A netlink datagram is empty');
    for (const message of netlinkMessages(buffer.subarray(0, received.bytes))) {
      if (message.sequence !== mine || message.type === NLMSG_NOOP) continue;
      if (message.type === NLMSG_OVERRUN) throw systemError(-os.errno.ENOBUFS, 'recvmsg');
      interrupted ||= (message.flags & (NLM_F_DUMP_INTR ?? 0)) !== 0;
      const status = netlinkStatus(message);
      if (status === 0) return interrupted ? null : found;
      if (status !== undefined) throw systemError(status, 'sock_diag');
      const item = decode(message);
      if (item !== undefined) found.push(item);
    }
  }
}

/**
 * Asks for all there are, over a socket that is connected to the kernel and
 * used for nothing else meanwhile.
 *
 * @throws SystemError what the kernel answered; `EINTR` if what is listed
 * changed during each of several attempts.
 */
export async function dump<T>(target: Socket, question: Dump<T>): Promise<T[]> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await dumpOnce(target, question);
    if (found !== null) return found;
  }
  throw systemError(-os.errno.EINTR, 'sock_diag');
}
