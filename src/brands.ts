/** What tells constants apart in the type system: they are all numbers, and their values differ by system. */

declare const familyBrand: unique symbol;
declare const levelBrand: unique symbol;
declare const optionBrand: unique symbol;
declare const controlBrand: unique symbol;

/** An address family. */
export type Family<Name extends string = string> = number & { readonly [familyBrand]: Name };

/** A level of socket options, also usable as the protocol that it names. */
export type Level<Name extends string = string> = number & { readonly [levelBrand]: Name };

/**
 * A socket option: its level, the type it is read as, the type it is set from,
 * and what must be said when it is read, if its value depends on that.
 */
export type Option<L extends string, Get, Set = Get, Ask = never> = number & {
  readonly [optionBrand]: { readonly level: L; readonly get: Get; readonly set: Set; readonly ask: Ask };
};

/** A type of control messages: its level, the type it is received as, the type it is sent from. */
export type Control<L extends string, Get, Set = Get> = number & {
  readonly [controlBrand]: { readonly level: L; readonly get: Get; readonly set: (value: Set) => void };
};

/** A type of control messages that the package has no name for. */
export type PlainControl = number & { readonly [controlBrand]?: never };

/** A number that is no family, level or option: what the package has no name for. */
export type PlainNumber = number & {
  readonly [familyBrand]?: never;
  readonly [levelBrand]?: never;
  readonly [optionBrand]?: never;
};
