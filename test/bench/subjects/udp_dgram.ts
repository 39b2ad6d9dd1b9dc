/** Datagrams on node:dgram: an echo, or with --sink a count. */
import { createSocket } from 'node:dgram';
import { counted } from './counting.ts';
import { listening, options } from './listening.ts';

const server = createSocket('udp4', (data, { address, port }) => {
  if (options.sink) counted();
  else server.send(data, port, address);
});
server.bind(0, '127.0.0.1', () => {
  if (Number(options.rcvbuf) > 0) server.setRecvBufferSize(Number(options.rcvbuf));
  listening(server.address().port);
});
