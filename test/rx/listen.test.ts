import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants as os, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Socket, type SocketAddress, SystemError, socket } from 'uvsock';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_ACCEPTCONN,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from 'uvsock/constants';
import { listen } from 'uvsock/rx';
import { closed, codeOf, socketDescriptors } from '../support/sockets.ts';

/** Whether IPv6 works here, by trying. */
function hasIpv6(): boolean {
  try {
    using probe = socket(AF_INET6, SOCK_STREAM);
    probe.bind(AF_INET6, '::1', 0);
    return true;
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}

const portOf = (of: Socket) => of.getsockname().port as number;

/** What connecting says: `'connected'`, or the error's code. On loopback it is told at once. */
function connecting(family: typeof AF_INET | typeof AF_INET6, address: string, port: number): unknown {
  const [client] = closed([socket(family, SOCK_STREAM)]);
  try {
    client.connect({ family, address, port });
    return client.takeError()?.code ?? 'connected';
  } catch (error) {
    return (error as SystemError).code;
  }
}

describe('listen', () => {
  describe('on a TCP port', () => {
    it('returns a bound, listening socket', () => {
      const [listener] = closed([listen({ host: '127.0.0.1', port: 0 })]);
      expect(listener.getsockname().address).to.equal('127.0.0.1');
      expect(listener.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)).to.equal(true);
      expect(connecting(AF_INET, '127.0.0.1', portOf(listener))).to.equal('connected');
      closed([listener.accept()!.socket]);
    });

    it('sets SO_REUSEADDR', () => {
      const [listener] = closed([listen({ host: '127.0.0.1', port: 0 })]);
      expect(listener.getsockopt(SOL_SOCKET, SO_REUSEADDR)).to.equal(true);
    });

    it('listens again on a port whose connections linger', () => {
      const first = listen({ host: '127.0.0.1', port: 0 });
      const port = portOf(first);
      expect(connecting(AF_INET, '127.0.0.1', port)).to.equal('connected');
      first.accept()!.socket.close(); // ends first: its end lingers
      first.close();
      closed([listen({ host: '127.0.0.1', port })]);
    });

    it('serves both families without a host', function () {
      if (!hasIpv6()) {
        console.log('      no IPv6 here');
        this.skip();
      }
      const [listener] = closed([listen({ port: 0 })]);
      expect(listener.getsockname().address).to.equal('::');
      expect(connecting(AF_INET, '127.0.0.1', portOf(listener))).to.equal('connected');
      expect(connecting(AF_INET6, '::1', portOf(listener))).to.equal('connected');
      closed([listener.accept()!.socket, listener.accept()!.socket]);
    });

    it('serves IPv4 without a host where there is no IPv6', () => {
      const { bind: original } = Socket.prototype;
      Socket.prototype.bind = function (this: Socket, address: SocketAddress) {
        if (address.family === AF_INET6) throw new SystemError(-os.errno.EADDRNOTAVAIL, 'bind', address);
        (original as (address: SocketAddress) => void).call(this, address);
      } as typeof original;
      try {
        const [listener] = closed([listen({ port: 0 })]);
        expect(listener.getsockname().address).to.equal('0.0.0.0');
        expect(codeOf(() => listen({ port: 0, ipv6Only: true }))).to.equal('EADDRNOTAVAIL');
      } finally {
        Socket.prototype.bind = original;
      }
    });

    it('leaves IPv4 alone with ipv6Only', function () {
      if (!hasIpv6()) {
        console.log('      no IPv6 here');
        this.skip();
      }
      const [listener] = closed([listen({ port: 0, ipv6Only: true })]);
      expect(listener.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY)).to.equal(true);
      expect(connecting(AF_INET, '127.0.0.1', portOf(listener))).to.equal('ECONNREFUSED');
    });

    it('shares a port with reusePort', () => {
      const [first] = closed([listen({ host: '127.0.0.1', port: 0, reusePort: true })]);
      closed([listen({ host: '127.0.0.1', port: portOf(first), reusePort: true })]);
      expect(first.getsockopt(SOL_SOCKET, SO_REUSEPORT)).to.equal(true);
    });

    it('shares no port without reusePort, and closes the socket', () => {
      const [first] = closed([listen({ host: '127.0.0.1', port: 0 })]);
      const before = socketDescriptors();
      expect(codeOf(() => listen({ host: '127.0.0.1', port: portOf(first) }))).to.equal('EADDRINUSE');
      expect(socketDescriptors()).to.deep.equal(before);
    });

    it('does not fall back to IPv4 when the port is in use', () => {
      const [first] = closed([listen({ port: 0 })]);
      expect(codeOf(() => listen({ port: portOf(first) }))).to.equal('EADDRINUSE');
    });

    it('limits the backlog', () => {
      const [listener] = closed([listen({ host: '127.0.0.1', port: 0, backlog: 0 })]);
      const clients = closed([socket(AF_INET, SOCK_STREAM), socket(AF_INET, SOCK_STREAM)]);
      for (const client of clients) client.connect(listener.getsockname());
      expect(codeOf(() => clients[0].getpeername())).to.equal('no error');
      expect(codeOf(() => clients[1].getpeername())).to.equal('ENOTCONN');
    });

    it('names a wrong field', () => {
      expect(() => listen(null as never)).to.throw(TypeError, /"config"/);
      expect(() => listen({} as never)).to.throw(TypeError, /"port"/);
      expect(() => listen({ port: 65536 })).to.throw(RangeError, /"port"/);
      expect(() => listen({ host: 'localhost', port: 0 })).to.throw(TypeError, /"host"/);
      expect(() => listen({ host: 5 as never, port: 0 })).to.throw(TypeError, /"host"/);
      expect(() => listen({ port: 0, backlog: -1 })).to.throw(RangeError, /"backlog"/);
      expect(() => listen({ port: 0, reusePort: 1 as never })).to.throw(TypeError, /"reusePort"/);
      expect(() => listen({ host: '127.0.0.1', port: 0, ipv6Only: true })).to.throw(TypeError, /"ipv6Only"/);
    });
  });

  describe('on a Unix path', () => {
    let folder: string;
    let path: string;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'uvsock-'));
      path = join(folder, 's');
    });

    afterEach(() => rmSync(folder, { recursive: true }));

    /** A file whose socket was closed. */
    function leaveStale(style = SOCK_STREAM): void {
      using left = socket(AF_UNIX, style);
      left.bind(AF_UNIX, path);
    }

    const modeOf = () => statSync(path).mode & 0o777;

    function connects(): boolean {
      const [client] = closed([socket(AF_UNIX, SOCK_STREAM)]);
      return client.connect(AF_UNIX, path);
    }

    it('returns a bound, listening socket', () => {
      const [listener] = closed([listen({ path })]);
      expect(connects()).to.equal(true);
      closed([listener.accept()!.socket]);
    });

    it('takes a path as bytes', () => {
      const [listener] = closed([listen({ path: Buffer.from(path), mode: 0o600 })]);
      expect(listener.getsockname().path).to.equal(path);
      expect(modeOf()).to.equal(0o600);
    });

    it('listens on an abstract name of the kernel’s choice', () => {
      const [listener] = closed([listen({ path: '' })]);
      expect(listener.getsockname().path).to.match(/^\0/);
    });

    it('sets the mode whatever the umask', () => {
      const umask = process.umask(0o077);
      try {
        closed([listen({ path, mode: 0o666 })]);
      } finally {
        process.umask(umask);
      }
      expect(modeOf()).to.equal(0o666);
    });

    it('makes the file with the mode, so that it never has another', function () {
      if (process.platform !== 'linux') this.skip();
      const { bind: original } = Socket.prototype;
      let modeAtFirst: number | undefined;
      Socket.prototype.bind = function (...args: unknown[]) {
        (original as (...args: unknown[]) => void).apply(this, args);
        modeAtFirst = modeOf();
      };
      const umask = process.umask(0);
      try {
        closed([listen({ path, mode: 0o600 })]);
      } finally {
        process.umask(umask);
        Socket.prototype.bind = original;
      }
      expect(modeAtFirst).to.equal(0o600);
    });

    it('sets the mode before anyone can connect', () => {
      const { listen: original } = Socket.prototype;
      let modeBefore: number | undefined;
      Socket.prototype.listen = function (backlog) {
        modeBefore = modeOf();
        original.call(this, backlog);
      };
      try {
        closed([listen({ path, mode: 0o620 })]);
      } finally {
        Socket.prototype.listen = original;
      }
      expect(modeBefore).to.equal(0o620);
    });

    it('removes the file that it made when listening fails', () => {
      const { listen: original } = Socket.prototype;
      const before = socketDescriptors();
      Socket.prototype.listen = () => {
        throw new Error('not now');
      };
      try {
        expect(() => listen({ path })).to.throw('not now');
      } finally {
        Socket.prototype.listen = original;
      }
      expect([existsSync(path), socketDescriptors()]).to.deep.equal([false, before]);
    });

    it('leaves a stale file alone unless asked, and closes the socket', () => {
      leaveStale();
      const before = socketDescriptors();
      expect(codeOf(() => listen({ path }))).to.equal('EADDRINUSE');
      expect(socketDescriptors()).to.deep.equal(before);
      expect(existsSync(path)).to.equal(true);
    });

    it('removes a stale file with unlinkStale', () => {
      leaveStale();
      const [listener] = closed([listen({ path, unlinkStale: true })]);
      expect(connects()).to.equal(true);
      closed([listener.accept()!.socket]);
    });

    it('needs no stale file for unlinkStale', () => {
      closed([listen({ path, unlinkStale: true })]);
    });

    it('leaves a listener alone that answers', () => {
      const [first] = closed([listen({ path })]);
      const before = socketDescriptors();
      expect(codeOf(() => listen({ path, unlinkStale: true }))).to.equal('EADDRINUSE');
      expect(socketDescriptors()).to.deep.equal(before);
      closed([first.accept()!.socket]);
      expect(connects()).to.equal(true);
      closed([first.accept()!.socket]);
    });

    it('leaves a listener alone whose backlog is full', () => {
      closed([listen({ path, backlog: 0 })]);
      expect(connects()).to.equal(true);
      expect(codeOf(connects)).to.equal('EAGAIN');
      expect(codeOf(() => listen({ path, unlinkStale: true }))).to.equal('EADDRINUSE');
      expect(existsSync(path)).to.equal(true);
    });

    it('leaves a datagram socket alone', () => {
      const [datagrams] = closed([socket(AF_UNIX, SOCK_DGRAM)]);
      datagrams.bind(AF_UNIX, path);
      expect(codeOf(() => listen({ path, unlinkStale: true }))).to.equal('EADDRINUSE');
      expect(existsSync(path)).to.equal(true);
    });

    it('leaves files alone that are no sockets', () => {
      writeFileSync(path, 'precious');
      expect(codeOf(() => listen({ path, unlinkStale: true }))).to.equal('EADDRINUSE');
      expect(existsSync(path)).to.equal(true);
    });

    it('leaves a link to a stale socket alone', () => {
      leaveStale();
      const link = join(folder, 'link');
      symlinkSync(path, link);
      expect(codeOf(() => listen({ path: link, unlinkStale: true }))).to.equal('EADDRINUSE');
      expect([existsSync(link), existsSync(path)]).to.deep.equal([true, true]);
    });

    it('closes the socket when the folder is missing', () => {
      const before = socketDescriptors();
      expect(codeOf(() => listen({ path: join(folder, 'no', 's'), unlinkStale: true }))).to.equal('ENOENT');
      expect(socketDescriptors()).to.deep.equal(before);
    });

    it('names a wrong field', () => {
      expect(() => listen({ path: 5 as never })).to.throw(TypeError, /"path"/);
      expect(() => listen({ path: 'x'.repeat(200) })).to.throw(RangeError, /"path"/);
      expect(() => listen({ path, mode: '600' as never })).to.throw(TypeError, /"mode"/);
      expect(() => listen({ path, mode: 0o1000 })).to.throw(RangeError, /"mode"/);
      expect(() => listen({ path: '\0name', mode: 0o600 })).to.throw(TypeError, /"mode"/);
      expect(() => listen({ path, unlinkStale: 1 as never })).to.throw(TypeError, /"unlinkStale"/);
      expect(() => listen({ path, backlog: 0.5 })).to.throw(RangeError, /"backlog"/);
      expect(existsSync(path)).to.equal(false);
    });
  });
});
