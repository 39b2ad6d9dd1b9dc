/**
 * How do I learn that a UDP datagram was refused?
 *
 * A connected socket's next call fails with `ECONNREFUSED`. An unconnected one has
 * an error queue: which datagram, to whom, and who says so. `IP_RECVERR` of ip(7);
 * nodejs/node-v0.x-archive#1985
 */
import { firstValueFrom } from 'rxjs';
import { socket } from 'uvsock';
import { AF_INET, IP_RECVERR, IPPROTO_IP, SOCK_DGRAM } from 'uvsock/constants';
import { fromErrorQueue } from 'uvsock/rx';

using gone = socket(AF_INET, SOCK_DGRAM);
gone.bind(AF_INET, '127.0.0.1', 0);
const nobody = gone.getsockname();
gone.close(); // now the port is nobody's

using client = socket(AF_INET, SOCK_DGRAM);
client.setsockopt(IPPROTO_IP, IP_RECVERR!, true);
client.sendto(Buffer.from('anybody there?'), nobody);
const { error, data, offender } = await firstValueFrom(fromErrorQueue(client));
console.log(`${error?.code} for "${data}", says ${offender?.address}`);
