import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { type Socket, socket } from 'uvsock';
import { AF_INET, SOCK_STREAM } from 'uvsock/constants';
import { closed, tcpListener, udpSocket } from '../support/sockets.ts';

/** Starts a program as systemd starts a service: descriptors from 3 on, and its pid in the environment. */
async function service(source: string, passed: readonly number[], variables: string): Promise<string> {
  const prelude = `
    import { listenFds } from 'uvsock/process';
    const told = () => listenFds().map(({ name, fd, socket }) => {
      // Not left to the collector, which would tell.
      process.on('exit', () => socket?.close());
      return \`\${name} \${fd} \${socket && (socket.style === ${SOCK_STREAM} ? 'stream' : 'datagram')}\`;
    });
    const code = () => { try { return told(); } catch (error) { return error.code; } };
  `;
  const child = spawn(
    'sh',
    [
      '-c',
      `${variables} exec "$0" "$@"`,
      process.execPath,
      '--input-type=module',
      '--eval',
      prelude + source,
    ],
    { stdio: ['ignore', 'pipe', 'pipe', ...passed] },
  );
  const [output, errors] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  return output + errors;
}

const numbers = (...sockets: Socket[]) => sockets.map(({ fd }) => fd);
const TOLD = 'console.log(code())';

describe('listenFds', () => {
  it('gives the sockets that were passed, by name, and works on them', async () => {
    const [listener, datagrams] = closed([tcpListener(), udpSocket()]);
    const [client] = closed([socket(AF_INET, SOCK_STREAM)]);
    client.connect(listener.getsockname());
    const output = await service(
      `
      const [web, metrics] = listenFds();
      console.log(web.name, web.socket.getsockname().port, metrics.name, metrics.socket.getsockname().port);
      const { socket } = web.socket.accept();
      console.log(String(socket.getpeername()));
      for (const each of [web.socket, metrics.socket, socket]) each.close();
      `,
      numbers(listener, datagrams),
      'export LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=web:metrics;',
    );
    const [one, other] = [listener, datagrams].map((each) => each.getsockname().port);
    expect(output).to.equal(`web ${one} metrics ${other}\n${client.getsockname()}\n`);
  });

  it('names what has no name unknown, and tells what is no socket', async () => {
    const [a] = closed([udpSocket()]);
    const file = openSync('/dev/null', 'r');
    const output = await service(TOLD, [a.fd, file], 'export LISTEN_PID=$$ LISTEN_FDS=2;');
    closeSync(file);
    expect(output).to.equal("[ 'unknown 3 datagram', 'unknown 4 null' ]\n");
  });

  it('gives them once, and leaves nothing to children', async () => {
    const [listener] = closed([tcpListener()]);
    const output = await service(
      `
      import { execFileSync } from 'node:child_process';
      console.log(told().length, told().length);
      console.log(Object.keys(process.env).filter((name) => name.startsWith('LISTEN_')));
      console.log(String(execFileSync('sh', ['-c', 'test -e /proc/self/fd/3; echo $? $LISTEN_FDS'])).trim());
      `,
      numbers(listener),
      'export LISTEN_PID=$$ LISTEN_PIDFDID=1 LISTEN_FDS=1 LISTEN_FDNAMES=web;',
    );
    expect(output).to.equal('1 0\n[]\n1\n');
  });

  it('gives none where the variables are another process’s, or missing', async () => {
    const [listener] = closed([tcpListener()]);
    for (const variables of [
      'LISTEN_PID=1 LISTEN_FDS=1',
      'LISTEN_FDS=1',
      'LISTEN_PID=$$',
      'LISTEN_PID= LISTEN_FDS=1',
    ]) {
      expect(await service(TOLD, numbers(listener), `export ${variables};`), variables).to.equal('[]\n');
    }
  });

  it('fails where the variables contradict each other, and owns nothing then', async () => {
    const [listener] = closed([tcpListener()]);
    const wrong: [variables: string, code: string][] = [
      ['LISTEN_FDS=-1', 'ERR_INVALID_ARG_VALUE'],
      ['LISTEN_FDS=1x', 'ERR_INVALID_ARG_VALUE'],
      ['LISTEN_FDS=1 LISTEN_FDNAMES=a:b', 'ERR_INVALID_ARG_VALUE'],
      ['LISTEN_FDS=1000', 'EBADF'],
    ];
    for (const [variables, code] of wrong) {
      const output = await service(
        `
        import { Socket } from 'uvsock';
        console.log(code());
        Socket.adopt(3).close();
        `,
        numbers(listener),
        `export LISTEN_PID=$$ ${variables};`,
      );
      expect(output, variables).to.equal(`${code}\n`);
    }
  });
});
