/** The example that serves files. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { lineOf } from './support/programs.ts';

describe('the example static-files', function () {
  this.timeout(60_000);

  const large = Buffer.alloc(5 << 20, 'a large file ');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let folder: string;
  let port: number;
  let server: ReturnType<typeof spawn>;
  let errors: Promise<string>;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'uvsock-static-'));
    const root = join(folder, 'root');
    mkdirSync(join(root, 'sub'), { recursive: true });
    writeFileSync(join(folder, 'secret'), 'secret');
    mkdirSync(join(folder, 'root-other'));
    writeFileSync(join(folder, 'root-other', 'secret'), 'secret');
    writeFileSync(join(root, 'large'), large);
    writeFileSync(join(root, 'empty.txt'), '');
    writeFileSync(join(root, 'ten.txt'), '0123456789');
    writeFileSync(join(root, 'grüße %.html'), '<p>grüße');
    writeFileSync(join(root, 'sub', 'index.html'), '<p>index');
    symlinkSync('ten.txt', join(root, 'link'));
    symlinkSync('../secret', join(root, 'out'));
    symlinkSync('..', join(root, 'up'));
    execFileSync('mkfifo', [join(root, 'fifo')]);

    const example = fileURLToPath(new URL('../examples/static-files.js', import.meta.url));
    const child = spawn(process.execPath, [example, '--root', root], { stdio: ['ignore', 'pipe', 'pipe'] });
    server = child;
    errors = text(child.stderr);
    port = Number((await lineOf(child.stdout, /127\.0\.0\.1:(\d+)/))[1]);
  });

  after(async () => {
    agent.destroy();
    const exited = once(server, 'exit');
    server.kill('SIGINT');
    expect(await exited).to.deep.equal([0, null]);
    // Of the client that left.
    expect(await errors).to.match(/^(Error: send(file)? (EPIPE|ECONNRESET)\n)?$/);
    rmSync(folder, { recursive: true });
  });
  // A kept connection is a descriptor of this process.
  afterEach(() => agent.destroy());

  /** A request whose path goes out as it is. */
  async function ask(path: string, { method = 'GET', headers = {} } = {}) {
    const asked = request({ port, host: '127.0.0.1', path, method, headers, agent });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return { status: answer.statusCode, headers: answer.headers, body: await buffer(answer) };
  }

  it('serves a file whole, with its length and type', async () => {
    const { status, headers, body } = await ask('/large');
    expect(status).to.equal(200);
    expect(headers).to.include({ 'content-length': String(large.length), 'accept-ranges': 'bytes' });
    expect(headers['content-type']).to.equal('application/octet-stream');
    const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    expect(hash(body)).to.equal(hash(large));
  });

  it('serves empty files, names in any script, queries, indexes, and links inside of its root', async () => {
    for (const [path, expected, type] of [
      ['/empty.txt', '', 'text/plain; charset=utf-8'],
      [encodeURI('/grüße %.html'), '<p>grüße', 'text/html; charset=utf-8'],
      ['/ten.txt?query#fragment', '0123456789', 'text/plain; charset=utf-8'],
      ['/sub/', '<p>index', 'text/html; charset=utf-8'],
      ['/link', '0123456789', 'text/plain; charset=utf-8'],
      ['/sub/../ten.txt', '0123456789', 'text/plain; charset=utf-8'],
    ] as const) {
      const { status, headers, body } = await ask(path);
      expect([status, body.toString(), headers['content-type']], path).to.deep.equal([200, expected, type]);
    }
  });

  it('answers HEAD with the same head and no body', async () => {
    const { status, headers, body } = await ask('/large', {
      method: 'HEAD',
      headers: { range: 'bytes=0-1' },
    });
    expect(status).to.equal(200);
    expect(headers['content-length']).to.equal(String(large.length));
    expect(body.length).to.equal(0);
  });

  it('keeps the connection, and answers what is asked in a row in its order', async () => {
    const connection = connect(port, '127.0.0.1');
    const paths = ['ten.txt', 'missing', 'large', 'link'];
    const requests = paths.map((path) => `GET /${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    connection.end(`${requests.join('')}GET /ten.txt HTTP/1.0\r\n\r\nGET /ignored HTTP/1.0\r\n\r\n`);
    const answers = (await buffer(connection)).toString('latin1');
    expect(answers.match(/HTTP\/1.1 \d+/g)!.map((line) => line.slice(-3))).to.deep.equal([
      '200',
      '404',
      '200',
      '200',
      '200',
    ]);
    expect(answers).to.match(/connection: close\r\n\r\n0123456789$/);
  });

  it('serves one range, and refuses or ignores others', async () => {
    const get = async (range: string, path = '/ten.txt') => {
      const { status, headers, body } = await ask(path, { headers: { range } });
      return [status, headers['content-range'], body.toString()];
    };
    expect(await get('bytes=2-4')).to.deep.equal([206, 'bytes 2-4/10', '234']);
    expect(await get('bytes=7-')).to.deep.equal([206, 'bytes 7-9/10', '789']);
    expect(await get('bytes=7-100')).to.deep.equal([206, 'bytes 7-9/10', '789']);
    expect(await get('bytes=-3')).to.deep.equal([206, 'bytes 7-9/10', '789']);
    expect(await get('bytes=-30')).to.deep.equal([206, 'bytes 0-9/10', '0123456789']);
    for (const range of ['bytes=10-', 'bytes=10-12', 'bytes=-0'])
      expect(await get(range), range).to.deep.equal([416, 'bytes */10', '']);
    for (const range of ['bytes=4-2', 'bytes=0-1,4-5', 'bytes=-', 'lines=0-1', 'bytes=a-b'])
      expect(await get(range), range).to.deep.equal([200, undefined, '0123456789']);
    expect(await get('bytes=0-', '/empty.txt')).to.deep.equal([416, 'bytes */0', '']);
  });

  it('serves nothing outside of its root, however it is named', async () => {
    for (const path of [
      '/../secret',
      '/%2e%2e/secret',
      '/..%2fsecret',
      '/sub/../../secret',
      '/sub/%2e%2e/%2E%2E/secret',
      '/../root-other/secret',
      '//etc/passwd',
      '/../../../../../../../etc/passwd',
      '/out',
      '/up/secret',
      '/%00',
      '/ten.txt%00',
      '/%ff',
      '/fifo',
      '/sub',
      '/',
      '/missing/',
    ]) {
      const { status, body } = await ask(path);
      expect([status, body.toString()], path).to.deep.equal([404, '']);
    }
  });

  it('refuses other methods, and what is no request', async () => {
    const { status, headers } = await ask('/ten.txt', { method: 'DELETE' });
    expect([status, headers.allow]).to.deep.equal([405, 'GET, HEAD']);
    const post = await ask('/ten.txt', { method: 'POST', headers: { 'content-length': 0 } });
    expect([post.status, post.headers.connection]).to.deep.equal([405, 'keep-alive']);
    for (const nonsense of [
      'nonsense',
      'GET /ten.txt',
      'GET /ten.txt HTTP/1.1\r\nno field',
      'GET  / HTTP/1.1',
    ]) {
      const connection = connect(port, '127.0.0.1');
      connection.end(`${nonsense}\r\n\r\n`);
      expect(await text(connection), nonsense).to.match(/^HTTP\/1\.1 400 Bad Request\r\n/);
    }
  });

  it('does not take the body of a request for another one', async () => {
    const connection = connect(port, '127.0.0.1');
    const body = 'GET /large HTTP/1.1\r\n\r\n';
    connection.end(`GET /ten.txt HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    expect(await text(connection)).to.match(/connection: close\r\n\r\n0123456789$/);
  });

  it('goes on when a client leaves within a file', async () => {
    const connection = connect(port, '127.0.0.1');
    connection.write('GET /large HTTP/1.1\r\n\r\n');
    await once(connection, 'data');
    connection.resetAndDestroy();
    await once(connection, 'close');
    expect((await ask('/ten.txt')).body.toString()).to.equal('0123456789');
  });
});
