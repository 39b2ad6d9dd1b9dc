/**
 * A UDP server on all addresses that answers from the one it was asked on:
 * from another, a client that has connected its socket does not accept it
 * (ip(7), IP_PKTINFO).
 *
 *     node dist/examples/udp-same-address.js [--serve]
 *
 * Without --serve it asks itself on three addresses.
 */
import { concatMap, EMPTY, finalize, from, map, mergeMap, take } from 'rxjs';
import { socket } from 'uvsock';
import { AF_INET, IP_PKTINFO, IPPROTO_IP, SOCK_DGRAM } from 'uvsock/constants';
import { fromRecv, fromRecvmsg, send } from 'uvsock/rx';

if (IP_PKTINFO === undefined) throw new Error('this system does not tell where a datagram was sent to');
const packetInfo = IP_PKTINFO;

const server = socket(AF_INET, SOCK_DGRAM);
server.setsockopt(IPPROTO_IP, packetInfo, true);
server.bind(AF_INET, '0.0.0.0', 0);
const { port = 0 } = server.getsockname();
console.log(`serving on 0.0.0.0:${port}`);

fromRecvmsg(server).subscribe((message) => {
  const info = message.find(IPPROTO_IP, packetInfo);
  if (message.address === null || info === undefined) return;
  // Without room the answer is lost, as a datagram may be.
  server.sendmsg({
    data: Buffer.from(`you asked ${info.specDst}`),
    address: message.address,
    control: [{ level: IPPROTO_IP, type: packetInfo, data: { specDst: info.specDst } }],
  });
});

/** Asks on an address; a connected socket hears only what comes from there. */
function ask(address: string) {
  const client = socket(AF_INET, SOCK_DGRAM);
  client.connect(AF_INET, address, port);
  return send(client, 'who are you?').pipe(
    mergeMap(() => fromRecv(client)),
    take(1),
    map((answer) => `${address} says: ${answer}`),
    finalize(() => client.close()),
  );
}

const asked = process.argv.includes('--serve') ? EMPTY : from(['127.0.0.1', '127.0.0.2', '127.0.0.3']);
asked.pipe(concatMap(ask)).subscribe({
  next: (line) => console.log(line),
  complete: () => {
    if (asked !== EMPTY) server.close();
  },
});
