import { expect } from 'chai';
import * as constants from 'uvsock/constants';
import { constantsTables, sections } from './constants_tables.ts';

describe('the tables of constants in the API reference', () => {
  it('have every constant once', () => {
    const names = sections().flatMap((section) => section.constants.map(({ name }) => name));
    expect(names.sort()).to.deep.equal(
      Object.keys(constants)
        .filter((name) => name !== 'constants')
        .sort(),
    );
  });

  it('show types as they are declared', () => {
    expect(constantsTables()).to.include(
      "| `IP_PKTINFO` | `(Option<'ip', boolean, boolean \\| number> & Control<'ip', PacketInfo, PacketInfoToSend>) \\| undefined` |",
    );
  });
});
