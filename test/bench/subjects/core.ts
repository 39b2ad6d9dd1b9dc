/** An echo server on the calls themselves, as examples/echo-tcp.ts, with the unsent rest kept only where there is one. */
import { type AddressLike, type Socket, socket, watch } from 'uvsock';
import { AF_INET, AF_UNIX, SO_REUSEPORT, SOCK_STREAM, SOL_SOCKET } from 'uvsock/constants';
import { BACKLOG, listening, options } from './listening.ts';

const buffer = Buffer.allocUnsafeSlow(65536);
const unsent = new Map<Socket, Buffer>();

function close(connection: Socket): void {
  unsent.delete(connection);
  connection.close();
}

function echo(connection: Socket): void {
  try {
    if (unsent.has(connection)) return;
    const n = connection.recv(buffer);
    if (n === null) return;
    if (n === 0) {
      close(connection);
      return;
    }
    const sent = connection.send(buffer, 0, 0, n) ?? 0;
    if (sent < n) sendLater(connection, Buffer.from(buffer.subarray(sent, n)));
  } catch {
    close(connection);
  }
}

/** Until the rest is gone, nothing more is received. */
function sendLater(connection: Socket, rest: Buffer): void {
  unsent.set(connection, rest);
  const waiting = watch(connection, 'writable', () => {
    try {
      const sent = connection.send(rest);
      if (sent === null) return;
      rest = rest.subarray(sent);
      if (rest.length > 0) return;
      unsent.delete(connection);
      waiting[Symbol.dispose]();
      connection.rearm('readable');
    } catch {
      close(connection);
    }
  });
}

const { unix, port } = options;
const address: AddressLike =
  unix === undefined ? { address: '127.0.0.1', port: Number(port) } : { path: unix };
const listener = socket(unix === undefined ? AF_INET : AF_UNIX, SOCK_STREAM);
if (options['reuse-port']) listener.setsockopt(SOL_SOCKET, SO_REUSEPORT, true);
listener.bind(address);
listener.listen(BACKLOG);
watch(listener, 'readable', () => {
  for (let accepted = listener.accept(); accepted !== null; accepted = listener.accept()) {
    const connection = accepted.socket;
    watch(connection, 'readable', () => echo(connection));
  }
});
listening(listener.getsockname().port);
