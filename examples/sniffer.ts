/**
 * Shows the UDP packets to a port that pass an interface, which a filter in
 * the kernel picks out: packet(7), socket(7). Needs CAP_NET_RAW.
 *
 *     node dist/examples/sniffer.js [--interface lo] [--port N]
 *
 * Without a port it sends itself three packets, and stops when it has seen them.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { concatMap, finalize, from, ignoreElements, map, merge, take } from 'rxjs';
import { BPF_JUMP, BPF_STMT, makeSocketAddress, socket } from 'uvsock';
import * as c from 'uvsock/constants';
import { fromRecv, sendto } from 'uvsock/rx';

const { values } = parseArgs({
  options: { interface: { type: 'string', default: 'lo' }, port: { type: 'string' } },
});
const ETH_P_ALL = 3;
const LENGTH = 262_144;

if (c.AF_PACKET === undefined || c.SOL_PACKET === undefined)
  throw new Error('this system has no packet sockets');
const receiver = socket(c.AF_INET, c.SOCK_DGRAM);
receiver.bind(c.AF_INET, '127.0.0.1', 0);
const port = Number(values.port ?? receiver.getsockname().port);

const load = (size: number, mode: number, k: number) => BPF_STMT(c.BPF_LD! | size | mode, k);
/** Goes on if the value is `k`, and skips `missed` instructions if not. */
const must = (k: number, missed: number) => BPF_JUMP(c.BPF_JMP! | c.BPF_JEQ! | c.BPF_K!, k, 0, missed);

/** IPv4, UDP, not a later fragment, to the port: what tcpdump -d "udp dst port N" prints. */
const filter = [
  load(c.BPF_H!, c.BPF_ABS!, 12),
  must(0x0800, 8),
  load(c.BPF_B!, c.BPF_ABS!, 23),
  must(17, 6),
  load(c.BPF_H!, c.BPF_ABS!, 20),
  BPF_JUMP(c.BPF_JMP! | c.BPF_JSET! | c.BPF_K!, 0x1fff, 4, 0),
  BPF_STMT(c.BPF_LDX! | c.BPF_B! | c.BPF_MSH!, 14),
  load(c.BPF_H!, c.BPF_IND!, 16),
  must(port, 1),
  BPF_STMT(c.BPF_RET! | c.BPF_K!, LENGTH),
  BPF_STMT(c.BPF_RET! | c.BPF_K!, 0),
];

const sniffer = socket(c.AF_PACKET, c.SOCK_RAW, 0);
// Before it is bound: until then it receives nothing.
sniffer.setsockopt(c.SOL_SOCKET, c.SO_ATTACH_FILTER!, filter);
sniffer.setsockopt(c.SOL_PACKET, c.PACKET_IGNORE_OUTGOING!, true);
const index = Number(readFileSync(`/sys/class/net/${values.interface}/ifindex`, 'utf8'));
sniffer.bind(makeSocketAddress(c.AF_PACKET, ETH_P_ALL, index));
console.log(`sniffing on ${values.interface} for UDP to port ${port}`);

/** An Ethernet frame with an IPv4 packet with a UDP datagram in it. */
function lineOf(frame: Buffer): string {
  const ip = frame.subarray(14);
  const udp = ip.subarray(4 * (ip[0]! & 15));
  const address = (at: number) => [...ip.subarray(at, at + 4)].join('.');
  const payload = udp.subarray(8, udp.readUInt16BE(4));
  return `${address(12)}:${udp.readUInt16BE(0)} > ${address(16)}:${udp.readUInt16BE(2)} ${payload.length} B ${JSON.stringify(payload.toString())}`;
}

const own = values.port === undefined;
const packets = fromRecv(sniffer).pipe(map(lineOf), take(own ? 3 : Number.POSITIVE_INFINITY));
const sending = from(own ? ['one', 'two', 'three'] : []).pipe(
  concatMap((text) => sendto(receiver, text, { address: '127.0.0.1', port })),
  ignoreElements(),
);
merge(packets, sending)
  .pipe(
    finalize(() => {
      sniffer.close();
      receiver.close();
    }),
  )
  .subscribe((line) => console.log(line));
