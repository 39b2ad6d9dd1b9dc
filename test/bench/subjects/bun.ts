/** An echo server on Bun's own sockets. Run by Bun, whose types are not among ours. */
import { listening, options } from './listening.ts';

interface BunSocket {
  data: { rest: Uint8Array | null };
  write(data: Uint8Array): number;
}

declare const Bun: {
  listen(options: {
    hostname?: string;
    port?: number;
    unix?: string;
    socket: {
      open(socket: BunSocket): void;
      data(socket: BunSocket, chunk: Uint8Array): void;
      drain(socket: BunSocket): void;
    };
  }): { port?: number };
};

function write(socket: BunSocket, data: Uint8Array): void {
  const sent = socket.write(data);
  socket.data.rest = sent < data.length ? data.slice(sent) : null;
}

const server = Bun.listen({
  ...(options.unix === undefined ? { hostname: '127.0.0.1', port: 0 } : { unix: options.unix }),
  socket: {
    open(socket) {
      socket.data = { rest: null };
    },
    data(socket, chunk) {
      // One message at a time: more comes only when the rest of the last is gone.
      const { rest } = socket.data;
      if (rest === null) write(socket, chunk);
      else socket.data.rest = Buffer.concat([rest, chunk]);
    },
    drain(socket) {
      if (socket.data.rest !== null) write(socket, socket.data.rest);
    },
  },
});
listening(server.port);
