/** What the system is like: rows that depend on it ask before they run. */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { type SystemError, socket } from 'uvsock';
import * as constants from 'uvsock/constants';
import type { Need } from './table.ts';

/** The constants; all are there where the suite runs, which is Linux. */
export const c = constants as { [Name in keyof typeof constants]: NonNullable<(typeof constants)[Name]> };

/** The value of a kernel parameter, sysctl(8). */
export function sysctl(name: string): string {
  return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim();
}

/** Needs a kernel parameter to have the value that the row was written for. */
export const whereSysctl =
  (name: string, value: string | number): Need =>
  () => {
    try {
      const found = sysctl(name);
      return found === String(value) ? undefined : `${name} is ${found}, not ${value}`;
    } catch {
      return `there is no ${name}`;
    }
  };

/** Needs the kernel to have places left for connections in TIME-WAIT, which tests of load may take up. */
export const whereTimeWaitHasRoom: Need = () => {
  const waiting = Number(/ tw (\d+)/.exec(readFileSync('/proc/net/sockstat', 'utf8'))?.[1]);
  const most = Number(sysctl('net.ipv4.tcp_max_tw_buckets'));
  return waiting < most ? undefined : `${waiting} connections are in TIME-WAIT, as many as there may be`;
};

const CAPABILITIES = { CAP_NET_BIND_SERVICE: 10, CAP_NET_ADMIN: 12, CAP_NET_RAW: 13 } as const;

/** Whether this process has a capability, capabilities(7). */
function capable(name: keyof typeof CAPABILITIES): boolean {
  const [, effective] = /^CapEff:\s+([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return ((BigInt(`0x${effective}`) >> BigInt(CAPABILITIES[name])) & 1n) === 1n;
}

/** Needs a capability. */
export const can =
  (name: keyof typeof CAPABILITIES): Need =>
  () =>
    capable(name) ? undefined : `it takes ${name}`;

/** Needs to be without a capability. */
export const cannot =
  (name: keyof typeof CAPABILITIES): Need =>
  () =>
    capable(name) ? `this process has ${name}` : undefined;

/** Needs a kind of socket that a kernel may be built without. */
export const opens =
  (family: number | undefined, style: number, protocol = 0): Need =>
  () => {
    try {
      socket(family ?? -1, style, protocol).close();
      return undefined;
    } catch (error) {
      return `socket(${family}, ${style}, ${protocol}) is ${(error as SystemError).code}`;
    }
  };

/** Needs IPv6 on loopback. */
export const ipv6: Need = () =>
  Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'))
    ? undefined
    : 'loopback has no IPv6 address';

/** Needs constants that the system's headers may be too old for. */
export const hasConstants =
  (...names: string[]): Need =>
  () => {
    const missing = names.filter((name) => constants.constants[name] === undefined);
    return missing.length === 0 ? undefined : `the headers lack ${missing.join(', ')}`;
  };
