/** What tells constants apart in the type system: they are all numbers, and their values differ by system. */

declare const familyBrand: unique symbol;
declare const levelBrand: unique symbol;
declare const optionBrand: unique symbol;
declare const controlBrand: unique symbol;

/** An address family. */
export type Family<Name extends string = string> = number & {
  /** Which one; of types only. */
  readonly [familyBrand]: Name;
};

/** A level of socket options, also usable as the protocol that it names. */
export type Level<Name extends string = string> = number & {
  /** Which one; of types only. */
  readonly [levelBrand]: Name;
};

/**
 * A socket option: its level, the type it is read as, the type it is set from,
 * and what must be said when it is read, if its value depends on that.
 */
export type Option<L extends string, Get, Set = Get, Ask = never> = number & {
  /** Of types only. */
  readonly [optionBrand]: {
    /** The level that it belongs to. */
    readonly level: L;
    /** What `getsockopt` returns. */
    readonly get: Get;
    /** What `setsockopt` takes, beside bytes. */
    readonly set: Set;
    /** What `getsockopt` must be told. */
    readonly ask: Ask;
  };
};

/** A type of control messages: its level, the type it is received as, the type it is sent from. */
export type Control<L extends string, Get, Set = Get> = number & {
  /** Of types only. */
  readonly [controlBrand]: {
    /** The level that it belongs to. */
    readonly level: L;
    /** What `ReceivedMessage.find` returns. */
    readonly get: Get;
    /** What `sendmsg` takes, beside bytes. */
    readonly set: (value: Set) => void;
  };
};

/** A type of control messages that the package has no name for. */
export type PlainControl = number & {
  /** Of types only. */
  readonly [controlBrand]?: never;
};

/** A number that is no family, level or option: what the package has no name for. */
export type PlainNumber = number & {
  /** Of types only. */
  readonly [familyBrand]?: never;
  /** Of types only. */
  readonly [levelBrand]?: never;
  /** Of types only. */
  readonly [optionBrand]?: never;
};
