/**
 * How do I send data with the first packet of a connection?
 *
 * TCP Fast Open saves a round trip, from the second connection on, when the client
 * has the server's cookie: `connect` says "connected" at once, and what is sent
 * next goes with the SYN. The server needs 2 in net.ipv4.tcp_fastopen.
 * `TCP_FASTOPEN`, `TCP_FASTOPEN_CONNECT` of tcp(7), RFC 7413; nodejs/node#8066
 */
import { firstValueFrom } from 'rxjs';
import { socket } from 'uvsock';
import {
  AF_INET,
  IPPROTO_TCP,
  SOCK_STREAM,
  TCP_FASTOPEN,
  TCP_FASTOPEN_CONNECT,
  TCP_INFO,
} from 'uvsock/constants';
import { fromRecv, listen, send, serve } from 'uvsock/rx';

using listener = listen({ host: '127.0.0.1', port: 0 });
listener.setsockopt(IPPROTO_TCP, TCP_FASTOPEN!, 16); // as many may wait for the handshake's end
const serving = serve(listener, (connection) => send(connection, 'hello')).subscribe();

for (const time of ['first', 'second']) {
  using client = socket(AF_INET, SOCK_STREAM);
  client.setsockopt(IPPROTO_TCP, TCP_FASTOPEN_CONNECT!, true);
  client.connect(listener.getsockname());
  await firstValueFrom(send(client, 'early'));
  await firstValueFrom(fromRecv(client));
  const { options } = client.getsockopt(IPPROTO_TCP, TCP_INFO!);
  console.log(`${time} time: data in the SYN: ${options.synData ? 'yes' : 'no'}`);
}
serving.unsubscribe();
