/**
 * Tells systemd that a service is ready (sd_notify(3)) and writes to its
 * journal (systemd's native protocol), both as datagrams to Unix sockets.
 *
 *     NOTIFY_SOCKET=/run/systemd/notify node dist/examples/notify.js
 *
 * Where there is no systemd it plays its part itself, and prints what comes.
 */
import { concat, defer, finalize, map, merge, of, take } from 'rxjs';
import { type Socket, SocketAddress, socket } from 'uvsock';
import { AF_UNIX, SOCK_DGRAM } from 'uvsock/constants';
import { sdNotify } from 'uvsock/process';
import { fromRecv, sendto } from 'uvsock/rx';

/** A field of a journal entry; a value with a newline has its length in front. */
function field(name: string, value: string): Buffer {
  if (!value.includes('\n')) return Buffer.from(`${name}=${value}\n`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(value)));
  return Buffer.concat([Buffer.from(`${name}\n`), length, Buffer.from(`${value}\n`)]);
}

function journal(sender: Socket, path: string, fields: Record<string, string | number>) {
  const entry = Object.entries(fields).map(([name, value]) => field(name, String(value)));
  return sendto(sender, Buffer.concat(entry), { path });
}

const { NOTIFY_SOCKET, JOURNAL_SOCKET = '/run/systemd/journal/socket' } = process.env;

/** Who plays systemd; on a name that the kernel chooses. */
const stage = socket(AF_UNIX, SOCK_DGRAM);
stage.bind(SocketAddress.parse('unix:'));
const own = `@${stage.getsockname().path?.slice(1)}`;
const plays = NOTIFY_SOCKET === undefined;
process.env.NOTIFY_SOCKET ??= own;

const sender = socket(AF_UNIX, SOCK_DGRAM);
/** What it says is one datagram each, which the manager takes at once or later: null. */
const tell = (state: Record<string, string | number>) => defer(() => of(sdNotify(state)));
const saying = concat(
  tell({ READY: 1, STATUS: 'waiting for work', MAINPID: process.pid }),
  defer(() =>
    journal(sender, plays ? own.replace('@', '\0') : JOURNAL_SOCKET, {
      PRIORITY: 6,
      SYSLOG_IDENTIFIER: 'notify',
      MESSAGE: 'ready\nand willing',
    }),
  ),
  tell({ STOPPING: 1 }),
);
const heard = fromRecv(stage).pipe(
  take(plays ? 3 : 0),
  map((message) => `systemd hears ${JSON.stringify(message.toString())}`),
);

merge(heard, saying.pipe(map((told) => `told: ${told}`)))
  .pipe(
    finalize(() => {
      sender.close();
      stage.close();
    }),
  )
  .subscribe({
    next: (line) => console.log(line),
    error: (error: Error) => {
      console.log(error.message);
      process.exitCode = 1;
    },
  });
