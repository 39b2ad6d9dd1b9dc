import { expect } from 'chai';
import {
  concat,
  EMPTY,
  lastValueFrom,
  NEVER,
  Observable,
  of,
  Subject,
  take,
  throwError,
  toArray,
} from 'rxjs';
import { socketpair } from 'uvsock';
import { AF_UNIX, SOCK_STREAM } from 'uvsock/constants';
import { duplex, fromRecv, sendAll } from 'uvsock/rx';
import { closed } from '../support/sockets.ts';

/** An observable that only logs when it is subscribed to and unsubscribed. */
function logged(name: string, log: string[]): Observable<never> {
  return new Observable(() => {
    log.push(`${name} begins`);
    return () => log.push(`${name} ends`);
  });
}

/** What is emitted, and how it ends. */
function events<T>(source: Observable<T>): unknown[] {
  const seen: unknown[] = [];
  source.subscribe({
    next: (value) => seen.push(value),
    error: (error) => seen.push(error.message),
    complete: () => seen.push('complete'),
  });
  return seen;
}

describe('duplex', () => {
  it('subscribes to writing first, then to reading; unsubscribing ends both', () => {
    const log: string[] = [];
    const subscription = duplex(logged('read', log), logged('write', log)).subscribe();
    expect(log).to.deep.equal(['write begins', 'read begins']);
    subscription.unsubscribe();
    expect(log).to.have.members(['write begins', 'read begins', 'write ends', 'read ends']);
  });

  it('emits what is read and ignores what writing emits', () => {
    expect(events(duplex(of(1, 2), of('x')))).to.deep.equal([1, 2, 'complete']);
  });

  it('ends when reading ends, and then ends writing', () => {
    const log: string[] = [];
    const read = new Subject<number>();
    const seen = events(duplex(read, logged('write', log)));
    read.next(1);
    expect(log).to.deep.equal(['write begins']);
    read.complete();
    expect(seen).to.deep.equal([1, 'complete']);
    expect(log).to.deep.equal(['write begins', 'write ends']);
  });

  it('ends writing also when reading ends at once', () => {
    const log: string[] = [];
    expect(events(duplex(EMPTY, logged('write', log)))).to.deep.equal(['complete']);
    expect(log).to.deep.equal(['write begins', 'write ends']);
  });

  it('goes on reading when writing completes', () => {
    const read = new Subject<number>();
    const write = new Subject<number>();
    const seen = events(duplex(read, write));
    write.complete();
    read.next(1);
    expect(seen).to.deep.equal([1]);
    read.complete();
    expect(seen).to.deep.equal([1, 'complete']);
  });

  it('fails with the error of writing, and ends reading', () => {
    const log: string[] = [];
    const write = new Subject<number>();
    const seen = events(duplex(logged('read', log), write));
    write.error(new Error('torn'));
    expect(seen).to.deep.equal(['torn']);
    expect(log).to.deep.equal(['read begins', 'read ends']);
  });

  it('fails with the error of reading, and ends writing', () => {
    const log: string[] = [];
    const read = concat(
      of(1),
      throwError(() => new Error('reset')),
    );
    expect(events(duplex(read, logged('write', log)))).to.deep.equal([1, 'reset']);
    expect(log).to.deep.equal(['write begins', 'write ends']);
  });

  it('does not read when writing fails at once', () => {
    const log: string[] = [];
    const write = throwError(() => new Error('torn'));
    expect(events(duplex(logged('read', log), write))).to.deep.equal(['torn']);
    expect(log).to.deep.equal([]);
  });

  it('stops a synchronous reading when nobody wants more', () => {
    let count = 0;
    const read = new Observable<number>((subscriber) => {
      while (!subscriber.closed) subscriber.next(count++);
    });
    duplex(read, NEVER).pipe(take(4)).subscribe();
    expect(count).to.equal(4);
  });

  it('takes what from takes', async () => {
    expect(await lastValueFrom(duplex([1, 2], Promise.resolve('x')).pipe(toArray()))).to.deep.equal([1, 2]);
  });

  it('is both directions of a connection', async () => {
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const requests = new Subject<string>();
    const replies = lastValueFrom(duplex(fromRecv(a), requests.pipe(sendAll(a))).pipe(toArray()));
    requests.next('question');
    const buffer = Buffer.alloc(16);
    expect(buffer.toString('utf8', 0, b.recv(buffer) as number)).to.equal('question');
    b.send(Buffer.from('answer'));
    b.close();
    expect(String(Buffer.concat(await replies))).to.equal('answer');
    expect(requests.observed).to.equal(false);
  });

  it('refuses what is not observable', () => {
    expect(() => duplex(5 as never, EMPTY)).to.throw(TypeError);
    expect(() => duplex(EMPTY, undefined as never)).to.throw(TypeError);
  });
});
