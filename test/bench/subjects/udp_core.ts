/** Datagrams on the calls themselves: an echo, or with --sink a count. */
import { socket, watch } from 'uvsock';
import { AF_INET, SOCK_DGRAM } from 'uvsock/constants';
import { counted } from './counting.ts';
import { listening, options } from './listening.ts';

/** Receives of one event, so that timers have their turn. */
const RECEIVES = 64;

const server = socket(AF_INET, SOCK_DGRAM);
server.bind(AF_INET, '127.0.0.1', 0);
const buffer = Buffer.allocUnsafeSlow(65536);

function sink(): void {
  for (let i = 0; i < RECEIVES && server.recv(buffer) !== null; i++) counted();
}

function echo(): void {
  for (let i = 0; i < RECEIVES; i++) {
    const received = server.recvfrom(buffer);
    if (received === null) return;
    server.sendto(buffer.subarray(0, received.bytes), received.address!);
  }
}

watch(server, 'readable', options.sink ? sink : echo);
listening(server.getsockname().port);
