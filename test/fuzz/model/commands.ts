/** The calls that are made at random on real sockets and on their models alike. */
import { expect } from 'chai';
import * as fc from 'fast-check';
import { Socket, type SocketAddress, socket, socketpair, watch } from 'uvsock';
import { AF_UNIX, MSG_PEEK, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } from 'uvsock/constants';
import { ModelSocket, type Outcome } from './unix_socket.ts';

/** A socket, and the name that it got when it was bound. */
interface Real {
  socket: Socket;
  name: SocketAddress | null;
}

export interface World {
  readonly models: ModelSocket[];
}

export interface System {
  readonly reals: Real[];
}

/** What a call on a real socket comes to. */
function outcomeOf(call: () => Outcome | undefined): Outcome {
  try {
    const value = call();
    return value === undefined ? true : value;
  } catch (error) {
    return { errors: [(error as { code: string }).code] };
  }
}

/** The call comes to what the model says, or throws one of the errors that it does. */
function expectSame(real: Outcome, expected: Outcome): void {
  const code = (real as { errors?: string[] } | null)?.errors?.[0];
  const codes = (expected as { errors?: string[] } | null)?.errors;
  if (code === undefined || codes === undefined) expect(real).to.deep.equal(expected);
  else expect(codes).to.include(code);
}

type Both = (model: ModelSocket, real: Real, world: World, system: System) => void | Promise<void>;

/** A call on one of the sockets that there are. */
class OnSocket implements fc.AsyncCommand<World, System> {
  readonly #which: number;
  readonly #name: string;
  readonly #run: Both;

  constructor(which: number, name: string, run: Both) {
    this.#which = which;
    this.#name = name;
    this.#run = run;
  }

  check({ models }: Readonly<World>): boolean {
    return models.length > 0;
  }

  async run(world: World, system: System): Promise<void> {
    const index = this.#which % world.models.length;
    await this.#run(world.models[index] as ModelSocket, system.reals[index] as Real, world, system);
  }

  toString(): string {
    return `#${this.#which} ${this.#name}`;
  }
}

/** Makes sockets. */
class Open implements fc.AsyncCommand<World, System> {
  readonly #style: number;
  readonly #pair: boolean;

  constructor(style: number, pair: boolean) {
    this.#style = style;
    this.#pair = pair;
  }

  check({ models }: Readonly<World>): boolean {
    return models.length < 30;
  }

  async run({ models }: World, { reals }: System): Promise<void> {
    models.push(...(this.#pair ? ModelSocket.pair(this.#style) : [new ModelSocket(this.#style)]));
    const made = this.#pair ? socketpair(AF_UNIX, this.#style) : [socket(AF_UNIX, this.#style)];
    reals.push(...made.map((each) => ({ socket: each, name: null })));
  }

  toString(): string {
    return `${this.#pair ? 'socketpair' : 'socket'}(${this.#style})`;
  }
}

const ROOM = 300;

function send(data: Buffer, by: (socket: Socket) => number | null): Both {
  return (model, { socket }) => {
    // Kernels differ in whether an empty message is one that is lost when its receiver closes.
    if (data.length === 0 && model.style === SOCK_SEQPACKET) return;
    expectSame(
      outcomeOf(() => by(socket)),
      model.send(data),
    );
  };
}

function receive(size: number, peek: boolean, by: 'recv' | 'recvfrom' | 'recvmsg'): Both {
  return (model, { socket }) => {
    const buffer = Buffer.alloc(size);
    const flags = peek ? MSG_PEEK : 0;
    const real = outcomeOf(() => {
      const n =
        by === 'recv'
          ? socket.recv(buffer, flags)
          : ((by === 'recvfrom' ? socket.recvfrom(buffer, flags) : socket.recvmsg(buffer, { flags }))
              ?.bytes ?? null);
      return n === null ? null : buffer.toString('hex', 0, n);
    });
    expectSame(real, model.receive(size, peek));
  };
}

function accept(model: ModelSocket, { socket }: Real, { models }: World, { reals }: System): void {
  const expected = model.accept();
  const real = outcomeOf(() => {
    const accepted = socket.accept();
    if (accepted === null) return null;
    reals.push({ socket: accepted.socket, name: null });
    return 'accepted';
  });
  if (expected instanceof ModelSocket) models.push(expected);
  expectSame(real, expected instanceof ModelSocket ? 'accepted' : expected);
}

/** A watch is told of what is there, and of nothing if nothing is. */
async function watched(model: ModelSocket, { socket }: Real): Promise<void> {
  if (model.state === 'closed' || model.state === 'fresh') return;
  let told = false;
  const watching = watch(socket, 'readable', () => {
    told = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  watching[Symbol.dispose]();
  expect(told, 'is notified').to.equal(model.isReadable);
}

const which = fc.nat(99);
const bytes = fc.uint8Array({ maxLength: ROOM }).map((each) => Buffer.from(each));
const style = fc.constantFrom(SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET);

const onSocket = <T>(name: string, argument: fc.Arbitrary<T>, run: (argument: T) => Both) =>
  fc
    .tuple(which, argument)
    .map(([index, value]) => new OnSocket(index, `${name} ${fc.stringify(value)}`, run(value)));

const size = fc.oneof(fc.nat(ROOM), fc.constant(2000));

export const COMMANDS: fc.Arbitrary<fc.AsyncCommand<World, System>>[] = [
  style.map((each) => new Open(each, true)),
  style.map((each) => new Open(each, false)),
  onSocket('bind', fc.constant(''), () => (model, real) => {
    const outcome = outcomeOf(() => real.socket.bind(AF_UNIX, '') as undefined);
    expectSame(outcome, model.bind());
    if (outcome === true) real.name = real.socket.getsockname();
  }),
  onSocket('listen', fc.constant(100), (backlog) => (model, { socket }) => {
    expectSame(
      outcomeOf(() => socket.listen(backlog) as undefined),
      model.listen(),
    );
  }),
  onSocket('connect to', which, (index) => (model, { socket }, { models }, { reals }) => {
    const [to, name] = [models[index % models.length] as ModelSocket, reals[index % models.length]!.name];
    if (name === null || model.style === SOCK_DGRAM) return;
    expectSame(
      outcomeOf(() => socket.connect(name)),
      model.connect(to),
    );
  }),
  onSocket('accept', fc.constant(''), () => accept),
  onSocket('send', bytes, (data) => send(data, (socket) => socket.send(data))),
  onSocket('sendmsg', bytes, (data) =>
    send(data, (socket) => socket.sendmsg({ data: [data.subarray(0, 7), data.subarray(7)] })),
  ),
  onSocket('recv', fc.tuple(size, fc.boolean()), ([most, peek]) => receive(most, peek, 'recv')),
  onSocket('recvfrom', fc.tuple(size, fc.boolean()), ([most, peek]) => receive(most, peek, 'recvfrom')),
  onSocket('recvmsg', fc.tuple(size, fc.boolean()), ([most, peek]) => receive(most, peek, 'recvmsg')),
  onSocket('shutdown', fc.integer({ min: -1, max: 3 }), (how) => (model, { socket }) => {
    expectSame(
      outcomeOf(() => socket.shutdown(how) as undefined),
      model.shutdown(how),
    );
  }),
  onSocket('getpeername', fc.constant(''), () => (model, { socket }) => {
    const outcome = outcomeOf(() => socket.getpeername().family === AF_UNIX);
    expectSame(outcome, model.getpeername());
  }),
  onSocket('bytesReadable', fc.constant(''), () => (model, { socket }) => {
    expectSame(
      outcomeOf(() => socket.bytesReadable()),
      model.bytesReadable(),
    );
  }),
  onSocket('takeError', fc.constant(''), () => (model, { socket }) => {
    if (model.state === 'closed') return;
    expect(socket.takeError()?.code ?? null).to.equal(model.takeError());
  }),
  onSocket('watch', fc.constant(''), () => watched),
  onSocket('detach and adopt', fc.constant(''), () => (model, real) => {
    if (model.state === 'closed') return;
    const fd = real.socket.detach();
    expectSame(
      outcomeOf(() => real.socket.send(Buffer.alloc(1))),
      { errors: ['ERR_SOCKET_CLOSED'] },
    );
    real.socket = Socket.adopt(fd);
    expect(real.socket.style).to.equal(model.style);
  }),
  onSocket('close', fc.constant(''), () => (model, { socket }) => {
    socket.close();
    model.close();
  }),
];
