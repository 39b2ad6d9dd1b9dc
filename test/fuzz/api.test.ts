import { expect } from 'chai';
import * as core from 'uvsock';
import { AF_UNIX, SOCK_DGRAM } from 'uvsock/constants';
import * as netlink from 'uvsock/netlink';
import * as rx from 'uvsock/rx';
import * as stream from 'uvsock/stream';
import { pick, randomOf, SEED, scaled } from '../support/scale.ts';
import { HOSTILE } from './binding/values.ts';

const random = randomOf(SEED);

/** What the language itself says of proxies and of buffers that are gone, and rxjs of what is no source. */
const isForeign = (error: unknown) =>
  /revoked|detached|incompatible receiver|nobody is to look|stream was expected/.test(
    (error as Error).message,
  );

/** An argument that is wrong, or an object with a field that is. */
function argument(): unknown {
  const wrong = () => pick(random, HOSTILE)();
  return pick(random, [
    wrong,
    wrong,
    () => ({ flags: wrong(), size: wrong(), maxPerTurn: wrong(), maxLength: wrong() }),
    () => ({ data: wrong(), control: wrong(), address: wrong() }),
    () => ({ data: new Uint8Array(2), control: [{ level: wrong(), type: wrong(), data: wrong() }] }),
    () => ({ address: wrong(), port: wrong() }),
    () => ({ path: wrong(), signal: wrong() }),
  ])();
}

const misused: string[] = [];

/** Misuse and failed calls are told with a code, as Node does. */
function expectCode(name: string, error: unknown): void {
  const { code } = error as { code?: unknown };
  if (!isForeign(error) && !/^E[A-Z_\d]+$/.test(String(code))) misused.push(`${name}: ${error}`);
}

function misuse(
  name: string,
  call: (...args: never[]) => unknown,
  self: unknown,
  first: unknown[] = [],
): void {
  const args = [...first, ...Array.from({ length: random(5) }, argument)];
  try {
    const made: unknown = Reflect.apply(call, self, args);
    if (made instanceof Promise) made.catch((error) => expectCode(name, error));
    (made as Partial<Disposable> | null)?.[Symbol.dispose]?.();
  } catch (error) {
    expectCode(name, error);
  }
}

/** These adopt or open whatever a number says, take long, or have no arguments of their own to judge. */
const LEFT_ALONE = new Set(['socket', 'socketpair', 'duplex', 'fromNet', 'toNet']);

const everything: [string, unknown][] = Object.entries({ ...core, ...netlink, ...rx, ...stream });
const functions = everything.filter(
  (each): each is [string, () => unknown] =>
    typeof each[1] === 'function' && /^[a-z]/.test(each[0]) && !LEFT_ALONE.has(each[0]),
);

const methodsOf = (prototype: object) =>
  Object.getOwnPropertyNames(prototype).filter(
    (name) =>
      !['constructor', 'close', 'detach', 'release'].includes(name) &&
      !name.startsWith('_') &&
      typeof Object.getOwnPropertyDescriptor(prototype, name)?.value === 'function',
  );

describe(`wrong arguments at random (UVSOCK_SEED=${SEED})`, function () {
  this.timeout(scaled(60_000, 600_000));
  afterEach(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    expect(misused.splice(0)).to.deep.equal([]);
  });

  it('are told by every function of the package with a code', () => {
    for (let i = scaled(3000, 100_000); i > 0; i--) {
      const [name, call] = pick(random, functions);
      const [one, other] = core.socketpair(AF_UNIX, SOCK_DGRAM);
      using _one = one;
      using _other = other;
      misuse(name, call, undefined, random(2) === 0 ? [one] : []);
    }
  });

  it('are told by every method with a code', () => {
    const methods = methodsOf(core.Socket.prototype);
    for (let i = scaled(3000, 100_000); i > 0; i--) {
      const [one, other] = core.socketpair(AF_UNIX, SOCK_DGRAM);
      using _one = one;
      using _other = other;
      const name = pick(random, methods);
      misuse(`Socket.${name}`, one[name as 'recv'], one);
    }
  });

  it('are told by batches and addresses with a code', () => {
    for (let i = scaled(1000, 50_000); i > 0; i--) {
      using batch = new core.DatagramBatch({ count: 4, size: 100 });
      const method = pick(random, methodsOf(core.DatagramBatch.prototype));
      misuse(`DatagramBatch.${method}`, batch[method as 'data'], batch);
      misuse('SocketAddress.parse', core.SocketAddress.parse, undefined);
      misuse('SocketAddress.fromBytes', core.SocketAddress.fromBytes, undefined);
    }
  });
});
