/** Where errors go that are nobody's. */
import { type Channel, channel } from 'node:diagnostics_channel';
import { config } from 'rxjs';
import type { SocketAddress } from '../address.ts';
import { SystemError } from '../errors.ts';
import type { Socket } from '../socket.ts';

const connectionError = channel('uvsock.connection.error');
const datagramError = channel('uvsock.datagram.error');

/** What RxJS does with an error that no subscriber handles. */
function reportUnhandled(error: unknown): void {
  setTimeout(() => {
    if (config.onUnhandledError === null) throw error;
    config.onUnhandledError(error);
  });
}

/** Calls a handler of the user's, whose own mistakes must not end a server. */
export function callHandler(call: () => void): void {
  try {
    call();
  } catch (error) {
    reportUnhandled(error);
  }
}

/** The network's errors are published, for they are everyday life; anything else is a mistake in the program. */
function publish(to: Channel, error: unknown, about: object): void {
  if (!(error instanceof SystemError)) reportUnhandled(error);
  else if (to.hasSubscribers) to.publish({ error, ...about });
}

/** An error of one connection of many. */
export function reportConnectionError(error: unknown, connection: Socket, address: SocketAddress): void {
  publish(connectionError, error, { connection, address });
}

/** An error of the work on one datagram of many. */
export function reportDatagramError(error: unknown, socket: Socket, item: unknown): void {
  publish(datagramError, error, { socket, item });
}
