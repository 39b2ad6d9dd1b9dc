/** An echo server on the calls themselves, as examples/echo-tcp.ts, with the unsent rest kept only where there is one. */
import { type Socket, watch } from 'uvsock';
import { listen } from 'uvsock/rx';
import { BACKLOG, listening, where } from './listening.ts';

const buffer = Buffer.allocUnsafeSlow(65536);

function echo(connection: Socket): void {
  let unsent: Buffer | null = null;
  const close = () => connection.close();

  /** Sends the rest; returns whether it is gone. */
  const flush = (): boolean => {
    while (unsent !== null) {
      const sent = connection.send(unsent);
      if (sent === null) return false;
      unsent = sent === unsent.length ? null : unsent.subarray(sent);
    }
    return true;
  };

  watch(connection, 'readable', () => {
    try {
      if (unsent !== null) return;
      const n = connection.recv(buffer);
      if (n === null) return;
      if (n === 0) return close();
      const sent = connection.send(buffer, 0, 0, n) ?? 0;
      if (sent === n) return;
      unsent = Buffer.from(buffer.subarray(sent, n));
      const waiting = watch(connection, 'writable', () => {
        try {
          if (!flush()) return;
          waiting[Symbol.dispose]();
          connection.rearm('readable');
        } catch {
          close();
        }
      });
    } catch {
      close();
    }
  });
}

const listener = listen({ ...where, backlog: BACKLOG });
watch(listener, 'readable', () => {
  for (let accepted = listener.accept(); accepted !== null; accepted = listener.accept())
    echo(accepted.socket);
});
listening(listener.getsockname().port);
