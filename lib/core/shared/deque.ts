/** Items of the front that were taken are cut off in pieces of this many, so that each item is moved once at most. */
const trimAt = 1024;

/** A queue with two ends: in at the back, or again at the front; out at the front. All in amortised constant time. */
export class Deque<T> {
  #back: T[] = [];
  #head = 0;
  /** Items put back at the front, last one first out. */
  readonly #front: T[] = [];

  /** How many items are in it. */
  get size(): number {
    return this.#front.length + this.#back.length - this.#head;
  }

  /** The item that is the next to be taken; undefined when empty. */
  get first(): T | undefined {
    return this.#front.at(-1) ?? this.#back[this.#head];
  }

  /** Puts an item at the end. */
  pushBack(item: T): void {
    this.#back.push(item);
  }

  /** Puts an item before all others. */
  pushFront(item: T): void {
    this.#front.push(item);
  }

  /** Takes the first item; undefined when empty. */
  shift(): T | undefined {
    const again = this.#front.pop();
    if (again !== undefined) return again;
    const item = this.#back[this.#head];
    if (item === undefined) return undefined;
    this.#head += 1;
    if (this.#head === this.#back.length) {
      this.#back = [];
      this.#head = 0;
    } else if (this.#head >= trimAt && this.#head * 2 >= this.#back.length) {
      this.#back = this.#back.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** How many items fulfil a condition. */
  count(holds: (item: T) => boolean): number {
    let count = 0;
    for (const item of this.#front) if (holds(item)) count += 1;
    for (let index = this.#head; index < this.#back.length; index += 1) {
      if (holds(this.#back[index] as T)) count += 1;
    }
    return count;
  }

  /** All items, first to last. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let index = this.#front.length - 1; index >= 0; index -= 1) yield this.#front[index] as T;
    for (let index = this.#head; index < this.#back.length; index += 1) {
      yield this.#back[index] as T;
    }
  }
}
