/** What the network and packet filters say, as programs see it: tcp(7), udp(7), ip(7), icmp(7). */
import { expect } from 'chai';
import { firstValueFrom, lastValueFrom, merge, take, toArray } from 'rxjs';
import { makeSocketAddress, type Socket, type SystemError } from 'uvsock';
import * as c from 'uvsock/constants';
import { fromConnect, fromErrorQueue, fromRecv, pump, relay, send, sendto } from 'uvsock/rx';
import { skip } from '../support/probes.ts';
import { needs } from '../support/programs.ts';
import { scaled } from '../support/scale.ts';
import { closed, codeOf, expectReady, tcpPair } from '../support/sockets.ts';
import { lossyNetwork, PROXY } from './support/lossy_network.ts';

/** Nobody listens there; a rule of the packet filter answers first. */
const PORT = 4711;
const there = makeSocketAddress(c.AF_INET, PROXY, PORT);
/** So many milliseconds without an acknowledgement, TCP_USER_TIMEOUT. */
const PATIENCE = 100;

/** What a host answers to packets, and what programs make of it. */
interface Treatment {
  target: string;
  /** ICMP's code of destination unreachable; null if it is no such answer. */
  icmp: number | null;
  connecting: string;
  established: string;
  /** Whether ICMP means it for good: only then a connected datagram socket hears of it without IP_RECVERR. */
  fatal: boolean;
}

/** An answer by ICMP: connections take it for the reason when they give up. */
const icmp = (how: string, code: number, error: string, fatal = true): Treatment => ({
  target: `REJECT --reject-with icmp-${how}`,
  icmp: code,
  connecting: error,
  established: error,
  fatal,
});

const RESET: Treatment = {
  target: 'REJECT --reject-with tcp-reset',
  icmp: null,
  connecting: 'ECONNREFUSED',
  established: 'ECONNRESET',
  fatal: true,
};

const DROP: Treatment = {
  target: 'DROP',
  icmp: null,
  connecting: 'ETIMEDOUT',
  established: 'ETIMEDOUT',
  fatal: true,
};

const TREATMENTS: Treatment[] = [
  icmp('host-unreachable', 1, 'EHOSTUNREACH', false),
  icmp('port-unreachable', 3, 'ECONNREFUSED'),
  icmp('admin-prohibited', 13, 'EHOSTUNREACH'),
  RESET,
  DROP,
];

/** Those that come to much the same: for the full form. */
const FURTHER: Treatment[] = [
  icmp('net-unreachable', 0, 'ENETUNREACH', false),
  icmp('proto-unreachable', 2, 'ENOPROTOOPT'),
  icmp('net-prohibited', 9, 'ENETUNREACH'),
  icmp('host-prohibited', 10, 'EHOSTUNREACH'),
];

/** The code of the error that it ends with. */
const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: SystemError) => error.code,
  );

describe('an error of the network', function () {
  this.timeout(30_000);
  const network = lossyNetwork();

  before(function () {
    needs(this, 'iptables');
    try {
      filter('proxy', 'INPUT', 'tcp', RESET.target);
    } catch (error) {
      skip(this, `no packet filter: ${(error as Error).message}`);
    }
    clear();
    network().network.run('proxy', 'sh', '-c', 'echo 0 > /proc/sys/net/ipv4/icmp_ratelimit');
  });
  afterEach(async () => {
    clear();
    await network().wire.harm({ silent: false });
  });

  /** From now on the host treats packets so. */
  function filter(host: 'client' | 'proxy', chain: string, protocol: string, target: string): void {
    network().network.run(host, 'iptables', '-A', chain, '-p', protocol, '-j', ...target.split(' '));
  }

  function clear(): void {
    for (const host of ['client', 'proxy'] as const) network().network.run(host, 'iptables', '-F');
  }

  async function clientSocket(style: number): Promise<Socket> {
    const [socket] = closed([await network().socket('client', c.AF_INET, style)]);
    return socket;
  }

  async function impatientTcp(): Promise<Socket> {
    const tcp = await clientSocket(c.SOCK_STREAM);
    tcp.setsockopt(c.IPPROTO_TCP, c.TCP_USER_TIMEOUT!, PATIENCE);
    return tcp;
  }

  async function udp(reporting: boolean): Promise<Socket> {
    const socket = await clientSocket(c.SOCK_DGRAM);
    if (reporting) socket.setsockopt(c.IPPROTO_IP, c.IP_RECVERR!, true);
    return socket;
  }

  for (const { target, icmp: code, connecting, established, fatal } of [
    ...TREATMENTS,
    ...FURTHER.slice(0, scaled(0, FURTHER.length)),
  ]) {
    describe(`where the peer's host answers with ${target}`, () => {
      it(`is ${connecting} for connecting TCP`, async () => {
        filter('proxy', 'INPUT', 'tcp', target);
        expect(await errorOf(lastValueFrom(fromConnect(await impatientTcp(), there)))).to.equal(connecting);
      });

      it(`is ${established} for a TCP connection, and ends sources and sends`, async () => {
        const [client] = await network().tcpPair(PATIENCE);
        filter('proxy', 'INPUT', 'tcp', target);
        const receiving = errorOf(lastValueFrom(fromRecv(client)));
        await lastValueFrom(send(client, 'into the void'));
        expect(await receiving).to.equal(established);
        expect(await errorOf(lastValueFrom(send(client, 'x')))).to.equal('EPIPE');
      });

      if (code === null) return;

      it(`is ${connecting} for connected UDP with IP_RECVERR`, async () => {
        filter('proxy', 'INPUT', 'udp', target);
        const socket = await udp(true);
        socket.connect(there);
        const receiving = errorOf(lastValueFrom(fromRecv(socket)));
        socket.send(Buffer.from('hello?'));
        expect(await receiving).to.equal(connecting);
      });

      it(`is ${fatal ? connecting : 'nothing'} for connected UDP without`, async () => {
        filter('proxy', 'INPUT', 'udp', target);
        const [silent, telling] = [await udp(false), await udp(true)];
        for (const socket of [silent, telling]) {
          socket.connect(there);
          socket.send(Buffer.from('hello?'));
        }
        // The answers come in the order of the questions.
        await firstValueFrom(fromErrorQueue(telling));
        expect(silent.takeError()?.code ?? 'nothing').to.equal(fatal ? connecting : 'nothing');
      });

      it(`is ${connecting} in the error queue of unconnected UDP`, async () => {
        filter('proxy', 'INPUT', 'udp', target);
        const socket = await udp(true);
        const told = firstValueFrom(fromErrorQueue(socket).pipe(take(1), toArray()));
        socket.sendto(Buffer.from('hello?'), there);
        const [entry] = await told;
        expect(entry!.error?.code).to.equal(connecting);
        expect([entry!.type, entry!.code]).to.deep.equal([3, code]);
        expect(entry!.data.toString()).to.equal('hello?');
        expect(entry!.offender?.address).to.equal(PROXY);
      });
    });
  }

  describe('by a rule of this host for what goes out', () => {
    it('is EPERM for datagrams, and the socket works on without the rule', async () => {
      filter('client', 'OUTPUT', 'udp', 'DROP');
      const socket = await udp(false);
      expect(codeOf(() => socket.sendto(Buffer.from('x'), there))).to.equal('EPERM');
      expect(await errorOf(lastValueFrom(sendto(socket, 'x', there)))).to.equal('EPERM');
      clear();
      expect(await lastValueFrom(sendto(socket, 'x', there))).to.equal(1);
    });

    it('is ETIMEDOUT for connecting TCP', async () => {
      filter('client', 'OUTPUT', 'tcp', 'DROP');
      expect(await errorOf(lastValueFrom(fromConnect(await impatientTcp(), there)))).to.equal('ETIMEDOUT');
    });

    it('is ETIMEDOUT for a TCP connection', async () => {
      const [client] = await network().tcpPair(PATIENCE);
      filter('client', 'OUTPUT', 'tcp', 'DROP');
      await lastValueFrom(send(client, 'into the void'));
      expect(await errorOf(lastValueFrom(fromRecv(client)))).to.equal('ETIMEDOUT');
    });
  });

  describe('when the wire goes silent, until TCP_USER_TIMEOUT', () => {
    it('makes a connection ready, with ETIMEDOUT pending', async () => {
      const [client] = await network().tcpPair(PATIENCE);
      await network().wire.harm({ silent: true });
      client.send(Buffer.from('into the void'));
      const told = await expectReady(client, 'readable');
      expect(told).to.include({ readable: true, hangup: true, error: true });
      expect(client.takeError()?.code).to.equal('ETIMEDOUT');
    });

    it('fails sends that wait for room', async () => {
      const [client] = await network().tcpPair(PATIENCE);
      await network().wire.harm({ silent: true });
      const large = Buffer.alloc(64 << 20);
      expect(await errorOf(lastValueFrom(send(client, large)))).to.equal('ETIMEDOUT');
    });

    it('fails pump on the side that cannot send', async () => {
      const [client] = await network().tcpPair(PATIENCE);
      const [source, feeder] = closed(tcpPair());
      await network().wire.harm({ silent: true });
      feeder.send(Buffer.from('into the void'));
      expect(await errorOf(lastValueFrom(merge(pump(source, client), pump(client, source))))).to.equal(
        'ETIMEDOUT',
      );
    });

    it('fails relay on the side that cannot send', async () => {
      const [client] = await network().tcpPair(PATIENCE);
      const [source, feeder] = closed(tcpPair());
      await network().wire.harm({ silent: true });
      feeder.send(Buffer.from('into the void'));
      expect(await errorOf(lastValueFrom(relay(source, client)))).to.equal('ETIMEDOUT');
    });
  });
});
