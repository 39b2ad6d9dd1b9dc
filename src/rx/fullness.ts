import type { Observer } from 'rxjs';
import { callHandler } from './report.ts';

/** Tells an observer when much waits, and when little does again, so that a source can pause. */
export class Fullness {
  readonly #highWaterMark: number;
  readonly #observer: Partial<Observer<boolean>> | undefined;
  /** What it was told last. */
  #full = false;

  constructor(highWaterMark: number, observer: Partial<Observer<boolean>> | undefined) {
    this.#highWaterMark = highWaterMark;
    this.#observer = observer;
  }

  /** `waiting` bytes wait: more than half is much, a quarter is little. */
  tell(waiting: number): void {
    const full = waiting > this.#highWaterMark / (this.#full ? 4 : 2);
    if (full === this.#full) return;
    this.#full = full;
    callHandler(() => this.#observer?.next?.(full));
  }
}
