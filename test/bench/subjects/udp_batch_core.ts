/** Datagrams counted in batches, on the calls themselves. */
import { DatagramBatch, socket, watch } from 'uvsock';
import { AF_INET, IPPROTO_UDP, SO_RCVBUF, SOCK_DGRAM, SOL_SOCKET, UDP_GRO } from 'uvsock/constants';
import { countedAll } from './counting.ts';
import { listening, options } from './listening.ts';

/** Receives of one event, so that timers have their turn. */
const RECEIVES = 8;

const server = socket(AF_INET, SOCK_DGRAM);
server.setsockopt(SOL_SOCKET, SO_RCVBUF, Number(options.rcvbuf));
if (options.gro) server.setsockopt(IPPROTO_UDP, UDP_GRO!, true);
server.bind(AF_INET, '127.0.0.1', 0);
const batch = new DatagramBatch({ count: Number(options.batch), size: options.gro ? 65_535 : 2048 });

watch(server, 'readable', () => {
  for (let i = 0; i < RECEIVES; i++) {
    const n = server.recvmmsg(batch);
    if (n === null) return;
    countedAll(batch);
    if (n < batch.capacity) return;
  }
});
listening(server.getsockname().port);
