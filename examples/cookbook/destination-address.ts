/**
 * To which of my addresses was a datagram sent?
 *
 * A server on 0.0.0.0 must know, to answer from there: see
 * [udp-same-address](../udp-same-address.ts). `IP_PKTINFO` of ip(7);
 * nodejs/node#1649, nodejs/node#54483
 */
import { firstValueFrom } from 'rxjs';
import { socket } from 'uvsock';
import { AF_INET, IP_PKTINFO, IPPROTO_IP, SOCK_DGRAM } from 'uvsock/constants';
import { fromRecvmsg } from 'uvsock/rx';

using server = socket(AF_INET, SOCK_DGRAM);
server.setsockopt(IPPROTO_IP, IP_PKTINFO!, true);
server.bind(AF_INET, '0.0.0.0', 0);

using client = socket(AF_INET, SOCK_DGRAM);
client.sendto(Buffer.from('hello'), AF_INET, '127.0.0.2', server.getsockname().port!);
const message = await firstValueFrom(fromRecvmsg(server));
const { address, ifindex } = message.find(IPPROTO_IP, IP_PKTINFO!)!;
console.log(`${message.data} to ${address} through interface ${ifindex}`);
