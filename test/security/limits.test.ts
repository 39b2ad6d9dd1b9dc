/**
 * What a peer can make grow has a limit, without any being configured. The
 * README's section on security lists them; here are those that no test beside
 * the source names.
 */
import { expect } from 'chai';
import { concat, from, lastValueFrom, NEVER, type OperatorFunction } from 'rxjs';
import { socket, socketpair } from 'uvsock';
import * as c from 'uvsock/constants';
import {
  delimited,
  lengthPrefixed,
  lines,
  mergeAccept,
  mergeRecv,
  reader,
  readProxyHeader,
  send,
  sendAll,
} from 'uvsock/rx';
import { closed, fill, tcpListener, turnFor } from '../support/sockets.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

const pair = () => closed(socketpair(c.AF_UNIX, c.SOCK_STREAM));

/** The code of what a promise is rejected with. */
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: { code?: unknown }) => error.code,
  );

const framed = <T>(framing: OperatorFunction<Uint8Array, T>, ...chunks: Buffer[]): Promise<unknown> =>
  failure(lastValueFrom(from(chunks).pipe(framing)));

/** A promise of the length that follows. */
function prefix(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

/** A peer that goes on sending while the work is under way. */
async function flooded(bytes: number, work: (socket: ReturnType<typeof pair>[0]) => Promise<unknown>) {
  const [a, b] = pair();
  const sending = send(a, Buffer.alloc(bytes)).subscribe({ error() {} });
  try {
    return await failure(work(b));
  } finally {
    sending.unsubscribe();
  }
}

describe('without being configured', () => {
  it('a line has 65,536 bytes at most', async () => {
    const most = Buffer.alloc(64 * KIB, 'x');
    expect(await framed(lines(), most, Buffer.from('\n'))).to.equal('no error');
    expect(await framed(lines(), most, Buffer.from('x'))).to.equal('ERR_FRAME_TOO_LONG');
  });

  it('a delimited message has 65,536 bytes at most', async () => {
    const most = Buffer.alloc(64 * KIB, 'x');
    expect(await framed(delimited('\0'), most, Buffer.from('\0'))).to.equal('no error');
    expect(await framed(delimited('\0'), most, Buffer.from('x'))).to.equal('ERR_FRAME_TOO_LONG');
  });

  it('a message with its length before it has 1 MiB at most, and more is refused by the length alone', async () => {
    expect(await framed(lengthPrefixed(), prefix(MIB), Buffer.alloc(MIB))).to.equal('no error');
    expect(await framed(lengthPrefixed(), prefix(MIB + 1))).to.equal('ERR_FRAME_TOO_LONG');
  });

  it('a length that is promised takes no memory before the bytes have come', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const promised = concat([prefix(MIB), Buffer.from('x')], NEVER).pipe(lengthPrefixed());
    const waiting = Array.from({ length: 1000 }, () => promised.subscribe());
    // 1,000 MiB are promised.
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(100 * MIB);
    for (const each of waiting) each.unsubscribe();
  });

  it('a reader looks for a separator in 65,536 bytes, and takes 16 MiB to the end', async () => {
    const until = flooded(65 * KIB, (from) => reader(from).until('\n'));
    expect(await until).to.equal('ERR_FRAME_TOO_LONG');
    const rest = flooded(17 * MIB, (from) => reader(from).rest());
    expect(await rest).to.equal('ERR_FRAME_TOO_LONG');
  });

  it('a PROXY header has 107 bytes as text, and 4,096 as binary', async () => {
    const [a, b] = pair();
    a.send(Buffer.from(`PROXY TCP4 ${'1'.repeat(107)}`));
    expect(await failure(readProxyHeader(b))).to.equal('ERR_FRAME_TOO_LONG');
    const [d, e] = pair();
    const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
    d.send(Buffer.concat([signature, Buffer.from([0x21, 0x11, 0x10, 0x00])]));
    expect(await failure(readProxyHeader(e))).to.equal('ERR_FRAME_TOO_LONG');
  });

  it('a connection whose work takes its time has one chunk of 65,536 bytes in memory', async () => {
    const [a, b] = pair();
    const lengths: number[] = [];
    const working = mergeRecv(b, (chunk) => {
      lengths.push(chunk.length);
      return NEVER;
    }).subscribe();
    fill(a);
    await turnFor(20);
    fill(a);
    await turnFor(20);
    working.unsubscribe();
    expect(lengths).to.have.length(1);
    expect(lengths[0]).to.be.at.most(64 * KIB);
  });

  it('what is sent to a peer that never reads is 1 MiB at most beside the kernel’s', async () => {
    const [a] = pair();
    const items = Array.from({ length: 1000 }, () => Buffer.alloc(64 * KIB));
    expect(await failure(lastValueFrom(from(items).pipe(sendAll(a))))).to.equal('ERR_SOCKET_OVERFLOW');
  });
});

describe('a limit of connections', () => {
  it('holds however many connect, and the others wait in the backlog', async () => {
    const [listener] = closed([tcpListener()]);
    const clients = closed(Array.from({ length: 10 }, () => socket(c.AF_INET, c.SOCK_STREAM)));
    for (const client of clients) client.connect(listener.getsockname());
    let accepted = 0;
    const serving = mergeAccept(
      listener,
      () => {
        accepted++;
        return NEVER;
      },
      3,
    ).subscribe();
    await turnFor(20);
    serving.unsubscribe();
    expect(accepted).to.equal(3);
  });
});
