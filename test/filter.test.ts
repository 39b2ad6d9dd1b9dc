import { expect } from 'chai';
import { BPF_JUMP, BPF_STMT, type FilterProgram, type Socket, socket } from 'uvsock';
import * as c from 'uvsock/constants';
import { closed, codeOf, udpSocket } from './support/sockets.ts';

const { SOL_SOCKET } = c;

const sum = (...codes: (number | undefined)[]) => codes.reduce<number>((a, b) => a | (b as number), 0);
const LOAD_BYTE = sum(c.BPF_LD, c.BPF_B, c.BPF_ABS);
const JUMP_IF_EQUAL = sum(c.BPF_JMP, c.BPF_JEQ, c.BPF_K);
const RETURN = sum(c.BPF_RET, c.BPF_K);
const RETURN_A = sum(c.BPF_RET, c.BPF_A);

/** Where a UDP payload begins: the filter sees the header, too. */
const PAYLOAD = 8;

/** Keeps datagrams that begin with a letter, drops the others. */
const beginsWith = (letter: string): FilterProgram => [
  BPF_STMT(LOAD_BYTE, PAYLOAD),
  BPF_JUMP(JUMP_IF_EQUAL, letter.charCodeAt(0), 0, 1),
  BPF_STMT(RETURN, 0xffffffff),
  BPF_STMT(RETURN, 0),
];

const udp = () => closed([udpSocket()])[0];

function received(s: Socket): string[] {
  const all: string[] = [];
  const buffer = Buffer.alloc(64);
  for (;;) {
    const n = s.recv(buffer);
    if (n === null) return all;
    all.push(buffer.toString('utf8', 0, n));
  }
}

describe('filters of classic BPF', () => {
  it('drop the datagrams that do not match', () => {
    const [receiver, sender] = [udp(), udp()];
    receiver.setsockopt(SOL_SOCKET, c.SO_ATTACH_FILTER!, beginsWith('a'));
    for (const text of ['apple', 'banana', 'avocado'])
      sender.sendto(Buffer.from(text), receiver.getsockname());
    expect(received(receiver)).to.deep.equal(['apple', 'avocado']);
  });

  it('cut a datagram to what the program returns', () => {
    const [receiver, sender] = [udp(), udp()];
    receiver.setsockopt(SOL_SOCKET, c.SO_ATTACH_FILTER!, [[RETURN, 0, 0, PAYLOAD + 3]]);
    sender.sendto(Buffer.from('apple'), receiver.getsockname());
    expect(received(receiver)).to.deep.equal(['app']);
  });

  it('are replaced by the next, and are no more when detached', () => {
    const [receiver, sender] = [udp(), udp()];
    const send = () => {
      for (const text of ['a', 'b']) sender.sendto(Buffer.from(text), receiver.getsockname());
      return received(receiver);
    };
    receiver.setsockopt(SOL_SOCKET, c.SO_ATTACH_FILTER!, beginsWith('a'));
    expect(send()).to.deep.equal(['a']);
    receiver.setsockopt(SOL_SOCKET, c.SO_ATTACH_FILTER!, beginsWith('b'));
    expect(send()).to.deep.equal(['b']);
    receiver.setsockopt(SOL_SOCKET, c.SO_DETACH_FILTER!, 0);
    expect(send()).to.deep.equal(['a', 'b']);
    expect(codeOf(() => receiver.setsockopt(SOL_SOCKET, c.SO_DETACH_FILTER!, 0))).to.equal('ENOENT');
  });

  it('are read back as they were attached', () => {
    const s = udp();
    expect(s.getsockopt(SOL_SOCKET, c.SO_GET_FILTER!)).to.deep.equal([]);
    s.setsockopt(SOL_SOCKET, c.SO_ATTACH_FILTER!, beginsWith('a'));
    expect(s.getsockopt(SOL_SOCKET, c.SO_GET_FILTER!)).to.deep.equal(beginsWith('a'));
  });

  it('take instructions as tuples, of any iterable, and as the bytes of them', () => {
    const s = udp();
    const tuples = beginsWith('a').map((each) => (Array.isArray(each) ? each : Object.values(each)));
    s.setsockopt(SOL_SOCKET, c.SO_ATTACH_FILTER!, tuples as unknown as FilterProgram);
    expect(s.getsockopt(SOL_SOCKET, c.SO_GET_FILTER!)).to.deep.equal(beginsWith('a'));
    const instruction = Buffer.alloc(8);
    instruction.writeUInt8(RETURN);
    s.setsockopt(SOL_SOCKET, c.SO_ATTACH_FILTER!, instruction);
    expect(s.getsockopt(SOL_SOCKET, c.SO_GET_FILTER!)).to.deep.equal([BPF_STMT(RETURN, 0)]);
  });

  it('may be as long as the kernel allows, and are read back whole', () => {
    const s = udp();
    const longest = Array.from({ length: c.BPF_MAXINSNS! }, () => BPF_STMT(RETURN, 7));
    // Beyond net.core.optmem_max the kernel has no memory for it.
    const code = codeOf(() => s.setsockopt(SOL_SOCKET, c.SO_ATTACH_FILTER!, longest));
    expect(code).to.be.oneOf(['no error', 'ENOMEM']);
    const read = s.getsockopt(SOL_SOCKET, c.SO_GET_FILTER!);
    expect(read).to.deep.equal(code === 'ENOMEM' ? [] : longest);
  });

  it('do not overrun a buffer that is too small for them', () => {
    const s = udp();
    s.setsockopt(SOL_SOCKET, c.SO_ATTACH_FILTER!, beginsWith('a'));
    for (const length of [8, 16, 31]) {
      expect(codeOf(() => s.getsockopt(SOL_SOCKET as number, c.SO_GET_FILTER as number, length))).to.equal(
        'EINVAL',
      );
    }
    expect(s.getsockopt(SOL_SOCKET as number, c.SO_GET_FILTER as number, 32)).to.have.length(32);
  });

  it('have 1 to BPF_MAXINSNS instructions', () => {
    const s = udp();
    for (const length of [0, c.BPF_MAXINSNS! + 1]) {
      const program = Array.from({ length }, () => BPF_STMT(RETURN, 0));
      expect(() => s.setsockopt(SOL_SOCKET, c.SO_ATTACH_FILTER!, program))
        .to.throw(RangeError, /program of 1 to 4096 instructions/)
        .with.property('code', 'ERR_OUT_OF_RANGE');
    }
    for (const length of [0, 7, 9, 8 * (c.BPF_MAXINSNS! + 1), 8 * 65_537]) {
      expect(
        codeOf(() => s.setsockopt(SOL_SOCKET, c.SO_ATTACH_FILTER!, Buffer.alloc(length))),
        `${length} bytes`,
      ).to.equal('EINVAL');
    }
  });

  it('are refused by the kernel if they can jump beyond their end', () => {
    const program = [BPF_JUMP(JUMP_IF_EQUAL, 0, 5, 5), BPF_STMT(RETURN, 0)];
    expect(codeOf(() => udp().setsockopt(SOL_SOCKET, c.SO_ATTACH_FILTER!, program))).to.equal('EINVAL');
  });

  it('cannot be detached or replaced once they are locked', () => {
    const s = udp();
    s.setsockopt(SOL_SOCKET, c.SO_ATTACH_FILTER!, beginsWith('a'));
    s.setsockopt(SOL_SOCKET, c.SO_LOCK_FILTER!, true);
    expect(codeOf(() => s.setsockopt(SOL_SOCKET, c.SO_DETACH_FILTER!, 0))).to.equal('EPERM');
    expect(codeOf(() => s.setsockopt(SOL_SOCKET, c.SO_ATTACH_FILTER!, beginsWith('b')))).to.equal('EPERM');
    expect(codeOf(() => s.setsockopt(SOL_SOCKET, c.SO_LOCK_FILTER!, false))).to.equal('EPERM');
  });

  it('steer datagrams among the sockets of a port', () => {
    const open = () => {
      const [s] = closed([socket(c.AF_INET, c.SOCK_DGRAM)]);
      s.setsockopt(SOL_SOCKET, c.SO_REUSEPORT, true);
      return s;
    };
    const [first, second, sender] = [open(), open(), udp()];
    first.bind(c.AF_INET, '127.0.0.1', 0);
    const name = first.getsockname();
    second.bind(name);
    // The digit that the datagram begins with; here the payload is what the program sees.
    first.setsockopt(SOL_SOCKET, c.SO_ATTACH_REUSEPORT_CBPF!, [
      BPF_STMT(LOAD_BYTE, 0),
      BPF_STMT(sum(c.BPF_ALU, c.BPF_SUB, c.BPF_K), '0'.charCodeAt(0)),
      BPF_STMT(RETURN_A, 0),
    ]);
    for (const text of ['0a', '1b', '1c', '0d']) sender.sendto(Buffer.from(text), name);
    expect(received(first)).to.deep.equal(['0a', '0d']);
    expect(received(second)).to.deep.equal(['1b', '1c']);
    first.setsockopt(SOL_SOCKET, c.SO_DETACH_REUSEPORT_BPF!, 0);
  });
});
