import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect } from 'chai';
import {
  type AddressLike,
  INADDR_ANY,
  INADDR_BROADCAST,
  INADDR_LOOPBACK,
  INADDR_NONE,
  inetNtop,
  inetPton,
  makeSocketAddress,
  SocketAddress,
  socket,
  socketpair,
} from 'uvsock';
import {
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  AF_UNSPEC,
  AF_VSOCK,
  SOCK_DGRAM,
  SOCK_RAW,
} from 'uvsock/constants';
import { addressFromArguments, toSocketAddress } from '../src/address.ts';
import { binding } from '../src/binding.ts';
import { closed } from './support/sockets.ts';

/** Calls without the help of the type system, as JavaScript does. */
const make = makeSocketAddress as (...fields: unknown[]) => SocketAddress;

/** The call fails with an error of that class and code that names the argument. */
function expectMisuse(call: () => unknown, type: ErrorConstructor, code: string, argument: string): void {
  expect(call).to.throw(type, `"${argument}"`).with.property('code', code);
}

function expectWrongType(call: () => unknown, argument: string): void {
  expectMisuse(call, TypeError, 'ERR_INVALID_ARG_TYPE', argument);
}

function expectWrongValue(call: () => unknown, argument: string): void {
  expectMisuse(call, TypeError, 'ERR_INVALID_ARG_VALUE', argument);
}

function expectOutOfRange(call: () => unknown, argument: string): void {
  expectMisuse(call, RangeError, 'ERR_OUT_OF_RANGE', argument);
}

/** A family that not every system has: its constant, or the test is skipped and says why. */
function family<F>(constant: F | undefined, name: string, context: Mocha.Context): F {
  if (constant === undefined) {
    console.log(`      this system has no ${name}`);
    context.skip();
  }
  return constant as F;
}

const shared = () => new Uint8Array(new SharedArrayBuffer(16));

function detached(): Uint8Array {
  const bytes = new Uint8Array(16);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

/** Neither numbers nor text nor bytes nor addresses. */
const GARBAGE = [undefined, null, true, {}, [], () => 1, Symbol('x'), new Date()];

describe('makeSocketAddress', () => {
  describe('of AF_INET', () => {
    it('takes text and a port', () => {
      const address = makeSocketAddress(AF_INET, '192.0.2.1', 7);
      expect(address).to.include({ family: AF_INET, address: '192.0.2.1', port: 7 });
    });

    it("takes Guile's integers in host byte order", () => {
      for (const [integer, text] of [
        [INADDR_ANY, '0.0.0.0'],
        [INADDR_LOOPBACK, '127.0.0.1'],
        [INADDR_BROADCAST, '255.255.255.255'],
        [0xc0000201, '192.0.2.1'],
      ] as const) {
        expect(makeSocketAddress(AF_INET, integer, 7).address).to.equal(text);
        expect(makeSocketAddress(AF_INET, BigInt(integer), 7).address).to.equal(text);
      }
    });

    it('takes the first and the last port', () => {
      expect(makeSocketAddress(AF_INET, '0.0.0.0', 0).port).to.equal(0);
      expect(makeSocketAddress(AF_INET, '0.0.0.0', 65535).port).to.equal(65535);
    });

    it('has no fields of other families', () => {
      const address = makeSocketAddress(AF_INET, '127.0.0.1', 7);
      expect(address).to.include({ flowinfo: undefined, scopeId: undefined, path: undefined });
      expect(address).to.include({ pathBytes: undefined, pid: undefined, cid: undefined, hwaddr: undefined });
    });

    it('refuses text that is no IPv4 address', () => {
      for (const text of [
        '',
        'localhost',
        '1.2.3',
        '1.2.3.4.5',
        '256.0.0.1',
        '::1',
        '127.0.0.1%lo',
        ' 127.0.0.1',
      ]) {
        expectWrongValue(() => make(AF_INET, text, 7), 'address');
      }
    });

    it('refuses text that goes on after a NUL', () => {
      expectWrongValue(() => make(AF_INET, '127.0.0.1\0', 7), 'address');
    });

    it('refuses integers that are no IPv4 address', () => {
      for (const integer of [-1, -1n, 2 ** 32, 1n << 32n, 0.5, Number.NaN, Infinity]) {
        expectOutOfRange(() => make(AF_INET, integer, 7), 'address');
      }
    });

    it('refuses addresses of other types', () => {
      for (const value of GARBAGE) expectWrongType(() => make(AF_INET, value, 7), 'address');
    });

    it('refuses ports outside 0 to 65535', () => {
      for (const port of [-1, 65536, 1e300, 0.5, Number.NaN, Infinity]) {
        expectOutOfRange(() => make(AF_INET, '127.0.0.1', port), 'port');
      }
    });

    it('refuses ports that are no number', () => {
      for (const port of [...GARBAGE, '7', 7n])
        expectWrongType(() => make(AF_INET, '127.0.0.1', port), 'port');
    });
  });

  describe('of AF_INET6', () => {
    it('takes text and a port, with flow info and scope 0', () => {
      const address = makeSocketAddress(AF_INET6, '2001:db8::1', 7);
      expect(address).to.include({ address: '2001:db8::1', port: 7, flowinfo: 0, scopeId: 0 });
      expect(address.family).to.equal(AF_INET6);
    });

    it('takes flow info and scope id in host byte order', () => {
      const address = makeSocketAddress(AF_INET6, 'fe80::1', 7, 0x12345, 9);
      expect(address).to.include({ address: 'fe80::1', flowinfo: 0x12345, scopeId: 9 });
      expect([...address.bytes.subarray(4, 8)], 'as the kernel sees it').to.deep.equal([0, 1, 0x23, 0x45]);
    });

    it("takes Guile's integers in host byte order", () => {
      expect(makeSocketAddress(AF_INET6, 0, 7).address).to.equal('::');
      expect(makeSocketAddress(AF_INET6, 1, 7).address).to.equal('::1');
      expect(makeSocketAddress(AF_INET6, (0x20010db8n << 96n) | 0xffn, 7).address).to.equal('2001:db8::ff');
      expect(makeSocketAddress(AF_INET6, (1n << 128n) - 1n, 7).address).to.equal(
        Array(8).fill('ffff').join(':'),
      );
    });

    it('takes a zone by index', () => {
      expect(makeSocketAddress(AF_INET6, 'fe80::1%2', 7)).to.include({ address: 'fe80::1', scopeId: 2 });
    });

    it('takes a zone by name', () => {
      const scopeId = binding.ifNameToIndex('lo');
      expect(makeSocketAddress(AF_INET6, '::1%lo', 7)).to.include({ address: '::1', scopeId });
    });

    it('prefers a scope id that is given to the zone in the text', () => {
      expect(makeSocketAddress(AF_INET6, 'fe80::1%2', 7, 0, 3).scopeId).to.equal(3);
    });

    it('keeps an IPv4 address in IPv6', () => {
      expect(makeSocketAddress(AF_INET6, '::ffff:127.0.0.1', 7).address).to.equal('::ffff:127.0.0.1');
    });

    it('refuses text that is no IPv6 address', () => {
      for (const text of ['', '127.0.0.1', ':::', '::12345', '[::1]', '1:2:3:4:5:6:7', '::1\0', '%2']) {
        expectWrongValue(() => make(AF_INET6, text, 7), 'address');
      }
    });

    it('refuses zones that are no interface', () => {
      for (const zone of ['', '0', '4294967296', 'no-such-interface', 'lo\0', '-1', '1e3']) {
        expectWrongValue(() => make(AF_INET6, `fe80::1%${zone}`, 7), 'address');
      }
    });

    it('refuses integers that are no IPv6 address', () => {
      for (const integer of [-1n, 1n << 128n, 2 ** 53, 0.5, Number.NaN]) {
        expectOutOfRange(() => make(AF_INET6, integer, 7), 'address');
      }
    });

    it('refuses flow info and scope ids outside 32 bits', () => {
      for (const number of [-1, 2 ** 32, 0.5, Number.NaN]) {
        expectOutOfRange(() => make(AF_INET6, '::1', 7, number), 'flowinfo');
        expectOutOfRange(() => make(AF_INET6, '::1', 7, 0, number), 'scopeId');
      }
    });

    it('refuses flow info and scope ids that are no number', () => {
      for (const value of ['1', 1n, {}, true]) {
        expectWrongType(() => make(AF_INET6, '::1', 7, value), 'flowinfo');
        expectWrongType(() => make(AF_INET6, '::1', 7, 0, value), 'scopeId');
      }
    });
  });

  describe('of AF_UNIX', () => {
    it('takes a path as text', () => {
      const address = makeSocketAddress(AF_UNIX, '/tmp/gr\u00fc\u00dfe');
      expect(address).to.include({
        family: AF_UNIX,
        path: '/tmp/gr\u00fc\u00dfe',
        address: undefined,
        port: undefined,
      });
    });

    it('takes a path as bytes, UTF-8 or not', () => {
      const path = Buffer.from([0x2f, 0xff, 0xfe]);
      expect(makeSocketAddress(AF_UNIX, path).pathBytes).to.deep.equal(path);
    });

    it('ends a path with a NUL, for the kernel', () => {
      expect(Buffer.from(makeSocketAddress(AF_UNIX, '/a').bytes.subarray(2))).to.deep.equal(
        Buffer.from('/a\0'),
      );
    });

    it('takes a path of 108 bytes, which leaves no room for the NUL', () => {
      const path = `/${'x'.repeat(107)}`;
      const address = makeSocketAddress(AF_UNIX, path);
      expect(address.path).to.equal(path);
      expect(address.bytes.length).to.equal(110);
    });

    it('takes an abstract name with NUL and 0xff bytes', () => {
      const name = Buffer.from([0, 0x61, 0, 0xff, 0x62, 0]);
      const address = makeSocketAddress(AF_UNIX, name);
      expect(address.pathBytes).to.deep.equal(name);
      expect(address.bytes.length, 'delimited by its length').to.equal(2 + name.length);
    });

    it('takes an abstract name as text', () => {
      expect(makeSocketAddress(AF_UNIX, '\0name').path).to.equal('\0name');
    });

    it('takes an abstract name of 108 bytes', () => {
      const name = `\0${'x'.repeat(107)}`;
      expect(makeSocketAddress(AF_UNIX, name).path).to.equal(name);
    });

    it('takes the empty path as no more than the family', () => {
      const address = makeSocketAddress(AF_UNIX, '');
      expect(address.path).to.equal('');
      expect(address.bytes.length).to.equal(2);
    });

    it('refuses more than 108 bytes', () => {
      expectOutOfRange(() => makeSocketAddress(AF_UNIX, 'x'.repeat(109)), 'path');
      expectOutOfRange(() => makeSocketAddress(AF_UNIX, `\0${'x'.repeat(108)}`), 'path');
      expectOutOfRange(() => makeSocketAddress(AF_UNIX, '\u00e4'.repeat(55)), 'path');
      expect(() => makeSocketAddress(AF_UNIX, 'x'.repeat(109))).to.throw('108 bytes');
    });

    it('refuses a NUL inside a path of the file system', () => {
      expectWrongValue(() => makeSocketAddress(AF_UNIX, '/a\0b'), 'path');
      expectWrongValue(() => makeSocketAddress(AF_UNIX, Buffer.from('/a\0')), 'path');
    });

    it('refuses paths of other types', () => {
      for (const path of [...GARBAGE, 7, new Uint16Array(2), new ArrayBuffer(2)]) {
        expectWrongType(() => make(AF_UNIX, path), 'path');
      }
    });

    it('refuses shared memory', () => {
      expectWrongType(() => makeSocketAddress(AF_UNIX, shared()), 'path');
    });

    it('does not see what later happens to the bytes', () => {
      const path = Buffer.from('/a');
      const address = makeSocketAddress(AF_UNIX, path);
      path.fill(0x78);
      expect(address.path).to.equal('/a');
    });
  });

  it('of AF_NETLINK takes port id and groups', function () {
    const netlink = family(AF_NETLINK, 'AF_NETLINK', this);
    expect(makeSocketAddress(netlink, 0xfedcba98, 3)).to.include({
      family: netlink,
      pid: 0xfedcba98,
      groups: 3,
    });
    expect(makeSocketAddress(netlink, 1).groups).to.equal(0);
    expectOutOfRange(() => make(netlink, -1), 'pid');
    expectWrongType(() => make(netlink, 1, '1'), 'groups');
  });

  it('of AF_PACKET takes protocol, interface, hardware type, packet type and hardware address', function () {
    const packet = family(AF_PACKET, 'AF_PACKET', this);
    const hwaddr = Buffer.from([1, 2, 3, 4, 5, 6]);
    const address = makeSocketAddress(packet, 0x0800, 2, 1, 4, hwaddr);
    expect(address).to.include({ family: packet, protocol: 0x0800, ifindex: 2, hatype: 1, pkttype: 4 });
    expect(address.hwaddr).to.deep.equal(hwaddr);
    expect(makeSocketAddress(packet, 3, 1).hwaddr).to.deep.equal(Buffer.alloc(0));
  });

  it('of AF_PACKET names what is wrong', function () {
    const packet = family(AF_PACKET, 'AF_PACKET', this);
    expectOutOfRange(() => make(packet, 65536, 1), 'protocol');
    expectOutOfRange(() => make(packet, 1, -1), 'ifindex');
    expectOutOfRange(() => make(packet, 1, 1, 65536), 'hatype');
    expectOutOfRange(() => make(packet, 1, 1, 1, 256), 'pkttype');
    expectOutOfRange(() => make(packet, 1, 1, 1, 1, new Uint8Array(9)), 'hwaddr');
    expectWrongType(() => make(packet, 1, 1, 1, 1, 'aa:bb'), 'hwaddr');
    expectWrongType(() => make(packet, 1, 1, 1, 1, new Uint8Array(new SharedArrayBuffer(6))), 'hwaddr');
  });

  it('of AF_VSOCK takes context id and port', function () {
    const vsock = family(AF_VSOCK, 'AF_VSOCK', this);
    expect(makeSocketAddress(vsock, 2, 0xffffffff)).to.include({ family: vsock, cid: 2, port: 0xffffffff });
    expectOutOfRange(() => make(vsock, 2 ** 32, 1), 'cid');
    expectWrongType(() => make(vsock, 2), 'port');
  });

  it('of AF_CAN takes interface and ids', function () {
    const can = family(AF_CAN, 'AF_CAN', this);
    expect(makeSocketAddress(can, 3, 0x123, 0x80000321)).to.include({
      ifindex: 3,
      rxId: 0x123,
      txId: 0x80000321,
    });
    expect(makeSocketAddress(can, 3)).to.include({ family: can, rxId: 0, txId: 0 });
    expectOutOfRange(() => make(can, -1), 'ifindex');
    expectWrongType(() => make(can, 3, {}), 'rxId');
    expectWrongType(() => make(can, 3, 0, {}), 'txId');
  });

  it('of AF_UNSPEC takes nothing', () => {
    const address = makeSocketAddress(AF_UNSPEC);
    expect(address.family).to.equal(AF_UNSPEC);
    expect(address.bytes.length).to.be.at.least(16);
  });

  it('refuses families that it has no fields for', () => {
    for (const number of [-1, 255, 1e9, 0.5, Number.NaN]) expectWrongValue(() => make(number), 'family');
  });

  it('refuses families that are no number', () => {
    for (const value of [...GARBAGE, 'AF_INET', 2n])
      expectWrongType(() => make(value, '127.0.0.1', 7), 'family');
  });

  it('is checked by the compiler', () => {
    // @ts-expect-error a port is missing
    expectWrongType(() => makeSocketAddress(AF_INET, '127.0.0.1'), 'port');
    // @ts-expect-error a path is no number
    expectWrongType(() => makeSocketAddress(AF_UNIX, 7), 'path');
    // @ts-expect-error no flow info in IPv4
    expect(makeSocketAddress(AF_INET, '127.0.0.1', 7, 0).port).to.equal(7);
    // @ts-expect-error a plain number is no family
    expect(makeSocketAddress(2, '127.0.0.1', 7).port).to.equal(7);
  });
});

describe('SocketAddress', () => {
  describe('text', () => {
    const forms: [text: string, make: () => SocketAddress][] = [
      ['127.0.0.1:7', () => makeSocketAddress(AF_INET, '127.0.0.1', 7)],
      ['0.0.0.0:0', () => makeSocketAddress(AF_INET, 0, 0)],
      ['255.255.255.255:65535', () => makeSocketAddress(AF_INET, INADDR_BROADCAST, 65535)],
      ['[::1]:7', () => makeSocketAddress(AF_INET6, '::1', 7)],
      ['[::]:0', () => makeSocketAddress(AF_INET6, 0, 0)],
      ['[::ffff:192.0.2.1]:7', () => makeSocketAddress(AF_INET6, '::ffff:192.0.2.1', 7)],
      ['[fe80::1%2]:65535', () => makeSocketAddress(AF_INET6, 'fe80::1', 65535, 0, 2)],
      ['unix:/path', () => makeSocketAddress(AF_UNIX, '/path')],
      ['unix:relative', () => makeSocketAddress(AF_UNIX, 'relative')],
      ['unix:@no-abstract-name', () => makeSocketAddress(AF_UNIX, '@no-abstract-name')],
      ['unix:unix:a', () => makeSocketAddress(AF_UNIX, 'unix:a')],
      ['unix:127.0.0.1:7', () => makeSocketAddress(AF_UNIX, '127.0.0.1:7')],
      ['unix:', () => makeSocketAddress(AF_UNIX, '')],
      ['@abstract', () => makeSocketAddress(AF_UNIX, '\0abstract')],
      ['@', () => makeSocketAddress(AF_UNIX, '\0')],
      ['@a\0b', () => makeSocketAddress(AF_UNIX, '\0a\0b')],
      ['@@', () => makeSocketAddress(AF_UNIX, '\0@')],
    ];
    for (const [text, made] of forms) {
      it(`${inspect(text)} is written and read`, () => {
        expect(String(made())).to.equal(text);
        expect(SocketAddress.parse(text).equals(made())).to.equal(true);
      });
    }

    it('is read with the name of an interface as zone', () => {
      expect(SocketAddress.parse('[::1%lo]:7').scopeId).to.equal(binding.ifNameToIndex('lo'));
    });

    it('of other families is for people', function () {
      expect(String(makeSocketAddress(family(AF_NETLINK, 'AF_NETLINK', this), 1, 2))).to.equal('netlink:1:2');
      expect(String(makeSocketAddress(family(AF_VSOCK, 'AF_VSOCK', this), 2, 7))).to.equal('vsock:2:7');
      expect(String(makeSocketAddress(family(AF_CAN, 'AF_CAN', this), 2, 3, 4))).to.equal('can:2:3:4');
      const packet = makeSocketAddress(
        family(AF_PACKET, 'AF_PACKET', this),
        3,
        2,
        1,
        0,
        Buffer.from('0102ff', 'hex'),
      );
      expect(String(packet)).to.equal('packet:2:0102ff');
    });

    it('of an unknown family shows the bytes', () => {
      const bytes = Buffer.alloc(4);
      new Uint16Array(bytes.buffer, bytes.byteOffset, 1)[0] = 250;
      expect(String(SocketAddress.fromBytes(bytes))).to.equal(`family 250: ${bytes.toString('hex')}`);
    });

    it('is what inspect and JSON show', () => {
      const address = makeSocketAddress(AF_INET, '127.0.0.1', 7);
      expect(inspect(address)).to.equal('SocketAddress { 127.0.0.1:7 }');
      expect(JSON.stringify({ address })).to.equal('{"address":"127.0.0.1:7"}');
    });

    it('that is no address is refused', () => {
      for (const text of [
        '',
        '127.0.0.1',
        '127.0.0.1:',
        '127.0.0.1:65536',
        '127.0.0.1:-1',
        '127.0.0.1:0x7',
        '127.0.0.1:7 ',
        '127.0.0.1:7\n',
        '[127.0.0.1]:7',
        '127.0.0.1\0:7',
        ':7',
        '::1:7',
        '[::1]',
        '[::1]:',
        '[::1:7',
        '[]:7',
        '[fe80::1%]:7',
        '[fe80::1%no-such-interface]:7',
        'localhost:7',
        'UNIX:/path',
        '/path',
        '\0abstract',
      ]) {
        expectWrongValue(() => SocketAddress.parse(text), 'text');
      }
    });

    it('of a path that is too long is refused', () => {
      expectOutOfRange(() => SocketAddress.parse(`unix:${'x'.repeat(109)}`), 'path');
      expectOutOfRange(() => SocketAddress.parse(`@${'x'.repeat(108)}`), 'path');
    });

    it('is refused if it is no string', () => {
      for (const value of [...GARBAGE, 7])
        expectWrongType(() => SocketAddress.parse(value as string), 'text');
    });
  });

  describe('bytes', () => {
    it('make the same address again', () => {
      const address = makeSocketAddress(AF_INET6, 'fe80::1', 7, 5, 2);
      expect(SocketAddress.fromBytes(address.bytes).equals(address)).to.equal(true);
    });

    it('are copied, in and out', () => {
      const bytes = makeSocketAddress(AF_INET, '127.0.0.1', 7).bytes;
      const address = SocketAddress.fromBytes(bytes);
      bytes.fill(0);
      address.bytes.fill(0);
      expect(String(address)).to.equal('127.0.0.1:7');
    });

    it('of a path and a hardware address are copied out', function () {
      const unix = makeSocketAddress(AF_UNIX, '/a');
      unix.pathBytes?.fill(0);
      expect(unix.path).to.equal('/a');
      const packet = makeSocketAddress(family(AF_PACKET, 'AF_PACKET', this), 3, 2, 1, 0, Buffer.from([1, 2]));
      packet.hwaddr?.fill(0);
      expect(packet.hwaddr).to.deep.equal(Buffer.from([1, 2]));
    });

    it('are taken from any view, at its offset', () => {
      const { bytes } = makeSocketAddress(AF_INET, '127.0.0.1', 7);
      const padded = new Uint8Array(bytes.length + 6);
      padded.set(bytes, 3);
      for (const view of [
        new DataView(padded.buffer, 3, bytes.length),
        padded.subarray(3, 3 + bytes.length),
      ]) {
        expect(String(SocketAddress.fromBytes(view))).to.equal('127.0.0.1:7');
      }
    });

    it('that stop short of what the family needs give the family alone, at every length', function () {
      const whole: [SocketAddress, least: number][] = [
        [makeSocketAddress(AF_INET, '192.0.2.1', 7), 8],
        [makeSocketAddress(AF_INET6, 'fe80::1', 7, 1, 2), 24],
        [makeSocketAddress(family(AF_NETLINK, 'AF_NETLINK', this), 1, 2), 12],
        [makeSocketAddress(family(AF_PACKET, 'AF_PACKET', this), 3, 2, 1, 0, Buffer.alloc(8, 1)), 12],
        [makeSocketAddress(family(AF_VSOCK, 'AF_VSOCK', this), 2, 7), 12],
        [makeSocketAddress(family(AF_CAN, 'AF_CAN', this), 2, 3, 4), 8],
      ];
      for (const [address, least] of whole) {
        for (let length = 2; length < address.bytes.length; length++) {
          const short = SocketAddress.fromBytes(address.bytes.subarray(0, length));
          const { address: text, port, pid, ifindex, cid } = short;
          const fields = [text, port, pid, ifindex, cid].filter((field) => field !== undefined);
          expect(short.family).to.equal(address.family);
          expect(fields.length > 0, `${address} cut to ${length}`).to.equal(length >= least);
          expect(String(short)).to.be.a('string');
        }
      }
    });

    it('of a hardware address that stops short give the part that is there', function () {
      const packet = makeSocketAddress(
        family(AF_PACKET, 'AF_PACKET', this),
        3,
        2,
        1,
        0,
        Buffer.from([1, 2, 3, 4]),
      );
      expect(SocketAddress.fromBytes(packet.bytes.subarray(0, 14)).hwaddr).to.deep.equal(Buffer.from([1, 2]));
    });

    it('of a hardware address that claims more than there is room for give what is there', function () {
      const { bytes } = makeSocketAddress(
        family(AF_PACKET, 'AF_PACKET', this),
        3,
        2,
        1,
        0,
        Buffer.alloc(8, 7),
      );
      bytes[11] = 255;
      expect(SocketAddress.fromBytes(bytes).hwaddr).to.deep.equal(Buffer.alloc(8, 7));
    });

    it('of an IPv6 address without a scope, as RFC 2133 had it, have scope 0', () => {
      const { bytes } = makeSocketAddress(AF_INET6, 'fe80::1', 7, 0, 2);
      expect(SocketAddress.fromBytes(bytes.subarray(0, 24))).to.include({
        address: 'fe80::1',
        port: 7,
        scopeId: 0,
      });
    });

    it('that go on after the address do no harm', () => {
      const { bytes } = makeSocketAddress(AF_INET, '127.0.0.1', 7);
      expect(String(SocketAddress.fromBytes(Buffer.concat([bytes, Buffer.alloc(112, 0xff)])))).to.equal(
        '127.0.0.1:7',
      );
    });

    it('of a path end at a NUL, or where the bytes end', () => {
      const header = makeSocketAddress(AF_UNIX, '').bytes;
      const path = (rest: string) => SocketAddress.fromBytes(Buffer.concat([header, Buffer.from(rest)])).path;
      expect(path('/a')).to.equal('/a');
      expect(path('/a\0')).to.equal('/a');
      expect(path('/a\0junk')).to.equal('/a');
      expect(path('x'.repeat(126))).to.equal('x'.repeat(126));
    });

    it('are refused below 2 and above 128', () => {
      for (const length of [0, 1, 129, 4096]) {
        expectOutOfRange(() => SocketAddress.fromBytes(new Uint8Array(length)), 'bytes');
      }
    });

    it('are refused if detached, shared or none', () => {
      expectOutOfRange(() => SocketAddress.fromBytes(detached()), 'bytes');
      for (const value of [...GARBAGE, 'text', new ArrayBuffer(16), shared()]) {
        expectWrongType(() => SocketAddress.fromBytes(value as Uint8Array), 'bytes');
      }
    });
  });

  describe('equals', () => {
    it('tells addresses apart by every field', () => {
      const address = makeSocketAddress(AF_INET6, '::1', 7, 1, 2);
      expect(address.equals(makeSocketAddress(AF_INET6, '::1', 7, 1, 2))).to.equal(true);
      for (const other of [
        makeSocketAddress(AF_INET6, '::2', 7, 1, 2),
        makeSocketAddress(AF_INET6, '::1', 8, 1, 2),
        makeSocketAddress(AF_INET6, '::1', 7, 0, 2),
        makeSocketAddress(AF_INET6, '::1', 7, 1, 3),
        makeSocketAddress(AF_INET, '127.0.0.1', 7),
      ]) {
        expect(address.equals(other), String(other)).to.equal(false);
      }
    });

    it('is false for what is no address', () => {
      const address = makeSocketAddress(AF_INET, '127.0.0.1', 7);
      for (const value of [...GARBAGE, '127.0.0.1:7']) {
        expect(address.equals(value as SocketAddress)).to.equal(false);
      }
    });
  });

  describe('given by the kernel', () => {
    it('round-trips an abstract name with NUL and 0xff bytes', () => {
      const [s] = closed([socket(AF_UNIX, SOCK_DGRAM)]);
      const address = makeSocketAddress(
        AF_UNIX,
        Buffer.concat([Buffer.from([0, 0xff, 0, 0x61]), Buffer.from(`uvsock ${process.pid}`)]),
      );
      s.bind(address);
      expect(s.getsockname().equals(address)).to.equal(true);
    });

    it('round-trips a path of 108 bytes, which the kernel names with one more', () => {
      const directory = mkdtempSync(join(tmpdir(), 'uvsock-'));
      try {
        const [s] = closed([socket(AF_UNIX, SOCK_DGRAM)]);
        const path = `${directory}/`.padEnd(108, 'x');
        s.bind(AF_UNIX, path);
        expect(s.getsockname().path).to.equal(path);
      } finally {
        rmSync(directory, { recursive: true });
      }
    });

    it('has the empty path where a socket has no name', () => {
      const [a] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
      expect(a.getsockname()).to.include({ family: AF_UNIX, path: '' });
    });

    it('has the name that the kernel chose for the empty path', () => {
      const [s] = closed([socket(AF_UNIX, SOCK_DGRAM)]);
      s.bind(AF_UNIX, '');
      expect(s.getsockname().path).to.match(/^\0[0-9a-f]{5}$/);
    });

    it('has the port id of a netlink socket', function () {
      const netlink = family(AF_NETLINK, 'AF_NETLINK', this);
      const [s] = closed([socket(netlink, SOCK_RAW)]);
      s.bind(makeSocketAddress(netlink, 0, 0));
      expect(s.getsockname().pid).to.be.above(0);
    });
  });
});

describe('toSocketAddress', () => {
  it('gives an address back as it is', () => {
    const address = makeSocketAddress(AF_INET, '127.0.0.1', 7);
    expect(toSocketAddress(address)).to.equal(address);
  });

  it('tells the version by the text', () => {
    expect(toSocketAddress({ address: '127.0.0.1', port: 7 }).family).to.equal(AF_INET);
    expect(toSocketAddress({ address: '::1', port: 7 }).family).to.equal(AF_INET6);
  });

  it('takes an integer as IPv4 unless the family is given', () => {
    expect(String(toSocketAddress({ address: 1, port: 7 }))).to.equal('0.0.0.1:7');
    expect(String(toSocketAddress({ address: 1, port: 7, family: AF_INET6 }))).to.equal('[::1]:7');
  });

  it('takes flow info and scope id', () => {
    const address = toSocketAddress({ address: 'fe80::1', port: 7, flowinfo: 5, scopeId: 2 });
    expect(address).to.include({ flowinfo: 5, scopeId: 2 });
  });

  it('takes paths', () => {
    expect(String(toSocketAddress({ path: '/a' }))).to.equal('unix:/a');
    expect(String(toSocketAddress({ path: Buffer.from('\0a') }))).to.equal('@a');
  });

  it('refuses an address of the other version', () => {
    expectWrongValue(() => toSocketAddress({ address: '::1', port: 7, family: AF_INET }), 'address');
    expectWrongValue(() => toSocketAddress({ address: '127.0.0.1', port: 7, family: AF_INET6 }), 'address');
  });

  it('refuses families that have no address and port', () => {
    for (const wrong of [AF_UNIX, -1, Number.NaN, 'IPv4']) {
      expectWrongValue(
        () => toSocketAddress({ address: '127.0.0.1', port: 7, family: wrong as number }),
        'family',
      );
    }
  });

  it('names the argument that it refuses', () => {
    for (const value of [undefined, null, 7, '127.0.0.1:7', () => 1]) {
      expectWrongType(() => toSocketAddress(value as unknown as AddressLike, 'destination'), 'destination');
    }
    expectWrongType(() => toSocketAddress({} as AddressLike), 'address');
    expectWrongType(() => toSocketAddress({ address: '127.0.0.1' } as AddressLike), 'port');
    expectOutOfRange(() => toSocketAddress({ address: '127.0.0.1', port: 65536 }), 'port');
    expectWrongType(() => toSocketAddress({ path: 7 } as unknown as AddressLike), 'path');
  });
});

describe('addressFromArguments', () => {
  it('takes one address, or a family and its fields', () => {
    const address = makeSocketAddress(AF_INET, '127.0.0.1', 7);
    expect(addressFromArguments([address])).to.equal(address);
    expect(addressFromArguments([AF_INET, '127.0.0.1', 7]).equals(address)).to.equal(true);
    expect(addressFromArguments([{ address: '127.0.0.1', port: 7 }]).equals(address)).to.equal(true);
    expect(String(addressFromArguments([AF_UNIX, '/a']))).to.equal('unix:/a');
    expect(addressFromArguments([AF_UNSPEC]).family).to.equal(AF_UNSPEC);
  });

  it('refuses none', () => {
    expectWrongType(() => addressFromArguments([]), 'address');
  });
});

describe('INADDR_*', () => {
  it('are in host byte order', () => {
    expect(inetNtop(AF_INET, INADDR_ANY)).to.equal('0.0.0.0');
    expect(inetNtop(AF_INET, INADDR_LOOPBACK)).to.equal('127.0.0.1');
    expect(inetNtop(AF_INET, INADDR_BROADCAST)).to.equal('255.255.255.255');
    expect(INADDR_NONE).to.equal(INADDR_BROADCAST);
  });
});

describe('inetPton and inetNtop', () => {
  it("are each other's inverse for IPv4, with numbers", () => {
    for (const [text, integer] of [
      ['127.0.0.1', 2130706433],
      ['150.215.199.1', 2530723585],
      ['255.255.255.255', 0xffffffff],
    ] as const) {
      expect(inetPton(AF_INET, text)).to.equal(integer);
      expect(inetNtop(AF_INET, integer)).to.equal(text);
    }
  });

  it("are each other's inverse for IPv6, with bigints", () => {
    for (const [text, integer] of [
      ['::', 0n],
      ['::1', 1n],
      ['2001:db8::1', (0x20010db8n << 96n) | 1n],
      [Array(8).fill('ffff').join(':'), (1n << 128n) - 1n],
    ] as const) {
      expect(inetPton(AF_INET6, text)).to.equal(integer);
      expect(inetNtop(AF_INET6, integer)).to.equal(text);
    }
  });

  it('take small IPv6 addresses as numbers', () => {
    expect(inetNtop(AF_INET6, 1)).to.equal('::1');
  });

  it('refuse what does not parse', () => {
    for (const text of ['', '::1', '1.2.3', '1.2.3.4\0'])
      expectWrongValue(() => inetPton(AF_INET, text), 'text');
    for (const text of ['', '127.0.0.1', '::1%lo']) expectWrongValue(() => inetPton(AF_INET6, text), 'text');
  });

  it('refuse integers that are no address', () => {
    for (const integer of [-1, 2 ** 32, 1n << 32n, 0.5, Number.NaN]) {
      expectOutOfRange(() => inetNtop(AF_INET, integer), 'address');
    }
    expectOutOfRange(() => inetNtop(AF_INET6, 1n << 128n), 'address');
  });

  it('refuse other types', () => {
    for (const value of GARBAGE) {
      expectWrongType(() => inetPton(AF_INET, value as string), 'text');
      expectWrongType(() => inetNtop(AF_INET, value as number), 'address');
    }
  });

  it('refuse other families', () => {
    for (const value of [AF_UNIX, 0, -1, 'AF_INET', undefined]) {
      expectWrongValue(() => inetPton(value as typeof AF_INET, '127.0.0.1'), 'family');
      expectWrongValue(() => inetNtop(value as typeof AF_INET, 1), 'family');
    }
  });
});

describe('the native address functions', () => {
  type Native = (...values: unknown[]) => unknown;
  const names = [
    'encodeFamily',
    'encodeInet',
    'encodeInet6',
    'encodeUnix',
    'encodeNetlink',
    'encodePacket',
    'encodeVsock',
    'encodeCan',
    'decodeAddress',
    'inetPton',
    'inetNtop',
    'ifNameToIndex',
  ] as const;

  /** Each returns, or throws a TypeError or RangeError with a code. */
  function survives(name: string, values: unknown[]): void {
    try {
      (binding as unknown as Record<string, Native>)[name]?.(...values);
    } catch (error) {
      expect((error as { code: string }).code, name).to.match(/^ERR_(INVALID_ARG_TYPE|OUT_OF_RANGE)$/);
    }
  }

  it('survive any mix of arguments', () => {
    const values = [
      ...GARBAGE,
      ...[0, 1, 2, 10, -1, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, 0.5, Number.NaN, -Infinity, 1n],
      ...['', '127.0.0.1', '::1', 'x'.repeat(5000), '\0', '\ud800'],
      ...[
        new Uint8Array(0),
        new Uint8Array(4),
        new Uint8Array(16),
        new Uint8Array(5000).fill(1),
        new ArrayBuffer(4),
      ],
      ...[new Float64Array(2), new DataView(new ArrayBuffer(3)), new BigInt64Array(1), shared(), detached()],
    ];
    for (const name of names) {
      survives(name, []);
      for (let i = 0; i < 3000; i++) {
        // A fixed walk over all pairs of values, and over some of the longer lists.
        const list = [0, 1, 2, 3, 4].map(
          (k) => values[(i * (k + 1) + Math.floor(i / values.length) * k) % values.length],
        );
        survives(name, list);
      }
    }
  });

  it('decode any bytes of any family and length', () => {
    for (let number = 0; number < 64; number++) {
      for (let length = 0; length <= 140; length++) {
        const bytes = new Uint8Array(new ArrayBuffer(length)).fill(0xff);
        bytes.set([number, 0].slice(0, length));
        survives('decodeAddress', [bytes]);
      }
    }
  });

  it('refuse numbers that their fields have no room for', () => {
    expectOutOfRange(() => binding.encodeInet('127.0.0.1', 65536), 'port');
    expectOutOfRange(() => binding.encodeInet6('::1', 65536, 0, 0), 'port');
    expectOutOfRange(() => binding.encodeFamily(65536), 'family');
    expectOutOfRange(() => binding.encodePacket(0, 0, 0, 256, new Uint8Array(0)), 'pkttype');
  });

  it('leave the process alive when a worker is terminated in the middle of one', () => {
    const work = `
      import { parentPort } from 'node:worker_threads';
      import { SocketAddress } from ${JSON.stringify(import.meta.resolve('uvsock'))};
      parentPort.postMessage('working');
      for (;;) {
        SocketAddress.parse('[::1%1]:7').scopeId;
        SocketAddress.parse('unix:/path').path;
      }`;
    const main = `
      import { once } from 'node:events';
      import { Worker } from 'node:worker_threads';
      for (let round = 0; round < 10; round++) {
        const worker = new Worker(${JSON.stringify(work)}, { eval: true });
        await once(worker, 'message');
        await worker.terminate();
      }
      console.log('alive');`;
    // The worker takes the input type over.
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', main], {
      encoding: 'utf8',
    });
    expect(stderr).to.equal('');
    expect(stdout).to.equal('alive\n');
  });

  it('give no text for bytes of the wrong length', () => {
    for (const length of [0, 3, 5, 16])
      expect(binding.inetNtop(AF_INET, new Uint8Array(length))).to.equal(undefined);
    for (const length of [0, 4, 15, 17])
      expect(binding.inetNtop(AF_INET6, new Uint8Array(length))).to.equal(undefined);
  });
});
