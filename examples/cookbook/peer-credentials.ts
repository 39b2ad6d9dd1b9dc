/**
 * Who is at the other end of a Unix socket?
 *
 * The kernel says which process and user, as they were when it connected or
 * listened. `SO_PEERCRED` of unix(7)
 */
import { socket } from 'uvsock';
import { AF_UNIX, SO_PEERCRED, SOCK_STREAM, SOL_SOCKET } from 'uvsock/constants';
import { listen } from 'uvsock/rx';

using listener = listen({ path: '' });
using client = socket(AF_UNIX, SOCK_STREAM);
client.connect(listener.getsockname());

using connection = listener.accept()!.socket;
const { pid, uid, gid } = connection.getsockopt(SOL_SOCKET, SO_PEERCRED!);
console.log(`process ${pid === process.pid ? 'this one' : pid}, user ${uid}, group ${gid}`);
