/** An echo server through a pipeline of five of RxJS's operators. */
import { catchError, EMPTY, filter, map, scan, tap } from 'rxjs';
import { listen, mergeAccept, mergeRecv, send } from 'uvsock/rx';
import { BACKLOG, listening, where } from './listening.ts';

const listener = listen({ ...where, backlog: BACKLOG });
let total = 0;
mergeAccept(listener, (connection) =>
  mergeRecv(connection, (chunk) => send(connection, chunk)).pipe(
    filter((length) => length > 0),
    map((length) => ({ length })),
    scan((sum, { length }) => sum + length, 0),
    tap(() => total++),
    catchError(() => EMPTY),
  ),
).subscribe();
listening(listener.getsockname().port);
