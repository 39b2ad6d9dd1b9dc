import { expect } from 'chai';
import type { Observable, Subscription } from 'rxjs';
import { type Socket, watch } from 'uvsock';
import { SO_LINGER, SOL_SOCKET } from 'uvsock/constants';
import { end, fromReadable, fromRecv, mergeRecv, send } from 'uvsock/rx';
import { closed, tcpPair, turnFor } from '../support/sockets.ts';

/** What a callback finds: its own connection, another one that has an event in the same batch, and itself. */
interface Scene {
  same: Socket;
  other: Socket;
  subscription: () => Subscription;
  received: (text: string) => void;
}

const ignore = { error() {} };

/** What a callback may do. */
const ACTIONS: Record<string, (scene: Scene) => void> = {
  'closes its own socket': ({ same }) => same.close(),
  'closes the other socket': ({ other }) => other.close(),
  'closes both': ({ same, other }) => {
    other.close();
    same.close();
  },
  'unsubscribes itself': ({ subscription }) => subscription().unsubscribe(),
  'unsubscribes, and subscribes anew': ({ same, subscription, received }) => {
    subscription().unsubscribe();
    if (!same.closed) fromRecv(same).subscribe({ next: (chunk) => received(String(chunk)), ...ignore });
  },
  'sends to both': ({ same, other }) => {
    for (const each of [same, other]) send(each, 'x').subscribe(ignore);
  },
  'ends both': ({ same, other }) => {
    for (const each of [same, other]) end(each, { timeout: 5 }).subscribe(ignore);
  },
  'reads from both': ({ same, other }) => {
    for (const each of [same, other]) {
      try {
        each.recv(Buffer.alloc(100));
      } catch {
        // closed, or reset
      }
    }
  },
  'watches both': ({ same, other }) => {
    for (const each of [same, other]) if (!each.closed) closed([watch(each, 'both', () => {})]);
  },
};

/** How a callback comes about: `cause` is done to the peer of `same`. */
const CALLBACKS: Record<string, { kind: 'next' | 'error' | 'complete'; cause: (peer: Socket) => void }> = {
  next: { kind: 'next', cause: (peer) => peer.send(Buffer.from('data')) },
  error: {
    kind: 'error',
    cause(peer) {
      peer.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 });
      peer.close();
    },
  },
  complete: { kind: 'complete', cause: (peer) => peer.close() },
};

const SOURCES: Record<string, (socket: Socket) => Observable<unknown>> = {
  fromRecv,
  mergeRecv: (socket) => mergeRecv(socket, (chunk) => [chunk]),
  'mergeRecv and send': (socket) => mergeRecv(socket, (chunk) => send(socket, chunk)),
};

describe('a callback', () => {
  for (const [source, make] of Object.entries(SOURCES)) {
    for (const [callback, { kind, cause }] of Object.entries(CALLBACKS)) {
      for (const [action, act] of Object.entries(ACTIONS)) {
        it(`of ${source}'s ${callback} that ${action} costs a bystander nothing`, async () => {
          const [peer, same] = closed(tcpPair());
          const [otherPeer, other] = closed(tcpPair());
          const [bystanderPeer, bystander] = closed(tcpPair());
          const heard: string[] = [];
          let acted = 0;
          let subscription: Subscription;
          const scene: Scene = {
            same,
            other,
            subscription: () => subscription,
            received: (text) => heard.push(text),
          };
          const react = () => {
            if (acted++ === 0) act(scene);
          };
          const nothing = () => {};
          subscription = make(same).subscribe({
            next: nothing,
            error: nothing,
            complete: nothing,
            [kind]: react,
          });
          fromReadable(other).subscribe(ignore);
          const hearing = fromRecv(bystander).subscribe((chunk) => heard.push(String(chunk)));
          // All in one batch, the bystander in the last place.
          await turnFor(1);
          cause(peer);
          otherPeer.send(Buffer.from('for the other'));
          bystanderPeer.send(Buffer.from('for the bystander'));
          await turnFor(10);
          expect(acted).to.be.at.least(1);
          expect(heard).to.include('for the bystander');
          hearing.unsubscribe();
        });
      }
    }
  }
});
