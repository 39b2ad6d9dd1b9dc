/** Structs of the options of packet, netlink and CAN sockets: packet(7), netlink(7). */
import { bytes, type Codec, checkInteger, intAt, ints } from '../codecs.ts';
import { invalidArgType, outOfRange } from '../errors.ts';
import { checkIndex, elementsOf, fieldsOf, LITTLE, struct, whole } from './struct.ts';

/** `PACKET_ADD_MEMBERSHIP`, `PACKET_DROP_MEMBERSHIP`, packet(7): struct packet_mreq. */
export interface PacketMembership {
  /** The interface's index. */
  ifindex: number;
  /** `PACKET_MR_PROMISC`, `PACKET_MR_MULTICAST`, `PACKET_MR_ALLMULTI`, `PACKET_MR_UNICAST`. */
  type: number;
  /** The hardware address, at most 8 bytes, for those types that have one. */
  address?: Uint8Array;
}

/** `PACKET_STATISTICS`, packet(7), struct tpacket_stats; reading it sets it back to 0. */
export interface PacketStatistics {
  /** Packets that came, the dropped ones included. */
  packets: number;
  /** Packets that were dropped for lack of room. */
  drops: number;
  /** With `TPACKET_V3`: how often the ring was full; 0 without. */
  freezes: number;
}

/** `PACKET_ROLLOVER_STATS`: packets that a fanout group passed on, struct tpacket_rollover_stats. */
export interface RolloverStatistics {
  /** Packets that went to another socket. */
  all: bigint;
  /** Of them, those of flows that have most of the recent packets. */
  huge: bigint;
  /** Packets for which no socket had room. */
  failed: bigint;
}

/** `PACKET_FANOUT`, packet(7): sockets of one group share what comes. */
export interface Fanout {
  /** The group, 16 bits. */
  id: number;
  /** Who gets a packet: `PACKET_FANOUT_HASH`, `PACKET_FANOUT_LB`, `PACKET_FANOUT_CPU`, ... */
  type: number;
  /** A sum of `PACKET_FANOUT_FLAG_*`; 0 if missing. */
  flags?: number;
}

/** An element of `CAN_RAW_FILTER`: frames whose id, under the mask, is this one are received. */
export interface CanFilter {
  /** The id, with `CAN_INV_FILTER` to invert the filter. */
  id: number;
  /** Which bits of the id to compare. */
  mask: number;
}

export const packetMembership: Codec<PacketMembership> = {
  length: 16,
  encode(value) {
    const like = '{ ifindex, type, address }';
    const {
      ifindex,
      type,
      address = new Uint8Array(0),
    } = fieldsOf<PacketMembership>(value, like, 'ifindex', 'type');
    if (!(address instanceof Uint8Array)) throw invalidArgType('address', 'a Uint8Array', address);
    if (address.length > 8) throw outOfRange('address', 'at most 8 bytes', address.length);
    return struct(16, (view, into) => {
      view.setInt32(0, checkIndex(ifindex), LITTLE);
      view.setUint16(4, checkInteger(type, 0, 0xffff), LITTLE);
      view.setUint16(6, address.length, LITTLE);
      into.set(address, 8);
    });
  },
  decode(value) {
    const view = whole(value, 16);
    const length = Math.min(view.getUint16(6, LITTLE), 8);
    return {
      ifindex: view.getInt32(0, LITTLE),
      type: view.getUint16(4, LITTLE),
      address: new Uint8Array(view.buffer.slice(8, 8 + length) as ArrayBuffer),
    };
  },
};

export const packetStatistics: Codec<PacketStatistics> = {
  length: 12,
  encode: bytes.encode,
  decode(value) {
    const at = (index: number) => intAt(value, index) >>> 0;
    return { packets: at(0), drops: at(1), freezes: at(2) };
  },
};

export const rolloverStatistics: Codec<RolloverStatistics> = {
  length: 24,
  encode: bytes.encode,
  decode(value) {
    const view = whole(value, 24);
    const at = (start: number) => view.getBigUint64(start, LITTLE);
    return { all: at(0), huge: at(8), failed: at(16) };
  },
};

export const fanout: Codec<Fanout> = {
  length: 4,
  encode(value) {
    // C's form: the id, the type in the next 8 bits, the flags in the last.
    if (typeof value === 'number') return ints(checkInteger(value));
    const { id, type, flags } = fieldsOf<Fanout>(value, '{ id, type, flags }', 'id', 'type');
    return struct(4, (view) => {
      const typeAndFlags = checkInteger(type, 0, 0xff) | checkInteger(flags ?? 0, 0, 0xffff);
      view.setUint32(0, checkInteger(id, 0, 0xffff) + typeAndFlags * 0x10000, LITTLE);
    });
  },
  decode(value) {
    const all = intAt(value, 0) >>> 0;
    return { id: all & 0xffff, type: (all >>> 16) & 0xff, flags: (all >>> 16) & 0xff00 };
  },
};

/** `NETLINK_LIST_MEMBERSHIPS`: a bit for each group, the first of which is 1. */
export const memberships: Codec<number[]> = {
  length: 4096,
  encode: bytes.encode,
  decode(value) {
    const groups: number[] = [];
    for (let bit = 0; bit < (value.length >> 2) * 32; bit++) {
      if (intAt(value, bit >> 5) & (1 << (bit & 31))) groups.push(bit + 1);
    }
    return groups;
  },
};

export const canFilters: Codec<CanFilter[]> = {
  length: 8 * 512, // CAN_RAW_FILTER_MAX
  encode: (value) =>
    ints(
      ...elementsOf<unknown>(value, 'filters').flatMap((each) => {
        const { id, mask } = fieldsOf<CanFilter>(each, '[{ id, mask }]', 'id', 'mask');
        return [checkInteger(id, 0), checkInteger(mask, 0)];
      }),
    ),
  decode: (value) =>
    Array.from({ length: value.length >> 3 }, (_, index) => ({
      id: intAt(value, 2 * index) >>> 0,
      mask: intAt(value, 2 * index + 1) >>> 0,
    })),
};
