/** The reports of sanitizers and of valgrind, and which of them are about this library. */

/** Where a report begins, and with it the one before ends. */
const BEGIN = [
  /^==\d+==ERROR: /,
  /^(Direct|Indirect) leak of /,
  /^WARNING: ThreadSanitizer: /,
  /runtime error: /,
  // Valgrind indents what belongs to a report.
  /^==\d+== \S/,
];

const OURS = /uvsock\.node|\/native\/\w+\.(cc|h):/;
/** A frame of the program itself, Node's. */
const NODES = /\((\S*\/)?node\+0x/;
/** Reports about memory that V8 and its threads share in ways that the instruments cannot see. */
const DOUBTFUL = /leak of|ThreadSanitizer: data race/;

/**
 * The runtime does not see that fcntl(2) makes a descriptor, nor that libuv
 * closes one: our duplicate with the number of one of Node's is taken for that.
 */
const RACE_FOR_DESCRIPTOR = /^ *Location is file descriptor \d+ created by/m;

/** Whether our code comes before Node's in a stack of a report. */
function isInnermost(stack: string): boolean {
  const lines = stack.split('\n');
  const ours = lines.findIndex((line) => OURS.test(line));
  const nodes = lines.findIndex((line) => NODES.test(line));
  return ours !== -1 && (nodes === -1 || ours < nodes);
}

/**
 * A leak is, for the instrument, all that only V8's heap leads to, and a race
 * all that V8's threads do: there, what V8 does within a call of ours, or we
 * within one of V8's, is ours only if our code is what did it.
 */
function isOurs(report: string): boolean {
  if (!DOUBTFUL.test(report)) return OURS.test(report);
  const [, creation] = report.split(RACE_FOR_DESCRIPTOR);
  if (creation !== undefined) return OURS.test(creation.split('\n\n', 1)[0] as string);
  return report.split(/^(?= *#0 )/m).some(isInnermost);
}

/** What the reports of one process say of the addon. */
export function ourReports(text: string): string[] {
  const reports: string[] = [];
  for (const line of text.split('\n')) {
    if (reports.length === 0 || BEGIN.some((begin) => begin.test(line))) reports.push(line);
    else reports.push(`${reports.pop()}\n${line}`);
  }
  return reports.filter(isOurs);
}
