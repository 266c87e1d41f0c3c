import { leaseKey } from "../../core/shared/lease_key.ts";
import type { Journal } from "../../journal/types.ts";
import type { ClusterId } from "../../proto/ids.ts";
import type { LeaseRef } from "../../proto/jobs.ts";
import type { LeaseEnd } from "../../proto/scheduler_messages.ts";
import { assertNever } from "../../proto/states.ts";
import { packThrown } from "../../runtime/thrown.ts";
import { packDetail } from "../../wire/attempt_detail.ts";
import { decodeKeptRecord, encodeKeptRecord, type KeptRecord } from "../../wire/kept_record.ts";

/** The ends of one cluster, by lease. */
type KeptCluster = { untilMs: number; readonly ends: Map<string, LeaseEnd> };

/** How attempts for lost clients ended, over restarts of the node, until they are forgotten or have expired. */
export class KeptResults {
  readonly #journal: Journal;
  readonly #maxBytes: number;
  readonly #clusters = new Map<ClusterId, KeptCluster>();
  #bytes = 0;
  /** Of which cluster the last record is. */
  #recorded: ClusterId | undefined;

  /** They are made by {@link KeptResults.open}. */
  constructor(journal: Journal, maxBytes: number) {
    this.#journal = journal;
    this.#maxBytes = maxBytes;
  }

  /**
   * Reads what an earlier run of the node has left.
   *
   * @param journal Just opened; it is closed with this.
   * @param maxBytes Results beyond it are replaced by a failure that says so.
   * @throws {JournalError} When it is damaged.
   */
  static async open(journal: Journal, maxBytes: number): Promise<KeptResults> {
    const kept = new KeptResults(journal, maxBytes);
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
    const bounded: LeaseEnd[] = [];
    for (const end of ends) {
      const fitting = this.#bytes + endBytes(end) <= this.#maxBytes ? end : withoutRoom(end);
      this.#put(kept, fitting);
      bounded.push(fitting);
    }
    // Each time, for it says how long they are kept.
    this.#recorded = cluster;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#append([{ type: "cluster", cluster, untilMs }, { type: "ends", ends: bounded }], resolve);
    return promise;
  }

  /** Forgets those of these ends that are here. */
  remove(cluster: ClusterId, leases: readonly LeaseRef[]): void {
    const kept = this.#clusters.get(cluster);
    const gone = leases.filter((lease) => kept !== undefined && this.#drop(kept, lease));
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

  #put({ ends }: KeptCluster, end: LeaseEnd): void {
    this.#bytes += endBytes(end);
    ends.set(leaseKey(end), end);
  }

  #drop({ ends }: KeptCluster, lease: LeaseRef): boolean {
    const key = leaseKey(lease);
    const end = ends.get(key);
    if (end === undefined) return false;
    this.#bytes -= endBytes(end);
    return ends.delete(key);
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
        for (const end of record.ends) if (this.#current) this.#put(this.#current, end);
        return;
      case "gone":
        for (const lease of record.leases) if (this.#current) this.#drop(this.#current, lease);
        return;
      default:
        assertNever(record);
    }
  }

  get #current(): KeptCluster | undefined {
    return this.#recorded === undefined ? undefined : this.#clusters.get(this.#recorded);
  }
}

/** How much an end has in it. */
export function endBytes({ outcome }: LeaseEnd): number {
  const detail = "detail" in outcome ? outcome.detail : undefined;
  return typeof detail === "string" || detail instanceof Uint8Array ? detail.length : 0;
}

function withoutRoom(end: LeaseEnd): LeaseEnd {
  const error = new Error(
    "Cannot keep the result: the node keeps too much for lost clients already",
  );
  const detail = packDetail({ value: packThrown(error), how: undefined, stdout: "", stderr: "" });
  return { ...end, outcome: { kind: "threw", detail } };
}
