import { expect } from 'chai';
import { BehaviorSubject, EMPTY, firstValueFrom, lastValueFrom, Subject, throwError, toArray } from 'rxjs';
import { socket, socketpair } from 'uvsock';
import { AF_INET, AF_UNIX, MSG_PEEK, SOCK_STREAM } from 'uvsock/constants';
import { fromAccept, fromRecv, fromRecvfrom } from 'uvsock/rx';
import {
  assertWouldBlock,
  closed,
  fill,
  tcpListener,
  tcpPair,
  turnFor,
  udpSocket,
} from '../support/sockets.ts';

describe('pauseWhile', () => {
  it('leaves what comes in the kernel while it is true', async () => {
    const [a, b] = closed(tcpPair());
    const paused = new BehaviorSubject(true);
    const chunks: string[] = [];
    fromRecv(b, { pauseWhile: paused }).subscribe((chunk) => chunks.push(chunk.toString()));
    a.send(Buffer.from('waits'));
    await turnFor(10);
    expect(chunks).to.deep.equal([]);
    paused.next(false);
    expect(chunks).to.deep.equal(['waits']);
    paused.next(true);
    a.send(Buffer.from('again'));
    await turnFor(10);
    expect(chunks).to.deep.equal(['waits']);
    expect(b.recv(Buffer.alloc(10))).to.equal(5);
    b.close();
  });

  it('fills the socket of a fast sender', async () => {
    // Of TCP the buffers grow for as long as they like.
    const [a, b] = closed(socketpair(AF_UNIX, SOCK_STREAM));
    const subscription = fromRecv(b, { pauseWhile: new BehaviorSubject(true) }).subscribe();
    expect(fill(a)).to.be.greaterThan(0);
    await turnFor(10);
    assertWouldBlock(a.send(Buffer.from('x')));
    subscription.unsubscribe();
  });

  it('stops between two chunks of one turn', async () => {
    const [a, b] = closed(tcpPair());
    a.send(Buffer.from('abc'));
    const paused = new Subject<boolean>();
    const chunks: string[] = [];
    fromRecv(b, { size: 1, pauseWhile: paused }).subscribe((chunk) => {
      chunks.push(chunk.toString());
      paused.next(true);
    });
    await turnFor(10);
    expect(chunks).to.deep.equal(['a']);
    paused.next(false);
    expect(chunks).to.deep.equal(['a', 'b']);
    b.close();
  });

  it('is not paused before the first value, and not after the last', async () => {
    const [a, b] = closed(tcpPair());
    const paused = new Subject<boolean>();
    const chunks: string[] = [];
    fromRecv(b, { pauseWhile: paused }).subscribe((chunk) => chunks.push(chunk.toString()));
    a.send(Buffer.from('1'));
    await turnFor(10);
    paused.next(true);
    a.send(Buffer.from('2'));
    await turnFor(10);
    expect(chunks).to.deep.equal(['1']);
    paused.complete();
    expect(chunks).to.deep.equal(['1', '2']);
    b.close();
  });

  it('may be any input of from, and complete at once', async () => {
    const [a, b] = closed(tcpPair());
    a.send(Buffer.from('x'));
    a.close();
    expect(await lastValueFrom(fromRecv(b, { pauseWhile: EMPTY }).pipe(toArray()))).to.have.length(1);
    const [, d] = closed(tcpPair());
    const error = await lastValueFrom(fromRecv(d, { pauseWhile: {} as never })).catch((reason) => reason);
    expect(error).to.be.instanceOf(TypeError);
  });

  it('passes its error on', async () => {
    const [, b] = closed(tcpPair());
    const pauseWhile = throwError(() => new Error('broken'));
    const error = await lastValueFrom(fromRecv(b, { pauseWhile })).catch((reason) => reason);
    expect(error.message).to.equal('broken');
    fromRecv(b).subscribe().unsubscribe();
  });

  it('is unsubscribed with the source', () => {
    const [, b] = closed(tcpPair());
    const paused = new Subject<boolean>();
    const subscription = fromRecv(b, { pauseWhile: paused }).subscribe();
    expect(paused.observed).to.equal(true);
    subscription.unsubscribe();
    expect(paused.observed).to.equal(false);
  });

  it('holds datagrams back', async () => {
    const [a, b] = closed([udpSocket(), udpSocket()]);
    const paused = new BehaviorSubject(true);
    const received = firstValueFrom(fromRecvfrom(b, { pauseWhile: paused }));
    a.sendto(Buffer.from('later'), b.getsockname());
    await turnFor(10);
    expect(b.recv(Buffer.alloc(10), MSG_PEEK)).to.equal(5);
    paused.next(false);
    expect((await received).data.toString()).to.equal('later');
  });

  it('leaves connections in the backlog', async () => {
    const [listener, client] = closed([tcpListener(), socket(AF_INET, SOCK_STREAM)]);
    const paused = new BehaviorSubject(true);
    let accepted = 0;
    const subscription = fromAccept(listener, { pauseWhile: paused }).subscribe(({ socket: connection }) => {
      accepted++;
      connection.close();
    });
    client.connect(listener.getsockname());
    await turnFor(10);
    expect(accepted).to.equal(0);
    paused.next(false);
    expect(accepted).to.equal(1);
    subscription.unsubscribe();
  });

  it('must be an observable', () => {
    const [a] = closed([udpSocket()]);
    expect(() => fromRecvfrom(a, { pauseWhile: true as never })).to.throw(TypeError, /"pauseWhile"/);
  });
});
