/** Values that several properties are about. */
import * as fc from 'fast-check';
import { makeSocketAddress, SocketAddress } from 'uvsock';
import { AF_CAN, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_UNIX, AF_VSOCK } from 'uvsock/constants';

export const bytes = (most: number, least = 0): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: least, maxLength: most }).map((each) => Buffer.from(each));

export const uint16 = fc.nat(0xffff);
export const uint32 = fc.nat(0xffffffff);
const interfaceIndex = fc.nat(0x7fffffff);

export const inet = fc
  .tuple(uint32, uint16)
  .map(([address, port]) => makeSocketAddress(AF_INET, address, port));

const words = fc
  .tuple(uint32, uint32, uint32, uint32)
  .map((each) => each.reduce((sum, n) => (sum << 32n) | BigInt(n), 0n));
/** Beside those at random such as have zeros to leave out, and those of IPv4. */
const address6 = fc.oneof(
  words,
  uint32.map(BigInt),
  uint32.map((each) => (0xffffn << 32n) | BigInt(each)),
  uint16.map((each) => (0xfe80n << 112n) | BigInt(each)),
);
export const inet6 = fc
  .tuple(address6, uint16, uint32)
  .map(([address, port, scopeId]) => makeSocketAddress(AF_INET6, address, port, 0, scopeId));

/** A path, or an abstract name. */
export const unix = fc
  .tuple(fc.boolean(), bytes(107))
  .map(([abstract, name]) =>
    makeSocketAddress(
      AF_UNIX,
      abstract ? Buffer.concat([Buffer.alloc(1), name]) : name.filter((byte) => byte !== 0),
    ),
  );

const others = [
  fc.tuple(uint32, uint32).map(([pid, groups]) => makeSocketAddress(AF_NETLINK as never, pid, groups)),
  fc.tuple(uint32, uint32).map(([cid, port]) => makeSocketAddress(AF_VSOCK as never, cid, port)),
  fc
    .tuple(interfaceIndex, uint32, uint32)
    .map(([ifindex, rx, tx]) => makeSocketAddress(AF_CAN as never, ifindex, rx, tx)),
  fc
    .tuple(uint16, interfaceIndex, uint16, fc.nat(255), bytes(8))
    .map((fields) => makeSocketAddress(AF_PACKET as never, ...fields)),
];

export const raw = bytes(128, 2).map((each) => SocketAddress.fromBytes(each));

/** An address of any family. */
export const address: fc.Arbitrary<SocketAddress> = fc.oneof(inet, inet6, unix, ...others, raw);

/** The pieces that something is cut into at any places, empty ones among them. */
export function piecesOf(whole: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return places.slice(1).map((end, index) => whole.subarray(places[index], end));
}

/** Something with a few of its bytes changed, left out or added. */
export function mutated(from: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const change = fc.tuple(fc.nat(2), fc.nat(), fc.nat(255));
  return fc.tuple(from, fc.array(change, { minLength: 1, maxLength: 4 })).map(([whole, changes]) => {
    const result = [...whole];
    for (const [kind, where, byte] of changes) {
      const at = where % (result.length + 1);
      if (kind === 0) result[at % Math.max(result.length, 1)] = byte;
      else if (kind === 1) result.splice(at, 1);
      else result.splice(at, 0, byte);
    }
    return Buffer.from(result);
  });
}

/** The `code` that a call may throw with, or that it did not. */
export function codeOrNone(call: () => unknown): string | null {
  try {
    call();
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
}
