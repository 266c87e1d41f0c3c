import { Token, Type } from "cborg";
import { kinds, kindTag, typedArrays } from "./value_tags.ts";
import type { TypedArrayEntry } from "./value_tags.ts";

/** CBOR tokens in their order, in lists that may still be filled. */
export type TokenTree = Token | TokenTree[];

/** The token of any number; -0, NaN and the infinities keep their identity as floats. */
export function numberToken(value: number): Token {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return new Token(Type.float, value);
  return new Token(value >= 0 ? Type.uint : Type.negint, value);
}

/** The tokens of any string. */
export function stringTokens(text: string): TokenTree {
  // UTF-8 has no lone surrogates, and its decoders swallow a leading byte order mark.
  if (text.isWellFormed() && text.charCodeAt(0) !== 0xfeff) return new Token(Type.string, text);
  const units = new Uint16Array(text.length);
  for (let index = 0; index < text.length; index++) units[index] = text.charCodeAt(index);
  return [...kindTokens(kinds.utf16, 1), new Token(Type.bytes, new Uint8Array(units.buffer))];
}

/** Type, offset in bytes and length in items of a view over a buffer that is written beside it. */
export function viewTokens(view: ArrayBufferView, byteOffset: number): Token[] {
  const entry = typedArrayEntryOf(view);
  const length = view.byteLength / (entry?.make.BYTES_PER_ELEMENT ?? 1);
  return [numberToken(entry?.tag ?? 0), numberToken(byteOffset), numberToken(length)];
}

/** The class of a typed array; undefined for a DataView. */
export function typedArrayEntryOf(view: ArrayBufferView): TypedArrayEntry | undefined {
  const prototype = Object.getPrototypeOf(view);
  return typedArrays.find(({ make }) => make.prototype === prototype);
}

/** The bytes a view shows, not copied. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Opens an array of `kind` with `fields` more items. */
export function kindTokens(kind: number, fields: number): Token[] {
  return [
    new Token(Type.tag, kindTag),
    new Token(Type.array, fields + 1),
    new Token(Type.uint, kind),
  ];
}
