import { expect } from 'chai';
import { makeSocketAddress, type SocketAddress } from 'uvsock';
import { AF_INET, AF_INET6, AF_UNIX } from 'uvsock/constants';
import { cachedAddress } from '../src/address_cache.ts';

/** What a call would leave, behind some other integers. */
const integers = new Int32Array(40);

function leave(address: SocketAddress): SocketAddress {
  return cachedAddress(integers, 4, address._leave(integers, 4));
}

describe('cachedAddress', () => {
  it('gives the same object for the same bytes', () => {
    for (const address of [
      makeSocketAddress(AF_INET, '127.0.0.1', 7),
      makeSocketAddress(AF_INET6, '::1', 7),
      makeSocketAddress(AF_UNIX, '/odd'),
      makeSocketAddress(AF_UNIX, '/even'),
    ]) {
      const first = leave(address);
      expect(first.equals(address), String(address)).to.equal(true);
      expect(leave(address)).to.equal(first);
    }
  });

  it('tells addresses apart, however many there are', () => {
    const addresses = Array.from({ length: 1000 }, (_, i) => [
      makeSocketAddress(AF_INET, 0x7f000001 + i, 9),
      makeSocketAddress(AF_INET, '127.0.0.1', i),
      makeSocketAddress(AF_INET6, '::1', i),
      makeSocketAddress(AF_UNIX, `/tmp/${i}`),
      makeSocketAddress(AF_UNIX, `/tmp/some/longer/path/${i}`),
    ]).flat();
    for (let round = 0; round < 2; round++) {
      for (const address of addresses) {
        expect(leave(address).equals(address), String(address)).to.equal(true);
      }
    }
  });

  it('does not look behind the address', () => {
    const address = makeSocketAddress(AF_UNIX, '/odd');
    const first = leave(address);
    integers.fill(-1);
    expect(leave(address)).to.equal(first);
  });
});
