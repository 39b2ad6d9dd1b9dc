/** Datagrams: there and back, received, sent. */
import { LOAD_CORE, SERVER_CORE, start } from '../machine.ts';
import { c } from '../programs.ts';
import type { Sample } from '../results.ts';
import { type Command, loaded, perMessage, timed, withServer } from './serving.ts';

/** Datagrams there and back: so many requests outstanding at any time. */
export function measureDatagramEcho(
  server: Command,
  flows: number,
  size: number,
  seconds: number,
): Promise<Sample> {
  return withServer(server, async (program, target) => {
    const load = ['--flows', String(flows), '--size', String(size), ...timed(seconds)];
    const { result, cpu } = await loaded(program, [c('udp'), 'ping', ...target, ...load], seconds);
    const {
      messages,
      seconds: took,
      latency,
    } = result as unknown as {
      messages: number;
      seconds: number;
      latency?: NonNullable<Sample['latency']>;
    };
    const rate = messages / took;
    return { rate, ...perMessage(cpu, rate), ...(latency !== undefined && { latency }) };
  });
}

/** Datagrams received of more than can be; of a flood that has so many of them in a message. */
export function measureDatagramSink(
  server: Command,
  size: number,
  seconds: number,
  segments = 1,
): Promise<Sample> {
  return withServer(server, async (program, target) => {
    const load = ['--size', String(size), '--gso', String(segments), '--seconds', String(seconds)];
    const command = [c('udp'), 'flood', ...target, ...load];
    const { cpu } = await loaded(program, command, seconds);
    const [counts] = await Promise.all([program.line(), program.stop()]);
    const rate = Number(counts.received) / Number(counts.seconds);
    return { rate, ...perMessage(cpu, rate) };
  });
}

/** Datagrams sent, to one who counts them. It is the sender that is measured. */
export function measureDatagramSend(
  sender: Command,
  size: number,
  seconds: number,
  receiver: Command = [c('udp'), 'sink'],
): Promise<Sample> {
  return withServer(
    receiver,
    async (_sink, target) => {
      const options = ['--size', String(size), '--seconds', String(seconds)];
      const program = start(SERVER_CORE, [...sender, ...target, ...options]);
      const { sent, seconds: took, user, system } = await program.line();
      await program.stop();
      const perDatagram = (time: unknown) => (1e6 * Number(time)) / Number(sent);
      return {
        rate: Number(sent) / Number(took),
        user: perDatagram(user),
        system: perDatagram(system),
      };
    },
    { core: LOAD_CORE },
  );
}
