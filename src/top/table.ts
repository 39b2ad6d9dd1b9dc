/** Samples as text: a table of fixed columns, or JSON. */
import { infoOf, type Row, type Sample } from './sampler.ts';

/** Emphasis, by the names of `styleText` of node:util. */
export type Format = 'bold' | 'dim' | 'yellow' | 'red';
/** How to emphasize. */
export type Style = (format: Format, text: string) => string;

/** The text itself, where there are no colours. */
export const plain: Style = (_format, text) => text;

interface Column {
  title: string;
  /** At least so wide, so that columns stay where they are from one refresh to the next. */
  width: number;
  /** Digits end below each other; nothing follows what is not aligned. */
  align: 'left' | 'right' | 'none';
  cell(row: Row): string;
  /** What a reader should not miss. */
  format?(row: Row): Format | null;
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

const NONE = '-';
/** Exact as long as it is short. */
const count = (value: number | null | undefined): string =>
  value == null ? NONE : value < 10_000 ? `${Math.round(value)}` : compact.format(value);

/** Names come from anybody, and a terminal obeys control characters. */
const printable = (text: string) => text.replace(/[^ -~]/g, '?');

const localOf = (row: Row) => (row.local.path === '' ? `inode ${row.inode}` : `${row.local}`);

function peerOf(row: Row): string {
  if (row.protocol === 'unix') return row.peerInode === 0 ? NONE : `inode ${row.peerInode}`;
  return row.peer.port === 0 ? '*' : `${row.peer}`;
}

function roundTripOf(row: Row): string {
  const microseconds = infoOf(row)?.rtt;
  return microseconds ? compact.format(microseconds / 1000) : NONE;
}

/** Red: segments are missing now; yellow: some were sent again. */
function lossOf(row: Row): Format | null {
  const { retrans = 0, lost = 0, totalRetrans = 0 } = infoOf(row) ?? {};
  return retrans + lost > 0 ? 'red' : totalRetrans > 0 ? 'yellow' : null;
}

const COLUMNS: readonly Column[] = [
  { title: 'PROTO', width: 5, align: 'left', cell: ({ protocol }) => protocol },
  { title: 'STATE', width: 11, align: 'left', cell: ({ state }) => state },
  { title: 'LOCAL', width: 15, align: 'left', cell: localOf },
  { title: 'PEER', width: 15, align: 'left', cell: peerOf },
  { title: 'RECV-Q', width: 6, align: 'right', cell: ({ receiveQueue }) => count(receiveQueue) },
  { title: 'SEND-Q', width: 6, align: 'right', cell: ({ sendQueue }) => count(sendQueue) },
  { title: 'SENT/S', width: 6, align: 'right', cell: ({ sendRate }) => count(sendRate) },
  { title: 'RCVD/S', width: 6, align: 'right', cell: ({ receiveRate }) => count(receiveRate) },
  { title: 'RTT', width: 6, align: 'right', cell: roundTripOf },
  { title: 'CWND', width: 5, align: 'right', cell: (row) => count(infoOf(row)?.sndCwnd) },
  {
    title: 'RETRANS',
    width: 7,
    align: 'right',
    cell: (row) => count(infoOf(row)?.totalRetrans),
    format: lossOf,
  },
  {
    title: 'PROCESS',
    width: 7,
    align: 'none',
    cell: ({ owners }) => owners.map(({ pid, name }) => `${name}/${pid}`).join(' ') || NONE,
  },
];

function aligned(text: string, width: number, align: Column['align']): string {
  if (align === 'none') return text;
  return align === 'right' ? text.padStart(width) : text.padEnd(width);
}

/** How a table is written. */
export interface TableOptions {
  /** What is beyond it is cut; default: nothing is. */
  width?: number;
  /** At most so many lines, of which the last tells of rows that are left out; default: all. */
  height?: number;
  style?: Style;
}

/** The lines of a table: the titles, and a line for each row. */
export function tableOf(rows: readonly Row[], options: TableOptions = {}): string[] {
  const { width = Infinity, height = Infinity, style = plain } = options;
  const shown = rows.length < height ? rows : rows.slice(0, Math.max(0, height - 2));
  const titles = COLUMNS.map(({ title }) => title);
  const cells = shown.map((row) => COLUMNS.map(({ cell }) => printable(cell(row))));
  const widths = COLUMNS.map((column, index) =>
    cells.reduce((widest, texts) => Math.max(widest, texts[index]!.length), column.width),
  );
  const line = (texts: readonly string[], formatOf: (column: Column) => Format | null | undefined) => {
    let room = width;
    const cuts = COLUMNS.map((column, index) => {
      const text = `${index === 0 ? '' : ' '}${aligned(texts[index]!, widths[index]!, column.align)}`;
      // Cut before it is styled: what styles it takes no room on the screen.
      const cut = text.slice(0, room);
      room -= cut.length;
      const format = formatOf(column);
      return format == null || cut === '' ? cut : style(format, cut);
    });
    return cuts.join('');
  };
  const lines = [
    style(
      'bold',
      line(titles, () => null),
    ),
  ];
  for (const [index, row] of shown.entries()) {
    const text = line(cells[index]!, ({ format }) => format?.(row));
    lines.push(row.state === 'TIME_WAIT' ? style('dim', text) : text);
  }
  if (shown.length < rows.length) lines.push(`... ${rows.length - shown.length} more`.slice(0, width));
  return lines.slice(0, height);
}

/** One line above the table: when, how many sockets, and what all of them do. */
export function summaryOf({ time, sockets }: Sample): string {
  const sum = (rates: (number | null)[]) => count(rates.reduce<number>((all, each) => all + (each ?? 0), 0));
  const sent = sum(sockets.map(({ sendRate }) => sendRate));
  const received = sum(sockets.map(({ receiveRate }) => receiveRate));
  const clock = time.toTimeString().slice(0, 8);
  return `${clock}  ${sockets.length} sockets, ${sent} bytes/s sent, ${received} bytes/s received  (q quits)`;
}

/** One line of JSON. */
export function jsonOf(sample: Sample): string {
  return JSON.stringify(sample, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
}
