/** Relays between the load and an echo server: rate, latency, CPU time per message. */
import { LOAD_CORE } from '../machine.ts';
import { c } from '../programs.ts';
import type { Sample } from '../results.ts';
import { type Load, measureEcho } from './echo.ts';
import { type Command, withServer } from './serving.ts';

/** Echoes through a relay, each of which passes it twice. It is the relay that is measured. */
export function measureRelay(relay: Command, load: Load, seconds: number): Promise<Sample> {
  return withServer(
    [c('echo_server')],
    (_echo, [, port]) => measureEcho([...relay, '--target', port as string], load, seconds),
    { core: LOAD_CORE },
  );
}
