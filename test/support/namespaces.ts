/** Networks of their own for tests: network namespaces, ip-netns(8), made and removed. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { closePipes } from './programs.ts';

function ip(...args: string[]): { status: number | null; output: string; errors: string } {
  const { status, stdout, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  return { status, output: stdout ?? '', errors: error?.message ?? stderr };
}

const PREFIX = 'uvsock-';
let made = 0;

/** Removes what a test process left that was killed. */
function removeLeft(): void {
  for (const [name, pid] of ip('netns', 'list').output.matchAll(/^uvsock-(\d+)-\S+/gm)) {
    if (!existsSync(`/proc/${pid}`)) ip('netns', 'del', name);
  }
}

/** Why there can be no namespaces here; undefined where there can. */
export function namespacesMissing(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are of Linux';
  const probe = `${PREFIX}${process.pid}-probe`;
  const { status, errors } = ip('netns', 'add', probe);
  if (status !== 0) return `no network namespaces: ${errors.trim()}`;
  const veth = ip('-n', probe, 'link', 'add', 'probe0', 'type', 'veth', 'peer', 'name', 'probe1');
  ip('netns', 'del', probe);
  return veth.status === 0 ? undefined : `no veth: ${veth.errors.trim()}`;
}

/** Hosts, each a namespace, and the wires between them. */
export class Network implements Disposable {
  readonly #hosts = new Map<string, string>();
  readonly #programs = new Set<ChildProcessWithoutNullStreams>();
  readonly #atExit = () => this[Symbol.dispose]();

  /** Makes a namespace for each host; its loopback is up, and its IPv6 addresses are valid at once. */
  constructor(...hosts: string[]) {
    removeLeft();
    process.once('exit', this.#atExit);
    const id = `${PREFIX}${process.pid}-${made++}`;
    for (const host of hosts) {
      this.#must(['netns', 'add', `${id}-${host}`]);
      this.#hosts.set(host, `${id}-${host}`);
      this.run(host, 'sh', '-c', 'echo 0 | tee /proc/sys/net/ipv6/conf/*/accept_dad');
      this.ip(host, 'link set lo up');
    }
  }

  /** A wire between two hosts; `name` is the interface at both its ends. */
  wire(name: string, one: string, other: string): void {
    this.ip(one, `link add ${name} type veth peer name ${name} netns ${this.#hosts.get(other)}`);
    for (const host of [one, other]) this.ip(host, `link set ${name} up`);
  }

  /** Runs ip(8) on a host. */
  ip(host: string, command: string): void {
    this.#must(['-n', this.#hosts.get(host) as string, ...command.split(' ')]);
  }

  /** Runs a program on a host to its end. */
  run(host: string, ...command: string[]): void {
    this.output(host, ...command);
  }

  /** What a program on a host prints until its end. */
  output(host: string, ...command: string[]): string {
    return this.#must(['netns', 'exec', this.#hosts.get(host) as string, ...command]);
  }

  /** Starts a program on a host; it ends with the network. */
  start(host: string, ...command: string[]): ChildProcessWithoutNullStreams {
    const child = spawn('ip', ['netns', 'exec', this.#hosts.get(host) as string, ...command]);
    this.#programs.add(child);
    return child;
  }

  /** Ends the programs and removes the namespaces, and with them their interfaces. */
  [Symbol.dispose](): void {
    process.off('exit', this.#atExit);
    for (const program of this.#programs) {
      program.kill('SIGKILL');
      closePipes(program);
    }
    for (const name of this.#hosts.values()) ip('netns', 'del', name);
    this.#hosts.clear();
  }

  #must(args: string[]): string {
    const { status, output, errors } = ip(...args);
    if (status === 0) return output;
    this[Symbol.dispose]();
    throw new Error(`ip ${args.join(' ')}: ${errors.trim()}`);
  }
}
