import { limits } from "../proto/limits.ts";
import { packRecords, unpackRecords } from "./batch_codec.ts";
import { type CommitBatch, GroupCommit } from "./group_commit.ts";
import { JournalError } from "./journal_error.ts";
import type { JournalStore, StoredBatch } from "./store.ts";
import type { Journal, JournalState } from "./types.ts";

/** Below this, a history is not worth compacting. */
const minCompactionBytes = 16 * 1024 * 1024;
/** A history this many times longer than what counted at its last compaction is probably past for the most part. */
const compactionRatio = 4;
/** How long to wait with a commit that failed. */
const retryMs = 500;
/** Records of a snapshot that are taken and committed at once. */
const sliceBytes = 1024 * 1024;
const sliceRecords = 4096;

/** What a journal over a store is made with. */
export type StoredJournalOptions = {
  /** Told whenever {@link Journal.state} changes. */
  readonly onState?: ((state: JournalState) => void) | undefined;
};

type Compaction = {
  /** Batches of the snapshot. */
  firstSeq: number | undefined;
  lastSeq: number;
  /** Bytes of the snapshot, and of all since its beginning. */
  liveBytes: number;
  historyBytes: number;
  /** Whether its last batch is durable. */
  isWhole: boolean;
  readonly isOver: PromiseWithResolvers<void>;
};

/** A journal over a store that takes one commit at a time. */
export class StoredJournal implements Journal {
  readonly #store: JournalStore;
  readonly #onState: (state: JournalState) => void;
  readonly #queue = new GroupCommit();
  #state: JournalState = { kind: "working" };
  #compaction: Compaction | undefined;
  #historyBytes = 0;
  #liveBytes = 0;
  #hasOld = true;
  #isRunning = false;
  #isClosing = false;
  #stopWaiting: (() => void) | undefined;
  #whenIdle: (() => void) | undefined;

  constructor(store: JournalStore, { onState = () => {} }: StoredJournalOptions = {}) {
    this.#store = store;
    this.#onState = onState;
  }

  get state(): JournalState {
    return this.#state;
  }

  get queuedBytes(): number {
    return this.#queue.queuedBytes;
  }

  get wantsCompaction(): boolean {
    return this.#compaction === undefined && this.#state.kind === "working" &&
      this.#historyBytes > Math.max(minCompactionBytes, compactionRatio * this.#liveBytes);
  }

  async *replay(): AsyncIterable<readonly Uint8Array[]> {
    const { firstSeq, snapshotEnd, lastSeq } = this.#store.found;
    let seq = firstSeq;
    let next = firstSeq <= lastSeq ? this.#store.read(firstSeq) : undefined;
    while (next !== undefined) {
      const { batches, nextSeq } = await next;
      // Reading goes on while these are looked at.
      next = nextSeq === undefined ? undefined : this.#store.read(nextSeq);
      next?.catch(() => {});
      for (const batch of batches) {
        if (!batch.isSnapshot || seq <= snapshotEnd) yield this.#unpack(batch);
        seq += 1;
      }
    }
  }

  #unpack({ isSnapshot, body }: StoredBatch): readonly Uint8Array[] {
    this.#historyBytes += body.length;
    if (isSnapshot) this.#liveBytes += body.length;
    const records = unpackRecords(body);
    if (records === undefined) {
      throw new JournalError("Cannot read the journal: a batch is none of muster's", "damaged");
    }
    return records;
  }

  append(records: readonly Uint8Array[], onDurable?: () => void): void {
    if (this.#isClosing) throw new Error("Cannot append to the journal: it is closed");
    let bytes = 0;
    for (const record of records) bytes += record.length;
    if (bytes > limits.maxJournalAppendBytes) {
      throw new RangeError(
        `Cannot append ${bytes} bytes to the journal: at most ${limits.maxJournalAppendBytes}`,
      );
    }
    this.#queue.add(records, false, onDurable);
    this.#wake();
  }

  async compact(live: Iterable<Uint8Array>): Promise<void> {
    if (this.#isClosing) throw new Error("Cannot compact the journal: it is closed");
    if (this.#compaction !== undefined) throw new Error("Cannot compact the journal: it is at it");
    const compaction: Compaction = {
      firstSeq: undefined,
      lastSeq: 0,
      liveBytes: 0,
      historyBytes: 0,
      isWhole: false,
      isOver: Promise.withResolvers(),
    };
    this.#compaction = compaction;
    const { promise } = compaction.isOver;
    try {
      await Promise.race([this.#addSnapshot(live, compaction), promise]);
    } catch (error) {
      // What was written of it does not count.
      this.#compaction = undefined;
      throw error;
    }
    compaction.isWhole = true;
    this.#wake();
    await promise;
  }

  async #addSnapshot(live: Iterable<Uint8Array>, compaction: Compaction): Promise<void> {
    let durable: Promise<void> | undefined;
    for (const slice of slicesOf(live)) {
      durable = this.#addSlice(slice);
      if (!Array.isArray(live)) await durable;
      if (this.#compaction !== compaction) return;
    }
    // The history begins with a batch of the snapshot, also when nothing counts.
    await (durable ?? this.#addSlice([]));
  }

  #addSlice(slice: readonly Uint8Array[]): Promise<void> {
    return new Promise((resolve) => {
      this.#queue.add(slice, true, resolve);
      this.#wake();
    });
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#compaction?.isOver.reject(new Error("Cannot compact the journal: it is closed"));
    this.#stopWaiting?.();
    if (this.#isRunning) await new Promise<void>((resolve) => this.#whenIdle = resolve);
    await this.#store.close();
    if (this.#state.kind !== "working") throw this.#state.error;
  }

  #wake(): void {
    if (this.#isRunning || this.#state.kind === "failed") return;
    this.#isRunning = true;
    // All that is appended in this turn goes into one commit.
    queueMicrotask(() => void this.#run());
  }

  async #run(): Promise<void> {
    for (let step = this.#nextStep(); step !== undefined; step = this.#nextStep()) {
      let tell: readonly (() => void)[];
      try {
        tell = await step();
      } catch (error) {
        const isPassing = this.#suffer(error);
        if (!isPassing || this.#isClosing) break;
        await this.#pause();
        continue;
      }
      this.#enter({ kind: "working" });
      for (const each of tell) each();
    }
    this.#isRunning = false;
    this.#whenIdle?.();
  }

  /** What is to be done now; it gives whom to tell. */
  #nextStep(): (() => Promise<readonly (() => void)[]>) | undefined {
    const compaction = this.#compaction;
    if (compaction?.isWhole === true) return () => this.#finish(compaction);
    const batch = this.#queue.next();
    if (batch !== undefined) return () => this.#commit(batch);
    return this.#hasOld && !this.#isClosing ? () => this.#trim() : undefined;
  }

  async #commit({ isSnapshot, records, bytes }: CommitBatch): Promise<readonly (() => void)[]> {
    const seq = await this.#store.commit({ isSnapshot, body: packRecords(records) });
    this.#historyBytes += bytes;
    if (this.#compaction !== undefined) count(this.#compaction, seq, isSnapshot, bytes);
    return this.#queue.done();
  }

  async #trim(): Promise<readonly []> {
    this.#hasOld = await this.#store.trim();
    return [];
  }

  async #finish(compaction: Compaction): Promise<readonly (() => void)[]> {
    const { firstSeq = 0, lastSeq, liveBytes, historyBytes, isOver } = compaction;
    await this.#store.startAt(firstSeq, lastSeq);
    this.#compaction = undefined;
    this.#hasOld = true;
    this.#historyBytes = historyBytes;
    this.#liveBytes = liveBytes;
    return [isOver.resolve];
  }

  /** Gives whether it may pass. */
  #suffer(error: unknown): boolean {
    const known = error instanceof JournalError
      ? error
      : new JournalError("Cannot write the journal: it is lost", "lost", { cause: error });
    this.#enter({ kind: known.isPassing ? "stalled" : "failed", error: known });
    if (!known.isPassing) this.#compaction?.isOver.reject(known);
    return known.isPassing;
  }

  #enter(state: JournalState): void {
    const isNews = state.kind !== this.#state.kind;
    this.#state = state;
    if (isNews) this.#onState(state);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const stop = (): void => {
        clearTimeout(timer);
        this.#stopWaiting = undefined;
        resolve();
      };
      const timer = setTimeout(stop, retryMs);
      this.#stopWaiting = stop;
    });
  }
}

function count(compaction: Compaction, seq: number, isSnapshot: boolean, bytes: number): void {
  if (isSnapshot) {
    compaction.firstSeq ??= seq;
    compaction.lastSeq = seq;
    compaction.liveBytes += bytes;
  }
  if (compaction.firstSeq !== undefined) compaction.historyBytes += bytes;
}

function* slicesOf(live: Iterable<Uint8Array>): Iterable<readonly Uint8Array[]> {
  let slice: Uint8Array[] = [];
  let bytes = 0;
  for (const record of live) {
    slice.push(record);
    bytes += record.length;
    if (bytes < sliceBytes && slice.length < sliceRecords) continue;
    yield slice;
    slice = [];
    bytes = 0;
  }
  if (slice.length > 0) yield slice;
}
