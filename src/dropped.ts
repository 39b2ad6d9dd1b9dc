/** What was dropped without close(): closed when it is collected, and told of. */
import { binding } from './binding.ts';
import { debug } from './diagnostics.ts';

const SLOTS = 2 ** 20;

/** How the warning about a kind of things reads. */
export interface DroppedKind {
  /** The warning's first sentence. */
  readonly sentence: string;
  /** How it came into being: `opened`. */
  readonly made: string;
  /** The type and the code of the warning. */
  readonly type: string;
  readonly code: string;
  /** How many frames of ours are between `register` and the user's call. */
  readonly frames: number;
  /** Called for each that is closed because it was collected. */
  readonly onClosed?: () => void;
}

/**
 * Closes the slots of dropped objects. Nothing is unregistered: the generation
 * tells natively that a slot was given up long ago.
 */
export class Dropped {
  readonly #kind: DroppedKind;
  readonly #madeAt = new Map<number, string>();
  readonly #registry = new FinalizationRegistry<number>((key) => this.#collected(key));
  #warned = false;

  constructor(kind: DroppedKind) {
    this.#kind = kind;
  }

  register(owner: object, slot: number, generation: number): void {
    const key = generation * SLOTS + slot;
    this.#registry.register(owner, key);
    if (!debug.enabled) return;
    const stack = new Error().stack?.split('\n').slice(2 + this.#kind.frames);
    this.#madeAt.set(key, stack?.join('\n') ?? '');
  }

  #collected(key: number): void {
    const where = this.#madeAt.get(key);
    this.#madeAt.delete(key);
    if (binding.close(key % SLOTS, Math.floor(key / SLOTS)) < 0) return;
    this.#kind.onClosed?.();
    if (where === undefined && this.#warned) return;
    this.#warned = true;
    const { sentence, made, type, code } = this.#kind;
    process.emitWarning(
      sentence +
        (where ? ` It was ${made}\n${where}` : ` Set NODE_DEBUG=uvsock to see where each was ${made}.`),
      { type, code },
    );
  }
}
