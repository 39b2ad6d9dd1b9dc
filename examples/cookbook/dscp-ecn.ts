/**
 * How do I set and read DSCP and ECN of datagrams?
 *
 * Both are in one byte, the upper six bits and the lower two: `IP_TOS` of ip(7);
 * `IPV6_TCLASS` for IPv6. RFC 2474, RFC 3168; nodejs/node#61489
 */
import { firstValueFrom } from 'rxjs';
import { socket } from 'uvsock';
import { AF_INET, IP_RECVTOS, IP_TOS, IPPROTO_IP, SOCK_DGRAM } from 'uvsock/constants';
import { fromRecvmsg } from 'uvsock/rx';

using server = socket(AF_INET, SOCK_DGRAM);
server.setsockopt(IPPROTO_IP, IP_RECVTOS!, true);
server.bind(AF_INET, '127.0.0.1', 0);

using client = socket(AF_INET, SOCK_DGRAM);
client.setsockopt(IPPROTO_IP, IP_TOS, (46 << 2) | 2); // expedited forwarding, ECT(0)
client.sendto(Buffer.from('hello'), server.getsockname());
const tos = (await firstValueFrom(fromRecvmsg(server))).find(IPPROTO_IP, IP_TOS)!;
console.log(`DSCP ${tos >> 2}, ECN ${tos & 3}`);
