/**
 * A wire between two interfaces that loses frames, delivers some twice, and lets
 * others overtake: two packet(7) sockets, and what goes in at one goes out at
 * the other. It stands in for netem, which few kernels of containers have.
 */
import { DatagramBatch, makeSocketAddress, type Socket, SystemError, watch } from 'uvsock';
import * as c from 'uvsock/constants';
import type { HostSockets } from '../support/host_sockets.ts';
import type { Network } from '../support/namespaces.ts';
import type { Random } from '../support/scale.ts';

/** What happens to how many in 10,000 frames of IPv4; others (ARP, IPv6 with its neighbours) pass. */
export interface Faults {
  lost: number;
  duplicated: number;
  delayed: number;
}

/** Frames of IPv4 in one direction. */
export interface Passed {
  seen: number;
  lost: number;
  duplicated: number;
  delayed: number;
  /** Not sent, since the interface is down or has no room. */
  refused: number;
  /** Dropped by the kernel, since nobody read them in time. */
  overflowed: number;
}

export const NO_FAULTS: Faults = { lost: 0, duplicated: 0, delayed: 0 };

/** struct virtio_net_hdr: what the sender has left to its device, checksums above all, stays so. */
const OFFLOAD_HEADER = 10;
const ETHERTYPE = OFFLOAD_HEADER + 12;
const BATCHES_A_TURN = 8;
/** Frames that may overtake one that is delayed, and for how long it is at most, in milliseconds. */
const OVERTAKING = 10;
const LONGEST_DELAY = 2;
/** Frames in the kernel: all that a test may send before this process gets to read. */
const ROOM = 256 << 20;

class Direction implements Disposable {
  readonly passed: Passed = { seen: 0, lost: 0, duplicated: 0, delayed: 0, refused: 0, overflowed: 0 };
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #received = new DatagramBatch({ count: 64, size: 2048 });
  readonly #sent = new DatagramBatch({ count: 256, size: 2048 });
  readonly #delayed: { frame: Buffer; after: number }[] = [];
  readonly #wire: LossyWire;
  #timer: NodeJS.Timeout | null = null;
  #watch: Disposable;

  constructor(from: Socket, to: Socket, wire: LossyWire) {
    this.#from = from;
    this.#to = to;
    this.#wire = wire;
    this.#watch = watch(from, 'readable', () => this.#forward());
  }

  /** What is not counted as it happens. */
  count(): Passed {
    this.passed.overflowed += this.#from.getsockopt(c.SOL_PACKET!, c.PACKET_STATISTICS!).drops;
    return this.passed;
  }

  #forward(): void {
    for (let i = 0; i < BATCHES_A_TURN; i++) {
      try {
        if (this.#from.recvmmsg(this.#received) === null) break;
      } catch (error) {
        // Told once; it works again when the interface is up.
        if ((error as SystemError).code === 'ENETDOWN') continue;
        throw error;
      }
      this.#received.forEach((slab, start, end) => {
        this.#pass(slab.subarray(start, end));
      });
      this.#flush();
    }
  }

  #pass(frame: Buffer): void {
    if (this.#wire.silent) return;
    if (frame.readUInt16BE(ETHERTYPE) === c.ETH_P_IP) this.#maltreat(frame);
    else this.#send(frame);
  }

  #maltreat(frame: Buffer): void {
    this.passed.seen++;
    const { faults, random } = this.#wire;
    if (random(10_000) < faults.lost) {
      this.passed.lost++;
      return;
    }
    if (random(10_000) < faults.delayed) {
      this.passed.delayed++;
      this.#delayed.push({ frame: Buffer.from(frame), after: 1 + random(OVERTAKING) });
      this.#timer ??= setTimeout(() => this.#release(), LONGEST_DELAY);
      return;
    }
    this.#send(frame);
    if (random(10_000) < faults.duplicated) {
      this.passed.duplicated++;
      this.#send(frame);
    }
    for (const each of this.#delayed) each.after--;
    while ((this.#delayed[0]?.after ?? 1) <= 0) this.#send(this.#delayed.shift()!.frame);
  }

  #release(): void {
    this.#timer = null;
    for (const { frame } of this.#delayed.splice(0)) this.#send(frame);
    this.#flush();
  }

  #send(frame: Buffer): void {
    if (this.#sent.push(frame)) return;
    this.#flush();
    this.#sent.push(frame);
  }

  #flush(): void {
    let start = 0;
    while (start < this.#sent.filled) {
      let sent: number | null = null;
      try {
        sent = this.#to.sendmmsg(this.#sent, { start });
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
      }
      if (sent === null) this.passed.refused++;
      start += sent ?? 1;
    }
    this.#sent.clear();
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

export class LossyWire implements Disposable {
  faults: Faults = NO_FAULTS;
  /** Loses everything. */
  silent = false;
  readonly random: Random;
  readonly #ends: Socket[];
  readonly #directions: Direction[];

  private constructor(ends: [Socket, Socket], random: Random) {
    this.random = random;
    this.#ends = ends;
    const [one, other] = ends;
    this.#directions = [new Direction(one, other, this), new Direction(other, one, this)];
  }

  /** Between two interfaces of a host that does nothing else. */
  static async between(
    network: Network,
    host: string,
    sockets: HostSockets,
    [one, other]: [string, string],
    random: Random,
  ): Promise<LossyWire> {
    const open = async (name: string) => {
      const end = await sockets.socket(c.AF_PACKET!, c.SOCK_RAW);
      end.setsockopt(c.SOL_PACKET!, c.PACKET_VNET_HDR!, true);
      end.setsockopt(c.SOL_PACKET!, c.PACKET_IGNORE_OUTGOING!, true);
      end.setsockopt(c.SOL_SOCKET, c.SO_RCVBUFFORCE!, ROOM);
      end.bind(makeSocketAddress(c.AF_PACKET!, c.ETH_P_ALL!, network.interfaceIndex(host, name)));
      return end;
    };
    return new LossyWire([await open(one), await open(other)], random);
  }

  /** From the first interface to the second. */
  get forth(): Passed {
    return this.#directions[0]!.count();
  }

  /** From the second interface to the first. */
  get back(): Passed {
    return this.#directions[1]!.count();
  }

  [Symbol.dispose](): void {
    for (const each of [...this.#directions, ...this.#ends]) each[Symbol.dispose]();
  }
}
