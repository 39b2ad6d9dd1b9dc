/**
 * The main job of `npm start`: a reactive echo server on TCP, UDP and a Unix
 * socket, driven by its own clients, which check every byte; or, with
 * --serve, left to yours.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { forkJoin, fromEvent, interval, merge, type Observable, of, takeUntil } from 'rxjs';
import { catchError, ignoreElements, map, take } from 'rxjs/operators';
import { client } from './reactive-server/clients.ts';
import { Report } from './reactive-server/report.ts';
import { openServer, type Server, TRANSPORTS } from './reactive-server/server.ts';

const { values } = parseArgs({
  options: {
    serve: { type: 'boolean', default: false },
    tcp: { type: 'string' },
    udp: { type: 'string' },
    unix: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '32' },
    help: { type: 'boolean', default: false },
  },
});

const HELP = `npm start -- [options]
  --seconds N       how long to run, default 5
  --connections N   clients of each transport, default 32
  --serve           keep serving until Ctrl-C, without clients
  --tcp PORT        default: 7007 with --serve, otherwise any
  --udp PORT        default: 7007 with --serve, otherwise any
  --unix PATH       default: a new folder under ${tmpdir()}`;

/** How often the table is renewed, in milliseconds. */
const PERIOD = 500;

function number(name: 'tcp' | 'udp' | 'seconds' | 'connections', fallback: number): number {
  const value = Number(values[name] ?? fallback);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} must be a number`);
  return value;
}

/** Serves until Ctrl-C. */
function serve(server: Server): void {
  const { tcp, udp, unix } = server.addresses;
  console.log(`echoing on
  tcp  ${tcp}   try: nc 127.0.0.1 ${tcp.port}
  udp  ${udp}   try: nc -u 127.0.0.1 ${udp.port}
  unix ${unix.path}   try: socat - UNIX-CONNECT:${unix.path}
Ctrl-C stops.`);
  server.echoes
    .pipe(takeUntil(merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM'))))
    .subscribe({
      complete() {
        server.close();
        rmSync(folder, { recursive: true, force: true });
        const echoes = TRANSPORTS.map((transport) => `${transport} ${server.counters[transport].messages}`);
        console.log(`\nstopped; echoes: ${echoes.join(', ')}`);
      },
    });
}

/** Runs the clients, shows what happens, and judges it. */
function exercise(server: Server, seconds: number, connections: number): void {
  const deadline = performance.now() + seconds * 1000;
  const over = () => performance.now() >= deadline;
  const report = new Report(server);
  const serving = server.echoes.subscribe();
  const showing = interval(PERIOD).subscribe(() => report.sample());

  const clients: Observable<Error | null>[] = TRANSPORTS.flatMap((transport, row) =>
    Array.from({ length: connections }, (_, column) =>
      merge(
        client(transport, server.addresses[transport], 1 + row * connections + column, over).pipe(
          ignoreElements(),
        ),
        of(null),
      ).pipe(
        catchError((error: Error) => of(new Error(`${transport}: ${error.message}`))),
        map((outcome) => outcome as Error | null),
      ),
    ),
  );

  forkJoin(clients)
    .pipe(take(1))
    .subscribe((outcomes) => {
      showing.unsubscribe();
      serving.unsubscribe();
      server.close();
      rmSync(folder, { recursive: true, force: true });
      const failures = outcomes.filter((outcome) => outcome !== null);
      report.summary(failures);
      process.exitCode = failures.length === 0 ? 0 : 1;
    });
}

let folder = '';

if (values.help) {
  console.log(HELP);
} else {
  folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
  const port = values.serve ? 7007 : 0;
  const server = openServer({
    tcp: number('tcp', port),
    udp: number('udp', port),
    unix: values.unix ?? join(folder, 'echo.sock'),
  });
  if (values.serve) serve(server);
  else exercise(server, number('seconds', 5), number('connections', 32));
}
