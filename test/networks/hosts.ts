/**
 * The network of these tests, made of namespaces; a program on each host makes
 * sockets there, which this process uses:
 *
 *   client --- near --- wire --- far --- server
 *
 * What is on the wire is forwarded by a LossyWire.
 */
import type { Context } from 'mocha';
import { lastValueFrom } from 'rxjs';
import type { Socket } from 'uvsock';
import { AF_INET, SOCK_DGRAM, SOCK_STREAM } from 'uvsock/constants';
import { fromConnect } from 'uvsock/rx';
import { HostSockets } from '../support/host_sockets.ts';
import { Network, namespacesMissing } from '../support/namespaces.ts';
import { randomOf, SEED } from '../support/scale.ts';
import { closed, expectReady } from '../support/sockets.ts';
import { LossyWire, NO_FAULTS } from './lossy_wire.ts';

export const CLIENT = '10.8.1.1';
export const SERVER = '10.8.1.2';
export const SERVER6 = 'fd08::2';

export interface Hosts {
  readonly network: Network;
  readonly wire: LossyWire;
  /** Sockets of a host, closed after the test. */
  open(host: 'client' | 'server', family: number, style: number): Promise<Socket>;
  /** A TCP connection over the wire. */
  connection(): Promise<[client: Socket, server: Socket]>;
  /** A TCP listener of the server. */
  listener(address?: string): Promise<Socket>;
  /** A UDP socket of the server with a port, and one of the client. */
  datagrams(): Promise<[client: Socket, server: Socket]>;
}

/** Accepts one connection. */
export async function accepted(listener: Socket): Promise<Socket> {
  await expectReady(listener, 'readable');
  return closed([listener.accept()!.socket])[0];
}

/** Makes the network before the tests of a `describe`, and the wire whole before each. */
export function hosts(): Hosts {
  let network!: Network;
  let wire!: LossyWire;
  const makers = new Map<string, HostSockets>();

  before(async function (this: Context) {
    this.timeout(60_000);
    const missing = namespacesMissing();
    if (missing !== undefined) {
      console.log(`      skipped: ${missing}`);
      this.skip();
    }
    network = new Network('client', 'wire', 'server');
    network.wire('near', 'client', 'wire');
    network.wire('far', 'wire', 'server');
    for (const [host, name, four, six] of [
      ['client', 'near', CLIENT, 'fd08::1'],
      ['server', 'far', SERVER, SERVER6],
    ] as const) {
      network.ip(host, `address add ${four}/24 dev ${name}`);
      network.ip(host, `address add ${six}/64 nodad dev ${name}`);
      // A frame each, as a network card would have them.
      network.ip(host, `link set ${name} gso_max_segs 1`);
      const unlimited = 'echo 0 | tee /proc/sys/net/ipv4/icmp_ratelimit /proc/sys/net/ipv6/icmp/ratelimit';
      network.run(host, 'sh', '-c', unlimited);
    }
    for (const host of ['client', 'wire', 'server']) makers.set(host, await HostSockets.start(network, host));
    wire = await LossyWire.between(network, 'wire', makers.get('wire')!, ['near', 'far'], randomOf(SEED));
  });

  beforeEach(() => {
    wire.faults = NO_FAULTS;
    wire.silent = false;
  });

  after(() => {
    wire?.[Symbol.dispose]();
    for (const each of makers.values()) each[Symbol.dispose]();
    network?.[Symbol.dispose]();
  });

  const open = async (host: 'client' | 'server', family: number, style: number) =>
    closed([await makers.get(host)!.socket(family, style)])[0];
  const listener = async (address = SERVER) => {
    const made = await open('server', AF_INET, SOCK_STREAM);
    made.bind(AF_INET, address, 0);
    made.listen();
    return made;
  };
  return {
    get network() {
      return network;
    },
    get wire() {
      return wire;
    },
    open,
    listener,
    async connection() {
      const to = await listener();
      const client = await open('client', AF_INET, SOCK_STREAM);
      const connecting = lastValueFrom(fromConnect(client, to.getsockname()));
      return [await connecting, await accepted(to)];
    },
    async datagrams() {
      const server = await open('server', AF_INET, SOCK_DGRAM);
      server.bind(AF_INET, SERVER, 0);
      return [await open('client', AF_INET, SOCK_DGRAM), server];
    },
  };
}
