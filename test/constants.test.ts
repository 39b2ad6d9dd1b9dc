import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import * as exported from 'uvsock/constants';

const definitions = readFileSync(new URL('../../native/constants.def', import.meta.url), 'utf8');
const native = new Set(
  [...definitions.matchAll(/^UVSOCK_(?:CONSTANT|ENUMERATOR)\((\w+)\)/gm)].map(([, name]) => name as string),
);
const { constants, ...names } = exported;
/** Guile's own names for what C calls otherwise. */
const ALIASES = new Set(['SO_STYLE']);

describe('constants', () => {
  it('are the same names natively and in TypeScript', () => {
    expect(Object.keys(names).filter((name) => !native.has(name) && !ALIASES.has(name))).to.deep.equal([]);
    expect([...native].filter((name) => !(name in names))).to.deep.equal([]);
  });

  it('have the values of the system, and are undefined where it has none', () => {
    for (const [name, value] of Object.entries(names)) {
      if (!ALIASES.has(name)) expect(value, name).to.equal(constants[name]);
    }
  });

  it('exist where the types promise them', () => {
    const types = readFileSync(new URL('../../src/constants.ts', import.meta.url), 'utf8');
    const promised = [...types.matchAll(/^export const (\w+): (?!.*\| undefined).*present/gm)].map(
      ([, name]) => name as string,
    );
    expect(promised.length).to.be.greaterThan(50);
    for (const name of promised) expect(constants[name], name).to.be.a('number');
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(constants)).to.equal(true);
  });

  it('know the style of a socket by both its names', () => {
    expect(exported.SO_STYLE).to.equal(exported.SO_TYPE);
  });
});
