import { expect } from 'chai';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { type Socket, socketpair } from 'uvsock';
import { AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from 'uvsock/constants';
import { fromRecv, reader, send } from 'uvsock/rx';
import { closed, codeOf, tcpPair, turnFor } from '../support/sockets.ts';

const pair = () => closed(socketpair(AF_UNIX, SOCK_STREAM));
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fulfilled',
    (error) => error.code,
  );

/** What is left for the kernel's next reader. */
function left(socket: Socket): string {
  const buffer = Buffer.alloc(1000);
  return buffer.toString('utf8', 0, socket.recv(buffer) ?? 0);
}

describe('reader', () => {
  it('gives exactly as many bytes as asked for, and leaves the rest in the kernel', async () => {
    const [a, b] = pair();
    const from = reader(b);
    a.send(Buffer.from('abcdef'));
    expect(String(await from.exactly(2))).to.equal('ab');
    expect(String(await from.exactly(0))).to.equal('');
    expect(String(await from.exactly(3))).to.equal('cde');
    expect(left(b)).to.equal('f');
  });

  it('lets other sockets and timers have their turns, however much is there', async () => {
    const [a, b] = pair();
    a.send(Buffer.alloc(10_000));
    const from = reader(b);
    let read = 0;
    const others = new Promise<number>((resolve) => setImmediate(() => resolve(read)));
    for (; read < 10_000; read++) await from.exactly(1);
    expect(await others).to.be.below(100);
  });

  it('gives what is before a separator, takes that, and leaves the rest in the kernel', async () => {
    const [a, b] = pair();
    const from = reader(b);
    a.send(Buffer.from('GET /\r\nHost: x\r\n\r\nbody'));
    expect(String(await from.until('\r\n'))).to.equal('GET /');
    expect(String(await from.until(Buffer.from('\r\n\r\n')))).to.equal('Host: x');
    expect(left(b)).to.equal('body');
  });

  it('finds a separator however the stream is cut', async () => {
    const text = 'aab--aa-ab-aab!';
    for (let cut = 1; cut < text.length; cut++) {
      const [a, b] = pair();
      const found = reader(b).until('aab!');
      for (const piece of [text.slice(0, cut), text.slice(cut)]) {
        a.send(Buffer.from(piece));
        await new Promise(setImmediate);
      }
      expect(String(await found), `cut at ${cut}`).to.equal('aab--aa-ab-');
    }
  });

  it('gives the rest up to the end', async () => {
    const [a, b] = closed(tcpPair());
    const data = Buffer.alloc(3_000_000, 'rest');
    const rest = reader(b).rest();
    await lastValueFrom(send(a, data));
    a.shutdown(1);
    expect((await rest).equals(data)).to.equal(true);
    expect(String(await reader(b).rest())).to.equal('');
  });

  it('fails when the stream ends before, and keeps what there was', async () => {
    const [a, b] = pair();
    const from = reader(b);
    a.send(Buffer.from('abc'));
    a.close();
    expect(await failure(from.exactly(4))).to.equal('ERR_FRAME_TRUNCATED');
    expect(await failure(from.until('\n'))).to.equal('ERR_FRAME_TRUNCATED');
    expect(String(await from.exactly(1))).to.equal('a');
    expect(String(await from.rest())).to.equal('bc');
  });

  it('fails when there is more than allowed, and keeps it', async () => {
    const [a, b] = pair();
    const from = reader(b);
    a.send(Buffer.from('12345\n'));
    a.close();
    expect(await failure(from.until('\n', 4))).to.equal('ERR_FRAME_TOO_LONG');
    expect(await failure(from.rest(5))).to.equal('ERR_FRAME_TOO_LONG');
    expect(String(await from.until('\n', 5))).to.equal('12345');
    expect(String(await from.rest())).to.equal('');
  });

  it('hands over to other readers, and takes over from them', async () => {
    const [a, b] = pair();
    a.send(Buffer.from('head\nchunk'));
    expect(String(await reader(b).until('\n'))).to.equal('head');
    expect(String(await firstValueFrom(fromRecv(b)))).to.equal('chunk');
    a.send(Buffer.from('tail\n'));
    expect(String(await reader(b).until('\n'))).to.equal('tail');
  });

  it('is aborted by a signal, and what it had read goes to whoever reads next', async () => {
    const [a, b] = pair();
    const controller = new AbortController();
    const aborted = reader(b).exactly(10, { signal: controller.signal });
    a.send(Buffer.from('abc'));
    await turnFor(5);
    controller.abort(new Error('enough'));
    expect(await aborted.catch((error) => error.message)).to.equal('enough');
    a.send(Buffer.from('def'));
    a.close();
    const chunks = await lastValueFrom(fromRecv(b, { size: 2 }).pipe(toArray()));
    expect(String(Buffer.concat(chunks))).to.equal('abcdef');
  });

  it('is not begun with an aborted signal', async () => {
    const [a, b] = pair();
    a.send(Buffer.from('abc'));
    const options = { signal: AbortSignal.abort(new Error('before')) };
    for (const promise of [reader(b).exactly(1, options), reader(b).until('b', 9, options)]) {
      expect(await promise.catch((error) => error.message)).to.equal('before');
    }
    expect(left(b)).to.equal('abc');
  });

  it('is the one reader of the stream only while a call is pending', async () => {
    const [a, b] = pair();
    const from = reader(b);
    const first = from.exactly(1);
    expect(await failure(from.exactly(1))).to.equal('ERR_SOCKET_BUSY');
    expect(await failure(lastValueFrom(fromRecv(b)))).to.equal('ERR_SOCKET_BUSY');
    a.send(Buffer.from('1'));
    await first;
    fromRecv(b).subscribe().unsubscribe();
  });

  it('fails when the socket is closed', async () => {
    const [, b] = pair();
    const pending = failure(reader(b).exactly(1));
    b.close();
    expect(await pending).to.equal('ERR_SOCKET_CLOSED');
    expect(await failure(reader(b).rest())).to.equal('ERR_SOCKET_CLOSED');
  });

  it('lets timers run while there is always more', async () => {
    const [, b] = pair();
    b.recv = (buffer) => buffer.byteLength;
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1);
    const error = await reader(b)
      .rest(2 ** 30, { signal: controller.signal })
      .catch((reason) => reason);
    expect(error.name).to.equal('AbortError');
  });

  it('names a wrong argument', async () => {
    const [a] = pair();
    const [datagrams] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    expect(codeOf(() => reader(datagrams))).to.equal('ERR_INVALID_ARG_VALUE');
    expect(codeOf(() => reader(5 as never))).to.equal('ERR_INVALID_ARG_TYPE');
    const from = reader(a);
    expect(await failure(from.exactly(-1))).to.equal('ERR_OUT_OF_RANGE');
    expect(await failure(from.until(''))).to.equal('ERR_INVALID_ARG_VALUE');
    expect(await failure(from.until(5 as never))).to.equal('ERR_INVALID_ARG_TYPE');
    expect(await failure(from.until('x', 0))).to.equal('ERR_OUT_OF_RANGE');
    expect(await failure(from.rest(1, { signal: {} as never }))).to.equal('ERR_INVALID_ARG_TYPE');
  });
});
