import { Observable } from 'rxjs';
import { controlRoom } from '../message.ts';
import { requireSocket } from '../readiness.ts';
import { checkRecvConfig } from '../recv_loop.ts';
import type { Socket } from '../socket.ts';
import type { FromRecvConfig } from './from_recv.ts';
import { checkPauseWhile, PushSink } from './push_sink.ts';
import { type MessageWithData, RecvmsgLoop } from './recvmsg_loop.ts';

/** Configuration of {@link fromRecvmsg}. */
export interface FromRecvmsgConfig extends FromRecvConfig {
  /** Room for control messages in bytes, see `RecvmsgOptions`. Default 4,096. */
  control?: number;
}

/**
 * Emits the messages that a socket receives, with address, flags and control
 * messages: recvmsg(2).
 *
 * Each emission is one datagram or record, or the next bytes of a stream up to
 * where control messages (descriptors, other credentials) come between. All
 * of it is the subscriber's for good, and so are received descriptors: those
 * that nobody takes are closed when they are collected. Which control messages
 * come is a matter of options: `IP_PKTINFO`, `SO_TIMESTAMPNS`, `SO_PASSCRED`,
 * ... Completes at the end of a stream, and when the socket is closed; errors
 * as {@link fromRecvfrom} does.
 *
 * @example
 * socket.setsockopt(IPPROTO_IP, IP_PKTINFO, true);
 * fromRecvmsg(socket).subscribe((message) => {
 *   console.log(message.data, message.find(IPPROTO_IP, IP_PKTINFO)?.address);
 * });
 *
 * @see {@link fromRecvfrom}, {@link fromErrorQueue}
 * @param socket A datagram socket, a raw one, or a connection.
 * @param config See {@link FromRecvmsgConfig}, {@link RecvConfig} and
 * {@link PauseConfig}; `MSG_TRUNC` in the flags of a message tells that `size`
 * was too small, `MSG_CTRUNC` that `control` was.
 * @returns A cold observable. Several subscriptions share the datagrams out
 * among them; a stream has one reader (`ERR_SOCKET_BUSY`).
 */
export function fromRecvmsg(socket: Socket, config: FromRecvmsgConfig = {}): Observable<MessageWithData> {
  requireSocket(socket);
  const checked = checkRecvConfig(config);
  const pauseWhile = checkPauseWhile(config.pauseWhile);
  const { room } = controlRoom(config.control);
  return new Observable((subscriber) => {
    const sink = new PushSink(subscriber, pauseWhile);
    new RecvmsgLoop(socket, checked, room, sink);
    sink.start();
  });
}
