/** A relay within the kernel, or with `--pump` by copying. */
import { merge } from 'rxjs';
import { socket } from 'uvsock';
import { AF_INET, SOCK_STREAM } from 'uvsock/constants';
import { fromConnect, listen, mergeAccept, pump, relay, withSocket } from 'uvsock/rx';
import { BACKLOG, listening, options, target, where } from './listening.ts';

const listener = listen({ ...where, backlog: BACKLOG });
mergeAccept(listener, (client) =>
  fromConnect(() => socket(AF_INET, SOCK_STREAM), target).pipe(
    withSocket((server) =>
      options.pump ? merge(pump(client, server), pump(server, client)) : relay(client, server),
    ),
  ),
).subscribe();
listening(listener.getsockname().port);
