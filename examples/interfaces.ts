/**
 * The network's interfaces and addresses, and then every change of them, from
 * the kernel over netlink (rtnetlink(7)).
 *
 *     node dist/examples/interfaces.js [--watch]
 *
 * Without --watch it ends after what there is now.
 */
import { endianness } from 'node:os';
import { concatMap, finalize, from, map, merge, takeWhile } from 'rxjs';
import { inetNtop, makeSocketAddress, socket } from 'uvsock';
import * as c from 'uvsock/constants';
import { type NetlinkMessage, netlinkAttributes, netlinkMessages, netlinkRequest } from 'uvsock/netlink';
import { fromRecv, send } from 'uvsock/rx';

const LITTLE = endianness() === 'LE';
const u32 = (bytes: Buffer, at: number) => (LITTLE ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));

const names = new Map<number, string>();

/** struct ifinfomsg; IFLA_IFNAME is 3, IFF_UP is 1. */
function linkLine(payload: Buffer, gone: boolean): string {
  const index = u32(payload, 4);
  const name = netlinkAttributes(payload.subarray(16)).get(3)?.toString('utf8').replace(/\0$/, '') ?? '?';
  names.set(index, name);
  return `link ${index} ${name} ${gone ? 'is gone' : u32(payload, 8) & 1 ? 'up' : 'down'}`;
}

/** struct ifaddrmsg; IFA_LOCAL is 2 and goes before IFA_ADDRESS, which is 1. */
function addressLine(payload: Buffer, gone: boolean): string {
  const attributes = netlinkAttributes(payload.subarray(8));
  const bytes = attributes.get(2) ?? attributes.get(1) ?? Buffer.alloc(0);
  const integer = BigInt(`0x${bytes.toString('hex') || 0}`);
  const text = bytes.length === 4 ? inetNtop(c.AF_INET, Number(integer)) : inetNtop(c.AF_INET6, integer);
  return `address ${text}/${payload[1]} of ${names.get(u32(payload, 4)) ?? '?'}${gone ? ' is gone' : ''}`;
}

function lineOf({ type, payload }: NetlinkMessage): string | undefined {
  if (type === c.RTM_NEWLINK || type === c.RTM_DELLINK) return linkLine(payload, type === c.RTM_DELLINK);
  if (type === c.RTM_NEWADDR || type === c.RTM_DELADDR) return addressLine(payload, type === c.RTM_DELADDR);
  return undefined;
}

/** Asks for all there are; struct rtgenmsg is a family, of which 0 is any. */
const dump = (type = 0) => netlinkRequest({ type, flags: c.NLM_F_DUMP ?? 0, payload: Buffer.alloc(1) });

if (c.AF_NETLINK === undefined) throw new Error('this system has no netlink');
const route = socket(c.AF_NETLINK, c.SOCK_RAW, c.NETLINK_ROUTE);
const groups = (c.RTMGRP_LINK ?? 0) | (c.RTMGRP_IPV4_IFADDR ?? 0) | (c.RTMGRP_IPV6_IFADDR ?? 0);
route.bind(makeSocketAddress(c.AF_NETLINK, 0, groups));

// One dump at a time: the second is asked for when the first is over.
let dumps = 0;
const messages = fromRecv(route).pipe(concatMap((bytes) => from([...netlinkMessages(bytes)])));
const lines = messages.pipe(
  concatMap((message) => {
    if (message.type !== c.NLMSG_DONE) return [lineOf(message)];
    if (++dumps === 1) return send(route, dump(c.RTM_GETADDR)).pipe(map(() => undefined));
    return [null];
  }),
  takeWhile((line) => line !== null || process.argv.includes('--watch')),
);

merge(lines, send(route, dump(c.RTM_GETLINK)))
  .pipe(finalize(() => route.close()))
  .subscribe((line) => {
    if (typeof line === 'string') console.log(line);
  });
