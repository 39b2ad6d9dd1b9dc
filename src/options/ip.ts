/** Structs of the options of IPv4, IPv6 and ICMPv6: ip(7), ipv6(7), RFC 3542. */
import type { InternetAddress, SocketAddress } from '../address.ts';
import { addressBytes, bytes, type Codec, checkInteger, intAt, ints } from '../codecs.ts';
import { AF_INET6 } from '../constants.ts';
import { invalidArgType } from '../errors.ts';
import { addressAt, checkIndex, elementsOf, fieldsOf, LITTLE, struct, textAt, whole } from './struct.ts';

/** `IP_LOCAL_PORT_RANGE`, ip(7): the ports that the kernel may choose from; 0 leaves an end to the system. */
export type PortRange = readonly [low: number, high: number];

/** `IPV6_PKTINFO`, ipv6(7), RFC 3542. */
export interface Ipv6PacketInfo {
  /** The interface: where it was received, or is to be sent; 0 lets the kernel choose. */
  ifindex: number;
  /** The datagram's destination; sending, its source address, and `::` lets the kernel choose. */
  address: string;
}

/** {@link Ipv6PacketInfo} to be sent with; what is missing, the kernel chooses. */
export interface Ipv6PacketInfoToSend {
  /** The interface to send through. */
  ifindex?: number;
  /** The source address. */
  address?: InternetAddress;
}

/** `IPV6_PATHMTU`, RFC 3542, struct ip6_mtuinfo. */
export interface PathMtu {
  /** The destination; null if the socket has none. */
  address: SocketAddress | null;
  /** What fits through the path to it, in bytes. */
  mtu: number;
}

export const portRange: Codec<PortRange> = {
  length: 4,
  encode(value) {
    if (!Array.isArray(value)) throw invalidArgType('value', 'like [low, high]', value);
    const [low, high] = value.map((port) => checkInteger(port, 0, 0xffff));
    return ints(checkInteger(low) + checkInteger(high) * 0x10000);
  },
  decode(bytes) {
    const both = intAt(bytes, 0) >>> 0;
    return [both & 0xffff, both >>> 16];
  },
};

/** struct in6_pktinfo: of a control message, and what all of a socket's packets are sent with. */
export const packetInfo6: Codec<Ipv6PacketInfo> = {
  length: 20,
  encode(value) {
    const { address, ifindex } = fieldsOf<Ipv6PacketInfoToSend>(value, '{ ifindex, address }');
    return Buffer.concat([addressBytes(address ?? '::', AF_INET6), ints(checkIndex(ifindex))]);
  },
  decode: (bytes) => ({ ifindex: intAt(bytes, 4), address: textAt(AF_INET6, bytes, 0) }),
};

export const pathMtu: Codec<PathMtu> = {
  length: 32,
  encode: bytes.encode,
  decode: (value) => ({ address: addressAt(value, 0), mtu: whole(value, 32).getUint32(28, LITTLE) }),
};

/** `ICMP6_FILTER`: struct icmp6_filter has a bit for each type that is blocked. */
export const icmp6Filter: Codec<Set<number>> = {
  length: 32,
  encode(value) {
    const passed = elementsOf<unknown>(value, 'types to pass').map((type) => checkInteger(type, 0, 255));
    return struct(32, (view) => {
      for (let word = 0; word < 32; word += 4) view.setUint32(word, 0xffffffff, LITTLE);
      for (const type of passed) {
        const word = (type >> 5) * 4;
        view.setUint32(word, view.getUint32(word, LITTLE) & ~(1 << (type & 31)), LITTLE);
      }
    });
  },
  decode(value) {
    const passed = new Set<number>();
    for (let type = 0; type < value.length * 8; type++) {
      if ((intAt(value, type >> 5) & (1 << (type & 31))) === 0) passed.add(type);
    }
    return passed;
  },
};
