/** What can be ranked: it knows its place in each ranking that it may be in, by the number of the ranking. */
export type Ranked = { readonly places: number[] };

const nowhere = -1;

/** Places of an item that is in none of so many rankings. */
export function noPlaces(rankings: number): number[] {
  return new Array<number>(rankings).fill(nowhere);
}

/**
 * Items by rank: the first one is at hand, and any can be moved or taken out, all in logarithmic time. It is a binary heap
 * whose items know where they are.
 */
export class Ranking<T extends Ranked> {
  readonly #number: number;
  readonly #before: (a: T, b: T) => boolean;
  readonly #items: T[] = [];

  /**
   * @param number Which of the items' places it uses.
   * @param before Whether `a` comes before `b`; of two different items exactly one comes before the other.
   */
  constructor(number: number, before: (a: T, b: T) => boolean) {
    this.#number = number;
    this.#before = before;
  }

  /** How many items are in it. */
  get size(): number {
    return this.#items.length;
  }

  /** The item that comes before all others; undefined when empty. */
  get first(): T | undefined {
    return this.#items[0];
  }

  has(item: T): boolean {
    return this.#placeOf(item) >= 0;
  }

  /** Puts an item in, or moves one whose rank has changed. No other item's rank may have changed meanwhile. */
  place(item: T): void {
    const index = this.#placeOf(item);
    if (index >= 0) this.#sink(item, this.#rise(item, index));
    else this.#rise(item, this.#items.push(item) - 1);
  }

  /** Takes an item out, if it is in it. */
  remove(item: T): void {
    const index = this.#placeOf(item);
    if (index < 0) return;
    item.places[this.#number] = nowhere;
    const last = this.#items.pop();
    if (last !== undefined && last !== item) this.#sink(last, this.#rise(last, index));
  }

  #placeOf(item: T): number {
    return item.places[this.#number] ?? nowhere;
  }

  /** Puts an item at an index or, as long as it comes before what is above it, higher; returns where. */
  #rise(item: T, start: number): number {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#items[parent];
      if (above === undefined || !this.#before(item, above)) break;
      this.#put(above, index);
      index = parent;
    }
    this.#put(item, index);
    return index;
  }

  /** Moves an item down as long as what is below comes before it. */
  #sink(item: T, start: number): void {
    let index = start;
    for (;;) {
      const left = this.#items[2 * index + 1];
      if (left === undefined) break;
      const right = this.#items[2 * index + 2];
      const isRight = right !== undefined && this.#before(right, left);
      const child = isRight ? right : left;
      if (!this.#before(child, item)) break;
      this.#put(child, index);
      index = 2 * index + (isRight ? 2 : 1);
    }
    if (index !== start) this.#put(item, index);
  }

  #put(item: T, index: number): void {
    this.#items[index] = item;
    item.places[this.#number] = index;
  }
}
