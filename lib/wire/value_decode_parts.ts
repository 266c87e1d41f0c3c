import type { Token } from "cborg";
import { MalformedValueError } from "./value_errors.ts";
import { typedArrays } from "./value_tags.ts";
import type { TypedArrayClass } from "./value_tags.ts";
import { limits } from "../proto/limits.ts";

const typedArrayByTag = new Map(typedArrays.map((entry) => [entry.tag, entry.make]));

/** The error for damaged bytes; `reason` follows "Cannot read the value: ". */
export function malformed(reason: string): MalformedValueError {
  return new MalformedValueError(`Cannot read the value: ${reason}`);
}

/** Throws unless a kind has its number of fields. */
export function expectCount(count: number, expected: number): void {
  if (count !== expected) throw malformed("a kind has the wrong number of fields");
}

/** The bytes of a token, in a buffer of their own. */
export function bytesOfToken(token: Token): Uint8Array<ArrayBuffer> {
  const bytes = token.value as Uint8Array<ArrayBuffer>;
  // The codec keeps one token for all empty byte strings.
  return bytes.length === 0 ? new Uint8Array(0) : bytes;
}

/** Whether a view can lie over `value`. */
export function isBuffer(value: unknown): value is ArrayBufferLike {
  return value instanceof ArrayBuffer ||
    (typeof SharedArrayBuffer !== "undefined" && value instanceof SharedArrayBuffer);
}

/** The class of a typed array by its tag. */
export function typedArrayClass(tag: number): TypedArrayClass {
  const found = typedArrayByTag.get(tag);
  if (found === undefined) throw malformed(`tag ${tag} is unknown to this runtime`);
  return found;
}

/** Sets a property of the object's own, also where the name is one that assignment treats specially. */
export function setOwn(target: object, key: string, value: unknown): void {
  if (key in target) {
    const attributes = { value, writable: true, configurable: true, enumerable: true };
    Object.defineProperty(target, key, attributes);
  } else (target as Record<string, unknown>)[key] = value;
}

/** The string of UTF-16 units. */
export function textOfUnits(bytes: Uint8Array<ArrayBuffer>): string {
  const units = new Uint16Array(bytes.buffer);
  // Pieces, because each unit of a piece is one argument of a call.
  const pieceLength = 8192;
  let text = "";
  for (let start = 0; start < units.length; start += pieceLength) {
    text += String.fromCharCode(...units.subarray(start, start + pieceLength));
  }
  return text;
}

/** The array of float64 bytes. */
export function numbersOf(bytes: Uint8Array<ArrayBuffer>): number[] {
  const floats = new Float64Array(bytes.buffer);
  if (floats.length > limits.maxContainerItems) throw malformed("an array is too long");
  const numbers: number[] = new Array(floats.length);
  for (let index = 0; index < floats.length; index++) numbers[index] = floats[index] ?? 0;
  return numbers;
}
