/** The emitting half of fromRecv, fromRecvfrom and fromAccept. */
import { from, type ObservableInput, type Subscriber } from 'rxjs';
import { invalidArgType } from '../errors.ts';
import type { Sink, Source } from '../pull_loop.ts';

/** Configuration of the sources that emit as fast as the kernel gives. */
export interface PauseConfig {
  /**
   * While its newest value is true nothing is taken: what comes waits in the
   * kernel, and on a stream TCP slows the peer down. Not paused before the
   * first value; completing ends the pause; an error is the source's error.
   * Subscribed to with the source. Default: never.
   */
  pauseWhile?: ObservableInput<boolean>;
}

export function checkPauseWhile(pauseWhile: PauseConfig['pauseWhile']): PauseConfig['pauseWhile'] {
  if (pauseWhile !== undefined && (typeof pauseWhile !== 'object' || pauseWhile === null)) {
    throw invalidArgType('pauseWhile', 'an Observable', pauseWhile);
  }
  return pauseWhile;
}

/** Emits each item as it comes, except in pauses. */
export class PushSink<T> implements Sink<T> {
  readonly #subscriber: Subscriber<T>;
  readonly #pauseWhile: PauseConfig['pauseWhile'];
  #source: Source | null = null;
  #paused = false;

  constructor(subscriber: Subscriber<T>, pauseWhile: PauseConfig['pauseWhile']) {
    this.#subscriber = subscriber;
    this.#pauseWhile = pauseWhile;
  }

  get hasRoom(): boolean {
    return !this.#paused && !this.#subscriber.closed;
  }

  connect(source: Source): void {
    this.#source = source;
  }

  /** Lets the source run, until the subscriber is gone. */
  start(): void {
    const source = this.#source as Source;
    this.#subscriber.add(source);
    if (this.#pauseWhile !== undefined) this.#watchPauses(this.#pauseWhile);
    source.run();
  }

  next(item: T): void {
    this.#subscriber.next(item);
  }

  error(error: unknown): void {
    this.#subscriber.error(error);
  }

  complete(): void {
    this.#subscriber.complete();
  }

  #watchPauses(pauseWhile: ObservableInput<boolean>): void {
    this.#subscriber.add(
      from(pauseWhile).subscribe({
        next: (paused) => this.#pause(paused),
        error: (error) => this.#subscriber.error(error),
        complete: () => this.#pause(false),
      }),
    );
  }

  #pause(paused: boolean): void {
    this.#paused = paused;
    if (!paused) this.#source?.run();
  }
}
