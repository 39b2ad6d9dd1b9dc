/** A file on its way: one message in the queue of a socket, sent by jobs on the thread pool. */
import { close } from 'node:fs';
import { constants as os } from 'node:os';
import { fileURLToPath } from 'node:url';
import { binding, ENDED, RESULT, WHOLE } from './binding.ts';
import { fileTruncated, invalidArgType, invalidArgValue, type SystemError, systemError } from './errors.ts';
import { type Attempt, QueuedRequest, type SendObserver, SendQueue } from './send_queue.ts';
import type { Socket } from './socket.ts';
import { noteFailure } from './stream_end.ts';

const { EAGAIN, EMFILE, ENFILE, ENOBUFS } = os.errno;

/** A path, a descriptor, or what has one, such as a FileHandle of `node:fs/promises`. */
export type FileSource =
  | string
  | Uint8Array
  | URL
  | number
  | {
      /** The descriptor. */
      readonly fd: number;
    };

/** Which file, and which part of it. */
export interface FilePart {
  /** A path, or a descriptor. */
  readonly file: Buffer | number;
  readonly offset: number;
  /** `Infinity`: to the end. */
  readonly length: number;
}

/** Reads a file argument. */
export function toFile(file: FileSource): Buffer | number {
  const path = file instanceof URL ? fileURLToPath(file) : file;
  if (typeof path === 'string' || path instanceof Uint8Array) {
    const bytes = Buffer.from(path as string); // a copy: it is read later
    if (bytes.length === 0 || bytes.includes(0)) {
      throw invalidArgValue('file', file, 'must be a path, not empty and without null bytes');
    }
    return bytes;
  }
  const fd = typeof path === 'object' && path !== null ? path.fd : path;
  if (typeof fd === 'number') return fd;
  throw invalidArgType('file', 'a path (string, Buffer, URL), a descriptor or a FileHandle', file);
}

const NO_PATH = new Uint8Array(0);
const result = new Int32Array(RESULT.size / Int32Array.BYTES_PER_ELEMENT);

/** A descriptor in a slot of its own: closed with the environment, whatever happens. */
class OwnFile {
  readonly slot: number;
  readonly generation: number;

  constructor(slot: number, generation: number) {
    this.slot = slot;
    this.generation = generation;
  }

  /** So that its owner may close his. */
  static duplicate(fd: number): OwnFile {
    const status = binding.duplicate(fd, result);
    if (status < 0) throw systemError(status, 'sendfile');
    return new OwnFile(result[RESULT.slot] as number, result[RESULT.generation] as number);
  }

  /** On the thread pool: the last close of a file may take its time. */
  close(): void {
    close(binding.detach(this.slot, this.generation), () => {});
  }
}

/**
 * The file's bytes stay together as those of any message. Its observer's
 * `next` is told how many have gone, after each job that sent some.
 */
export class FileRequest extends QueuedRequest {
  readonly #path: Buffer | null;
  readonly #offset: number;
  /** How many bytes are to go in all; `Infinity` until a job has told the size, or for good. */
  #length: number;
  /** Null before it is opened, after it was closed, and while a job has it. */
  #file: OwnFile | null = null;
  /** A job is under way. */
  #busy = false;
  /** What the last job means for the next attempt. */
  #came: Attempt | null = null;
  #failure: Error | null = null;
  #total = 0;
  #over = false;

  /** Sends a file when the socket's messages before it are through. */
  static send(socket: Socket, part: FilePart, observer: SendObserver): FileRequest {
    const own = typeof part.file === 'number' ? OwnFile.duplicate(part.file) : null;
    return SendQueue.append(socket, (queue) => new FileRequest(queue, part, own, observer));
  }

  private constructor(queue: SendQueue, part: FilePart, own: OwnFile | null, observer: SendObserver) {
    super(queue, observer);
    this.#path = typeof part.file === 'number' ? null : part.file;
    this.#offset = part.offset;
    this.#length = part.length;
    this.#file = own;
  }

  /** @internal */
  _attempt(socket: Socket): Attempt {
    if (this.#failure !== null) throw this.#failure;
    if (this.#busy) return 'busy';
    const came = this.#came;
    this.#came = null;
    return came ?? this.#start(socket);
  }

  /** @internal */
  override _complete(): void {
    if (this.#total === 0) this.tell((observer) => observer.next(0), true);
    super._complete();
  }

  /** @internal */
  override _fail(error: unknown): void {
    this.#release();
    super._fail(error);
  }

  /** @internal What follows a file of which nothing has gone is as good as before. */
  override _spoils(): boolean {
    return this.#total > 0;
  }

  /** Takes the file back unless a byte of it has gone: then it is finished, for nobody. */
  cancel(): boolean {
    // What a job that is under way has sent, its end will tell.
    return this.forget() && this.#total === 0 && !this.#busy && this.#takeBack();
  }

  #takeBack(): boolean {
    const there = this.queue._remove(this);
    this.#release();
    // The others may have waited for this only.
    this.queue.onRoom();
    return there;
  }

  #release(): void {
    this.#over = true;
    this.#file?.close();
    this.#file = null;
  }

  #start(socket: Socket): Attempt {
    const file = this.#file;
    const status = binding.sendFile(
      socket._slot,
      socket._generation,
      file === null ? (this.#path as Buffer) : NO_PATH,
      file === null ? 0 : file.slot,
      file === null ? 0 : file.generation,
      this.#offset + this.#total,
      Math.min(this.#length - this.#total, WHOLE),
      this.#done,
    );
    // For want of a descriptor for the job, one that has begun waits as for room.
    if (this.#total > 0 && (status === -EMFILE || status === -ENFILE)) return 'full';
    if (status < 0) throw this.#error(status, 'sendfile');
    this.#file = null;
    this.#busy = true;
    return 'busy';
  }

  readonly #done = (sent: number, reason: number, size: number, slot: number, generation: number) => {
    this.#busy = false;
    this.#file = slot === -1 ? null : new OwnFile(slot, generation);
    if (this.#over) return this.#release();
    this.#total += sent;
    // What has no size, as in procfs, ends where it ends.
    if (this.#length === Number.POSITIVE_INFINITY && size > 0)
      this.#length = Math.max(size - this.#offset, 0);
    this.#judge(sent, reason, size);
    if (sent > 0) this.tell((observer) => observer.next(this.#total), true);
    if (this.#total === 0 && !this.observed) this.#takeBack();
    else this.queue._resume(this, sent > 0);
  };

  #judge(sent: number, reason: number, size: number): void {
    const length = this.#length;
    if (reason === -EAGAIN || reason === -ENOBUFS) {
      this.#came = sent > 0 ? 'went' : 'full';
    } else if (reason < 0) {
      const error = this.#error(reason, size === -1 ? 'open' : 'sendfile');
      if (size !== -1) noteFailure(this.queue._socket, error);
      this.#failure = error;
    } else if (this.#total === length || (reason === ENDED && length === Number.POSITIVE_INFINITY)) {
      this.#came = 'done';
    } else if (reason === ENDED) {
      this.#failure = fileTruncated(this.#total, length);
    }
  }

  #error(errno: number, syscall: string): SystemError {
    return systemError(errno, syscall, this.#path === null ? null : { path: this.#path.toString() });
  }
}
