/** Runs the loads for a while, and looks at the process now and then. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { stats } from 'uvsock';
import { listen, mergeAccept, mergeRecv, send } from 'uvsock/rx';
import { SocketStream } from 'uvsock/stream';
import { randomOf } from '../support/scale.ts';
import { LOADS, type Place } from './loads.ts';

/** The process at one moment. */
export interface Sample {
  /** Seconds since the start. */
  seconds: number;
  /** Rounds done since the start. */
  rounds: number;
  /** Megabytes (10^6 bytes), after a collection where `gc` is exposed. */
  rss: number;
  heap: number;
  external: number;
  /** Open files of the process, /proc/self/fd. */
  descriptors: number;
  /** As {@link stats} says. */
  open: number;
  polled: number;
  armed: number;
  /** Of the event loop since the sample before, in milliseconds. */
  delayP50: number;
  delayP99: number;
}

export interface SoakConfig {
  seconds: number;
  /** Seconds between samples. */
  every: number;
  seed: number;
  /** Told of each sample. */
  onSample?: (sample: Sample) => void;
}

export interface SoakResult {
  samples: Sample[];
  /** Before and after all of it, with nothing left to do. */
  before: Sample;
  after: Sample;
  /** What the descriptors are that were not there before: targets of the links in /proc/self/fd. */
  left: string[];
  /** Rounds done, by load. */
  rounds: Record<string, number>;
  /** What went wrong, with the load's name. */
  failures: string[];
}

/** How many rounds are under way at any time. */
const AT_ONCE = 24;
/** Of which so many workers: each is a thread. */
const LOADS_WITH_THREADS = new Map([['a worker, ended at any moment', 1]]);
const FILE_BYTES = 4 << 20;

class Sampler {
  readonly #delay = monitorEventLoopDelay({ resolution: 5 });
  readonly #start = performance.now();
  rounds = 0;

  constructor() {
    this.#delay.enable();
  }

  sample(): Sample {
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    const { open, polled, armed } = stats();
    const delay = (percentile: number) => this.#delay.percentile(percentile) / 1e6 - 5;
    const sample = {
      seconds: (performance.now() - this.#start) / 1000,
      rounds: this.rounds,
      rss: rss / 1e6,
      heap: heapUsed / 1e6,
      external: external / 1e6,
      descriptors: readdirSync('/proc/self/fd').length,
      open,
      polled,
      armed,
      delayP50: Math.max(delay(50), 0),
      delayP99: Math.max(delay(99), 0),
    };
    this.#delay.reset();
    return sample;
  }

  stop(): void {
    this.#delay.disable();
  }
}

/** Servers that stay for all rounds. */
async function open(folder: string): Promise<Place & AsyncDisposable> {
  const bytes = randomBytes(FILE_BYTES);
  const file = join(folder, 'file');
  writeFileSync(file, bytes);
  const [echo, web] = [0, 1].map(() => listen({ host: '127.0.0.1', port: 0 })) as [
    ReturnType<typeof listen>,
    ReturnType<typeof listen>,
  ];
  // Clients reset connections; that is what they are for.
  const onError = () => {};
  const serving = mergeAccept(
    echo,
    (connection) => mergeRecv(connection, (chunk) => send(connection, chunk)),
    { onError },
  ).subscribe();
  const server = http.createServer(async (request, response) => {
    let length = 0;
    for await (const chunk of request) length += chunk.length;
    response.setHeader('Connection', 'close');
    response.end(String(length));
  });
  const accepting = mergeAccept(
    web,
    async (connection) => {
      const stream = new SocketStream(connection, { allowHalfOpen: true });
      server.emit('connection', stream);
      await once(stream, 'close');
    },
    { onError },
  ).subscribe();
  return {
    echo: echo.getsockname().port!,
    http: web.getsockname().port!,
    file,
    bytes,
    async [Symbol.asyncDispose]() {
      for (const each of [serving, accepting]) each.unsubscribe();
      for (const each of [echo, web]) each.close();
      server.close();
    },
  };
}

/** Until the counts have not changed for a second: ends that take their time, threads on their way out. */
async function settled(sampler: Sampler): Promise<Sample> {
  let last = sampler.sample();
  for (let calm = 0; calm < 5; ) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const now = sampler.sample();
    calm = now.open === last.open && now.descriptors === last.descriptors ? calm + 1 : 0;
    last = now;
  }
  return last;
}

/** What each descriptor of the process is. */
function descriptors(): Map<string, string> {
  const links = new Map<string, string>();
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      links.set(fd, readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      // That of the folder, which is closed by now.
    }
  }
  return links;
}

/** Every kind of load at once, in rounds that begin anew as long as there is time. */
export async function soak({ seconds, every, seed, onSample }: SoakConfig): Promise<SoakResult> {
  const folder = mkdtempSync(join(tmpdir(), 'uvsock-soak-'));
  const random = randomOf(seed);
  const names = Object.keys(LOADS);
  const rounds: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]));
  const failures: string[] = [];
  const samples: Sample[] = [];
  const sampler = new Sampler();
  try {
    // What the first of anything loads, makes and keeps is not counted as left behind.
    await using warm = await open(folder);
    for (const name of names) await LOADS[name]!(warm, random);
    const before = await settled(sampler);
    const known = descriptors();
    {
      await using place = await open(folder);
      const end = performance.now() + seconds * 1000;
      const over = () => performance.now() >= end || failures.length > 0;
      const running = new Map<string, number>();
      const actor = async () => {
        while (!over()) {
          const name = names[random(names.length)]!;
          const others = running.get(name) ?? 0;
          if (others >= (LOADS_WITH_THREADS.get(name) ?? AT_ONCE)) continue;
          running.set(name, others + 1);
          try {
            await LOADS[name]!(place, random);
            rounds[name]!++;
            sampler.rounds++;
          } catch (error) {
            failures.push(`${name}: ${(error as Error).stack}`);
          }
          running.set(name, running.get(name)! - 1);
        }
      };
      const timer = setInterval(() => {
        const sample = sampler.sample();
        samples.push(sample);
        onSample?.(sample);
      }, every * 1000);
      await Promise.all(Array.from({ length: AT_ONCE }, actor));
      clearInterval(timer);
    }
    const after = await settled(sampler);
    const left = [...descriptors()]
      .filter(([fd, target]) => known.get(fd) !== target)
      .map(([, target]) => target);
    return { samples, before, after, left, rounds, failures };
  } finally {
    sampler.stop();
    rmSync(folder, { recursive: true });
  }
}
