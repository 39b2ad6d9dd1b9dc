/** Datagrams sent by node:dgram. */
import { createSocket } from 'node:dgram';
import { counted, data, HOST, over, port, SENDS } from './sending.ts';

const sender = createSocket('udp4');
let waiting = 0;

function done(): void {
  counted();
  if (--waiting === 0 && !over()) turn();
}

function turn(): void {
  waiting = SENDS;
  for (let i = 0; i < SENDS; i++) sender.send(data, port, HOST, done);
}
turn();
