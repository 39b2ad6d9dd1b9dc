/**
 * How do several processes or workers listen on one port, without a master?
 *
 * Each has a listener of its own, and the kernel shares connections out by a hash
 * of the addresses. Node has it since 22.12. `SO_REUSEPORT` of socket(7);
 * nodejs/node#12228
 */
import { socket } from 'uvsock';
import { AF_INET, SOCK_STREAM } from 'uvsock/constants';
import { listen } from 'uvsock/rx';

using one = listen({ host: '127.0.0.1', port: 0, reusePort: true });
const { port } = one.getsockname();
using other = listen({ host: '127.0.0.1', port: port!, reusePort: true }); // in a worker, say
const clients = Array.from({ length: 100 }, () => socket(AF_INET, SOCK_STREAM));
for (const client of clients) client.connect(one.getsockname());

for (const [name, listener] of Object.entries({ one, other })) {
  let count = 0;
  for (let next = listener.accept(); next !== null; next = listener.accept(), count++) next.socket.close();
  console.log(`${name} has ${count}`);
}
for (const client of clients) client.close();
