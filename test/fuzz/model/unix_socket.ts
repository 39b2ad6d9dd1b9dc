/** What Unix sockets do, unix(7), as far as calls can see it: connections, pairs of datagram sockets, what is in them. */
import { SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } from 'uvsock/constants';

/** What a call comes to: a value, or the code of what it throws; of the model's, the codes that it may throw. */
export type Outcome = number | boolean | string | null | { errors: string[] };

const fails = (...errors: string[]): Outcome => ({ errors });

const RECEIVING = 1;
const SENDING = 2;

export class ModelSocket {
  readonly style: number;
  state: 'fresh' | 'listening' | 'connected' | 'closed' = 'fresh';
  isBound = false;
  /** Stays known after its end, until a datagram cannot be sent to it. */
  peer: ModelSocket | null = null;
  /** Those that nobody has accepted yet. */
  waiting: ModelSocket[] = [];
  #inbox: Buffer[] = [];
  #shut = 0;
  #error: string | null = null;

  constructor(style: number) {
    this.style = style;
  }

  static pair(style: number): [ModelSocket, ModelSocket] {
    const [one, other] = [new ModelSocket(style), new ModelSocket(style)];
    one.#join(other);
    return [one, other];
  }

  #join(other: ModelSocket): void {
    this.peer = other;
    other.peer = this;
    this.state = 'connected';
    other.state = 'connected';
  }

  /** Readers of datagrams are woken by the end, too, though they cannot receive it. */
  get isReadable(): boolean {
    const atEnd = (this.#shut & RECEIVING) !== 0;
    return this.#inbox.length > 0 || this.waiting.length > 0 || atEnd || this.#error !== null;
  }

  bind(): Outcome {
    if (this.state === 'closed') return fails('ERR_SOCKET_CLOSED');
    this.isBound = true;
    return true;
  }

  listen(): Outcome {
    if (this.state === 'closed') return fails('ERR_SOCKET_CLOSED');
    if (this.style === SOCK_DGRAM) return fails('EOPNOTSUPP');
    if (!this.isBound || this.state === 'connected') return fails('EINVAL');
    this.state = 'listening';
    return true;
  }

  /** To its abstract name, which is nobody's if it is closed. */
  connect(to: ModelSocket): Outcome {
    if (this.state === 'closed') return fails('ERR_SOCKET_CLOSED');
    // Each style has abstract names of its own.
    const isThere = to.state === 'listening' && to.style === this.style;
    if (!isThere || (to.#shut & RECEIVING) !== 0) return fails('ECONNREFUSED');
    if (this.state !== 'fresh') return fails(this.state === 'connected' ? 'EISCONN' : 'EINVAL');
    const server = new ModelSocket(this.style);
    server.isBound = true;
    this.#join(server);
    to.waiting.push(server);
    return true;
  }

  /** The server's end, or what the call comes to. */
  accept(): ModelSocket | Outcome {
    if (this.state === 'closed') return fails('ERR_SOCKET_CLOSED');
    if (this.style === SOCK_DGRAM) return fails('EOPNOTSUPP');
    if (this.state !== 'listening') return fails('EINVAL');
    return this.waiting.shift() ?? null;
  }

  send(data: Buffer): Outcome {
    if (this.state === 'closed') return fails('ERR_SOCKET_CLOSED');
    if (this.style === SOCK_SEQPACKET) {
      const error = this.takeError();
      if (error !== null) return fails(error);
    }
    const { peer } = this;
    // Kernels differ in which they look at first.
    if (peer === null && this.style === SOCK_DGRAM && this.#shut & SENDING) return fails('ENOTCONN', 'EPIPE');
    if (peer === null) return fails('ENOTCONN');
    if (this.#shut & SENDING) return fails('EPIPE');
    if (peer.state === 'closed') {
      // Only datagram sockets hear of it so late, and then forget all that came from there.
      this.peer = null;
      this.#inbox = [];
      return fails('ECONNREFUSED');
    }
    if (peer.#shut & RECEIVING) return fails('EPIPE');
    if (this.style !== SOCK_STREAM || data.length > 0) peer.#inbox.push(data);
    return data.length;
  }

  /** As hexadecimal digits. */
  receive(size: number, peek: boolean): Outcome {
    if (this.state === 'closed') return fails('ERR_SOCKET_CLOSED');
    if (this.state !== 'connected' && this.style !== SOCK_DGRAM) {
      return fails(this.style === SOCK_STREAM ? 'EINVAL' : 'ENOTCONN');
    }
    if (this.#inbox.length === 0 || this.style !== SOCK_STREAM) {
      const error = this.takeError();
      if (error !== null) return fails(error);
    }
    if (this.#inbox.length === 0) {
      return this.style !== SOCK_DGRAM && (this.#shut & RECEIVING) !== 0 ? '' : null;
    }
    const all = this.style === SOCK_STREAM ? Buffer.concat(this.#inbox) : (this.#inbox[0] as Buffer);
    if (!peek) {
      const rest = all.subarray(size);
      if (this.style !== SOCK_STREAM) this.#inbox.shift();
      else this.#inbox = rest.length > 0 ? [rest] : [];
    }
    return all.toString('hex', 0, size);
  }

  shutdown(how: number): Outcome {
    if (this.state === 'closed') return fails('ERR_SOCKET_CLOSED');
    if (how < 0 || how > 2) return fails('EINVAL');
    this.#shut |= how + 1;
    if (this.peer !== null && this.style !== SOCK_DGRAM) {
      if (how !== 1) this.peer.#shut |= SENDING;
      if (how !== 0) this.peer.#shut |= RECEIVING;
    }
    return true;
  }

  /** Whether it has a peer. */
  getpeername(): Outcome {
    if (this.state === 'closed') return fails('ERR_SOCKET_CLOSED');
    return this.peer === null ? fails('ENOTCONN') : true;
  }

  bytesReadable(): Outcome {
    if (this.state === 'closed') return fails('ERR_SOCKET_CLOSED');
    if (this.state === 'listening') return fails('EINVAL');
    const counted = this.style === SOCK_DGRAM ? this.#inbox.slice(0, 1) : this.#inbox;
    return counted.reduce((sum, { length }) => sum + length, 0);
  }

  /** The pending error, which is so no more. */
  takeError(): string | null {
    const error = this.#error;
    this.#error = null;
    return error;
  }

  close(): void {
    if (this.state === 'closed') return;
    for (const each of this.waiting.splice(0)) each.#end(true);
    this.#end(this.#inbox.length > 0);
  }

  #end(loses: boolean): void {
    this.state = 'closed';
    const { peer } = this;
    this.peer = null;
    if (peer === null || this.style === SOCK_DGRAM) return;
    peer.#shut = RECEIVING | SENDING;
    if (loses) peer.#error = 'ECONNRESET';
  }
}
