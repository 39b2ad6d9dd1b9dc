/** The timer of a stream's `setTimeout`: it keeps no process alive. */
import { milliseconds } from '../config.ts';

export class IdleTimer {
  #timer: NodeJS.Timeout | undefined;

  /** Calls back when there was no `touch` for so many milliseconds; 0: never. */
  set(duration: number, onIdle: () => void): void {
    const limit = milliseconds('msecs', duration, 0);
    this.stop();
    if (limit !== 0) this.#timer = setTimeout(onIdle, limit).unref();
  }

  /** Something has happened: the time begins anew. */
  touch(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
