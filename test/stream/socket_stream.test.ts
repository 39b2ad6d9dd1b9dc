import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Socket as NetSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { lastValueFrom } from 'rxjs';
import { type Socket, socket, socketpair } from 'uvsock';
import {
  AF_INET,
  AF_UNIX,
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SO_LINGER,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_NODELAY,
} from 'uvsock/constants';
import { fromRecv, send } from 'uvsock/rx';
import { SocketStream, type SocketStreamOptions } from 'uvsock/stream';
import {
  assertWouldBlock,
  closed,
  codeOf,
  expectReady,
  fill,
  tcpListener,
  tcpPair,
  turnFor,
} from '../support/sockets.ts';

/** A stream and the socket at its other end. */
function streamAndPeer(options: SocketStreamOptions = {}): { stream: SocketStream; peer: Socket } {
  const [near, peer] = closed(tcpPair());
  const stream = new SocketStream(near, options);
  closed([{ [Symbol.dispose]: () => void stream.destroy() }]);
  return { stream, peer };
}

/** What a stream tells, in order. */
function eventsOf(stream: Duplex): string[] {
  const events: string[] = [];
  for (const name of ['connect', 'ready', 'end', 'finish', 'drain', 'timeout'])
    stream.on(name, () => events.push(name));
  stream.on('data', (chunk) => events.push(`data ${chunk}`));
  stream.on('error', (error: NodeJS.ErrnoException) => events.push(`error ${error.code}`));
  stream.on('close', (hadError: boolean) => events.push(`close ${hadError}`));
  return events;
}

/** The stream is closed, with an error or without. */
function closing(stream: Duplex): Promise<void> {
  return new Promise((resolve) => stream.on('close', () => resolve()));
}

/** Closes with a reset. */
function reset(peer: Socket): void {
  peer.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 });
  peer.close();
}

/** All that the peer receives until the end. */
async function receiveAll(peer: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  await fromRecv(peer).forEach((chunk) => void parts.push(chunk));
  return Buffer.concat(parts);
}

describe('SocketStream', () => {
  describe('reading', () => {
    it('emits what is received, and the end', async () => {
      const { stream, peer } = streamAndPeer();
      const sent = randomBytes(3_000_000);
      const sending = lastValueFrom(send(peer, sent)).then(() => peer.shutdown(1));
      expect((await buffer(stream)).equals(sent)).to.equal(true);
      expect(stream.bytesRead).to.equal(sent.length);
      await sending;
    });

    it('receives nothing while nobody asks', async () => {
      const { stream, peer } = streamAndPeer();
      peer.send(Buffer.from('unasked'));
      await turnFor(20);
      expect(stream.readableLength).to.equal(0);
      expect(stream.socket?.bytesReadable()).to.equal(7);
      stream.once('data', () => stream.pause());
      await once(stream, 'data');
    });

    it('stops when as much waits as it may hold, and the peer is slowed down', async () => {
      const { stream, peer } = streamAndPeer({ readableHighWaterMark: 1000, size: 1000 });
      stream.once('readable', () => {});
      while (fill(peer) > 0) await turnFor(20);
      assertWouldBlock(peer.send(Buffer.alloc(1)));
      expect(stream.readableLength).to.be.within(1000, 2000);
    });

    it('claims the socket only when it is asked to read, and then fails if another reads', async () => {
      const { stream } = streamAndPeer();
      const other = fromRecv(stream.socket as Socket).subscribe();
      const events = eventsOf(stream);
      await closing(stream);
      expect(events).to.deep.equal(['error ERR_SOCKET_BUSY', 'close true']);
      other.unsubscribe();
    });

    it('begins with what an earlier reader has put back', async () => {
      const { stream, peer } = streamAndPeer();
      const near = stream.socket as Socket;
      near._unread = Buffer.from('first ');
      peer.send(Buffer.from('second'));
      peer.shutdown(1);
      expect(String(await buffer(stream))).to.equal('first second');
    });

    it('lets what a listener throws be uncaught, and goes on', async () => {
      const { stream, peer } = streamAndPeer();
      const before = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      try {
        const uncaught = once(process, 'uncaughtException');
        stream.once('data', () => {
          throw new Error('mine');
        });
        peer.send(Buffer.from('a'));
        expect(((await uncaught) as [Error])[0].message).to.equal('mine');
      } finally {
        for (const listener of before) process.on('uncaughtException', listener);
      }
      peer.send(Buffer.from('b'));
      const [chunk] = (await once(stream, 'data')) as [Buffer];
      expect(String(chunk)).to.equal('b');
    });
  });

  describe('writing', () => {
    it('sends every byte in order, and counts', async () => {
      const { stream, peer } = streamAndPeer();
      const sent = randomBytes(5_000_000);
      const received = receiveAll(peer);
      for (let i = 0; i < sent.length; i += 100_000) stream.write(sent.subarray(i, i + 100_000));
      expect(stream.bytesWritten).to.equal(sent.length);
      stream.end('the end');
      expect((await received).equals(Buffer.concat([sent, Buffer.from('the end')]))).to.equal(true);
      expect(stream.bytesWritten).to.equal(sent.length + 7);
    });

    it('tells by write and drain when to wait', async () => {
      const { stream, peer } = streamAndPeer();
      let accepted = 0;
      while (stream.write(Buffer.alloc(100_000))) accepted++;
      expect(accepted).to.be.greaterThan(0);
      const receiving = fromRecv(peer).subscribe();
      await once(stream, 'drain');
      receiving.unsubscribe();
    });

    it('gathers corked writes, more than the kernel takes at once, without a byte lost', async () => {
      const { stream, peer } = streamAndPeer();
      const parts = Array.from({ length: 3000 }, (_, i) => Buffer.alloc((i * 7) % 3001, i));
      const received = receiveAll(peer);
      stream.cork();
      for (const part of parts) stream.write(part);
      stream.uncork();
      stream.end();
      expect((await received).equals(Buffer.concat(parts))).to.equal(true);
    });

    it('keeps its place among those who send on the same socket', async () => {
      const { stream, peer } = streamAndPeer();
      const near = stream.socket as Socket;
      const filled = fill(near);
      const first = lastValueFrom(send(near, 'first '));
      stream.cork();
      stream.write('sec');
      stream.write('ond ');
      stream.uncork();
      const third = lastValueFrom(send(near, 'third'));
      stream.end();
      const received = await receiveAll(peer);
      expect(String(received.subarray(filled))).to.equal('first second third');
      await Promise.all([first, third]);
    });

    for (const writes of [1, 2]) {
      const which = writes === 1 ? 'a write' : 'gathered writes';
      it(`calls back with the error of ${which} that fail, and is destroyed by it`, async () => {
        const { stream, peer } = streamAndPeer();
        const events: string[] = [];
        reset(peer);
        await expectReady(stream.socket as Socket, 'hangup');
        stream.on('error', (error: NodeJS.ErrnoException) => events.push(`error ${error.code}`));
        stream.on('close', () => events.push('close'));
        stream.cork();
        for (let i = 0; i < writes; i++) {
          stream.write('x', (error) => events.push(`write ${(error as NodeJS.ErrnoException).code}`));
        }
        stream.uncork();
        await closing(stream);
        const called = Array(writes).fill('write ECONNRESET');
        expect(events).to.deep.equal([...called, 'error ECONNRESET', 'close']);
      });
    }

    it('calls back with an error what destroying has cut off', async () => {
      const { stream } = streamAndPeer();
      const codes: unknown[] = [];
      const told = (error?: Error | null) => codes.push((error as NodeJS.ErrnoException | null)?.code);
      stream.write(Buffer.alloc(50_000_000), told);
      stream.write('more', told);
      stream.destroy();
      await closing(stream);
      expect(codes.map((code) => /^ERR_/.test(String(code)))).to.deep.equal([true, true]);
    });

    it('fails when somebody else closes the socket, and so does reading', async () => {
      const writing = streamAndPeer().stream;
      writing.write(Buffer.alloc(50_000_000));
      const failed = closing(writing);
      const events = eventsOf(writing);
      writing.socket?.close();
      await failed;
      expect(events).to.deep.equal(['error ERR_SOCKET_CLOSED', 'close true']);
      const reading = streamAndPeer().stream.resume();
      const seen = eventsOf(reading);
      await turnFor(1);
      reading.socket?.close();
      await closing(reading);
      expect(seen).to.deep.equal(['close false']);
    });
  });

  describe('like net.Socket', () => {
    const milliseconds = 20;
    /** What happens to a stream, made of a pair. */
    const scenarios: Record<string, (stream: Duplex & NetSocket, peer: Socket) => unknown> = {
      'whose peer ends': (stream, peer) => {
        stream.resume();
        peer.send(Buffer.from('x'));
        peer.shutdown(1);
      },
      'that ends first': async (stream, peer) => {
        stream.resume();
        stream.end('bye');
        await turnFor(milliseconds);
        peer.shutdown(1);
      },
      'whose peer resets': (stream, peer) => {
        stream.resume();
        reset(peer);
      },
      'that is destroyed': (stream) => stream.destroy(),
      'that is destroyed with an error': (stream) =>
        stream.destroy(Object.assign(new Error('mine'), { code: 'MINE' })),
      'that is destroyed soon': (stream) => {
        stream.resume();
        stream.write('abc');
        stream.destroySoon();
      },
      'that resets': (stream) => stream.resetAndDestroy(),
      'that is idle': (stream) => stream.setTimeout(5, () => stream.destroy()),
      'whose reset peer is written to while much waits': async (stream, peer) => {
        stream.write(Buffer.alloc(20_000_000));
        await turnFor(milliseconds);
        reset(peer);
      },
    };
    for (const [name, happens] of Object.entries(scenarios)) {
      it(`tells the same in the same order: one ${name}`, async () => {
        const told: string[][] = [];
        for (const make of [
          (near: Socket) => new NetSocket({ fd: near.detach(), readable: true, writable: true }),
          (near: Socket) => new SocketStream(near),
        ]) {
          const [near, peer] = closed(tcpPair());
          const stream = make(near) as NetSocket;
          const over = closing(stream);
          const events = eventsOf(stream);
          await happens(stream, peer);
          await over;
          peer.close();
          told.push([...events, stream.readyState, String(stream.destroyed), String(stream.bytesRead)]);
        }
        expect(told[1]).to.deep.equal(told[0]);
      });
    }

    it('goes on writing after the peer has ended if that is allowed', async () => {
      const { stream, peer } = streamAndPeer({ allowHalfOpen: true });
      stream.resume();
      peer.shutdown(1);
      await once(stream, 'end');
      await turnFor(milliseconds);
      expect(stream.readyState).to.equal('writeOnly');
      const over = closing(stream);
      stream.end('still here');
      expect(String(await receiveAll(peer))).to.equal('still here');
      await over;
    });

    it('tells the addresses, also when they are gone', async () => {
      const { stream, peer } = streamAndPeer();
      const [local, remote] = [peer.getpeername(), peer.getsockname()];
      const expected = {
        localAddress: '127.0.0.1',
        localPort: local.port,
        localFamily: 'IPv4',
        remoteAddress: '127.0.0.1',
        remotePort: remote.port,
        remoteFamily: 'IPv4',
      };
      expect(stream).to.include(expected);
      expect(stream.address()).to.deep.equal({ address: '127.0.0.1', port: local.port, family: 'IPv4' });
      stream.destroy();
      expect(stream).to.include(expected);
    });

    it('has no addresses on a Unix socket', () => {
      const [near] = closed(socketpair(AF_UNIX, SOCK_STREAM));
      const stream = new SocketStream(near);
      expect(stream).to.include({ remoteAddress: undefined, localPort: undefined, remoteFamily: undefined });
      expect(stream.address()).to.deep.equal({});
      stream.setNoDelay().setKeepAlive(true, 1000).destroy();
    });

    it('sets TCP_NODELAY and keep-alive, by options and by methods', () => {
      const made = streamAndPeer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 7000 }).stream;
      const asked = streamAndPeer().stream.setNoDelay().setKeepAlive(true, 7000);
      for (const { socket: near } of [made, asked] as { socket: Socket }[]) {
        expect([
          near.getsockopt(IPPROTO_TCP, TCP_NODELAY),
          near.getsockopt(SOL_SOCKET, SO_KEEPALIVE),
          near.getsockopt(IPPROTO_TCP, TCP_KEEPIDLE!),
          near.getsockopt(IPPROTO_TCP, TCP_KEEPINTVL!),
          near.getsockopt(IPPROTO_TCP, TCP_KEEPCNT!),
        ]).to.deep.equal([true, true, 7, 1, 10]);
      }
      asked.setNoDelay(false).setKeepAlive(false);
      expect(asked.socket?.getsockopt(IPPROTO_TCP, TCP_NODELAY)).to.equal(false);
      expect(asked.socket?.getsockopt(SOL_SOCKET, SO_KEEPALIVE)).to.equal(false);
    });

    it('times out only when nothing happens', async () => {
      const { stream, peer } = streamAndPeer();
      stream.resume();
      const events = eventsOf(stream);
      stream.setTimeout(60_000);
      expect(stream.timeout).to.equal(60_000);
      stream.setTimeout(10);
      peer.send(Buffer.from('x'));
      await once(stream, 'timeout');
      expect(events).to.deep.equal(['data x', 'timeout']);
      const never = () => events.push('never');
      stream.setTimeout(1, never);
      stream.setTimeout(0, never);
      await turnFor(20);
      expect(events).to.deep.equal(['data x', 'timeout']);
      expect(() => stream.setTimeout('1' as never)).to.throw(TypeError, /msecs/);
    });
  });

  it('does not lose to a reset what it sent before it is destroyed soon, unread input or not', async () => {
    const { stream, peer } = streamAndPeer();
    const input = lastValueFrom(send(peer, Buffer.alloc(3_000_000))); // nobody reads it
    await expectReady(stream.socket as Socket, 'readable');
    stream.write(Buffer.alloc(1_000_000, 'o'));
    stream.destroySoon();
    const output = receiveAll(peer);
    await input;
    expect((await output).length).to.equal(1_000_000);
    peer.shutdown(1);
    await closing(stream);
  });

  it('is destroyed by an AbortSignal, also by one that was aborted before', async () => {
    for (const late of [true, false]) {
      const controller = new AbortController();
      if (!late) controller.abort();
      const { stream } = streamAndPeer({ signal: controller.signal });
      const events = eventsOf(stream);
      if (late) controller.abort();
      await closing(stream);
      expect(events).to.deep.equal(['error ABORT_ERR', 'close true']);
    }
  });

  it('is destroyed by await using', async () => {
    const { stream } = streamAndPeer();
    const near = stream.socket as Socket;
    await stream[Symbol.asyncDispose]();
    expect([stream.destroyed, near.closed, stream.socket]).to.deep.equal([true, true, null]);
  });

  it('closes its socket when both sides have ended', async () => {
    const { stream, peer } = streamAndPeer();
    const near = stream.socket as Socket;
    stream.resume().end();
    peer.shutdown(1);
    await closing(stream);
    expect(near.closed).to.equal(true);
  });

  describe('while it connects', () => {
    /** A socket whose connect is in progress; the listener, until it is closed, does not accept. */
    function inProgress(to: Socket): SocketStream {
      const [client] = closed([socket(AF_INET, SOCK_STREAM)]);
      const connecting = !client.connect(to.getsockname());
      return new SocketStream(client, { connecting });
    }

    it('holds back what is written and who reads, and tells when it is connected', async () => {
      const [listener] = closed([tcpListener()]);
      const stream = inProgress(listener);
      const events = eventsOf(stream);
      stream.write('early ');
      stream.end('bird');
      expect(stream).to.include({ connecting: true, pending: true, readyState: 'opening' });
      await once(stream, 'ready');
      expect(stream).to.include({ connecting: false, pending: false });
      const [peer] = closed([listener.accept()!.socket]);
      expect(String(await receiveAll(peer))).to.equal('early bird');
      peer.close();
      await closing(stream);
      expect(events).to.deep.equal(['connect', 'ready', 'finish', 'end', 'close false']);
    });

    it('fails with the error of the connect', async () => {
      const listener = tcpListener();
      const { port } = listener.getsockname();
      listener.close();
      const [client] = closed([socket(AF_INET, SOCK_STREAM)]);
      const connecting = !client.connect(AF_INET, '127.0.0.1', port as number);
      const stream = new SocketStream(client, { connecting });
      const written = new Promise((resolve) => stream.write('x', resolve));
      const [error] = (await once(stream, 'error')) as [NodeJS.ErrnoException];
      expect(error).to.include({ code: 'ECONNREFUSED', syscall: 'connect' });
      expect(await written).to.equal(error);
      expect(client.closed).to.equal(true);
    });

    it('may be destroyed', async () => {
      const [listener] = closed([tcpListener()]);
      const stream = inProgress(listener);
      const events = eventsOf(stream);
      const written = new Promise<NodeJS.ErrnoException>((resolve) =>
        stream.write('x', (error) => resolve(error as NodeJS.ErrnoException)),
      );
      stream.destroy();
      expect((await written).code).to.equal('ERR_SOCKET_CLOSED');
      await turnFor(5);
      expect(events).to.deep.equal(['close false']);
      closed([listener.accept()!.socket]);
    });
  });

  it('refuses what is no stream socket, closed, or no option', () => {
    const [datagrams, gone] = closed([socket(AF_INET, SOCK_DGRAM), socket(AF_INET, SOCK_STREAM)]);
    gone.close();
    expect(codeOf(() => new SocketStream(datagrams))).to.equal('ERR_INVALID_ARG_VALUE');
    expect(codeOf(() => new SocketStream(gone))).to.equal('ERR_SOCKET_CLOSED');
    expect(codeOf(() => new SocketStream(5 as never))).to.equal('ERR_INVALID_ARG_TYPE');
    expect(codeOf(() => new SocketStream(null, { signal: {} as never }))).to.equal('ERR_INVALID_ARG_TYPE');
    expect(codeOf(() => new SocketStream(null, { size: 0 }))).to.equal('ERR_OUT_OF_RANGE');
  });
});
