/** The sockets again and again, and what happened between: the figures of `uvsock top`. */
import { type SocketEntry, type SocketOwner, socketOwners, socketTable } from '../diag/index.ts';
import type { TcpInfo } from '../tcp_info.ts';
import type { TopOptions } from './options.ts';

/** A socket, with what only two looks at it can tell. */
export type Row = SocketEntry & {
  /** Bytes per second that the peer acknowledged; `null` if not known. */
  sendRate: number | null;
  /** Bytes per second that arrived; `null` if not known. */
  receiveRate: number | null;
  owners: SocketOwner[];
};

/** The sockets at one time. */
export interface Sample {
  time: Date;
  /** Since the sample before, `null` if there is none. */
  seconds: number | null;
  /** The busiest first. */
  sockets: Row[];
}

/** The connection's TCP_INFO; that of a listener says nothing of bytes and segments. */
export const infoOf = (entry: SocketEntry): TcpInfo | undefined =>
  entry.protocol === 'unix' || entry.state === 'LISTEN' ? undefined : entry.info;

/** The growth of a counter per second, `null` without both of its values. */
const rate = (now: number | undefined, before: number | undefined, seconds: number | null) =>
  now === undefined || before === undefined || seconds === null ? null : (now - before) / seconds;

/** Who has what open; looked up again only when there are sockets that were not there before. */
class Owners {
  readonly #pid: number | undefined;
  #asked = new Set<bigint>();
  #found = new Map<number, SocketOwner[]>();

  constructor(pid: number | undefined) {
    this.#pid = pid;
  }

  async of(entries: SocketEntry[]): Promise<Map<number, SocketOwner[]>> {
    const open = entries.filter(({ inode }) => inode !== 0);
    const known = open.every(({ cookie }) => this.#asked.has(cookie));
    this.#asked = new Set(open.map(({ cookie }) => cookie));
    if (!known) this.#found = await socketOwners(this.#pid === undefined ? {} : { pid: this.#pid });
    return this.#found;
  }
}

/** The busiest first, then those that may get busy, by their names. */
function compare(a: Row, b: Row): number {
  const traffic = ({ sendRate, receiveRate }: Row) => (sendRate ?? 0) + (receiveRate ?? 0);
  const over = ({ state }: Row) => Number(state === 'TIME_WAIT');
  return (
    traffic(b) - traffic(a) ||
    over(a) - over(b) ||
    a.protocol.localeCompare(b.protocol) ||
    (a.local.port ?? 0) - (b.local.port ?? 0) ||
    Number(a.cookie - b.cookie)
  );
}

/** Looks at the sockets, each time on demand. */
export class Sampler {
  readonly #options: TopOptions;
  readonly #owners: Owners;
  /** By cookie. */
  #before = new Map<bigint, TcpInfo | undefined>();
  #beforeTime: number | null = null;

  constructor(options: TopOptions) {
    this.#options = options;
    this.#owners = new Owners(options.pid);
  }

  async next(signal: AbortSignal): Promise<Sample> {
    const { protocols, pid, port } = this.#options;
    const entries = await socketTable({
      protocols,
      ...(pid !== undefined && { pid }),
      ...(port !== undefined && { port }),
      signal,
    });
    const [now, time] = [performance.now(), new Date()];
    const seconds = this.#beforeTime === null ? null : (now - this.#beforeTime) / 1000;
    const owners = await this.#owners.of(entries);
    const sockets = entries.map((entry): Row => {
      const [info, before] = [infoOf(entry), this.#before.get(entry.cookie)];
      return {
        ...entry,
        sendRate: rate(info?.bytesAcked, before?.bytesAcked, seconds),
        receiveRate: rate(info?.bytesReceived, before?.bytesReceived, seconds),
        owners: owners.get(entry.inode) ?? [],
      };
    });
    this.#before = new Map(entries.map((entry) => [entry.cookie, infoOf(entry)]));
    this.#beforeTime = now;
    return { time, seconds, sockets: sockets.sort(compare) };
  }
}
