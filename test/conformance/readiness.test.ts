/** poll(2) and epoll(7): what sockets are ready for, in the words of `ready`. */
import { type Interest, ready, type Socket } from 'uvsock';
import { expectNoReady, fill } from '../support/sockets.ts';
import * as s from './support/sockets.ts';
import { c } from './support/system.ts';
import { conformance, type Row } from './support/table.ts';

const is = async (socket: Socket, interest: Interest = 'both') => s.namesOf(await ready(socket, interest));

const rows: readonly Row[] = [
  // Linux says OUT and HUP; libuv passes on a HUP only where it is the whole answer.
  ['a new TCP socket is writable', () => is(s.tcp()), 'writable'],
  ['a new TCP socket is hung up for who asks for that only', () => is(s.tcp(), 'hangup'), 'hangup'],
  ['a new UDP socket is writable', () => is(s.udp()), 'writable'],
  ['a new Unix stream is writable', () => is(s.unix()), 'writable'],
  ['a new Unix stream is hung up for who asks for that only', () => is(s.unix(), 'hangup'), 'hangup'],
  ['a new Unix datagram socket is writable', () => is(s.unix(c.SOCK_DGRAM)), 'writable'],
  ['a listener is nothing', () => expectNoReady(s.listening(), 'both'), 'ok'],
  [
    'a listener with a connection is readable',
    () => {
      const listener = s.listening();
      s.tcp().connect(listener.getsockname());
      return is(listener);
    },
    'readable',
  ],
  ['a connected TCP socket is writable', () => is(s.tcpConnected()[0]), 'writable'],
  [
    'one that has data is readable and writable',
    () => {
      const [a, b] = s.tcpConnected();
      s.send(a, 'x');
      return is(b);
    },
    'readable writable',
  ],
  [
    'a refused TCP socket is all',
    () => {
      const client = s.tcp();
      client.connect(s.refusing());
      return is(client);
    },
    'readable writable hangup error',
  ],
  [
    'a reset TCP socket is all',
    () => {
      const [a, b] = s.tcpConnected();
      b.setsockopt(c.SOL_SOCKET, c.SO_LINGER, [1, 0]);
      b.close();
      return is(a);
    },
    'readable writable hangup error',
  ],
  [
    'a peer that has ended sending is readable and hung up',
    () => {
      const [a, b] = s.tcpConnected();
      b.shutdown(c.SHUT_WR);
      return is(a, 'readable');
    },
    'readable hangup',
  ],
  [
    'both ends of a TCP connection that have ended are hung up',
    async () => {
      const [a, b] = s.tcpConnected();
      a.shutdown(c.SHUT_WR);
      b.shutdown(c.SHUT_WR);
      return is(a, 'hangup');
    },
    'hangup',
  ],
  [
    'a Unix stream whose peer was closed is readable, writable and hung up',
    () => {
      const [a, b] = s.pair();
      b.close();
      return is(a);
    },
    'readable writable hangup',
  ],
  [
    'a Unix datagram socket whose peer was closed is writable',
    () => {
      const [a, b] = s.pair(c.SOCK_DGRAM);
      b.close();
      return is(a);
    },
    'writable',
  ],
  [
    'a full Unix stream is nothing',
    async () => {
      const [a] = s.pair();
      fill(a);
      await expectNoReady(a, 'both');
    },
    'ok',
  ],
  [
    'a refused datagram is an error',
    async () => {
      const a = s.udp();
      a.connect(s.refusing(c.SOCK_DGRAM));
      s.send(a, 'x');
      return is(a, 'readable');
    },
    'readable error',
  ],
  [
    'an urgent byte has priority',
    async () => {
      const [a, b] = s.tcpConnected();
      s.send(a, '!', c.MSG_OOB);
      return is(b, 'priority');
    },
    'priority',
  ],
  [
    'a UDP socket with an empty datagram is readable',
    () => {
      const [a, b] = s.udpConnected();
      s.send(a, '');
      return is(b, 'readable');
    },
    'readable',
  ],
  [
    'a socket that has shut down receiving is readable and hung up',
    () => {
      const [a] = s.tcpConnected();
      a.shutdown(c.SHUT_RD);
      return is(a, 'readable');
    },
    'readable hangup',
  ],
];

conformance('readiness', rows);
