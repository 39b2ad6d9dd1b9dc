/**
 * How do I join a multicast group for one sender only?
 *
 * Routers and the kernel then keep other senders' datagrams away: RFC 4607.
 * `dgram` can join like this, too, but neither block a sender nor change a whole
 * filter: `IP_BLOCK_SOURCE`, `IP_MSFILTER`, `MCAST_MSFILTER`.
 * `IP_ADD_SOURCE_MEMBERSHIP` of ip(7)
 */
import { firstValueFrom } from 'rxjs';
import { socket } from 'uvsock';
import { AF_INET, IP_ADD_SOURCE_MEMBERSHIP, IP_MULTICAST_IF, IPPROTO_IP, SOCK_DGRAM } from 'uvsock/constants';
import { fromRecvfrom } from 'uvsock/rx';

const group = '232.7.7.7';
using receiver = socket(AF_INET, SOCK_DGRAM);
receiver.bind(AF_INET, group, 0);
const only = { multiaddr: group, sourceaddr: '127.0.0.2', interface: '127.0.0.1' };
receiver.setsockopt(IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP!, only);

for (const from of ['127.0.0.1', '127.0.0.2']) {
  using sender = socket(AF_INET, SOCK_DGRAM);
  sender.bind(AF_INET, from, 0);
  sender.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, '127.0.0.1');
  sender.sendto(Buffer.from(`from ${from}`), receiver.getsockname());
}
console.log(`the first that arrives is ${(await firstValueFrom(fromRecvfrom(receiver))).data}`);
