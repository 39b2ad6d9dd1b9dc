import { expect } from 'chai';
import { getprotobyname, getprotobynumber } from 'uvsock';
import { IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, IPPROTO_UDP } from 'uvsock/constants';

describe('getprotobyname', () => {
  it('finds protocols by name', () => {
    expect(getprotobyname('tcp')).to.deep.equal({ name: 'tcp', aliases: ['TCP'], proto: IPPROTO_TCP });
    expect(getprotobyname('udp')?.proto).to.equal(IPPROTO_UDP);
    expect(getprotobyname('icmp')?.proto).to.equal(IPPROTO_ICMP);
    expect(getprotobyname('ipv6-icmp')?.proto).to.equal(IPPROTO_ICMPV6);
    expect(getprotobyname('sctp')?.proto).to.equal(132);
    expect(getprotobyname('udplite')?.proto).to.equal(136);
  });

  it('finds protocols by alias', () => {
    expect(getprotobyname('TCP')?.name).to.equal('tcp');
    expect(getprotobyname('UDPLite')?.name).to.equal('udplite');
  });

  it('is null for what does not exist', () => {
    for (const name of ['', 'Tcp', 'no-such-protocol', '6', '__proto__']) {
      expect(getprotobyname(name), name).to.equal(null);
    }
  });

  it('is not changed by what a caller does with the answer', () => {
    const tcp = getprotobyname('tcp');
    tcp!.proto = 99;
    tcp!.aliases.push('mine');
    expect(getprotobyname('tcp')).to.deep.equal({ name: 'tcp', aliases: ['TCP'], proto: 6 });
    expect(getprotobyname('mine')).to.equal(null);
  });

  it('refuses what is no string', () => {
    for (const value of [undefined, null, 6, {}, ['tcp']]) {
      expect(() => getprotobyname(value as string))
        .to.throw(TypeError, '"name"')
        .with.property('code', 'ERR_INVALID_ARG_TYPE');
    }
  });
});

describe('getprotobynumber', () => {
  it('finds protocols by number', () => {
    expect(getprotobynumber(17)).to.deep.equal({ name: 'udp', aliases: ['UDP'], proto: 17 });
    expect(getprotobynumber(0)?.name).to.equal('ip');
  });

  it('is null for what does not exist', () => {
    for (const proto of [-1, 254, 65536]) expect(getprotobynumber(proto)).to.equal(null);
  });

  it('refuses what is no number', () => {
    for (const value of [undefined, null, '17', 17n]) {
      expect(() => getprotobynumber(value as unknown as number))
        .to.throw(TypeError, '"proto"')
        .with.property('code', 'ERR_INVALID_ARG_TYPE');
    }
  });

  it('refuses numbers that are no integer', () => {
    for (const value of [0.5, Number.NaN, Infinity]) {
      expect(() => getprotobynumber(value))
        .to.throw(RangeError, '"proto"')
        .with.property('code', 'ERR_OUT_OF_RANGE');
    }
  });
});
