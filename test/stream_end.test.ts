import { expect } from 'chai';
import { ignoreElements, lastValueFrom, merge, type Observable } from 'rxjs';
import { type Socket, socketpair } from 'uvsock';
import { AF_UNIX, SO_LINGER, SOCK_STREAM, SOL_SOCKET } from 'uvsock/constants';
import { fromRecv, fromRecvmsg, pump, relay, sendfile } from 'uvsock/rx';
import { chunks } from 'uvsock/stream';
import { closed, codeOf, expectReady, tcpPair } from './support/sockets.ts';

/** A connection that the peer has reset, which `told` has been told of. */
async function broken(told: (socket: Socket) => unknown): Promise<Socket> {
  const [socket, peer] = closed(tcpPair());
  peer.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 });
  peer.close();
  await expectReady(socket, 'readable');
  expect(await told(socket)).to.equal('ECONNRESET');
  return socket;
}

const codeOfSend = (socket: Socket) => codeOf(() => socket.send(Buffer.from('x')));

/** How it ends. */
const fate = (source: Observable<unknown>): Promise<unknown> =>
  lastValueFrom(source.pipe(ignoreElements()), { defaultValue: 'complete' }).catch((error) => error.code);

describe('the end of a stream', () => {
  const reads: [name: string, read: (socket: Socket) => Promise<unknown>][] = [
    ['fromRecv', (socket) => fate(fromRecv(socket))],
    ['fromRecvmsg', (socket) => fate(fromRecvmsg(socket))],
    ['pump', (socket) => fate(pump(socket, closed(tcpPair())[0]))],
    ['relay', (socket) => fate(relay(socket, closed(tcpPair())[0]))],
    [
      'chunks',
      async (socket) => {
        try {
          for await (const _chunk of chunks(socket));
          return 'complete';
        } catch (error) {
          return (error as NodeJS.ErrnoException).code;
        }
      },
    ],
  ];
  for (const [name, read] of reads) {
    it(`is none for ${name} where a send was told that the connection is broken`, async () => {
      expect(await read(await broken(codeOfSend))).to.equal('ECONNRESET');
    });
  }

  const tells: [name: string, tell: (socket: Socket) => unknown][] = [
    ['another read', (socket) => codeOf(() => socket.recv(Buffer.alloc(1)))],
    ['takeError', (socket) => socket.takeError()?.code],
    ['sendfile', (socket) => fate(sendfile(socket, process.execPath))],
    [
      'a relay into it',
      (socket) => {
        const [source, other] = closed(tcpPair());
        other.send(Buffer.from('x'));
        return fate(merge(relay(source, socket)));
      },
    ],
  ];
  for (const [name, tell] of tells) {
    it(`is none where ${name} was told that the connection is broken`, async () => {
      expect(await fate(fromRecv(await broken(tell)))).to.equal('ECONNRESET');
    });
  }

  it('is one where a send was told that nobody reads', async () => {
    const [socket, peer] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    peer.send(Buffer.from('the last words'));
    peer.close();
    expect(codeOfSend(socket)).to.equal('EPIPE');
    expect(await fate(fromRecv(socket))).to.equal('complete');
  });
});
