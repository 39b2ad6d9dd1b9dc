import { expect } from 'chai';
import { defer, firstValueFrom, lastValueFrom, NEVER, of, retry, take, throwError, toArray } from 'rxjs';
import { type Socket, socketpair } from 'uvsock';
import { AF_UNIX, SOCK_STREAM } from 'uvsock/constants';
import { withSocket } from 'uvsock/rx';
import { closed } from '../support/sockets.ts';

const pair = () => closed(socketpair(AF_UNIX, SOCK_STREAM));

describe('withSocket', () => {
  it('ends the connection when the work completes, then completes', async () => {
    const [a, b] = pair();
    const results = lastValueFrom(
      of(a).pipe(
        withSocket(() => of(1, 2)),
        toArray(),
      ),
    );
    expect(b.recv(Buffer.alloc(1))).to.equal(0);
    expect(a.closed).to.equal(false); // the peer has not ended its side yet
    b.close();
    expect(await results).to.deep.equal([1, 2]);
    expect(a.closed).to.equal(true);
  });

  it('closes at once when the work fails, before the error is told', async () => {
    const [a] = pair();
    let closedWhenTold: boolean | undefined;
    of(a)
      .pipe(withSocket(() => throwError(() => new Error('no'))))
      .subscribe({ error: () => (closedWhenTold = a.closed) });
    expect(closedWhenTold).to.equal(true);
  });

  it('closes at once when it is unsubscribed', async () => {
    const [a] = pair();
    of(a)
      .pipe(withSocket(() => NEVER))
      .subscribe()
      .unsubscribe();
    expect(a.closed).to.equal(true);
    const [b] = pair();
    await firstValueFrom(
      of(b).pipe(
        withSocket(() => of('value')),
        take(1),
      ),
    );
    expect(b.closed).to.equal(true);
  });

  it('leaves no socket open over retries', async () => {
    const opened: Socket[] = [];
    const error = await lastValueFrom(
      defer(() => {
        const [a] = pair();
        opened.push(a);
        return of(a);
      }).pipe(
        withSocket(() => throwError(() => new Error('again'))),
        retry(3),
      ),
    ).catch((reason) => reason);
    expect(error.message).to.equal('again');
    expect(opened.map((each) => each.closed)).to.deep.equal([true, true, true, true]);
  });

  it('lets go of a socket that was detached', async () => {
    const [a] = pair();
    const fd = await lastValueFrom(of(a).pipe(withSocket((socket) => of(socket.detach()))));
    const { Socket: AnySocket } = await import('uvsock');
    const [again] = closed([AnySocket.adopt(fd)]);
    expect(again.closed).to.equal(false);
  });
});
