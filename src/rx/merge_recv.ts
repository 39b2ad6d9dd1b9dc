import { Observable, type ObservableInput, type Subscriber } from 'rxjs';
import { requireSocket } from '../readiness.ts';
import type { Socket } from '../socket.ts';
import { positive, requireConfig, requireFunction } from './config.ts';
import { type InnerOwner, subscribeInner } from './inner.ts';
import { type CheckedRecvConfig, checkRecvConfig, type RecvConfig, RecvLoop } from './recv_loop.ts';

/** Configuration of {@link mergeRecv}. */
export interface MergeRecvConfig extends RecvConfig {
  /**
   * How many inner observables may be active at once. Default 1: chunks are
   * worked on one after the other. With more, their outputs may be reordered.
   */
  concurrent?: number;
}

type Project<R> = (chunk: Buffer<ArrayBuffer>, index: number) => ObservableInput<R>;

class MergeRecv<R> extends RecvLoop implements InnerOwner {
  readonly #project: Project<R>;
  readonly #concurrent: number;
  readonly #subscriber: Subscriber<R>;
  #active = 0;
  #index = 0;
  #finished = false;

  constructor(
    socket: Socket,
    project: Project<R>,
    config: CheckedRecvConfig,
    concurrent: number,
    subscriber: Subscriber<R>,
  ) {
    super(socket, config);
    this.#project = project;
    this.#concurrent = concurrent;
    this.#subscriber = subscriber;
  }

  protected hasRoom(): boolean {
    return this.#active < this.#concurrent && !this.#subscriber.closed;
  }

  protected deliver(chunk: Buffer<ArrayBuffer>): void {
    this.#active++;
    subscribeInner(() => this.#project(chunk, this.#index++), this.#subscriber, this);
  }

  protected finish(): void {
    this.#finished = true;
    if (this.#active === 0) this.#subscriber.complete();
  }

  protected fail(error: unknown): void {
    this.#subscriber.error(error);
  }

  innerError(error: unknown): void {
    this.#subscriber.error(error);
  }

  innerComplete(): void {
    this.#active--;
    if (!this.#finished) this.run();
    else if (this.#active === 0) this.#subscriber.complete();
  }
}

/**
 * Maps what a socket receives to observables, and receives only when there is
 * room for their work: recv(2) with backpressure that reaches the kernel.
 *
 * Like `mergeMap` over {@link fromRecv}, but the loop is closed: while
 * `concurrent` inner observables are active nothing is read, the data stays
 * in the kernel's buffer, and TCP slows the peer down. Completes at the end of
 * the stream (or when the socket is closed) once the inner observables have
 * completed; their errors are its errors. Unsubscribing ends the inner ones
 * and leaves the socket open.
 *
 * @example
 * // an echo that never holds more than one chunk
 * mergeRecv(socket, (chunk) => send(socket, chunk)).subscribe();
 *
 * @see {@link fromRecv}, {@link mergeAccept}, {@link send}
 * @param socket A connected socket, or a datagram socket.
 * @param project Makes the work of a chunk: anything `from` of RxJS takes.
 * @param config How many at once, or a {@link MergeRecvConfig}.
 * @returns A cold observable of what the inner observables emit.
 */
export function mergeRecv<R>(
  socket: Socket,
  project: Project<R>,
  config: number | MergeRecvConfig = {},
): Observable<R> {
  requireSocket(socket);
  requireFunction('project', project);
  const options = typeof config === 'number' ? { concurrent: config } : requireConfig(config);
  const checked = checkRecvConfig(options);
  const concurrent = positive('concurrent', options.concurrent, 1, Number.POSITIVE_INFINITY);
  return new Observable((subscriber) => {
    const loop = new MergeRecv(socket, project, checked, concurrent, subscriber);
    subscriber.add(() => loop.stop());
    loop.run();
  });
}
