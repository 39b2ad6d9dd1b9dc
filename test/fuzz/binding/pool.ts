/** What the calls have opened and not yet closed: no slot and no descriptor may be lost. */
import { closeSync } from 'node:fs';
import { binding, RESULT } from '../../../src/binding.ts';
import { pick, type Random } from '../../support/scale.ts';

export interface Entry {
  slot: number;
  generation: number;
  fd: number;
  /** It listens, or did. */
  listens?: boolean;
}

/** So many at most: epoll and the kernel's buffers are not what is tested. */
const MOST = 60;

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const SCM_PIDFD = 4;

export class Pool {
  readonly open: Entry[] = [];
  readonly gone: Entry[] = [];
  /** Descriptors that were detached: nobody's. */
  readonly detached: number[] = [];
  /** Of files, which stay open. */
  readonly files: readonly number[];

  constructor(files: readonly number[]) {
    this.files = files;
  }

  /** Notes `count` slots that a call has left in `view`. */
  take({ buffer, byteOffset }: ArrayBufferView, count: number): void {
    const view = new DataView(buffer, byteOffset);
    for (let at = 0; at < 12 * count; at += 12) {
      const [slot, generation, fd] = [0, 4, 8].map((word) => view.getInt32(at + word, true));
      this.open.push({ slot: slot as number, generation: generation as number, fd: fd as number });
    }
  }

  /** Notes the descriptors among the control messages that recvmsg has packed. */
  takeReceived(control: ArrayBufferView, result: ArrayBufferView): void {
    const length = new DataView(result.buffer, result.byteOffset).getInt32(4 * RESULT.controlLength, true);
    if (length === 0) return; // what it had no room for may be a buffer that is gone
    const packed = new DataView(control.buffer, control.byteOffset, control.byteLength);
    for (let at = 0; at < length; ) {
      const [level, type, size] = [0, 4, 8].map((word) => packed.getInt32(at + word, true)) as [
        number,
        number,
        number,
      ];
      at += 12;
      if (level === SOL_SOCKET && (type === SCM_RIGHTS || type === SCM_PIDFD)) {
        this.take(new Uint8Array(control.buffer, control.byteOffset + at, size), size / 12);
      }
      at += (size + 3) & ~3;
    }
  }

  /** The slot is not open any more, if it ever was. */
  forget(slot: unknown, generation: unknown): void {
    const index = this.open.findIndex((each) => each.slot === slot && each.generation === generation);
    if (index === -1) return;
    this.gone.push(...this.open.splice(index, 1));
    if (this.gone.length > MOST) this.gone.shift();
  }

  /** Notes that it listens. */
  listening(slot: unknown, generation: unknown): void {
    const entry = this.open.find((each) => each.slot === slot && each.generation === generation);
    if (entry !== undefined) entry.listens = true;
  }

  /** A descriptor that calls may do anything to, or a number that is none. */
  descriptor(random: Random): number {
    const own = [...this.open.map(({ fd }) => fd), ...this.detached, ...this.files];
    return random(10) === 0 ? pick(random, [-1, -(2 ** 31), 2 ** 31 - 1, 1_000_000]) : pick(random, own);
  }

  closeDetached(index: number): void {
    for (const fd of this.detached.splice(index, 1)) closeSync(fd);
  }

  /** Makes room. */
  limit(random: Random): void {
    while (this.open.length > MOST) this.close(pick(random, this.open));
    while (this.detached.length > 5) this.closeDetached(0);
  }

  close({ slot, generation }: Entry): void {
    binding.close(slot, generation);
    this.forget(slot, generation);
  }

  closeAll(): void {
    for (const each of [...this.open]) this.close(each);
    while (this.detached.length > 0) this.closeDetached(0);
  }
}
