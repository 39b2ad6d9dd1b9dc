import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, request } from 'node:http';
import { type AddressInfo, connect, createServer, Socket as NetSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { type Socket, socketpair } from 'uvsock';
import { AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from 'uvsock/constants';
import { chunks, fromNet, toNet } from 'uvsock/stream';
import { closed, codeOf, expectReady, tcpListener, tcpPair, turnFor, udpSocket } from '../support/sockets.ts';

/** A connection of node:net, and its other end. */
async function netPair(): Promise<{ connection: NetSocket; peer: Socket }> {
  const [listener] = closed([tcpListener()]);
  const connection = connect(listener.getsockname().port as number, '127.0.0.1');
  await once(connection, 'connect');
  const [peer] = closed([listener.accept()!.socket]);
  listener.close();
  return { connection, peer };
}

/** The next chunk. */
async function received(socket: Socket): Promise<string> {
  for await (const chunk of chunks(socket)) return String(chunk);
  return 'the end';
}

async function bound(): Promise<DatagramSocket> {
  const datagrams = createSocket('udp4');
  datagrams.bind(0, '127.0.0.1');
  await once(datagrams, 'listening');
  return datagrams;
}

describe('toNet', () => {
  it('makes a net.Socket, which begins with what a reader has put back', async () => {
    const [near, peer] = closed(tcpPair());
    near._unread = Buffer.from('put back, ');
    const connection = toNet(near);
    expect(connection).to.be.instanceOf(NetSocket);
    expect(near.closed).to.equal(true);
    peer.send(Buffer.from('sent'));
    peer.shutdown(1);
    expect(String(await buffer(connection))).to.equal('put back, sent');
    connection.destroy();
  });

  it('takes Unix sockets, and allowHalfOpen', async () => {
    const [near, peer] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const connection = toNet(near, { allowHalfOpen: true }).resume();
    peer.shutdown(1);
    await once(connection, 'end');
    connection.end('after the end');
    expect(await received(peer)).to.equal('after the end');
    await once(connection, 'close');
  });

  it('refuses what net.Socket would, and leaves it as it is', () => {
    const [datagrams] = closed([udpSocket()]);
    const [pair] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    for (const each of [datagrams, pair]) {
      expect(codeOf(() => toNet(each))).to.equal('ERR_INVALID_ARG_VALUE');
      expect(each.closed).to.equal(false);
    }
    pair.close();
    expect(codeOf(() => toNet(pair))).to.equal('ERR_SOCKET_CLOSED');
  });

  it('is not needed for a listener, nor for datagrams', async () => {
    const [listener, datagrams] = closed([tcpListener(), udpSocket()]);
    const server = createServer((connection) => connection.end('hello')).listen({ fd: listener.detach() });
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    expect(String(await buffer(client))).to.equal('hello');
    server.close();
    const receiver = createSocket('udp4').bind({ fd: datagrams.detach() });
    receiver.close();
    await once(receiver, 'close');
  });
});

describe('fromNet', () => {
  it('takes a connection, and Node forgets it', async () => {
    const { connection, peer } = await netPair();
    const over = once(connection, 'close');
    const [socket] = closed([fromNet(connection)]);
    await over;
    peer.send(Buffer.from('to uvsock'));
    expect(await received(socket)).to.equal('to uvsock');
    socket.send(Buffer.from('from uvsock'));
    expect(await received(peer)).to.equal('from uvsock');
    await turnFor(10); // what epoll had of Node's descriptor would spin or steal
    peer.send(Buffer.from('once more'));
    expect(await received(socket)).to.equal('once more');
    socket.close();
    expect(await received(peer)).to.equal('the end');
  });

  it('keeps what was received and not taken', async () => {
    const { connection, peer } = await netPair();
    const seen: unknown[] = [];
    connection.on('data', (chunk) => seen.push(chunk)).pause();
    peer.send(Buffer.from('read ahead, '));
    while (connection.readableLength === 0) await turnFor(1);
    const [socket] = closed([fromNet(connection)]);
    peer.send(Buffer.from('then sent'));
    expect(await received(socket)).to.equal('read ahead, ');
    expect(await received(socket)).to.equal('then sent');
    expect(seen).to.deep.equal([]);
  });

  it('takes the connection of an HTTP upgrade', async () => {
    const server = createHttpServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = request({
      port,
      host: '127.0.0.1',
      headers: { connection: 'upgrade', upgrade: 'x' },
    }).end();
    const [, connection] = (await once(server, 'upgrade')) as [unknown, NetSocket];
    const [socket] = closed([fromNet(connection)]);
    socket.send(Buffer.from('HTTP/1.1 101 Yes\r\nconnection: upgrade\r\nupgrade: x\r\n\r\nhello'));
    const [, upgraded, head] = (await once(client, 'upgrade')) as [unknown, NetSocket, Buffer];
    expect(String(head)).to.equal('hello');
    upgraded.destroy();
    server.close();
    await once(server, 'close');
  });

  it('takes a listener with the connections that wait', async () => {
    const server = createServer(() => expect.fail('accepted by Node')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [listener] = closed([fromNet(server)]);
    await once(client, 'connect');
    await expectReady(listener, 'readable');
    closed([listener.accept()!.socket]);
    client.destroy();
    await once(client, 'close');
  });

  it('takes the socket of dgram', async () => {
    const datagrams = await bound();
    const [sender, socket] = closed([udpSocket(), fromNet(datagrams)]);
    await once(datagrams, 'close');
    sender.sendto(Buffer.from('datagram'), socket.getsockname());
    expect(await received(socket)).to.equal('datagram');
  });

  it('refuses what has no descriptor, or what would lose something', async () => {
    const refused = (owner: Parameters<typeof fromNet>[0]) => codeOf(() => fromNet(owner));
    const { connection, peer } = await netPair();
    const idle = createSocket('udp4');
    expect(refused(new NetSocket())).to.equal('ERR_INVALID_ARG_VALUE');
    expect(refused(createServer())).to.equal('ERR_INVALID_ARG_VALUE');
    expect(refused(idle)).to.equal('ERR_INVALID_ARG_VALUE');
    expect(refused({} as never)).to.equal('ERR_INVALID_ARG_TYPE');
    idle.close();

    const folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
    const server = createServer().listen(join(folder, 's'));
    await once(server, 'listening');
    expect(refused(server)).to.equal('ERR_INVALID_ARG_VALUE');
    server.close();
    await once(server, 'close');
    rmSync(folder, { recursive: true });

    connection.setEncoding('utf8').pause();
    peer.send(Buffer.from('text'));
    while (connection.readableLength === 0) await turnFor(1);
    expect(refused(connection)).to.equal('ERR_INVALID_ARG_VALUE');
    connection.read();
    connection.write(Buffer.alloc(50_000_000));
    expect(refused(connection)).to.equal('ERR_INVALID_ARG_VALUE');
    const tls = connectTls({ socket: connection }).on('error', () => {});
    expect(refused(tls)).to.equal('ERR_INVALID_ARG_VALUE');
    const gone = once(connection, 'close');
    tls.destroy();
    connection.destroy();
    await gone;
    expect(refused(connection)).to.equal('ERR_INVALID_ARG_VALUE');
  });
});
