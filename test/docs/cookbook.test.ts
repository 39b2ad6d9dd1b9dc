import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Network, namespacesMissing } from '../support/namespaces.ts';
import { skip } from '../support/probes.ts';
import { lineOf, run } from '../support/programs.ts';
import { cookbookDocument, documentPath, recipes } from './cookbook_document.ts';

const program = (name: string) =>
  fileURLToPath(new URL(`../../examples/cookbook/${name}.js`, import.meta.url));

/** What each prints; and the errors of systems that do not have what it shows. */
const RECIPES: [name: string, output: RegExp, lacking?: RegExp][] = [
  ['abstract-sockets', /^listening on @cookbook-\d+\nno file needed\n$/],
  ['bind-to-device', /^hello through lo\n$/, /setsockopt EPERM/],
  ['destination-address', /^hello to 127\.0\.0\.2 through interface 1\n$/],
  ['dscp-ecn', /^DSCP 46, ECN 2\n$/],
  ['fast-open', /^first time: data in the SYN: no\nsecond time: data in the SYN: (yes|no)\n$/],
  ['icmp-errors', /^ECONNREFUSED for "anybody there\?", says 127\.0\.0\.1\n$/],
  ['multicast-by-source', /^the first that arrives is from 127\.0\.0\.2\n$/, /setsockopt (ENODEV|ENOBUFS)/],
  ['pass-descriptors', /^read from what was passed: Linux\n$/],
  [
    'peer-credentials',
    RegExp(`^process this one, user ${process.geteuid?.()}, group ${process.getegid?.()}\n$`),
  ],
  ['priority', /^sent with priority 6\n$/],
  ['raw-icmp', /^type 129 from ::1: hello\n$/, /socket (EPERM|EACCES|EAFNOSUPPORT)|EADDRNOTAVAIL/],
  ['reuse-port', /^one has [1-9]\d*\nother has [1-9]\d*\n$/],
  ['socket-activation', /^activated\n$/],
  ['tcp-info', /^ESTABLISHED: \d+ us, window \d+ segments of \d+ B, 0 sent again\n$/],
  ['timestamps', /^arrived at \d{19} ns, \d+ ms ago\n$/],
  ['udp-backpressure', /^5000 sent, \d+ worked on, \d+ dropped by the kernel\n$/],
  ['unix-datagrams', /^hello from @[0-9a-f]{5}\n$/],
  ['unix-seqpacket', /^one\nmessage\neach\n$/],
  ['user-timeout', /^send ETIMEDOUT\n$/],
  [
    'vsock',
    /^vsock:1:\d+ has come to vsock:1:\d+\n$/,
    /socket (EAFNOSUPPORT|EPERM|EACCES)|connect (ETIMEDOUT|ENODEV|ENETUNREACH|EADDRNOTAVAIL|ECONNRESET)/,
  ],
];

describe('the cookbook', function () {
  this.timeout(60_000);

  for (const [name, expected, lacking] of RECIPES) {
    it(`${name} does what it says`, async function () {
      const { output, errors, status } = await run(process.execPath, [program(name)]);
      const missing = status === 0 ? null : (lacking?.exec(errors) ?? null);
      if (missing !== null) skip(this, `${name}: ${missing[0]}`);
      expect(errors).to.equal('');
      expect(output).to.match(expected);
      expect(status).to.equal(0);
    });
  }

  it('fast-open sends data with the SYN where servers may have it', async function () {
    const missing = namespacesMissing();
    if (missing !== undefined) skip(this, missing);
    using network = new Network('here');
    network.run('here', 'sh', '-c', 'echo 3 > /proc/sys/net/ipv4/tcp_fastopen');
    const child = network.start('here', process.execPath, program('fast-open'));
    const [, answer] = await lineOf(child.stdout, /second time: data in the SYN: (\w+)\n/);
    expect(answer).to.equal('yes');
  });

  it('udp-backpressure accounts for every datagram', async () => {
    const { output } = await run(process.execPath, [program('udp-backpressure')]);
    const [sent, done, dropped] = [...output.matchAll(/\d+/g)].map(Number) as [number, number, number];
    expect(done + dropped).to.equal(sent);
  });

  it('has twenty recipes, each of which is run', () => {
    const names = recipes().map(({ name }) => name);
    expect(names).to.have.length(20);
    expect(RECIPES.map(([name]) => name)).to.deep.equal(names);
  });

  it('has recipes of about ten lines', () => {
    for (const { name, code } of recipes()) {
      const lines = code
        .replaceAll(/^import [^;]*;$/gm, '')
        .split('\n')
        .filter((line) => line.trim() !== '');
      expect(lines.length, name).to.be.lessThan(15);
    }
  });

  it('shows each on its page', () => {
    const page = readFileSync(documentPath, 'utf8');
    expect(page).to.equal(cookbookDocument());
    for (const { question } of recipes()) expect(page).to.include(`\n### ${question}\n`);
  });
});
