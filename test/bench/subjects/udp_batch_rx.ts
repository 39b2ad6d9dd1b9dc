/** Datagrams counted in batches, through uvsock/rx. */
import { socket } from 'uvsock';
import { AF_INET, SO_RCVBUF, SOCK_DGRAM, SOL_SOCKET } from 'uvsock/constants';
import { fromRecvmmsg } from 'uvsock/rx';
import { countedAll } from './counting.ts';
import { listening, options } from './listening.ts';

const server = socket(AF_INET, SOCK_DGRAM);
server.setsockopt(SOL_SOCKET, SO_RCVBUF, Number(options.rcvbuf));
server.bind(AF_INET, '127.0.0.1', 0);
const { gro, reuse } = options;

fromRecvmmsg(server, { count: Number(options.batch), gro, reuse }).subscribe(countedAll);
listening(server.getsockname().port);
