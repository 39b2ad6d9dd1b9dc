/**
 * Calls the binding at random, in a process, a folder and a network namespace
 * of its own:
 *
 *     node program.js CALLS SEED LOG
 *
 * LOG is a file that always holds the last calls, the newest last but for
 * where it begins anew. Ends with 0 if all answers were such as are documented
 * and nothing was left open.
 */
import { mkdirSync, openSync, readdirSync, readlinkSync, writeFileSync, writeSync } from 'node:fs';
import { AF_INET, AF_UNIX, SOCK_STREAM } from 'uvsock/constants';
import { binding, RESULT } from '../../../src/binding.ts';
import { run } from '../../support/programs.ts';
import { pick, randomOf } from '../../support/scale.ts';
import { type Call, KINDS, THROWN } from './kinds.ts';
import { type Entry, Pool } from './pool.ts';
import { type FunctionName, TABLE } from './table.ts';
import { type Guarded, HOSTILE, lengthOf } from './values.ts';

const [calls, seed, logPath] = process.argv.slice(2) as [string, string, string];
const total = Number(calls);
const random = randomOf(Number(seed));

/** In lines of one length, of so many of which each is overwritten in turn. */
const LINES = 100;
const LINE = 200;
const log = openSync(logPath, 'w');

mkdirSync('folder');
writeFileSync('file', Buffer.alloc(100_000, 'file'));
await run('mkfifo', ['fifo']);

const descriptors = () =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch {
      return []; // of the listing itself
    }
  });

const NAMES = (Object.keys(TABLE) as FunctionName[]).flatMap((name) =>
  Array.from({ length: TABLE[name].weight ?? 10 }, () => name),
);

let made = 0;
let depth = 0;
/** Of files, which have not told their end. */
let jobs = 0;
const answers = new Map<string, number>();

/** Without looking into it. */
function shortly(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    const kind = Object.prototype.toString.call(ArrayBuffer.isView(value) ? value : {}).slice(8, -1);
    return ArrayBuffer.isView(value) ? `${kind}(${lengthOf(value)})` : kind;
  }
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 20)) : String(value);
}

function note(name: string, args: readonly unknown[]): void {
  const line = `${'  '.repeat(depth)}${made} ${name}(${args.map(shortly).join(', ')})`;
  writeSync(log, `${line.slice(0, LINE - 1).padEnd(LINE - 1)}\n`, (made % LINES) * LINE);
}

function fail(what: string): never {
  throw new Error(`call ${made}, seed ${seed}: ${what}`);
}

function isDocumented(error: unknown): boolean {
  if (error === THROWN) return true;
  const { code } = error as { code?: unknown };
  return (
    (error instanceof TypeError || error instanceof RangeError) &&
    (code === 'ERR_INVALID_ARG_TYPE' || code === 'ERR_OUT_OF_RANGE')
  );
}

const OF_DESCRIPTORS = new Set<FunctionName>(['adopt', 'duplicate']);

/** What must stay what it is: a number that may be a descriptor of Node's own, who is told that a file went. */
function isFixed(name: FunctionName, index: number, instead: unknown): boolean {
  if (name === 'sendFile') return typeof instead === 'function';
  const isNumber = typeof instead === 'number' && instead >= 0 && instead < 1e6;
  return isNumber && index === 0 && OF_DESCRIPTORS.has(name);
}

/** Wrong types and numbers here and there. */
function spoil(name: FunctionName, args: unknown[]): void {
  if (random(12) === 0) args.length = random(args.length + 1);
  if (random(6) > 0 || args.length === 0) return;
  const index = random(args.length);
  const value = pick(random, HOSTILE)();
  if (!isFixed(name, index, value)) args[index] = value;
}

function callOf(pool: Pool): Call {
  return {
    random,
    pool,
    guards: [] as Guarded[],
    again() {
      for (let left = random(3); left > 0; left--) step(pool);
    },
    done(sent, reason, size, file, generation) {
      jobs--;
      const integers = [sent, reason, size, file, generation].every(Number.isInteger);
      if (!integers || (sent as number) < 0 || (reason as number) > 1 || (size as number) < -1) {
        fail(`a file has told ${[sent, reason, size, file, generation]}`);
      }
      if (file !== -1) pool.open.push({ slot: file as number, generation: generation as number, fd: -1 });
    },
    deliver(entries, count, turn) {
      const good =
        Number.isInteger(turn) && (count as number) >= 1 && (count as number) <= binding.batchCapacity;
      const words = entries as Int32Array;
      for (let at = 0; at < 3 * (count as number); at += 3) {
        const events = words[at + 2] as number;
        if (!good || words[at]! < 0 || words[at + 1]! < 0 || events < 1 || events > 31) {
          fail(`a batch is ${count}, ${turn}: ${words.subarray(at, at + 3)}`);
        }
      }
    },
  };
}

function step(pool: Pool): void {
  if (depth > 3) return;
  const name = pick(random, NAMES);
  const { takes, gives, settle } = TABLE[name];
  const call = callOf(pool);
  const args = takes.flatMap((kind) => KINDS[kind](call) as unknown[]);
  spoil(name, args);
  made++;
  depth++;
  note(name, args);
  try {
    const self = random(20) === 0 ? pick(random, HOSTILE)() : binding;
    const answer: unknown = Reflect.apply(binding[name], self, args);
    if (!gives(answer, args)) fail(`${name} has returned ${String(answer)}`);
    if (name === 'sendFile' && answer === 0) jobs++;
    settle?.(pool, args, answer as number);
    const outcome = `${name} ${typeof answer === 'number' && answer < 0 ? 'fails' : 'succeeds'}`;
    answers.set(outcome, (answers.get(outcome) ?? 0) + 1);
  } catch (error) {
    if (!isDocumented(error)) throw error;
  } finally {
    depth--;
  }
  if (!call.guards.every((each) => each.isIntact())) fail(`${name} has written beside a view`);
  pool.limit(random);
}

const result = new Int32Array(RESULT.size / 4);

/** What calls at random seldom come to: a listener, with clients that wait to be accepted. */
function listenerWithClients(pool: Pool): void {
  const [family, name] = pick(random, [
    [AF_UNIX, binding.encodeUnix(new Uint8Array(0))],
    [AF_INET, binding.encodeInet('127.0.0.1', 0)],
  ] as [number, Uint8Array][]);
  const made = Array.from({ length: 4 }, () => {
    if (binding.socket(family, SOCK_STREAM, 0, result) === 0) pool.take(result, 1);
    return pool.open.at(-1) as Entry;
  });
  const [{ slot, generation }, ...clients] = made as [Entry, ...Entry[]];
  binding.bind(slot, generation, name);
  binding.listen(slot, generation, 5);
  pool.listening(slot, generation);
  binding.getsockname(slot, generation, result);
  const length = result[RESULT.addressLength] as number;
  const address = new Uint8Array(result.buffer, RESULT.address, length).slice();
  for (const client of clients) binding.connect(client.slot, client.generation, address);
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function main(): Promise<void> {
  const files = [openSync('file', 'r'), openSync('fifo', 'r+'), openSync('folder', 'r')];
  await turn();
  const before = descriptors();
  const pool = new Pool(files);
  for (let shown = 0; made < total; ) {
    step(pool);
    if (random(100) === 0) listenerWithClients(pool);
    if (random(50) === 0) await turn();
    if (random(20_000) === 0) globalThis.gc?.();
    if (made - shown < total / 20) continue;
    shown = made;
    console.log(`${made} of ${total} calls, ${pool.open.length} open, ${jobs} files on their way`);
  }
  binding.setReceiver(() => {}, new Int32Array(3 * binding.batchCapacity));
  while (jobs > 0) await turn();
  pool.closeAll();
  await turn();
  const counts = new Float64Array(5);
  binding.count(counts);
  if (counts[0] !== 0 || counts[2] !== 0) fail(`${counts[0]} slots and ${counts[2]} armed polls are left`);
  const left = descriptors().filter((each) => !before.includes(each));
  if (left.length > 0) fail(`descriptors are left: ${left.join(', ')}`);
  const never = Object.keys(TABLE).filter((name) => !answers.has(`${name} succeeds`));
  console.log(`${made} calls, ${counts[4]} events; never successful: ${never.join(', ') || 'none'}`);
}

process.on('uncaughtException', (error) => {
  if (error === THROWN) return;
  console.error(error);
  process.exit(1);
});
await main();
