import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { ready, type Socket, type SocketAddress } from 'uvsock';
import * as c from 'uvsock/constants';
import type { Counts, WireCounts } from '../fixtures/lossy_wire.ts';
import { SEED, scaled } from '../support/scale.ts';
import { closed, turnFor } from '../support/sockets.ts';
import { lossyNetwork, PROXY } from './support/lossy_network.ts';

const COUNT = scaled(3000, 1_000_000);
const AT_ONCE = 32;
const HARM = { loss: 20, duplication: 10, delay: 20 };
const NO_HARM = { loss: 0, duplication: 0, delay: 0 };

/** A datagram: its number, and bytes that follow from it, as many as that says. */
function datagram(number: number): Buffer {
  const data = Buffer.alloc(4 + ((number * 97) % 1400), createHash('md5').update(String(number)).digest());
  data.writeUInt32BE(number);
  return data;
}

/** What a receiver has got so far. */
class Receiver {
  received = 0;
  /** Datagrams that the socket had no room for, as `SO_RXQ_OVFL` told last. */
  dropped = 0;
  readonly numbers = new Set<number>();
  readonly #socket: Socket;
  readonly #buffer = Buffer.alloc(2048);

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Receives all that is there, each byte checked. */
  drain(): void {
    for (;;) {
      const message = this.#socket.recvmsg(this.#buffer);
      if (message === null) return;
      const number = this.#buffer.readUInt32BE(0);
      if (datagram(number).compare(this.#buffer, 0, message.bytes) !== 0)
        throw new Error(`datagram ${number} has other bytes than were sent`);
      this.received++;
      this.numbers.add(number);
      this.dropped = message.find(c.SOL_SOCKET, c.SO_RXQ_OVFL!) ?? this.dropped;
    }
  }
}

/** Sends datagrams, and after so many of them lets `then` run. */
async function sendAll(socket: Socket, to: SocketAddress, then: () => void): Promise<void> {
  for (let number = 1; number <= COUNT; ) {
    if (socket.sendto(datagram(number), to) === null) await ready(socket, 'writable');
    else if (number++ % AT_ONCE === 0) {
      then();
      await turnFor(0);
    }
    if (number % 200_000 === 0) console.log(`      ${number} of ${COUNT} datagrams`);
  }
}

/** What has happened to UDP since, and how many frames the wire had no room for. */
function since([before]: WireCounts, [after]: WireCounts): Counts & { overflowed: number } {
  const counts = Object.entries(after.udp).map(([name, count]) => [
    name,
    count - before.udp[name as keyof Counts],
  ]);
  return { ...Object.fromEntries(counts), overflowed: after.overflowed - before.overflowed };
}

describe(`datagrams over a wire that loses, doubles and delays (UVSOCK_SEED=${SEED})`, function () {
  this.timeout(scaled(60_000, 900_000));
  const network = lossyNetwork();

  async function pair(buffer: number): Promise<[Socket, Socket]> {
    const [sender, receiver] = closed([
      await network().socket('client', c.AF_INET, c.SOCK_DGRAM),
      await network().socket('proxy', c.AF_INET, c.SOCK_DGRAM),
    ]);
    receiver.setsockopt(c.SOL_SOCKET, c.SO_RCVBUFFORCE!, buffer);
    receiver.setsockopt(c.SOL_SOCKET, c.SO_RXQ_OVFL!, true);
    receiver.bind(c.AF_INET, PROXY, 0);
    return [sender, receiver];
  }

  /** Frames that the client's interface could not hand to the wire. */
  const unsent = () =>
    Number(network().network.output('client', 'cat', '/sys/class/net/near/statistics/tx_dropped'));

  /** The counts once no datagram is on its way any more. */
  async function settled(sent: number, before: WireCounts, refusedBefore: number) {
    for (;;) {
      const counts = since(before, await network().wire.harm({}));
      const refused = unsent() - refusedBefore;
      const { received, lost, duplicated, overflowed } = counts;
      const over =
        received + overflowed + refused === sent &&
        counts.sent + counts.refused === received - lost + duplicated;
      if (over) return { ...counts, unsent: refused };
      await turnFor(10);
    }
  }

  async function account(buffer: number, reading: boolean) {
    const [sender, socket] = await pair(buffer);
    const to = socket.getsockname();
    const receiver = new Receiver(socket);
    const refusedBefore = unsent();
    const before = await network().wire.harm(HARM);
    await sendAll(sender, to, () => {
      if (reading) receiver.drain();
    });
    const wire = await settled(COUNT, before, refusedBefore);
    receiver.drain();
    // The last one brings the count of drops.
    await network().wire.harm(NO_HARM);
    sender.sendto(datagram(0), to);
    await ready(socket, 'readable');
    receiver.drain();
    console.log(
      `      ${COUNT} sent, ${wire.lost} lost, ${wire.duplicated} doubled, ${wire.delayed} delayed, ` +
        `${wire.unsent + wire.overflowed + wire.refused} without room on the wire, ` +
        `${receiver.dropped} without room in the socket, ${receiver.received - 1} received`,
    );
    return { wire, receiver, came: receiver.received - 1, distinct: receiver.numbers.size - 1 };
  }

  it('arrive intact, and every one that does not is accounted for', async () => {
    const { wire, receiver, came, distinct } = await account(64 << 20, true);
    expect(wire.lost).to.be.above(0);
    expect(wire.duplicated).to.be.above(0);
    expect(wire.delayed).to.be.above(0);
    const gone = wire.lost + wire.unsent + wire.overflowed + wire.refused + receiver.dropped;
    expect(came).to.equal(COUNT - gone + wire.duplicated);
    expect(distinct).to.be.within(came - wire.duplicated, COUNT - wire.lost);
  });

  it('that the socket has no room for are those that SO_RXQ_OVFL counts', async () => {
    const { wire, receiver, came } = await account(1 << 16, false);
    expect(receiver.dropped).to.be.above(0);
    expect(came).to.equal(wire.sent - receiver.dropped);
  });
});
