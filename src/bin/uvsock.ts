#!/usr/bin/env node
/** The program `uvsock`. */
import { UsageError } from '../top/options.ts';

/** Each is loaded when it runs: help must not need the addon. */
const COMMANDS: Record<string, (args: string[]) => Promise<void>> = {
  top: async (args) => (await import('../top/top.ts')).top(args),
};

const HELP = `usage: uvsock COMMAND [options]

  top   shows sockets as the kernel knows them, as a live table or as JSON

uvsock COMMAND --help tells more.`;

async function main([name = '--help', ...args]: string[]): Promise<void> {
  if (name === '--help') {
    console.log(HELP);
    return;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new UsageError(`there is no command ${name}`);
  await command(args);
}

main(process.argv.slice(2)).catch((error: Error) => {
  const usage = error instanceof UsageError;
  console.error(
    `uvsock: ${error.message}${usage ? '\nuvsock --help, or uvsock COMMAND --help, tells more.' : ''}`,
  );
  process.exitCode = usage ? 2 : 1;
});
