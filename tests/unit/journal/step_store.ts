import { JournalError, type JournalTrouble } from "../../../lib/journal/journal_error.ts";
import type { Extent, JournalStore, StoredBatch, StoredPart } from "../../../lib/journal/store.ts";

type Pending = { readonly apply: () => void; readonly fail: (error: Error) => void };

/** A store in memory that does one thing at a time, when the test says so. */
export class StepStore implements JournalStore {
  readonly found: Extent;
  readonly #batches: Map<number, StoredBatch>;
  readonly #pending: Pending[] = [];
  #extent: Extent;

  /** @param before What a crash has left behind. */
  constructor(before?: StepStore) {
    this.#batches = new Map(before?.batches);
    this.#extent = before?.extent ?? { firstSeq: 1, snapshotEnd: 0, lastSeq: 0 };
    this.found = this.#extent;
  }

  get batches(): ReadonlyMap<number, StoredBatch> {
    return this.#batches;
  }

  get extent(): Extent {
    return this.#extent;
  }

  get isBusy(): boolean {
    return this.#pending.length > 0;
  }

  /** Does what it was asked for, and answers. */
  async step(): Promise<void> {
    this.#pending.shift()?.apply();
    await turn();
  }

  /** Refuses what it was asked for. */
  async fail(trouble: JournalTrouble): Promise<void> {
    this.#pending.shift()?.fail(new JournalError("The test says no", trouble));
    await turn();
  }

  read(fromSeq: number): Promise<StoredPart> {
    const batch = this.#batches.get(fromSeq);
    if (batch === undefined) throw new Error(`batch ${fromSeq} is missing`);
    const nextSeq = fromSeq === this.#extent.lastSeq ? undefined : fromSeq + 1;
    return Promise.resolve({ batches: [batch], nextSeq });
  }

  commit(batch: StoredBatch): Promise<number> {
    return this.#ask(() => {
      const seq = this.#extent.lastSeq + 1;
      this.#batches.set(seq, batch);
      this.#extent = { ...this.#extent, lastSeq: seq };
      return seq;
    });
  }

  startAt(firstSeq: number, snapshotEnd: number): Promise<void> {
    return this.#ask(() => {
      this.#extent = { ...this.#extent, firstSeq, snapshotEnd };
    });
  }

  trim(): Promise<boolean> {
    return this.#ask(() => {
      const [oldest] = this.#batches.keys();
      if (oldest === undefined || oldest >= this.#extent.firstSeq) return false;
      return this.#batches.delete(oldest);
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #ask<T>(action: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ apply: () => resolve(action()), fail: reject });
    });
  }
}

/** Lets everything happen that is due. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
