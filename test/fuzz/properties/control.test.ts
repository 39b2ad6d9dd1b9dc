import { expect } from 'chai';
import * as fc from 'fast-check';
import type { ControlMessage } from 'uvsock';
import { socketpair } from 'uvsock';
import * as c from 'uvsock/constants';
import { packControl, unpackControl } from '../../../src/control.ts';
import { SEED } from '../../support/scale.ts';
import { bytes, mutated } from './arbitraries.ts';
import { runs } from './runs.ts';

/** Types that carry descriptors, which no bytes can make. */
const isDescriptor = (level: number, type: number) =>
  level === c.SOL_SOCKET && (type === c.SCM_RIGHTS || type === c.SCM_PIDFD);

const KNOWN: [number, number][] = [
  [c.SOL_SOCKET, c.SCM_CREDENTIALS!],
  [c.SOL_SOCKET, c.SCM_SECURITY ?? 3],
  [c.SOL_SOCKET, c.SO_TIMESTAMP],
  [c.SOL_SOCKET, c.SO_TIMESTAMPNS!],
  [c.SOL_SOCKET, c.SO_TIMESTAMPING!],
  [c.SOL_SOCKET, c.SO_RXQ_OVFL!],
  [c.SOL_SOCKET, c.SCM_TXTIME!],
  [c.IPPROTO_IP, c.IP_PKTINFO!],
  [c.IPPROTO_IP, c.IP_TTL],
  [c.IPPROTO_IP, c.IP_RECVERR!],
  [c.IPPROTO_IP, c.IP_ORIGDSTADDR!],
  [c.IPPROTO_IPV6, c.IPV6_PKTINFO],
  [c.IPPROTO_IPV6, c.IPV6_RECVERR!],
  [c.IPPROTO_UDP, c.UDP_GRO!],
  [c.IPPROTO_UDP, c.UDP_SEGMENT!],
];

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const kind = fc
  .oneof(fc.constantFrom(...KNOWN), fc.tuple(int32, int32))
  .filter((each) => !isDescriptor(...each));
const messages = fc.array(
  fc.tuple(kind, bytes(100)).map(([[level, type], data]) => ({ level, type, data }) as ControlMessage),
  { maxLength: 6 },
);

/** As the native layer leaves it. */
function unpack(packed: Uint8Array): ReturnType<typeof unpackControl> {
  const copy = new Uint8Array(Math.ceil(packed.length / 4) * 4);
  copy.set(packed);
  return unpackControl(new Int32Array(copy.buffer), packed.length);
}

describe(`any control messages (UVSOCK_SEED=${SEED})`, () => {
  it('come out in their order, with their bytes where the type is not known', () => {
    const property = fc.property(messages, (sent) => {
      const found = unpack(packControl(sent));
      expect(found.map(({ level, type }) => [level, type])).to.deep.equal(
        sent.map(({ level, type }) => [level, type]),
      );
      for (const [index, { level, type, data }] of found.entries()) {
        const isKnown = KNOWN.some(([l, t]) => l === level && t === type);
        if (!isKnown && Buffer.isBuffer(data)) expect(data).to.deep.equal(sent[index]!.data);
      }
    });
    fc.assert(property, runs(500, 100_000));
  });

  it('reach the kernel or are refused, whatever is done to their packed form', () => {
    const [one, other] = socketpair(c.AF_UNIX, c.SOCK_DGRAM);
    try {
      const property = fc.property(
        mutated(messages.map((each) => Buffer.from(packControl(each)))),
        (packed) => {
          let sent: number | null;
          try {
            const level = packed.length >= 8 ? packed.readInt32LE(0) : 0;
            const type = packed.length >= 8 ? packed.readInt32LE(4) : 0;
            fc.pre(!isDescriptor(level, type));
            sent = one.sendmsg({
              data: Buffer.from('x'),
              control: [{ level, type, data: packed.subarray(8) }] as never,
            });
          } catch (error) {
            if (error instanceof fc.PreconditionFailure) throw error;
            expect((error as { code: string }).code).to.match(/^E[A-Z_]+$/);
            return;
          }
          expect(sent).to.equal(1);
          expect(other.recvmsg(Buffer.alloc(4))?.bytes).to.equal(1);
        },
      );
      fc.assert(property, runs(300, 100_000));
    } finally {
      one.close();
      other.close();
    }
  });
});
