/**
 * When did a datagram arrive, not: when did my program get to it?
 *
 * The kernel's time in nanoseconds comes with the datagram. `SO_TIMESTAMPNS` of
 * socket(7); `SO_TIMESTAMPING` has the network card's, and those of sending
 */
import { firstValueFrom } from 'rxjs';
import { socket } from 'uvsock';
import { AF_INET, SO_TIMESTAMPNS, SOCK_DGRAM, SOL_SOCKET } from 'uvsock/constants';
import { fromRecvmsg } from 'uvsock/rx';

using server = socket(AF_INET, SOCK_DGRAM);
server.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS!, true);
server.bind(AF_INET, '127.0.0.1', 0);

using client = socket(AF_INET, SOCK_DGRAM);
client.sendto(Buffer.from('hello'), server.getsockname());
const arrived = (await firstValueFrom(fromRecvmsg(server))).find(SOL_SOCKET, SO_TIMESTAMPNS!)!;
console.log(`arrived at ${arrived} ns, ${BigInt(Date.now()) - arrived / 1_000_000n} ms ago`);
