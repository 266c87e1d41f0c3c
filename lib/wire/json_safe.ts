import { limits } from "../proto/limits.ts";
import { hasNamedProperties } from "./array_shape.ts";

/** From this length an array of numbers travels as float64 in CBOR, which is several times faster than digits. */
const minFloatArrayItems = 256;

/** Containers seen so far, to notice the second mention of one: JSON would make two of it. */
class Tracker {
  /** A short list is quicker to search than a Set is to fill. */
  static readonly #maxListed = 16;
  readonly #listed: object[] = [];
  #more: Set<object> | undefined;

  constructor(root: object) {
    this.#listed.push(root);
  }

  /** Remembers `container`; false if it was here before. */
  add(container: object): boolean {
    if (this.#listed.includes(container)) return false;
    if (this.#listed.length < Tracker.#maxListed) {
      this.#listed.push(container);
      return true;
    }
    this.#more ??= new Set();
    if (this.#more.has(container)) return false;
    this.#more.add(container);
    return true;
  }
}

/** Whether JSON text carries `value` unchanged: a tree of plain values in which nothing is mentioned twice. */
export function isJsonSafe(value: unknown): boolean {
  return isScalarSafe(value) ||
    (typeof value === "object" && value !== null && isContainerSafe(value, 1, undefined));
}

function isScalarSafe(value: unknown): boolean {
  switch (typeof value) {
    case "number":
      return isNumberSafe(value);
    case "string":
    case "boolean":
      return true;
    default:
      return value === null;
  }
}

function isNumberSafe(value: number): boolean {
  // NaN and the infinities fail the subtraction; -0 has no form in JSON.
  return value - value === 0 && (value !== 0 || 1 / value > 0);
}

function isContainerSafe(value: object, depth: number, tracker: Tracker | undefined): boolean {
  if (depth > limits.maxValueDepth) return false;
  // JSON.stringify would call an inherited or hidden toJSON.
  if ((value as { toJSON?: unknown }).toJSON !== undefined) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Array.prototype) {
    return Array.isArray(value) && isArraySafe(value, depth, tracker);
  }
  return prototype === Object.prototype && isObjectSafe(value, depth, tracker);
}

function isArraySafe(
  items: readonly unknown[],
  depth: number,
  tracker: Tracker | undefined,
): boolean {
  const { length } = items;
  if (length > limits.maxContainerItems) return false;
  let below = tracker;
  let numbers = 0;
  for (let index = 0; index < length; index++) {
    const item = items[index];
    if (typeof item === "number") {
      if (!isNumberSafe(item)) return false;
      numbers++;
    } else if (!isScalarSafe(item)) {
      if (typeof item !== "object" || item === null) return false;
      below ??= new Tracker(items);
      if (!below.add(item) || !isContainerSafe(item, depth + 1, below)) return false;
    }
  }
  if (numbers === length && length >= minFloatArrayItems) return false;
  return !hasNamedProperties(items);
}

function isObjectSafe(value: object, depth: number, tracker: Tracker | undefined): boolean {
  let below = tracker;
  // for-in is the cheapest walk; an enumerable property on Object.prototype only costs the fast path.
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (isScalarSafe(item)) continue;
    if (typeof item !== "object" || item === null) return false;
    below ??= new Tracker(value);
    if (!below.add(item) || !isContainerSafe(item, depth + 1, below)) return false;
  }
  return true;
}

/** Whether brackets in `text` nest deeper than `limits.maxValueDepth`; parsing such text could exhaust the stack. */
export function isJsonTooDeep(text: string): boolean {
  if (text.length <= limits.maxValueDepth) return false;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === 0x22) index = endOfString(text, index);
    else if (unit === 0x5b || unit === 0x7b) {
      if (++depth > limits.maxValueDepth) return true;
    } else if (unit === 0x5d || unit === 0x7d) depth--;
  }
  return false;
}

/** Index of the quote that closes the string opened at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return quote;
    quote = text.indexOf('"', quote + 1);
  }
  return text.length;
}
