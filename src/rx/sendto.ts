import type { Observable } from 'rxjs';
import { type AddressLike, toSocketAddress } from '../address.ts';
import type { Socket } from '../socket.ts';
import { Queued } from './queued.ts';

/**
 * Sends a datagram to an address: sendto(2), when the kernel has room.
 *
 * Shares the queue of {@link send}: order is kept. An error concerns this
 * datagram only, those behind it are sent. A full device queue (`ENOBUFS`)
 * and the full queue of a Unix receiver are waited for.
 *
 * @example
 * sendto(socket, 'hello', { address: '127.0.0.1', port: 7 }).subscribe();
 *
 * @see {@link send}, {@link fromRecvfrom}
 * @param socket A datagram socket.
 * @param data Bytes, or text, which is sent as UTF-8; may be empty.
 * @param address Where to.
 * @param flags Flags of sendto(2). Default 0.
 * @returns A cold observable of one number, the length.
 */
export function sendto(
  socket: Socket,
  data: ArrayBufferView | string,
  address: AddressLike,
  flags = 0,
): Observable<number> {
  return new Queued(socket, data, flags, toSocketAddress(address));
}
