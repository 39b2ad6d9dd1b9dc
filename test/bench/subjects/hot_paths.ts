/** Makes one of the native calls a given number of times, for a tool that counts its instructions. */
import { type Socket, socket, socketpair, watch } from 'uvsock';
import { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from 'uvsock/constants';

const [, , path = '', times = '0'] = process.argv;
const count = Number(times);
const buffer = Buffer.alloc(64);

/** How many notifications come, one after the other. */
function events(): void {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  let left = count;
  const watching = watch(b, 'readable', () => {
    b.recv(buffer);
    if (--left > 0) a.send(buffer);
    else watching[Symbol.dispose]();
  });
  a.send(buffer);
}

function pass(a: Socket, b: Socket): void {
  a.send(buffer);
  b.recv(buffer);
}

function stream(work: (a: Socket, b: Socket) => void): void {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM);
  for (let i = 0; i < count; i++) work(a, b);
}

function datagrams(): void {
  const a = socket(AF_INET, SOCK_DGRAM);
  a.bind(AF_INET, '127.0.0.1', 0);
  const self = a.getsockname();
  for (let i = 0; i < count; i++) {
    a.sendto(buffer, self);
    a.recvfrom(buffer);
  }
}

const paths: Record<string, () => void> = {
  recv: () => stream(pass),
  send: () => stream(pass),
  'recv, would block': () => stream((a) => a.recv(buffer)),
  recvfrom: datagrams,
  sendto: datagrams,
  event: events,
};
paths[path]?.();
