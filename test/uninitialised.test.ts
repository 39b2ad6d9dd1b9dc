import { expect } from 'chai';
import { runProgram } from './fixtures/run.ts';
import { skip } from './support/probes.ts';

/** glibc fills what malloc gives with the complement of this (mallopt(3), M_PERTURB). */
const env = { MALLOC_PERTURB_: String(0xff ^ 0x5a) };

/** Tells of buffers that are as malloc gave them, in any part of the memory that they are views of. */
const PRELUDE = `
  const POISON = Buffer.alloc(16, 0x5a);
  const isPoisoned = ({ buffer }) => Buffer.from(buffer).includes(POISON);
  const tell = (name, bytes) => { if (isPoisoned(bytes)) console.log(name); };
`;

const SEEN = `${PRELUDE} tell('poison', Buffer.allocUnsafeSlow(65536));`;

const PROGRAM = `${PRELUDE}
  import { EMPTY, firstValueFrom, from } from 'rxjs';
  import { DatagramBatch } from 'uvsock';
  import * as rx from 'uvsock/rx';
  const { AF_UNIX, SOCK_STREAM, SOCK_DGRAM } = c;

  for (const length of [5, 3000, 40_000]) {
    const data = Buffer.alloc(length, 'x');
    for (const style of [SOCK_STREAM, SOCK_DGRAM]) {
      for (const source of ['fromRecv', 'fromRecvfrom', 'fromRecvmsg', 'fromRecvmmsg']) {
        if (style === SOCK_STREAM && source !== 'fromRecv' && source !== 'fromRecvmsg') continue;
        const [one, other] = socketpair(AF_UNIX, style);
        one.send(data);
        const came = await firstValueFrom(rx[source](other));
        for (const each of source === 'fromRecvmmsg' ? came : [came]) tell(source + ' ' + length, each.data ?? each);
        one.close();
        other.close();
      }
      const [one, other] = socketpair(AF_UNIX, style);
      one.send(data);
      await new Promise((resolve) => {
        const handle = (chunk) => {
          tell('mergeRecv ' + length, chunk);
          resolve();
          return EMPTY;
        };
        rx.mergeRecv(other, handle, { reuse: true }).subscribe();
      });
      one.close();
      other.close();
    }
    const [one, other] = socketpair(AF_UNIX, SOCK_STREAM);
    one.send(data);
    one.send(Buffer.from('\\n'));
    tell('reader ' + length, await rx.reader(other).until('\\n'));
    one.close();
    other.close();

    for (const [name, operator] of Object.entries({
      fixedSize: rx.fixedSize(3 * length),
      delimited: rx.delimited('-', { maxLength: 200_000 }),
      lengthPrefixed: rx.lengthPrefixed({ bytes: 4, maxLength: 200_000 }),
    })) {
      const prefix = name === 'lengthPrefixed' ? [Buffer.alloc(4)] : [];
      prefix[0]?.writeUInt32BE(3 * length);
      const bytes = from([...prefix, data, data, data, Buffer.from('-')]);
      tell(name + ' ' + length, await firstValueFrom(bytes.pipe(operator)));
    }
  }

  tell('a batch', new DatagramBatch().slab);
  console.log('end');
`;

describe('memory that was never written', () => {
  before(async function () {
    const { output } = await runProgram(SEEN, { env });
    // AddressSanitizer's malloc fills, too; it is told to by its own options.
    if (output === '' && process.env.UVSOCK_INSTRUMENT !== undefined)
      skip(this, `malloc of ${process.env.UVSOCK_INSTRUMENT} does not fill what it gives`);
  });

  it('would be seen by this test', async () => {
    const { output } = await runProgram(SEEN, { env });
    expect(output).to.equal('poison\n');
  });

  it('does not reach programs, not even behind the bytes that they are given', async () => {
    const { output } = await runProgram(PROGRAM, { env });
    expect(output).to.equal('end\n');
  });
});
