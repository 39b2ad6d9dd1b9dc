import { from, type ObservableInput, Subscriber } from 'rxjs';

/** Who runs inner observables, one for each item. */
export interface InnerOwner<I, R> {
  project(item: I, index: number): ObservableInput<R>;
  innerError(error: unknown, item: I): void;
  innerComplete(item: I): void;
}

/** Values pass to the outer subscriber; the end is the owner's business. */
class InnerSubscriber<I, R> extends Subscriber<R> {
  readonly #outer: Subscriber<R>;
  readonly #owner: InnerOwner<I, R>;
  readonly #item: I;

  constructor(outer: Subscriber<R>, owner: InnerOwner<I, R>, item: I) {
    super();
    this.#outer = outer;
    this.#owner = owner;
    this.#item = item;
    // Before subscribing: a synchronous inner must stop when the outer does.
    outer.add(this);
  }

  protected override _next(value: R): void {
    this.#outer.next(value);
  }

  protected override _error(error: unknown): void {
    this.unsubscribe();
    this.#owner.innerError(error, this.#item);
  }

  protected override _complete(): void {
    this.unsubscribe();
    this.#owner.innerComplete(this.#item);
  }
}

/**
 * Subscribes to the inner observable of an item on behalf of an outer
 * subscriber, whose unsubscribing ends the inner, too. What `project` throws
 * is the inner's error.
 */
export function subscribeInner<I, R>(
  owner: InnerOwner<I, R>,
  item: I,
  index: number,
  outer: Subscriber<R>,
): void {
  const inner = new InnerSubscriber(outer, owner, item);
  try {
    from(owner.project(item, index)).subscribe(inner);
  } catch (error) {
    inner.error(error);
  }
}
