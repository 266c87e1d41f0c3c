import { type JobEnd, reportOf } from "../dispatch/job_end.ts";
import type { JobError } from "../proto/errors.ts";
import type { JobId, NodeId } from "../proto/ids.ts";
import type { JobStatus } from "../proto/states.ts";
import type { TaskReport } from "../slots/types.ts";
import { failureOf, type JobFailure, nodeName, resultOf, statusOf } from "./endings.ts";

/** What a handle needs of the cluster it came from. */
export type JobOwner = {
  cancel(id: JobId): void;
  /** The error for the job's awaiter, with a stack in the user's files. */
  describeFailure(job: Job<unknown>, failure: JobFailure): JobError;
  /** Told once, when the program looks at the result or the error. */
  readonly delivered?: ((id: JobId) => void) | undefined;
};

// What the public class shows to the other files of this folder only.
export let settleJob: (job: Job<unknown>, end: JobEnd) => void;
export let whenEnded: (job: Job<unknown>, callback: () => void) => void;
export let nodeOf: (job: Job<unknown>) => NodeId | undefined;
export let startJob: (job: Job<unknown>, node: string, attempt: number, atMs: number) => void;

/**
 * One call of the cluster's function. Awaiting it gives the result, or throws a {@link JobError}.
 *
 * @typeParam T What the function returns.
 */
export class Job<T> implements PromiseLike<T> {
  /** Names this job for its whole life; 128 bits in hex. */
  readonly id: JobId;
  /** The arguments it was submitted with. */
  readonly input: readonly unknown[];
  /** When it was submitted, in milliseconds since the epoch. */
  readonly submittedAt: number;
  readonly #owner: JobOwner;
  #status: JobStatus = "created";
  #node: string | undefined;
  #attempt = 0;
  #startedAt: number | undefined;
  #endedAt: number | undefined;
  #end: JobEnd | undefined;
  #result: T | undefined;
  #isUnpacked = false;
  #error: JobError | undefined;
  #waiters: (() => void)[] | undefined;

  static {
    settleJob = (job, end) => job.#settle(end);
    whenEnded = (job, callback) => job.#whenEnded(callback);
    nodeOf = (job) => job.#end?.node;
    startJob = (job, node, attempt, atMs) => job.#start(node, attempt, atMs);
  }

  /** Jobs are made by `submit` and `map`. */
  constructor(id: JobId, input: readonly unknown[], owner: JobOwner) {
    this.id = id;
    this.input = input;
    this.#owner = owner;
    this.submittedAt = Date.now();
  }

  /**
   * Where it stands. `running` is seen a moment late for jobs that end within milliseconds: they go from `created` to
   * their end.
   */
  get status(): JobStatus {
    return this.#status;
  }

  /** The result; undefined unless `finished`. */
  get result(): T | undefined {
    // Unpacked when asked for, and once: whoever asks twice gets the same object.
    if (!this.#isUnpacked && this.#end !== undefined) {
      this.#result = resultOf(this.#end) as T | undefined;
      this.#isUnpacked = true;
      if (this.#status === "finished") this.#owner.delivered?.(this.id);
    }
    return this.#result;
  }

  /** Why there is no result; undefined unless it ended without one. */
  get error(): JobError | undefined {
    if (this.#end === undefined || this.#status === "finished") return undefined;
    const failure = failureOf(this.#end);
    if (failure === undefined) return undefined;
    // Made when asked for: finding the user's lines costs more than the job may have.
    if (this.#error === undefined) {
      this.#error = this.#owner.describeFailure(this, failure);
      this.#owner.delivered?.(this.id);
    }
    return this.#error;
  }

  /** What it printed to standard output, complete up to a limit; empty until it has ended. */
  get stdout(): string {
    return this.#report?.stdout ?? "";
  }

  /** What it printed to standard error, complete up to a limit; empty until it has ended. */
  get stderr(): string {
    return this.#report?.stderr ?? "";
  }

  /** Name of the node that runs or ran it, or "local"; undefined before. */
  get node(): string | undefined {
    return this.#node;
  }

  /** Which attempt runs or ran last, from 1; 0 before. */
  get attempt(): number {
    return this.#attempt;
  }

  /** When the last attempt began, in milliseconds since the epoch; undefined before. */
  get startedAt(): number | undefined {
    return this.#startedAt;
  }

  /** When it ended, in milliseconds since the epoch; undefined before. */
  get endedAt(): number | undefined {
    return this.#endedAt;
  }

  /** Whether it has ended, in whatever way. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /**
   * Has it stopped: a waiting job at once, a running one by ending what runs it. Awaiting it then throws a
   * {@link JobError} with reason `cancelled`, once it is certain that it uses no CPU any more. A job that ends by
   * itself before that keeps its result.
   */
  cancel(): void {
    if (this.#end === undefined) this.#owner.cancel(this.id);
  }

  /**
   * Waits until it has ended, in whatever way; never throws for the job's sake.
   *
   * @param options Its `signal` ends the waiting, not the job.
   * @throws The signal's reason when it is aborted first.
   */
  async settled(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (this.#end !== undefined) return;
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => reject(signal?.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#whenEnded(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
    });
  }

  /**
   * Waits for the result.
   *
   * @param options Its `signal` ends the waiting, not the job.
   * @returns What the function returned.
   * @throws {JobError} When it ended without a result.
   * @throws The signal's reason when it is aborted first.
   */
  async wait(options: { readonly signal?: AbortSignal } = {}): Promise<T> {
    await this.settled(options);
    return await this.#outcome();
  }

  /**
   * Makes `await job` the same as `await job.wait()`.
   *
   * @param onFulfilled Given the result.
   * @param onRejected Given the error.
   * @returns A promise of what they return.
   */
  then<Fulfilled = T, Rejected = never>(
    onFulfilled?: ((value: T) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    return this.#outcome().then(onFulfilled, onRejected);
  }

  /** As `wait()`, with one promise where that has several: most jobs are awaited, and many are short. */
  #outcome(): Promise<T> {
    return new Promise((resolve, reject) => {
      const tell = (): void => {
        const { error } = this;
        if (error === undefined) resolve(this.result as T);
        else reject(error);
      };
      this.#whenEnded(tell);
    });
  }

  #whenEnded(callback: () => void): void {
    if (this.#end !== undefined) return callback();
    // Mostly there is one, and an empty list that grows takes room for many.
    if (this.#waiters === undefined) this.#waiters = [callback];
    else this.#waiters.push(callback);
  }

  #start(node: string, attempt: number, atMs: number): void {
    this.#status = "running";
    this.#node = node;
    this.#attempt = attempt;
    this.#startedAt = atMs;
  }

  get #report(): TaskReport | undefined {
    return this.#end === undefined ? undefined : reportOf(this.#end);
  }

  #settle(end: JobEnd): void {
    this.#end = end;
    this.#status = statusOf(end);
    this.#node = end.node === undefined ? undefined : nodeName(end.node);
    this.#attempt = end.attempt;
    this.#endedAt = Date.now();
    if (end.node !== undefined) this.#startedAt ??= this.#endedAt - end.runMs;
    const waiters = this.#waiters;
    this.#waiters = undefined;
    if (waiters !== undefined) { for (const resolve of waiters) resolve(); }
  }
}
