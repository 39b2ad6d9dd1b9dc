/** Multicast membership and source filters: ip(7), ipv6(7), RFC 3678. */
import type { InternetAddress } from '../address.ts';
import { binding } from '../binding.ts';
import { addressBytes, type Codec, checkInteger, intAt, ints } from '../codecs.ts';
import { AF_INET, AF_INET6 } from '../constants.ts';
import { invalidArgType } from '../errors.ts';
import {
  addressAt,
  checkIndex,
  elementsOf,
  fieldsOf,
  LITTLE,
  type OptionCodec,
  type PortlessAddress,
  portless,
  STORAGE,
  struct,
  textAt,
  whole,
} from './struct.ts';

/** `IP_ADD_MEMBERSHIP`, `IP_DROP_MEMBERSHIP`, ip(7): struct ip_mreqn. */
export interface Membership {
  /** The multicast group, IPv4. */
  multiaddr: InternetAddress;
  /** The interface by its address; any if missing. */
  interface?: InternetAddress;
  /** The interface by its index, which goes before the address. */
  ifindex?: number;
}

/**
 * Guile's form of {@link Membership}: `[multiaddr, interface]`; an integer
 * below 2^24 is an interface index, and 0 is any.
 */
export type MembershipPair = readonly [multiaddr: InternetAddress, by: InternetAddress];

/** `IPV6_JOIN_GROUP`, `IPV6_LEAVE_GROUP`, ipv6(7): struct ipv6_mreq. */
export interface Ipv6Membership {
  /** The multicast group, IPv6. */
  multiaddr: InternetAddress;
  /** The interface's index; 0 or missing is any. */
  ifindex?: number;
}

/**
 * A group and one of its senders, ip(7), struct ip_mreq_source:
 * `IP_ADD_SOURCE_MEMBERSHIP` and `IP_DROP_SOURCE_MEMBERSHIP` receive from this
 * sender, `IP_BLOCK_SOURCE` and `IP_UNBLOCK_SOURCE` receive from all but it.
 */
export interface SourceMembership {
  /** The multicast group, IPv4. */
  multiaddr: InternetAddress;
  /** The sender. */
  sourceaddr: InternetAddress;
  /** The interface by its address; any if missing. */
  interface?: InternetAddress;
}

/** `MCAST_JOIN_GROUP`, `MCAST_LEAVE_GROUP`, RFC 3678, struct group_req: of either version of IP. */
export interface GroupRequest {
  /** The multicast group, of the level's family. An integer is IPv4. */
  group: PortlessAddress;
  /** The interface's index; 0 or missing is any. */
  ifindex?: number;
}

/**
 * `MCAST_JOIN_SOURCE_GROUP`, `MCAST_LEAVE_SOURCE_GROUP`, `MCAST_BLOCK_SOURCE`,
 * `MCAST_UNBLOCK_SOURCE`, RFC 3678, struct group_source_req.
 */
export interface GroupSourceRequest extends GroupRequest {
  /** The sender, of the same family as the group. */
  source: PortlessAddress;
}

/** Which filter of senders is meant: a group on an interface that the socket has joined. */
export type SourceFilterKey = Omit<SourceMembership, 'sourceaddr'>;

/** `IP_MSFILTER`, ip(7), struct ip_msfilter: all of a group's filter at once. */
export interface SourceFilter extends SourceFilterKey {
  /** `MCAST_INCLUDE`: receive from these senders only; `MCAST_EXCLUDE`: from all others. */
  mode: number;
  /** The senders; as many as /proc/sys/net/ipv4/igmp_max_msf allows. */
  sources: readonly InternetAddress[];
}

/** `MCAST_MSFILTER`, RFC 3678, struct group_filter. */
export interface GroupFilter extends GroupRequest {
  /** `MCAST_INCLUDE` or `MCAST_EXCLUDE`, as in {@link SourceFilter}. */
  mode: number;
  /** The senders, of the same family as the group. */
  sources: readonly PortlessAddress[];
}

/** How many senders are asked for. */
const MOST_SOURCES = 512;

/** struct ip_mreqn; unlike struct ip_mreq it can name an interface by index. */
function mreqn(multiaddr: InternetAddress, address: InternetAddress, ifindex: number): Uint8Array {
  return Buffer.concat([
    addressBytes(multiaddr, AF_INET),
    addressBytes(address, AF_INET),
    ints(checkIndex(ifindex)),
  ]);
}

/** Guile's second number: an index, unless it is too large to be one. */
const isIndex = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value < 2 ** 24;

export const membership: Codec<Membership> = {
  length: 12,
  encode(value) {
    if (Array.isArray(value)) {
      const [multiaddr, by] = value as unknown as MembershipPair;
      return isIndex(by) ? mreqn(multiaddr, 0, by) : mreqn(multiaddr, by, 0);
    }
    if (typeof value !== 'object' || value === null || !('multiaddr' in value)) {
      throw invalidArgType(
        'value',
        'like { multiaddr, interface, ifindex } or [multiaddr, interface]',
        value,
      );
    }
    const { multiaddr, interface: by, ifindex } = value as Membership;
    return mreqn(multiaddr, by ?? 0, ifindex ?? 0);
  },
  decode: (bytes) => ({
    multiaddr: textAt(AF_INET, bytes, 0),
    interface: textAt(AF_INET, bytes, 4),
    ifindex: intAt(bytes, 2),
  }),
};

export const membership6: Codec<Ipv6Membership> = {
  length: 20,
  encode(value) {
    const { multiaddr, ifindex } = fieldsOf<Ipv6Membership>(value, '{ multiaddr, ifindex }', 'multiaddr');
    return Buffer.concat([addressBytes(multiaddr, AF_INET6), ints(checkIndex(ifindex))]);
  },
  decode: (bytes) => ({ multiaddr: textAt(AF_INET6, bytes, 0), ifindex: intAt(bytes, 4) }),
};

/** struct in_addr; set from an index it needs struct ip_mreqn. */
export const multicastInterface: Codec<string> = {
  length: 4,
  encode: (value) => (isIndex(value) ? mreqn(0, 0, value) : addressBytes(value as InternetAddress, AF_INET)),
  decode: (bytes) => textAt(AF_INET, bytes, 0),
};

/** struct ip_mreq_source, whose last two addresses change places between systems. */
const INTERFACE = binding.sizes.sourceInterface;
const SOURCE = 12 - INTERFACE;

export const sourceMembership: Codec<SourceMembership> = {
  length: 12,
  encode(value) {
    const like = '{ multiaddr, sourceaddr, interface }';
    const fields = fieldsOf<SourceMembership>(value, like, 'multiaddr', 'sourceaddr');
    return struct(12, (_view, bytes) => {
      bytes.set(addressBytes(fields.multiaddr, AF_INET));
      bytes.set(addressBytes(fields.interface ?? 0, AF_INET), INTERFACE);
      bytes.set(addressBytes(fields.sourceaddr, AF_INET), SOURCE);
    });
  },
  decode: (bytes) => ({
    multiaddr: textAt(AF_INET, bytes, 0),
    interface: textAt(AF_INET, bytes, INTERFACE),
    sourceaddr: textAt(AF_INET, bytes, SOURCE),
  }),
};

/** Where struct group_req has its sockaddr_storage; group_source_req has another behind it. */
const GROUP = binding.sizes.group;

export const groupRequest: Codec<GroupRequest> = {
  length: GROUP + STORAGE,
  encode(value) {
    const { group, ifindex } = fieldsOf<GroupRequest>(value, '{ group, ifindex }', 'group');
    return struct(GROUP + STORAGE, (view, bytes) => {
      view.setUint32(0, checkIndex(ifindex), LITTLE);
      bytes.set(portless(group), GROUP);
    });
  },
  decode: (bytes) => ({ group: addressAt(bytes, GROUP)?.address ?? '', ifindex: intAt(bytes, 0) }),
};

export const groupSourceRequest: Codec<GroupSourceRequest> = {
  length: GROUP + 2 * STORAGE,
  encode(value) {
    const { source } = fieldsOf<GroupSourceRequest>(value, '{ group, source, ifindex }', 'group', 'source');
    return struct(GROUP + 2 * STORAGE, (_view, bytes) => {
      bytes.set(groupRequest.encode(value));
      bytes.set(portless(source), GROUP + STORAGE);
    });
  },
  decode: (bytes) => ({
    ...groupRequest.decode(bytes),
    source: addressAt(bytes, GROUP + STORAGE)?.address ?? '',
  }),
};

/** struct ip_msfilter: two addresses, the mode, how many sources, the sources. */
function encodeSourceFilter(
  { multiaddr, interface: by }: SourceFilterKey,
  mode: number,
  sources: InternetAddress[],
  room: number,
) {
  return struct(16 + 4 * room, (view, bytes) => {
    bytes.set(addressBytes(multiaddr, AF_INET));
    bytes.set(addressBytes(by ?? 0, AF_INET), 4);
    view.setUint32(8, mode, LITTLE);
    view.setUint32(12, room, LITTLE);
    sources.forEach((source, index) => {
      bytes.set(addressBytes(source, AF_INET), 16 + 4 * index);
    });
  });
}

export const sourceFilter: OptionCodec<SourceFilter> = {
  length: 16 + 4 * MOST_SOURCES,
  ask: (of) =>
    encodeSourceFilter(
      fieldsOf<SourceFilterKey>(of, '{ multiaddr, interface }', 'multiaddr'),
      0,
      [],
      MOST_SOURCES,
    ),
  encode(value) {
    const like = '{ multiaddr, interface, mode, sources }';
    const fields = fieldsOf<SourceFilter>(value, like, 'multiaddr', 'mode', 'sources');
    const sources = elementsOf<InternetAddress>(fields.sources, 'addresses');
    return encodeSourceFilter(fields, checkInteger(fields.mode, 0), sources, sources.length);
  },
  decode(bytes) {
    const count = Math.max(0, Math.min(intAt(bytes, 3), (bytes.length - 16) >> 2));
    return {
      multiaddr: textAt(AF_INET, bytes, 0),
      interface: textAt(AF_INET, bytes, 4),
      mode: intAt(bytes, 2),
      sources: Array.from({ length: count }, (_, index) => textAt(AF_INET, bytes, 16 + 4 * index)),
    };
  },
};

/** struct group_filter: as group_req, then the mode, how many sources, the sources. */
const MODE = GROUP + STORAGE;
const SOURCES = MODE + 8;

function encodeGroupFilter(request: GroupRequest, mode: number, sources: PortlessAddress[], room: number) {
  return struct(SOURCES + STORAGE * room, (view, bytes) => {
    bytes.set(groupRequest.encode(request));
    view.setUint32(MODE, mode, LITTLE);
    view.setUint32(MODE + 4, room, LITTLE);
    sources.forEach((source, index) => {
      bytes.set(portless(source), SOURCES + STORAGE * index);
    });
  });
}

export const groupFilter: OptionCodec<GroupFilter> = {
  length: SOURCES + STORAGE * MOST_SOURCES,
  ask: (of) => encodeGroupFilter(of as GroupRequest, 0, [], MOST_SOURCES),
  encode(value) {
    const like = '{ group, ifindex, mode, sources }';
    const fields = fieldsOf<GroupFilter>(value, like, 'group', 'mode', 'sources');
    const sources = elementsOf<PortlessAddress>(fields.sources, 'addresses');
    return encodeGroupFilter(fields, checkInteger(fields.mode, 0), sources, sources.length);
  },
  decode(bytes) {
    const view = whole(bytes, SOURCES);
    const room = Math.max(0, Math.floor((bytes.length - SOURCES) / STORAGE));
    return {
      ...groupRequest.decode(bytes),
      mode: view.getUint32(MODE, LITTLE),
      sources: Array.from(
        { length: Math.min(view.getUint32(MODE + 4, LITTLE), room) },
        (_, index) => addressAt(bytes, SOURCES + STORAGE * index)?.address ?? '',
      ),
    };
  },
};
