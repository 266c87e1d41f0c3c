import { refusedEnd } from "../../dispatch/job_end.ts";
import type { Packed } from "../../proto/executor.ts";
import { UsageError } from "../../proto/errors.ts";
import type { JobId, NodeId } from "../../proto/ids.ts";
import type { JobPolicy } from "../../proto/jobs.ts";
import { limits } from "../../proto/limits.ts";
import type { JobResult } from "../../proto/scheduler_messages.ts";
import type { PackedArgs } from "../../slots/types.ts";
import { openParcel } from "../../wire/parcel.ts";
import type { JobQueue } from "../base_cluster.ts";
import { nodeName } from "../endings.ts";
import { type Job, settleJob, startJob } from "../job.ts";
import type { HeldAcks } from "./held_acks.ts";
import { SchedulerSession, type SessionListener, type SessionParts } from "./scheduler_session.ts";
import { sentenceOf } from "./session_sentences.ts";
import { endOf } from "./shared_ending.ts";

/** The open jobs of a program at a shared scheduler. */
export class SharedQueue implements JobQueue {
  readonly session: SchedulerSession;
  readonly #open = new Map<JobId, Job<unknown>>();
  readonly #held: HeldAcks | undefined;
  readonly #onWarning: (line: string) => void;
  #idleWaiters: (() => void)[] = [];

  /** Starts a session for them. `held`: the program itself says when it has put a result away. */
  constructor({ held, ...rest }: Omit<SessionParts, "listener"> & { readonly held?: HeldAcks }) {
    const parts = held === undefined
      ? rest
      : { ...rest, holdsAck: (job: JobId) => held.holds(job) };
    this.#held = held;
    this.#onWarning = parts.onWarning;
    this.session = new SchedulerSession({ ...parts, listener: this.#listener });
  }

  get pending(): number {
    return this.#open.size;
  }

  submit(job: Job<unknown>, args: PackedArgs, policy: JobPolicy): void {
    if (!this.session.isOpen) throw new Error("Cannot submit a job: the cluster has been left");
    const packed = openParcel(args.packed);
    checkSize(packed);
    this.#open.set(job.id, job);
    this.#held?.add(job.id);
    this.session.submit(job.id, packed, policy);
  }

  /** The program has put the result of a job away. */
  acknowledge(id: JobId): void {
    if (this.#held?.release(id) === true) this.session.acknowledge([id]);
  }

  cancel(id: JobId): void {
    this.session.giveUp("cancel", id);
  }

  cancelAll(): void {
    for (const id of this.#open.keys()) this.session.giveUp("cancel", id);
  }

  withdrawAll(): void {
    for (const id of this.#open.keys()) this.session.giveUp("withdraw", id);
  }

  async idle(): Promise<void> {
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Ends the handles of jobs that nothing more is heard of. */
  endAll(refusal: Parameters<typeof refusedEnd>[0]): void {
    for (const job of [...this.#open.values()]) this.#end(job, refusedEnd(refusal));
  }

  readonly #listener: SessionListener = {
    attached: () => {},
    running: (id, node, attempt, runningMs) => {
      const job = this.#open.get(id);
      // Counted back from now: the clocks of two hosts need not agree.
      const startedAtMs = Date.now() - runningMs;
      if (job !== undefined) startJob(job, nodeName(node as NodeId), attempt, startedAtMs);
    },
    results: (results) => {
      for (const result of results) this.#settle(result);
    },
    failed: (id, why) => {
      const job = this.#open.get(id);
      if (job === undefined) return;
      const refusal = why === "cancelled"
        ? { status: "cancelled" } as const
        : { status: "abandoned", why: sentences[why] } as const;
      this.#end(job, refusedEnd(refusal));
    },
    ended: (why) => {
      const sentence = sentenceOf(why);
      if (why === "closed") this.endAll({ status: "cancelled" });
      else this.endAll({ status: "abandoned", why: sentence });
      if (why !== "closed" && why !== "detached") this.#onWarning(sentence);
    },
  };

  #settle(result: JobResult): void {
    const job = this.#open.get(result.job);
    if (job !== undefined) this.#end(job, endOf(result));
  }

  #end(job: Job<unknown>, end: Parameters<typeof settleJob>[1]): void {
    this.#open.delete(job.id);
    settleJob(job, end);
    if (this.#open.size > 0) return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}

const sentences = {
  different: "The scheduler has another job of this id",
  expired: "The scheduler has forgotten the result of the job, which nobody fetched in time",
} as const;

function checkSize(packed: Packed): void {
  const bytes = typeof packed === "string" ? Buffer.byteLength(packed) : packed.length;
  const maxBytes = limits.maxSharedPayloadBytes;
  if (bytes <= maxBytes) return;
  throw new UsageError(
    `Cannot submit a job: its arguments take ${bytes} bytes, and a shared scheduler takes up to ${maxBytes}`,
  );
}
