import {
  AsyncSubject,
  isObservable,
  map,
  mergeMap,
  type NextObserver,
  Observable,
  type Observer,
  type OperatorFunction,
  of,
  Subject,
  Subscription,
  take,
  throwIfEmpty,
} from 'rxjs';
import type { AddressLike } from '../address.ts';
import { milliseconds, requireConfig, requireFunction } from '../config.ts';
import { END_TIMEOUT } from '../discard_loop.ts';
import { invalidArgType } from '../errors.ts';
import { requireSocket } from '../readiness.ts';
import type { Socket } from '../socket.ts';
import { dial, type HostAndPort } from './dial.ts';
import { end } from './end.ts';
import { fromRecv } from './from_recv.ts';
import { lines, toLines } from './lines.ts';
import { checkPauseWhile, type PauseConfig } from './push_sink.ts';
import { callHandler } from './report.ts';
import {
  type CheckedSendAllConfig,
  checkSendAllConfig,
  type SendAllConfig,
  sendAllWhenOpen,
} from './send_all.ts';

/** A way to tell messages apart in a stream of bytes, and to write them. */
export interface Framing<Received, Sent> {
  /** From chunks to messages: `lines()`, `lengthPrefixed()`, ... */
  decode: OperatorFunction<Uint8Array, Received>;
  /** From messages to bytes: `toLines()`, `toLengthPrefixed()`, ... */
  encode: OperatorFunction<Sent, Uint8Array | string>;
}

/** How a connection of a {@link SocketSubject} has ended. */
export interface CloseReport {
  /** Both sides have ended it; nothing is lost. */
  readonly clean: boolean;
  /** Why, if it was not clean and not unsubscribed. */
  readonly error?: unknown;
}

/** Configuration of {@link socketSubject}. */
export interface SocketSubjectConfig<In, Out, Received, Sent>
  extends PauseConfig,
    Pick<SendAllConfig, 'highWaterMark' | 'overflow' | 'fullObserver'> {
  /** What to connect to, as for {@link dial}; or what emits a connected socket, anew for each subscription. */
  connect?: HostAndPort | AddressLike | Observable<Socket>;
  /** Instead of `connect`: a connected socket, which the subject owns from now on. */
  socket?: Socket;
  /** What tells messages apart. Default: lines. */
  framing?: Framing<Received, Sent>;
  /** Makes a message of a value. Default: `JSON.stringify`. */
  serializer?: (value: Out) => Sent;
  /** Makes a value of a message. Default: `JSON.parse`. */
  deserializer?: (message: Received) => In;
  /** Told of the socket when it is connected. */
  openObserver?: NextObserver<Socket>;
  /** Told before this side closes: by `complete`, `error`, or because the last subscriber has gone. */
  closingObserver?: NextObserver<void>;
  /** Told when a connection that was open is closed. */
  closeObserver?: NextObserver<CloseReport>;
  /** How long the graceful end may take, in milliseconds; see {@link end}. Default 5,000. */
  endTimeout?: number;
}

type AnyConfig<In, Out> = SocketSubjectConfig<In, Out, unknown, unknown>;

type ConnectionConfig = Pick<AnyConfig<unknown, unknown>, 'connect' | 'socket'>;

/** A {@link SocketSubjectConfig}, checked. */
interface CheckedConfig<In, Out> {
  readonly connection: Observable<Socket>;
  readonly receive: OperatorFunction<Uint8Array, In>;
  readonly write: OperatorFunction<Out, Uint8Array | string>;
  readonly receiving: PauseConfig;
  readonly sending: CheckedSendAllConfig;
  readonly endTimeout: number;
  readonly openObserver: NextObserver<Socket> | undefined;
  readonly closingObserver: NextObserver<void> | undefined;
  readonly closeObserver: NextObserver<CloseReport> | undefined;
}

function checkObserver<T>(name: string, observer: NextObserver<T> | undefined): NextObserver<T> | undefined {
  if (observer !== undefined) requireFunction(`${name}.next`, requireConfig(observer).next);
  return observer;
}

function checkConnection({ connect, socket }: ConnectionConfig): Observable<Socket> {
  if ((connect === undefined) === (socket === undefined)) {
    throw invalidArgType('config', 'an object with either "connect" or "socket"', { connect, socket });
  }
  if (connect === undefined) return of(requireSocket(socket as Socket));
  return isObservable(connect) ? connect : dial(connect);
}

function checkConfig<In, Out>(config: AnyConfig<In, Out>): CheckedConfig<In, Out> {
  const { framing = { decode: lines(), encode: toLines() } } = requireConfig(config);
  const decode = requireFunction('framing.decode', framing.decode);
  const encode = requireFunction('framing.encode', framing.encode) as OperatorFunction<unknown, Uint8Array>;
  const serializer = requireFunction('serializer', config.serializer ?? ((value) => JSON.stringify(value)));
  const deserializer = requireFunction(
    'deserializer',
    config.deserializer ?? ((message) => JSON.parse(String(message))),
  );
  const { highWaterMark, overflow, fullObserver } = config;
  const pauseWhile = checkPauseWhile(config.pauseWhile);
  return {
    connection: checkConnection(config),
    receive: (chunks) =>
      chunks.pipe(
        decode,
        map((message) => deserializer(message)),
      ),
    write: (values) =>
      values.pipe(
        map((value) => serializer(value)),
        encode,
      ),
    receiving: pauseWhile === undefined ? {} : { pauseWhile },
    sending: checkSendAllConfig({
      ...(highWaterMark !== undefined && { highWaterMark }),
      ...(overflow !== undefined && { overflow }),
      ...(fullObserver !== undefined && { fullObserver }),
    }),
    endTimeout: milliseconds('endTimeout', config.endTimeout, END_TIMEOUT),
    openObserver: checkObserver('openObserver', config.openObserver),
    closingObserver: checkObserver('closingObserver', config.closingObserver),
    closeObserver: checkObserver('closeObserver', config.closeObserver),
  };
}

/** One connection of a subject, from the first value or subscriber to its close. */
class Session<In, Out> {
  readonly incoming = new Subject<In>();
  readonly outgoing = new Subject<Out>();
  readonly #config: CheckedConfig<In, Out>;
  readonly #opened = new AsyncSubject<Socket>();
  readonly #work = new Subscription();
  #socket: Socket | null = null;
  #closing = false;
  started = false;
  over = false;

  constructor(config: CheckedConfig<In, Out>) {
    this.#config = config;
    const sending = this.outgoing.pipe(config.write, sendAllWhenOpen(this.#opened, config.sending));
    this.#work.add(sending.subscribe({ error: (error) => this.fail(error), complete: () => this.#end() }));
  }

  start(): void {
    if (this.started) return;
    this.started = true;
    if (this.over) return;
    const connected = this.#config.connection.pipe(take(1), throwIfEmpty());
    this.#work.add(
      connected.subscribe({ next: (socket) => this.#open(socket), error: (error) => this.fail(error) }),
    );
  }

  /** This side is about to close. */
  announce(): void {
    if (this.#closing || this.over) return;
    this.#closing = true;
    callHandler(() => this.#config.closingObserver?.next());
  }

  fail(error: unknown): void {
    if (this.#close({ clean: false, error })) this.incoming.error(error);
  }

  /** Nobody listens any more. */
  abandon(): void {
    this.announce();
    this.#close({ clean: false });
  }

  #open(socket: Socket): void {
    this.#socket = socket;
    callHandler(() => this.#config.openObserver?.next(socket));
    if (this.over) return;
    const { receiving, receive } = this.#config;
    const received = fromRecv(socket, receiving).pipe(receive);
    this.#work.add(
      received.subscribe({
        next: (value) => this.incoming.next(value),
        error: (error) => this.fail(error),
        // What is still to be sent is: the peer may have ended one direction only.
        complete: () => this.outgoing.complete(),
      }),
    );
    // Only now: the graceful end leaves reading to who reads already.
    this.#opened.next(socket);
    this.#opened.complete();
  }

  /** Everything is sent, as soon as there is a connection. */
  #end(): void {
    const timeout = this.#config.endTimeout;
    const ending = this.#opened.pipe(mergeMap((socket) => end(socket, { timeout })));
    this.#work.add(
      ending.subscribe({
        error: (error) => this.fail(error),
        complete: () => {
          if (this.#close({ clean: true })) this.incoming.complete();
        },
      }),
    );
  }

  /** Returns whether it was not closed before. */
  #close(report: CloseReport): boolean {
    if (this.over) return false;
    this.over = true;
    this.#work.unsubscribe();
    // First, so that whoever tries again finds it closed.
    this.#socket?.close();
    if (this.#socket !== null) callHandler(() => this.#config.closeObserver?.next(report));
    return true;
  }
}

/**
 * Both directions of a connection: an observable of the values that come and
 * an observer of those to send. Made by {@link socketSubject}.
 */
export class SocketSubject<In, Out = In> extends Observable<In> implements Observer<Out> {
  readonly #config: CheckedConfig<In, Out>;
  #session: Session<In, Out> | null = null;

  /** @internal */
  constructor(config: CheckedConfig<In, Out>) {
    super((subscriber) => {
      const session = this.#currentSession();
      session.incoming.subscribe(subscriber);
      subscriber.add(() => {
        if (!session.incoming.observed) session.abandon();
      });
      session.start();
    });
    this.#config = config;
  }

  /** Sends a value; before the connection is open it waits. */
  next(value: Out): void {
    this.#currentSession().outgoing.next(value);
  }

  /** Closes at once; subscribers get the error. */
  error(error: unknown): void {
    this.#session?.announce();
    this.#session?.fail(error);
  }

  /** Closes when all is sent; subscribers still get what comes until the peer has ended, too. */
  complete(): void {
    this.#session?.announce();
    this.#session?.outgoing.complete();
  }

  /** One that failed before anybody subscribed is kept for the first who does. */
  #currentSession(): Session<In, Out> {
    if (this.#session === null || (this.#session.over && this.#session.started)) {
      this.#session = new Session(this.#config);
    }
    return this.#session;
  }
}

/**
 * A subject that is a connection: what it emits has been received, what it is
 * given is sent.
 *
 * In the manner of RxJS's `webSocket`, on any stream socket. Connects when it
 * is first subscribed, shares the connection among all subscribers, and closes
 * it at once when the last has gone. Values given before the connection is
 * open wait, within `highWaterMark`, and so do those that the kernel has no
 * room for; too many are an error or are dropped, as `overflow` says.
 * `complete` ends the connection gracefully. When the peer ends it between two
 * messages, what waits is sent, and the subject completes; any other end is an
 * error, and `retry` connects again. What waited for a connection that failed
 * is lost. `serializer` and `deserializer` make messages of values and back,
 * by default as JSON, and the framing, by default lines, tells messages apart.
 *
 * @example
 * const chat = socketSubject<Message>({ connect: { host: 'localhost', port: 4000 } });
 * chat.pipe(retry({ delay: 1000 })).subscribe(show);
 * chat.next({ from: 'me', text: 'hello' });
 *
 * @see {@link dial}, {@link sendAll}, {@link lines}
 * @param config See {@link SocketSubjectConfig}.
 * @returns An observable and observer; nothing happens before it is subscribed.
 */
// biome-ignore lint/suspicious/noExplicitAny: who names In and Out leaves the messages between to the framing
export function socketSubject<In, Out = In, Received = any, Sent = any>(
  config: SocketSubjectConfig<In, Out, Received, Sent>,
): SocketSubject<In, Out> {
  return new SocketSubject(checkConfig(config as AnyConfig<In, Out>));
}
