/**
 * What does the kernel know of a connection: round-trip time, window, losses?
 *
 * `TCP_INFO` of tcp(7), with all fields of linux/tcp.h; `fromTcpInfo` emits it
 * again and again.
 */
import { firstValueFrom } from 'rxjs';
import { IPPROTO_TCP, TCP_INFO } from 'uvsock/constants';
import { dial, listen } from 'uvsock/rx';

using listener = listen({ host: '127.0.0.1', port: 0 });
using client = await firstValueFrom(dial({ host: '127.0.0.1', port: listener.getsockname().port! }));
const { state, rtt, sndCwnd, sndMss, totalRetrans } = client.getsockopt(IPPROTO_TCP, TCP_INFO!);
console.log(`${state}: ${rtt} us, window ${sndCwnd} segments of ${sndMss} B, ${totalRetrans} sent again`);
