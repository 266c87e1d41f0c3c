import { limits } from "../proto/limits.ts";

/** Records that become durable by one commit. */
export type CommitBatch = {
  /** Whether they are part of a snapshot, which counts only once it is whole. */
  readonly isSnapshot: boolean;
  readonly records: readonly Uint8Array[];
  /** Bytes of the records. */
  readonly bytes: number;
};

type Entry = CommitBatch & { readonly onDurable: (() => void) | undefined };

/**
 * Gathers what is appended into batches: all that came while a commit was under way goes into the next, up to a bound.
 * It knows no disk and no clock.
 */
export class GroupCommit {
  #waiting: Entry[] = [];
  /** Of {@link #waiting}, those before are done. */
  #head = 0;
  #underWay: { readonly batch: CommitBatch; readonly entries: readonly Entry[] } | undefined;
  #queuedBytes = 0;

  /** Bytes that are not durable yet. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  add(records: readonly Uint8Array[], isSnapshot: boolean, onDurable?: () => void): void {
    let bytes = 0;
    for (const record of records) bytes += record.length;
    this.#waiting.push({ records, isSnapshot, bytes, onDurable });
    this.#queuedBytes += bytes;
  }

  /** What to commit now; undefined if there is nothing. The same again until {@link done} is called. */
  next(): CommitBatch | undefined {
    this.#underWay ??= this.#gather();
    return this.#underWay?.batch;
  }

  /** The batch of {@link next} is durable: gives who is to be told, in order. */
  done(): readonly (() => void)[] {
    const { batch, entries } = this.#underWay ?? { batch: undefined, entries: [] };
    this.#underWay = undefined;
    this.#queuedBytes -= batch?.bytes ?? 0;
    return entries.flatMap(({ onDurable }) => onDurable ?? []);
  }

  /** What was added together stays together, so that the first entry may be larger than the bound. */
  #gather(): { batch: CommitBatch; entries: Entry[] } | undefined {
    const first = this.#take();
    if (first === undefined) return undefined;
    const entries = [first];
    let { bytes } = first;
    let count = first.records.length;
    for (let next = this.#peek(); next !== undefined; next = this.#peek()) {
      bytes += next.bytes;
      count += next.records.length;
      if (next.isSnapshot !== first.isSnapshot) break;
      if (bytes > limits.maxCommitBytes || count > limits.maxCommitRecords) break;
      entries.push(next);
      this.#head += 1;
    }
    return { batch: join(first.isSnapshot, entries), entries };
  }

  #take(): Entry | undefined {
    const entry = this.#peek();
    if (entry !== undefined) this.#head += 1;
    return entry;
  }

  #peek(): Entry | undefined {
    if (this.#head === this.#waiting.length && this.#head > 0) {
      this.#waiting = [];
      this.#head = 0;
    }
    return this.#waiting[this.#head];
  }
}

function join(isSnapshot: boolean, entries: readonly Entry[]): CommitBatch {
  const records = entries.flatMap((each) => each.records);
  return { isSnapshot, records, bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0) };
}
