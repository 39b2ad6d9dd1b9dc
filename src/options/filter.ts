/** Programs of classic BPF, which filter what a socket receives: socket(7), `SO_ATTACH_FILTER`. */
import { type Codec, checkInteger, integer } from '../codecs.ts';
import { BPF_MAXINSNS } from '../constants.ts';
import { outOfRange } from '../errors.ts';
import { elementsOf, fieldsOf, LITTLE, struct, whole } from './struct.ts';

/** An instruction, struct sock_filter. The jumps count instructions from the next one. */
export interface FilterInstruction {
  /** What it does: a sum of `BPF_*`, 16 bits. */
  code: number;
  /** How far to jump if the comparison holds, 8 bits. */
  jt: number;
  /** How far to jump if not, 8 bits. */
  jf: number;
  /** The operand, 32 bits; -1 is 0xffffffff. */
  k: number;
}

/** An instruction as `tcpdump -dd` prints it: `[code, jt, jf, k]`. */
export type FilterTuple = readonly [code: number, jt: number, jf: number, k: number];

/**
 * A program of 1 to `BPF_MAXINSNS` (4096) instructions. It sees a packet from
 * the transport header on (a raw IPv4 socket: from the IP header; a packet
 * socket: from where it receives) and returns how many bytes of it to keep: 0
 * drops it. With `SO_ATTACH_REUSEPORT_CBPF` it sees the payload, and returns
 * the index of the socket that receives, in the order in which they were bound.
 */
export type FilterProgram = readonly (FilterInstruction | FilterTuple)[];

/**
 * The macro of linux/filter.h: an instruction that does not jump.
 *
 * @example
 * // keep all of the packets that begin with 7
 * socket.setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, [
 *   BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
 *   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 1),
 *   BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
 *   BPF_STMT(BPF_RET | BPF_K, 0),
 * ]);
 *
 * @param code A sum of `BPF_*`.
 * @param k The operand.
 * @returns The instruction.
 */
export const BPF_STMT = (code: number, k: number): FilterInstruction => ({ code, jt: 0, jf: 0, k });

/**
 * The macro of linux/filter.h: an instruction that jumps. See {@link BPF_STMT}.
 *
 * @param code A sum of `BPF_*`.
 * @param k The operand.
 * @param jt How many instructions to skip if the comparison holds.
 * @param jf How many to skip if not.
 * @returns The instruction.
 */
export const BPF_JUMP = (code: number, k: number, jt: number, jf: number): FilterInstruction => ({
  code,
  jt,
  jf,
  k,
});

const SIZE = 8;
const MOST = BPF_MAXINSNS ?? 4096;

export const filterProgram: Codec<FilterInstruction[]> = {
  length: SIZE * MOST,
  encode(value) {
    const program = elementsOf<unknown>(value, 'instructions');
    if (program.length < 1 || program.length > MOST) {
      throw outOfRange('value', `a program of 1 to ${MOST} instructions`, program.length);
    }
    return struct(SIZE * program.length, (view) => {
      program.forEach((instruction, index) => {
        const { code, jt, jf, k } = Array.isArray(instruction)
          ? { code: instruction[0], jt: instruction[1], jf: instruction[2], k: instruction[3] }
          : fieldsOf<FilterInstruction>(instruction, '[{ code, jt, jf, k }]', 'code');
        view.setUint16(SIZE * index, checkInteger(code, 0, 0xffff), LITTLE);
        view.setUint8(SIZE * index + 2, checkInteger(jt, 0, 0xff));
        view.setUint8(SIZE * index + 3, checkInteger(jf, 0, 0xff));
        view.setUint32(SIZE * index + 4, checkInteger(k), LITTLE);
      });
    });
  },
  decode(bytes) {
    const view = whole(bytes, 0);
    return Array.from({ length: Math.floor(bytes.length / SIZE) }, (_, index) => ({
      code: view.getUint16(SIZE * index, LITTLE),
      jt: view.getUint8(SIZE * index + 2),
      jf: view.getUint8(SIZE * index + 3),
      k: view.getUint32(SIZE * index + 4, LITTLE),
    }));
  },
};

/** `PACKET_FANOUT_DATA`: a program, or the descriptor of one of eBPF. */
export const fanoutProgram: Codec<FilterInstruction[]> = {
  ...filterProgram,
  encode: (value) => (typeof value === 'number' ? integer : filterProgram).encode(value),
};
