/** node:http and fetch on uvsock's sockets: the server's connections come from accepts, as streams. */
import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import { text } from 'node:stream/consumers';
import { socket } from 'uvsock';
import { AF_INET, IPPROTO_TCP, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, TCP_FASTOPEN } from 'uvsock/constants';
import { accepts, SocketStream } from 'uvsock/stream';

const listener = socket(AF_INET, SOCK_STREAM);
listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, true);
if (TCP_FASTOPEN !== undefined) listener.setsockopt(IPPROTO_TCP, TCP_FASTOPEN, 16); // node:net cannot
listener.bind(AF_INET, '127.0.0.1', 0);
listener.listen();

const server = createServer((request, response) => {
  response.end(`hello ${request.socket.remoteAddress}, you asked for ${request.url}\n`);
});
async function serve() {
  for await (const { socket: connection } of accepts(listener)) {
    server.emit('connection', new SocketStream(connection, { allowHalfOpen: true, noDelay: true }));
  }
}

const serving = serve();
const port = listener.getsockname().port as number;

console.log(
  await (await fetch(`http://127.0.0.1:${port}/by-fetch`, { headers: { connection: 'close' } })).text(),
);

const agent = new Agent({ keepAlive: true });
Object.assign(agent, { createConnection: () => new SocketStream().connect(port, '127.0.0.1') });
const [response] = await once(get({ port, path: '/by-a-stream', agent }), 'response');
console.log(await text(response));

agent.destroy();
listener.close(); // ends the loop of accepts
await serving;
