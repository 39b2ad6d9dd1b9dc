/**
 * How do I take over the sockets that systemd has opened for my service?
 *
 * They are the descriptors from 3 on, and `LISTEN_FDS` is their number. `net` takes
 * listeners of streams, those of Unix sockets not in a cluster; `listenFds` takes any
 * socket, with its name. sd_listen_fds(3); nodejs/node#44035
 */
import { spawn } from 'node:child_process';
import { firstValueFrom, mergeMap } from 'rxjs';
import { listenFds } from 'uvsock/process';
import { dial, fromRecv, listen, mergeAccept, send } from 'uvsock/rx';

const [passed] = listenFds();
if (passed?.socket) {
  using listener = passed.socket;
  await firstValueFrom(mergeAccept(listener, (connection) => send(connection, 'activated')));
} else {
  using listener = listen({ host: '127.0.0.1', port: 0 }); // here this process plays systemd
  const service = 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" "$@"';
  const [node, ...script] = [process.execPath, ...process.argv.slice(1)];
  spawn('sh', ['-c', service, node, ...script], { stdio: [0, 1, 2, listener.fd] });
  const client = dial({ host: '127.0.0.1', port: listener.getsockname().port! });
  console.log(`${await firstValueFrom(client.pipe(mergeMap((socket) => fromRecv(socket))))}`);
}
