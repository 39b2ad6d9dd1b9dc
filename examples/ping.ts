/**
 * Asks a host for an echo once a second, as ping(8) does: through a ping
 * socket where net.ipv4.ping_group_range allows it, through a raw one
 * otherwise (icmp(7), raw(7)).
 *
 *     node dist/examples/ping.js [--count N] [--interval MS] [address]
 */
import { isIPv6 } from 'node:net';
import { parseArgs } from 'node:util';
import { concatMap, filter, finalize, interval, map, merge, startWith, take, tap, timeout } from 'rxjs';
import { type Socket, SystemError, socket } from 'uvsock';
import * as c from 'uvsock/constants';
import { fromRecvmsg, sendto } from 'uvsock/rx';

const { values, positionals } = parseArgs({
  options: { count: { type: 'string', default: '3' }, interval: { type: 'string', default: '1000' } },
  allowPositionals: true,
});
const host = positionals[0] ?? '127.0.0.1';
const count = Number(values.count);
const v6 = isIPv6(host);

/** What differs between the versions. */
const { family, protocol, request, reply } = v6
  ? { family: c.AF_INET6, protocol: c.IPPROTO_ICMPV6, request: 128, reply: 129 }
  : { family: c.AF_INET, protocol: c.IPPROTO_ICMP, request: 8, reply: 0 };

function open(): { icmp: Socket; raw: boolean } {
  try {
    return { icmp: socket(family, c.SOCK_DGRAM, protocol), raw: false };
  } catch (error) {
    if (!(error instanceof SystemError && error.code === 'EACCES')) throw error;
    return { icmp: socket(family, c.SOCK_RAW, protocol), raw: true };
  }
}

const { icmp, raw } = open();
if (v6) icmp.setsockopt(c.IPPROTO_IPV6, c.IPV6_RECVHOPLIMIT, true);
else icmp.setsockopt(c.IPPROTO_IP, c.IP_RECVTTL, true);
const id = process.pid & 0xffff;

/** RFC 1071. The kernel computes it for IPv6, and for ping sockets. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** An echo request, RFC 792, RFC 4443, with the time of sending. */
function echo(sequence: number): Buffer {
  const packet = Buffer.alloc(64);
  packet.writeUInt8(request);
  packet.writeUInt16BE(id, 4);
  packet.writeUInt16BE(sequence, 6);
  packet.writeDoubleBE(performance.now(), 8);
  packet.writeUInt16BE(checksum(packet), 2);
  return packet;
}

const requests = interval(Number(values.interval)).pipe(
  startWith(-1),
  take(count),
  map((index) => index + 2),
  concatMap((sequence) => sendto(icmp, echo(sequence), { address: host, port: 0 })),
  filter(() => false),
);

const replies = fromRecvmsg(icmp).pipe(
  // A raw IPv4 socket gets the IP header, too, and everybody's packets.
  map((message) => ({
    message,
    packet: raw && !v6 ? message.data.subarray(4 * (message.data[0]! & 15)) : message.data,
  })),
  filter(({ packet }) => packet[0] === reply && (!raw || packet.readUInt16BE(4) === id)),
  map(({ message, packet }) => {
    const time = (performance.now() - packet.readDoubleBE(8)).toFixed(3);
    const hops = v6 ? message.find(c.IPPROTO_IPV6, c.IPV6_HOPLIMIT) : message.find(c.IPPROTO_IP, c.IP_TTL);
    return `${packet.length} bytes from ${message.address?.address}: seq=${packet.readUInt16BE(6)} ttl=${hops} time=${time} ms`;
  }),
  take(count),
  timeout({ each: 2000 + Number(values.interval) }),
);

console.log(`PING ${host} through a ${raw ? 'raw' : 'ping'} socket`);
merge(requests, replies)
  .pipe(
    take(count),
    tap((line) => console.log(line)),
    finalize(() => icmp.close()),
  )
  .subscribe({
    error: (error: Error) => {
      console.log(error.message);
      process.exitCode = 1;
    },
  });
