/** The programs of the suite: C ones, compiled where they are missing or old, and Node's by subject. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const OUTPUT = `${ROOT}build/bench`;
const SOURCES = `${ROOT}test/bench/c`;

const C_PROGRAMS = ['echo_server', 'http', 'load', 'relay', 'udp'] as const;

export type CProgram = (typeof C_PROGRAMS)[number];

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Compiles what has changed; needs a C compiler and nothing else. */
export function compile(): void {
  mkdirSync(OUTPUT, { recursive: true });
  for (const program of C_PROGRAMS) {
    const source = `${SOURCES}/${program}.c`;
    const newest = Math.max(modified(source), modified(`${SOURCES}/common.h`));
    if (modified(c(program)) > newest) continue;
    const flags = ['-O2', '-Wall', '-Wextra', '-Werror'];
    execFileSync('cc', [...flags, '-o', c(program), source], { stdio: 'inherit' });
  }
}

/** The path of a compiled program. */
export function c(program: CProgram): string {
  return `${OUTPUT}/${program}`;
}

function subject(name: string): string {
  return fileURLToPath(new URL(`subjects/${name}.js`, import.meta.url));
}

const nodeWith = (nodeOptions: string[], name: string, ...options: string[]) => [
  process.execPath,
  ...['--expose-gc', ...nodeOptions],
  subject(name),
  ...options,
];
const node = (name: string, ...options: string[]) => nodeWith([], name, ...options);

/** How to start the echo server of a subject; Node's with options of its own. */
export function echoServers(
  bun: string | undefined,
  ...nodeOptions: string[]
): Record<string, readonly string[]> {
  const node = (name: string, ...options: string[]) => nodeWith(nodeOptions, name, ...options);
  return {
    c: [c('echo_server')],
    core: node('core'),
    rx: node('rx'),
    reuse: node('rx', '--reuse'),
    pipeline: node('pipeline'),
    stream: node('stream'),
    net: node('net'),
    ...(bun !== undefined && { bun: [bun, subject('bun')] }),
  };
}

/** Programs that are not echo servers, by what they are of. */
export const others = {
  empty: node('empty'),
  workers: (count: number) => node('workers', '--workers', String(count)),
  cluster: (count: number) => node('cluster', '--workers', String(count)),
  loading: (module: string) => node('loading', module),
  hotPaths: node('hot_paths'),
};

/** How to start the relay of a subject, but for its target. */
export const relays: Record<string, readonly string[]> = {
  c: [c('relay')],
  rx: node('relay'),
  pump: node('relay', '--pump'),
  net: node('relay_net'),
};

/** How to start the sender of datagrams of a subject. */
export const datagramSenders: Record<string, readonly string[]> = {
  c: [c('udp'), 'send'],
  core: node('udp_send_core'),
  rx: node('udp_send_rx'),
  dgram: node('udp_send_dgram'),
};

/** How to start the datagram server of a subject, an echo or a sink. */
export function datagramServers(kind: 'echo' | 'sink'): Record<string, readonly string[]> {
  const option = kind === 'sink' ? ['--sink'] : [];
  return {
    c: [c('udp'), kind],
    core: node('udp_core', ...option),
    rx: node('udp_rx', ...option),
    dgram: node('udp_dgram', ...option),
  };
}

/** With GSO or GRO: as many datagrams of 1,200 bytes as a message holds. */
export const SEGMENTS = 54;

/** So much waits in the kernel that a receiver never has nothing to do. */
const RCVBUF = ['--rcvbuf', String(4 << 20)];

/** How to start the sink of a subject that receives in batches. */
export function batchSinks(batch: number, gro: boolean): Record<string, readonly string[]> {
  const how = ['--batch', String(batch), ...(gro ? ['--gro'] : []), ...RCVBUF];
  return {
    c: [c('udp'), 'sink', ...how],
    core: node('udp_batch_core', ...how),
    rx: node('udp_batch_rx', ...how),
    reuse: node('udp_batch_rx', '--reuse', ...how),
    dgram: node('udp_dgram', '--sink', ...RCVBUF),
  };
}

/** How to start the sender of a subject that sends in batches, with GSO so many datagrams in a message. */
export function batchSenders(batch: number, gso: number): Record<string, readonly string[]> {
  const how = ['--batch', String(batch), '--gso', String(gso)];
  return {
    c: [c('udp'), 'send', ...how],
    core: node('udp_send_batch_core', ...how),
    rx: node('udp_send_batch_rx', ...how),
    dgram: node('udp_send_dgram'),
  };
}

/** How to start the server of a file of a subject. */
export const fileServers: Record<string, readonly string[]> = {
  c: [c('http'), 'serve'],
  rx: node('files_rx'),
  net: node('files_net'),
  http: node('files_http'),
};
