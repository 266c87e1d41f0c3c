import { computationFromExport, computationFromFunction } from "../code/computation.ts";
import { mapStack } from "../code/map_stack.ts";
import { type JobError, UsageError } from "../proto/errors.ts";
import type { JobId } from "../proto/ids.ts";
import { assembleCluster, type ClusterParts } from "./cluster_parts.ts";
import type { JobFailure } from "./endings.ts";
import { createIdMint } from "./id_mint.ts";
import { Job, whenEnded } from "./job.ts";
import { describeFailure } from "./job_failure.ts";
import { type AnyIterable, type EndedJob, JobStream, type MapOptions } from "./map_jobs.ts";
import {
  checkMapOptions,
  type ClusterOptions,
  describeValue,
  mayUseNodes,
  resolveMemoryLimit,
  resolveSubmitOptions,
  type SubmitOptions,
} from "./options.ts";
import { packArgs } from "./pack_args.ts";

/** Options of {@link JobCluster.create}. */
export type CreateOptions = ClusterOptions & {
  /**
   * `import.meta.url` of the module that the function is written in. The declarations and imports it uses travel with
   * it; the module's other statements do not run where the jobs do.
   * @default none: the function must be self-contained, or its free variables be given in `depends`
   */
  readonly module?: string;
  /**
   * Values for the function's free variables, by name: functions, classes and plain data.
   * @default {}
   */
  readonly depends?: Readonly<Record<string, unknown>>;
};

/** The function that a cluster runs, with its arguments and result. */
export type JobFunction<Args extends readonly unknown[], Result> = (
  ...args: Args
) => Result | Promise<Result>;

const windowPerSlot = 1024;
const slotsGuessedPerNode = 16;
const nodesGuessedToDial = 4;
/** Tells `submit`, which is called hundreds of thousands of times a second, that there is nothing to check. */
const noOptions: SubmitOptions = {};

/**
 * Runs one function on many inputs in parallel, on the cores of this machine and of the nodes it is given.
 *
 * @typeParam Args The function's parameters.
 * @typeParam Result What it returns, or what its promise resolves to.
 *
 * @example
 * ```ts
 * import { JobCluster } from "../mod.ts";
 *
 * function square(n: number): number {
 *   return n * n;
 * }
 *
 * await using cluster = await JobCluster.create(square, { module: import.meta.url });
 * console.log(await cluster.submit(7)); // prints: 49
 * for await (const result of cluster.map([1, 2, 3])) console.log(result);
 * // prints: 1
 * // prints: 4
 * // prints: 9
 * ```
 */
export class JobCluster<Args extends readonly unknown[], Result> implements AsyncDisposable {
  readonly #parts: ClusterParts;
  readonly #mintId = createIdMint();
  #closing: Promise<void> | undefined;
  readonly #owner = {
    cancel: (id: JobId): void => this.#parts.dispatcher.cancel(id),
    describeFailure: (job: Job<unknown>, failure: JobFailure): JobError =>
      describeFailure(job, failure, (stack) => mapStack(stack, this.#parts.computation)),
  };

  /** Clusters are made by {@link JobCluster.create} and {@link JobCluster.fromModule}. */
  constructor(parts: ClusterParts) {
    this.#parts = parts;
  }

  /**
   * Starts a cluster for a function.
   *
   * @param fn The function to run. It, what it uses, its arguments and its result must be able to travel.
   * @param options See {@link CreateOptions}.
   * @returns The cluster. Close it, or declare it with `await using`.
   * @throws {CodeError} When the function cannot travel: it uses a variable that is not there, does not parse, or
   * imports what is not found. The message names the place.
   * @throws {UsageError} When an option cannot be used.
   * @throws {ConnectError} When there are no local slots and no node can be used.
   */
  static async create<Args extends readonly unknown[], Result>(
    fn: JobFunction<Args, Result>,
    options: CreateOptions = {},
  ): Promise<JobCluster<Args, Result>> {
    if (typeof fn !== "function") {
      throw new UsageError(`Cannot start a cluster for ${describeValue(fn)}: give a function`);
    }
    const { module, depends, ...rest } = options;
    const source = { ...(module !== undefined && { module }), ...(depends && { depends }) };
    return new JobCluster(
      await assembleCluster(() => computationFromFunction(fn, source), rest),
    );
  }

  /**
   * Starts a cluster for an exported function of a module, which is loaded whole where the jobs run.
   *
   * @param url Where the module is, as a `file:` URL.
   * @param name Its export; "default" for the default export.
   * @param options See {@link ClusterOptions}.
   * @returns The cluster. Close it, or declare it with `await using`.
   * @throws {CodeError} When the module does not parse, imports what is not found, or has no such export.
   * @throws {UsageError} When an option cannot be used.
   * @throws {ConnectError} When there are no local slots and no node can be used.
   */
  static async fromModule<Args extends readonly unknown[] = readonly unknown[], Result = unknown>(
    url: string,
    name: string,
    options: ClusterOptions = {},
  ): Promise<JobCluster<Args, Result>> {
    return new JobCluster(await assembleCluster(() => computationFromExport(url, name), options));
  }

  /** How many jobs have been submitted and have not ended. */
  get pending(): number {
    return this.#parts.dispatcher.pending;
  }

  /** How many slots it has now: local ones, and those of the nodes it is connected to. */
  get slots(): number {
    const { options, dispatcher } = this.#parts;
    // Local ones count from the start, though the first may be ready before the last.
    return Math.max(options.slots, dispatcher.slots);
  }

  /** How many jobs a map keeps under way unless told otherwise; it grows with the nodes that are found. */
  get window(): number {
    const { options: { slots, targets, listen }, dispatcher } = this.#parts;
    // What a node will have is not known before it is there.
    const nodes = targets.length + (listen === undefined ? 0 : nodesGuessedToDial);
    return windowPerSlot * Math.max(slots + slotsGuessedPerNode * nodes, dispatcher.slots);
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
    const { options: base, platform, dispatcher } = this.#parts;
    const policy = options === noOptions
      ? base.policy
      : resolveSubmitOptions(options, base, platform);
    const memoryLimitBytes = options === noOptions
      ? base.memoryLimitBytes
      : resolveMemoryLimit(options, base);
    const packed = packArgs(args, {
      // What goes to another machine is sent, and cannot be shared.
      isolation: mayUseNodes(base) ? "process" : base.isolation,
      transfer: options.transfer ?? [],
      mayRunAgain: policy.retries > 0,
    });
    const job = new Job<Result>(this.#mintId(), args, this.#owner);
    const limited = memoryLimitBytes === undefined ? packed : { ...packed, memoryLimitBytes };
    dispatcher.submit(job, limited, policy);
    if (options.signal !== undefined) cancelOnAbort(job, options.signal);
    return job;
  }

  /**
   * Calls the function once for each input, in parallel.
   *
   * @param inputs An iterable or async iterable; it is read as there is room, so it may be endless.
   * @param options See {@link MapOptions}.
   * @returns The results, in the order of the inputs unless `ordered: false`. The first failure is thrown and ends it:
   * use {@link JobCluster.mapJobs} to go on. Leaving the loop early cancels what has not ended.
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
   * As {@link JobCluster.map}, but gives the jobs themselves, each after its end, failed ones as well.
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
    this.#parts.dispatcher.withdrawAll();
  }

  /** Cancels every job that has not ended. */
  cancelAll(): void {
    this.#parts.dispatcher.cancelAll();
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
        this.#parts.dispatcher.idle(),
        ...(signal === undefined ? [] : [promise]),
      ]);
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /**
   * Cancels what has not ended, and ends the slots with everything they run.
   *
   * @returns When nothing of the cluster runs any more.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Closes it at the end of its `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { dispatcher, providers } = this.#parts;
    await Promise.all(providers.map((provider) => provider.close()));
    dispatcher.endAll({ status: "cancelled" });
  }
}

function cancelOnAbort(job: Job<unknown>, signal: AbortSignal): void {
  const cancel = (): void => job.cancel();
  if (signal.aborted) return cancel();
  signal.addEventListener("abort", cancel, { once: true });
  whenEnded(job, () => signal.removeEventListener("abort", cancel));
}
