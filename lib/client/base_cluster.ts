import type { Computation } from "../code/computation.ts";
import { mapStack } from "../code/map_stack.ts";
import type { JobError } from "../proto/errors.ts";
import type { JobId } from "../proto/ids.ts";
import type { JobPolicy } from "../proto/jobs.ts";
import type { Isolation } from "../slots/local_pool.ts";
import type { PackedArgs } from "../slots/types.ts";
import type { JobFailure } from "./endings.ts";
import { createIdMint } from "./id_mint.ts";
import { Job, whenEnded } from "./job.ts";
import { describeFailure } from "./job_failure.ts";
import { type AnyIterable, type EndedJob, JobStream, type MapOptions } from "./map_jobs.ts";
import { checkMapOptions } from "./map_options.ts";
import type { SubmitOptions } from "./options.ts";
import { packArgs } from "./pack_args.ts";

/** Where jobs go that are submitted. */
export type JobQueue = {
  /** Jobs that have not ended. */
  readonly pending: number;
  submit(job: Job<unknown>, args: PackedArgs, policy: JobPolicy): void;
  cancel(id: JobId): void;
  cancelAll(): void;
  /** Has every job that has not begun taken back and cancelled. */
  withdrawAll(): void;
  /** Waits until no job is open. */
  idle(): Promise<void>;
};

/** What one job is given beside its arguments. */
export type JobTerms = {
  readonly policy: JobPolicy;
  readonly memoryLimitBytes: number | undefined;
};

/** What a cluster is made of. */
export type BaseClusterParts = {
  readonly queue: JobQueue;
  readonly computation: Pick<Computation, "filename" | "places">;
  /** What jobs run in: arguments are shared or moved into Workers, and sent anywhere else. */
  readonly isolation: Isolation;
  /** Of jobs without options of their own. */
  readonly base: JobTerms;
  /** Checks a job's own options. */
  readonly resolve: (options: SubmitOptions) => JobTerms;
  /** How many jobs a map keeps under way unless told otherwise. */
  readonly window: () => number;
  /** Told of each job once, when the program looks at its result or error. */
  readonly delivered?: ((id: JobId) => void) | undefined;
  /** Ends everything. */
  readonly close: () => Promise<void>;
};

/** Tells `submit`, which is called hundreds of thousands of times a second, that there is nothing to check. */
const noOptions: SubmitOptions = {};

/**
 * What clusters of every kind can do: take jobs for one function, and give their results.
 *
 * @typeParam Args The function's parameters.
 * @typeParam Result What it returns, or what its promise resolves to.
 */
export class BaseCluster<Args extends readonly unknown[], Result> implements AsyncDisposable {
  readonly #parts: BaseClusterParts;
  readonly #mintId = createIdMint();
  #closing: Promise<void> | undefined;
  readonly #owner = {
    cancel: (id: JobId): void => this.#parts.queue.cancel(id),
    describeFailure: (job: Job<unknown>, failure: JobFailure): JobError =>
      describeFailure(job, failure, (stack) => mapStack(stack, this.#parts.computation)),
    delivered: undefined as BaseClusterParts["delivered"],
  };

  /** Clusters are made by the functions of their kind. */
  constructor(parts: BaseClusterParts) {
    this.#parts = parts;
    this.#owner.delivered = parts.delivered;
  }

  /** How many jobs have been submitted and have not ended. */
  get pending(): number {
    return this.#parts.queue.pending;
  }

  /** How many jobs a map keeps under way unless told otherwise; it may grow while the map goes on. */
  get window(): number {
    return this.#parts.window();
  }

  /**
   * Submits one call of the function.
   *
   * @param args The arguments, as they are now: later changes to them do not reach the job.
   * @returns The job; await it for the result.
   * @throws {TypeError} When an argument cannot travel; the message names its place.
   * @throws {Error} When the cluster is closed.
   */
  submit(...args: Args): Job<Result> {
    return this.submitWith(noOptions, ...args);
  }

  /**
   * Submits one call with options of its own.
   *
   * @param options See {@link SubmitOptions}.
   * @param args The arguments.
   * @returns The job; await it for the result.
   * @throws {TypeError} When an argument cannot travel; the message names its place.
   * @throws {UsageError} When an option cannot be used.
   * @throws {Error} When the cluster is closed.
   */
  submitWith(options: SubmitOptions, ...args: Args): Job<Result> {
    if (this.#closing !== undefined) throw new Error("Cannot submit a job: the cluster is closed");
    const { queue, isolation } = this.#parts;
    const { policy, memoryLimitBytes } = options === noOptions
      ? this.#parts.base
      : this.#parts.resolve(options);
    const packed = packArgs(args, {
      isolation,
      transfer: options.transfer ?? [],
      mayRunAgain: policy.retries > 0,
    });
    const job = new Job<Result>(this.#mintId(), args, this.#owner);
    const limited = memoryLimitBytes === undefined ? packed : { ...packed, memoryLimitBytes };
    queue.submit(job, limited, policy);
    if (options.signal !== undefined) cancelOnAbort(job, options.signal);
    return job;
  }

  /**
   * Calls the function once for each input, in parallel.
   *
   * @param inputs An iterable or async iterable; it is read as there is room, so it may be endless.
   * @param options See {@link MapOptions}.
   * @returns The results, in the order of the inputs unless `ordered: false`. The first failure is thrown and ends it:
   * use {@link BaseCluster.mapJobs} to go on. Leaving the loop early cancels what has not ended.
   * @throws {JobError} When a job ends without a result.
   * @throws {UsageError} When the inputs are not iterable or an option cannot be used.
   * @throws {TypeError} When an input cannot travel.
   */
  async *map(
    inputs: AnyIterable<Args[0]>,
    options: MapOptions = {},
  ): AsyncGenerator<Result, void, undefined> {
    for await (const { job } of this.mapJobs(inputs, options)) {
      const { error } = job;
      if (error !== undefined) throw error;
      yield job.result as Result;
    }
  }

  /**
   * As {@link BaseCluster.map}, but gives the jobs themselves, each after its end, failed ones as well.
   *
   * @param inputs An iterable or async iterable; it is read as there is room.
   * @param options See {@link MapOptions}.
   * @returns The ended jobs as `{ job }`, in the order of the inputs unless `ordered: false`.
   * @throws {UsageError} When the inputs are not iterable or an option cannot be used.
   * @throws {TypeError} When an input cannot travel.
   */
  mapJobs(
    inputs: AnyIterable<Args[0]>,
    options: MapOptions = {},
  ): AsyncIterableIterator<EndedJob<Result>, void, undefined> {
    checkMapOptions(inputs, options);
    const submit = (input: Args[0]): Job<Result> =>
      this.submitWith(noOptions, ...([input] as unknown as Args));
    return new JobStream(inputs, submit, {
      ordered: options.ordered ?? true,
      window: () => options.window ?? this.window,
      signal: options.signal,
    });
  }

  /** Cancels every job that has not begun to run; those that have go on. */
  cancelWaiting(): void {
    this.#parts.queue.withdrawAll();
  }

  /** Cancels every job that has not ended. */
  cancelAll(): void {
    this.#parts.queue.cancelAll();
  }

  /**
   * Waits until no job is pending.
   *
   * @param options Its `signal` ends the waiting, not the jobs.
   * @returns When every job has ended.
   * @throws The signal's reason when it is aborted first.
   */
  async wait(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options;
    signal?.throwIfAborted();
    const { promise, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([
        this.#parts.queue.idle(),
        ...(signal === undefined ? [] : [promise]),
      ]);
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /**
   * Cancels what has not ended, and ends everything that runs for the cluster.
   *
   * @returns When nothing of the cluster runs any more.
   */
  close(): Promise<void> {
    this.#closing ??= this.#parts.close();
    return this.#closing;
  }

  /** Closes it at the end of its `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function cancelOnAbort(job: Job<unknown>, signal: AbortSignal): void {
  const cancel = (): void => job.cancel();
  if (signal.aborted) return cancel();
  signal.addEventListener("abort", cancel, { once: true });
  whenEnded(job, () => signal.removeEventListener("abort", cancel));
}
