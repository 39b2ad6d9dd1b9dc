/** What of HTTP/1.1 a server of files has to read (RFC 9110, RFC 9112). */

export interface Request {
  method: string;
  target: string;
  headers: Map<string, string>;
  /** Another may follow on the connection. */
  keep: boolean;
}

/** Reads the head of a request; null if it is none. */
export function parse(head: string): Request | null {
  const [first = '', ...lines] = head.split('\r\n');
  const line = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/.exec(first);
  const fields = lines.map((each) => /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*?)[ \t]*$/.exec(each));
  if (line === null || fields.includes(null)) return null;
  const headers = new Map(fields.map((field) => [field![1]!.toLowerCase(), field![2]!]));
  // A body is not read, and must not be taken for the next request.
  const body = headers.has('transfer-encoding') || (headers.get('content-length') ?? '0') !== '0';
  const keep = line[3] === '1' && !body && headers.get('connection')?.toLowerCase() !== 'close';
  return { method: line[1]!, target: line[2]!, headers, keep };
}

/** The first byte and the number of bytes of a range; null for one that is none, or several, and is ignored. */
export function range(header: string | undefined, size: number): { offset: number; length: number } | null {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return null;
  if (first === '') return { offset: Math.max(size - Number(last), 0), length: Math.min(Number(last), size) };
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  if (last !== '' && Number(last) < Number(first)) return null;
  return { offset: Number(first), length: Math.max(end - Number(first), 0) };
}
