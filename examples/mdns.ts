/**
 * A multicast DNS responder for one name (RFC 6762): joins 224.0.0.251 on an
 * interface and answers who asks for the address of NAME.local.
 *
 *     node dist/examples/mdns.js [--name NAME] [--address A] [--interface ADDRESS] [--serve]
 *
 * Without --serve it asks itself, on loopback.
 */
import { parseArgs } from 'node:util';
import { filter, finalize, map, merge, take, timeout } from 'rxjs';
import { makeSocketAddress, type Socket, socket } from 'uvsock';
import {
  AF_INET,
  IP_ADD_MEMBERSHIP,
  IP_MULTICAST_IF,
  IP_MULTICAST_TTL,
  IPPROTO_IP,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOL_SOCKET,
} from 'uvsock/constants';
import { fromRecv, mergeRecvfrom, sendto } from 'uvsock/rx';

const { values } = parseArgs({
  options: {
    name: { type: 'string', default: 'uvsock' },
    address: { type: 'string', default: '192.0.2.7' },
    interface: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '5353' },
    serve: { type: 'boolean', default: false },
  },
});
const GROUP = '224.0.0.251';
const [A, ANY, IN] = [1, 255, 1];
const group = makeSocketAddress(AF_INET, GROUP, Number(values.port));
const name = `${values.name}.local`;

/** Names are labels with their lengths in front, RFC 1035. */
function encodeName(text: string): Buffer {
  const labels = text.split('.').map((label) => Buffer.from(label));
  return Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), label]), Buffer.of(0)]);
}

interface Question {
  name: string;
  type: number;
}

/** The first question of a query; undefined if it is none, or malformed. */
function questionOf(packet: Buffer): Question | undefined {
  if (packet.length < 12 || packet.readUInt16BE(2) & 0x8000 || packet.readUInt16BE(4) === 0) return undefined;
  const labels: string[] = [];
  let at = 12;
  for (let length = packet[at] ?? 0; length > 0 && length < 64; length = packet[at] ?? 0) {
    labels.push(packet.toString('utf8', at + 1, at + 1 + length));
    at += 1 + length;
  }
  if (at + 5 > packet.length) return undefined;
  return { name: labels.join('.').toLowerCase(), type: packet.readUInt16BE(at + 1) };
}

const header = (flags: number, questions: number, answers: number) => {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16BE(flags, 2);
  bytes.writeUInt16BE(questions, 4);
  bytes.writeUInt16BE(answers, 6);
  return bytes;
};

/** One address record: unique (the cache-flush bit), good for two minutes. */
function answer(): Buffer {
  const record = Buffer.alloc(10);
  record.writeUInt16BE(A);
  record.writeUInt16BE(IN | 0x8000, 2);
  record.writeUInt32BE(120, 4);
  record.writeUInt16BE(4, 8);
  const address = Buffer.from(values.address.split('.').map(Number));
  return Buffer.concat([header(0x8400, 0, 1), encodeName(name), record, address]);
}

/** A socket that hears the group; others on this host may listen, too. */
function member(): Socket {
  const opened = socket(AF_INET, SOCK_DGRAM);
  opened.setsockopt(SOL_SOCKET, SO_REUSEADDR, true);
  opened.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, values.interface);
  opened.setsockopt(IPPROTO_IP, IP_MULTICAST_TTL, 255);
  opened.bind(group);
  opened.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, { multiaddr: GROUP, interface: values.interface });
  return opened;
}

const responder = member();
console.log(`answering for ${name} on ${values.interface}`);
const responses = mergeRecvfrom(responder, ({ data }) => {
  const question = questionOf(data);
  const asked = question?.name === name.toLowerCase() && (question.type === A || question.type === ANY);
  return asked ? sendto(responder, answer(), group).pipe(map(() => 'answered')) : [];
});

if (values.serve) responses.subscribe((line) => console.log(line));
else {
  const client = member();
  const query = Buffer.concat([header(0, 1, 0), encodeName(name), Buffer.of(0, A, 0, IN)]);
  const replies = fromRecv(client).pipe(
    filter((packet) => packet.length > 12 && (packet.readUInt16BE(2) & 0x8000) !== 0),
    map((packet) => `${name} has the address ${[...packet.subarray(-4)].join('.')}`),
    timeout(5000),
  );
  merge(responses, replies, sendto(client, query, group).pipe(map(() => 'asked')))
    .pipe(
      take(3),
      finalize(() => {
        responder.close();
        client.close();
      }),
    )
    .subscribe((line) => console.log(line));
}
