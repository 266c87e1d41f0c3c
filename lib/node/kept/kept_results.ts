import { leaseKey } from "../../core/shared/lease_key.ts";
import type { Journal } from "../../journal/types.ts";
import type { ClusterId } from "../../proto/ids.ts";
import type { LeaseRef } from "../../proto/jobs.ts";
import type { LeaseEnd } from "../../proto/scheduler_messages.ts";
import { assertNever } from "../../proto/states.ts";
import { decodeKeptRecord, encodeKeptRecord, type KeptRecord } from "../../wire/kept_record.ts";

/** The ends of one cluster, by lease. */
type KeptCluster = { untilMs: number; readonly ends: Map<string, LeaseEnd> };

/** How attempts for lost clients ended, over restarts of the node, until they are forgotten or have expired. */
export class KeptResults {
  readonly #journal: Journal;
  readonly #clusters = new Map<ClusterId, KeptCluster>();
  /** Of which cluster the last record is. */
  #recorded: ClusterId | undefined;

  /** They are made by {@link KeptResults.open}. */
  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /**
   * Reads what an earlier run of the node has left.
   *
   * @param journal Just opened; it is closed with this.
   * @throws {JournalError} When it is damaged.
   */
  static async open(journal: Journal): Promise<KeptResults> {
    const kept = new KeptResults(journal);
    for await (const batch of journal.replay()) {
      for (const record of batch) kept.#restore(decodeKeptRecord(record));
    }
    kept.#recorded = undefined;
    return kept;
  }

  /** Keeps ends until then, in milliseconds since the epoch. Resolves when they outlive this process. */
  save(cluster: ClusterId, ends: readonly LeaseEnd[], untilMs: number): Promise<void> {
    const kept = this.#clusterOf(cluster, untilMs);
    kept.untilMs = untilMs;
    for (const end of ends) kept.ends.set(leaseKey(end), end);
    // Each time, for it says how long they are kept.
    this.#recorded = cluster;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#append([{ type: "cluster", cluster, untilMs }, { type: "ends", ends }], resolve);
    return promise;
  }

  /** Forgets those of these ends that are here. */
  remove(cluster: ClusterId, leases: readonly LeaseRef[]): void {
    const kept = this.#clusters.get(cluster);
    const gone = leases.filter((lease) => kept?.ends.delete(leaseKey(lease)) === true);
    if (kept === undefined || gone.length === 0) return;
    if (kept.ends.size === 0) this.#clusters.delete(cluster);
    this.#append([...this.#heading(cluster, kept), { type: "gone", leases: gone }]);
  }

  /** All that is kept of a cluster. */
  endsOf(cluster: ClusterId): readonly LeaseEnd[] {
    return [...this.#clusters.get(cluster)?.ends.values() ?? []];
  }

  /** Forgets what has expired by now, in milliseconds since the epoch; gives how many ends that were. */
  expire(nowMs: number): number {
    let expired = 0;
    for (const [cluster, { untilMs, ends }] of this.#clusters) {
      if (untilMs > nowMs) continue;
      expired += ends.size;
      this.remove(cluster, [...ends.values()]);
    }
    return expired;
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }

  #clusterOf(cluster: ClusterId, untilMs: number): KeptCluster {
    const known = this.#clusters.get(cluster);
    if (known !== undefined) return known;
    const kept: KeptCluster = { untilMs, ends: new Map() };
    this.#clusters.set(cluster, kept);
    return kept;
  }

  #heading(cluster: ClusterId, { untilMs }: KeptCluster): KeptRecord[] {
    if (cluster === this.#recorded) return [];
    this.#recorded = cluster;
    return [{ type: "cluster", cluster, untilMs }];
  }

  #append(records: readonly KeptRecord[], onDurable?: () => void): void {
    this.#journal.append(records.map(encodeKeptRecord), onDurable);
    if (this.#journal.wantsCompaction) void this.#compact();
  }

  async #compact(): Promise<void> {
    const records: KeptRecord[] = [];
    for (const [cluster, { untilMs, ends }] of this.#clusters) {
      records.push({ type: "cluster", cluster, untilMs }, {
        type: "ends",
        ends: [...ends.values()],
      });
    }
    // What is appended meanwhile says again whose it is.
    this.#recorded = undefined;
    await this.#journal.compact(records.map(encodeKeptRecord));
  }

  #restore(record: KeptRecord): void {
    switch (record.type) {
      case "cluster":
        this.#recorded = record.cluster;
        this.#clusterOf(record.cluster, record.untilMs).untilMs = record.untilMs;
        return;
      case "ends":
        for (const end of record.ends) this.#current?.ends.set(leaseKey(end), end);
        return;
      case "gone":
        for (const lease of record.leases) this.#current?.ends.delete(leaseKey(lease));
        return;
      default:
        assertNever(record);
    }
  }

  get #current(): KeptCluster | undefined {
    return this.#recorded === undefined ? undefined : this.#clusters.get(this.#recorded);
  }
}
