import { expect } from 'chai';

/** AddressSanitizer keeps what is freed for a while, and ThreadSanitizer and it shadow all memory. */
const OTHERS_TOO = process.env.UVSOCK_INSTRUMENT !== undefined;

/** So many megabytes of resident memory are fewer than `limit`, where nothing but the program uses any. */
export function expectResidentBelow(megabytes: number, limit: number): void {
  if (!OTHERS_TOO) expect(megabytes, 'megabytes of resident memory').to.be.below(limit);
}
