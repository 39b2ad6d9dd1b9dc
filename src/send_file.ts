/** A file on its way: one message in the queue of a socket, sent by jobs on the thread pool. */
import { close, constants, open } from 'node:fs';
import { constants as os } from 'node:os';
import { binding, RESULT } from './binding.ts';
import { fileTruncated, type SystemError, systemError } from './errors.ts';
import { type Attempt, QueuedRequest, type SendObserver, SendQueue } from './send_queue.ts';
import type { Socket } from './socket.ts';

const { EAGAIN, EMFILE, ENFILE, ENOBUFS } = os.errno;

/** Who opens a FIFO does not wait for its other end, and a terminal does not become the process's own. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

type Path = string | Buffer | URL;

/** A path, a descriptor, or what has one, such as a FileHandle of `node:fs/promises`. */
export type FileSource = Path | number | { readonly fd: number };

/** Which part of a file. */
export interface FilePart {
  readonly offset: number;
  /** null: to the end. */
  readonly length: number | null;
}

const result = new Int32Array(RESULT.size / Int32Array.BYTES_PER_ELEMENT);

/** A descriptor of the request's own. */
interface OwnFile {
  readonly fd: number;
  /** On the thread pool: the last close of a file may take its time. */
  close(): void;
}

/** Its owner may close his at any time. */
function duplicate(fd: number): OwnFile {
  const status = binding.duplicate(fd, result);
  if (status < 0) throw systemError(status, 'sendfile');
  const [slot, generation] = [result[RESULT.slot] as number, result[RESULT.generation] as number];
  return {
    fd: result[RESULT.fd] as number,
    close: () => close(binding.detach(slot, generation), () => {}),
  };
}

export function isPath(file: unknown): file is Path {
  return typeof file === 'string' || file instanceof Uint8Array || file instanceof URL;
}

/** The path as a message shows it. */
function shown(path: Path): string {
  return path instanceof URL ? path.href : path.toString();
}

/**
 * The file's bytes stay together as those of any message. Its observer's
 * `next` is told how many have gone, after each job that sent some.
 */
export class FileRequest extends QueuedRequest {
  readonly #offset: number;
  /** How many bytes are to go; null until the first job has seen the size. */
  #length: number | null;
  readonly #path: Path | null;
  #file: OwnFile | null = null;
  /** Something goes on that calls back. */
  #busy = false;
  /** What the last job means for the next attempt. */
  #came: Attempt | null = null;
  #failure: unknown = null;
  #total = 0;
  #over = false;

  /** Sends a file when the socket's other messages before it are through. */
  static send(socket: Socket, file: FileSource, part: FilePart, observer: SendObserver): FileRequest {
    const own = isPath(file) ? file : duplicate(typeof file === 'number' ? file : file.fd);
    return SendQueue.append(socket, (queue) => new FileRequest(queue, own, part, observer));
  }

  private constructor(
    queue: SendQueue,
    file: Path | OwnFile,
    { offset, length }: FilePart,
    observer: SendObserver,
  ) {
    super(queue, observer);
    this.#offset = offset;
    this.#length = length;
    this.#path = isPath(file) ? file : null;
    this.#file = isPath(file) ? null : file;
  }

  /** @internal */
  _attempt(socket: Socket): Attempt {
    if (this.#failure !== null) throw this.#failure;
    if (this.#busy) return 'busy';
    const came = this.#came;
    this.#came = null;
    if (came !== null) return came;
    return this.#file === null ? this.#open(this.#path as Path) : this.#start(socket, this.#file);
  }

  /** @internal */
  override _complete(): void {
    this.#release();
    if (this.#total === 0) this.tell((observer) => observer.next(0), true);
    super._complete();
  }

  /** @internal */
  override _fail(error: unknown): void {
    this.#release();
    super._fail(error);
  }

  /** @internal What follows a file that could not even be opened is as good as before. */
  override _spoils(): boolean {
    return this.#total > 0;
  }

  /** Takes the file back unless a byte of it has gone: then it is finished, for nobody. */
  cancel(): boolean {
    if (!this.forget() || this.#total > 0) return false;
    // A job may have sent something: its end will tell.
    if (this.#busy && this.#file !== null) return false;
    return this.#takeBack();
  }

  #takeBack(): boolean {
    const there = this.queue._remove(this);
    this.#release();
    // The others have waited for this only.
    this.queue.onRoom();
    return there;
  }

  #release(): void {
    this.#over = true;
    this.#file?.close();
    this.#file = null;
  }

  #open(path: Path): Attempt {
    this.#busy = true;
    open(path, OPEN_FLAGS, (error, fd) => {
      this.#busy = false;
      if (error !== null) {
        this.#failure = this.#error(error.errno as number, 'open');
      } else if (this.#over) {
        close(fd, () => {});
      } else {
        this.#file = { fd, close: () => close(fd, () => {}) };
      }
      this.queue._resume(this);
    });
    return 'busy';
  }

  #start(socket: Socket, { fd }: OwnFile): Attempt {
    const left = (this.#length ?? Number.POSITIVE_INFINITY) - this.#total;
    const most = Math.min(left, binding.mostOfFile);
    const status = binding.sendFile(
      socket._slot,
      socket._generation,
      fd,
      this.#offset + this.#total,
      most,
      (sent, reason, size) => this.#sent(sent, reason, size, most),
    );
    // For want of a descriptor for the job, one that has begun waits as for room.
    if (this.#total > 0 && (status === -EMFILE || status === -ENFILE)) return 'full';
    if (status < 0) throw this.#error(status, 'sendfile');
    this.#busy = true;
    return 'busy';
  }

  /** A job has sent so many bytes of `most`, and stopped for `reason`, 0 at the end of what it was to send, or of the file. */
  #sent(sent: number, reason: number, size: number, most: number): void {
    this.#busy = false;
    if (this.#over) return;
    this.#total += sent;
    // What has no size, as in procfs, ends where it ends.
    this.#length ??= size > 0 ? Math.max(size - this.#offset, 0) : Number.POSITIVE_INFINITY;
    this.#judge(sent, reason, most, this.#length);
    if (sent > 0) this.tell((observer) => observer.next(this.#total), true);
    if (this.#total === 0 && !this.observed) this.#takeBack();
    else this.queue._resume(this);
  }

  #judge(sent: number, reason: number, most: number, length: number): void {
    if (this.#total >= length) {
      this.#came = 'done';
    } else if (reason === -EAGAIN || reason === -ENOBUFS) {
      this.#came = sent > 0 ? 'went' : 'full';
    } else if (reason < 0) {
      this.#failure = this.#error(reason, 'sendfile');
    } else if (sent < most) {
      if (length === Number.POSITIVE_INFINITY) this.#came = 'done';
      else this.#failure = fileTruncated(this.#total, length);
    }
  }

  #error(errno: number, syscall: string): SystemError {
    return systemError(errno, syscall, this.#path === null ? null : { path: shown(this.#path) });
  }
}
