/** Async iteration over what a loop takes: an item for each `next`, and nothing ahead. */
import type { Sink, Source } from '../pull_loop.ts';
import { requireSignal } from '../readiness.ts';

/** Options of an async iteration. */
export interface IterationOptions {
  /** Aborting it ends the iteration with the signal's reason. */
  signal?: AbortSignal | undefined;
}

interface Waiting<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

const DONE: IteratorResult<never, undefined> = { done: true, value: undefined };

/** Who waits for items: the loop takes only while there is somebody. */
class Demand<T> implements Sink<T> {
  readonly #waiting: Waiting<T>[] = [];
  readonly #onOver: () => void;
  /** An error that nobody was there for. */
  #error: { reason: unknown } | null = null;
  over = false;

  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  get hasRoom(): boolean {
    return this.#waiting.length > 0;
  }

  connect(): void {}

  add(waiting: Waiting<T>): void {
    this.#waiting.push(waiting);
  }

  next(item: T): void {
    this.#waiting.shift()?.resolve({ done: false, value: item });
  }

  error(reason: unknown): void {
    if (this.over) return;
    const first = this.#waiting.shift();
    if (first === undefined) this.#error = { reason };
    else first.reject(reason);
    this.complete();
  }

  complete(): void {
    if (this.over) return;
    this.over = true;
    for (const each of this.#waiting.splice(0)) each.resolve(DONE);
    this.#onOver();
  }

  /** For who asks when it is over. */
  async outcome(): Promise<IteratorResult<T, undefined>> {
    const error = this.#error;
    this.#error = null;
    if (error !== null) throw error.reason;
    return DONE;
  }
}

/** The loop begins with the first `next`, and ends with the iteration. */
export class PullIterator<T> implements AsyncIterableIterator<T, undefined, undefined>, AsyncDisposable {
  readonly #begin: (sink: Sink<T>) => Source;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.#stop().error(this.#signal?.reason);
  readonly #demand = new Demand<T>(() => this.#signal?.removeEventListener('abort', this.#onAbort));
  #source: Source | null = null;

  /** `begin` makes the loop that feeds the sink. */
  constructor(begin: (sink: Sink<T>) => Source, { signal }: IterationOptions) {
    this.#begin = begin;
    this.#signal = requireSignal(signal);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#source === null && !this.#demand.over) this.#start();
    if (this.#demand.over) return this.#demand.outcome();
    return new Promise((resolve, reject) => {
      this.#demand.add({ resolve, reject });
      this.#source?.run();
    });
  }

  /** What `break` does: nothing more is taken. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#stop().complete();
    return DONE;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #start(): void {
    try {
      this.#signal?.throwIfAborted();
      this.#source = this.#begin(this.#demand);
      this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
    } catch (error) {
      this.#demand.error(error);
    }
  }

  #stop(): Demand<T> {
    this.#source?.unsubscribe();
    return this.#demand;
  }
}
