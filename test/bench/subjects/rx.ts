/** An echo server through mergeRecv and send. */
import { listen, mergeAccept, mergeRecv, send } from 'uvsock/rx';
import { BACKLOG, listening, options, where } from './listening.ts';

const listener = listen({ ...where, backlog: BACKLOG });
const { reuse } = options;
mergeAccept(listener, (connection) =>
  mergeRecv(connection, (chunk) => send(connection, chunk), { reuse }),
).subscribe();
listening(listener.getsockname().port);
