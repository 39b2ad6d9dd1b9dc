/** The working half of mergeRecv, mergeRecvfrom and mergeAccept. */
import { type ObservableInput, type OperatorFunction, Subject, type Subscriber } from 'rxjs';
import type { Sink, Source } from '../pull_loop.ts';
import { type InnerOwner, subscribeInner } from './inner.ts';
import { callHandler } from './report.ts';

/** How items become observables, and what happens around them. */
export interface Work<I, R> {
  project(item: I, index: number): ObservableInput<R>;
  /** Where given, work that has completed is ended by this, and is over when `done` is called. */
  end?: ((item: I, done: () => void) => void) | undefined;
  /** Where given, an item's error ends that item only. */
  onError?: ((error: unknown, item: I) => void) | undefined;
  /** The work on an item is over, and it was not unsubscribed. */
  onGone?: ((item: I) => void) | undefined;
  /** The work on an item was unsubscribed. */
  onUnsubscribed?: ((item: I) => void) | undefined;
}

/**
 * Runs the work on at most `concurrent` items at once, and begins with at most
 * `perTurn` in a turn of the event loop; what comes beyond that waits in order.
 */
export class Merge<I, R> implements Sink<I>, InnerOwner<I, R> {
  readonly #work: Work<I, R>;
  readonly #concurrent: number;
  readonly #subscriber: Subscriber<R>;
  readonly #perTurn: number;
  #source: Source | null = null;
  /** How many were begun since the last pause. */
  #begun = 0;
  /** Until the next turn. */
  #pausing = false;
  #waiting: I[] | null = null;
  /** How many of the waiting have been taken. */
  #taken = 0;
  #active = 0;
  #index = 0;
  #completed = false;
  #draining = false;

  constructor(
    work: Work<I, R>,
    concurrent: number,
    subscriber: Subscriber<R>,
    perTurn = Number.POSITIVE_INFINITY,
  ) {
    this.#work = work;
    this.#concurrent = concurrent;
    this.#subscriber = subscriber;
    this.#perTurn = perTurn;
  }

  connect(source: Source): void {
    this.#source = source;
  }

  /** Lets the source run, until the subscriber is gone. */
  start(): void {
    const source = this.#source as Source;
    this.#subscriber.add(source);
    source.run();
  }

  /** Whether an item would be worked on at once. */
  get hasRoom(): boolean {
    return this.#waiting === null && this.#hasPlace();
  }

  next(item: I): void {
    if (this.hasRoom) this.#begin(item);
    else if (this.#waiting === null) this.#waiting = [item];
    else this.#waiting.push(item);
  }

  error(error: unknown): void {
    this.#subscriber.error(error);
  }

  /** Completes when the work is done. */
  complete(): void {
    this.#completed = true;
    this.#goOn();
  }

  project(item: I, index: number): ObservableInput<R> {
    return this.#work.project(item, index);
  }

  innerError(error: unknown, item: I): void {
    const { onError } = this.#work;
    if (onError === undefined) {
      this.#subscriber.error(error);
      return;
    }
    callHandler(() => onError(error, item));
    this.#gone(item);
  }

  innerComplete(item: I): void {
    if (this.#work.end === undefined) this.#gone(item);
    else this.#work.end(item, () => this.#gone(item));
  }

  innerUnsubscribed(item: I): void {
    this.#work.onUnsubscribed?.(item);
  }

  #gone(item: I): void {
    this.#active--;
    this.#work.onGone?.(item);
    if (this.#waiting === null) this.#goOn();
    else if (!this.#draining) this.#source?.enter(() => this.#goOn());
  }

  #hasPlace(): boolean {
    return this.#active < this.#concurrent && !this.#pausing && !this.#subscriber.closed;
  }

  #isWaiting(): boolean {
    return this.#waiting !== null && this.#taken < this.#waiting.length;
  }

  #begin(item: I): void {
    this.#active++;
    if (++this.#begun >= this.#perTurn) this.#pause();
    subscribeInner(this, item, this.#index++, this.#subscriber);
  }

  #pause(): void {
    this.#begun = 0;
    this.#pausing = true;
    setImmediate(() => {
      this.#pausing = false;
      this.#source?.enter(() => this.#goOn());
    });
  }

  /** Iteratively: work that completes at once does not recurse. */
  #goOn(): void {
    if (this.#draining) return;
    this.#draining = true;
    while (this.#isWaiting() && this.#hasPlace()) {
      this.#begin(this.#waiting?.[this.#taken++] as I);
    }
    this.#draining = false;
    if (this.#isWaiting()) return;
    this.#taken = 0;
    this.#waiting = null;
    if (!this.#completed) this.#source?.run();
    else if (this.#active === 0) this.#subscriber.complete();
  }
}

/**
 * A merge behind an operator that makes items of what is received: the source
 * has room to deliver when every item so far is being worked on.
 */
export class MergeThrough<T, I, R> implements Sink<T> {
  readonly #merge: Merge<I, R>;
  readonly #received = new Subject<T>();
  readonly #through: OperatorFunction<T, I>;
  readonly #subscriber: Subscriber<R>;

  constructor(through: OperatorFunction<T, I>, merge: Merge<I, R>, subscriber: Subscriber<R>) {
    this.#merge = merge;
    this.#through = through;
    this.#subscriber = subscriber;
  }

  get hasRoom(): boolean {
    return this.#merge.hasRoom;
  }

  connect(source: Source): void {
    this.#merge.connect(source);
    this.#subscriber.add(
      this.#received.pipe(this.#through).subscribe({
        next: (item) => this.#merge.next(item),
        error: (error) => this.#merge.error(error),
        complete: () => {
          // Also when the operator wants no more before the stream ends.
          source.unsubscribe();
          this.#merge.complete();
        },
      }),
    );
  }

  start(): void {
    this.#merge.start();
  }

  next(item: T): void {
    this.#received.next(item);
  }

  error(error: unknown): void {
    this.#subscriber.error(error);
  }

  complete(): void {
    this.#received.complete();
  }
}
