/** Protocol numbers by name, getprotoent(3), without NSS: that may ask the network, and block. */
import { readFileSync } from 'node:fs';
import { invalidArgType, outOfRange } from './errors.ts';

/** A protocol of the Internet, as in protocols(5). */
export interface Protocol {
  /** The official name. */
  name: string;
  /** Other names. */
  aliases: string[];
  /** The number, as in the `protocol` argument of `socket` and in IP headers. */
  proto: number;
}

/** The protocols that a socket can have, so that the usual ones need no file. */
const BUILT_IN = `
ip 0 IP
icmp 1 ICMP
igmp 2 IGMP
ipencap 4 IP-ENCAP
tcp 6 TCP
udp 17 UDP
dccp 33 DCCP
ipv6 41 IPv6
gre 47 GRE
esp 50 IPSEC-ESP
ah 51 IPSEC-AH
ipv6-icmp 58 IPv6-ICMP
pim 103 PIM
sctp 132 SCTP
udplite 136 UDPLite
mptcp 262 MPTCP
`;

/** Lines of protocols(5): name, number, aliases, comment. */
function parse(text: string): Protocol[] {
  const protocols: Protocol[] = [];
  for (const line of text.split('\n')) {
    const [name, number, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (name && number && /^\d+$/.test(number)) protocols.push({ name, aliases, proto: Number(number) });
  }
  return protocols;
}

const builtIn = parse(BUILT_IN);
let installed: Protocol[] | undefined;

function find(matches: (protocol: Protocol) => boolean): Protocol | null {
  const found = builtIn.find(matches) ?? readInstalled().find(matches);
  // A copy: what the caller does to it is nobody else's business.
  return found === undefined ? null : { ...found, aliases: [...found.aliases] };
}

/** /etc/protocols, read once, and only for what the built-in table lacks; small systems have none. */
function readInstalled(): Protocol[] {
  if (installed === undefined) {
    try {
      installed = parse(readFileSync('/etc/protocols', 'utf8'));
    } catch {
      installed = [];
    }
  }
  return installed;
}

/**
 * The protocol of that name or alias, getprotobyname(3), case as in the file:
 * from a built-in table, then from /etc/protocols; never from the network.
 *
 * @example
 * getprotobyname('udp')?.proto; // 17
 *
 * @param name As `'tcp'` or `'TCP'`.
 * @returns `null` if there is none.
 */
export function getprotobyname(name: string): Protocol | null {
  if (typeof name !== 'string') throw invalidArgType('name', 'of type string', name);
  return find((protocol) => protocol.name === name || protocol.aliases.includes(name));
}

/**
 * The protocol of that number, getprotobynumber(3); see {@link getprotobyname}.
 *
 * @example
 * getprotobynumber(6)?.name; // 'tcp'
 *
 * @param proto As in the header of IPv4.
 * @returns `null` if there is none.
 */
export function getprotobynumber(proto: number): Protocol | null {
  if (typeof proto !== 'number') throw invalidArgType('proto', 'of type number', proto);
  if (!Number.isSafeInteger(proto)) throw outOfRange('proto', 'an integer', proto);
  return find((protocol) => protocol.proto === proto);
}
