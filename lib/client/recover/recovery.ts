import { leaseKey } from "../../core/shared/lease_key.ts";
import { UsageError } from "../../proto/errors.ts";
import type { ClusterId, JobId, NodeId } from "../../proto/ids.ts";
import type { Ending, LeaseRef, Outcome } from "../../proto/jobs.ts";
import type { LeaseEnd } from "../../proto/scheduler_messages.ts";
import { assertNever } from "../../proto/states.ts";
import { encodeRecoverRecord, type RecoverRecord } from "../../wire/recover_record.ts";
import { MalformedTupleError } from "../../wire/tuple.ts";
import { isLocal } from "../endings.ts";
import type { HeldJobs, NodeCollector } from "./node_collector.ts";
import { NodeVisits } from "./node_visits.ts";
import { type RecordedJob, RecordedJobs } from "./recorded_jobs.ts";
import { describeJob, type RecoveredJob } from "./recovered_job.ts";
import { RecoverFile } from "./recover_file.ts";

/** How jobs are recovered. */
export type RecoveryOptions = {
  readonly waits: boolean;
  readonly givesAll: boolean;
  readonly reachMs: number;
  readonly secretFile: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onWarning: (message: string) => void;
};

/** One reading of a recover file, with all that nodes can add. */
export class Recovery {
  readonly #file: RecoverFile;
  readonly #recorded: RecordedJobs;
  readonly #cluster: ClusterId;
  readonly #options: RecoveryOptions;
  /** What to give next. */
  readonly #ready: RecordedJob[] = [];
  /** Of nodes that are asked, the jobs whose end is not known. */
  readonly #openAt = new Map<NodeId, Set<RecordedJob>>();
  #visits: NodeVisits | undefined;
  #wake: () => void = () => {};

  constructor(
    file: RecoverFile,
    recorded: RecordedJobs,
    cluster: ClusterId,
    options: RecoveryOptions,
  ) {
    this.#file = file;
    this.#recorded = recorded;
    this.#cluster = cluster;
    this.#options = options;
  }

  /** @throws {UsageError} When the file cannot be used. */
  static open(path: string, options: RecoveryOptions): Recovery {
    const file = RecoverFile.open(path, "existing");
    try {
      const { onWarning } = options;
      const records = file.read(() =>
        onWarning(
          `The last record of ${path} was cut: what it tells was not acknowledged to anybody`,
        )
      );
      const recorded = new RecordedJobs(records);
      if (recorded.cluster === undefined) {
        throw new UsageError(`Cannot recover from ${path}: there is nothing in it`);
      }
      return new Recovery(file, recorded, recorded.cluster, options);
    } catch (error) {
      file.close();
      if (!(error instanceof MalformedTupleError)) throw error;
      throw new UsageError(
        `Cannot recover from ${path}: it was written by another version of muster`,
        { cause: error },
      );
    }
  }

  /** All jobs, each once. */
  async *jobs(): AsyncGenerator<RecoveredJob, void, undefined> {
    const { givesAll, signal } = this.#options;
    const given = new Set<JobId>();
    const onAbort = (): void => this.#wake();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      for (const job of this.#recorded.jobs.values()) this.#judgeLocal(job);
      for (const job of this.#recorded.jobs.values()) {
        if (job.result !== undefined && (givesAll || !job.delivered)) yield* this.#give(job, given);
      }
      this.#visit();
      for (;;) {
        signal?.throwIfAborted();
        const job = this.#ready.shift();
        if (job !== undefined) yield* this.#give(job, given);
        else if (this.#visits === undefined || this.#visits.isOver) break;
        else await new Promise<void>((resolve) => this.#wake = resolve);
      }
      for (const job of this.#recorded.jobs.values()) {
        if (givesAll || !job.delivered) yield* this.#give(job, given);
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async close(): Promise<void> {
    await this.#visits?.close();
    this.#file.close();
  }

  /** It counts as delivered when the next one is asked for, unless this is but a look. */
  *#give(job: RecordedJob, given: Set<JobId>): Generator<RecoveredJob, void> {
    if (given.has(job.id)) return;
    given.add(job.id);
    yield describeJob(job);
    const isOpen = job.result === undefined && job.place !== undefined;
    if (this.#options.waits && !isOpen && !job.delivered) {
      this.#write({ type: "delivered", jobs: [job.id] });
    }
  }

  /** Nobody runs what the killed program ran itself. */
  #judgeLocal(job: RecordedJob): void {
    if (job.result === undefined && job.place !== undefined && isLocal(job.place.node)) {
      this.#lose(job);
    }
  }

  /** Asks the nodes that may have something. */
  #visit(): void {
    for (const job of this.#recorded.jobs.values()) {
      if (job.result !== undefined || job.place === undefined) continue;
      const { node } = job.place;
      this.#openAt.set(node, (this.#openAt.get(node) ?? new Set()).add(job));
    }
    const nodes = [...this.#openAt.keys()].flatMap((node) => this.#recorded.nodes.get(node) ?? []);
    if (nodes.length === 0) return;
    const { waits, reachMs, secretFile, onWarning } = this.#options;
    this.#visits = new NodeVisits(nodes, {
      cluster: this.#cluster,
      waits,
      reachMs,
      secretFile,
      onWarning,
      isOpen: (node) => (this.#openAt.get(node)?.size ?? 0) > 0,
      ended: (collector, ends) => this.#takeEnds(collector, ends),
      held: (node, held) => this.#takeHeld(node, held),
      changed: () => this.#wake(),
    });
  }

  /** Records ends, and has the node forget them afterwards. Of a lease that is not the last it does not count. */
  #takeEnds(collector: NodeCollector, ends: readonly LeaseEnd[]): void {
    const leases: LeaseRef[] = [];
    for (const { job: id, lease, epoch, outcome, runMs } of ends) {
      leases.push({ job: id, lease, epoch });
      const job = this.#recorded.jobs.get(id);
      if (job?.place === undefined || job.result !== undefined || job.place.lease !== lease) {
        continue;
      }
      this.#end(job, endingOf(outcome), runMs);
    }
    collector.forget(leases);
  }

  /** What a node neither ended nor holds is lost, or never came to be there. */
  #takeHeld(node: NodeId, { isWhole, leases }: HeldJobs): void {
    for (const job of [...this.#openAt.get(node) ?? []]) {
      const { id, place } = job;
      if (place === undefined) continue;
      if (leases.has(leaseKey({ job: id, lease: place.lease, epoch: 0 }))) continue;
      if (isWhole) this.#return(job);
      else this.#lose(job);
    }
  }

  /** What had it is gone. */
  #lose(job: RecordedJob): void {
    if (job.reentrant) this.#return(job);
    else this.#end(job, { status: "abandoned" }, 0);
  }

  /** Nobody has it: it can be submitted again. */
  #return(job: RecordedJob): void {
    if (job.place !== undefined) this.#openAt.get(job.place.node)?.delete(job);
    this.#write({ type: "returned", jobs: [job.id] });
  }

  #end(job: RecordedJob, ending: Ending, runMs: number): void {
    const { id, number, place } = job;
    if (place !== undefined) this.#openAt.get(place.node)?.delete(job);
    const result = {
      job: id,
      number,
      ending,
      node: place?.node,
      attempt: place?.attempt ?? 0,
      runMs,
    };
    this.#write({ type: "ended", results: [result] });
    this.#ready.push(job);
    this.#wake();
  }

  #write(record: RecoverRecord): void {
    this.#file.append(encodeRecoverRecord(record));
    this.#recorded.take(record);
  }
}

/** How a job ended whose last attempt ended so: nobody tries it again. */
function endingOf(outcome: Outcome): Ending {
  switch (outcome.kind) {
    case "finished":
      return { status: "finished", detail: outcome.detail };
    case "threw":
    case "crashed":
      return { status: "terminated", reason: outcome.kind, detail: outcome.detail };
    case "stopped":
      return { status: "cancelled" };
    case "expired":
      return { status: "abandoned" };
    default:
      return assertNever(outcome);
  }
}
