import { Dispatcher } from "../../dispatch/dispatcher.ts";
import type { JobEnd } from "../../dispatch/job_end.ts";
import type { Code, Packed } from "../../proto/executor.ts";
import type { JobId } from "../../proto/ids.ts";
import { runOncePolicy } from "../run_once_policy.ts";
import { LocalPool, type LocalPoolOptions } from "../../slots/local_pool.ts";

/** A lease as its slots know it; the id names it for as long as the node has it. */
export type LeaseJob = { readonly id: JobId; runningSinceMs: number | undefined };

/** What a runner tells. */
export type RunnerListener = {
  /** An attempt runs since `atMs`, in milliseconds since the epoch. */
  started(job: LeaseJob, atMs: number): void;
  ended(job: LeaseJob, end: JobEnd): void;
};

/** Runs the leases of one computation on a part of the node's slots, which may grow and shrink. */
export interface Runner {
  /** Slots it has, busy or not. */
  readonly slots: number;
  /** Leases that have not ended. */
  readonly open: number;
  /** Takes a lease in. */
  submit(id: string, packed: Packed): void;
  /** Takes a lease back: `ended` tells that it never began, or `started` that it has. */
  retract(id: string): void;
  /** Has a lease stopped; `ended` tells when. */
  stop(id: string): void;
  /** Starts so many slots. */
  grow(slots: number): void;
  /** Ends at most so many slots, those that have nothing to do; gives how many. */
  shrink(slots: number): number;
  /** Ends it with all it runs; nothing is told any more. */
  close(): Promise<void>;
}

/** On slots of this machine. */
export class ComputationRunner implements Runner {
  readonly #dispatcher: Dispatcher<LeaseJob>;
  readonly #pool: LocalPool;
  readonly #jobs = new Map<string, LeaseJob>();
  readonly #listener: RunnerListener;

  constructor(
    code: Code,
    options: Pick<LocalPoolOptions, "isolation" | "platform" | "folder" | "place">,
    listener: RunnerListener,
  ) {
    this.#listener = listener;
    this.#dispatcher = new Dispatcher<LeaseJob>({
      started: (job, _node, _attempt, atMs) => this.#onStarted(job, atMs),
      ended: (job, end) => {
        this.#jobs.delete(job.id);
        listener.ended(job, end);
      },
    });
    this.#pool = new LocalPool(
      { ...options, slots: 0, live: false, code: Promise.resolve(code) },
      (node, events) => this.#dispatcher.receive(this.#pool, node, events),
    );
  }

  get slots(): number {
    return this.#pool.size;
  }

  get open(): number {
    return this.#jobs.size;
  }

  submit(id: string, packed: Packed): void {
    const job: LeaseJob = { id: id as JobId, runningSinceMs: undefined };
    this.#jobs.set(id, job);
    this.#dispatcher.submit(job, { packed }, runOncePolicy);
  }

  retract(id: string): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return; // Its end is told already.
    if (job.runningSinceMs === undefined) this.#dispatcher.withdraw(job.id);
    else this.#listener.started(job, job.runningSinceMs);
  }

  stop(id: string): void {
    const job = this.#jobs.get(id);
    if (job !== undefined) this.#dispatcher.cancel(job.id);
  }

  grow(slots: number): void {
    this.#pool.grow(slots);
  }

  shrink(slots: number): number {
    return this.#pool.shrink(slots);
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  #onStarted(job: LeaseJob, atMs: number): void {
    job.runningSinceMs = atMs;
    this.#listener.started(job, atMs);
  }
}
