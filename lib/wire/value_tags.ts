/** Tags and kinds of packed values; docs/PROTOCOL.md lists what each carries. Numbers never change their meaning. */

/** The next item may be mentioned again (its number is the count of such tags before it). */
export const shareableTag = 28;
/** Stands for the shareable item of that number. */
export const referenceTag = 29;
/** An array whose first item is one of {@link kinds}. */
export const kindTag = 27_893;
export const setTag = 258;
export const mapTag = 259;
export const positiveBigintTag = 2;
export const negativeBigintTag = 3;

/** First item of a {@link kindTag} array. */
export const kinds = {
  /** [ms since 1970 or NaN] */
  date: 1,
  /** [source, flags] */
  regexp: 2,
  /** [the UTF-16 units, little-endian]: a string that UTF-8 would change */
  utf16: 3,
  /** [map]: an object whose prototype is null */
  nullObject: 4,
  /** [length, key, value, …]: an array with holes or named properties */
  sparseArray: 5,
  /** [the items as float64, little-endian]: an array of numbers */
  numberArray: 6,
  /** [bytes] or [bytes, maximum length]: an ArrayBuffer */
  buffer: 7,
  /** [view tag or 0 for DataView, offset in bytes, length in items, buffer]: a view that shares its buffer */
  sharedView: 8,
  /** [bytes]: a DataView of its own */
  dataView: 9,
  /** [primitive]: `new Number(1)` and its like */
  boxed: 10,
  /** [class, name, message, stack, hidden properties, properties] */
  error: 11,
  /** [index in the side table] */
  external: 12,
} as const;

/** Constructs one class of typed arrays. */
export type TypedArrayClass = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): ArrayBufferView;
};

/** A class of typed arrays and its tag; bare bytes stand for a Uint8Array, its tag appears in shared views only. */
export type TypedArrayEntry = { readonly tag: number; readonly make: TypedArrayClass };

/** Little-endian forms of RFC 8746. */
export const typedArrays: readonly TypedArrayEntry[] = [
  { tag: 64, make: Uint8Array },
  { tag: 68, make: Uint8ClampedArray },
  { tag: 69, make: Uint16Array },
  { tag: 70, make: Uint32Array },
  { tag: 71, make: BigUint64Array },
  { tag: 72, make: Int8Array },
  { tag: 77, make: Int16Array },
  { tag: 78, make: Int32Array },
  { tag: 79, make: BigInt64Array },
  { tag: 85, make: Float32Array },
  { tag: 86, make: Float64Array },
  // Younger than the runtimes some nodes may run on.
  ...(typeof Float16Array === "undefined" ? [] : [{ tag: 84, make: Float16Array }]),
];

/** Tag of a Uint8Array inside a shared view. */
export const uint8ArrayTag = 64;

/** Error classes by their number on the wire; "DOMException" stands last because its constructor differs. */
export const errorClasses = [
  "Error",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError",
  "AggregateError",
  "SuppressedError",
  "DOMException",
] as const;

/** Name of a built-in error class. */
export type ErrorClass = typeof errorClasses[number];

/** Own properties of built-in errors that are not enumerable and still part of what the error says. */
export const hiddenErrorProperties = ["cause", "errors", "error", "suppressed"] as const;
