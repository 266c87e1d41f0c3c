import { isJsonSafe, isJsonTooDeep } from "./json_safe.ts";
import { decodeValue } from "./value_decode.ts";
import { encodeValue } from "./value_encode.ts";
import { MalformedValueError } from "./value_errors.ts";
import { openParcel } from "./parcel.ts";
import type { Parcel } from "../proto/executor.ts";
import { limits } from "../proto/limits.ts";

export { MalformedValueError, UnsupportedValueError } from "./value_errors.ts";

/** A packed value: JSON text for plain trees, CBOR bytes (docs/PROTOCOL.md) for everything else. */
export type Packed = string | Uint8Array<ArrayBuffer>;

/** How {@link packValue} treats objects that must not be copied. */
export type PackOptions = {
  /**
   * Index of `value` in the caller's side table, or undefined to have it encoded. Asked for everything that is not a
   * plain object or array: SharedArrayBuffers, transferred ArrayBuffers, MessagePorts; views are asked for their buffer.
   *
   * @default nothing is by reference
   */
  readonly byReference?: (value: object) => number | undefined;
};

/** How {@link unpackValue} finds the objects that were not copied. */
export type UnpackOptions = {
  /**
   * The object at `index` of the side table.
   *
   * @default a value with references is malformed
   */
  readonly reference?: (index: number) => unknown;
};

/**
 * Packs a value for another thread, process or host. Everything the structured clone algorithm copies arrives as
 * what it was, errors included; symbol keys and non-enumerable properties stay behind, getters are read (more than once), `lastIndex` of a
 * RegExp becomes 0 and a `Buffer` arrives as a Uint8Array. A view sends only the bytes it shows; views of one buffer
 * go on sharing one. An instance of an error class arrives as the nearest built-in error, its `name` kept.
 *
 * @throws {UnsupportedValueError} for whatever would arrive changed: functions, symbols, promises, instances of
 * classes, detached buffers, values beyond `limits.maxValueDepth`, `maxContainerItems` or `maxValueBytes`.
 */
export function packValue(value: unknown, options?: PackOptions): Packed {
  return packPlainValue(value) ?? encodeValue(value, options?.byReference);
}

/**
 * Rebuilds what {@link packValue} packed. Bytes and text may come from an enemy: nothing but the value is touched.
 *
 * @throws {MalformedValueError} for anything that `packValue` does not write.
 */
export function unpackValue(
  packed: string | Uint8Array | Parcel,
  options?: UnpackOptions,
): unknown {
  const opened = openParcel(packed);
  return typeof opened === "string" ? parseText(opened) : decodeValue(opened, options?.reference);
}

function parseText(packed: string): unknown {
  if (packed.length > limits.maxValueBytes) {
    throw new MalformedValueError(
      `Cannot read the value: ${packed.length} characters are more than ${limits.maxValueBytes}`,
    );
  }
  if (isJsonTooDeep(packed)) {
    throw new MalformedValueError(
      `Cannot read the value: it is nested more than ${limits.maxValueDepth} levels deep`,
    );
  }
  try {
    return JSON.parse(packed);
  } catch (cause) {
    throw new MalformedValueError("Cannot read the value: it is not JSON text", { cause });
  }
}

/**
 * JSON text of a plain tree; undefined sends the value the long way, {@link packValue}, which also finds the words for a
 * refusal.
 */
export function packPlainValue(value: unknown): string | undefined {
  try {
    if (!isJsonSafe(value)) return undefined;
    const text = JSON.stringify(value);
    return text.length <= limits.maxValueBytes ? text : undefined;
  } catch {
    // A getter or a Proxy trap threw, or the text exceeds what one string can hold.
    return undefined;
  }
}
