/**
 * How do I bind a socket to a network interface?
 *
 * Then it sends and receives through that one only, whatever the routes and
 * addresses. No privilege is needed since Linux 5.7. `SO_BINDTODEVICE` of
 * socket(7); nodejs/node#35769, nodejs/node#50332
 */
import { firstValueFrom } from 'rxjs';
import { socket } from 'uvsock';
import { AF_INET, SO_BINDTODEVICE, SOCK_DGRAM, SOL_SOCKET } from 'uvsock/constants';
import { fromRecv } from 'uvsock/rx';

using server = socket(AF_INET, SOCK_DGRAM);
server.setsockopt(SOL_SOCKET, SO_BINDTODEVICE!, 'lo');
server.bind(AF_INET, '0.0.0.0', 0);

using client = socket(AF_INET, SOCK_DGRAM);
client.sendto(Buffer.from('hello'), AF_INET, '127.0.0.1', server.getsockname().port!);
const data = await firstValueFrom(fromRecv(server));
console.log(`${data} through ${server.getsockopt(SOL_SOCKET, SO_BINDTODEVICE!)}`);
