import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers";
import type { Lease } from "../../core/scheduler/effects.ts";
import type { JobEnd } from "../../dispatch/job_end.ts";
import type { Peer } from "../../net/types.ts";
import { UsageError } from "../../proto/errors.ts";
import type { ClusterId, JobId, NodeId } from "../../proto/ids.ts";
import type { JobPolicy, LeaseRef } from "../../proto/jobs.ts";
import type { PackedArgs } from "../../slots/types.ts";
import { openParcel } from "../../wire/parcel.ts";
import { encodeRecoverRecord, type RecoverRecord } from "../../wire/recover_record.ts";
import { recordedEnding } from "./recorded_ending.ts";
import { RecordedJobs } from "./recorded_jobs.ts";
import { RecoverFile } from "./recover_file.ts";

/** What a recorder tells. */
export type RecorderListener = {
  /** A node need not keep how these ended. */
  readonly forget: (node: NodeId, leases: readonly LeaseRef[]) => void;
  readonly onWarning: (message: string) => void;
};

/** A job that has not ended. */
type OpenJob = { readonly number: number; place: { node: NodeId; lease: number } | undefined };

/** There is one scheduler for a recover file, and so one epoch. */
const epoch = 0;

/** Writes what becomes of a cluster's jobs to its recover file, each before it has a consequence elsewhere. */
export class JobRecorder {
  readonly cluster = randomBytes(16).toString("hex") as ClusterId;
  readonly #file: RecoverFile;
  readonly #listener: RecorderListener;
  readonly #open = new Map<JobId, OpenJob>();
  readonly #nodes = new Set<NodeId>();
  #forgotten = new Map<NodeId, LeaseRef[]>();
  #delivered: JobId[] = [];
  #nextNumber = 0;
  /** Whether the program says itself which jobs it has put away. */
  #waitsForWord = false;
  #isPlanned = false;
  #isClosed = false;
  #hasFailed = false;

  constructor(file: RecoverFile, listener: RecorderListener) {
    this.#file = file;
    this.#listener = listener;
    this.#write({ type: "begin", cluster: this.cluster, startedAtMs: Date.now() });
  }

  /**
   * Begins a file. One of an earlier cluster is replaced if all in it has been delivered.
   *
   * @throws {UsageError} When it holds something else, is used by another program, or cannot be made.
   */
  static open(path: string, listener: RecorderListener): JobRecorder {
    const file = RecoverFile.open(path, "create");
    try {
      if (!new RecordedJobs(file.read(() => {})).isDone) {
        throw new UsageError(
          `Cannot use the recover file ${path}: it has jobs of an earlier run; ` +
            `fetch them with "muster recover ${path}", or delete it`,
        );
      }
      file.clear();
      return new JobRecorder(file, listener);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /**
   * A job is about to be taken in.
   *
   * @throws {Error} When it cannot be recorded; then it must not be.
   */
  submitted(job: JobId, { packed }: PackedArgs, { reentrant }: JobPolicy): void {
    const number = this.#nextNumber;
    this.#write({ type: "submit", job, number, reentrant, args: openParcel(packed) });
    this.#nextNumber += 1;
    this.#open.set(job, { number, place: undefined });
  }

  /** A node of another process may be given jobs. */
  nodeReady(node: NodeId, { address, hostKey }: Pick<Peer, "address" | "hostKey">): void {
    if (this.#nodes.has(node)) return;
    this.#nodes.add(node);
    this.#tryWrite({ type: "node", node, address, hostKey });
  }

  /** Jobs are about to be handed over. */
  assigned(node: NodeId, leases: readonly Lease[]): void {
    this.#tryWrite({ type: "assigned", node, leases });
    for (const { job, lease } of leases) {
      const open = this.#open.get(job);
      if (open === undefined) continue;
      this.#forget(job, open);
      open.place = { node, lease };
    }
  }

  /** A job came back that had not begun. */
  returned(job: JobId): void {
    const open = this.#open.get(job);
    if (open === undefined) return;
    open.place = undefined;
    this.#tryWrite({ type: "returned", jobs: [job] });
  }

  /** A job has ended; its program is told next. */
  ended(job: JobId, end: JobEnd): void {
    const open = this.#open.get(job);
    if (open === undefined) return;
    this.#open.delete(job);
    const { node, attempt, runMs } = end;
    const ending = recordedEnding(end);
    const result = { job, number: open.number, ending, node, attempt, runMs };
    if (this.#tryWrite({ type: "ended", results: [result] })) this.#forget(job, open);
  }

  /** The program has looked at what became of a job. */
  looked(job: JobId): void {
    if (!this.#waitsForWord) this.delivered(job);
  }

  /** From now on jobs count as delivered when {@link delivered} says so, and not when the program looks at them. */
  waitForWord(): void {
    this.#waitsForWord = true;
  }

  /** A job counts as delivered. */
  delivered(job: JobId): void {
    this.#delivered.push(job);
    this.#plan();
  }

  /** The program has ended the cluster in order. */
  close(): void {
    if (this.#isClosed) return;
    this.#tryWrite({ type: "closed" });
    this.#isClosed = true;
    this.#file.close();
  }

  #forget(job: JobId, { place }: OpenJob): void {
    if (place === undefined || !this.#nodes.has(place.node)) return;
    const leases = this.#forgotten.get(place.node) ?? [];
    this.#forgotten.set(place.node, leases);
    leases.push({ job, lease: place.lease, epoch });
    this.#plan();
  }

  /** A turn later: what a program does with a result at once is done by then. */
  #plan(): void {
    if (this.#isPlanned || this.#isClosed) return;
    this.#isPlanned = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isPlanned = false;
    if (this.#isClosed) return;
    const delivered = this.#delivered;
    this.#delivered = [];
    if (delivered.length > 0) this.#tryWrite({ type: "delivered", jobs: delivered });
    const forgotten = this.#forgotten;
    this.#forgotten = new Map();
    for (const [node, leases] of forgotten) this.#listener.forget(node, leases);
  }

  /** What has happened cannot be refused: the jobs go on, and whoever started them is told. */
  #tryWrite(record: RecoverRecord): boolean {
    if (this.#isClosed) return false;
    try {
      this.#write(record);
      return true;
    } catch (error) {
      if (!this.#hasFailed) this.#listener.onWarning((error as Error).message);
      this.#hasFailed = true;
      return false;
    }
  }

  #write(record: RecoverRecord): void {
    this.#file.append(encodeRecoverRecord(record));
  }
}
