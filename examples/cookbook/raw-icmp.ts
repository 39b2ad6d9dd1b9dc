/**
 * How do I send and receive ICMP?
 *
 * A raw socket takes CAP_NET_RAW. With IPv6 the kernel computes the checksum and
 * filters by type; for IPv4 see [ping](../ping.ts). icmp(7), RFC 3542;
 * nodejs/node#7631
 */
import { firstValueFrom } from 'rxjs';
import { socket } from 'uvsock';
import { AF_INET6, ICMP6_ECHO_REPLY, ICMP6_FILTER, IPPROTO_ICMPV6, SOCK_RAW } from 'uvsock/constants';
import { fromRecvfrom } from 'uvsock/rx';

using icmp = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
icmp.setsockopt(IPPROTO_ICMPV6, ICMP6_FILTER!, [ICMP6_ECHO_REPLY!]);
icmp.sendto(Buffer.from([128, 0, 0, 0, 0, 7, 0, 1, ...Buffer.from('hello')]), { address: '::1', port: 0 });
const { data, address } = await firstValueFrom(fromRecvfrom(icmp));
console.log(`type ${data[0]} from ${address?.address}: ${data.subarray(8)}`);
