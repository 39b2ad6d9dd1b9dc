/**
 * The network that the tests of this folder use, and sockets on its hosts:
 *
 *   client --- near --- (wire) --- far --- proxy --- back --- server
 *
 * `wire` runs test/fixtures/lossy_wire.ts between near and far, which is one
 * network for the hosts at its ends.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { lastValueFrom } from 'rxjs';
import { type Family, ready, type Socket, socket } from 'uvsock';
import {
  AF_INET,
  AF_UNIX,
  IPPROTO_TCP,
  SCM_RIGHTS,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_USER_TIMEOUT,
} from 'uvsock/constants';
import { fromConnect } from 'uvsock/rx';
import type { Harm, WireCounts } from '../../fixtures/lossy_wire.ts';
import { Network, namespacesMissing } from '../../support/namespaces.ts';
import { skip } from '../../support/probes.ts';
import { SEED } from '../../support/scale.ts';
import { closed } from '../../support/sockets.ts';

export const CLIENT = '10.7.1.1';
export const PROXY = '10.7.1.2';
export const SERVER = '10.7.2.2';
export type Host = 'client' | 'proxy' | 'server';

/** Starts a program of test/fixtures on a host; what it complains of is shown. */
function run(network: Network, host: string, name: string, ...args: string[]) {
  const path = fileURLToPath(new URL(`../../fixtures/${name}.js`, import.meta.url));
  const child = network.start(host, process.execPath, path, ...args);
  child.stderr.on('data', (complaint) => process.stderr.write(complaint));
  return child;
}

/** Opens sockets on a host. */
class Lender implements Disposable {
  readonly #channel: Socket;

  private constructor(channel: Socket) {
    this.#channel = channel;
  }

  static async on(network: Network, host: Host): Promise<Lender> {
    const folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
    using listener = socket(AF_UNIX, SOCK_SEQPACKET);
    try {
      listener.bind(AF_UNIX, join(folder, 'lender'));
      listener.listen();
      run(network, host, 'lend_sockets', join(folder, 'lender'));
      await ready(listener, 'readable');
      return new Lender(listener.accept()!.socket);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  async socket(family: Family, style: number, protocol: number): Promise<Socket> {
    this.#channel.send(Buffer.from(JSON.stringify([family, style, protocol])));
    await ready(this.#channel, 'readable');
    const lent = this.#channel.recvmsg(Buffer.alloc(1))?.find(SOL_SOCKET, SCM_RIGHTS)?.[0];
    if (lent === undefined) throw new Error('the host has lent no socket');
    return lent.adopt();
  }

  [Symbol.dispose](): void {
    this.#channel.close();
  }
}

/** The lossy wire, which does no harm until it is told to. */
class LossyWire {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  }

  static async on(network: Network): Promise<LossyWire> {
    const wire = new LossyWire(run(network, 'wire', 'lossy_wire', String(SEED), 'near', 'far'));
    await wire.#line();
    return wire;
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the wire has ended');
    return value;
  }

  /** From now on does this; what is not said stays as it is. Resolves with the counts until now. */
  async harm(harm: Partial<Harm>): Promise<WireCounts> {
    this.#child.stdin.write(`${JSON.stringify(harm)}\n`);
    return JSON.parse(await this.#line());
  }
}

export class LossyNetwork implements Disposable {
  readonly network: Network;
  readonly wire: LossyWire;
  readonly #lenders: Record<Host, Lender>;

  private constructor(network: Network, wire: LossyWire, lenders: Record<Host, Lender>) {
    this.network = network;
    this.wire = wire;
    this.#lenders = lenders;
  }

  static async make(): Promise<LossyNetwork> {
    const network = new Network('client', 'wire', 'proxy', 'server');
    // The wire has nothing to say of its own.
    network.run('wire', 'sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6');
    network.wire('near', 'client', 'wire');
    network.wire('far', 'wire', 'proxy');
    network.wire('back', 'proxy', 'server');
    const addresses = [
      ['client', 'near', CLIENT],
      ['proxy', 'far', PROXY],
      ['proxy', 'back', '10.7.2.1'],
      ['server', 'back', SERVER],
    ] as const;
    for (const [host, wire, address] of addresses) {
      network.ip(host, `address add ${address}/24 dev ${wire}`);
      // Frames as long as on a real wire, however many bytes TCP has.
      network.ip(host, `link set ${wire} gso_max_segs 1`);
    }
    const wire = await LossyWire.on(network);
    const [client, proxy, server] = await Promise.all([
      Lender.on(network, 'client'),
      Lender.on(network, 'proxy'),
      Lender.on(network, 'server'),
    ]);
    return new LossyNetwork(network, wire, { client, proxy, server });
  }

  /** A socket on a host; the caller's. */
  socket(host: Host, family: Family, style: number, protocol = 0): Promise<Socket> {
    return this.#lenders[host].socket(family, style, protocol);
  }

  /** A TCP listener on a host, closed after the test. */
  async listener(host: Host, address: string): Promise<Socket> {
    const [listener] = closed([await this.socket(host, AF_INET, SOCK_STREAM)]);
    listener.bind(AF_INET, address, 0);
    listener.listen();
    return listener;
  }

  /**
   * A client connected to the proxy's host, over the wire, and the other end;
   * both give up when nothing is acknowledged for `patience` milliseconds.
   */
  async tcpPair(patience: number): Promise<[client: Socket, peer: Socket]> {
    const listener = await this.listener('proxy', PROXY);
    const [client] = closed([await this.socket('client', AF_INET, SOCK_STREAM)]);
    await lastValueFrom(fromConnect(client, listener.getsockname()));
    await ready(listener, 'readable');
    const [peer] = closed([listener.accept()!.socket]);
    listener.close();
    for (const end of [client, peer]) end.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT!, patience);
    return [client, peer];
  }

  [Symbol.dispose](): void {
    for (const lender of Object.values(this.#lenders)) lender[Symbol.dispose]();
    this.network[Symbol.dispose]();
  }
}

/** A network for the tests of a `describe`, which are skipped where there can be none. */
export function lossyNetwork(): () => LossyNetwork {
  let network: LossyNetwork | undefined;
  before(async function () {
    this.timeout(60_000);
    const missing = namespacesMissing();
    if (missing !== undefined) skip(this, missing);
    network = await LossyNetwork.make();
  });
  after(() => network?.[Symbol.dispose]());
  return () => network as LossyNetwork;
}
