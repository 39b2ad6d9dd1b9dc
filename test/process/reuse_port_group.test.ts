import { once } from 'node:events';
import { expect } from 'chai';
import { firstValueFrom } from 'rxjs';
import { type Socket, type SocketAddress, socket } from 'uvsock';
import { AF_INET, SOCK_STREAM } from 'uvsock/constants';
import { groupMember, type ReusePortGroup, type ReusePortGroupConfig, reusePortGroup } from 'uvsock/process';
import { dial, reader } from 'uvsock/rx';
import { closed, codeOf, turnFor } from '../support/sockets.ts';

const MEMBER = new URL('../fixtures/group_member.js', import.meta.url);

function connect(address: SocketAddress): Socket {
  const [client] = closed([socket(AF_INET, SOCK_STREAM)]);
  client.connect(address);
  return client;
}

/** Who answers on a connection; empty if it is ended or reset instead. */
async function ask(client: Socket, line: string): Promise<string> {
  client.send(Buffer.from(`${line}\n`));
  try {
    const [who] = String(await reader(client).until('\n')).split(' ');
    return who as string;
  } catch {
    return '';
  }
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fulfilled',
    (error) => error.code ?? error.message,
  );

describe('reusePortGroup', function () {
  this.timeout(60_000);
  let group: ReusePortGroup | undefined;

  const open = async (config: ReusePortGroupConfig = {}) => {
    group = await reusePortGroup(MEMBER, { host: '127.0.0.1', workers: 2, grace: 5000, ...config });
    return group;
  };

  afterEach(async () => {
    await group?.close();
    group = undefined;
  });

  for (const kind of ['threads', 'cluster'] as const) {
    it(`shares connections out among ${kind}`, async () => {
      const { address, listening } = await open({ kind });
      expect(listening).to.equal(2);
      expect(address.port).to.be.greaterThan(0);
      const clients = Array.from({ length: 60 }, () => connect(address));
      const who = await Promise.all(clients.map((client) => ask(client, 'who')));
      for (const client of clients) client.close();
      expect(new Set(who)).to.have.property('size', 2);
      expect(who).not.to.include('');
    });

    it(`accepts what waits, and lets connections finish, before ${kind} end`, async () => {
      const { address } = await open({ kind });
      const early = connect(address);
      await ask(early, 'early');
      // All of them wait when the group is told, for nobody has had a turn.
      const waiting = Array.from({ length: 200 }, () => connect(address));
      const answers = Promise.all(waiting.map((client) => ask(client, 'late')));
      const over = group!.close();
      expect(await answers).not.to.include('');
      expect(await ask(early, 'still')).not.to.equal('');
      for (const client of [early, ...waiting]) client.close();
      await over;
      expect(group!.listening).to.equal(0);
      const { port } = address as { port: number };
      expect(await failure(firstValueFrom(dial({ host: '127.0.0.1', port })))).to.equal('ECONNREFUSED');
    });

    it(`replaces one of the ${kind} that crashes`, async () => {
      const told: unknown[] = [];
      const { address } = await open({ kind, workers: 1, onExit: (...all) => told.push(all) });
      const first = await ask(connect(address), 'who');
      expect(await ask(connect(address), 'crash')).to.equal('');
      while (told.length === 0) await turnFor(5);
      expect(group!.listening).to.equal(0);
      while (group!.listening === 0) await turnFor(10);
      const client = connect(address);
      const second = await ask(client, 'who');
      client.close();
      expect(second).not.to.be.oneOf(['', first]);
      const [[reason, pause]] = told as [[Error, number]];
      expect([reason.message, pause]).to.deep.equal(['A worker has ended with code 3', 100]);
      await group!.close();
    });
  }

  it('warns of a worker that ends where nobody asked to be told', async () => {
    const { address } = await open({ workers: 1 });
    const warned = once(process, 'warning');
    await ask(connect(address), 'crash');
    const [warning] = (await warned) as [NodeJS.ErrnoException];
    expect([warning.name, warning.code]).to.deep.equal(['WorkerGroupWarning', 'UVSOCK_WORKER_RESTART']);
    expect(warning.message).to.match(/code 3.*another is started in 100 ms/);
  });

  it('is closed by await using', async () => {
    let left: ReusePortGroup;
    {
      await using opened = await open({ workers: 1 });
      left = opened;
    }
    expect(left.listening).to.equal(0);
  });

  it('ends workers whose connections are not over in time', async () => {
    const { address } = await open({ grace: 50 });
    const client = connect(address);
    await ask(client, 'stay');
    await group!.close();
    expect(group!.listening).to.equal(0);
  });

  it('leaves nothing behind when a worker ends before it listens', async () => {
    expect(await failure(reusePortGroup('/no/such/program.js', { host: '127.0.0.1' }))).to.match(
      /MODULE_NOT_FOUND/,
    );
  });

  it('answers what bind answers, and checks its configuration', async () => {
    const wrong: [config: object | null, code: string][] = [
      [{ host: '192.0.2.1' }, 'EADDRNOTAVAIL'],
      [{ host: 'localhost' }, 'ERR_INVALID_ARG_VALUE'],
      [{ port: 65_536 }, 'ERR_OUT_OF_RANGE'],
      [{ workers: 0 }, 'ERR_OUT_OF_RANGE'],
      [{ kind: 'fibres' }, 'ERR_INVALID_ARG_VALUE'],
      [{ kind: 'toString' }, 'ERR_INVALID_ARG_VALUE'],
      [{ grace: -1 }, 'ERR_OUT_OF_RANGE'],
      [{ onExit: 1 }, 'ERR_INVALID_ARG_TYPE'],
      [null, 'ERR_INVALID_ARG_TYPE'],
    ];
    for (const [config, code] of wrong) {
      expect(await failure(reusePortGroup(MEMBER, config as never)), JSON.stringify(config)).to.equal(code);
    }
    expect(await failure(reusePortGroup(7 as never))).to.equal('ERR_INVALID_ARG_TYPE');
  });
});

describe('groupMember', () => {
  it('is for workers of a group', () => {
    expect(codeOf(groupMember)).to.equal('ERR_INVALID_STATE');
  });
});
