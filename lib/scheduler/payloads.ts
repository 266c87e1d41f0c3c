import type { SchedulerState } from "../core/scheduler/state.ts";
import type { Packed } from "../proto/executor.ts";
import type { ClusterId, JobId } from "../proto/ids.ts";
import type { SettledRecord } from "../proto/journal_records.ts";
import type { StoredRecord } from "../wire/journal_codec.ts";

/** What is kept of a job beside its state: its arguments until it has ended, then how that was. */
type Payload = Packed | SettledRecord;

/** Arguments and results of all jobs that are not forgotten. */
export class Payloads {
  readonly #clusters = new Map<ClusterId, Map<JobId, Payload>>();

  /** Keeps what a record brings, and lets go of what it ends. The state has taken it in before. */
  note(record: StoredRecord, { jobs }: SchedulerState): void {
    switch (record.type) {
      case "accepted":
        if (jobs.has(record.job)) this.#accept(record.cluster, record.job, record.args);
        return;
      case "settled": {
        const cluster = jobs.get(record.job)?.cluster.id;
        if (cluster !== undefined) this.#jobsOf(cluster).set(record.job, record);
        return;
      }
      case "forgotten":
        this.#clusters.get(record.cluster)?.delete(record.job);
        return;
      case "closed":
        this.#clusters.delete(record.cluster);
        return;
      default:
        return;
    }
  }

  /** The arguments of a job; undefined once it has ended. */
  argsOf(cluster: ClusterId, job: JobId): Packed | undefined {
    const payload = this.#clusters.get(cluster)?.get(job);
    return payload === undefined || isSettled(payload) ? undefined : payload;
  }

  /** How a job ended; undefined before, and when it is forgotten. */
  settledOf(cluster: ClusterId, job: JobId): SettledRecord | undefined {
    const payload = this.#clusters.get(cluster)?.get(job);
    return payload !== undefined && isSettled(payload) ? payload : undefined;
  }

  /** A journal that was being written anew may tell twice that a job was accepted. */
  #accept(cluster: ClusterId, job: JobId, args: Packed | undefined): void {
    const payloads = this.#jobsOf(cluster);
    if (args !== undefined && !payloads.has(job)) payloads.set(job, args);
  }

  #jobsOf(cluster: ClusterId): Map<JobId, Payload> {
    let payloads = this.#clusters.get(cluster);
    if (payloads === undefined) this.#clusters.set(cluster, payloads = new Map());
    return payloads;
  }
}

function isSettled(payload: Payload): payload is SettledRecord {
  return typeof payload !== "string" && "type" in payload;
}
