import { expect } from 'chai';
import { SO_EE_CODE_ZEROCOPY_COPIED, SO_EE_ORIGIN_LOCAL, SO_EE_ORIGIN_ZEROCOPY } from 'uvsock/constants';
import { Ledger, type Lent } from '../src/zerocopy_ledger.ts';

/** So many calls on loan, each a message of its own, and the numbers of those that are settled. */
function lend(ledger: Ledger, calls: number): number[] {
  const settled: number[] = [];
  for (let i = 0; i < calls; i++) {
    const lent: Lent = { returned: () => true, settle: () => settled.push(i), close() {} };
    ledger.lend(lent);
  }
  return settled;
}

/** What the kernel says of the calls from `info` to `data`. */
const told = (info: number, data: number, code = 0, origin = SO_EE_ORIGIN_ZEROCOPY ?? 0) => ({
  errno: 0,
  origin,
  type: 0,
  code,
  info,
  data,
  offender: null,
});

describe('the ledger of MSG_ZEROCOPY', () => {
  before(function () {
    if (SO_EE_ORIGIN_ZEROCOPY !== undefined) return;
    console.log('    skipped: this system has no MSG_ZEROCOPY');
    this.skip();
  });

  it('settles the calls of a range', () => {
    const ledger = new Ledger();
    const settled = lend(ledger, 5);
    expect(ledger.take(told(1, 3))).to.equal(true);
    expect(settled).to.deep.equal([1, 2, 3]);
    expect(ledger.isEmpty).to.equal(false);
    ledger.take(told(4, 4));
    ledger.take(told(0, 0));
    expect(settled).to.deep.equal([1, 2, 3, 4, 0]);
    expect(ledger.isEmpty).to.equal(true);
  });

  it('settles a range that goes past the end of 32 bits', () => {
    const ledger = new Ledger(2 ** 32 - 2);
    const settled = lend(ledger, 4);
    ledger.take(told(2 ** 32 - 1, 0));
    expect(settled).to.deep.equal([1, 2]);
    ledger.take(told(2 ** 32 - 2, 1));
    expect(settled).to.deep.equal([1, 2, 0, 3]);
  });

  it('settles a message with the last of its calls', () => {
    const ledger = new Ledger();
    const settled: string[] = [];
    let left = 2;
    const lent: Lent = { returned: () => --left === 0, settle: () => settled.push('all'), close() {} };
    ledger.lend(lent);
    ledger.lend(lent);
    ledger.take(told(1, 1));
    expect(settled).to.deep.equal([]);
    ledger.take(told(0, 0));
    expect(settled).to.deep.equal(['all']);
  });

  it('leaves entries of another origin alone', () => {
    const ledger = new Ledger();
    const settled = lend(ledger, 1);
    expect(ledger.take(told(0, 0, 0, SO_EE_ORIGIN_LOCAL))).to.equal(false);
    expect(settled).to.deep.equal([]);
  });

  it('knows when the kernel has copied', () => {
    const ledger = new Ledger();
    lend(ledger, 2);
    ledger.take(told(0, 0));
    expect(ledger.copied).to.equal(false);
    ledger.take(told(1, 1, SO_EE_CODE_ZEROCOPY_COPIED));
    expect(ledger.copied).to.equal(true);
  });
});
