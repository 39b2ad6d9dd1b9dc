/**
 * How do I hand an open file, a connection or a listener to another process?
 *
 * Descriptors go along with a message on a Unix socket, to any program, not only
 * to a child with an IPC channel. `SCM_RIGHTS` of unix(7); nodejs/help#345
 */
import { openSync, readFileSync } from 'node:fs';
import { socketpair } from 'uvsock';
import { AF_UNIX, SCM_RIGHTS, SOCK_STREAM, SOL_SOCKET } from 'uvsock/constants';

const [one, other] = socketpair(AF_UNIX, SOCK_STREAM); // the other could be in another process
const file = openSync('/proc/sys/kernel/ostype', 'r');
one.sendmsg({ data: Buffer.from('!'), control: [{ level: SOL_SOCKET, type: SCM_RIGHTS, data: [file] }] });

const [received] = other.recvmsg(Buffer.alloc(1))!.find(SOL_SOCKET, SCM_RIGHTS)!;
console.log(`read from what was passed: ${readFileSync(received!.detach(), 'utf8').trim()}`); // of a socket: adopt()
for (const each of [one, other]) each.close();
