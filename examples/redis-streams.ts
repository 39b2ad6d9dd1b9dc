/**
 * Metrics from UDP into Redis Streams, and out again in a consumer group: the
 * two halves of a pipeline that survives either of them.
 *
 *     redis-server --port 0 --unixsocket /tmp/redis &
 *     node dist/examples/redis-streams.js ingest --redis /tmp/redis --port 8125
 *     node dist/examples/redis-streams.js consume --redis /tmp/redis --name one
 *     then: echo 'requests 3' | nc -u -w 0 127.0.0.1 8125
 *
 * While Redis is slow or away, at most `--most` datagrams wait beside the batch
 * that is under way; what comes then is dropped, and counted. An entry may be
 * added twice, if the connection breaks between the command and its answer.
 */
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { fromEvent, interval, merge, take } from 'rxjs';
import { socket } from 'uvsock';
import { AF_INET, SOCK_DGRAM } from 'uvsock/constants';
import { fromRecvfrom } from 'uvsock/rx';
import { SocketStream } from 'uvsock/stream';

const STREAM = 'metrics';
const GROUP = 'workers';
/** Entries that Redis keeps, about. */
const KEPT = 100_000;
/** Commands in a pipeline, and entries in a read. */
const BATCH = 100;
/** In milliseconds, before what failed is tried again. */
const PAUSE = 100;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    redis: { type: 'string', default: '/tmp/redis' },
    port: { type: 'string', default: '0' },
    most: { type: 'string', default: '10000' },
    name: { type: 'string', default: 'one' },
    count: { type: 'string', default: 'Infinity' },
  },
});

const stop = merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM')).pipe(take(1));

/** ioredis over a SocketStream; commands fail at once while Redis is away, and nothing waits in the client. */
function connect(): Redis {
  class Connector {
    #stream: SocketStream | null = null;
    /** Why there is no connection, of which ioredis may hear too late to listen for it. */
    firstError: Error | undefined;
    check() {
      return true;
    }
    async connect() {
      this.#stream = new SocketStream().connect(values.redis).once('error', (error) => {
        this.firstError = error;
      });
      return this.#stream as never;
    }
    disconnect() {
      this.#stream?.end();
    }
  }
  const client = new Redis({
    Connector: Connector as never,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0, // what has no answer when the connection breaks fails, too
    retryStrategy: () => PAUSE,
  });
  client.on('error', () => {}); // it connects again
  return client;
}

/** Adds to the stream in batches, with a bounded number waiting. */
class Spool {
  readonly #client: Redis;
  readonly #most: number;
  #waiting: Buffer[] = [];
  #batch: Buffer[] = [];
  #work: Promise<void> | null = null;
  #received = 0;
  #added = 0;
  #dropped = 0;

  constructor(client: Redis, most: number) {
    this.#client = client;
    this.#most = most;
  }

  push(data: Buffer): void {
    this.#received++;
    if (this.#waiting.length >= this.#most) this.#dropped++;
    else this.#waiting.push(data);
    this.#work ??= this.#run();
  }

  async #run(): Promise<void> {
    while (this.#batch.length + this.#waiting.length > 0) {
      this.#batch.push(...this.#waiting.splice(0, BATCH - this.#batch.length));
      const failed = await this.#add(this.#batch);
      this.#added += this.#batch.length - failed.length;
      this.#batch = failed;
      if (failed.length > 0) await setTimeout(PAUSE);
    }
    this.#work = null;
  }

  /** Those that could not be added. */
  async #add(batch: readonly Buffer[]): Promise<Buffer[]> {
    const pipeline = this.#client.pipeline();
    for (const data of batch) pipeline.xadd(STREAM, 'MAXLEN', '~', KEPT, '*', 'data', data);
    try {
      const results = await pipeline.exec();
      return batch.filter((_, index) => results?.[index]?.[0] !== null);
    } catch {
      return [...batch];
    }
  }

  /** Until all is added, but not longer than a second. */
  async finish(): Promise<void> {
    await Promise.race([this.#work, setTimeout(1000, undefined, { ref: false })]);
  }

  toString(): string {
    const waiting = this.#waiting.length + this.#batch.length;
    return `received ${this.#received}, added ${this.#added}, dropped ${this.#dropped}, waiting ${waiting}`;
  }
}

function ingest(): void {
  const collector = socket(AF_INET, SOCK_DGRAM);
  collector.bind(AF_INET, '127.0.0.1', Number(values.port));
  const client = connect();
  const spool = new Spool(client, Number(values.most));
  console.log(`collecting on ${collector.getsockname()}`);
  const receiving = fromRecvfrom(collector).subscribe(({ data }) => spool.push(data));
  const telling = interval(200).subscribe(() => console.log(`${spool}`));
  stop.subscribe(async () => {
    receiving.unsubscribe();
    collector.close();
    await spool.finish();
    telling.unsubscribe();
    client.disconnect();
    console.log(`${spool}`);
    process.exit(); // what is left could only be tried for ever
  });
}

type Entries = [id: string, fields: string[]][];

/** Makes the group, unless another has. */
async function join(client: Redis): Promise<void> {
  await client.xgroup('CREATE', STREAM, GROUP, '0', 'MKSTREAM').catch((error: Error) => {
    if (!error.message.startsWith('BUSYGROUP')) throw error;
  });
}

async function consume(): Promise<void> {
  const client = connect();
  const most = Number(values.count);
  let stopped = false;
  stop.subscribe(() => {
    stopped = true;
  });
  let count = 0;
  let sum = 0;
  let from: '0' | '>' | undefined;
  while (!stopped && count < most) {
    try {
      if (from === undefined) await join(client);
      // What was read before and not acknowledged comes first.
      from ??= '0';
      const read = (await client.xreadgroup(
        ...(['GROUP', GROUP, values.name, 'COUNT', BATCH, 'BLOCK', 500, 'STREAMS', STREAM, from] as const),
      )) as [stream: string, entries: Entries][] | null;
      const entries = read?.[0]?.[1] ?? [];
      if (entries.length === 0) from = '>';
      else await client.xack(STREAM, GROUP, ...entries.map(([id]) => id));
      count += entries.length;
      for (const [, [, data = '']] of entries) sum += Number(data.trim().split(' ')[1]);
    } catch {
      from = undefined; // Redis is away, and may have forgotten everything
      await setTimeout(PAUSE);
    }
  }
  console.log(`${count} entries, their sum is ${sum}`);
  client.disconnect();
}

if (positionals[0] === 'consume') await consume();
else ingest();
