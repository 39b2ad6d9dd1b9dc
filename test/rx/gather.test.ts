import { expect } from 'chai';
import { Gather } from '../../src/rx/gather.ts';

describe('Gather', () => {
  it('makes one buffer of pieces', () => {
    const gathered = new Gather();
    for (let count = 0; count < 1000; count++) gathered.append(Buffer.from(`${count} `));
    const all = gathered.take();
    expect(String(all)).to.equal(Array.from({ length: 1000 }, (_, index) => `${index} `).join(''));
    expect(all.buffer.byteLength).to.be.at.most(2 * all.length);
  });

  it('doubles up to a bound', () => {
    const gathered = new Gather();
    for (let count = 0; count < 9000; count++) gathered.append(Buffer.from('x'), 10_000);
    const all = gathered.take();
    expect(all.equals(Buffer.alloc(9000, 'x'))).to.equal(true);
    expect(all.buffer.byteLength).to.equal(10_000);
  });

  it('begins anew when it has been taken, and leaves alone what was', () => {
    const gathered = new Gather();
    gathered.append(Buffer.from('first'));
    const first = gathered.take();
    gathered.append(Buffer.from('second'));
    expect([String(first), String(gathered.take()), gathered.length]).to.deep.equal(['first', 'second', 0]);
  });

  it('finds bytes only in what is there', () => {
    const gathered = new Gather();
    gathered.append(Buffer.from('a--b--'));
    expect(gathered.indexOf(Buffer.from('--'), 0)).to.equal(1);
    expect(gathered.indexOf(Buffer.from('--'), 2)).to.equal(4);
    gathered.truncate(4);
    gathered.append(Buffer.from('-'));
    expect(gathered.indexOf(Buffer.from('--'), 2)).to.equal(-1);
    expect(String(gathered.take())).to.equal('a--b-');
  });
});
