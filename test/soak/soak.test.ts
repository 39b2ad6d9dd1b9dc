import { expect } from 'chai';
import { SEED } from '../support/scale.ts';
import { soak } from './soak.ts';

describe(`everything at once (UVSOCK_SEED=${SEED})`, function () {
  this.timeout(120_000);

  it('for some seconds: every byte right, every descriptor given back', async () => {
    const { before, after, rounds, failures } = await soak({ seconds: 3, every: 1, seed: SEED });
    expect(failures).to.deep.equal([]);
    expect(Object.entries(rounds).filter(([, count]) => count === 0)).to.deep.equal([]);
    const { descriptors, open, polled, armed } = before;
    expect(after).to.include({ descriptors, open, polled, armed });
  });
});
