/**
 * A server of static files: HTTP/1.1 with kept connections and ranges, the
 * files sent by the kernel.
 *
 *     node dist/examples/static-files.js --root . --port 8080
 */
import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { concat, EMPTY, fromEvent, lastValueFrom, take } from 'rxjs';
import type { Socket } from 'uvsock';
import { MSG_MORE } from 'uvsock/constants';
import { listen, reader, send, sendfile, serve } from 'uvsock/rx';
import { parse, type Request, range } from './static-files/http.ts';

const { values } = parseArgs({
  options: { root: { type: 'string', default: '.' }, port: { type: 'string', default: '0' } },
});
const root = await realpath(values.root);

/** How long a connection may wait for its next request, in milliseconds. */
const IDLE = 10_000;

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** An answer, with a part of a file or without. */
interface Answer {
  status: string;
  headers: Record<string, string | number>;
  file?: FileHandle;
  offset?: number;
  length: number;
}

const refusal = (status: string, headers: Answer['headers'] = {}): Answer => ({ status, headers, length: 0 });
const NOT_FOUND = refusal('404 Not Found');

/** Where a request's target is, symbolic links followed; null if that is nowhere, or outside of the root. */
async function locate(target: string): Promise<string | null> {
  try {
    const path = decodeURIComponent(target.replace(/[?#].*/s, ''));
    const real = await realpath(join(root, path.endsWith('/') ? `${path}index.html` : path));
    return real.startsWith(root.endsWith(sep) ? root : root + sep) ? real : null;
  } catch {
    return null; // no such file, or no such text
  }
}

async function answer({ method, target, headers }: Request): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return refusal('405 Method Not Allowed', { allow: 'GET, HEAD' });
  const path = await locate(target);
  // A FIFO would be waited for.
  const file =
    path === null ? null : await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  if (path === null || file === null) return NOT_FOUND;
  const about = await file.stat();
  if (!about.isFile()) {
    await file.close();
    return NOT_FOUND;
  }
  const { size } = about;
  const common = {
    'accept-ranges': 'bytes',
    'content-type': TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream',
    'last-modified': about.mtime.toUTCString(),
  };
  const part = method === 'GET' ? range(headers.get('range'), size) : null;
  if (part === null) return { status: '200 OK', headers: common, file, length: size };
  if (part.length === 0) {
    await file.close();
    return refusal('416 Range Not Satisfiable', { 'content-range': `bytes */${size}` });
  }
  const { offset, length } = part;
  const contentRange = `bytes ${offset}-${offset + length - 1}/${size}`;
  return {
    status: '206 Partial Content',
    headers: { ...common, 'content-range': contentRange },
    file,
    offset,
    length,
  };
}

/** Answers requests, one after the other; completing ends the connection. */
async function handle(connection: Socket): Promise<void> {
  const from = reader(connection);
  for (let keep = true; keep; ) {
    const signal = AbortSignal.any([AbortSignal.timeout(IDLE), stopping.signal]);
    // Nobody asks any more, for too long, or too much.
    const head = await from.until('\r\n\r\n', 16_384, { signal }).catch(() => null);
    if (head === null) return;
    const request = parse(head.toString('latin1'));
    const reply = request === null ? refusal('400 Bad Request') : await answer(request);
    keep = request?.keep ?? false;
    await respond(connection, reply, request?.method === 'HEAD', keep);
  }
}

async function respond(connection: Socket, reply: Answer, bodiless: boolean, keep: boolean): Promise<void> {
  const { status, headers, file, offset = 0, length } = reply;
  const fields = { ...headers, 'content-length': length, connection: keep ? 'keep-alive' : 'close' };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`;
  const body = file !== undefined && length > 0 && !bodiless;
  try {
    await lastValueFrom(
      concat(
        // Goes with the first bytes of the file.
        send(connection, head, body ? MSG_MORE : 0),
        body ? sendfile(connection, file, { offset, length }) : EMPTY,
      ),
    );
  } finally {
    await file?.close();
  }
}

const stopping = new AbortController();
const interrupted = fromEvent(process, 'SIGINT').pipe(take(1));
interrupted.subscribe(() => stopping.abort());

const listener = listen({ port: Number(values.port), host: '127.0.0.1' });
serve(listener, handle, {
  until: interrupted,
  // A reset, or a file that has changed on its way: of that connection only.
  onError: (error) => console.error(String(error)),
}).subscribe();
console.log(`serving ${root} on http://127.0.0.1:${listener.getsockname().port}`);
