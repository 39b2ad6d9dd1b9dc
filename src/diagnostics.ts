/**
 * What happens to sockets, for whoever looks on: channels of
 * `node:diagnostics_channel`, and with `NODE_DEBUG=uvsock` lines on standard
 * error. Without a subscriber it costs a test of a flag.
 */
import { type Channel, channel } from 'node:diagnostics_channel';
import { debuglog } from 'node:util';
import type { SocketAddress } from './address.ts';
import type { Socket } from './socket.ts';

/** The channels' messages. A subscriber is called within the call that it hears of, and may not change its outcome. */
export interface SocketMessages {
  /** A socket has come into being, by whatever call. */
  'uvsock.socket.open': {
    /** The new one. */
    socket: Socket;
  };
  /** `connect` was called and did not fail. */
  'uvsock.socket.connect': {
    /** What connects. */
    socket: Socket;
    /** Where to. */
    address: SocketAddress;
    /** False while it is in progress. */
    connected: boolean;
  };
  /** A listener has accepted a connection. */
  'uvsock.socket.accept': {
    /** The listener. */
    socket: Socket;
    /** The new one. */
    connection: Socket;
    /** Who connected. */
    address: SocketAddress;
  };
  /** A socket was closed, or its descriptor given away. */
  'uvsock.socket.close': {
    /** Closed by now. */
    socket: Socket;
    /** The descriptor that it had. */
    fd: number;
    /** Given away: the descriptor is open. */
    detached: boolean;
  };
  /** A system call has failed. */
  'uvsock.socket.error': {
    /** Null if the call was to make one. */
    socket: Socket | null;
    /** What was thrown. */
    error: Error;
  };
}

type Name = keyof SocketMessages;

/** A channel with its message's type. */
interface Typed<N extends Name> extends Channel {
  publish(message: SocketMessages[N]): void;
}

const typed = <N extends Name>(name: N): Typed<N> => channel(name);

export const opened = typed('uvsock.socket.open');
export const connecting = typed('uvsock.socket.connect');
export const accepted = typed('uvsock.socket.accept');
export const closed = typed('uvsock.socket.close');
export const failed = typed('uvsock.socket.error');

/** Prints if `NODE_DEBUG` has `uvsock` among its sections. */
export const debug = debuglog('uvsock');

function print<N extends Name>(to: Typed<N>, line: (message: SocketMessages[N]) => string): void {
  to.subscribe((message) => debug('%s', line(message as SocketMessages[N])));
}

if (debug.enabled) {
  print(opened, ({ socket: { fd, family, style, protocol } }) => {
    return `open fd ${fd}: family ${family}, style ${style}, protocol ${protocol}`;
  });
  print(connecting, ({ socket, address, connected }) => {
    return `connect fd ${socket.fd} to ${address}${connected ? '' : ', in progress'}`;
  });
  print(accepted, ({ socket, connection, address }) => {
    return `accept fd ${connection.fd} on fd ${socket.fd} from ${address}`;
  });
  print(closed, ({ fd, detached }) => `${detached ? 'detach' : 'close'} fd ${fd}`);
  print(failed, ({ socket, error }) => `error ${socket === null ? '' : `fd ${socket.fd}: `}${error.message}`);
}
