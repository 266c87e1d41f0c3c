import { Buffer } from "node:buffer";

/** What the encoder does with an object. */
export type ValueKind =
  | "array"
  | "object"
  | "nullObject"
  | "date"
  | "regexp"
  | "map"
  | "set"
  | "buffer"
  | "view"
  | "poolView"
  | "boxed"
  | "error";

const typedArrayClasses = [
  Uint8Array,
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
  BigUint64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  BigInt64Array,
  Float32Array,
  Float64Array,
  DataView,
  ...(typeof Float16Array === "undefined" ? [] : [Float16Array]),
];

const kindOfPrototype = new Map<unknown, ValueKind>([
  [Object.prototype, "object"],
  [Array.prototype, "array"],
  [null, "nullObject"],
  [Date.prototype, "date"],
  [RegExp.prototype, "regexp"],
  [Map.prototype, "map"],
  [Set.prototype, "set"],
  [ArrayBuffer.prototype, "buffer"],
  [Boolean.prototype, "boxed"],
  [Number.prototype, "boxed"],
  [String.prototype, "boxed"],
  [BigInt.prototype, "boxed"],
  // A Buffer is often a window into a pool of unrelated bytes, so it never shares its buffer.
  [Buffer.prototype, "poolView"],
  ...typedArrayClasses.map((make): [unknown, ValueKind] => [make.prototype, "view"]),
]);

/** The kind of `value`, or undefined if nothing of that prototype may be copied. */
export function kindOf(value: object): ValueKind | undefined {
  return kindOfPrototype.get(Object.getPrototypeOf(value)) ??
    (value instanceof Error ? "error" : undefined);
}

/** What to say of an object that cannot be copied, to follow "Cannot send the value at …: ". */
export function refusalOf(value: object): string {
  const name = classNameOf(value);
  if (value instanceof Promise) return "it is a Promise; await it first";
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) {
    return `it is a ${name}, whose content cannot be read`;
  }
  if (value instanceof Blob) return `it is a ${name}; send its bytes (await value.bytes())`;
  if (
    value instanceof ReadableStream || value instanceof WritableStream ||
    value instanceof TransformStream
  ) {
    return `it is a ${name}; send its bytes`;
  }
  if (typeof SharedArrayBuffer !== "undefined" && value instanceof SharedArrayBuffer) {
    return "it is a SharedArrayBuffer; memory can be shared only between threads of one process";
  }
  if (value instanceof MessagePort) return "it is a MessagePort; transfer it";
  if (Array.isArray(value)) return `it is an array of class ${name}; send Array.from(value)`;
  return name === "Object"
    ? "it has a prototype of its own, which would be lost; send a plain object"
    : `it is an instance of class ${name}, which would be lost; send a plain object`;
}

function classNameOf(value: object): string {
  const maker: unknown = (value as { constructor?: unknown }).constructor;
  return typeof maker === "function" && maker.name !== "" ? maker.name : "(anonymous)";
}
