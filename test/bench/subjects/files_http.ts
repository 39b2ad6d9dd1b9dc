/** A file over HTTP/1.1, on node:http and a stream of the file. */
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { BACKLOG, listening, options, where } from './listening.ts';

const { file } = options;
const length = statSync(file).size;

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-length': length });
  createReadStream(file).pipe(response);
});
server.listen({ ...where, backlog: BACKLOG }, () => {
  const address = server.address();
  listening(typeof address === 'object' ? address?.port : undefined);
});
