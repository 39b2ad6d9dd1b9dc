/** That others run on SocketStream unchanged. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { Duplex, Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { createGunzip, createGzip } from 'node:zlib';
import { expect } from 'chai';
import type { Socket } from 'uvsock';
import { accepts, SocketStream, type SocketStreamOptions } from 'uvsock/stream';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { closed, tcpListener, tcpPair } from '../support/sockets.ts';

const tlsFile = (name: string) =>
  readFileSync(new URL(`../../../test/fixtures/tls/${name}.pem`, import.meta.url), 'utf8');

/** Hands the connections of a listener to a server of Node's, as streams. */
function serve(server: NodeJS.EventEmitter): { listener: Socket; port: number } {
  const [listener] = closed([tcpListener()]);
  (async () => {
    for await (const { socket } of accepts(listener)) {
      server.emit('connection', new SocketStream(closed([socket])[0], { allowHalfOpen: true }));
    }
  })();
  return { listener, port: listener.getsockname().port as number };
}

function streamPair(options: SocketStreamOptions = {}): [SocketStream, SocketStream] {
  const [a, b] = closed(tcpPair());
  return [new SocketStream(a, options), new SocketStream(b, options)];
}

describe('on SocketStream run', () => {
  it('TLS, server and client', async () => {
    const cert = tlsFile('certificate');
    const server = createTlsServer({ key: tlsFile('key'), cert }, (connection) =>
      connection.pipe(connection),
    );
    const { port } = serve(server);
    const socket = new SocketStream(null, { allowHalfOpen: true }).connect(port, '127.0.0.1');
    const client = connectTls({ socket, ca: cert, servername: 'localhost' });
    await once(client, 'secureConnect');
    expect(client.authorized).to.equal(true);
    const sent = randomBytes(1_000_000);
    client.end(sent);
    expect((await buffer(client)).equals(sent)).to.equal(true);
    await new Promise((resolve) => (socket.closed ? resolve(null) : socket.on('close', resolve)));
  });

  it('http, with an Agent that keeps connections', async () => {
    let connections = 0;
    const server = createServer(async (message, response) => {
      response.setHeader('from', String(message.socket.remoteAddress));
      response.end(await buffer(message));
    });
    server.on('connection', () => connections++);
    const { port } = serve(server);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const opened: SocketStream[] = [];
    Object.assign(agent, {
      createConnection({ host }: { host: string }) {
        opened.push(new SocketStream().connect({ host, port }));
        return opened.at(-1);
      },
    });
    const bodies = [0, 10, 100_000, 3_000_000].map((length) => randomBytes(length));
    const answers = bodies.map(async (body) => {
      const asking = request({ host: 'localhost', port, method: 'POST', agent });
      asking.end(body);
      const [answer] = await once(asking, 'response');
      expect(answer.headers.from).to.equal('127.0.0.1');
      return buffer(answer);
    });
    expect(Buffer.concat(await Promise.all(answers)).equals(Buffer.concat(bodies))).to.equal(true);
    expect([connections, opened.length]).to.deep.equal([1, 1]);
    agent.destroy();
  });

  it('fetch, against http', async () => {
    const server = createServer((message, response) => response.end(`you want ${message.url}`));
    const { port } = serve(server);
    const answer = await fetch(`http://127.0.0.1:${port}/this`, { headers: { connection: 'close' } });
    expect(await answer.text()).to.equal('you want /this');
  });

  it('HTTP/2, server and client', async () => {
    const server = createHttp2Server();
    server.on('stream', (stream) => {
      stream.respond({ ':status': 200 });
      stream.pipe(stream);
    });
    const { port } = serve(server);
    const session = connectHttp2(`http://127.0.0.1:${port}`, {
      createConnection: () => new SocketStream().connect(port, '127.0.0.1'),
    });
    const bodies = [1, 5000, 200_000].map((length) => randomBytes(length));
    const answers = await Promise.all(
      bodies.map((body) => {
        const stream = session.request({ ':method': 'POST', ':path': '/' });
        stream.end(body);
        return buffer(stream);
      }),
    );
    expect(Buffer.concat(answers).equals(Buffer.concat(bodies))).to.equal(true);
    session.close();
    await once(session, 'close');
  });

  it('ws, server and client', async () => {
    const http = createServer();
    const server = new WebSocketServer({ server: http });
    server.on('connection', (connection) =>
      connection.on('message', (data: RawData, binary) => connection.send(data, { binary })),
    );
    const { port } = serve(http);
    const client = new WebSocket(`ws://127.0.0.1:${port}`, {
      createConnection: (() => new SocketStream().connect(port, '127.0.0.1')) as never,
    });
    await once(client, 'open');
    const sent = [randomBytes(10), randomBytes(500_000)];
    const received: Buffer[] = [];
    for (const each of sent) {
      client.send(each);
      received.push((await once(client, 'message'))[0]);
    }
    expect(Buffer.concat(received).equals(Buffer.concat(sent))).to.equal(true);
    const ended = Promise.all([once(client, 'close'), once([...server.clients][0]!, 'close')]);
    client.close(1000, 'bye');
    const [[code, reason]] = await ended;
    expect([code, String(reason)]).to.deep.equal([1000, 'bye']);
    server.close();
  });

  it('pipeline, through zlib', async () => {
    const [a, b] = streamPair();
    const data = Buffer.from('compressible '.repeat(200_000));
    const sending = pipeline(Readable.from([data]), createGzip(), a);
    const received: Buffer[] = [];
    await pipeline(b, createGunzip(), async (source) => {
      for await (const chunk of source) received.push(chunk);
    });
    await sending;
    expect(Buffer.concat(received).equals(data)).to.equal(true);
    b.destroy();
    a.destroy();
  });

  it('web streams, by Duplex.toWeb', async () => {
    const [near, far] = streamPair().map((each) => Duplex.toWeb(each));
    const echoing = far!.readable.pipeTo(far!.writable).catch(() => {}); // its own end is the other's, too
    const writer = near!.writable.getWriter();
    const sent = randomBytes(1_000_000);
    const writing = writer.write(sent);
    const received: Uint8Array[] = [];
    const reader = near!.readable.getReader();
    for (let missing = sent.length; missing > 0; missing -= received.at(-1)!.length) {
      received.push((await reader.read()).value);
    }
    expect(Buffer.concat(received).equals(sent)).to.equal(true);
    await Promise.all([writing, writer.close(), reader.read()]);
    await echoing;
  });

  it('for await, and text of stream/consumers', async () => {
    const [a, b] = streamPair();
    a.end('some text');
    let read = '';
    for await (const chunk of b.setEncoding('utf8')) read += chunk;
    expect(read).to.equal('some text');
    expect(await text(a)).to.equal('');
  });
});
