/** Datagrams sent through uvsock/rx, which makes batches of them. */
import { Subject } from 'rxjs';
import { makeSocketAddress, socket } from 'uvsock';
import { AF_INET, SOCK_DGRAM } from 'uvsock/constants';
import { type SendItem, sendBatches } from 'uvsock/rx';
import { batch, counted, data, gso, HOST, over, port } from './sending.ts';

const sender = socket(AF_INET, SOCK_DGRAM);
const address = makeSocketAddress(AF_INET, HOST, port);
const items = new Subject<SendItem>();
items.pipe(sendBatches(sender, { address, gso: gso > 1 })).subscribe(counted);

function turn(): void {
  for (let i = 0; i < batch * gso; i++) items.next(data);
  // Behind the sending, which is for the end of the turn.
  if (!over()) setImmediate(turn);
}
turn();
