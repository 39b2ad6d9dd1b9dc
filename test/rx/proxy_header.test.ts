import { expect } from 'chai';
import { lastValueFrom, NEVER, Subject, take, toArray } from 'rxjs';
import { encodeProxyHeader, type Socket, SocketAddress, socket, socketpair } from 'uvsock';
import { AF_INET, AF_UNIX, SOCK_STREAM } from 'uvsock/constants';
import { mergeAccept, mergeRecv, reader, readProxyHeader, send, withProxyHeader } from 'uvsock/rx';
import { closed, codeOf, tcpListener } from '../support/sockets.ts';

const pair = () => closed(socketpair(AF_UNIX, SOCK_STREAM));
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fulfilled',
    (error) => error.code ?? error.message,
  );
const addresses = {
  source: SocketAddress.parse('192.0.2.1:54321'),
  destination: SocketAddress.parse('198.51.100.2:443'),
};
const HEADERS: [name: string, bytes: Buffer][] = [
  ['version 1', encodeProxyHeader({ ...addresses, version: 1 })],
  [
    'version 2',
    encodeProxyHeader({ ...addresses, tlvs: [{ type: 2, value: Buffer.from('a.b') }], checksum: true }),
  ],
  ['LOCAL', encodeProxyHeader()],
  ['UNKNOWN', encodeProxyHeader({ version: 1 })],
];

/** What is left for the kernel's next reader. */
function left(socket: Socket): string {
  const buffer = Buffer.alloc(1000);
  return buffer.toString('utf8', 0, socket.recv(buffer) ?? 0);
}

describe('readProxyHeader', () => {
  for (const [name, bytes] of HEADERS) {
    it(`takes ${name} off a connection, and not a byte more`, async () => {
      const [balancer, server] = pair();
      balancer.send(Buffer.concat([bytes, Buffer.from('\r\nhello')]));
      const header = await readProxyHeader(server);
      expect(header.length).to.equal(bytes.length);
      expect(String(header.source)).to.equal(name.startsWith('version') ? '192.0.2.1:54321' : 'null');
      expect(left(server)).to.equal('\r\nhello');
    });

    it(`takes ${name} however the stream is cut`, async () => {
      for (let cut = 1; cut < bytes.length; cut++) {
        const [balancer, server] = pair();
        const header = readProxyHeader(server);
        for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
          balancer.send(piece);
          await new Promise(setImmediate);
        }
        expect((await header).length, `cut at ${cut}`).to.equal(bytes.length);
      }
    });
  }

  it('fails when the header is not there in time, and leaves what there was', async () => {
    const [balancer, server] = pair();
    balancer.send(Buffer.from('PROXY TCP4 '));
    expect(await failure(readProxyHeader(server, { timeout: 10 }))).to.equal('ETIMEDOUT');
    expect(String(await reader(server).exactly(11))).to.equal('PROXY TCP4 ');
  });

  it('has one limit of time for all of the header', async () => {
    const [balancer, server] = pair();
    const dripping = setInterval(() => balancer.send(Buffer.from('f')), 5);
    balancer.send(Buffer.from('PROXY UNKNOWN '));
    expect(await failure(readProxyHeader(server, { timeout: 40 }))).to.equal('ETIMEDOUT');
    clearInterval(dripping);
  });

  it('fails when the connection ends before, and when it is aborted', async () => {
    const [balancer, server] = pair();
    const abort = new AbortController();
    const aborted = failure(readProxyHeader(server, { signal: abort.signal }));
    abort.abort(new Error('enough'));
    expect(await aborted).to.equal('enough');
    balancer.send(Buffer.from('PROXY'));
    balancer.close();
    expect(await failure(readProxyHeader(server))).to.equal('ERR_FRAME_TRUNCATED');
  });

  const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
  const refused: [name: string, bytes: Buffer, code: string, config?: object][] = [
    ['what is no header', Buffer.from('GET / HTTP/1.1\r\n'), 'ERR_FRAME_MALFORMED'],
    ['a line without an end', Buffer.from(`PROXY UNKNOWN ${'f'.repeat(200)}`), 'ERR_FRAME_TOO_LONG'],
    [
      'a header longer than allowed, before it is there',
      Buffer.concat([signature, Buffer.from('2111ffff', 'hex')]),
      'ERR_FRAME_TOO_LONG',
    ],
    ['the other version', HEADERS[0]![1], 'ERR_FRAME_MALFORMED', { version: 2 }],
    ['the other version', HEADERS[1]![1], 'ERR_FRAME_MALFORMED', { version: 1 }],
  ];
  for (const [name, bytes, code, config] of refused) {
    it(`refuses ${name}${config ? `, ${JSON.stringify(config)}` : ''}`, async () => {
      const [balancer, server] = pair();
      balancer.send(bytes);
      expect(await failure(readProxyHeader(server, config))).to.equal(code);
    });
  }

  it('checks its configuration', async () => {
    const [, server] = pair();
    expect(await failure(readProxyHeader(server, { version: 3 as never }))).to.equal('ERR_INVALID_ARG_VALUE');
    expect(await failure(readProxyHeader(server, { timeout: -1 }))).to.equal('ERR_OUT_OF_RANGE');
    expect(await failure(readProxyHeader(server, { maxLength: 0 }))).to.equal('ERR_OUT_OF_RANGE');
    expect(codeOf(() => withProxyHeader(null as never))).to.equal('ERR_INVALID_ARG_TYPE');
    expect(codeOf(() => withProxyHeader(() => [], null as never))).to.equal('ERR_INVALID_ARG_TYPE');
  });
});

describe('withProxyHeader', () => {
  function connect(to: Socket, first: Uint8Array): Socket {
    const [client] = closed([socket(AF_INET, SOCK_STREAM)]);
    client.connect(to.getsockname());
    client.send(first);
    return client;
  }

  it('tells each connection its client, and leaves one with a bad header behind', async () => {
    const [listener] = closed([tcpListener()]);
    const errors: string[] = [];
    const handler = withProxyHeader(
      (connection, { source }, balancer) =>
        mergeRecv(connection, (chunk) => send(connection, `${source} by ${balancer.address}: ${chunk}`)).pipe(
          take(1),
        ),
      { timeout: 20 },
    );
    const serving = lastValueFrom(
      mergeAccept(listener, handler, {
        onError: (error) => errors.push((error as { code: string }).code),
      }).pipe(take(2), toArray()),
    );
    connect(listener, Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    connect(listener, Buffer.from('PROXY'));
    const answers = HEADERS.slice(0, 2).map(async ([, header]) => {
      const client = connect(listener, Buffer.concat([header, Buffer.from('hello')]));
      return String(await reader(client).rest());
    });
    const expected = '192.0.2.1:54321 by 127.0.0.1: hello';
    expect(await Promise.all(answers)).to.deep.equal([expected, expected]);
    await serving;
    expect(errors[0]).to.equal('ERR_FRAME_MALFORMED');
  });

  it('reports a header that is late', async () => {
    const [listener] = closed([tcpListener()]);
    const told = new Subject<string>();
    const serving = mergeAccept(
      listener,
      withProxyHeader(() => NEVER, { timeout: 5 }),
      {
        onError: (error) => told.next((error as { code: string }).code),
      },
    ).subscribe();
    const first = lastValueFrom(told.pipe(take(1)));
    connect(listener, Buffer.from('PROXY'));
    expect(await first).to.equal('ETIMEDOUT');
    serving.unsubscribe();
  });

  it('stops waiting for the header when it is unsubscribed', async () => {
    const [balancer, server] = pair();
    const waiting = withProxyHeader(() => NEVER)(server, addresses.source, 0).subscribe();
    expect(await failure(reader(server).exactly(1))).to.equal('ERR_SOCKET_BUSY');
    waiting.unsubscribe();
    await new Promise(setImmediate);
    balancer.send(Buffer.from('x'));
    expect(String(await reader(server).exactly(1))).to.equal('x');
    expect(server.closed).to.equal(false);
  });
});
