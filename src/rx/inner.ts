import { from, type ObservableInput, Subscriber } from 'rxjs';

/** Who runs inner observables. */
export interface InnerOwner {
  innerError(error: unknown): void;
  innerComplete(): void;
}

/** Values pass to the outer subscriber; the end is the owner's business. */
class InnerSubscriber<R> extends Subscriber<R> {
  readonly #outer: Subscriber<R>;
  readonly #owner: InnerOwner;

  constructor(outer: Subscriber<R>, owner: InnerOwner) {
    super();
    this.#outer = outer;
    this.#owner = owner;
    // Before subscribing: a synchronous inner must stop when the outer does.
    outer.add(this);
  }

  protected override _next(value: R): void {
    this.#outer.next(value);
  }

  protected override _error(error: unknown): void {
    this.unsubscribe();
    this.#owner.innerError(error);
  }

  protected override _complete(): void {
    this.unsubscribe();
    this.#owner.innerComplete();
  }
}

/**
 * Subscribes to an inner observable on behalf of an outer subscriber, whose
 * unsubscribing ends the inner, too. What `project` throws is the inner's
 * error.
 */
export function subscribeInner<R>(
  project: () => ObservableInput<R>,
  outer: Subscriber<R>,
  owner: InnerOwner,
): void {
  const inner = new InnerSubscriber(outer, owner);
  try {
    from(project()).subscribe(inner);
  } catch (error) {
    inner.error(error);
  }
}
