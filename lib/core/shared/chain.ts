/** What can be in a chain: it knows its neighbours, so that taking it out costs nothing. */
export type ChainLink<T> = { previous: T | undefined; next: T | undefined };

/** Items in the order they came, each in one chain at most. A set does the same with a hash for each. */
export class Chain<T extends ChainLink<T>> {
  #first: T | undefined;
  #last: T | undefined;
  #size = 0;

  /** How many items are in it. */
  get size(): number {
    return this.#size;
  }

  /** Puts an item at the end; it may be in no chain. */
  add(item: T): void {
    item.previous = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
    this.#size += 1;
  }

  /** Takes an item out that is in it. */
  remove(item: T): void {
    const { previous, next } = item;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    item.previous = undefined;
    item.next = undefined;
    this.#size -= 1;
  }

  /** Items in the order they came; the one at hand may be taken out. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let item = this.#first; item !== undefined;) {
      const { next } = item;
      yield item;
      item = next;
    }
  }
}
