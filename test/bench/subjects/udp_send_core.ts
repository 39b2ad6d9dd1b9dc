/** Datagrams sent by the calls themselves. */
import { makeSocketAddress, ready, socket } from 'uvsock';
import { AF_INET, SOCK_DGRAM } from 'uvsock/constants';
import { counted, data, HOST, over, port, SENDS } from './sending.ts';

const sender = socket(AF_INET, SOCK_DGRAM);
const receiver = makeSocketAddress(AF_INET, HOST, port);

async function turn(): Promise<void> {
  for (let i = 0; i < SENDS; i++) {
    if (sender.sendto(data, receiver) === null) await ready(sender, 'writable');
    else counted();
  }
  if (!over()) setImmediate(turn);
}
turn();
