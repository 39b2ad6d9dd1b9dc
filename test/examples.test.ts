import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

/** Starts an example; its output is collected. */
function start(name: string, ...args: string[]) {
  const path = fileURLToPath(new URL(`../examples/${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = Promise.all([text(child.stdout), text(child.stderr)]).then((parts) => parts.join(''));
  const status = once(child, 'exit').then(([code]) => code as number | null);
  return { child, output, status };
}

describe('examples', function () {
  this.timeout(60_000);

  const finite: [name: string, args: string[], expected: RegExp][] = [
    ['every-core', [], /\d workers on 127\.0\.0\.1:\d+\n(worker \d+: \d+\n)+all have ended/],
    ['fan-in', [], /240000 lines sent on, 240000 received/],
    ['http-get', [], /hello from node:http/],
    ['http-server', [], /hello 127\.0\.0\.1, you asked for \/by-fetch\n[\s\S]*\/by-a-stream/],
    ['interfaces', [], /link 1 lo up\n[\s\S]*address 127\.0\.0\.1\/8 of lo/],
    ['mdns', [], /uvsock\.local has the address 192\.0\.2\.7/],
    ['never-blocking', [], /with 1000 sockets that wait/],
    ['notify', [], /hears "READY=1\\nSTATUS=[\s\S]*ready\\nand willing\\n"\n[\s\S]*hears "STOPPING=1"/],
    ['reactive-server', ['--seconds', '1', '--connections', '8'], /every byte came back as it was sent/],
    ['reactive-server', ['--help'], /--serve/],
    ['reconnecting-client', [], /again in 200 ms.*says: hello, third time lucky/s],
    [
      'restart',
      [],
      /answers by the first server\n\d+ answers by the second server\n0 of \d+ connections lost/,
    ],
    ['traceroute', [], /^1 {2}127\.0\.0\.1 {2}[\d.]+ ms {2}ECONNREFUSED/],
    [
      'udp-same-address',
      [],
      /127\.0\.0\.2 says: you asked 127\.0\.0\.2\n127\.0\.0\.3 says: you asked 127\.0\.0\.3/,
    ],
    ['tcp-balancer', [], /60 answers\nserved: 0, [1-9]\d*, [1-9]\d*\n/],
    ['statsd', [], /failures: (\d+) of \1\n.*that was all: \d+, \d+ a second/s],
    ['udp-echo', [], /20000 answers, every byte as it was sent/],
    ['udp-collector', [], /datagrams: .*that was all/s],
    ['unix-datagrams', [], /THREE from unix:/],
    ['unix-rpc', [], /^(?=.*^6 = 6)(?=.*^4 \+ 5 = 9)(?=.*^1 \+ 2 \+ 3 = 6)/ms],
  ];
  for (const [name, args, expected] of finite) {
    it(`${[name, ...args].join(' ')} runs to its end`, async () => {
      const { output, status } = start(name, ...args);
      const text = await output;
      expect(text, text).to.match(expected);
      expect(await status).to.equal(0);
    });
  }

  /** Waits for the port that a server says it listens on, and has it echo a line. */
  async function echoes(server: ReturnType<typeof start>): Promise<void> {
    const [line] = (await once(server.child.stdout, 'data')) as [Buffer];
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(line.toString())?.[1]);
    const client = createConnection(port, '127.0.0.1');
    client.write('ping');
    const [reply] = (await once(client, 'data')) as [Buffer];
    expect(reply.toString()).to.equal('ping');
    client.end();
    await once(client, 'close');
  }

  it('reactive-server --serve echoes until it is interrupted', async () => {
    const server = start('reactive-server', '--serve', '--tcp', '0', '--udp', '0');
    await echoes(server);
    server.child.kill('SIGINT');
    expect(await server.status).to.equal(0);
    expect(await server.output).to.match(/stopped; echoes: tcp 1/);
  });

  it('tcp-proxy carries to a server and back until it is interrupted', async () => {
    const server = start('tcp-proxy');
    await echoes(server);
    server.child.kill('SIGINT');
    expect(await server.status).to.equal(0);
  });

  it('chat tells all what one says', async () => {
    const server = start('chat');
    const [line] = (await once(server.child.stdout, 'data')) as [Buffer];
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(line.toString())?.[1]);
    const guests = [0, 1, 2].map(() => createConnection(port, '127.0.0.1'));
    const numbers = await Promise.all(guests.map((guest) => once(guest, 'data').then(String)));
    const [speaker, ...others] = guests as [Socket, Socket, Socket];
    const heard = others.map((guest) => once(guest, 'data').then(String));
    speaker.write('hel');
    speaker.write('lo\n');
    const said = numbers[0]!.replace(/you are (guest \d)\n/, '$1: hello\n');
    expect(await Promise.all(heard)).to.deep.equal([said, said]);
    server.child.kill('SIGINT');
    expect(await server.status).to.equal(0);
  });

  it('echo-tcp echoes until it is interrupted', async () => {
    const server = start('echo-tcp');
    await echoes(server);
    server.child.kill('SIGINT');
    expect(await server.status).to.equal(0);
  });
});
