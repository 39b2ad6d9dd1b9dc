import { createSocket } from 'node:dgram';
import { constants } from 'node:os';
import { expect } from 'chai';
import { DatagramBatch, makeSocketAddress, ready, SocketAddress, SystemError, socketpair } from 'uvsock';
import { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM } from 'uvsock/constants';
import { netlinkRequest, netlinkStatus } from 'uvsock/netlink';
import {
  invalidArgType,
  invalidArgValue,
  outOfRange,
  socketBusy,
  socketClosed,
  systemError,
} from '../src/errors.ts';

const { ECONNREFUSED, ECONNRESET, EINPROGRESS, ENOENT, EADDRINUSE, EAGAIN, EOPNOTSUPP } = constants.errno;

import { closed, codeOf } from './support/sockets.ts';

describe('SystemError', () => {
  it("has the fields of Node's own system errors", () => {
    const error = systemError(-ECONNREFUSED, 'connect', makeSocketAddress(AF_INET, '127.0.0.1', 1));
    expect(error).to.be.instanceOf(SystemError).and.instanceOf(Error);
    expect({ ...error }).to.deep.equal({
      code: 'ECONNREFUSED',
      errno: -ECONNREFUSED,
      syscall: 'connect',
      address: '127.0.0.1',
      port: 1,
    });
    expect(error.message).to.equal('connect ECONNREFUSED 127.0.0.1:1');
    expect(error.name).to.equal('Error');
  });

  it('has a stack trace, except where it only says that a connection has ended', () => {
    expect(systemError(-ENOENT, 'bind').stack).to.match(/^Error: bind ENOENT\n +at .*errors\.test/s);
    expect(systemError(-ECONNRESET, 'recv').stack).to.equal('Error: recv ECONNRESET');
    expect(new Error('afterwards').stack).to.include('errors.test');
  });

  it('has one where the limit of stack traces is not to be changed', () => {
    const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit') as PropertyDescriptor;
    Object.defineProperty(Error, 'stackTraceLimit', { ...limit, writable: false });
    const { stack } = systemError(-ECONNRESET, 'recv');
    Object.defineProperty(Error, 'stackTraceLimit', limit);
    expect(stack).to.include('errors.test');
  });

  it("agrees with Node's error of the same failure", async () => {
    const theirs = await new Promise<NodeJS.ErrnoException>((resolve) => {
      const first = createSocket('udp4').bind(0, '127.0.0.1', () => {
        const second = createSocket('udp4').on('error', (error) => {
          first.close();
          second.close();
          resolve(error);
        });
        second.bind({ address: '127.0.0.1', port: first.address().port, exclusive: true });
      });
    });
    const { address, port } = theirs as unknown as { address: string; port: number };
    const ours = systemError(-EADDRINUSE, 'bind', makeSocketAddress(AF_INET, address, port));
    expect({ ...ours }).to.deep.equal({ ...theirs });
    expect(ours.message).to.equal(theirs.message);
  });

  it('has no address where the call has none', () => {
    const error = systemError(-ECONNRESET, 'recv');
    expect(error.message).to.equal('recv ECONNRESET');
    expect(error).to.have.all.keys('code', 'errno', 'syscall');
  });

  it('has the path of a Unix socket', () => {
    const error = systemError(-ENOENT, 'connect', makeSocketAddress(AF_UNIX, '/tmp/x'));
    expect(error.message).to.equal('connect ENOENT /tmp/x');
    expect(error).to.have.all.keys('code', 'errno', 'syscall', 'path').and.property('path', '/tmp/x');
  });

  it('shows an abstract name without its NUL', () => {
    const error = systemError(-ECONNREFUSED, 'connect', makeSocketAddress(AF_UNIX, '\0x'));
    expect(error.message).to.equal('connect ECONNREFUSED @x');
    expect(error.path).to.equal('\0x');
  });

  it('says nothing of an unnamed Unix socket', () => {
    const error = systemError(-EADDRINUSE, 'bind', makeSocketAddress(AF_UNIX, ''));
    expect(error.message).to.equal('bind EADDRINUSE');
    expect(error).to.have.all.keys('code', 'errno', 'syscall');
  });

  it('puts an IPv6 address in brackets', () => {
    const error = systemError(-ECONNREFUSED, 'connect', makeSocketAddress(AF_INET6, '::1', 1));
    expect(error.message).to.equal('connect ECONNREFUSED [::1]:1');
    expect(error).to.include({ address: '::1', port: 1 });
  });

  it('has no fields of an address that has none itself', () => {
    const short = SocketAddress.fromBytes(makeSocketAddress(AF_INET, '127.0.0.1', 1).bytes.subarray(0, 4));
    expect(systemError(-EADDRINUSE, 'bind', short)).to.have.all.keys('code', 'errno', 'syscall');
  });

  it('knows errors that libuv has no name for', () => {
    expect(systemError(-EINPROGRESS, 'connect').code).to.equal('EINPROGRESS');
  });

  it("prefers the manual pages' names where two share a number", () => {
    expect(systemError(-EAGAIN, 'connect').code).to.equal('EAGAIN');
    expect(systemError(-EOPNOTSUPP, 'listen').code).to.equal('EOPNOTSUPP');
  });

  it('survives a number that nobody has a name for', () => {
    expect(systemError(-9999, 'recv')).to.have.property('errno', -9999);
  });
});

describe('misuse', () => {
  it('of a type is a TypeError that names the argument and shows the value', () => {
    const error = invalidArgType('port', 'of type number', 'x');
    expect(error).to.be.instanceOf(TypeError);
    expect(error).to.include({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
    expect(error.message).to.equal(`The "port" argument must be of type number. Received type string ('x')`);
  });

  it('of a type shows what is neither text nor number too', () => {
    const received = (value: unknown) => invalidArgType('x', 'y', value).message.replace(/^.*Received /, '');
    expect(received(undefined)).to.equal('undefined');
    expect(received(null)).to.equal('null');
    expect(received(7n)).to.equal('type bigint (7n)');
    expect(received(Symbol('s'))).to.equal('type symbol (Symbol(s))');
    expect(received(function named() {})).to.equal('[Function: named]');
    expect(received(new Map())).to.equal('Map(0) {}');
  });

  it('of a value is a TypeError that names the argument', () => {
    const error = invalidArgValue('address', 'nowhere', 'must be an IPv4 address');
    expect(error).to.be.instanceOf(TypeError).and.property('code', 'ERR_INVALID_ARG_VALUE');
    expect(error.message).to.equal(`The argument "address" must be an IPv4 address. Received 'nowhere'`);
  });

  it('of a range is a RangeError that names the argument', () => {
    const error = outOfRange('port', '>= 0', -1);
    expect(error).to.be.instanceOf(RangeError).and.property('code', 'ERR_OUT_OF_RANGE');
    expect(error.message).to.equal('The value of "port" is out of range. It must be >= 0. Received -1');
  });

  it('with text of any length has a short message', () => {
    expect(invalidArgValue('address', 'x'.repeat(1e6), 'is long').message.length).to.be.below(200);
  });

  it('with a value that fails when it is shown is still told', () => {
    const hostile = {
      [Symbol.for('nodejs.util.inspect.custom')]() {
        throw new Error('hidden');
      },
    };
    expect(invalidArgType('x', 'y', hostile)).to.have.property('code', 'ERR_INVALID_ARG_TYPE');
    const gone = new DataView(new ArrayBuffer(8));
    structuredClone(gone, { transfer: [gone.buffer] });
    expect(invalidArgType('x', 'y', gone)).to.have.property('code', 'ERR_INVALID_ARG_TYPE');
  });

  it('of null for an object, and of what is no number for one, is told with a code', () => {
    const [one] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    for (const call of [
      () => one.recvmsg(Buffer.alloc(1), null as never),
      () => one.sendmmsg(new DatagramBatch(), null as never),
      () => one.getsockopt(Symbol('level') as never, 1),
      () => new DatagramBatch().data(1n as never),
      () => netlinkRequest(null as never),
      () => netlinkStatus(undefined as never),
    ]) {
      expect(codeOf(call), `${call}`).to.equal('ERR_INVALID_ARG_TYPE');
    }
  });

  it('of the options of ready rejects', async () => {
    const [one] = closed(socketpair(AF_UNIX, SOCK_DGRAM));
    const error = await ready(one, 'readable', null as never).catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'ERR_INVALID_ARG_TYPE');
  });

  it('of a socket has its own codes', () => {
    expect(socketClosed()).to.have.property('code', 'ERR_SOCKET_CLOSED');
    expect(socketBusy()).to.have.property('code', 'ERR_SOCKET_BUSY');
  });
});
