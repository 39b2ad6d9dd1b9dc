/** Datagrams sent through uvsock/rx. */
import { concatMap, range } from 'rxjs';
import { makeSocketAddress, socket } from 'uvsock';
import { AF_INET, SOCK_DGRAM } from 'uvsock/constants';
import { sendto } from 'uvsock/rx';
import { counted, data, HOST, over, port, SENDS } from './sending.ts';

const sender = socket(AF_INET, SOCK_DGRAM);
const receiver = makeSocketAddress(AF_INET, HOST, port);

function turn(): void {
  range(0, SENDS)
    .pipe(concatMap(() => sendto(sender, data, receiver)))
    .subscribe({
      next: () => counted(),
      complete: () => {
        if (!over()) setImmediate(turn);
      },
    });
}
turn();
