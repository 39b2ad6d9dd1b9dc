/**
 * How do I give up on a TCP peer that has gone silent?
 *
 * Without it a connection with data under way is held for a quarter of an hour.
 * With it, `ETIMEDOUT` when nothing was acknowledged for so many milliseconds, or
 * the peer has left no room. `TCP_USER_TIMEOUT` of tcp(7), RFC 5482;
 * nodejs/node#7217, nodejs/node#52048
 */
import { socket } from 'uvsock';
import { AF_INET, IPPROTO_TCP, SOCK_STREAM, TCP_USER_TIMEOUT } from 'uvsock/constants';
import { listen, send } from 'uvsock/rx';

using silent = listen({ host: '127.0.0.1', port: 0 }); // accepts nothing, reads nothing
using client = socket(AF_INET, SOCK_STREAM);
client.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT!, 500);
client.connect(silent.getsockname());
await send(client, Buffer.alloc(16 << 20))
  .forEach(() => {})
  .catch((error) => console.log(error.message));
