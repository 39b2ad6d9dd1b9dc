import { expect } from 'chai';
import { type Interest, type Socket, socketpair, watch } from 'uvsock';
import { AF_UNIX, SHUT_WR, SOCK_DGRAM, SOCK_STREAM } from 'uvsock/constants';
import { type Random, randomOf, SEED, scaled } from '../support/scale.ts';
import { closed, tcpPair, udpSocket } from '../support/sockets.ts';

/** What all bytes of all streams are: byte `i` is that of the pattern, wherever the stream is cut. */
const PERIOD = 65_521;
const PATTERN = Buffer.from(Uint8Array.from({ length: 2 * PERIOD + 1 }, (_, i) => (i % PERIOD) * 31 + 7));
const MOST = PERIOD;
/** So many datagrams may be under way; as long as these fit into the receiver's queue, none is lost. */
const WINDOW = 32;
const DATAGRAM = 1024;

/** What happened to all sockets of a run. */
interface Totals {
  notifications: number;
  /** Notifications whose first attempt found nothing. */
  spurious: number;
  ends: number;
}

/**
 * One end of a connection, which does something at random whenever it is
 * notified, and has sent and received everything in the end.
 */
class Peer {
  readonly socket: Socket;
  readonly #random: Random;
  readonly #totals: Totals;
  readonly #stream: boolean;
  readonly #buffer = Buffer.alloc(MOST);
  readonly #finished: () => void;
  #watch: Disposable | null = null;
  other!: Peer;
  /** Bytes, or datagrams: what it has to send, and how much has gone and come. */
  readonly amount: number;
  sent = 0;
  received = 0;
  #halfClosed = false;
  #ended = false;

  constructor(socket: Socket, amount: number, random: Random, totals: Totals, finished: () => void) {
    this.socket = socket;
    this.#stream = socket.style === SOCK_STREAM;
    this.amount = amount;
    this.#random = random;
    this.#totals = totals;
    this.#finished = finished;
  }

  watch(interest: Interest): void {
    this.#watch?.[Symbol.dispose]();
    this.#watch = watch(this.socket, interest, ({ readable, writable }) => {
      if (readable) this.#onReadable();
      if (writable && !this.socket.closed) this.#onWritable();
    });
  }

  #onReadable(): void {
    if (!this.#ended) this.#act('readable', (size, first) => this.#receive(size, first));
  }

  #onWritable(): void {
    if (this.sent < this.amount) this.#act('writable', (size, first) => this.#send(size, first));
    if (this.sent === this.amount) this.#halfClose();
  }

  /** A part, nothing, nothing for a while, or all that can be done. */
  #act(direction: 'readable' | 'writable', transfer: (size: number, first: boolean) => boolean): void {
    this.#totals.notifications++;
    const choice = this.#random(8);
    if (choice === 0) this.#later(direction);
    if (choice === 1) this.#pause();
    if (choice < 2) return;
    const most = choice < 6 ? this.#random(4) : Number.POSITIVE_INFINITY;
    for (let i = 0; i <= most; i++) {
      if (!transfer(1 + this.#random(choice < 6 ? 1000 : MOST), i === 0)) break;
    }
  }

  /** Whether there may be more. */
  #receive(size: number, first: boolean): boolean {
    const n = this.socket.recv(this.#buffer, 0, 0, this.#stream ? size : DATAGRAM);
    if (n === null) {
      if (first) this.#totals.spurious++;
      return false;
    }
    if (this.#stream && n === 0) {
      this.#ended = true;
      this.#totals.ends++;
      this.#closeIfDone();
      return false;
    }
    const from = this.received % PERIOD;
    const length = this.#stream ? n : DATAGRAM;
    if (n !== length || this.#buffer.compare(PATTERN, from, from + n, 0, n) !== 0) {
      throw new Error(`other bytes than were sent, at ${this.received}`);
    }
    this.received += this.#stream ? n : 1;
    // The window is open again; nobody but us can tell the sender.
    if (!this.#stream && !this.other.socket.closed) this.other.socket.rearm('writable');
    this.#closeIfDone();
    return !this.socket.closed;
  }

  #send(size: number, first: boolean): boolean {
    const left = this.amount - this.sent;
    if (left === 0) return false;
    if (!this.#stream && this.sent - this.other.received >= WINDOW) return false;
    const from = this.sent % PERIOD;
    const length = this.#stream ? Math.min(size, left) : DATAGRAM;
    const n = this.socket.send(PATTERN, 0, from, from + length);
    if (n === null) {
      if (first) this.#totals.spurious++;
      return false;
    }
    this.sent += this.#stream ? n : 1;
    return true;
  }

  /** An event that is ignored now is told again after the attempt that this stands for. */
  #later(direction: 'readable' | 'writable'): void {
    setTimeout(() => {
      if (!this.socket.closed) this.socket.rearm(direction);
    }, this.#random(3));
  }

  /** No interest for a while, or only in the other direction, while events are pending. */
  #pause(): void {
    this.#watch?.[Symbol.dispose]();
    this.#watch = null;
    if (this.#random(2) === 0) this.watch(this.#random(2) === 0 ? 'hangup' : 'writable');
    setTimeout(() => {
      if (!this.socket.closed) this.watch('both');
    }, this.#random(3));
  }

  #halfClose(): void {
    if (this.#stream && !this.#halfClosed) this.socket.shutdown(SHUT_WR);
    this.#halfClosed = true;
    this.#closeIfDone();
  }

  /** Closes, from inside the callback. A datagram socket waits for the other: closed, it would refuse its last. */
  #closeIfDone(): void {
    const received = this.#stream ? this.#ended : this.received === this.other.amount;
    if (!received || !this.#halfClosed || this.socket.closed) return;
    expect(this.received).to.equal(this.other.amount);
    this.socket.close();
    this.#finished();
  }
}

const KINDS: Record<string, { pair: () => [Socket, Socket]; amount: number; ends: boolean }> = {
  'TCP connections': { pair: tcpPair, amount: 500_000, ends: true },
  'Unix streams': { pair: () => closed(socketpair(AF_UNIX, SOCK_STREAM)), amount: 500_000, ends: true },
  'Unix datagram sockets': { pair: () => closed(socketpair(AF_UNIX, SOCK_DGRAM)), amount: 300, ends: false },
  'UDP sockets': {
    pair: () => {
      const [a, b] = closed([udpSocket(), udpSocket()]);
      a.connect(b.getsockname());
      b.connect(a.getsockname());
      return [a, b];
    },
    amount: 300,
    ends: false,
  },
};

describe(`random use of many sockets at once (UVSOCK_SEED=${SEED})`, function () {
  this.timeout(600_000);

  for (const [index, [kind, { pair, amount, ends }]] of Object.entries(KINDS).entries()) {
    it(`loses nothing, and hardly wakes in vain: ${kind}`, async () => {
      const random = randomOf(SEED + index);
      const totals: Totals = { notifications: 0, spurious: 0, ends: 0 };
      const pairs = scaled(10, 500);
      await new Promise<void>((resolve) => {
        let open = 2 * pairs;
        const finished = () => {
          if (--open === 0) resolve();
        };
        for (let i = 0; i < pairs; i++) {
          const [a, b] = pair().map((each) => {
            return new Peer(each, Math.ceil(amount / (1 + random(5))), random, totals, finished);
          }) as [Peer, Peer];
          a.other = b;
          b.other = a;
          a.watch('both');
          b.watch('both');
        }
      });
      console.log(`      ${totals.notifications} notifications, ${totals.spurious} in vain`);
      expect(totals.spurious / totals.notifications).to.be.at.most(0.05);
      expect(totals.ends).to.equal(ends ? 2 * pairs : 0);
    });
  }
});
