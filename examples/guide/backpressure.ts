/**
 * What a pause of the reader does to a TCP connection, step by step: the samples
 * behind the guide's picture, as lines of comma-separated values.
 *
 *     node dist/examples/guide/backpressure.js > examples/guide/backpressure.csv
 *
 * A source makes 8 KiB each millisecond, but not while `sendAll` is full. The
 * reader pauses, and reads on when the source has stood still for a while.
 */
import { BehaviorSubject, filter, finalize, firstValueFrom, interval, map, takeWhile, tap, zip } from 'rxjs';
import { socket } from 'uvsock';
import * as c from 'uvsock/constants';
import { fromAccept, fromConnect, fromRecv, fromTcpInfo, listen, sendAll } from 'uvsock/rx';

const listener = listen({ host: '127.0.0.1', port: 0 }); // what is accepted has its options
listener.setsockopt(c.SOL_SOCKET, c.SO_RCVBUF, 128 << 10);
listener.setsockopt(c.IPPROTO_TCP, c.TCP_MAXSEG, 1460); // as on Ethernet, not loopback's 64 KiB
const open = () => {
  const opened = socket(c.AF_INET, c.SOCK_STREAM);
  opened.setsockopt(c.SOL_SOCKET, c.SO_SNDBUF, 128 << 10);
  return opened;
};
const connecting = fromConnect(open, listener.getsockname());
const [sender, { socket: receiver }] = await firstValueFrom(zip(connecting, fromAccept(listener)));
listener.close();

const readerPaused = new BehaviorSubject(false);
const reading = fromRecv(receiver, { pauseWhile: readerPaused }).subscribe();

const sourceStopped = new BehaviorSubject(false);
let queued = 0;
const sending = interval(1)
  .pipe(
    filter(() => !sourceStopped.value),
    map(() => Buffer.alloc(8 << 10)),
    tap((chunk) => {
      queued += chunk.length;
    }),
    sendAll(sender, { highWaterMark: 256 << 10, fullObserver: sourceStopped }),
  )
  .subscribe((length) => {
    queued -= length;
  });

/** Samples so far, with the reader reading and with the source standing still. */
const count = { reading: 0, standing: 0 };
const begin = performance.now();
console.log('time,readerPaused,sourceStopped,window,unread,unsent,queued');
fromTcpInfo(sender, 2)
  .pipe(
    tap(({ sndWnd }) => {
      console.log(
        [
          Math.round(performance.now() - begin), // milliseconds
          Number(readerPaused.value),
          Number(sourceStopped.value),
          sndWnd, // what the receiver's kernel allows to be sent, in bytes as all that follow
          receiver.bytesReadable(), // in the receiver's kernel, not read yet
          sender.bytesUnsent(), // in the sender's kernel, not sent or not acknowledged yet
          queued, // in the queue of sendAll
        ].join(','),
      );
      if (!readerPaused.value) count.reading++;
      else if (sourceStopped.value) count.standing++;
      readerPaused.next(count.reading >= 40 && count.standing < 40);
    }),
    takeWhile(() => count.reading < 80),
    finalize(() => {
      sending.unsubscribe();
      reading.unsubscribe();
      for (const each of [sender, receiver]) each.close();
    }),
  )
  .subscribe();
