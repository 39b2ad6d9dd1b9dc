/**
 * How do I use a Unix socket that leaves no file behind?
 *
 * A name that begins with NUL is in the abstract namespace of Linux: no
 * permissions, no stale files, gone with its last socket. Node 20 has it, too, for
 * streams; here sockets of any style have it, and the kernel chooses a name for
 * the empty path. unix(7)
 */
import { firstValueFrom, mergeMap } from 'rxjs';
import { dial, fromRecv, listen, send, serve } from 'uvsock/rx';

using listener = listen({ path: `\0cookbook-${process.pid}` });
console.log(`listening on ${listener.getsockname()}`);
const serving = serve(listener, (connection) => send(connection, 'no file needed')).subscribe();

const answer = dial({ path: `\0cookbook-${process.pid}` }).pipe(mergeMap((client) => fromRecv(client)));
console.log(`${await firstValueFrom(answer)}`);
serving.unsubscribe();
