import type { NumberRanges } from "../../proto/jobs.ts";

/**
 * A set of whole numbers, kept as ranges: numbers that are mostly consecutive cost a few bytes for a million.
 */
export class NumberSet {
  /** `[first, last, first, last, …]`, ascending, no two ranges touching. */
  readonly #ends: number[];

  /** @param ranges What is in it at first. */
  constructor(ranges: NumberRanges = []) {
    this.#ends = [...ranges];
  }

  /** What is in it. */
  get ranges(): NumberRanges {
    return [...this.#ends];
  }

  /** The largest number in it; -1 when empty. */
  get last(): number {
    return this.#ends.at(-1) ?? -1;
  }

  has(number: number): boolean {
    const at = this.#rangeFrom(number);
    return (this.#ends[at] ?? Infinity) <= number;
  }

  /** Puts a number in; one that is there already changes nothing. */
  add(number: number): void {
    const ends = this.#ends;
    const at = this.#rangeFrom(number);
    const first = ends[at];
    if (first !== undefined && first <= number) return;
    const joinsBefore = at > 0 && ends[at - 1] === number - 1;
    const joinsAfter = first === number + 1;
    if (joinsBefore && joinsAfter) ends.splice(at - 1, 2);
    else if (joinsBefore) ends[at - 1] = number;
    else if (joinsAfter) ends[at] = number;
    else ends.splice(at, 0, number, number);
  }

  /** Index of the first range that ends at the number or after it. */
  #rangeFrom(number: number): number {
    const ends = this.#ends;
    // Most numbers come after all others.
    if (number > this.last) return ends.length;
    let low = 0;
    let high = ends.length / 2 - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[2 * middle + 1] ?? Infinity) < number) low = middle + 1;
      else high = middle;
    }
    return 2 * low;
  }
}
