/** The system calls of senders that wait: a want of buffers (`ENOBUFS`) is a want of room. */
import type { SocketAddress } from './address.ts';
import { SystemError } from './errors.ts';
import type { Socket } from './socket.ts';

/** One call: how many bytes went; null for none, for want of room. */
export function attempt(
  socket: Socket,
  data: Uint8Array,
  flags: number,
  offset: number,
  address: SocketAddress | null,
): number | null {
  try {
    return address === null
      ? socket.send(data, flags, offset)
      : socket._sendto(offset === 0 ? data : data.subarray(offset), flags, address);
  } catch (error) {
    return noRoom(error);
  }
}

/** The same for several parts, at most `IOV_MAX`, as if they were one: writev(2). */
export function attemptParts(socket: Socket, data: readonly Uint8Array[]): number | null {
  try {
    return socket.sendmsg({ data });
  } catch (error) {
    return noRoom(error);
  }
}

function noRoom(error: unknown): null {
  if (error instanceof SystemError && error.code === 'ENOBUFS') return null;
  throw error;
}
