import { expect } from 'chai';
import {
  bufferCount,
  bufferTime,
  concatMap,
  defer,
  filter,
  first,
  firstValueFrom,
  from,
  groupBy,
  interval,
  lastValueFrom,
  map,
  merge,
  mergeMap,
  range,
  reduce,
  repeat,
  retry,
  Subject,
  scan,
  share,
  switchMap,
  take,
  takeUntil,
  takeWhile,
  tap,
  timer,
  toArray,
} from 'rxjs';
import type { Socket } from 'uvsock';
import {
  dial,
  fromRecv,
  fromRecvfrom,
  lengthPrefixed,
  lines,
  listen,
  mergeRecv,
  send,
  sendto,
  serve,
  toLengthPrefixed,
  withSocket,
} from 'uvsock/rx';
import { closed, fill, tcpPair, turnFor, udpSocket } from '../support/sockets.ts';

const until = (subscription: { unsubscribe(): void }) =>
  closed([{ [Symbol.dispose]: () => subscription.unsubscribe() }]);

describe('the usual operators', () => {
  it('groupBy and bufferTime sort datagrams by their senders', async () => {
    const [server, ...clients] = closed([udpSocket(), udpSocket(), udpSocket()]);
    const counts = lastValueFrom(
      fromRecvfrom(server).pipe(
        take(20),
        groupBy(({ address }) => String(address)),
        mergeMap((datagrams) =>
          datagrams.pipe(
            bufferTime(5),
            reduce((sum, batch) => sum + batch.length, 0),
            map((sum) => [datagrams.key, sum]),
          ),
        ),
        toArray(),
      ),
    );
    await lastValueFrom(
      merge(
        ...clients.map((client) =>
          range(0, 10).pipe(concatMap((n) => sendto(client, `${n}`, server.getsockname()))),
        ),
      ),
    );
    expect(new Map((await counts) as [string, number][])).to.deep.equal(
      new Map(clients.map((client) => [String(client.getsockname()), 10])),
    );
  });

  it('share gives what is received to all, and takeUntil ends it', async () => {
    const [a, b] = closed(tcpPair());
    const stop = new Subject<void>();
    const shared = fromRecv(b).pipe(lines(), takeUntil(stop), share());
    const all = [0, 1].map(() => lastValueFrom(shared.pipe(toArray())));
    a.send(Buffer.from('one\ntwo\nthree\n'));
    await turnFor(5);
    stop.next();
    for (const heard of all) expect(await heard).to.deep.equal(['one', 'two', 'three']);
    expect(b.closed).to.equal(false);
  });

  it('retry dials a server that comes up later', async () => {
    const [first] = closed([listen({ host: '127.0.0.1', port: 0 })]);
    const address = first.getsockname();
    first.close();
    const answer = firstValueFrom(
      dial(address).pipe(
        withSocket((connection) =>
          merge(send(connection, 'ping\n').pipe(filter(() => false)), fromRecv(connection).pipe(lines())),
        ),
        retry({ delay: 5 }),
      ),
    );
    await turnFor(20);
    const [listener] = closed([listen({ host: '127.0.0.1', port: address.port! })]);
    until(
      serve(listener, (connection) => mergeRecv(connection, (chunk) => send(connection, chunk))).subscribe(),
    );
    expect(await answer).to.equal('ping');
  });

  it('switchMap follows the newest connection', async () => {
    const pairs = [0, 1, 2].map(() => closed(tcpPair()));
    const newest = new Subject<Socket>();
    const heard: string[] = [];
    until(
      newest.pipe(switchMap((socket) => fromRecv(socket))).subscribe((chunk) => heard.push(String(chunk))),
    );
    for (const [index, [, near]] of pairs.entries()) {
      newest.next(near);
      for (const [far] of pairs) far.send(Buffer.from(`${index}`));
      await turnFor(5);
    }
    expect(heard.join('')).to.equal('0' + '01' + '012');
  });
});

describe('no byte is lost and no message torn', () => {
  it('by take(1) and repeat around receiving', async () => {
    const [a, b] = closed(tcpPair());
    const data = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    until(send(a, data).subscribe());
    const received = await firstValueFrom(
      fromRecv(b, { size: 1000 }).pipe(
        take(1),
        repeat(),
        scan((all, chunk) => [...all, chunk], [] as Buffer[]),
        first((all) => all.reduce((sum, { length }) => sum + length, 0) === data.length),
      ),
    );
    expect(Buffer.concat(received).equals(data)).to.equal(true);
  });

  it('by first() and retry around receiving', async () => {
    const [a, b] = closed(tcpPair());
    const data = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
    until(send(a, data).subscribe());
    const chunks: Buffer[] = [];
    let failures = 0;
    await lastValueFrom(
      defer(() => fromRecv(b, { size: 700 })).pipe(
        tap((chunk) => {
          chunks.push(chunk);
          if (++failures % 3 === 0) throw new Error('the program, not the socket');
        }),
        retry(),
        takeWhile(() => chunks.reduce((sum, { length }) => sum + length, 0) < data.length),
      ),
      { defaultValue: null },
    );
    expect(Buffer.concat(chunks).equals(data)).to.equal(true);
  });

  it('by switchMap between two readers of one stream', async () => {
    const [a, b] = closed(tcpPair());
    const data = Buffer.from(Array.from({ length: 2_000_000 }, (_, index) => index % 251));
    until(send(a, data).subscribe());
    const chunks: Buffer[] = [];
    await lastValueFrom(
      interval(0).pipe(
        switchMap(() => fromRecv(b, { size: 5000, maxPerTurn: 3 })),
        tap((chunk) => chunks.push(chunk)),
        takeWhile(() => chunks.reduce((sum, { length }) => sum + length, 0) < data.length),
      ),
      { defaultValue: null },
    );
    expect(Buffer.concat(chunks).equals(data)).to.equal(true);
  });

  it('by switchMap, take(1) and retry around sending to a full socket', async () => {
    const [a, b] = closed(tcpPair());
    const filled = fill(a);
    const messages = new Subject<number>();
    let sent = 0;
    until(
      messages
        .pipe(
          switchMap((number) =>
            from([Buffer.alloc(100_000 + number, number)]).pipe(
              toLengthPrefixed(),
              concatMap((bytes) => send(a, bytes)),
              take(1),
            ),
          ),
          tap(() => sent++),
          retry(),
        )
        .subscribe(),
    );
    // The filling, then whole messages, however often sending was given up.
    const frames: number[] = [];
    let skipped = 0;
    const reading = fromRecv(b)
      .pipe(
        map((chunk) => {
          const skip = Math.min(filled - skipped, chunk.length);
          skipped += skip;
          return chunk.subarray(skip);
        }),
        lengthPrefixed(),
      )
      .subscribe((frame) => {
        expect(new Set(frame).size, 'a torn message').to.equal(1);
        expect(frame.length).to.equal(100_000 + frame[0]!);
        frames.push(frame[0]!);
      });
    for (let number = 1; number <= 200; number++) {
      messages.next(number);
      if (number % 7 === 0) await turnFor(1);
    }
    while (frames.at(-1) !== 200) await new Promise(setImmediate);
    expect(frames).to.deep.equal([...frames].sort((x, y) => x - y));
    expect(sent).to.be.at.most(frames.length);
    reading.unsubscribe();
  });

  it('by sends that several pipelines do at once', async () => {
    const [a, b] = closed(tcpPair());
    const received = firstValueFrom(fromRecv(b).pipe(lengthPrefixed(), bufferCount(400)));
    await lastValueFrom(
      merge(
        ...[1, 2, 3, 4].map((writer) =>
          range(0, 100).pipe(
            map((number) => Buffer.alloc(5000, `${writer}:${number};`)),
            toLengthPrefixed(),
            concatMap((bytes) =>
              send(a, bytes).pipe(mergeMap(() => (bytes.length % 3 === 0 ? timer(0) : [0]))),
            ),
          ),
        ),
      ),
    );
    const next = [0, 0, 0, 0, 0];
    for (const frame of await received) {
      const [, writer, number] = /^(\d):(\d+);/.exec(frame.toString())!;
      expect(frame.equals(Buffer.alloc(5000, `${writer}:${number};`))).to.equal(true);
      expect(Number(number)).to.equal(next[Number(writer)]!++);
    }
  });
});
