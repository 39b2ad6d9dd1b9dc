import { expect } from 'chai';
import * as fc from 'fast-check';
import { DatagramBatch, type SocketAddress, socketpair } from 'uvsock';
import { AF_UNIX, SOCK_DGRAM } from 'uvsock/constants';
import { SEED } from '../../support/scale.ts';
import { bytes, inet, inet6 } from './arbitraries.ts';
import { runs } from './runs.ts';

interface Message {
  data: Buffer;
  to: SocketAddress | null;
  segment: number;
  how: 'push' | 'coalesce' | 'segmented' | 'reserve';
}

const message: fc.Arbitrary<Message> = fc.record({
  data: bytes(60),
  to: fc.option(fc.oneof(inet, inet6)),
  segment: fc.integer({ min: 1, max: 30 }),
  how: fc.constantFrom('push', 'coalesce', 'segmented', 'reserve'),
});
const messages = fc.array(message, { maxLength: 20 });

interface Datagram {
  data: string;
  to: string | null;
}

const datagram = (data: Buffer, to: SocketAddress | null): Datagram => ({
  data: data.toString('hex'),
  to: to === null ? null : `${to}`,
});

/** The datagrams that the receiver will see. */
function segmentsOf(data: Buffer, segment: number): Buffer[] {
  const parts = Array.from({ length: Math.ceil(data.length / segment) }, (_, i) =>
    data.subarray(i * segment, (i + 1) * segment),
  );
  return parts.length > 0 ? parts : [data];
}

/** Fills the batch; returns what went in. */
function fill(batch: DatagramBatch, all: readonly Message[]): Datagram[] {
  const expected: Datagram[] = [];
  for (const { data, to, segment, how } of all) {
    const parts = how === 'segmented' ? segmentsOf(data, segment) : [data];
    let taken: boolean;
    if (how === 'segmented') taken = batch.pushSegmented(data, segment, to);
    else if (how === 'reserve') {
      const at = batch.reserve(data.length, to);
      taken = at !== null;
      if (at !== null) batch.slab.set(data, at);
    } else taken = batch[how](data, to);
    if (taken) expected.push(...parts.map((part) => datagram(part, to)));
  }
  return expected;
}

const contents = (batch: DatagramBatch) => [...batch].map(({ data, address }) => datagram(data, address));

describe(`any batch (UVSOCK_SEED=${SEED})`, () => {
  it('holds what was put into it, as single datagrams, and so does its copy', () => {
    const property = fc.property(messages, (all) => {
      using batch = new DatagramBatch({ count: 12, size: 40 });
      const expected = fill(batch, all);
      expect(contents(batch)).to.deep.equal(expected);
      expect(batch.datagrams).to.equal(expected.length);
      using copy = batch.copy();
      expect(contents(copy)).to.deep.equal(expected);
    });
    fc.assert(property, runs(300, 100_000));
  });

  it('sends just these datagrams', () => {
    const property = fc.property(messages, (all) => {
      const [one, other] = socketpair(AF_UNIX, SOCK_DGRAM);
      using _one = one;
      using _other = other;
      using batch = new DatagramBatch({ count: 12, size: 40 });
      const unaddressed = all.map((each) => ({ ...each, to: null }));
      const expected = fill(batch, unaddressed);
      for (let start = 0; start < batch.filled; ) start += one.sendmmsg(batch, { start }) as number;
      const received: Datagram[] = [];
      using into = new DatagramBatch({ count: 5, size: 64 });
      while (other.recvmmsg(into) !== null) received.push(...contents(into));
      expect(received).to.deep.equal(expected);
    });
    fc.assert(property, runs(200, 50_000));
  });
});
