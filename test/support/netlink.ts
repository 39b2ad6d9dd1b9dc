/** Netlink messages as the kernel would write them, right or wrong. */
import { endianness } from 'node:os';

const LITTLE = endianness() === 'LE';

/** Integers in host byte order, each with its size in bytes. */
export function host(...fields: [value: number, size: 2 | 4][]): Buffer {
  return Buffer.concat(
    fields.map(([value, size]) => {
      const bytes = Buffer.alloc(size);
      if (LITTLE) bytes.writeUIntLE(value, 0, size);
      else bytes.writeUIntBE(value, 0, size);
      return bytes;
    }),
  );
}

interface MessageFields {
  flags?: number;
  sequence?: number;
  payload?: Buffer;
  length?: number;
}

const EMPTY: Buffer = Buffer.alloc(0);

const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);

/** struct nlmsghdr and a payload; `length` is what the header says. */
export function message(
  type: number,
  { flags = 0, sequence = 0, payload = EMPTY, length = 16 + payload.length }: MessageFields = {},
): Buffer {
  return padded(Buffer.concat([host([length, 4], [type, 2], [flags, 2], [sequence, 4], [0, 4]), payload]));
}

/** struct nlattr and a value; `length` is what the header says. */
export function attribute(type: number, value: Buffer, length = 4 + value.length): Buffer {
  return padded(Buffer.concat([host([length, 2], [type, 2]), value]));
}
