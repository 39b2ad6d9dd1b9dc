/** Where errors go that are nobody's. */
import { channel } from 'node:diagnostics_channel';
import { config } from 'rxjs';
import type { SocketAddress } from '../address.ts';
import { SystemError } from '../errors.ts';
import type { Socket } from '../socket.ts';

const connectionError = channel('uvsock.connection.error');

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

/**
 * An error of one connection of many: the network's are published, for they
 * are everyday life; anything else is a mistake in the program.
 */
export function reportConnectionError(error: unknown, connection: Socket, address: SocketAddress): void {
  if (!(error instanceof SystemError)) reportUnhandled(error);
  else if (connectionError.hasSubscribers) connectionError.publish({ error, connection, address });
}
