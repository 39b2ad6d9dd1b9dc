/** Writing several buffers as one. */
import { binding } from '../binding.ts';
import { attemptParts } from '../send_attempt.ts';
import { SendQueue } from '../send_queue.ts';
import type { Socket } from '../socket.ts';

/** How far a write of several buffers has come: what is before `part`, and `offset` bytes of that, have gone. */
export interface Progress {
  part: number;
  offset: number;
}

/** Sends with as few calls as possible what the kernel takes now, if nothing waits before it; throws what it says. */
export function sendParts(socket: Socket, parts: readonly Uint8Array[]): Progress {
  const progress = { part: 0, offset: 0 };
  if (!SendQueue.isEmpty(socket)) return progress;
  while (progress.part < parts.length) {
    const data = parts.slice(progress.part, progress.part + binding.mostParts);
    let sent = attemptParts(socket, data);
    if (sent === null) break;
    for (const { byteLength } of data) {
      if (sent < byteLength) break;
      sent -= byteLength;
      progress.part++;
    }
    progress.offset = sent;
    if (sent > 0) break;
  }
  return progress;
}
