import type { ComputationId } from "../proto/ids.ts";
import { MalformedTupleError } from "./tuple.ts";

/** Reads one value of a column; throws {@link MalformedTupleError}. */
export type ItemReader<T> = (item: unknown) => T;

/** Ids of jobs, clusters, instances and schedulers. */
export const idChars = 32;
export const idPattern = /^[0-9a-f]{32}$/;

/** An id of 32 hex digits. */
export function asId<T extends string>(item: unknown): T {
  if (typeof item === "string" && idPattern.test(item)) return item as T;
  throw malformed("no id where one belongs");
}

/** The id of a computation. */
export function asComputation(item: unknown): ComputationId {
  if (typeof item === "string" && /^[0-9a-f]{64}$/.test(item)) return item as ComputationId;
  throw malformed("no computation where one belongs");
}

/** A whole number from 0 to `max`. */
export function asUint(max: number = Number.MAX_SAFE_INTEGER): ItemReader<number> {
  return (item) => {
    if (typeof item === "number" && Number.isSafeInteger(item) && item >= 0 && item <= max) {
      return item;
    }
    throw malformed(`no whole number up to ${max}`);
  };
}

/** A number that is one. */
export function asFinite(item: unknown): number {
  if (typeof item === "number" && Number.isFinite(item)) return item;
  throw malformed("no number");
}

/** Milliseconds, not negative. */
export function asDuration(item: unknown): number {
  if (typeof item === "number" && item >= 0 && item < Infinity) return item;
  throw malformed("no duration");
}

/** Milliseconds, or undefined where null stands. */
export function asOptionalDuration(item: unknown): number | undefined {
  return item === null ? undefined : asDuration(item);
}

export function asFlag(item: unknown): boolean {
  if (typeof item === "boolean") return item;
  throw malformed("no boolean");
}

/** A text of up to `maxChars` UTF-16 units. */
export function asText(maxChars: number): ItemReader<string> {
  return (item) => {
    if (typeof item === "string" && item.length <= maxChars) return item;
    throw malformed(`no text of up to ${maxChars} characters`);
  };
}

/** One of `choices`, by its index. */
export function asChoice<T>(choices: readonly T[]): ItemReader<T> {
  return (item) => {
    const choice = typeof item === "number" ? choices[item] : undefined;
    if (choice !== undefined) return choice;
    throw malformed("a choice that is none");
  };
}

/** A list of `length` items of any kind. */
export function asRow(length: number): ItemReader<readonly unknown[]> {
  return (item) => {
    if (Array.isArray(item) && item.length === length) return item;
    throw malformed(`no row of ${length}`);
  };
}

/** Ranges of numbers: firsts and lasts, each range after the one before and not touching it. */
export function asRanges(item: unknown): readonly number[] {
  if (!Array.isArray(item) || item.length % 2 !== 0) throw malformed("no ranges where they belong");
  const ends = item.map(asUint());
  const isRising = ends.every((end, index) => {
    const before = ends[index - 1] ?? -2;
    return index % 2 === 0 ? end > before + 1 : end >= before;
  });
  if (isRising) return ends;
  throw malformed("ranges out of order");
}

/** The error for what is not as it should be. */
export function malformed(what: string): MalformedTupleError {
  return new MalformedTupleError(`Cannot read a message: ${what}`);
}
