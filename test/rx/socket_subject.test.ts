import { expect } from 'chai';
import { firstValueFrom, lastValueFrom, of, retry, Subject, take, tap, throwError, toArray } from 'rxjs';
import { type Socket, socketpair } from 'uvsock';
import { AF_UNIX, SO_LINGER, SOCK_STREAM, SOL_SOCKET } from 'uvsock/constants';
import {
  type CloseReport,
  dial,
  lengthPrefixed,
  lines,
  mergeAccept,
  reader,
  socketSubject,
  toLengthPrefixed,
  toLines,
} from 'uvsock/rx';
import { closed, codeOf, expectReady, fill, tcpListener, turnFor } from '../support/sockets.ts';

/** A listener, and how to reach it. */
function target() {
  const [listener] = closed([tcpListener()]);
  const { port } = listener.getsockname();
  return { listener, connect: { host: '127.0.0.1', port: port! } };
}

/** The next connection of a listener. */
async function accepted(listener: Socket): Promise<Socket> {
  await expectReady(listener, 'readable');
  return closed([listener.accept()!.socket])[0];
}

const line = async (from: Socket) => String(await reader(from).until('\n'));

describe('socketSubject', () => {
  it('connects when it is subscribed, and not before', async () => {
    const { listener, connect } = target();
    const subject = socketSubject({ connect });
    await turnFor(5);
    expect(listener.accept()).to.equal(null);
    const subscription = subject.subscribe();
    await accepted(listener);
    subscription.unsubscribe();
  });

  it('sends values as lines of JSON and emits those that come', async () => {
    const { listener, connect } = target();
    const subject = socketSubject<{ n: number }>({ connect });
    const received = firstValueFrom(subject.pipe(take(2), toArray()));
    subject.next({ n: 1 });
    const peer = await accepted(listener);
    expect(await line(peer)).to.equal('{"n":1}');
    subject.next({ n: 2 });
    expect(await line(peer)).to.equal('{"n":2}');
    peer.send(Buffer.from('{"n":3}\n{"n":4}\n'));
    expect(await received).to.deep.equal([{ n: 3 }, { n: 4 }]);
  });

  it('takes a framing, a serializer and a deserializer', async () => {
    const { listener, connect } = target();
    const subject = socketSubject({
      connect,
      framing: { decode: lengthPrefixed({ bytes: 1 }), encode: toLengthPrefixed({ bytes: 1 }) },
      serializer: (value: bigint) => value.toString(16),
      deserializer: (message) => BigInt(`0x${message}`),
    });
    const received = firstValueFrom(subject);
    subject.next(255n);
    const peer = await accepted(listener);
    expect(String(await reader(peer).exactly(3))).to.equal('\x02ff');
    peer.send(Buffer.from('\x0210'));
    expect(await received).to.equal(16n);
  });

  it('shares one connection among its subscribers, and closes it when the last has gone', async () => {
    const { listener, connect } = target();
    const subject = socketSubject<number>({ connect });
    const seen: string[] = [];
    const first = subject.subscribe((value) => seen.push(`first ${value}`));
    const second = subject.subscribe((value) => seen.push(`second ${value}`));
    const peer = await accepted(listener);
    peer.send(Buffer.from('1\n'));
    await turnFor(5);
    first.unsubscribe();
    peer.send(Buffer.from('2\n'));
    await turnFor(5);
    second.unsubscribe();
    expect(seen).to.deep.equal(['first 1', 'second 1', 'second 2']);
    expect(listener.accept()).to.equal(null);
    await expectReady(peer, 'hangup');
    expect(peer.recv(Buffer.alloc(1))).to.equal(0);
  });

  it('connects anew for a subscriber after the last has gone', async () => {
    const { listener, connect } = target();
    const subject = socketSubject<number>({ connect });
    for (const number of [1, 2]) {
      const received = firstValueFrom(subject);
      (await accepted(listener)).send(Buffer.from(`${number}\n`));
      expect(await received).to.equal(number);
    }
  });

  it('completes when the peer ends the connection, after sending what waits', async () => {
    const { listener, connect } = target();
    const reports: CloseReport[] = [];
    const subject = socketSubject<number>({
      connect,
      closeObserver: { next: (report) => reports.push(report) },
    });
    const received = lastValueFrom(subject.pipe(toArray()));
    const peer = await accepted(listener);
    peer.send(Buffer.from('1\n2\n'));
    peer.shutdown(1);
    expect(await received).to.deep.equal([1, 2]);
    expect(reports).to.deep.equal([{ clean: true }]);
    expect(peer.recv(Buffer.alloc(1))).to.equal(0);
  });

  it('fails when the connection breaks, and retry connects again', async () => {
    const { listener, connect } = target();
    const reports: CloseReport[] = [];
    const subject = socketSubject<number>({
      connect,
      closeObserver: { next: (report) => reports.push(report) },
    });
    const received = firstValueFrom(subject.pipe(retry(1)));
    const broken = await accepted(listener);
    broken.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 });
    broken.close();
    const peer = await accepted(listener);
    subject.next(1);
    expect(await line(peer)).to.equal('1');
    peer.send(Buffer.from('2\n'));
    expect(await received).to.equal(2);
    expect(reports.map(({ clean, error }) => [clean, (error as { code?: string })?.code])).to.deep.equal([
      [false, 'ECONNRESET'],
      [false, undefined],
    ]);
  });

  it('fails when the peer ends it within a message', async () => {
    const { listener, connect } = target();
    const framing = { decode: lengthPrefixed(), encode: toLengthPrefixed() };
    const failed = lastValueFrom(socketSubject({ connect, framing })).catch((error) => error.code);
    const peer = await accepted(listener);
    peer.send(Buffer.from('abc'));
    peer.shutdown(1);
    expect(await failed).to.equal('ERR_FRAME_TRUNCATED');
  });

  it('fails when it cannot connect', async () => {
    const { listener, connect } = target();
    listener.close();
    const opened: unknown[] = [];
    const subject = socketSubject({
      connect,
      openObserver: { next: () => opened.push('open') },
      closeObserver: { next: () => opened.push('close') },
    });
    expect(await lastValueFrom(subject).catch((error) => error.code)).to.equal('ECONNREFUSED');
    expect(opened).to.deep.equal([]);
  });

  it('sends everything before it completes', async () => {
    const { listener, connect } = target();
    const subject = socketSubject<string>({ connect, highWaterMark: 64 << 20 });
    const over = lastValueFrom(subject.pipe(toArray()));
    const messages = Array.from({ length: 100 }, (_, index) => `${index}`.repeat(50_000));
    for (const message of messages) subject.next(message);
    subject.complete();
    const peer = await accepted(listener);
    peer.send(Buffer.from('"last word"\n'));
    const rest = String(await reader(peer).rest(1 << 25));
    expect(rest === messages.map((message) => `"${message}"\n`).join('')).to.equal(true);
    peer.close();
    expect(await over).to.deep.equal(['last word']);
  });

  it('ignores values after complete until the connection is closed', async () => {
    const { listener, connect } = target();
    const subject = socketSubject<number>({ connect });
    const over = lastValueFrom(subject.pipe(toArray()));
    subject.complete();
    subject.next(1);
    const peer = await accepted(listener);
    expect(String(await reader(peer).rest())).to.equal('');
    peer.close();
    expect(await over).to.deep.equal([]);
  });

  it('closes at once with error, which its subscribers get', async () => {
    const { listener, connect } = target();
    const subject = socketSubject<number>({ connect });
    const failed = lastValueFrom(subject).catch((error) => error.message);
    const peer = await accepted(listener);
    subject.error(new Error('enough'));
    expect(await failed).to.equal('enough');
    await expectReady(peer, 'hangup');
  });

  it('bounds what waits before it is open', async () => {
    const { listener, connect } = target();
    const full: boolean[] = [];
    const subject = socketSubject<number>({
      connect,
      highWaterMark: 8,
      overflow: 'dropOldest',
      fullObserver: { next: (value) => full.push(value) },
    });
    for (let number = 0; number < 10; number++) subject.next(number);
    const subscription = subject.subscribe();
    const peer = await accepted(listener);
    for (const expected of ['6', '7', '8', '9']) expect(await line(peer)).to.equal(expected);
    expect(full).to.deep.equal([true, false]);
    subscription.unsubscribe();
  });

  it('tells the first subscriber that too much had waited, then begins anew', async () => {
    const { listener, connect } = target();
    const subject = socketSubject<number>({ connect, highWaterMark: 4 });
    for (let number = 0; number < 5; number++) subject.next(number);
    expect(await lastValueFrom(subject).catch((error) => error.code)).to.equal('ERR_SOCKET_OVERFLOW');
    expect(listener.accept()).to.equal(null);
    const subscription = subject.subscribe();
    subject.next(7);
    expect(await line(await accepted(listener))).to.equal('7');
    subscription.unsubscribe();
  });

  it('keeps the order of what waited and of what is given while that is sent', async () => {
    const { listener, connect } = target();
    const subject = socketSubject<number>({ connect, openObserver: { next: () => subject.next(2) } });
    subject.next(1);
    const subscription = subject.subscribe();
    subject.next(3);
    const peer = await accepted(listener);
    subject.next(4);
    for (const expected of ['1', '3', '2', '4']) expect(await line(peer)).to.equal(expected);
    subscription.unsubscribe();
  });

  it('tells its observers when it is open, closing and closed', async () => {
    const { listener, connect } = target();
    const events: string[] = [];
    const subject = socketSubject<number>({
      connect,
      openObserver: { next: (socket) => events.push(`open ${socket.fd !== -1}`) },
      closingObserver: { next: () => events.push('closing') },
      closeObserver: { next: ({ clean }) => events.push(`closed ${clean}`) },
    });
    const over = lastValueFrom(subject, { defaultValue: null });
    (await accepted(listener)).shutdown(1);
    subject.complete();
    subject.complete();
    await over;
    const subscription = subject.subscribe();
    await accepted(listener);
    await turnFor(5);
    subscription.unsubscribe();
    expect(events).to.deep.equal([
      'open true',
      'closing',
      'closed true',
      'open true',
      'closing',
      'closed false',
    ]);
  });

  it('wraps a connection that was accepted', async () => {
    const [listener] = closed([tcpListener()]);
    const serving = mergeAccept(listener, (socket) => {
      const subject = socketSubject<number>({ socket });
      subject.next(0);
      return subject.pipe(tap((value) => subject.next(value * 2)));
    }).subscribe();
    const client = socketSubject<number>({ connect: listener.getsockname() });
    const received = firstValueFrom(client.pipe(take(3), toArray()));
    client.next(21);
    client.next(22);
    expect(await received).to.deep.equal([0, 42, 44]);
    serving.unsubscribe();
  });

  it('takes whatever emits a socket, and fails as it does', async () => {
    const { listener, connect } = target();
    const subscription = socketSubject({ connect: dial(connect) }).subscribe();
    await accepted(listener);
    subscription.unsubscribe();
    const failing = socketSubject({ connect: throwError(() => new Error('no socket')) });
    expect(await lastValueFrom(failing).catch((error) => error.message)).to.equal('no socket');
    const [a] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    socketSubject({ connect: of(a) })
      .subscribe()
      .unsubscribe();
    expect(a.closed).to.equal(true);
  });

  it('fails when a value cannot be serialized, or a message not be deserialized', async () => {
    const { listener, connect } = target();
    const subject = socketSubject<bigint>({ connect });
    const failed = lastValueFrom(subject).catch((error) => error.constructor.name);
    await accepted(listener);
    subject.next(1n);
    expect(await failed).to.equal('TypeError');
    const second = lastValueFrom(socketSubject({ connect })).catch((error) => error.constructor.name);
    (await accepted(listener)).send(Buffer.from('{\n'));
    expect(await second).to.equal('SyntaxError');
  });

  it('is paused with pauseWhile', async () => {
    const { listener, connect } = target();
    const paused = new Subject<boolean>();
    const seen: number[] = [];
    const subject = socketSubject<number>({ connect, pauseWhile: paused });
    const subscription = subject.subscribe((value) => seen.push(value));
    const peer = await accepted(listener);
    await turnFor(5);
    paused.next(true);
    peer.send(Buffer.from('1\n'));
    await turnFor(5);
    expect(seen).to.deep.equal([]);
    paused.next(false);
    expect(seen).to.deep.equal([1]);
    subscription.unsubscribe();
  });

  it('loses what waited with the connection that failed', async () => {
    const { listener, connect } = target();
    const sockets: Socket[] = [];
    const openObserver = { next: (socket: Socket) => fill(sockets[sockets.push(socket) - 1]!) };
    const subject = socketSubject<number>({ connect, openObserver });
    const received = firstValueFrom(subject.pipe(retry(1)));
    const first = await accepted(listener);
    await turnFor(5);
    subject.next(1);
    first.setsockopt(SOL_SOCKET, SO_LINGER, { enabled: true, timeout: 0 });
    first.close();
    const second = await accepted(listener);
    second.send(Buffer.from('5\n'));
    expect(await received).to.equal(5);
    expect(sockets).to.have.length(2);
  });

  it('names a wrong argument', () => {
    const connect = { host: 'localhost', port: 1 };
    const wrong = (config: object) => codeOf(() => socketSubject(config as never));
    expect(wrong({})).to.equal('ERR_INVALID_ARG_TYPE');
    expect(wrong({ connect, socket: {} })).to.equal('ERR_INVALID_ARG_TYPE');
    expect(wrong({ socket: {} })).to.equal('ERR_INVALID_ARG_TYPE');
    expect(wrong({ connect: { host: 5, port: 1 } })).to.equal('ERR_INVALID_ARG_TYPE');
    expect(wrong({ connect, framing: { decode: lines() } })).to.equal('ERR_INVALID_ARG_TYPE');
    expect(wrong({ connect, framing: { decode: lines(), encode: toLines() }, serializer: 1 })).to.equal(
      'ERR_INVALID_ARG_TYPE',
    );
    expect(wrong({ connect, openObserver: {} })).to.equal('ERR_INVALID_ARG_TYPE');
    expect(wrong({ connect, highWaterMark: 0 })).to.equal('ERR_OUT_OF_RANGE');
  });
});
