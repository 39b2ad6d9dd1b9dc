/** What `uvsock top` is asked for. */
import { parseArgs } from 'node:util';
import type { SocketProtocol } from '../diag/index.ts';

/** The arguments, read. */
export interface TopOptions {
  protocols: SocketProtocol[];
  pid: number | undefined;
  port: number | undefined;
  /** Between refreshes, in milliseconds. */
  interval: number;
  once: boolean;
  json: boolean;
}

/** The arguments make no sense; the message says which. */
export class UsageError extends Error {}

export const HELP = `usage: uvsock top [options]

Shows sockets as the kernel knows them, the busiest first, in a table that is
renewed; q or Ctrl-C quits. Where the output is no terminal it is printed once.

  --pid PID            only sockets that this process has open
  --port PORT          only sockets with this port, their own or their peer's
  --tcp --udp --unix   these protocols; default: TCP and UDP
  --interval SECONDS   between refreshes, 0.1 to 86400; default 1
  --once               prints the table once
  --json               prints a JSON document per line and refresh, for programs
  --help               prints this

RECV-Q and SEND-Q are bytes not yet read and not yet acknowledged; of listeners,
the connections that wait and their limit. SENT/S and RCVD/S are bytes per second
since the last refresh, RTT is in milliseconds, CWND in segments, RETRANS segments
sent again. PROCESS is who has the socket open, as far as that may be known.
Without colours where NO_COLOR is set. Characters of names that are not ASCII, and
control characters, are shown as ?.

A JSON document is { time, seconds, sockets }: when it was made, how long after
the one before (null for the first), and of each socket what socketTable of
uvsock/diag tells, with sendRate and receiveRate in bytes per second (null where
not known) and owners: [{ pid, name, fds }]. Limits that are infinite are null,
addresses and the cookie are strings.

Exit status: 0 when it has ended or was interrupted, 1 for a failure, as a process
that is not there, 2 for wrong arguments.`;

/** A number of an argument within bounds, or an integer where `whole`. */
function numberOf(name: string, text: string | undefined, least: number, most: number, whole = true) {
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
    throw new UsageError(`--${name} must be ${whole ? 'an integer' : 'a number'} from ${least} to ${most}`);
  }
  return value;
}

const OPTIONS = {
  pid: { type: 'string' },
  port: { type: 'string' },
  tcp: { type: 'boolean', default: false },
  udp: { type: 'boolean', default: false },
  unix: { type: 'boolean', default: false },
  interval: { type: 'string', default: '1' },
  once: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/**
 * Reads the arguments.
 *
 * @returns `null` if help is asked for.
 * @throws UsageError
 */
export function readOptions(args: string[]): TopOptions | null {
  const values = parse(args);
  if (values.help) return null;
  const protocols = (['tcp', 'udp', 'unix'] as const).filter((name) => values[name]);
  return {
    protocols: protocols.length === 0 ? ['tcp', 'udp'] : protocols,
    pid: numberOf('pid', values.pid, 1, 0x7fffffff),
    port: numberOf('port', values.port, 1, 65_535),
    interval: 1000 * (numberOf('interval', values.interval, 0.1, 86_400, false) as number),
    once: values.once,
    json: values.json,
  };
}
