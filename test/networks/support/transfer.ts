/** Bytes from one end of a connection to the other, and how they are known to be the same. */
import { createHash } from 'node:crypto';
import { EMPTY, lastValueFrom } from 'rxjs';
import type { Socket } from 'uvsock';
import { SHUT_WR } from 'uvsock/constants';
import { mergeRecv, send } from 'uvsock/rx';

const BLOCK = 1 << 18;

/** Blocks of bytes, no two of which are the same, and their hash. */
export async function sendBlocks(socket: Socket, seed: number, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  for (let sent = 0; sent < bytes; sent += BLOCK) {
    const block = Buffer.alloc(BLOCK, createHash('sha512').update(`${seed} ${sent}`).digest());
    hash.update(block);
    await lastValueFrom(send(socket, block));
  }
  socket.shutdown(SHUT_WR);
  return hash.digest('hex');
}

/** The hash of what comes up to the end. */
export async function hashOf(socket: Socket, onBytes: (length: number) => void): Promise<string> {
  const hash = createHash('sha256');
  const reading = mergeRecv(
    socket,
    (chunk) => {
      hash.update(chunk);
      onBytes(chunk.length);
      return EMPTY;
    },
    { reuse: true },
  );
  await lastValueFrom(reading, { defaultValue: undefined });
  return hash.digest('hex');
}
