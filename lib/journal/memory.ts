import { GroupCommit } from "./group_commit.ts";
import type { Journal, JournalState } from "./types.ts";

/** What outlives a {@link MemoryJournal}, as a file does: hand it to the next one. */
export type MemoryDisk = { records: readonly Uint8Array[] };

/** How a journal in memory is made. */
export type MemoryJournalOptions = {
  /** @default an empty one of its own */
  readonly disk?: MemoryDisk;
  /** Has a commit happen later; a simulation decides when. @default queueMicrotask */
  readonly schedule?: (commit: () => void) => void;
};

/** A history shorter than this, or than this many times what counted at its last compaction, is not worth one. */
const minCompactionBytes = 1024 * 1024;
const compactionRatio = 4;

/**
 * A journal that lasts as long as its process. What was appended since the last commit is its unsynced tail, which
 * {@link crash} loses.
 */
export class MemoryJournal implements Journal {
  readonly state: JournalState = { kind: "working" };
  readonly #disk: MemoryDisk;
  readonly #schedule: (commit: () => void) => void;
  readonly #queue = new GroupCommit();
  readonly #found: readonly Uint8Array[];
  #history: Uint8Array[];
  #historyBytes = 0;
  #liveBytes = 0;
  #isCompacting = false;
  #isScheduled = false;
  #isOver = false;

  constructor({ disk = { records: [] }, schedule = queueMicrotask }: MemoryJournalOptions = {}) {
    this.#disk = disk;
    this.#schedule = schedule;
    this.#found = disk.records;
    this.#history = [...disk.records];
    this.#disk.records = this.#history;
    this.#historyBytes = bytesOf(this.#history);
  }

  get queuedBytes(): number {
    return this.#queue.queuedBytes;
  }

  get wantsCompaction(): boolean {
    return !this.#isCompacting &&
      this.#historyBytes > Math.max(minCompactionBytes, compactionRatio * this.#liveBytes);
  }

  async *replay(): AsyncIterable<readonly Uint8Array[]> {
    if (this.#found.length > 0) yield this.#found;
  }

  append(records: readonly Uint8Array[], onDurable?: () => void): void {
    if (this.#isOver) throw new Error("Cannot append to the journal: it is closed");
    this.#queue.add(records, false, onDurable);
    this.#wake();
  }

  /** Takes all of it at once: what is in memory is quickly copied. */
  compact(live: Iterable<Uint8Array>): Promise<void> {
    if (this.#isOver) return Promise.reject(new Error("Cannot compact the journal: it is closed"));
    if (this.#isCompacting) {
      return Promise.reject(new Error("Cannot compact the journal: it is at it"));
    }
    this.#isCompacting = true;
    return new Promise((resolve) => {
      this.#queue.add([...live], true, () => {
        this.#isCompacting = false;
        resolve();
      });
      this.#wake();
    });
  }

  /** Makes durable what waits now. */
  commit(): void {
    this.#isScheduled = false;
    if (this.#isOver) return;
    const tell: (() => void)[] = [];
    for (let batch = this.#queue.next(); batch !== undefined; batch = this.#queue.next()) {
      if (batch.isSnapshot) this.#begin(batch.bytes);
      for (const record of batch.records) this.#history.push(record);
      this.#historyBytes += batch.bytes;
      tell.push(...this.#queue.done());
    }
    for (const each of tell) each();
  }

  /** Ends it as a kill would: what is not committed is lost, and nobody hears of it. */
  crash(): void {
    this.#isOver = true;
  }

  close(): Promise<void> {
    this.commit();
    this.#isOver = true;
    return Promise.resolve();
  }

  #begin(liveBytes: number): void {
    this.#history = [];
    this.#disk.records = this.#history;
    this.#historyBytes = 0;
    this.#liveBytes = liveBytes;
  }

  #wake(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#schedule(() => this.commit());
  }
}

function bytesOf(records: readonly Uint8Array[]): number {
  return records.reduce((sum, { length }) => sum + length, 0);
}
