/** Waiting until the kernel has room to send. */
import { SystemError } from './errors.ts';
import { type Readiness, Watch, type Watcher, WRITABLE } from './readiness.ts';
import type { Socket } from './socket.ts';

/** In milliseconds, for waits that the kernel does not end by an event. */
const FIRST_DELAY = 1;
const LAST_DELAY = 64;

/** Who waits: told when an attempt is worth making, and of the socket's end. */
export interface RoomWaiter {
  onRoom(): void;
  onClose(): void;
}

export class RoomWait implements Watcher {
  readonly #socket: Socket;
  readonly #waiter: RoomWaiter;
  readonly #watch: Watch;
  #timer: NodeJS.Timeout | null = null;
  #delay = 0;
  /** The kernel said writable, and nothing has gone since. */
  #woken = false;

  constructor(socket: Socket, waiter: RoomWaiter) {
    this.#socket = socket;
    this.#waiter = waiter;
    this.#watch = new Watch(socket, 0, this);
  }

  /** Pages that are back are an error, too, for epoll; that says nothing of room. */
  onReady(ready: Readiness): void {
    this.#woken = !ready.error || this.#socket._zerocopy === null;
    this.#waiter.onRoom();
  }

  onClose(): void {
    this.rest();
    this.#waiter.onClose();
  }

  /** Something has gone. */
  progress(): void {
    this.#woken = false;
    this.#delay = 0;
  }

  /**
   * Waits for room. Where "writable" has just proved wrong (the full queue of
   * an unconnected Unix datagram's receiver, ENOBUFS of a device) the event
   * would come again at once, for ever: there a timer looks. So it does where
   * epoll will not have the socket, for want of memory or of watches: what has
   * begun to go must not be left torn.
   */
  wait(): void {
    if (this.#timer !== null) return;
    if (!this.#woken && this.#watchIt()) return;
    this.#woken = false;
    this.#watch.setMask(0);
    this.#delay = Math.min(Math.max(this.#delay * 2, FIRST_DELAY), LAST_DELAY);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#woken = true;
      this.#waiter.onRoom();
    }, this.#delay);
    if (!this.#socket._referenced) this.#timer.unref();
  }

  /** Returns whether the kernel is going to tell. */
  #watchIt(): boolean {
    try {
      this.#watch.setMask(WRITABLE);
      return true;
    } catch (error) {
      if (error instanceof SystemError) return false;
      throw error;
    }
  }

  /** Somebody is at work elsewhere: that there is room is no news until that has used it. */
  pause(): void {
    this.#watch.setMask(0);
  }

  /** Nothing is waited for. */
  rest(): void {
    this.progress();
    this.#watch.setMask(0);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Nothing ever will be, nor is the waiter told of the socket's end. */
  dispose(): void {
    this.rest();
    this.#watch.dispose();
  }
}
