/**
 * How do I tell the machine's own queues which packets go first?
 *
 * The queueing discipline of the interface (tc(8)) sorts by it; beyond 6 it takes
 * CAP_NET_ADMIN. What routers see is the traffic class, [dscp-ecn](dscp-ecn.ts).
 * `SO_PRIORITY` of socket(7)
 */
import { socket } from 'uvsock';
import { AF_INET, SO_PRIORITY, SOCK_DGRAM, SOL_SOCKET } from 'uvsock/constants';

using voice = socket(AF_INET, SOCK_DGRAM);
voice.setsockopt(SOL_SOCKET, SO_PRIORITY!, 6);
voice.connect(AF_INET, '127.0.0.1', 9);
voice.send(Buffer.from('now'));
console.log(`sent with priority ${voice.getsockopt(SOL_SOCKET, SO_PRIORITY!)}`);
