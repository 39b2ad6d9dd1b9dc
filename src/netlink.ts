/** Netlink's messages and attributes, netlink(7): made, and taken apart. Linux only; numbers are in host byte order. */
import { NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR } from './constants.ts';
import { frameMalformed, invalidArgType, requireObject } from './errors.ts';
import { LITTLE, struct, viewOf } from './options/struct.ts';

/** A message as it came: struct nlmsghdr, and what follows. */
export interface NetlinkMessage {
  /** `NLMSG_*`, or one of the protocol's own: `RTM_NEWLINK`. */
  type: number;
  /** A sum of `NLM_F_*`. */
  flags: number;
  /** That of the request which it answers, 0 if none. */
  sequence: number;
  /** The port id of the socket that asked; the kernel's is 0. */
  pid: number;
  /** Behind the header; a view of the bytes that were taken apart. */
  payload: Buffer;
}

/** What {@link netlinkRequest} makes a message of. */
export interface NetlinkRequest {
  /** What is asked for: `RTM_GETLINK`. */
  type: number;
  /** Beside `NLM_F_REQUEST`, which is always set: `NLM_F_DUMP` for all there are. Default 0. */
  flags?: number;
  /** Comes back with the answers. Default 0. */
  sequence?: number;
  /** The protocol's own struct, and attributes. */
  payload: Uint8Array;
}

/** Of struct nlmsghdr, and of struct nlattr. */
const HEADER = 16;
const ATTRIBUTE_HEADER = 4;
/** In the types of attributes: `NLA_F_NESTED` and `NLA_F_NET_BYTEORDER`. */
const ATTRIBUTE_FLAGS = 0xc000;

/** Messages and attributes begin at multiples of this. */
const align = (length: number) => (length + 3) & ~3;

function requireBytes<B extends Uint8Array>(name: string, bytes: B): B {
  if (!(bytes instanceof Uint8Array)) throw invalidArgType(name, 'a Buffer or Uint8Array', bytes);
  return bytes;
}

/** Views of `bytes` from `start` to `end`. */
const part = (bytes: Uint8Array, start: number, end: number): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);

/**
 * Makes a request of the kernel, netlink(7): struct nlmsghdr and a payload.
 *
 * @example
 * route.send(netlinkRequest({ type: RTM_GETLINK, flags: NLM_F_DUMP, payload: Buffer.alloc(1) }));
 *
 * @see {@link netlinkMessages} takes the answers apart.
 * @param request See {@link NetlinkRequest}.
 * @returns One message, to be sent in one call.
 */
export function netlinkRequest(request: NetlinkRequest): Uint8Array {
  const { type, flags = 0, sequence = 0, payload } = requireObject('request', request);
  return struct(HEADER + align(requireBytes('payload', payload).length), (view, bytes) => {
    view.setUint32(0, HEADER + payload.length, LITTLE);
    view.setUint16(4, type, LITTLE);
    view.setUint16(6, flags | (NLM_F_REQUEST ?? 0), LITTLE);
    view.setUint32(8, sequence, LITTLE);
    bytes.set(payload, HEADER);
  });
}

/**
 * Takes apart what one receive on a netlink socket brought, netlink(7): one
 * message after another.
 *
 * @example
 * for (const { type, payload } of netlinkMessages(chunk)) {
 *   if (type === RTM_NEWLINK) console.log(netlinkAttributes(payload.subarray(16)));
 * }
 *
 * @see {@link netlinkAttributes}
 * @param bytes A whole datagram.
 * @returns The messages, whose payloads are views of `bytes`. Throws
 * `ERR_FRAME_MALFORMED` at one that is shorter than its header or longer than
 * what there is, as the last is if the datagram was cut.
 */
export function* netlinkMessages(bytes: Uint8Array): Generator<NetlinkMessage, void> {
  const view = viewOf(requireBytes('bytes', bytes));
  for (let at = 0; at < bytes.length; ) {
    const length = at + HEADER <= bytes.length ? view.getUint32(at, LITTLE) : 0;
    if (length < HEADER || length > bytes.length - at) {
      throw frameMalformed(
        `A netlink message says it has ${length} bytes, where ${bytes.length - at} are left`,
      );
    }
    yield {
      type: view.getUint16(at + 4, LITTLE),
      flags: view.getUint16(at + 6, LITTLE),
      sequence: view.getUint32(at + 8, LITTLE),
      pid: view.getUint32(at + 12, LITTLE),
      payload: part(bytes, at + HEADER, at + length),
    };
    at += align(length);
  }
}

/**
 * Takes attributes apart, struct nlattr of netlink(7), rtnetlink(7) and their
 * kin: those behind a message's fixed struct, or those nested in another
 * attribute.
 *
 * @example
 * const attributes = netlinkAttributes(payload.subarray(16)); // behind struct ifinfomsg
 * const name = attributes.get(3); // IFLA_IFNAME
 *
 * @see {@link netlinkMessages}
 * @param bytes Nothing but attributes.
 * @returns By type, without its flags; of two of one type the last. The values
 * are views of `bytes`. Throws `ERR_FRAME_MALFORMED` at one that is shorter
 * than its header or longer than what there is.
 */
export function netlinkAttributes(bytes: Uint8Array): Map<number, Buffer> {
  const view = viewOf(requireBytes('bytes', bytes));
  const found = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const length = at + ATTRIBUTE_HEADER <= bytes.length ? view.getUint16(at, LITTLE) : 0;
    if (length < ATTRIBUTE_HEADER || length > bytes.length - at) {
      throw frameMalformed(
        `A netlink attribute says it has ${length} bytes, where ${bytes.length - at} are left`,
      );
    }
    const type = view.getUint16(at + 2, LITTLE) & ~ATTRIBUTE_FLAGS;
    found.set(type, part(bytes, at + ATTRIBUTE_HEADER, at + length));
    at += align(length);
  }
  return found;
}

/**
 * What a message says of its request as a whole: `NLMSG_ERROR` and
 * `NLMSG_DONE` of netlink(7), after which nothing follows.
 *
 * @example
 * const status = netlinkStatus(message);
 * if (status === 0) console.log('that was all');
 *
 * @param message One of {@link netlinkMessages}.
 * @returns 0 for success, a negative error number, or `undefined` if the
 * message is neither of the two.
 */
export function netlinkStatus(message: NetlinkMessage): number | undefined {
  const { type, payload } = requireObject('message', message);
  if (type !== NLMSG_DONE && type !== NLMSG_ERROR) return undefined;
  if (payload.length >= 4) return viewOf(payload).getInt32(0, LITTLE);
  // The end of a dump need not have a number; what is an error has one.
  if (type === NLMSG_DONE) return 0;
  throw frameMalformed(`A netlink error has ${payload.length} bytes, which is no error number`);
}
