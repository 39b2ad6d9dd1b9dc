import { from, type ObservableInput, Subscriber, Subscription, type TeardownLogic } from 'rxjs';
import { Queued } from './queued.ts';

/** Who runs inner observables, one for each item. */
export interface InnerOwner<I, R> {
  project(item: I, index: number): ObservableInput<R>;
  innerError(error: unknown, item: I): void;
  innerComplete(item: I): void;
  /** The inner was unsubscribed before it has ended by itself; its own teardown is done. */
  innerUnsubscribed?(item: I): void;
}

/**
 * Values pass to the outer subscriber; the end is the owner's business. There
 * is one for each connection, so it counts bytes: where RxJS makes an array of
 * 17 places for the first finalizer, this keeps it in a field.
 */
class InnerSubscriber<I, R> extends Subscriber<R> {
  readonly #outer: Subscriber<R>;
  readonly #owner: InnerOwner<I, R>;
  readonly #item: I;
  #finalizer: Exclude<TeardownLogic, void> | null = null;
  #ended = false;

  constructor(outer: Subscriber<R>, owner: InnerOwner<I, R>, item: I) {
    super();
    this.#outer = outer;
    this.#owner = owner;
    this.#item = item;
    // Before subscribing: a synchronous inner must stop when the outer does.
    outer.add(this);
  }

  /** The field's goes first into the array when another comes, for the order is that of adding. */
  override add(teardown: TeardownLogic): void {
    if (!teardown) return;
    if (this.#finalizer !== null) super.add(this.#finalizer);
    // A Subscription wants to know its parent.
    const keeps = !this.closed && !(teardown instanceof Subscription);
    this.#finalizer = keeps ? teardown : null;
    if (!keeps) super.add(teardown);
  }

  override remove(teardown: Exclude<TeardownLogic, void>): void {
    if (this.#finalizer === teardown) this.#finalizer = null;
    else super.remove(teardown);
  }

  override unsubscribe(): void {
    if (this.closed) return;
    if (this.#finalizer !== null) super.add(this.#finalizer);
    this.#finalizer = null;
    try {
      super.unsubscribe();
    } finally {
      if (!this.#ended) this.#owner.innerUnsubscribed?.(this.#item);
    }
  }

  protected override _next(value: R): void {
    this.#outer.next(value);
  }

  protected override _error(error: unknown): void {
    this.#ended = true;
    this.unsubscribe();
    this.#owner.innerError(error, this.#item);
  }

  protected override _complete(): void {
    this.#ended = true;
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
  try {
    const input = owner.project(item, index);
    if (input instanceof Queued) sendInner(owner, item, outer as Subscriber<unknown>, input);
    else from(input).subscribe(new InnerSubscriber(outer, owner, item));
  } catch (error) {
    owner.innerError(error, item);
  }
}

/** Most sends are over at once, and need no subscriber. */
function sendInner<I>(
  owner: InnerOwner<I, unknown>,
  item: I,
  outer: Subscriber<unknown>,
  sending: Queued,
): void {
  const sent = sending.attempt();
  if (sent === sending.bytes.byteLength) {
    outer.next(sent);
    owner.innerComplete(item);
  } else {
    sending.wait(sent, new InnerSubscriber(outer, owner, item));
  }
}
