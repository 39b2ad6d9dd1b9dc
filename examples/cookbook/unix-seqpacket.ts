/**
 * How do I get a connection that keeps messages whole?
 *
 * A Unix seqpacket socket is connected like a stream, and has an end like one, but
 * one `send` is one `recv`: no framing. unix(7); nodejs/help#702
 */
import { socket } from 'uvsock';
import { AF_UNIX, SOCK_SEQPACKET } from 'uvsock/constants';
import { fromRecv } from 'uvsock/rx';

using listener = socket(AF_UNIX, SOCK_SEQPACKET);
listener.bind(AF_UNIX, '');
listener.listen();
using client = socket(AF_UNIX, SOCK_SEQPACKET);
client.connect(listener.getsockname());
for (const word of ['one', 'message', 'each']) client.send(Buffer.from(word));
client.shutdown(1);
const connection = listener.accept()!.socket;
fromRecv(connection).subscribe({
  next: (message) => console.log(`${message}`),
  complete: () => connection.close(),
});
