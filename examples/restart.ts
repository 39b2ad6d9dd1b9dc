/**
 * A restart that loses no connection: the old process passes its listening
 * socket to the new one (SCM_RIGHTS, unix(7)), which takes over the backlog.
 *
 *     node dist/examples/restart.js
 *
 * The parent connects again and again while the server is replaced.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import {
  concatMap,
  firstValueFrom,
  lastValueFrom,
  mergeMap,
  of,
  range,
  reduce,
  Subject,
  take,
  tap,
} from 'rxjs';
import type { ReceivedFd, Socket } from 'uvsock';
import { SCM_RIGHTS, SOL_SOCKET } from 'uvsock/constants';
import { dial, fromRecv, fromRecvmsg, listen, mergeAccept, send, serve, withSocket } from 'uvsock/rx';

const { values } = parseArgs({
  options: { serve: { type: 'string' }, from: { type: 'string' } },
});
const CONNECTIONS = 300;

/** The listening socket of a server that is running, and how to tell it that it is relieved. */
function takeOver(name: string): Promise<{ listener: Socket; relieve: () => Promise<unknown> }> {
  return firstValueFrom(
    dial({ path: `\0${name}` }).pipe(
      mergeMap((old) =>
        fromRecvmsg(old).pipe(
          take(1),
          mergeMap((message) => {
            const [received] = message.find(SOL_SOCKET, SCM_RIGHTS) as ReceivedFd[];
            const relieve = () => lastValueFrom(send(old, 'go').pipe(tap(() => old.close())));
            return of({ listener: received!.adopt(), relieve });
          }),
        ),
      ),
    ),
  );
}

/** Serves until a successor has taken the listening socket and says that it accepts. */
async function server(generation: string, from: string | undefined): Promise<void> {
  const before = from === undefined ? undefined : await takeOver(from);
  const listener = before?.listener ?? listen({ host: '127.0.0.1', port: 0 });
  const name = `uvsock-restart-${process.pid}`;
  const control = listen({ path: `\0${name}` });
  const relieved = new Subject<void>();
  mergeAccept(control, (successor) => {
    successor.sendmsg({
      data: Buffer.from('listener'),
      control: [{ level: SOL_SOCKET, type: SCM_RIGHTS, data: [listener] }],
    });
    return fromRecv(successor).pipe(take(1));
  }).subscribe(() => {
    relieved.next();
    control.close();
  });
  serve(listener, (connection) => send(connection, generation), { until: relieved }).subscribe();
  await before?.relieve();
  const { port } = listener.getsockname();
  console.log(JSON.stringify({ port, name }));
}

interface Server {
  port: number;
  /** Abstract, of the socket at which a successor asks. */
  name: string;
}

/** Starts a server in a process of its own, which ends when it has been relieved and its connections are over. */
async function start(generation: string, ...options: string[]): Promise<Server & { kill(): void }> {
  const file = process.argv[1] as string;
  const child = spawn(process.execPath, [file, '--serve', generation, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(child.stdout)) {
    return { ...(JSON.parse(line) as Server), kill: () => child.kill() };
  }
  throw new Error('the server did not start');
}

async function main(): Promise<void> {
  const old = await start('first');
  let successor: Promise<{ kill(): void }> | undefined;
  const ask = (index: number) => {
    if (index === CONNECTIONS / 3) successor = start('second', '--from', old.name);
    return dial({ host: '127.0.0.1', port: old.port }).pipe(
      withSocket((connection) => fromRecv(connection).pipe(reduce((text, chunk) => text + chunk, ''))),
    );
  };
  const counts = new Map<string, number>();
  let asked = 0;
  // Not before the new server has answered, too.
  while (asked < CONNECTIONS || !counts.has('second')) {
    const answers = range(asked, CONNECTIONS / 3).pipe(concatMap(ask));
    asked += CONNECTIONS / 3;
    await lastValueFrom(
      answers.pipe(tap((generation) => counts.set(generation, (counts.get(generation) ?? 0) + 1))),
    );
  }
  for (const [generation, count] of counts) console.log(`${count} answers by the ${generation} server`);
  const answered = [...counts.values()].reduce((sum, count) => sum + count);
  console.log(`${asked - answered} of ${asked} connections lost`);
  (await successor)?.kill();
}

await (values.serve === undefined ? main() : server(values.serve, values.from));
