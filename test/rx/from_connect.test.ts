import { expect } from 'chai';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { type Socket, socket } from 'uvsock';
import { AF_INET, AF_UNIX, SOCK_STREAM } from 'uvsock/constants';
import { fromConnect } from 'uvsock/rx';
import { closed, socketDescriptors, tcpListener } from '../support/sockets.ts';

const open = () => socket(AF_INET, SOCK_STREAM);

describe('fromConnect', () => {
  it('emits the connected socket and completes', async () => {
    const [listener] = closed([tcpListener()]);
    const connected = await lastValueFrom(fromConnect(open, listener.getsockname()));
    closed([connected]);
    expect(connected.getpeername().equals(listener.getsockname())).to.equal(true);
    closed([listener.accept()!.socket]);
  });

  it('is cold: each subscription opens a socket of its own', () => {
    let opened = 0;
    const connecting = fromConnect(
      () => {
        opened++;
        return open();
      },
      { address: '127.0.0.1', port: 1 },
    );
    expect(opened).to.equal(0);
    for (let i = 0; i < 2; i++) connecting.subscribe({ error() {} }).unsubscribe();
    expect(opened).to.equal(2);
  });

  it('closes the socket and tells the address when it is refused', async () => {
    const listener = tcpListener();
    const address = listener.getsockname();
    listener.close();
    let opened: Socket | undefined;
    const error = await lastValueFrom(fromConnect(() => (opened = open()), address)).catch(
      (reason) => reason,
    );
    expect(error.message).to.equal(`connect ECONNREFUSED ${address}`);
    expect(error).to.include({ syscall: 'connect', address: '127.0.0.1', port: address.port });
    expect(opened?.closed).to.equal(true);
  });

  it('closes the socket when it is unsubscribed before, and not after', async () => {
    const [listener] = closed([tcpListener()]);
    let opened: Socket | undefined;
    const subscription = fromConnect(() => (opened = open()), listener.getsockname()).subscribe();
    subscription.unsubscribe();
    expect(opened?.closed).to.equal(true);
    const connected = await firstValueFrom(fromConnect(open, listener.getsockname()));
    closed([connected]);
    expect(connected.closed).to.equal(false);
    while (true) {
      const accepted = listener.accept();
      if (accepted === null) break;
      closed([accepted.socket]);
    }
  });

  it('fails with ERR_SOCKET_CLOSED when the socket is closed meanwhile, or was before', async () => {
    const [listener] = closed([tcpListener()]);
    const connecting = open();
    const failed = lastValueFrom(fromConnect(connecting, listener.getsockname())).catch(
      (error) => error.code,
    );
    connecting.close();
    expect(await failed).to.equal('ERR_SOCKET_CLOSED');
    expect(
      await lastValueFrom(fromConnect(connecting, listener.getsockname())).catch((error) => error.code),
    ).to.equal('ERR_SOCKET_CLOSED');
  });

  it('fails with ENOTCONN when somebody else has taken the error', async () => {
    const [gone] = closed([tcpListener()]);
    const address = gone.getsockname();
    gone.close();
    const connecting = open();
    const failed = lastValueFrom(fromConnect(connecting, address)).catch((error) => error);
    expect(connecting.takeError()?.code).to.equal('ECONNREFUSED');
    expect(await failed).to.include({ code: 'ENOTCONN', syscall: 'connect' });
  });

  it('surfaces EAGAIN of a Unix listener whose backlog is full', async () => {
    const [listener] = closed([socket(AF_UNIX, SOCK_STREAM)]);
    listener.bind(AF_UNIX, '');
    listener.listen(0);
    const connect = () =>
      lastValueFrom(fromConnect(() => socket(AF_UNIX, SOCK_STREAM), listener.getsockname()));
    closed([await connect()]);
    expect(await connect().catch((error) => error.code)).to.equal('EAGAIN');
  });

  it('leaves no descriptor behind wherever it is unsubscribed', async () => {
    const [listener] = closed([tcpListener()]);
    const before = socketDescriptors().length;
    for (let round = 0; round < 20; round++) {
      const subscription = fromConnect(open, listener.getsockname()).subscribe((connected) =>
        connected.close(),
      );
      if (round % 2 === 0) await new Promise(setImmediate);
      subscription.unsubscribe();
    }
    expect(socketDescriptors().length).to.equal(before);
  });

  it('names a wrong address when it is called', () => {
    expect(() => fromConnect(open, { address: 'x', port: 1 })).to.throw(TypeError, /address/);
    expect(() => fromConnect(5 as never, { address: '::1', port: 1 })).to.throw(TypeError, /socket/);
  });
});
