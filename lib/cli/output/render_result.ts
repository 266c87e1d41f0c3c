/** A result that has no text: it refers to itself, or is nested or long beyond what a string can hold. */
export class RenderError extends Error {
  override readonly name = "RenderError";
}

export type RenderOptions = {
  /** Strings as they are instead of in JSON's quotes. Other values stay JSON. @default false */
  readonly raw?: boolean;
};

/**
 * A result as one line of text, without its line end. What JSON itself cannot hold is written as the script that reads
 * it would expect, inside objects and arrays too:
 *
 * | value | text |
 * |---|---|
 * | `undefined` | `null`; a property that is `undefined` is left out |
 * | `NaN`, `Infinity` | `null` |
 * | bigint | its decimal digits in a string: `"18446744073709551616"` |
 * | Date | ISO 8601 string, `null` if invalid |
 * | Map | an object if all keys are strings, else an array of `[key, value]` |
 * | Set | an array |
 * | ArrayBuffer, SharedArrayBuffer, DataView, Uint8Array, Uint8ClampedArray | base64 string |
 * | other typed arrays | an array of numbers |
 * | RegExp | its source text |
 * | Error | an object with `name`, `message` and, if there is one, `cause` |
 * | Blob, CryptoKey and the like | `{}` |
 *
 * With `raw`, line breaks inside a string are written as they are.
 *
 * @throws {RenderError} When there is no such text. That job has then failed, and the others go on.
 */
export function renderResult(value: unknown, options: RenderOptions = {}): string {
  if (options.raw === true && typeof value === "string") return value;
  try {
    // A replacer makes JSON.stringify several times slower, and few results need one.
    if (isPlainJson(value, 0)) return JSON.stringify(value);
    return JSON.stringify(value, replaceValue) ?? "null";
  } catch (cause) {
    const detail = cause instanceof Error ? firstLine(cause.message) : String(cause);
    throw new RenderError(`Cannot write the result as JSON: ${detail}`, { cause });
  }
}

/** Deeper values take the slow way, where JSON.stringify itself notices a value that contains itself. */
const maxQuickDepth = 8;

function isPlainJson(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return true;
    case "object":
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth >= maxQuickDepth) return false;
  if (Array.isArray(value)) return value.every((each) => isPlainJson(each, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key in value) {
    if (!isPlainJson((value as Record<string, unknown>)[key], depth + 1)) return false;
  }
  return true;
}

function replaceValue(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  // `value` has been through toJSON, which makes a Buffer an object.
  const original: unknown = (this as Record<string, unknown>)[key];
  const bytes = bytesOf(original);
  if (bytes !== undefined) return bytes.toString("base64");
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>);
  if (value instanceof Map) return renderMap(value);
  if (value instanceof Set) return [...value];
  if (value instanceof RegExp) return String(value);
  if (value instanceof BigInt) return value.toString();
  if (value instanceof Error) {
    const { name, message, cause } = value;
    return cause === undefined ? { name, message } : { name, message, cause };
  }
  return value;
}

function bytesOf(value: unknown): Buffer | undefined {
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return Buffer.from(value);
  const isBytes = value instanceof Uint8Array || value instanceof Uint8ClampedArray ||
    value instanceof DataView;
  return isBytes ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : undefined;
}

function renderMap(map: ReadonlyMap<unknown, unknown>): unknown {
  const entries = [...map];
  return entries.every(([key]) => typeof key === "string") ? Object.fromEntries(entries) : entries;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
