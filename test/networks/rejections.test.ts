import { expect } from 'chai';
import { firstValueFrom, ignoreElements, lastValueFrom } from 'rxjs';
import { makeSocketAddress, type Socket } from 'uvsock';
import * as c from 'uvsock/constants';
import { fromConnect, fromErrorQueue, fromRecv, send } from 'uvsock/rx';
import { needs } from '../support/programs.ts';
import { closed, codeOf, expectReady } from '../support/sockets.ts';
import { CLIENT, hosts, SERVER, SERVER6 } from './hosts.ts';

const PATIENCE = 300;
const X = Buffer.from('x');

/** The error that ends a stream: what an application sees that reads, and sends. */
async function fate(socket: Socket): Promise<unknown> {
  const reading = fromRecv(socket).pipe(ignoreElements());
  return await lastValueFrom(reading, { defaultValue: 'ended' }).catch((error) => error.code);
}

/** How the answers of iptables' REJECT arrive. */
interface Rejection {
  with: string;
  /** What connect(2) of TCP fails with. */
  connect: string;
  /** What a connected UDP socket is told; undefined if only its error queue is. */
  udp?: string;
}

const FOUR: Rejection[] = [
  { with: 'icmp-port-unreachable', connect: 'ECONNREFUSED', udp: 'ECONNREFUSED' },
  { with: 'icmp-host-unreachable', connect: 'EHOSTUNREACH' },
  { with: 'icmp-net-unreachable', connect: 'ENETUNREACH' },
  { with: 'icmp-proto-unreachable', connect: 'ENOPROTOOPT', udp: 'ENOPROTOOPT' },
  { with: 'icmp-net-prohibited', connect: 'ENETUNREACH', udp: 'ENETUNREACH' },
  { with: 'icmp-host-prohibited', connect: 'EHOSTUNREACH', udp: 'EHOSTUNREACH' },
  { with: 'icmp-admin-prohibited', connect: 'EHOSTUNREACH', udp: 'EHOSTUNREACH' },
];
const SIX: Rejection[] = [
  { with: 'icmp6-port-unreachable', connect: 'ECONNREFUSED', udp: 'ECONNREFUSED' },
  { with: 'icmp6-addr-unreachable', connect: 'EHOSTUNREACH' },
  { with: 'icmp6-no-route', connect: 'ENETUNREACH' },
  { with: 'icmp6-adm-prohibited', connect: 'EACCES', udp: 'EACCES' },
];
const FAMILIES = [
  { name: 'IPv4', family: c.AF_INET, filter: 'iptables', address: SERVER, rejections: FOUR },
  { name: 'IPv6', family: c.AF_INET6, filter: 'ip6tables', address: SERVER6, rejections: SIX },
] as const;

describe('a packet filter', function () {
  this.timeout(60_000);
  const net = hosts();

  before(function () {
    needs(this, 'iptables', 'ip6tables');
  });

  /** Rules of the server or the client, until the test has ended. */
  const rule = (host: string, filter: string, chain: string, rest: string) => {
    const change = (verb: string) => net.network.run(host, filter, verb, chain, ...rest.split(' '));
    change('-A');
    closed([{ [Symbol.dispose]: () => change('-D') }]);
  };

  for (const { name, family, filter, address, rejections } of FAMILIES) {
    const at = makeSocketAddress(family as typeof c.AF_INET, address, 9);

    for (const rejection of rejections) {
      it(`over ${name}: ${rejection.with} fails a connect with ${rejection.connect}`, async () => {
        rule('server', filter, 'INPUT', `-p tcp --dport 9 -j REJECT --reject-with ${rejection.with}`);
        const client = await net.open('client', family, c.SOCK_STREAM);
        const connected = await lastValueFrom(fromConnect(client, at)).catch((error) => error.code);
        expect(connected).to.equal(rejection.connect);
      });

      it(`over ${name}: ${rejection.with} is told to UDP ${rejection.udp === undefined ? 'by the error queue only' : `as ${rejection.udp}`}`, async () => {
        rule('server', filter, 'INPUT', `-p udp --dport 9 -j REJECT --reject-with ${rejection.with}`);
        const client = await net.open('client', family, c.SOCK_DGRAM);
        client.connect(at);
        if (rejection.udp !== undefined) {
          client.send(X);
          await expectReady(client, 'readable');
          expect(codeOf(() => client.recv(Buffer.alloc(1)))).to.equal(rejection.udp);
        }
        if (family === c.AF_INET) client.setsockopt(c.IPPROTO_IP, c.IP_RECVERR!, true);
        else client.setsockopt(c.IPPROTO_IPV6, c.IPV6_RECVERR!, true);
        const told = firstValueFrom(fromErrorQueue(client));
        client.send(X);
        const { error, offender } = await told;
        expect([error?.code, offender?.address]).to.deep.equal([rejection.connect, address]);
      });
    }

    it(`over ${name}: a reset fails a connect with ECONNREFUSED`, async () => {
      rule('server', filter, 'INPUT', '-p tcp --dport 9 -j REJECT --reject-with tcp-reset');
      const client = await net.open('client', family, c.SOCK_STREAM);
      const connected = await lastValueFrom(fromConnect(client, at)).catch((error) => error.code);
      expect(connected).to.equal('ECONNREFUSED');
    });

    it(`over ${name}: silence fails a connect with ETIMEDOUT, after TCP_USER_TIMEOUT`, async () => {
      rule('server', filter, 'INPUT', '-p tcp --dport 9 -j DROP');
      const client = await net.open('client', family, c.SOCK_STREAM);
      client.setsockopt(c.IPPROTO_TCP, c.TCP_USER_TIMEOUT!, PATIENCE);
      const connected = await lastValueFrom(fromConnect(client, at)).catch((error) => error.code);
      expect(connected).to.equal('ETIMEDOUT');
    });
  }

  it('that resets a connection ends it with ECONNRESET', async () => {
    const [client] = await net.connection();
    rule('server', 'iptables', 'INPUT', `-p tcp -s ${CLIENT} -j REJECT --reject-with tcp-reset`);
    const told = fate(client);
    client.send(X);
    expect(await told).to.equal('ECONNRESET');
  });

  it('that prohibits a connection is told of to one with IP_RECVERR only', async () => {
    const [patient] = await net.connection();
    const [hasty] = await net.connection();
    hasty.setsockopt(c.IPPROTO_IP, c.IP_RECVERR!, true);
    patient.setsockopt(c.IPPROTO_TCP, c.TCP_USER_TIMEOUT!, PATIENCE);
    rule('server', 'iptables', 'INPUT', `-p tcp -s ${CLIENT} -j REJECT --reject-with icmp-admin-prohibited`);
    for (const each of [patient, hasty]) each.send(X);
    // The one that waits ends by its timeout, with what ICMP has said.
    expect(await Promise.all([fate(hasty), fate(patient)])).to.deep.equal(['EHOSTUNREACH', 'EHOSTUNREACH']);
  });

  it('that drops silently ends a connection with ETIMEDOUT, after TCP_USER_TIMEOUT, as reader and as sender', async () => {
    const [client] = await net.connection();
    client.setsockopt(c.IPPROTO_TCP, c.TCP_USER_TIMEOUT!, PATIENCE);
    rule('server', 'iptables', 'INPUT', `-p tcp -s ${CLIENT} -j DROP`);
    const reading = fate(client);
    const sending = lastValueFrom(send(client, Buffer.alloc(1 << 24))).catch((error) => error.code);
    expect(await Promise.all([reading, sending])).to.have.members(['ETIMEDOUT', 'ETIMEDOUT']);
  });

  it('of the own host refuses what is sent with EPERM', async () => {
    const [client, server] = await net.datagrams();
    rule('client', 'iptables', 'OUTPUT', '-p udp -j DROP');
    expect(codeOf(() => client.sendto(X, server.getsockname()))).to.equal('EPERM');
  });
});
