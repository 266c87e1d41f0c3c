/** Ids and numbers of many jobs in few words: those that are submitted one after the other count up, and mostly stay together. */
import { limits } from "../proto/limits.ts";
import { asUint, idChars, idPattern, malformed } from "./batch_items.ts";

/** A run counts in the last digits of its ids, as far as they go. */
const countingDigits = 6;
const headChars = idChars - countingDigits;
const runs = 16 ** countingDigits;
/** The very last digits come from a table, which is several times faster than to write them. */
const tableDigits = 3;
const table = Array.from(
  { length: 16 ** tableDigits },
  (_, index) => index.toString(16).padStart(tableDigits, "0"),
);

/** Ids as a text that all begin with, and a list: what follows in one, then, if more follow it one by one, how many. */
export type IdRuns = readonly [prefix: string, items: readonly (string | number)[]];

/** Writes ids. */
export function packIds(ids: readonly string[]): IdRuns {
  const firsts: string[] = [];
  const counts: number[] = [];
  let head = "";
  let last = -1;
  for (const id of ids) {
    const count = lastDigits(id);
    if (count === last + 1 && last >= 0 && id.length === idChars && id.startsWith(head)) {
      counts[counts.length - 1] = (counts.at(-1) ?? 0) + 1;
    } else {
      firsts.push(id);
      counts.push(0);
      head = id.slice(0, headChars);
    }
    last = count;
  }
  const prefix = commonPrefix(firsts);
  const items = firsts.flatMap((id, index) => {
    const more = counts[index] ?? 0;
    const rest = id.slice(prefix.length);
    return more === 0 ? [rest] : [rest, more];
  });
  return [prefix, items];
}

/**
 * Reads what {@link packIds} wrote.
 *
 * @throws {MalformedTupleError} for anything else.
 */
export function unpackIds<T extends string>(prefix: string, items: readonly unknown[]): T[] {
  const ids: string[] = [];
  for (const item of items) {
    if (typeof item === "string") {
      const id = prefix + item;
      if (!idPattern.test(id)) throw malformed("no id where one belongs");
      ids.push(id);
    } else {
      const more = asUint(limits.maxTupleItems - ids.length)(item);
      const first = ids.at(-1);
      if (first === undefined) throw malformed("a run of ids without its first");
      pushNext(ids, first, more);
    }
  }
  return ids as T[];
}

function pushNext(ids: string[], id: string, more: number): void {
  const first = lastDigits(id);
  if (first + more >= runs) throw malformed("a run of ids beyond its digits");
  const head = id.slice(0, headChars);
  let high = first >> (4 * tableDigits);
  let start = head + table[high];
  for (let count = first + 1; count <= first + more; count += 1) {
    const nextHigh = count >> (4 * tableDigits);
    if (nextHigh !== high) {
      high = nextHigh;
      start = head + table[high];
    }
    ids.push(start + table[count & (table.length - 1)]);
  }
}

/** Whole numbers as pairs: one, and how many more follow it one by one. */
export function packNumbers(numbers: readonly number[]): number[] {
  const pairs: number[] = [];
  let last = NaN;
  for (const number of numbers) {
    if (number === last + 1) pairs[pairs.length - 1] = (pairs.at(-1) ?? 0) + 1;
    else pairs.push(number, 0);
    last = number;
  }
  return pairs;
}

/**
 * Reads what {@link packNumbers} wrote.
 *
 * @throws {MalformedTupleError} for anything else, and when they are not `count` numbers.
 */
export function unpackNumbers(pairs: readonly unknown[], count: number): number[] {
  const numbers: number[] = [];
  for (let index = 0; index < pairs.length; index += 2) {
    const first = asUint()(pairs[index]);
    const more = asUint(count - numbers.length - 1)(pairs[index + 1]);
    asUint()(first + more);
    for (let number = first; number <= first + more; number += 1) numbers.push(number);
  }
  if (numbers.length !== count) throw malformed(`${numbers.length} numbers where ${count} belong`);
  return numbers;
}

/** What the last digits of an id count to; -1 if they are none. */
function lastDigits(id: string): number {
  let count = 0;
  for (let index = headChars; index < idChars; index += 1) {
    const code = id.charCodeAt(index);
    // 0 to 9, and a to f.
    if (code >= 48 && code <= 57) count = count * 16 + code - 48;
    else if (code >= 97 && code <= 102) count = count * 16 + code - 87;
    else return -1;
  }
  return count;
}

function commonPrefix(ids: readonly string[]): string {
  let prefix = ids[0] ?? "";
  for (const id of ids) {
    while (!id.startsWith(prefix)) prefix = prefix.slice(0, -1);
  }
  return prefix;
}
