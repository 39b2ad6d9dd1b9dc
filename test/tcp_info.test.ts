import { endianness } from 'node:os';
import { expect } from 'chai';
import type { Socket } from 'uvsock';
import { socket } from 'uvsock';
import { AF_INET, IPPROTO_TCP, SHUT_WR, SOCK_STREAM, TCP_ESTABLISHED, TCP_INFO } from 'uvsock/constants';
import { decodeTcpInfo, TCP_INFO_LENGTH } from '../src/tcp_info.ts';
import { closed, expectReady, tcpListener, tcpPair } from './support/sockets.ts';

const bytesOf = (s: Socket): Buffer => s.getsockopt(IPPROTO_TCP, TCP_INFO!, TCP_INFO_LENGTH);
const infoOf = (s: Socket) => decodeTcpInfo(bytesOf(s));

/** Sends `text` and has the other end receive all of it. */
async function pass(from: Socket, to: Socket, text: string): Promise<void> {
  from.send(Buffer.from(text));
  const buffer = Buffer.alloc(text.length);
  for (let received = 0; received < text.length; ) {
    await expectReady(to, 'readable');
    received += to.recv(buffer) ?? 0;
  }
}

/** A struct that holds one number at one place, of the host's byte order. */
function structWith(offset: number, size: 1 | 2 | 4 | 8, value: bigint): Buffer {
  const bytes = Buffer.alloc(TCP_INFO_LENGTH);
  const digits = Buffer.alloc(8);
  digits.writeBigUInt64LE(value);
  const number = digits.subarray(0, size);
  if (endianness() === 'BE') number.reverse();
  bytes.set(number, offset);
  return bytes;
}

describe('decodeTcpInfo', () => {
  it('knows an established connection', () => {
    const [a] = closed(tcpPair());
    const info = infoOf(a);
    expect(info).to.include({
      state: 'ESTABLISHED',
      stateNumber: TCP_ESTABLISHED,
      caState: 'OPEN',
      fastopenClientFail: 'UNSPEC',
      unacked: 0,
      totalRetrans: 0,
      notsentBytes: 0,
    });
    expect(info.rtt).to.be.greaterThan(0);
    expect(info.rttvar).to.be.greaterThan(0);
    expect(info.rto).to.be.greaterThan(info.rtt);
    expect(info.sndCwnd).to.be.greaterThan(0);
    expect(info.pmtu).to.be.greaterThan(info.sndMss);
    expect(info.sndSsthresh, 'without loss').to.equal(Number.POSITIVE_INFINITY);
    expect(info.maxPacingRate, 'without a limit').to.equal(Number.POSITIVE_INFINITY);
    for (const agreed of Object.values(info.options)) expect(agreed).to.be.a('boolean');
  });

  it('agrees with the other end on what was negotiated', () => {
    const [a, b] = closed(tcpPair()).map(infoOf);
    for (const option of ['timestamps', 'sack', 'wscale'] as const) {
      expect(a!.options[option], option).to.equal(b!.options[option]);
    }
    expect([a!.sndWscale, a!.rcvWscale]).to.deep.equal([b!.rcvWscale, b!.sndWscale]);
  });

  it('counts the bytes that were sent, acknowledged and received', async () => {
    const [a, b] = closed(tcpPair());
    const [before, peerBefore] = [infoOf(a), infoOf(b)];
    await pass(a, b, 'question');
    // The answer carries the acknowledgment, which else might be delayed.
    await pass(b, a, 'answer');
    const [after, peerAfter] = [infoOf(a), infoOf(b)];
    expect(after.bytesAcked! - before.bytesAcked!).to.equal(8);
    expect(after.bytesReceived! - before.bytesReceived!).to.equal(6);
    expect(peerAfter.bytesReceived! - peerBefore.bytesReceived!).to.equal(8);
    expect(after.dataSegsOut! - before.dataSegsOut!).to.equal(1);
    expect(after.dataSegsIn! - before.dataSegsIn!).to.equal(1);
  });

  it('follows the state through shutdown', async () => {
    const [a, b] = closed(tcpPair());
    b.shutdown(SHUT_WR);
    await expectReady(a, 'hangup');
    expect(infoOf(a).state).to.equal('CLOSE_WAIT');
    expect(infoOf(b).state).to.be.oneOf(['FIN_WAIT1', 'FIN_WAIT2']);
  });

  it('tells of the backlog of a listener', () => {
    const [listener, client] = closed([tcpListener(7), socket(AF_INET, SOCK_STREAM)]);
    client.connect(listener.getsockname());
    expect(infoOf(listener)).to.include({ state: 'LISTEN', unacked: 1, sacked: 7 });
  });

  it('knows the state of a socket that is not connected', () => {
    const [s] = closed([socket(AF_INET, SOCK_STREAM)]);
    expect(infoOf(s).state).to.equal('CLOSE');
  });

  it('leaves undefined what the kernel did not return, at whatever length it ends', () => {
    const [a] = closed(tcpPair());
    const bytes = bytesOf(a);
    const old = decodeTcpInfo(bytes.subarray(0, 104));
    expect(old.state).to.equal('ESTABLISHED');
    expect(old.totalRetrans).to.equal(0);
    expect(old.pacingRate).to.equal(undefined);
    expect(old.receivedCeBytes).to.equal(undefined);
    expect(decodeTcpInfo(bytes.subarray(0, 127)).bytesAcked).to.equal(undefined);
    expect(decodeTcpInfo(bytes.subarray(0, 128)).bytesAcked).to.be.a('number');
    let known = 0;
    for (let length = 104; length <= TCP_INFO_LENGTH; length++) {
      const info = decodeTcpInfo(Buffer.alloc(length));
      const now = Object.values(info).filter((value) => value !== undefined).length;
      expect(now, `fields of ${length} bytes`).to.be.at.least(known);
      known = now;
    }
    expect(known).to.equal(Object.keys(old).length);
  });

  it('has the same fields whatever the kernel returned', () => {
    const keys = (length: number) => Object.keys(decodeTcpInfo(Buffer.alloc(length)));
    expect(keys(104)).to.deep.equal(keys(TCP_INFO_LENGTH));
  });

  it('passes over what a newer kernel adds', () => {
    const [a] = closed(tcpPair());
    const bytes = Buffer.concat([bytesOf(a), Buffer.alloc(TCP_INFO_LENGTH)]).subarray(0, TCP_INFO_LENGTH);
    expect(decodeTcpInfo(Buffer.concat([bytes, Buffer.alloc(100, 255)]))).to.deep.equal(decodeTcpInfo(bytes));
  });

  it('reads bytes anywhere within a larger buffer', () => {
    const bytes = structWith(68, 4, 1234n);
    const within = Buffer.concat([Buffer.from('xyz'), bytes, Buffer.from('tail')]);
    expect(decodeTcpInfo(within.subarray(3, 3 + bytes.length))).to.deep.equal(decodeTcpInfo(bytes));
    expect(decodeTcpInfo(new Uint8Array(bytes)).rtt).to.equal(1234);
  });

  it('reads each width in host byte order', () => {
    expect(decodeTcpInfo(structWith(2, 1, 0xfen)).retransmits).to.equal(0xfe);
    expect(decodeTcpInfo(structWith(240, 2, 0x1234n)).totalRto).to.equal(0x1234);
    expect(decodeTcpInfo(structWith(80, 4, 0xfedcba98n)).sndCwnd).to.equal(0xfedcba98);
    expect(decodeTcpInfo(structWith(120, 8, 2n ** 53n - 1n)).bytesAcked).to.equal(Number.MAX_SAFE_INTEGER);
  });

  it('reads limits that are not in force as Infinity', () => {
    expect(decodeTcpInfo(structWith(112, 8, 2n ** 64n - 1n)).maxPacingRate).to.equal(
      Number.POSITIVE_INFINITY,
    );
    expect(decodeTcpInfo(structWith(112, 8, 125_000n)).maxPacingRate).to.equal(125_000);
    expect(decodeTcpInfo(structWith(148, 4, 2n ** 32n - 1n)).minRtt).to.equal(Number.POSITIVE_INFINITY);
    expect(decodeTcpInfo(structWith(76, 4, 0x7fffffffn)).sndSsthresh).to.equal(Number.POSITIVE_INFINITY);
  });

  it('takes options apart', () => {
    const none = {
      timestamps: false,
      sack: false,
      wscale: false,
      ecn: false,
      ecnSeen: false,
      synData: false,
      usecTs: false,
      tfoChild: false,
    };
    expect(decodeTcpInfo(structWith(5, 1, 0n)).options).to.deep.equal(none);
    for (const [bit, name] of Object.keys(none).entries()) {
      const { options } = decodeTcpInfo(structWith(5, 1, 1n << BigInt(bit)));
      expect(options, name).to.deep.equal({ ...none, [name]: true });
    }
  });

  it('takes bit fields apart', function () {
    if (endianness() === 'BE') this.skip();
    expect(decodeTcpInfo(structWith(6, 1, 0x7an))).to.include({ sndWscale: 0xa, rcvWscale: 7 });
    expect(decodeTcpInfo(structWith(7, 1, 0b001n))).to.include({
      deliveryRateAppLimited: true,
      fastopenClientFail: 'UNSPEC',
    });
    expect(decodeTcpInfo(structWith(7, 1, 0b110n))).to.include({
      deliveryRateAppLimited: false,
      fastopenClientFail: 'SYN_RETRANSMITTED',
    });
  });

  it('says UNKNOWN of states that it does not know, with their number', () => {
    expect(decodeTcpInfo(structWith(0, 1, 200n))).to.include({ state: 'UNKNOWN', stateNumber: 200 });
    expect(decodeTcpInfo(structWith(0, 1, 0n)).state).to.equal('UNKNOWN');
    expect(decodeTcpInfo(structWith(1, 1, 99n)).caState).to.equal('UNKNOWN');
  });

  it('refuses what is no struct tcp_info, naming the argument', () => {
    expect(() => decodeTcpInfo(Buffer.alloc(103))).to.throw(RangeError, /bytes\.length/);
    expect(() => decodeTcpInfo('bytes' as unknown as Buffer)).to.throw(TypeError, /bytes/);
  });
});
