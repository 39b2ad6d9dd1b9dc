import cluster from 'node:cluster';
import type { EventEmitter } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type SocketAddress, toSocketAddress } from '../address.ts';
import { milliseconds, optionalFunction, positive, requireConfig } from '../config.ts';
import { SOMAXCONN } from '../constants.ts';
import { invalidArgType, invalidArgValue } from '../errors.ts';
import { DRAIN, LISTENING, sharing, type Task, VARIABLE } from './group_member.ts';

/** Configuration of {@link reusePortGroup}. */
export interface ReusePortGroupConfig {
  /** A literal address. Default `'::'`, every address of this machine; where there is no IPv6, `'0.0.0.0'` is to be given. */
  host?: string;
  /** 0 to 65535; of 0 the kernel makes a free one. Default 0. */
  port?: number;
  /** How many connections may wait at each worker. Default `SOMAXCONN`. */
  backlog?: number;
  /** How many workers, 1 to 1,024. Default: as many as there are processors, `os.availableParallelism()`. */
  workers?: number;
  /** Whether they are threads, `node:worker_threads`, or processes, `node:cluster`. Default `'threads'`. */
  kind?: 'threads' | 'cluster';
  /** What threads find as their `workerData`. */
  workerData?: unknown;
  /** How long connections may go on after {@link ReusePortGroup.close}, in milliseconds. Default 10,000. */
  grace?: number;
  /**
   * Told of a worker that ended without being asked: its error, or its exit
   * code, and in how many milliseconds another is started. Default: a process
   * warning.
   */
  onExit?: (reason: unknown, pause: number) => void;
}

/** Workers that listen on one port. */
export interface ReusePortGroup extends AsyncDisposable {
  /** Where they listen. */
  readonly address: SocketAddress;
  /** How many listen now. */
  readonly listening: number;
  /**
   * Has all workers accept what waits, close their listeners and let
   * connections finish; ends those that are not over when the time is.
   *
   * @returns Fulfilled when all workers are gone.
   */
  close(): Promise<void>;
}

/** Between the end of a worker and the next, in milliseconds; doubled while they do not live longer than the last. */
const FIRST_PAUSE = 100;
const LAST_PAUSE = 10_000;

/** A thread or a process. */
interface Running {
  readonly events: EventEmitter;
  tell(message: string): void;
  end(): void;
}

type Start = () => Running;

const KINDS: Readonly<Record<string, (file: string, env: NodeJS.ProcessEnv, data: unknown) => Running>> = {
  threads(file, env, workerData) {
    const worker = new Worker(file, { env, workerData });
    return {
      events: worker,
      tell: (message) => worker.postMessage(message),
      end: () => void worker.terminate(),
    };
  },
  cluster(exec, env) {
    cluster.setupPrimary({ exec });
    const worker = cluster.fork(env);
    return {
      events: worker,
      // One that is about to end may have no channel any more.
      tell: (message) => void (worker.isConnected() && worker.send(message)),
      end: () => void worker.process.kill('SIGKILL'),
    };
  },
};

function warn(reason: unknown, pause: number): void {
  process.emitWarning(`A worker has ended (${reason}); another is started in ${pause} ms`, {
    type: 'WorkerGroupWarning',
    code: 'UVSOCK_WORKER_RESTART',
  });
}

/** One worker after the other. */
class Place {
  readonly #start: Start;
  readonly #onExit: (reason: unknown, pause: number) => void;
  #running: Running | null = null;
  #timer: NodeJS.Timeout | undefined;
  #pause = FIRST_PAUSE;
  #since = 0;
  #closing = false;
  #gone: () => void = () => {};
  listening = false;

  constructor(start: Start, onExit: (reason: unknown, pause: number) => void) {
    this.#start = start;
    this.#onExit = onExit;
  }

  /** Fulfilled when the first worker listens; rejected if it ends before. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => this.#run(resolve, reject));
  }

  #run(resolve: () => void, failed: ((reason: unknown) => void) | null): void {
    const running = this.#start();
    this.#running = running;
    let reason: unknown;
    running.events.on('message', (message: unknown) => {
      if (message !== LISTENING) return;
      this.listening = true;
      this.#since = performance.now();
      // Asked to stop while it was started.
      if (this.#closing) running.tell(DRAIN);
      resolve();
    });
    running.events.on('error', (error: unknown) => {
      reason = error;
    });
    running.events.on('exit', (code: number | null, signal?: string) => {
      const first = !this.listening && failed !== null;
      const lived = this.listening ? performance.now() - this.#since : 0;
      this.listening = false;
      this.#running = null;
      reason ??= new Error(`A worker has ended with ${signal ?? `code ${code}`}`);
      if (first) failed(reason);
      else if (!this.#closing) this.#again(reason, lived);
      this.#gone();
    });
  }

  #again(reason: unknown, lived: number): void {
    if (lived > LAST_PAUSE) this.#pause = FIRST_PAUSE;
    const pause = this.#pause;
    this.#pause = Math.min(2 * pause, LAST_PAUSE);
    this.#timer = setTimeout(() => this.#run(() => {}, null), pause);
    this.#onExit(reason, pause);
  }

  async close(grace: number): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    const running = this.#running;
    if (running === null) return;
    const gone = new Promise<void>((resolve) => {
      this.#gone = resolve;
    });
    if (this.listening) running.tell(DRAIN);
    const timer = setTimeout(() => running.end(), grace);
    await gone;
    clearTimeout(timer);
  }
}

class Group implements ReusePortGroup {
  readonly address: SocketAddress;
  readonly #places: readonly Place[];
  readonly #release: () => void;
  readonly #grace: number;
  #closed: Promise<void> | undefined;

  constructor(address: SocketAddress, places: readonly Place[], grace: number, release: () => void) {
    this.address = address;
    this.#places = places;
    this.#grace = grace;
    this.#release = release;
  }

  get listening(): number {
    return this.#places.filter(({ listening }) => listening).length;
  }

  close(grace = this.#grace): Promise<void> {
    this.#closed ??= Promise.all(this.#places.map((place) => place.close(grace))).then(this.#release);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Starts workers that listen on one port, so that a server uses every core: the
 * kernel shares connections out by a hash of the addresses, `SO_REUSEPORT` of
 * socket(7), and no process hands them on. A worker that ends is replaced, later
 * and later if that happens again and again.
 *
 * The port stays the group's while it lives: it has a socket bound to it that
 * does not listen. What waits at a worker that crashes is lost, unless the
 * kernel moves it to another (`net.ipv4.tcp_migrate_req`, ip-sysctl).
 *
 * @example
 * const group = await reusePortGroup(new URL('./worker.js', import.meta.url), { port: 7 });
 * process.once('SIGTERM', () => group.close());
 *
 * @see {@link groupMember}, which `worker.js` calls
 * @param file The program of a worker: a path, or a `file:` URL.
 * @param config See {@link ReusePortGroupConfig}.
 * @returns The group, when all workers listen. Rejected, with none left, if one
 * ends before; with what bind(2) answers.
 */
export async function reusePortGroup(
  file: string | URL,
  config: ReusePortGroupConfig = {},
): Promise<ReusePortGroup> {
  if (typeof file !== 'string' && !(file instanceof URL)) {
    throw invalidArgType('file', 'of type string or a URL', file);
  }
  const { host = '::', port = 0, kind = 'threads', workerData } = requireConfig(config);
  const start = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (start === undefined) throw invalidArgValue('kind', kind, "must be 'threads' or 'cluster'");
  const count = positive('workers', config.workers, availableParallelism(), 1024);
  const backlog = positive('backlog', config.backlog, SOMAXCONN, 2 ** 31 - 1);
  const grace = milliseconds('grace', config.grace, 10_000);
  const onExit = optionalFunction('onExit', config.onExit) ?? warn;
  const path = typeof file === 'string' ? file : fileURLToPath(file);

  const reserved = sharing(toSocketAddress({ address: host, port }));
  const address = reserved.getsockname();
  const task: Task = { address: String(address), backlog, grace };
  const env = { ...process.env, [VARIABLE]: JSON.stringify(task) };
  const places = Array.from({ length: count }, () => new Place(() => start(path, env, workerData), onExit));
  const group = new Group(address, places, grace, () => reserved.close());
  try {
    await Promise.all(places.map((place) => place.open()));
    return group;
  } catch (error) {
    await group.close(0);
    throw error;
  }
}
