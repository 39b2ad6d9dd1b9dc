import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { describeOption, optionTable, type Socket, socket, socketpair } from 'uvsock';
import * as c from 'uvsock/constants';
import { declaredTypes, documentPath, optionsDocument } from './support/options_document.ts';
import { attempt, known } from './support/probes.ts';
import { closed, codeOf, tcpPair } from './support/sockets.ts';

/** One socket of each kind that options of a level are for. */
const SOCKETS: Record<string, () => Socket> = {
  SOL_SOCKET: () => closed(socketpair(c.AF_UNIX, c.SOCK_STREAM))[0],
  IPPROTO_IP: () => closed([socket(c.AF_INET, c.SOCK_DGRAM)])[0],
  IPPROTO_IPV6: () => closed([socket(c.AF_INET6, c.SOCK_DGRAM)])[0],
  IPPROTO_TCP: () => closed(tcpPair())[0],
  IPPROTO_UDP: () => closed([socket(c.AF_INET, c.SOCK_DGRAM)])[0],
  IPPROTO_UDPLITE: () => closed([socket(c.AF_INET, c.SOCK_DGRAM, c.IPPROTO_UDPLITE)])[0],
  SOL_RAW: () => closed([socket(c.AF_INET, c.SOCK_RAW, c.IPPROTO_ICMP)])[0],
  IPPROTO_ICMPV6: () => closed([socket(c.AF_INET6, c.SOCK_RAW, c.IPPROTO_ICMPV6)])[0],
  SOL_NETLINK: () => closed([socket(c.AF_NETLINK!, c.SOCK_RAW)])[0],
  SOL_PACKET: () => closed([socket(c.AF_PACKET!, c.SOCK_RAW)])[0],
  AF_VSOCK: () => closed([socket(c.AF_VSOCK!, c.SOCK_STREAM)])[0],
  SOL_CAN_RAW: () => closed([socket(c.AF_CAN!, c.SOCK_RAW, c.CAN_RAW)])[0],
  SOL_MPTCP: () => closed([socket(c.AF_INET, c.SOCK_STREAM, c.IPPROTO_MPTCP)])[0],
};

describe('the rows of the option table', () => {
  it('are those of the constants that are typed as options', () => {
    const names = new Set(optionTable.map(({ name }) => name));
    const declared = [...declaredTypes().keys()].filter((name) => name !== 'SO_STYLE');
    expect(declared.filter((name) => !names.has(name))).to.deep.equal([]);
    expect([...names].filter((name) => !declared.includes(name))).to.deep.equal([]);
  });

  it('have one row for each level of the option', () => {
    const rows = new Map<string, number>();
    for (const { name } of optionTable) rows.set(name, (rows.get(name) ?? 0) + 1);
    for (const [name, { levels }] of declaredTypes()) {
      if (name !== 'SO_STYLE') expect(rows.get(name), name).to.equal(levels.length);
    }
  });

  it('name a manual page, an RFC or a header', () => {
    for (const { name, page } of optionTable) {
      expect(page, name).to.match(/^(\w+\(7\)|RFC \d+|[\w/-]+\.h)$/);
    }
  });

  it('stand in blocks by level, sorted by name', () => {
    const levels = optionTable.map(({ level }) => level);
    expect(levels.filter((level, index) => level !== levels[index - 1])).to.deep.equal([...new Set(levels)]);
    for (const level of new Set(levels)) {
      const names = optionTable.filter((each) => each.level === level).map(({ name }) => name);
      expect(names, level).to.deep.equal([...names].sort());
    }
  });

  for (const [level, open] of Object.entries(SOCKETS)) {
    it(`say what the kernel lets be read and set: ${level}`, function () {
      const number = known(this, level, c.constants[level]);
      const s = attempt(this, level, open);
      const get = s.getsockopt as (level: number, name: number, length: number) => Buffer;
      const set = s.setsockopt as (level: number, name: number, value: Uint8Array) => void;
      for (const { name, access } of optionTable.filter((each) => each.level === level)) {
        const option = c.constants[name];
        // Reading it would open a descriptor; test/options.test.ts does.
        if (option === undefined || name === 'SO_PEERPIDFD') continue;
        // ENOPROTOOPT: there is no such thing; EINVAL and others: not with these bytes, not now.
        const readable = codeOf(() => get.call(s, number, option, 4));
        if (access === 'w') expect(readable, `reading ${name}`).to.not.equal('no error');
        const settable = codeOf(() => set.call(s, number, option, new Uint8Array(4)));
        if (access === 'r') expect(settable, `setting ${name}`).to.not.equal('no error');
      }
    });
  }

  it('can be asked for by number', () => {
    expect(describeOption(c.SOL_SOCKET, c.SO_RCVBUF)).to.deep.equal({
      level: 'SOL_SOCKET',
      name: 'SO_RCVBUF',
      access: 'rw',
      page: 'socket(7)',
      unit: 'bytes',
    });
    expect(describeOption(c.SOL_SOCKET, 9999)).to.equal(undefined);
  });

  it('are written down in examples/OPTIONS.md', () => {
    expect(readFileSync(documentPath, 'utf8')).to.equal(optionsDocument());
  });
});
