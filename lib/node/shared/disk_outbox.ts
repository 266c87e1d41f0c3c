import { leaseKey } from "../../core/shared/lease_key.ts";
import type { Journal } from "../../journal/types.ts";
import type { SchedulerId } from "../../proto/ids.ts";
import type { LeaseRef } from "../../proto/jobs.ts";
import type { LeaseEnd } from "../../proto/scheduler_messages.ts";
import { assertNever } from "../../proto/states.ts";
import { detailOf } from "../../wire/endings.ts";
import {
  decodeOutboxRecord,
  encodeOutboxRecord,
  type OutboxRecord,
} from "../../wire/outbox_codec.ts";

/** About how much one record holds: what is appended at once has a limit. */
const recordBytes = 1024 * 1024;

/** Of whom the ends are. */
type Owner = { readonly scheduler: SchedulerId | undefined; readonly epoch: number };

/** Ends of attempts that outlive the node's process, until the scheduler has acknowledged them. */
export class DiskOutbox {
  /** Names this node among those of its host, over its restarts. */
  readonly key: string;
  readonly #journal: Journal;
  readonly #ends = new Map<string, LeaseEnd>();
  #owner: Owner = { scheduler: undefined, epoch: 0 };

  /** Outboxes are made by {@link DiskOutbox.open}. */
  constructor(journal: Journal, key: string) {
    this.#journal = journal;
    this.key = key;
  }

  /**
   * Reads what an earlier run of the node has left.
   *
   * @param journal Just opened; it is closed with this.
   * @throws {JournalError} When it is damaged.
   */
  static async open(journal: Journal, key: string): Promise<DiskOutbox> {
    const outbox = new DiskOutbox(journal, key);
    for await (const batch of journal.replay()) {
      for (const record of batch) outbox.#restore(decodeOutboxRecord(record));
    }
    return outbox;
  }

  /** What the executor machine begins with. */
  get found(): {
    readonly saved: readonly LeaseEnd[];
    readonly scheduler?: SchedulerId;
    readonly epoch: number;
  } {
    const { scheduler, epoch } = this.#owner;
    const saved = [...this.#ends.values()];
    return { saved, epoch, ...(scheduler !== undefined && { scheduler }) };
  }

  /** Keeps ends of attempts made for a scheduler. */
  save(ends: readonly LeaseEnd[], { scheduler, epoch }: Owner): void {
    if (scheduler === undefined) return;
    const records: OutboxRecord[] = [];
    if (scheduler !== this.#owner.scheduler || epoch !== this.#owner.epoch) {
      this.#owner = { scheduler, epoch };
      records.push({ type: "owner", scheduler, epoch });
    }
    for (const end of ends) this.#ends.set(leaseKey(end), end);
    if (records.length > 0) this.#append(records);
    for (const some of partsOf(ends)) this.#append([{ type: "ends", ends: some }]);
  }

  /** Forgets ends. */
  remove(leases: readonly LeaseRef[]): void {
    for (const lease of leases) this.#ends.delete(leaseKey(lease));
    this.#append([{ type: "gone", leases }]);
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }

  #append(records: readonly OutboxRecord[]): void {
    this.#journal.append(records.map(encodeOutboxRecord));
    if (this.#journal.wantsCompaction) void this.#compact();
  }

  async #compact(): Promise<void> {
    const { scheduler, epoch } = this.#owner;
    const records: OutboxRecord[] = [];
    if (scheduler !== undefined) records.push({ type: "owner", scheduler, epoch });
    for (const ends of partsOf(this.#ends.values())) records.push({ type: "ends", ends });
    await this.#journal.compact(records.map(encodeOutboxRecord));
  }

  #restore(record: OutboxRecord): void {
    switch (record.type) {
      case "owner":
        this.#owner = record;
        return;
      case "ends":
        for (const end of record.ends) this.#ends.set(leaseKey(end), end);
        return;
      case "gone":
        for (const lease of record.leases) this.#ends.delete(leaseKey(lease));
        return;
      default:
        assertNever(record);
    }
  }
}

function* partsOf(all: Iterable<LeaseEnd>): Generator<readonly LeaseEnd[]> {
  let ends: LeaseEnd[] = [];
  let bytes = 0;
  for (const end of all) {
    ends.push(end);
    bytes += detailOf(end.outcome)?.length ?? 0;
    if (bytes < recordBytes) continue;
    yield ends;
    ends = [];
    bytes = 0;
  }
  if (ends.length > 0) yield ends;
}
