/** Datagrams through uvsock/rx: an echo, or with --sink a count. */
import { socket } from 'uvsock';
import { AF_INET, SOCK_DGRAM } from 'uvsock/constants';
import { fromRecv, mergeRecvfrom, sendto } from 'uvsock/rx';
import { counted } from './counting.ts';
import { listening, options } from './listening.ts';

const server = socket(AF_INET, SOCK_DGRAM);
server.bind(AF_INET, '127.0.0.1', 0);
if (options.sink) fromRecv(server, { maxPerTurn: 64 }).subscribe(() => counted());
else {
  mergeRecvfrom(server, ({ data, address }) => sendto(server, data, address!), {
    maxPerTurn: 64,
  }).subscribe();
}
listening(server.getsockname().port);
