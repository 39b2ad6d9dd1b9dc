import { expect } from 'chai';
import { firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import { socket } from 'uvsock';
import { AF_INET, SOCK_STREAM } from 'uvsock/constants';
import { fromAccept } from 'uvsock/rx';
import { SystemError } from '../../src/errors.ts';
import { assertWouldBlock, closed, tcpListener, udpSocket } from '../support/sockets.ts';

function connect(to: ReturnType<typeof tcpListener>) {
  const [client] = closed([socket(AF_INET, SOCK_STREAM)]);
  client.connect(to.getsockname());
  return client;
}

/** A listener whose accept fails with these codes first. */
function failing(codes: string[]) {
  const listener = tcpListener();
  const accept = listener.accept.bind(listener);
  listener.accept = (flags) => {
    const code = codes.shift();
    if (code === undefined) return accept(flags);
    throw Object.assign(new SystemError(-1, 'accept', null), { code });
  };
  return listener;
}

describe('fromAccept', () => {
  it('emits connections, which belong to the subscriber', async () => {
    const [listener] = closed([tcpListener()]);
    const clients = [connect(listener), connect(listener)];
    const accepted = await firstValueFrom(fromAccept(listener).pipe(take(2), toArray()));
    closed(accepted.map((each) => each.socket));
    expect(accepted.map((each) => each.address.port)).to.deep.equal(
      clients.map((client) => client.getsockname().port),
    );
    expect(accepted[0]?.socket.closed).to.equal(false);
  });

  it('loses no connection with take(1)', async () => {
    const [listener] = closed([tcpListener()]);
    connect(listener);
    connect(listener);
    closed([(await firstValueFrom(fromAccept(listener))).socket]);
    closed([(await firstValueFrom(fromAccept(listener))).socket]);
    assertWouldBlock(listener.accept());
  });

  it('skips connections that failed before they were accepted', async () => {
    const [listener] = closed([failing(['ECONNABORTED', 'EPROTO', 'ENETDOWN', 'EPERM'])]);
    connect(listener);
    closed([(await firstValueFrom(fromAccept(listener))).socket]);
  });

  it('pauses while descriptors are out, tells once, and loses nothing', async () => {
    const [listener] = closed([failing(['EMFILE', 'ENFILE', 'EMFILE'])]);
    connect(listener);
    const told: string[] = [];
    const accepted = firstValueFrom(fromAccept(listener, { onError: (error) => told.push(error.code) }));
    closed([(await accepted).socket]);
    expect(told).to.deep.equal(['EMFILE']);
  });

  it('pauses, too, while one connection after the other fails', async () => {
    const [listener] = closed([failing(Array.from({ length: 200 }, () => 'EPERM'))]);
    connect(listener);
    const told: string[] = [];
    const accepted = firstValueFrom(fromAccept(listener, { onError: (error) => told.push(error.code) }));
    closed([(await accepted).socket]);
    expect(told).to.deep.equal(['EPERM']);
  });

  it('warns where nobody asked to be told', async () => {
    const [listener] = closed([failing(['EMFILE'])]);
    connect(listener);
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    closed([(await firstValueFrom(fromAccept(listener))).socket]);
    expect((await warned).name).to.equal('SocketAcceptWarning');
  });

  it('leaves no timer behind when it is unsubscribed during a pause', () => {
    const [listener] = closed([failing(['EMFILE'])]);
    const before = process.getActiveResourcesInfo().length;
    fromAccept(listener, { onError() {} })
      .subscribe()
      .unsubscribe();
    expect(process.getActiveResourcesInfo().length).to.equal(before);
  });

  it('fails with what concerns the listener', async () => {
    const [notListening, udp] = closed([socket(AF_INET, SOCK_STREAM), udpSocket()]);
    expect(await lastValueFrom(fromAccept(notListening)).catch((error) => error.code)).to.equal('EINVAL');
    expect(await lastValueFrom(fromAccept(udp)).catch((error) => error.code)).to.equal('EOPNOTSUPP');
  });

  it('completes when the listener is closed', async () => {
    const [listener] = closed([tcpListener()]);
    const all = lastValueFrom(fromAccept(listener).pipe(toArray()));
    listener.close();
    expect(await all).to.deep.equal([]);
  });
});
