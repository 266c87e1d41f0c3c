import type { JobId } from "../../../lib/proto/ids.ts";
import type { JournalRecord, SettledRecord } from "../../../lib/proto/journal_records.ts";

/** A journal in memory whose tail is not on disk yet: a crash loses some of it. */
export class JournalModel {
  #records: JournalRecord[] = [];
  /** Records that are on disk. */
  #synced = 0;
  readonly #settled = new Map<JobId, SettledRecord>();

  get records(): readonly JournalRecord[] {
    return this.#records;
  }

  /** Position after the last record. */
  get end(): number {
    return this.#records.length;
  }

  get synced(): number {
    return this.#synced;
  }

  append(records: readonly JournalRecord[]): void {
    for (const record of records) {
      this.#records.push(record);
      this.#index(record);
    }
  }

  /** All that was appended until that position is on disk. */
  sync(end: number): void {
    this.#synced = Math.max(this.#synced, end);
  }

  /** The journal is rewritten. */
  replace(records: readonly JournalRecord[]): void {
    this.#records = [...records];
    this.#synced = records.length;
  }

  /** The power goes: what was not on disk is lost from some point on. */
  crash(random: () => number): void {
    const kept = this.#synced + Math.floor(random() * (this.#records.length - this.#synced + 1));
    if (kept === this.#records.length) return;
    this.#records.length = kept;
    this.#settled.clear();
    for (const record of this.#records) this.#index(record);
  }

  /** The record of a job that has ended. */
  settled(job: JobId): SettledRecord {
    const record = this.#settled.get(job);
    if (record === undefined) throw new Error(`the journal has no result of ${job}`);
    return record;
  }

  #index(record: JournalRecord): void {
    if (record.type === "settled") this.#settled.set(record.job, record);
  }
}
