/**
 * Runs network.rows.ts on a host of a network of three, made of namespaces:
 *
 *   host --- near --- router --- deep (MTU 1300) --- far
 *     |                                               |
 *     +--------------------- side --------------------+
 */
import { fileURLToPath } from 'node:url';
import { Network, namespacesMissing } from '../support/namespaces.ts';
import { lineOf } from '../support/programs.ts';
import { rows } from './network.rows.ts';
import { conformanceElsewhere } from './support/elsewhere.ts';
import * as place from './support/places.ts';
import { skipFor } from './support/table.ts';

const FAR_HOST = fileURLToPath(new URL('./support/far_host.js', import.meta.url));

/** What makes a router, and one that tells of each packet that it drops. */
const FORWARD = 'echo 1 | tee /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding';
const NO_RATE_LIMIT = 'echo 0 | tee /proc/sys/net/ipv4/icmp_ratelimit /proc/sys/net/ipv6/icmp/ratelimit';
/** How long each of three questions for a neighbour's hardware address waits, in milliseconds. */
const QUICK_TO_GIVE_UP = 'echo 100 > /proc/sys/net/ipv4/neigh/side/retrans_time_ms';
const EVERYBODY_MAY_PING = 'echo 0 65535 > /proc/sys/net/ipv4/ping_group_range';

function makeNetwork(): Network {
  const network = new Network('host', 'router', 'far');
  network.wire('near', 'host', 'router');
  network.wire('deep', 'router', 'far');
  network.wire('side', 'host', 'far');
  network.run('host', 'sh', '-c', EVERYBODY_MAY_PING);
  network.run('router', 'sh', '-c', FORWARD);
  network.run('router', 'sh', '-c', NO_RATE_LIMIT);
  network.run('host', 'sh', '-c', QUICK_TO_GIVE_UP);
  for (const host of ['router', 'far']) network.ip(host, `link set deep mtu ${place.NARROW}`);
  const addresses = [
    ['host', 'near', place.NEAR, 'fd09:1::1'],
    ['host', 'side', place.SIDE, 'fd09:3::1'],
    ['router', 'near', place.ROUTER, place.ROUTER6],
    ['router', 'deep', '10.9.2.254', 'fd09:2::fe'],
    ['far', 'deep', place.FAR, place.FAR6],
    ['far', 'side', place.FAR_SIDE, place.FAR_SIDE6],
  ] as const;
  for (const [host, wire, four, six] of addresses) {
    network.ip(host, `address add ${four}/24 broadcast + dev ${wire}`);
    network.ip(host, `address add ${six}/64 nodad dev ${wire}`);
  }
  network.ip('host', `route add 10.9.2.0/24 via ${place.ROUTER}`);
  network.ip('host', `route add fd09:2::/64 via ${place.ROUTER6}`);
  for (const there of [
    place.NO_ROUTE_THERE,
    place.UNREACHABLE_THERE,
    place.PROHIBITED_THERE,
    place.BLACKHOLE_THERE,
  ])
    network.ip('host', `route add ${there} via ${place.ROUTER}`);
  network.ip('host', `route add unreachable ${place.UNREACHABLE_HERE}`);
  network.ip('host', `route add prohibit ${place.PROHIBITED_HERE}`);
  network.ip('host', `route add blackhole ${place.BLACKHOLE_HERE}`);
  network.ip('router', `route add unreachable ${place.UNREACHABLE_THERE}`);
  network.ip('router', `route add prohibit ${place.PROHIBITED_THERE}`);
  network.ip('router', `route add blackhole ${place.BLACKHOLE_THERE}`);
  network.ip('far', 'route add 10.9.1.0/24 via 10.9.2.254');
  network.ip('far', 'route add fd09:1::/64 via fd09:2::fe');
  return network;
}

describe("the kernel's answers: networks", () => {
  let network: Network | undefined;

  before(async function () {
    this.timeout(60_000);
    const missing = namespacesMissing();
    if (missing !== undefined) skipFor(this, missing);
    network = makeNetwork();
    const far = network.start('far', process.execPath, FAR_HOST);
    far.stderr.pipe(process.stderr);
    await lineOf(far.stdout, /ready/);
  });
  after(() => network?.[Symbol.dispose]());

  conformanceElsewhere(rows, new URL('./network.rows.js', import.meta.url), (args) =>
    (network as Network).start('host', process.execPath, ...args),
  );
});
