/** The loop behind every source: takes from the socket while there is something, and room for it. */
import { currentTurn, READABLE, Watch, type Watcher } from '../readiness.ts';
import type { Socket } from '../socket.ts';

/** What `take` returns at the end of the stream. */
export const END = Symbol('end of stream');

/**
 * Reads by need. It tries first and waits second: registration with epoll
 * comes with the first would-block. Runs iteratively, however it is resumed:
 * a consumer that makes room during a delivery does not recurse.
 */
export abstract class PullLoop<T> implements Watcher {
  protected readonly socket: Socket;
  readonly #maxPerTurn: number;
  readonly #watch: Watch;
  /** An attempt is worth making: none was made yet, or the kernel said so since the last would-block. */
  #ready = true;
  #watching = false;
  #running = false;
  #stopped = false;
  #turn = -1;
  #spent = 0;

  constructor(socket: Socket, maxPerTurn: number) {
    this.socket = socket;
    this.#maxPerTurn = maxPerTurn;
    this.#watch = new Watch(socket, 0, this);
  }

  /** One attempt: an item, null for would-block, or the end. May throw. */
  protected abstract take(): T | null | typeof END;
  /** Whether the consumer can take an item now. */
  protected abstract hasRoom(): boolean;
  protected abstract deliver(item: T): void;
  /** Nothing more will come: the end of the stream, or the socket was closed. */
  protected abstract finish(): void;
  protected abstract fail(error: unknown): void;

  /** Takes as long as it can; harmless at any time. */
  run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      while (!this.#stopped && this.#ready && this.hasRoom()) this.#step();
    } finally {
      this.#running = false;
    }
  }

  onReady(): void {
    this.#ready = true;
    this.run();
  }

  onClose(): void {
    this.stop();
    this.finish();
  }

  /** Takes no more, for good. */
  stop(): void {
    this.#stopped = true;
    this.#watch.dispose();
  }

  /** Until the kernel says otherwise there is nothing: for `take`, which may know without a second call. */
  protected exhausted(): void {
    this.#ready = false;
    if (this.#watching) return;
    this.#watching = true;
    this.#watch.setMask(READABLE);
  }

  /** No attempt before `resume`, whatever the kernel says. */
  protected suspend(): void {
    this.#ready = false;
    this.#watching = false;
    this.#watch.setMask(0);
  }

  protected resume(): void {
    this.onReady();
  }

  #step(): void {
    try {
      if (this.#overBudget()) return;
      const item = this.take();
      if (item === null) {
        if (this.#ready) this.exhausted();
      } else if (item === END) {
        this.stop();
        this.finish();
      } else {
        this.deliver(item);
      }
    } catch (error) {
      this.stop();
      this.fail(error);
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
