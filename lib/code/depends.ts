import { CodeError } from "../proto/errors.ts";
import { dataLiteral } from "./data_literal.ts";
import { readFunctionText } from "./function_text.ts";
import type { Piece } from "./places.ts";

/** Functions, classes and data, by the names the shipped code uses. */
export type Depends = Readonly<Record<string, unknown>>;

/** Which key uses a name, and whether it can live without. */
export type DependsNeed = { readonly user: string; readonly isGuarded: boolean };

/** The declarations that `depends` stands for. */
export type DependsPieces = {
  readonly pieces: readonly Piece[];
  /** Names the functions use and `depends` does not have. */
  readonly needs: ReadonlyMap<string, DependsNeed>;
};

/**
 * Declares each name of `depends`: functions and classes by their text, what they use of `depends` before them (a
 * class needs its base to be there), everything else as data.
 *
 * @throws {CodeError} Naming the key that cannot be shipped.
 */
export function dependsPieces(depends: Depends): DependsPieces {
  const pieces: Piece[] = [];
  const needs = new Map<string, DependsNeed>();
  const done = new Set<string>();
  const declare = (key: string) => {
    if (done.has(key)) return;
    done.add(key);
    const value = depends[key];
    if (!isIdentifier(key)) throw new CodeError(`Cannot ship depends['${key}']: it is no name`);
    if (typeof value !== "function") {
      pieces.push({ text: `const ${key}=${dataLiteral(value, key)};` });
      return;
    }
    const read = readFunctionText(value as (...args: never[]) => unknown, `depends.${key}`);
    for (const [name, { isGuarded }] of read.free) {
      if (Object.hasOwn(depends, name)) declare(name);
      else needs.set(name, { user: key, isGuarded });
    }
    pieces.push(
      { text: `const ${key}=${read.before}` },
      { text: read.text, places: { kind: "same", file: `<function ${key}>` } },
      { text: `${read.after};` },
    );
  };
  Object.keys(depends).forEach(declare);
  return { pieces, needs };
}

/** Whether a text can be the name of a variable. */
export function isIdentifier(text: string): boolean {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(text);
}
