/** A file over HTTP/1.1, on sendfile. */
import { statSync } from 'node:fs';
import { concat, lastValueFrom } from 'rxjs';
import { MSG_MORE } from 'uvsock/constants';
import { listen, reader, send, sendfile, serve } from 'uvsock/rx';
import { BACKLOG, listening, options, where } from './listening.ts';

const { file } = options;
const length = statSync(file).size;
const head = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`);

const listener = listen({ ...where, backlog: BACKLOG });
serve(listener, async (connection) => {
  const from = reader(connection);
  for (;;) {
    await from.until('\r\n\r\n');
    await lastValueFrom(concat(send(connection, head, MSG_MORE), sendfile(connection, file, { length })));
  }
}).subscribe();
listening(listener.getsockname().port);
