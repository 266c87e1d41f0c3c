type Entry<T> = { readonly key: number; readonly value: T };

/** A binary heap: the value with the smallest key comes out first. */
export class MinHeap<T> {
  readonly #entries: Entry<T>[] = [];

  /** How many values are in it. */
  get size(): number {
    return this.#entries.length;
  }

  /** Smallest key, or undefined when empty. */
  get minKey(): number | undefined {
    return this.#entries[0]?.key;
  }

  /** The value with that key. */
  get first(): T | undefined {
    return this.#entries[0]?.value;
  }

  /** Puts a value in. */
  push(key: number, value: T): void {
    const entries = this.#entries;
    let index = entries.push({ key, value }) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#less(index, parent)) break;
      this.#swap(index, parent);
      index = parent;
    }
  }

  /** Takes out the value with the smallest key; undefined when empty. */
  pop(): T | undefined {
    const entries = this.#entries;
    const top = entries[0];
    const last = entries.pop();
    if (top === undefined || last === undefined) return undefined;
    if (entries.length > 0) {
      entries[0] = last;
      this.#sink();
    }
    return top.value;
  }

  #sink(): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let smallest = index;
      if (this.#less(left, smallest)) smallest = left;
      if (this.#less(right, smallest)) smallest = right;
      if (smallest === index) return;
      this.#swap(index, smallest);
      index = smallest;
    }
  }

  #less(a: number, b: number): boolean {
    const first = this.#entries[a];
    const second = this.#entries[b];
    return first !== undefined && second !== undefined && first.key < second.key;
  }

  #swap(a: number, b: number): void {
    const first = this.#entries[a];
    const second = this.#entries[b];
    if (first === undefined || second === undefined) return;
    this.#entries[a] = second;
    this.#entries[b] = first;
  }
}
