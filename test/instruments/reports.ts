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
const NODES = /\(\S*\/node\+0x/;

function isOurs(report: string): boolean {
  const lines = report.split('\n');
  const ours = lines.findIndex((line) => OURS.test(line));
  if (ours === -1) return false;
  // Leaked is, for the instrument, all that only V8's heap leads to: what V8
  // has allocated in a call of ours is not ours.
  if (!/ leak of /.test(lines[0]!)) return true;
  const nodes = lines.findIndex((line) => NODES.test(line));
  return nodes === -1 || ours < nodes;
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
