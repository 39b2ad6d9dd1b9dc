import { expect } from 'chai';
import { crc32c } from '../src/crc32c.ts';

describe('crc32c', () => {
  // The first is the check value of catalogues, the others are RFC 3720's, B.4, there in byte order.
  const vectors: [name: string, bytes: Uint8Array, expected: number][] = [
    ['123456789', Buffer.from('123456789'), 0xe3069283],
    ['nothing', Buffer.alloc(0), 0],
    ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 bytes upwards', Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
    ['32 bytes downwards', Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
  ];
  for (const [name, bytes, expected] of vectors) {
    it(`of ${name} is 0x${expected.toString(16)}`, () => {
      expect(crc32c(bytes)).to.equal(expected);
    });
  }
});
