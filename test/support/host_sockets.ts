/** Sockets that belong to another network namespace, in this process: see fixtures/socket_maker.ts. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ready, type Socket, socket } from 'uvsock';
import { AF_UNIX, SCM_RIGHTS, SOCK_SEQPACKET, SOL_SOCKET } from 'uvsock/constants';
import type { Network } from './namespaces.ts';

const MAKER = fileURLToPath(new URL('../fixtures/socket_maker.js', import.meta.url));
let made = 0;

/** A host of a network, as far as one that makes sockets. */
export class HostSockets implements Disposable {
  readonly #maker: Socket;

  private constructor(maker: Socket) {
    this.#maker = maker;
  }

  /** Starts what makes them; it ends with the network, or when this is disposed of. */
  static async start(network: Network, host: string): Promise<HostSockets> {
    const path = join(tmpdir(), `uvsock-${process.pid}-${made++}.sock`);
    using listener = socket(AF_UNIX, SOCK_SEQPACKET);
    listener.bind(AF_UNIX, path);
    listener.listen();
    const { stderr } = network.start(host, process.execPath, MAKER, path);
    // Not by a pipe, of which many would listen to one stream.
    stderr.on('data', (chunk) => process.stderr.write(chunk));
    await ready(listener, 'readable');
    rmSync(path);
    return new HostSockets(listener.accept()!.socket);
  }

  /** socket(2), there. */
  async socket(family: number, style: number, protocol = 0): Promise<Socket> {
    this.#maker.send(Buffer.from(JSON.stringify([family, style, protocol])));
    await ready(this.#maker, 'readable');
    const answer = Buffer.alloc(64);
    const message = this.#maker.recvmsg(answer);
    const [descriptor] = message?.find(SOL_SOCKET, SCM_RIGHTS) ?? [];
    if (descriptor === undefined) throw new Error(answer.toString('utf8', 0, message?.bytes));
    return descriptor.adopt();
  }

  [Symbol.dispose](): void {
    this.#maker.close();
  }
}
