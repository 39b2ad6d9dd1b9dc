import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { type Socket, socket } from 'uvsock';
import { AF_INET, SOCK_STREAM } from 'uvsock/constants';
import { needs, run, start } from '../support/programs.ts';
import { closed, expectReady, tcpListener } from '../support/sockets.ts';

const program = fileURLToPath(new URL('../../src/bin/uvsock.js', import.meta.url));
const uvsock = (...args: string[]) => run(process.execPath, [program, ...args]);

/** A listener, a connection to it, and the arguments that find these three. */
function opened(): { found: string[]; client: Socket; connection: Socket } {
  const [listener, client] = closed([tcpListener(), socket(AF_INET, SOCK_STREAM)]);
  client.connect(listener.getsockname());
  const [connection] = closed([listener.accept()!.socket]);
  // Of this process: the machine may have others of the same port, in TIME_WAIT at least.
  const found = ['--port', `${listener.getsockname().port}`, '--pid', `${process.pid}`];
  return { found, client, connection };
}

/** Sends so many bytes, and an answer that acknowledges them. */
async function pass(from: Socket, to: Socket, bytes: number): Promise<void> {
  from.send(Buffer.alloc(bytes));
  const buffer = Buffer.alloc(bytes);
  for (let got = 0; got < bytes; got += to.recv(buffer) ?? 0) await expectReady(to, 'readable');
  to.send(Buffer.from('!'));
  await expectReady(from, 'readable');
  from.recv(buffer);
}

describe('uvsock top', function () {
  this.timeout(60_000);

  it('prints the sockets of a port as JSON, with bytes and owners', async () => {
    const { found, client, connection } = opened();
    await pass(client, connection, 1000);
    const { status, output, errors } = await uvsock('top', '--once', '--json', ...found);
    expect([status, errors]).to.deep.equal([0, '']);
    const { seconds, sockets } = JSON.parse(output);
    expect(seconds).to.equal(null);
    expect(sockets).to.have.length(3);
    const entry = sockets.find(({ peer }: { peer: string }) => peer === `${client.getsockname()}`);
    expect(entry).to.include({
      protocol: 'tcp',
      state: 'ESTABLISHED',
      local: `${connection.getsockname()}`,
    });
    expect(entry.info.bytesReceived).to.equal(1000);
    expect(entry.owners).to.deep.equal([
      { pid: process.pid, name: entry.owners[0].name, fds: [connection.fd] },
    ]);
  });

  it('prints a table where there is no terminal, once', async () => {
    const { found, connection } = opened();
    const { status, output, errors } = await uvsock('top', ...found);
    expect([status, errors]).to.deep.equal([0, '']);
    const [titles, ...lines] = output.trimEnd().split('\n');
    expect(titles).to.match(/^PROTO STATE .* PROCESS$/);
    expect(lines.map((line) => line.split(/ +/)[1]).sort()).to.deep.equal([
      'ESTABLISHED',
      'ESTABLISHED',
      'LISTEN',
    ]);
    const line = lines.find((each) => each.includes(`${connection.getpeername()} `));
    expect(line).to.match(new RegExp(`/${process.pid}$`));
  });

  it('prints a line of JSON for each refresh, with rates, until it is interrupted', async () => {
    const { found, client, connection } = opened();
    await using child = start(process.execPath, program, 'top', '--json', '--interval', '0.1', ...found);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    await lines.next();
    await pass(client, connection, 100_000);
    let counted = 0;
    while (Math.round(counted) < 100_000) {
      const { seconds, sockets } = JSON.parse((await lines.next()).value);
      for (const { local, receiveRate } of sockets) {
        if (local === `${connection.getsockname()}`) counted += (receiveRate ?? 0) * seconds;
      }
    }
    expect(Math.round(counted)).to.equal(100_000);
    child.kill('SIGINT');
    const [status] = await once(child, 'exit');
    expect(status).to.equal(0);
  });

  it('ends when nobody reads any more', async () => {
    await using child = start(process.execPath, program, 'top', '--json', '--interval', '0.1');
    const exited = once(child, 'exit');
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect((await exited)[0]).to.equal(0);
  });

  for (const [key, name] of [
    ['q', 'q'],
    ['\x03', 'Ctrl-C'],
  ] as const) {
    it(`draws in a terminal until ${name}, and leaves it as it was`, async function () {
      needs(this, 'script', 'stty');
      const { found } = opened();
      const command = `stty rows 4 cols 60; '${process.execPath}' '${program}' top ${found.join(' ')}; echo "status $?"; stty -a`;
      await using child = start('script', '-qec', command, '/dev/null');
      let output = '';
      let pressed = false;
      for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
        output += chunk;
        // Once: a second Ctrl-C would be the shell's.
        if (!pressed && output.includes('... 2 more')) {
          pressed = true;
          child.stdin.write(key);
        }
        if (/[^-]echo /.test(output)) break;
      }
      const [, drawn] = output.split(/.\[\?1049[hl]/) as [string, string];
      const frame = stripVTControlCharacters(drawn.split('\x1b[H')[1]!);
      expect(frame)
        .to.match(/3 sockets/)
        .and.match(/PROTO STATE/);
      const lengths = frame.split(/\r?\n/).map((line) => line.length);
      expect(Math.max(...lengths)).to.be.within(50, 60);
      expect(output)
        .to.match(/status 0/)
        .and.match(/[^-]icanon/);
    });
  }

  it('draws without colours where NO_COLOR is set', async function () {
    needs(this, 'script');
    const { found } = opened();
    // Node decides by more of the environment: CI, FORCE_COLOR, TMUX.
    const command = (environment: string) =>
      run('script', [
        '-qec',
        `env -i ${environment} '${process.execPath}' '${program}' top --once ${found.join(' ')}`,
        '/dev/null',
      ]);
    expect((await command('TERM=xterm')).output).to.include('\x1b[1mPROTO');
    expect((await command('TERM=xterm NO_COLOR=1')).output)
      .to.include('PROTO')
      .and.not.include('\x1b');
  });

  const wrong: [args: string[], status: number, says: RegExp][] = [
    [['top', '--port', '0'], 2, /--port must be an integer from 1 to 65535/],
    [['top', '--pid', 'x'], 2, /--pid must be an integer/],
    [['top', '--interval', ''], 2, /--interval must be a number from 0\.1/],
    [['top', 'extra'], 2, /extra/],
    [['top', '--nonsense'], 2, /--nonsense/],
    [['tap'], 2, /there is no command tap/],
    [['toString'], 2, /there is no command toString/],
    [['top', '--pid', '2147483647'], 1, /there is no process 2147483647/],
  ];
  for (const [args, expected, says] of wrong) {
    it(`fails with status ${expected} for ${args.join(' ')}`, async () => {
      const { status, output, errors } = await uvsock(...args);
      expect([status, output]).to.deep.equal([expected, '']);
      expect(errors).to.match(says);
      expect(errors, 'no stack').to.not.include('    at ');
    });
  }

  it('prints help when asked', async () => {
    for (const args of [[], ['--help'], ['top', '--help']]) {
      const { status, output, errors } = await uvsock(...args);
      expect([status, errors]).to.deep.equal([0, '']);
      expect(output).to.match(/^usage: uvsock/);
    }
  });
});
