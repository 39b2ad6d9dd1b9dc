import { constants as os } from 'node:os';
import { Observable } from 'rxjs';
import type { SocketAddress } from '../address.ts';
import { keep, slabOf } from '../chunks.ts';
import { requireOpen } from '../config.ts';
import { MSG_ERRQUEUE, SO_EE_ORIGIN_NONE } from '../constants.ts';
import type { ExtendedError } from '../control.ts';
import { type SystemError, systemError } from '../errors.ts';
import type { ReceivedMessage } from '../message.ts';
import { PullLoop, type Sink } from '../pull_loop.ts';
import { ERROR, requireSocket } from '../readiness.ts';
import type { Socket } from '../socket.ts';
import { extendedError } from '../zerocopy_ledger.ts';
import { PushSink } from './push_sink.ts';

/** An entry of a socket's error queue. */
export interface ErrorQueueEntry {
  /** What happened to an earlier message; null if it tells of no error: a timestamp, a zero-copy send that is done. */
  error: SystemError | null;
  /** Who tells: `SO_EE_ORIGIN_ICMP`, `SO_EE_ORIGIN_LOCAL`, ... */
  origin: number;
  /** From ICMP: the type of its message. */
  type: number;
  /** From ICMP: the code of its message. */
  code: number;
  /** Who caused the error, a router say; null if it is unknown or came from here. */
  offender: SocketAddress | null;
  /** The message that was sent, as much of it as came back; the subscriber's for good. */
  data: Buffer<ArrayBuffer>;
  /** Where it was sent to; null where it is unknown. */
  address: SocketAddress | null;
  /** The whole entry: its flags, and the control messages with all that is not said above. */
  message: ReceivedMessage;
}

const NOTHING: ExtendedError = {
  errno: 0,
  origin: SO_EE_ORIGIN_NONE ?? 0,
  type: 0,
  code: 0,
  info: 0,
  data: 0,
  offender: null,
};

/** Room for the longest payload. */
const SIZE = 65536;
const MAX_PER_TURN = 16;
const FLAGS = { flags: MSG_ERRQUEUE ?? 0 };

class ErrorQueueLoop extends PullLoop<ErrorQueueEntry> {
  #reading = true;

  constructor(socket: Socket, sink: Sink<ErrorQueueEntry>) {
    super(requireOpen(socket), MAX_PER_TURN, sink, ERROR);
    socket._errorReaders++;
  }

  protected take(): ErrorQueueEntry | null {
    // Where there are no error queues, all are empty.
    if (FLAGS.flags === 0) return null;
    for (;;) {
      const message = this.#reading ? this.socket.recvmsg(slabOf(SIZE), FLAGS) : null;
      if (message === null) return null;
      const told = extendedError(message);
      if (told === null || !this.socket._zerocopy?.take(told)) return entryOf(message, told ?? NOTHING);
    }
  }

  override unsubscribe(): void {
    super.unsubscribe();
    if (!this.#reading) return;
    this.#reading = false;
    this.socket._errorReaders--;
    this.socket._zerocopy?.resume();
  }
}

function entryOf(message: ReceivedMessage, told: ExtendedError): ErrorQueueEntry {
  const { errno, origin, type, code, offender } = told;
  const { address } = message;
  // ENOMSG is how the kernel says that a timestamp is no error.
  const error = errno === 0 || errno === -os.errno.ENOMSG ? null : systemError(errno, 'send', address);
  return { error, origin, type, code, offender, data: keep(message.bytes), address, message };
}

/**
 * Emits the entries of a socket's error queue: recvmsg(2) with `MSG_ERRQUEUE`,
 * on Linux.
 *
 * The queue must be asked for: with `IP_RECVERR` or `IPV6_RECVERR` ICMP errors
 * come through it (ip(7)), of unconnected UDP sockets, too, and with them the
 * datagram that they are about; with `SO_TIMESTAMPING` the times of sending,
 * with `SO_ZEROCOPY` what has been sent (what `send` has sent with
 * `MSG_ZEROCOPY` it is told itself). An entry is emitted, not an error:
 * the socket goes on, and other watchers of it see data and all other errors.
 * An ICMP error is also the pending error of its socket, which the next call
 * answers, `send` as well as `recv`, until it has been read here; this source
 * reads before any other is told of the error. Completes when the socket is
 * closed.
 *
 * @example
 * socket.setsockopt(IPPROTO_IP, IP_RECVERR, true);
 * fromErrorQueue(socket).subscribe(({ error, address, offender }) => {
 *   console.log(`${offender} says of ${address}: ${error?.code}`);
 * });
 *
 * @see {@link fromRecvmsg}
 * @param socket An open socket.
 * @returns A cold observable; several subscriptions share the entries out
 * among them. Empty, until the socket is closed, where the system has no error
 * queues.
 */
export function fromErrorQueue(socket: Socket): Observable<ErrorQueueEntry> {
  requireSocket(socket);
  return new Observable((subscriber) => {
    const sink = new PushSink(subscriber, undefined);
    new ErrorQueueLoop(socket, sink);
    sink.start();
  });
}
