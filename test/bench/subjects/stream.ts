/** The echo server of net.ts, on SocketStream. */

import { listen } from 'uvsock/rx';
import { accepts, SocketStream } from 'uvsock/stream';
import { BACKLOG, listening, where } from './listening.ts';

const listener = listen({ ...where, backlog: BACKLOG });
listening(listener.getsockname().port);
for await (const { socket } of accepts(listener)) {
  const connection = new SocketStream(socket);
  connection.on('data', (chunk) => connection.write(chunk));
  connection.on('error', () => connection.destroy());
}
