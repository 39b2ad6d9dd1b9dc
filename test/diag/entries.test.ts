import { expect } from 'chai';
import { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM } from 'uvsock/constants';
import { inetEntry } from '../../src/diag/inet.ts';
import { unixEntry } from '../../src/diag/unix.ts';
import { attribute, host } from '../support/netlink.ts';
import { codeOf } from '../support/sockets.ts';

/** struct inet_diag_msg of a family, all else 0 but what `fill` writes. */
function inetMessage(family: number, fill: (bytes: Buffer) => void = () => {}): Buffer {
  const bytes = Buffer.alloc(72);
  bytes[0] = family;
  fill(bytes);
  return bytes;
}

const unixMessage = (...attributes: Buffer[]) =>
  Buffer.concat([Buffer.from([AF_UNIX, SOCK_DGRAM, 7, 0]), Buffer.alloc(12), ...attributes]);

describe('the reader of struct inet_diag_msg', () => {
  it('reads ports and addresses in network order, all else in host order', () => {
    const entry = inetEntry(
      'tcp',
      inetMessage(AF_INET, (bytes) => {
        bytes.set([10, 2, 3], 1); // LISTEN, keepalive, three probes
        bytes.set([0x1f, 0x90, 0x00, 0x50, 192, 0, 2, 1], 4);
        bytes.set([192, 0, 2, 2], 24);
        host([9, 4], [1, 4], [2, 4], [5000, 4], [11, 4], [12, 4], [13, 4], [14, 4]).copy(bytes, 40);
      }),
    );
    expect([`${entry.local}`, `${entry.peer}`]).to.deep.equal(['192.0.2.1:8080', '192.0.2.2:80']);
    expect(entry).to.deep.include({
      state: 'LISTEN',
      timer: { kind: 'keepalive', expires: 5000, retransmits: 3 },
      ifindex: 9,
      receiveQueue: 11,
      sendQueue: 12,
      uid: 13,
      inode: 14,
      info: undefined,
      memory: undefined,
    });
    expect([(1n << 32n) | 2n, (2n << 32n) | 1n], 'by byte order').to.include(entry.cookie);
  });

  it('gives a scope to link-local addresses only', () => {
    const scopeOf = (first: number, second: number) =>
      inetEntry(
        'udp',
        inetMessage(AF_INET6, (bytes) => {
          bytes.set([first, second], 8);
          host([7, 4]).copy(bytes, 40);
        }),
      ).local.scopeId;
    expect([
      scopeOf(0xfe, 0x80),
      scopeOf(0xfe, 0xbf),
      scopeOf(0xfe, 0xc0),
      scopeOf(0xfd, 0x80),
    ]).to.deep.equal([7, 7, 0, 0]);
  });

  it('says unknown of states and timers that it does not know', () => {
    const bytes = inetMessage(AF_INET, (bytes) => bytes.set([200, 99], 1));
    expect(inetEntry('tcp', bytes)).to.deep.include({
      state: 'UNKNOWN',
      timer: { kind: 'unknown', expires: 0, retransmits: 0 },
    });
  });

  it('takes values that are shorter than they should be for zeros', () => {
    const values = [7, 8, 15].map((type) => attribute(type, Buffer.alloc(0)));
    const { memory, shutdown, mark } = inetEntry('tcp', Buffer.concat([inetMessage(AF_INET), ...values]));
    expect(memory).to.include({ rcvbuf: 0, drops: 0 });
    expect(shutdown).to.deep.equal({ receiving: false, sending: false });
    expect(mark).to.equal(0);
  });

  it('refuses what is short, of another family, or has bad attributes', () => {
    const good = inetMessage(AF_INET);
    const bad = [
      ...Array.from({ length: 72 }, (_, length) => good.subarray(0, length)),
      inetMessage(AF_UNIX),
      Buffer.concat([good, attribute(2, Buffer.alloc(4), 0)]),
      Buffer.concat([good, attribute(2, Buffer.alloc(4), 100)]),
      Buffer.concat([good, Buffer.alloc(1)]),
    ];
    for (const bytes of bad) {
      expect(
        codeOf(() => inetEntry('tcp', bytes)),
        `${bytes.length} bytes`,
      ).to.equal('ERR_FRAME_MALFORMED');
    }
    const shortInfo = Buffer.concat([good, attribute(2, Buffer.alloc(103))]);
    expect(codeOf(() => inetEntry('tcp', shortInfo))).to.equal('ERR_OUT_OF_RANGE');
  });
});

describe('the reader of struct unix_diag_msg', () => {
  it('reads paths, abstract names and none', () => {
    const nameOf = (name: string) => unixEntry(unixMessage(attribute(0, Buffer.from(name)))).local.path;
    expect(nameOf('/run/x\0')).to.equal('/run/x');
    expect(nameOf('/run/x')).to.equal('/run/x');
    expect(nameOf('\0ab\0c')).to.equal('\0ab\0c');
    expect(unixEntry(unixMessage())).to.deep.include({
      style: SOCK_DGRAM,
      state: 'CLOSE',
      peerInode: 0,
      uid: undefined,
    });
  });

  it('refuses what is short, of another family, or has bad attributes', () => {
    const good = unixMessage();
    const bad = [
      ...Array.from({ length: 16 }, (_, length) => good.subarray(0, length)),
      Buffer.concat([Buffer.from([AF_INET]), good.subarray(1)]),
      unixMessage(attribute(0, Buffer.alloc(4), 0)),
      unixMessage(attribute(0, Buffer.alloc(4), 100)),
    ];
    for (const bytes of bad) {
      expect(
        codeOf(() => unixEntry(bytes)),
        `${bytes.length} bytes`,
      ).to.equal('ERR_FRAME_MALFORMED');
    }
    expect(codeOf(() => unixEntry(unixMessage(attribute(0, Buffer.alloc(200, 65)))))).to.equal(
      'ERR_OUT_OF_RANGE',
    );
  });
});
