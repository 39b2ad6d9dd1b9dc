/** Examples that need a network, or a privilege. */
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Network, namespacesMissing } from './support/namespaces.ts';
import { skip } from './support/probes.ts';
import { lineOf, run } from './support/programs.ts';

const command = (name: string, ...args: string[]) => [
  process.execPath,
  fileURLToPath(new URL(`../examples/${name}.js`, import.meta.url)),
  ...args,
];

/** A chain of hosts with IPv4 addresses 10.0.N.1 and 10.0.N.2 at the ends of wire N, and routes all along. */
function chain(...hosts: string[]): Network {
  const network = new Network(...hosts);
  for (const [index, host] of hosts.entries()) {
    const next = hosts[index + 1];
    if (next !== undefined) {
      network.wire(`wire${index}`, host, next);
      network.ip(host, `addr add 10.0.${index}.1/24 dev wire${index}`);
      network.ip(next, `addr add 10.0.${index}.2/24 dev wire${index}`);
      network.ip(host, `route add 10.0.${index + 1}.0/24 via 10.0.${index}.2`);
    }
    if (index > 0) {
      if (index > 1) network.ip(host, `route add 10.0.${index - 2}.0/24 via 10.0.${index - 1}.1`);
      network.run(host, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    }
  }
  return network;
}

describe('examples in a network', function () {
  this.timeout(60_000);

  before(function () {
    const missing = namespacesMissing();
    if (missing !== undefined) skip(this, missing);
  });

  it('traceroute names each router on the way, and the host', async () => {
    using network = chain('here', 'router', 'there');
    const child = network.start('here', ...command('traceroute', '10.0.1.2'));
    const [text] = await lineOf(child.stdout, /[\s\S]*ECONNREFUSED\n/);
    expect(text).to.match(
      /^1 {2}10\.0\.0\.2 {2}[\d.]+ ms {2}EHOSTUNREACH\n2 {2}10\.0\.1\.2 {2}[\d.]+ ms {2}ECONNREFUSED\n$/,
    );
  });

  it('ping hears from a host behind a router, with a smaller time to live', async () => {
    using network = chain('here', 'router', 'there');
    const child = network.start('here', ...command('ping', '--count', '2', '--interval', '10', '10.0.1.2'));
    const [text] = await lineOf(child.stdout, /[\s\S]*seq=2 .*\n/);
    expect(text).to.match(/64 bytes from 10\.0\.1\.2: seq=1 ttl=63 time=[\d.]+ ms\n.*seq=2 ttl=63/);
  });

  it('ping uses a ping socket where it may', async () => {
    using network = new Network('here');
    network.run('here', 'sh', '-c', 'echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range');
    for (const [host, socket] of [
      ['127.0.0.1', 'ping'],
      ['::1', 'ping'],
    ] as const) {
      const child = network.start('here', ...command('ping', '--count', '1', host));
      const [text] = await lineOf(child.stdout, /[\s\S]*seq=1 .*\n/);
      expect(text).to.match(
        new RegExp(`PING ${host} through a ${socket} socket\\n64 bytes from ${host}: seq=1 ttl=64`),
      );
    }
  });

  it('interfaces tells of what comes and goes', async () => {
    using network = new Network('here');
    const child = network.start('here', ...command('interfaces', '--watch'));
    await lineOf(child.stdout, /link 1 lo up\n[\s\S]*address ::1\/128 of lo/);
    network.ip('here', 'link add wire type veth peer name far');
    await lineOf(child.stdout, /link \d+ wire down/);
    network.ip('here', 'addr add 10.7.7.7/24 dev wire');
    await lineOf(child.stdout, /address 10\.7\.7\.7\/24 of wire/);
    network.ip('here', 'link set wire up');
    await lineOf(child.stdout, /link \d+ wire up/);
    network.ip('here', 'link del wire');
    await lineOf(child.stdout, /link \d+ wire is gone/);
  });
});

describe('examples with a privilege', function () {
  this.timeout(60_000);

  it('sniffer sees its own packets, and only those to its port', async function () {
    const { status, output, errors } = await run(command('sniffer')[0]!, command('sniffer').slice(1));
    if (errors.includes('EPERM')) skip(this, 'packet sockets need CAP_NET_RAW');
    expect(status, errors).to.equal(0);
    expect(output).to.match(/3 B "one"\n.*3 B "two"\n.*5 B "three"\n$/);
  });
});
