/**
 * How do I send datagrams through a Unix socket?
 *
 * `node:dgram` has UDP only. Nothing is lost or reordered, and a full receiver is
 * told to the sender: `sendto` returns `null`. unix(7); nodejs/node#29339
 */
import { firstValueFrom } from 'rxjs';
import { socket } from 'uvsock';
import { AF_UNIX, SOCK_DGRAM } from 'uvsock/constants';
import { fromRecvfrom } from 'uvsock/rx';

using server = socket(AF_UNIX, SOCK_DGRAM);
server.bind(AF_UNIX, ''); // a path, or as here a name of the kernel's choice
using client = socket(AF_UNIX, SOCK_DGRAM);
client.bind(AF_UNIX, ''); // only who has a name can be answered

client.sendto(Buffer.from('hello'), server.getsockname());
const { data, address } = await firstValueFrom(fromRecvfrom(server));
console.log(`${data} from ${address}`);
