import { expect } from 'chai';
import { DatagramBatch, type Socket, watch } from 'uvsock';
import * as c from 'uvsock/constants';
import { SEED, scaled } from '../support/scale.ts';
import { closed } from '../support/sockets.ts';
import { hosts } from './hosts.ts';

const COUNT = scaled(5_000, 200_000);
const LENGTH = 200;
/** How many are sent in a turn of the loop. */
const BURST = 64;

/** Its number, and bytes that follow from it. */
function datagram(index: number): Buffer {
  const data = Buffer.alloc(LENGTH, index & 0xff);
  data.writeUInt32BE(index);
  return data;
}

/** Counts what arrives, whole or not. */
class Receiver {
  readonly times = new Uint8Array(COUNT);
  arrived = 0;
  damaged = 0;

  constructor(socket: Socket) {
    const batch = new DatagramBatch({ count: 64, size: 2 * LENGTH });
    const receive = () => {
      while (socket.recvmmsg(batch) !== null) {
        for (const { data } of batch) {
          this.arrived++;
          const index = data.readUInt32BE();
          if (data.equals(datagram(index))) this.times[index]!++;
          else this.damaged++;
        }
      }
    };
    closed([watch(socket, 'readable', receive)]);
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe(`datagrams over a network that loses and reorders (UVSOCK_SEED=${SEED})`, function () {
  this.timeout(scaled(60_000, 600_000));
  const net = hosts();

  it('are accounted for, every one', async () => {
    // Until the neighbour's address is known, the client's kernel keeps few datagrams.
    await net.connection();
    const [client, server] = await net.datagrams();
    server.setsockopt(c.SOL_SOCKET, c.SO_RCVBUFFORCE!, 1 << 20);
    client.connect(server.getsockname());
    const receiver = new Receiver(server);
    net.wire.faults = { lost: 500, duplicated: 300, delayed: 500 };
    const before = { ...net.wire.forth };
    for (let sent = 0; sent < COUNT; ) {
      if (client.send(datagram(sent)) !== null) sent++;
      if (sent % BURST === 0) await turn();
    }
    const since = () => {
      const now = net.wire.forth;
      return (name: keyof typeof now) => now[name] - before[name];
    };
    // The kernel counts what found no room in the socket; the wire and the receiver count all else.
    const dropped = () => server.getsockopt(c.SOL_SOCKET, c.SO_MEMINFO!).drops;
    const expected = () => {
      const passed = since();
      return COUNT - passed('overflowed') - passed('lost') + passed('duplicated') - passed('refused');
    };
    const seen = () => since()('seen') + since()('overflowed');
    while (seen() < COUNT || receiver.arrived + dropped() < expected()) await turn();

    expect(receiver.damaged).to.equal(0);
    expect(receiver.arrived + dropped()).to.equal(expected());
    const twice = receiver.times.filter((times) => times === 2).length;
    const never = receiver.times.filter((times) => times === 0).length;
    expect(receiver.times.every((times) => times <= 2)).to.equal(true);
    expect(twice).to.be.within(1, since()('duplicated'));
    expect(never).to.equal(COUNT - receiver.arrived + twice);
    console.log(
      `      ${COUNT} sent: ${since()('lost')} lost, ${since()('duplicated')} seen twice, ${since()('delayed')} late, ${dropped()} without room`,
    );
  });
});
