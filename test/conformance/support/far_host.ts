/**
 * A program: the far host of network.test.ts. Echoes UDP and TCP on port 7,
 * and what is sent to its multicast groups; with Node's own sockets, so that
 * the library is not tested against itself.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { ECHO, GROUP, GROUP6 } from './places.ts';

for (const type of ['udp4', 'udp6'] as const) {
  const udp = createSocket({ type, ipv6Only: type === 'udp6' });
  udp.on('message', (message, { address, port }) => udp.send(message, port, address));
  udp.bind(ECHO);
  await once(udp, 'listening');
  if (type === 'udp4') udp.addMembership(GROUP, '10.9.3.2');
  else udp.addMembership(GROUP6, '::%side');
}

const tcp = createServer((connection) => connection.pipe(connection));
tcp.listen(ECHO, '::');
await once(tcp, 'listening');
console.log('ready');
