/** What each function of the binding takes, what it may return, and what it leaves behind. */
import { SO_PEERPIDFD, SOL_SOCKET } from 'uvsock/constants';
import type { Binding } from '../../../src/binding.ts';
import type { Kind } from './kinds.ts';
import type { Pool } from './pool.ts';
import { lengthOf } from './values.ts';

export type FunctionName = Exclude<keyof Binding, 'constants' | 'sizes' | 'batchCapacity' | 'mostParts'>;

type Check = (answer: unknown, args: readonly unknown[]) => boolean;

/** What a call has opened and closed, told by its arguments. */
type Settle = (pool: Pool, args: readonly unknown[], answer: number) => void;

export interface Row {
  readonly takes: readonly Kind[];
  readonly gives: Check;
  readonly settle?: Settle;
  /** How often it is called, compared with the others; 10 unless said. */
  readonly weight?: number;
}

/** A system call's result. */
const status: Check = (answer) => Number.isInteger(answer) && (answer as number) >= -4095;

const MSG_TRUNC = 0x20;

/** No more bytes than the buffer has, unless the real length was asked for. */
const transferred: Check = (answer, args) =>
  status(answer, args) &&
  ((answer as number) <= lengthOf(args[2] as ArrayBufferView) || ((args[3] as number) & MSG_TRUNC) !== 0);

/** No more than there are. */
const counted: Check = (answer, args) => status(answer, args) && (answer as number) <= (args[5] as number);

const nothing: Check = (answer) => answer === undefined;
const unsigned: Check = (answer) => Number.isInteger(answer) && (answer as number) >= 0;
const encoded: Check = (answer) =>
  answer === undefined ||
  (answer instanceof Uint8Array && answer.length <= 128 && answer.buffer.byteLength === answer.length);

const BYTE_FIELDS = new Set(['path', 'hwaddr']);

const decoded: Check = (answer) =>
  Object.entries(answer as object).every(([name, value]) =>
    BYTE_FIELDS.has(name)
      ? value instanceof Uint8Array && value.buffer.byteLength === value.length
      : name === 'address'
        ? /^[\da-f.:]+$/.test(value)
        : Number.isInteger(value),
  );

const opens =
  (view: number, count: number): Settle =>
  (pool, args, answer) => {
    if (answer === 0) pool.take(args[view] as ArrayBufferView, count);
  };

export const TABLE: Record<FunctionName, Row> = {
  count: { takes: ['bytes'], gives: nothing, weight: 1 },
  setReceiver: { takes: ['receiver'], gives: nothing, weight: 1 },

  socket: { takes: ['family', 'result'], gives: status, settle: opens(3, 1), weight: 30 },
  socketpair: { takes: ['pair', 'result'], gives: status, settle: opens(3, 2), weight: 20 },
  adopt: {
    takes: ['descriptor', 'result'],
    gives: status,
    settle(pool, args, answer) {
      opens(1, 1)(pool, args, answer);
      if (answer === 0) pool.detached.splice(pool.detached.indexOf(args[0] as number), 1);
    },
  },
  duplicate: { takes: ['descriptor', 'result'], gives: status, settle: opens(1, 1) },
  adoptReceived: {
    takes: ['socket', 'result'],
    gives: status,
    settle(pool, args, answer) {
      if (answer === 0) pool.forget(args[0], args[1]);
      opens(2, 1)(pool, args, answer);
    },
  },
  bind: { takes: ['socket', 'address'], gives: status, weight: 20 },
  connect: { takes: ['socket', 'address'], gives: status, weight: 20 },
  listen: {
    takes: ['socket', 'integer'],
    gives: status,
    settle(pool, [slot, generation], answer) {
      if (answer === 0) pool.listening(slot, generation);
    },
  },
  accept: { takes: ['listener', 'result'], gives: status, settle: opens(2, 1), weight: 20 },
  shutdown: { takes: ['socket', 'integer'], gives: status, weight: 3 },
  getsockname: { takes: ['socket', 'result'], gives: status },
  getpeername: { takes: ['socket', 'result'], gives: status },
  watch: { takes: ['socket', 'integer', 'integer'], gives: status, weight: 20 },
  rearm: { takes: ['socket', 'integer'], gives: status },
  setReferenced: { takes: ['socket', 'boolean'], gives: status },
  close: {
    takes: ['socket'],
    gives: status,
    settle: (pool, [slot, generation]) => pool.forget(slot, generation),
  },
  detach: {
    takes: ['socket'],
    gives: status,
    settle(pool, [slot, generation], answer) {
      pool.forget(slot, generation);
      if (answer >= 0) pool.detached.push(answer);
    },
    weight: 5,
  },

  recv: { takes: ['socket', 'transfer'], gives: transferred, weight: 20 },
  recvfrom: { takes: ['socket', 'transfer', 'result'], gives: transferred, weight: 20 },
  send: { takes: ['socket', 'transfer'], gives: transferred, weight: 20 },
  sendto: { takes: ['socket', 'transfer', 'address'], gives: transferred, weight: 20 },
  sendFile: {
    takes: ['socket', 'path', 'socket', 'integer', 'integer', 'done'],
    gives: status,
    settle(pool, args, answer) {
      if (answer === 0 && lengthOf(args[2] as ArrayBufferView) === 0) pool.forget(args[3], args[4]);
    },
    weight: 2,
  },
  recvmsg: {
    takes: ['socket', 'parts', 'flags', 'controlRoom', 'result'],
    gives: status,
    settle(pool, args, answer) {
      if (answer >= 0) pool.takeReceived(args[5] as ArrayBufferView, args[6] as ArrayBufferView);
    },
    weight: 30,
  },
  sendmsg: { takes: ['socket', 'parts', 'flags', 'address', 'control'], gives: status, weight: 30 },
  recvmmsg: { takes: ['socket', 'receiving', 'flags'], gives: counted, weight: 20 },
  sendmmsg: { takes: ['socket', 'sending', 'flags'], gives: counted, weight: 20 },
  copyBatch: { takes: ['copying'], gives: unsigned },
  segmentLimit: { takes: [], gives: (answer) => answer === 64 || answer === 128, weight: 1 },
  getsockopt: {
    takes: ['socket', 'option', 'bytes'],
    gives: status,
    settle(pool, [, , level, name, value], answer) {
      if (level === SOL_SOCKET && name === SO_PEERPIDFD && answer === 4) {
        const { buffer, byteOffset } = value as ArrayBufferView;
        pool.detached.push(new DataView(buffer, byteOffset).getInt32(0, true));
      }
    },
    weight: 20,
  },
  setsockopt: { takes: ['socket', 'option', 'bytes'], gives: status, weight: 20 },
  pipe: { takes: ['integer', 'result'], gives: status, settle: opens(1, 2), weight: 5 },
  splice: { takes: ['socket', 'socket', 'integer'], gives: status },
  read: { takes: ['socket', 'bytes'], gives: status },
  bytesReadable: { takes: ['socket'], gives: status },
  bytesUnsent: { takes: ['socket'], gives: status },
  atMark: { takes: ['socket'], gives: status },

  encodeFamily: { takes: ['integer'], gives: encoded, weight: 3 },
  encodeInet: { takes: ['text', 'integer'], gives: encoded, weight: 3 },
  encodeInet6: { takes: ['text', 'integer', 'integer', 'integer'], gives: encoded, weight: 3 },
  encodeUnix: { takes: ['name'], gives: encoded, weight: 3 },
  encodeNetlink: { takes: ['integer', 'integer'], gives: encoded, weight: 3 },
  encodePacket: { takes: ['integer', 'integer', 'integer', 'integer', 'name'], gives: encoded, weight: 3 },
  encodeVsock: { takes: ['integer', 'integer'], gives: encoded, weight: 3 },
  encodeCan: { takes: ['integer', 'integer', 'integer'], gives: encoded, weight: 3 },
  decodeAddress: { takes: ['address'], gives: decoded, weight: 10 },
  inetPton: { takes: ['integer', 'text'], gives: encoded, weight: 3 },
  inetNtop: {
    takes: ['integer', 'name'],
    gives: (answer) => answer === undefined || typeof answer === 'string',
    weight: 3,
  },
  ifNameToIndex: { takes: ['text'], gives: unsigned, weight: 3 },
};
