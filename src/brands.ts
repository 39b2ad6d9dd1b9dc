/** What tells constants apart in the type system: they are all numbers, and their values differ by system. */

declare const familyBrand: unique symbol;
declare const levelBrand: unique symbol;
declare const optionBrand: unique symbol;

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

/** A number that is none of the above: what the package has no name for. */
export type PlainNumber = number & {
  readonly [familyBrand]?: never;
  readonly [levelBrand]?: never;
  readonly [optionBrand]?: never;
};
