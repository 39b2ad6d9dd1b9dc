import { expect } from 'chai';
import {
  decodeProxyHeader,
  encodeProxyHeader,
  makeSocketAddress,
  PP2_TYPE_ALPN,
  PP2_TYPE_AUTHORITY,
  PP2_TYPE_CRC32C,
  type ProxyHeaderFields,
  SocketAddress,
} from 'uvsock';
import { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from 'uvsock/constants';
import { crc32c } from '../src/crc32c.ts';
import { codeOf } from './support/sockets.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const v2 = (rest: string) => hex(SIGNATURE + rest);
const line = (text: string) => Buffer.from(text, 'latin1');

const V4 = { source: '192.0.2.1:54321', destination: '198.51.100.2:443' };
const V6 = { source: '[2001:db8::1]:54321', destination: '[2001:db8::2]:443' };
const BOTH_V4 = 'c0000201 c6336402 d431 01bb';
const path = (bytes: string) => bytes.replaceAll(' ', '').padEnd(216, '0');

/** Written by hand from proxy-protocol.txt; each is made of the fields, and they of it. */
const VECTORS: [name: string, bytes: Buffer, fields: ProxyHeaderFields & object, told: string[]][] = [
  [
    'version 1, TCP4',
    line('PROXY TCP4 192.0.2.1 198.51.100.2 54321 443\r\n'),
    { version: 1 },
    [V4.source, V4.destination],
  ],
  [
    'version 1, TCP6',
    line('PROXY TCP6 2001:db8::1 2001:db8::2 54321 443\r\n'),
    { version: 1 },
    [V6.source, V6.destination],
  ],
  ['version 1, UNKNOWN', line('PROXY UNKNOWN\r\n'), { version: 1 }, []],
  ['version 2, LOCAL', v2('20 00 0000'), {}, []],
  ['version 2, TCP over IPv4', v2(`21 11 000c ${BOTH_V4}`), {}, [V4.source, V4.destination]],
  [
    'version 2, UDP over IPv4',
    v2(`21 12 000c ${BOTH_V4}`),
    { style: SOCK_DGRAM },
    [V4.source, V4.destination],
  ],
  [
    'version 2, TCP over IPv6',
    v2('21 21 0024 20010db8000000000000000000000001 20010db8000000000000000000000002 d431 01bb'),
    {},
    [V6.source, V6.destination],
  ],
  [
    'version 2, a Unix stream, a path and an abstract name',
    v2(`21 31 00d8 ${path('2f612f62')} ${path('00786f')}`),
    {},
    ['unix:/a/b', '@xo'],
  ],
  [
    'version 2, Unix datagrams, an unnamed and a longest path',
    v2(`21 32 00d8 ${path('')} ${'2f'.repeat(108)}`),
    { style: SOCK_DGRAM },
    ['unix:', `unix:${'/'.repeat(108)}`],
  ],
  [
    'version 2, with TLVs',
    v2(`21 11 001a ${BOTH_V4} 01 0002 6832 02 0003 612e62 e0 0000`),
    {
      tlvs: [
        { type: PP2_TYPE_ALPN, value: Buffer.from('h2') },
        { type: PP2_TYPE_AUTHORITY, value: Buffer.from('a.b') },
        { type: 0xe0, value: Buffer.alloc(0) },
      ],
    },
    [V4.source, V4.destination],
  ],
  [
    'version 2, with a checksum',
    v2(`21 11 0013 ${BOTH_V4} 03 0004 f7dbf272`),
    { checksum: true },
    [V4.source, V4.destination],
  ],
];

describe('decodeProxyHeader', () => {
  for (const [name, bytes, fields, told] of VECTORS) {
    it(`reads ${name}`, () => {
      const header = decodeProxyHeader(Buffer.concat([bytes, Buffer.from('the client says')]));
      expect([header.source, header.destination].filter((each) => each !== null).map(String)).to.deep.equal(
        told,
      );
      expect(header).to.include({
        version: fields.version ?? 2,
        length: bytes.length,
        style: told.length === 0 ? 0 : (fields.style ?? SOCK_STREAM),
        command: name.includes('LOCAL') ? 'local' : 'proxy',
      });
      expect(header.tlvs.map(({ type, value }) => [type, String(value)])).to.deep.equal(
        (fields.tlvs ?? []).map(({ type, value }) => [type, String(value)]),
      );
    });

    it(`says of each beginning of ${name} that it is not all`, () => {
      for (let length = 0; length < bytes.length; length++) {
        const code = codeOf(() => decodeProxyHeader(bytes.subarray(0, length)));
        expect(code, `${length} bytes`).to.equal('ERR_FRAME_TRUNCATED');
      }
    });
  }

  it('takes the longest line of version 1, and any addresses of an unknown family', () => {
    const group = 'ffff:'.repeat(8).slice(0, -1);
    const longest = `PROXY UNKNOWN ${group} ${group} 65535 65535\r\n`;
    expect(decodeProxyHeader(line(longest))).to.include({ length: 107, source: null });
    expect(decodeProxyHeader(line('PROXY UNKNOWN \x80 anything\r\n')).source).to.equal(null);
  });

  it('ignores what a header without addresses has, family included', () => {
    for (const rest of [
      '20 ff 0003 ffffff',
      '20 11 000c ffffffffffffffffffffffff',
      '21 00 0005 01ffffffff',
    ]) {
      const header = decodeProxyHeader(v2(rest));
      expect(header).to.include({ source: null, destination: null });
      expect(header.tlvs).to.deep.equal([]);
      expect(header.length).to.equal(v2(rest).length);
    }
  });

  it('leaves padding out', () => {
    const header = decodeProxyHeader(v2(`21 11 0015 ${BOTH_V4} 04 0002 abcd 05 0001 78`));
    expect(header.tlvs).to.deep.equal([{ type: 5, value: Buffer.from('x') }]);
  });

  const HOSTILE: [name: string, bytes: Buffer, code: string][] = [
    ['something else', line('GET / HTTP/1.1\r\n\r\n'), 'ERR_FRAME_MALFORMED'],
    ['a signature with one wrong byte', hex('0d0a0d0a000d0a515549540b 2000 0000'), 'ERR_FRAME_MALFORMED'],
    ['a version that does not exist', v2('30 00 0000'), 'ERR_FRAME_MALFORMED'],
    ['version 1 in binary', v2('11 00 0000'), 'ERR_FRAME_MALFORMED'],
    ['a command that does not exist', v2('22 00 0000'), 'ERR_FRAME_MALFORMED'],
    ['a family that does not exist', v2(`21 41 000c ${BOTH_V4}`), 'ERR_FRAME_MALFORMED'],
    ['a protocol that does not exist', v2(`21 13 000c ${BOTH_V4}`), 'ERR_FRAME_MALFORMED'],
    ['a family without a protocol', v2(`21 10 000c ${BOTH_V4}`), 'ERR_FRAME_MALFORMED'],
    ['a protocol without a family', v2(`21 01 000c ${BOTH_V4}`), 'ERR_FRAME_MALFORMED'],
    ['too few bytes for IPv4', v2('21 11 000b c0000201c6336402d43101'), 'ERR_FRAME_MALFORMED'],
    ['too few bytes for IPv6', v2(`21 21 000c ${BOTH_V4}`), 'ERR_FRAME_MALFORMED'],
    ['too few bytes for Unix', v2(`21 31 000c ${BOTH_V4}`), 'ERR_FRAME_MALFORMED'],
    ['a TLV that is cut in its head', v2(`21 11 000e ${BOTH_V4} 0100`), 'ERR_FRAME_MALFORMED'],
    ['a TLV that is longer than the header', v2(`21 11 0010 ${BOTH_V4} 01 0002 68`), 'ERR_FRAME_MALFORMED'],
    ['a wrong checksum', v2(`21 11 0013 ${BOTH_V4} 03 0004 f7dbf273`), 'ERR_FRAME_MALFORMED'],
    ['a short checksum', v2(`21 11 0011 ${BOTH_V4} 03 0002 f7db`), 'ERR_FRAME_MALFORMED'],
    ['two checksums', v2(`21 11 001a ${BOTH_V4} 03 0004 00000000 03 0004 00000000`), 'ERR_FRAME_MALFORMED'],
    ['a line without an end', line(`PROXY TCP4 ${'1'.repeat(200)}`), 'ERR_FRAME_TOO_LONG'],
    ['a line of 108 bytes', line(`PROXY UNKNOWN ${'f'.repeat(92)}\r\n`), 'ERR_FRAME_TOO_LONG'],
    ['another protocol', line('PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n'), 'ERR_FRAME_MALFORMED'],
    ['one in small letters', line('PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n'), 'ERR_FRAME_MALFORMED'],
    ['UNKNOWN with something at it', line('PROXY UNKNOWNS\r\n'), 'ERR_FRAME_MALFORMED'],
    ['no addresses', line('PROXY TCP4\r\n'), 'ERR_FRAME_MALFORMED'],
    ['no port', line('PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n'), 'ERR_FRAME_MALFORMED'],
    ['a word too many', line('PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n'), 'ERR_FRAME_MALFORMED'],
    ['two spaces', line('PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n'), 'ERR_FRAME_MALFORMED'],
    ['a port that is too high', line('PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n'), 'ERR_FRAME_MALFORMED'],
    ['a port with a zero in front', line('PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n'), 'ERR_FRAME_MALFORMED'],
    ['a negative port', line('PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n'), 'ERR_FRAME_MALFORMED'],
    ['an address of three parts', line('PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n'), 'ERR_FRAME_MALFORMED'],
    ['an address of the other family', line('PROXY TCP4 ::1 ::1 1 2\r\n'), 'ERR_FRAME_MALFORMED'],
    ['a host name', line('PROXY TCP4 localhost 192.0.2.2 1 2\r\n'), 'ERR_FRAME_MALFORMED'],
    ['a zone', line('PROXY TCP6 fe80::1%lo ::1 1 2\r\n'), 'ERR_FRAME_MALFORMED'],
  ];
  for (const [name, bytes, code] of HOSTILE) {
    it(`refuses ${name}`, () => {
      expect(codeOf(() => decodeProxyHeader(bytes))).to.equal(code);
    });
  }

  it('refuses a second checksum, though the first be right', () => {
    const header = v2(`21 11 001a ${BOTH_V4} 03 0004 00000000 03 0004 00000000`);
    header.writeUInt32BE(crc32c(header), header.length - 11);
    expect(() => decodeProxyHeader(header)).to.throw(/two checksums/);
  });

  it('fails in no other way, whatever the bytes', () => {
    const known = ['no error', 'ERR_FRAME_MALFORMED', 'ERR_FRAME_TRUNCATED', 'ERR_FRAME_TOO_LONG'];
    for (const [name, bytes] of VECTORS) {
      for (let at = 0; at < bytes.length; at++) {
        for (const value of [0, 1, 0x0d, 0x20, 0x7f, 0xff]) {
          const changed = Buffer.from(bytes);
          changed[at] = value;
          expect(known, `${name}, ${value} at ${at}`).to.include(codeOf(() => decodeProxyHeader(changed)));
        }
      }
    }
    expect(codeOf(() => decodeProxyHeader('PROXY' as never))).to.equal('ERR_INVALID_ARG_TYPE');
  });
});

describe('encodeProxyHeader', () => {
  for (const [name, bytes, fields, told] of VECTORS) {
    it(`writes ${name}`, () => {
      const [source = null, destination = null] = told.map((text) => SocketAddress.parse(text));
      expect(encodeProxyHeader({ ...fields, source, destination }).toString('hex')).to.equal(
        bytes.toString('hex'),
      );
    });
  }

  it('refuses what a version cannot say', () => {
    const four = makeSocketAddress(AF_INET, '192.0.2.1', 1);
    const six = makeSocketAddress(AF_INET6, '::1', 1);
    const path = makeSocketAddress(AF_UNIX, '/a');
    const other = SocketAddress.fromBytes(Uint16Array.of(99, 0, 0));
    const both = { source: four, destination: four };
    const tlvs = [{ type: 1, value: Buffer.alloc(1) }];
    const refused: [fields: object | null, code: string][] = [
      [null, 'ERR_INVALID_ARG_TYPE'],
      [{ version: 3 }, 'ERR_INVALID_ARG_VALUE'],
      [{ source: four }, 'ERR_INVALID_ARG_VALUE'],
      [{ source: four, destination: six }, 'ERR_INVALID_ARG_VALUE'],
      [{ source: path, destination: path, version: 1 }, 'ERR_INVALID_ARG_VALUE'],
      [{ ...both, version: 1, tlvs }, 'ERR_INVALID_ARG_VALUE'],
      [{ ...both, version: 1, checksum: true }, 'ERR_INVALID_ARG_VALUE'],
      [{ ...both, version: 1, style: SOCK_DGRAM }, 'ERR_INVALID_ARG_VALUE'],
      [{ ...both, style: 0 }, 'ERR_INVALID_ARG_VALUE'],
      [{ tlvs }, 'ERR_INVALID_ARG_VALUE'],
      [{ ...both, tlvs: [{ type: 256, value: Buffer.alloc(0) }] }, 'ERR_INVALID_ARG_VALUE'],
      [{ ...both, tlvs: [{ type: PP2_TYPE_CRC32C, value: Buffer.alloc(4) }] }, 'ERR_INVALID_ARG_VALUE'],
      [{ ...both, tlvs: [{ type: 1, value: 'text' }] }, 'ERR_INVALID_ARG_TYPE'],
      [{ ...both, tlvs: [{ type: 1, value: Buffer.alloc(65_530) }] }, 'ERR_FRAME_TOO_LONG'],
      [{ ...both, tlvs: [{ type: 1, value: Buffer.alloc(65_536) }] }, 'ERR_FRAME_TOO_LONG'],
      [{ source: other, destination: other }, 'ERR_INVALID_ARG_VALUE'],
    ];
    for (const [fields, code] of refused) {
      expect(codeOf(() => encodeProxyHeader(fields as ProxyHeaderFields))).to.equal(code);
    }
  });
});
