import type { Carried, Packed, Parcel } from "../proto/executor.ts";
import { freeBytes, utf8 } from "./bytes.ts";
import { MalformedValueError } from "./value_errors.ts";

/** A packed value as bytes. */
export function parcelOf(packed: Carried): Parcel {
  if (typeof packed === "string") return { isText: true, bytes: utf8(packed) };
  return packed instanceof Uint8Array ? { isText: false, bytes: packed } : packed;
}

/** Gives the memory of a parcel back, which is gone then. */
export function freeParcel(packed: Carried): void {
  if (isParcel(packed)) freeBytes(packed.bytes);
}

/** Whether `value` is a parcel. */
export function isParcel(value: unknown): value is Parcel {
  return typeof value === "object" && value !== null && "isText" in value && "bytes" in value;
}

/**
 * A packed value as text or bytes.
 *
 * @throws {MalformedValueError} When what should be a text is not UTF-8.
 */
export function openParcel(packed: Carried): Packed {
  if (!isParcel(packed)) return packed;
  const { isText, bytes } = packed;
  if (!isText) return bytes;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new MalformedValueError("Cannot read the value: its text is not UTF-8", { cause });
  }
}
