import { Buffer } from "node:buffer";
import { CodeError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";

const typedArrays = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const;

/**
 * A value as JavaScript that makes an equal one: primitives, plain objects, arrays, Map, Set, Date, RegExp,
 * ArrayBuffer and typed arrays.
 *
 * @param key What the user calls the value, for messages.
 * @throws {CodeError} When the value, or one inside it, is none of these, or contains itself.
 */
export function dataLiteral(value: unknown, key: string): string {
  return literal(value, { key, parents: [] });
}

type Position = { readonly key: string; readonly parents: readonly object[] };

function literal(value: unknown, at: Position): string {
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "undefined":
      return "undefined";
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return `${value}n`;
    case "object":
      return value === null ? "null" : objectLiteral(value, at);
    default:
      throw refusal(at, `it is a ${typeof value}`);
  }
}

function objectLiteral(value: object, { key, parents }: Position): string {
  if (parents.includes(value)) throw refusal({ key, parents }, "it contains itself");
  if (parents.length > limits.maxValueDepth) throw refusal({ key, parents }, "it is too deep");
  const inside = [...parents, value];
  const item = (each: unknown, index: number | string) =>
    literal(each, { key: `${key}[${JSON.stringify(index)}]`, parents: inside });
  if (Array.isArray(value)) return `[${Array.from(value, item).join(",")}]`;
  if (value instanceof Map) return `new Map(${item([...value], "entries")})`;
  if (value instanceof Set) return `new Set(${item([...value], "values")})`;
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof RegExp) {
    return `new RegExp(${JSON.stringify(value.source)},"${value.flags}")`;
  }
  if (value instanceof ArrayBuffer) return `${bytesLiteral(new Uint8Array(value))}.buffer`;
  const typed = typedArrays.find((type) => Object.getPrototypeOf(value) === type.prototype);
  if (typed !== undefined && ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return `new ${typed.name}(${bytesLiteral(bytes)}.buffer)`;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    const name = value.constructor?.name;
    throw refusal({ key, parents }, `it is ${name ? `a ${name}` : "not a plain object"}`);
  }
  // Computed keys: `__proto__` is a key like any other then.
  const properties = Object.entries(value).map(([name, each]) =>
    `[${JSON.stringify(name)}]:${item(each, name)}`
  );
  return `({${properties.join(",")}})`;
}

function bytesLiteral(bytes: Uint8Array): string {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  return `Uint8Array.from(atob("${base64}"),(c)=>c.charCodeAt(0))`;
}

function refusal({ key }: Position, reason: string): CodeError {
  return new CodeError(
    `Cannot ship depends.${key}: ${reason}; give functions and plain data, or import it where it is used`,
  );
}
