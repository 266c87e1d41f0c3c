import type { Packed } from "../../proto/executor.ts";
import type { ClusterId, JobId, NodeId } from "../../proto/ids.ts";
import type { JobResult } from "../../proto/scheduler_messages.ts";
import { assertNever } from "../../proto/states.ts";
import { decodeRecoverRecord, type RecoverRecord } from "../../wire/recover_record.ts";

/** Where a job was at last. */
export type RecordedPlace = {
  readonly node: NodeId;
  readonly lease: number;
  readonly attempt: number;
};

/** A job as the file has it. */
export type RecordedJob = {
  readonly id: JobId;
  readonly number: number;
  readonly args: Packed;
  readonly reentrant: boolean;
  /** Undefined if no node has it, as far as is known. */
  place: RecordedPlace | undefined;
  result: JobResult | undefined;
  /** Whether somebody was given what became of it. */
  delivered: boolean;
};

/** A node that jobs were given to. */
export type RecordedNode = {
  readonly node: NodeId;
  readonly address: string;
  readonly hostKey: Uint8Array;
};

/** What a recover file tells. */
export class RecordedJobs {
  readonly jobs = new Map<JobId, RecordedJob>();
  readonly nodes = new Map<NodeId, RecordedNode>();
  cluster: ClusterId | undefined;

  /**
   * @param records As they were written.
   * @throws {MalformedTupleError} When one is of another version.
   */
  constructor(records: Iterable<Uint8Array>) {
    for (const record of records) this.take(decodeRecoverRecord(record));
  }

  /** Whether there is nothing in it that somebody may still want. */
  get isDone(): boolean {
    return this.jobs.values().every(({ delivered }) => delivered);
  }

  take(record: RecoverRecord): void {
    switch (record.type) {
      case "begin":
        this.cluster = record.cluster;
        return;
      case "submit": {
        const { job: id, number, reentrant, args } = record;
        const open = { place: undefined, result: undefined, delivered: false };
        this.jobs.set(id, { id, number, reentrant, args, ...open });
        return;
      }
      case "node":
        this.nodes.set(record.node, record);
        return;
      case "assigned":
        for (const { job, lease, attempt } of record.leases) {
          this.#change(job, { place: { node: record.node, lease, attempt } });
        }
        return;
      case "returned":
        for (const job of record.jobs) this.#change(job, { place: undefined });
        return;
      case "ended":
        for (const result of record.results) this.#change(result.job, { result });
        return;
      case "delivered":
        for (const job of record.jobs) this.#change(job, { delivered: true });
        return;
      case "closed":
        for (const job of this.jobs.values()) job.delivered = true;
        return;
      default:
        assertNever(record);
    }
  }

  #change(id: JobId, change: Partial<RecordedJob>): void {
    const job = this.jobs.get(id);
    if (job !== undefined) Object.assign(job, change);
  }
}
