/** What send and sendto share: a message in the socket's queue, as an observable. */
import { Observable } from 'rxjs';
import type { SocketAddress } from '../address.ts';
import { invalidArgType } from '../errors.ts';
import { requireSocket } from '../readiness.ts';
import { SendQueue } from '../send_queue.ts';
import type { Socket } from '../socket.ts';
import { requireOpen } from './config.ts';

/** The bytes of what is to be sent; text is UTF-8. */
export function toBytes(data: ArrayBufferView | string): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (typeof data === 'string') return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw invalidArgType('data', 'of type string or an ArrayBufferView', data);
}

/**
 * Emits the length once the kernel has every byte; cold, and synchronous if it
 * takes all at once. `onTakenBack` is told when unsubscribing has kept all of
 * the message from being sent.
 */
export function queued(
  socket: Socket,
  data: ArrayBufferView | string,
  flags: number,
  address: SocketAddress | null,
  onTakenBack?: () => void,
): Observable<number> {
  requireSocket(socket);
  const bytes = toBytes(data);
  if (typeof flags !== 'number') throw invalidArgType('flags', 'of type number', flags);
  return new Observable((subscriber) => {
    const request = SendQueue.send(requireOpen(socket), bytes, flags, address, subscriber);
    if (request !== null) {
      return () => {
        if (request.cancel()) onTakenBack?.();
      };
    }
    subscriber.next(bytes.byteLength);
    subscriber.complete();
    return undefined;
  });
}
