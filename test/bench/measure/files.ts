/** Servers of files: how many a second, at what cost. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { c } from '../programs.ts';
import type { Sample } from '../results.ts';
import { type Command, loaded, perMessage, timed, withServer } from './serving.ts';

/** One file of `size` bytes, over and over, on each of so many connections. */
export async function measureFiles(
  server: Command,
  connections: number,
  size: number,
  seconds: number,
): Promise<Sample> {
  const folder = mkdtempSync(join(tmpdir(), 'uvsock-bench-'));
  const file = join(folder, 'file');
  writeFileSync(file, Buffer.alloc(size, 'file'));
  try {
    return await withServer([...server, '--file', file], async (program, target) => {
      const load = ['--connections', String(connections), ...timed(seconds)];
      const { result, cpu } = await loaded(program, [c('http'), 'get', ...target, ...load], seconds);
      const {
        messages,
        seconds: took,
        latency,
      } = result as unknown as {
        messages: number;
        seconds: number;
        latency: NonNullable<Sample['latency']>;
      };
      const rate = messages / took;
      return { rate, ...perMessage(cpu, rate), latency };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
