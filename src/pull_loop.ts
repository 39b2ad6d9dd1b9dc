/** The loop behind every source: takes from the socket while there is something, and room for it. */
import { currentTurn, READABLE, Watch, type Watcher } from './readiness.ts';
import type { Socket } from './socket.ts';

/** What `take` returns at the end of the stream. */
export const END = Symbol('end of stream');

/** What a sink knows of the loop that feeds it. */
export interface Source {
  /** Goes on, now that there is room; harmless at any time. */
  run(): void;
  /** Takes no more, for good. */
  unsubscribe(): void;
  /** Calls in the async context of the subscription, whoever has caused it. */
  enter(call: () => void): void;
}

/** Where a loop's items go. */
export interface Sink<T> {
  /** Called once, before anything else. */
  connect(source: Source): void;
  /** Whether it can take an item now; when that becomes true it calls its source's `run`. */
  readonly hasRoom: boolean;
  next(item: T): void;
  error(error: unknown): void;
  /** Nothing more will come: the end of the stream, or the socket was closed. */
  complete(): void;
}

/**
 * Reads by need. It tries first and waits second: registration with epoll
 * comes with the first would-block. Runs iteratively, however it is resumed:
 * a consumer that makes room during a delivery does not recurse.
 */
export abstract class PullLoop<T> implements Watcher, Source {
  protected readonly socket: Socket;
  readonly #maxPerTurn: number;
  readonly #sink: Sink<T>;
  readonly #watch: Watch;
  readonly #direction: number;
  /** An attempt is worth making: none was made yet, or the kernel said so since the last would-block. */
  #ready = true;
  #watching = false;
  #running = false;
  #stopped = false;
  #turn = -1;
  #spent = 0;

  constructor(socket: Socket, maxPerTurn: number, sink: Sink<T>, direction = READABLE) {
    this.socket = socket;
    this.#direction = direction;
    this.#maxPerTurn = maxPerTurn;
    this.#sink = sink;
    this.#watch = new Watch(socket, 0, this);
    sink.connect(this);
  }

  /** One attempt: an item, null for would-block, or the end. May throw. */
  protected abstract take(): T | null | typeof END;

  run(): void {
    if (this.#canRun()) this.#watch.runInAsyncScope(this.#run, this);
  }

  enter(call: () => void): void {
    this.#watch.runInAsyncScope(call);
  }

  onReady(): void {
    this.#ready = true;
    if (this.#canRun()) this.#run();
  }

  onClose(): void {
    this.unsubscribe();
    this.#sink.complete();
  }

  unsubscribe(): void {
    this.#stopped = true;
    this.#watch.dispose();
  }

  /** Until the kernel says otherwise there is nothing: for `take`, which may know without a second call. */
  protected exhausted(): void {
    this.#ready = false;
    if (this.#watching) return;
    this.#watching = true;
    this.#watch.setMask(this.#direction);
  }

  /** No attempt before `onReady`, whatever the kernel says. */
  protected suspend(): void {
    this.#ready = false;
    this.#watching = false;
    this.#watch.setMask(0);
  }

  #canRun(): boolean {
    return !this.#running && !this.#stopped && this.#ready;
  }

  #run(): void {
    this.#running = true;
    try {
      while (!this.#stopped && this.#ready && this.#sink.hasRoom) this.#step();
    } finally {
      this.#running = false;
    }
  }

  #step(): void {
    try {
      if (this.#overBudget()) return;
      const item = this.take();
      if (item === null) {
        if (this.#ready) this.exhausted();
      } else if (item === END) {
        this.unsubscribe();
        this.#sink.complete();
      } else {
        this.#sink.next(item);
      }
    } catch (error) {
      this.unsubscribe();
      this.#sink.error(error);
    }
  }

  /**
   * Counts against the loop's turn, whatever resumed us: a consumer made of
   * promises does so from microtasks, and would starve timers. Waiting anew
   * is an attempt, so the next turn notifies again.
   */
  #overBudget(): boolean {
    const turn = currentTurn();
    if (turn !== this.#turn) {
      this.#turn = turn;
      this.#spent = 0;
    }
    if (this.#spent++ < this.#maxPerTurn) return false;
    this.#watching = false;
    this.exhausted();
    return true;
  }
}
