import { randomBytes } from "node:crypto";
import {
  type Computation,
  computationFromExport,
  computationFromFunction,
} from "../../code/computation.ts";
import { UsageError } from "../../proto/errors.ts";
import type { ClusterId } from "../../proto/ids.ts";
import { limits } from "../../proto/limits.ts";
import { BaseCluster } from "../base_cluster.ts";
import type { CreateOptions, JobFunction } from "../cluster.ts";
import type { Job } from "../job.ts";
import { describeValue } from "../check_options.ts";
import { AttachedCluster } from "./attached_cluster.ts";
import { schedulerDialer } from "./dial_scheduler.ts";
import { HeldAcks } from "./held_acks.ts";
import { leaveScheduler, whenReady } from "./session_life.ts";
import {
  resolveShared,
  resolveSharedJob,
  type SchedulerOptions,
  type SharedClusterOptions,
} from "./shared_options.ts";
import { SharedQueue } from "./shared_queue.ts";

/** Options of {@link SharedJobCluster.create}. */
export type SharedCreateOptions = SharedClusterOptions & Pick<CreateOptions, "module" | "depends">;

/** Jobs that a map keeps under way: what slots the scheduler has for them changes all the time. */
const mapWindow = 32_768;

type SharedParts = {
  readonly name: string;
  readonly computation: Computation;
  readonly queue: SharedQueue;
  readonly resolved: ReturnType<typeof resolveShared>;
};

/**
 * Runs one function on many inputs on the nodes of a shared scheduler (`muster scheduler`), which keeps the jobs.
 *
 * The program may lose its connection, and the scheduler may be killed and started again: then there is a pause. The
 * program may also leave, and another one get the results: see {@link SharedJobCluster.attach}. What the program does at
 * once with a result, before it awaits anything else, is done before the scheduler forgets the result.
 *
 * @typeParam Args The function's parameters.
 * @typeParam Result What it returns, or what its promise resolves to.
 *
 * @example
 * ```ts
 * import { ConnectError, SharedJobCluster } from "../mod.ts";
 *
 * function square(n: number): number {
 *   return n * n;
 * }
 *
 * try {
 *   await using cluster = await SharedJobCluster.create(square, {
 *     module: import.meta.url,
 *     scheduler: "127.0.0.1:1",
 *   });
 *   for await (const result of cluster.map([1, 2, 3])) console.log(result);
 * } catch (error) {
 *   if (error instanceof ConnectError) console.log(error.reason); // prints: unreachable
 * }
 * ```
 */
export class SharedJobCluster<Args extends readonly unknown[], Result>
  extends BaseCluster<Args, Result> {
  /** What to attach to it by. */
  readonly name: string;
  readonly #queue: SharedQueue;

  /** Clusters are made by {@link SharedJobCluster.create} and {@link SharedJobCluster.fromModule}. */
  constructor({ name, computation, queue, resolved: { policy, scheduler } }: SharedParts) {
    super({
      queue,
      computation,
      isolation: "process",
      base: { policy, memoryLimitBytes: undefined },
      resolve: (options) => resolveSharedJob(options, policy),
      window: () => mapWindow,
      close: async () => {
        await leaveScheduler(queue.session, "close", scheduler.onWarning);
        queue.endAll({ status: "cancelled" });
      },
    });
    this.name = name;
    this.#queue = queue;
  }

  /**
   * Opens a cluster for a function.
   *
   * @param fn The function to run. It, what it uses, its arguments and its result must be able to travel.
   * @param options See {@link SharedCreateOptions}.
   * @returns The cluster. Close it, or declare it with `await using`, or leave it by {@link SharedJobCluster.detach}.
   * @throws {CodeError} When the function cannot travel. The message names the place.
   * @throws {UsageError} When an option cannot be used, or there is a cluster of that name.
   * @throws {ConnectError} When the scheduler cannot be reached.
   */
  static async create<Args extends readonly unknown[], Result>(
    fn: JobFunction<Args, Result>,
    options: SharedCreateOptions = {},
  ): Promise<SharedJobCluster<Args, Result>> {
    if (typeof fn !== "function") {
      throw new UsageError(`Cannot start a cluster for ${describeValue(fn)}: give a function`);
    }
    const { module, depends, ...rest } = options;
    const source = { ...(module !== undefined && { module }), ...(depends && { depends }) };
    return new SharedJobCluster(await open(() => computationFromFunction(fn, source), rest));
  }

  /**
   * Opens a cluster for an exported function of a module, which is loaded whole where the jobs run.
   *
   * @param url Where the module is, as a `file:` URL.
   * @param name Its export; "default" for the default export.
   * @param options See {@link SharedClusterOptions}.
   * @returns The cluster.
   * @throws {CodeError} When the module does not parse, imports what is not found, or has no such export.
   * @throws {UsageError} When an option cannot be used, or there is a cluster of that name.
   * @throws {ConnectError} When the scheduler cannot be reached.
   */
  static async fromModule<Args extends readonly unknown[] = readonly unknown[], Result = unknown>(
    url: string,
    name: string,
    options: SharedClusterOptions = {},
  ): Promise<SharedJobCluster<Args, Result>> {
    return new SharedJobCluster(await open(() => computationFromExport(url, name), options));
  }

  /**
   * Attaches to a cluster that a program has left, or that was cut off from it, and gets its results. A program that is
   * still attached to it is told that it is no longer.
   *
   * @param name The cluster's name.
   * @param options See {@link SchedulerOptions}; `shared` as the cluster was created with.
   * @returns The jobs whose results nobody has acknowledged.
   * @throws {UsageError} When an option cannot be used, or there is no cluster of that name.
   * @throws {ConnectError} When the scheduler cannot be reached.
   */
  static attach(name: string, options: SchedulerOptions = {}): Promise<AttachedCluster> {
    return AttachedCluster.open(name, options);
  }

  /**
   * Says that the result of a job is put away: the scheduler may forget it. With option `keepResults: "acknowledged"` only.
   *
   * @param job A job of this cluster that has ended.
   */
  acknowledge(job: Job<Result>): void {
    this.#queue.acknowledge(job.id);
  }

  /**
   * Leaves the cluster once the scheduler has accepted all its jobs, which go on. The handles of those that have not ended
   * end here as `abandoned`; {@link SharedJobCluster.attach} gets their results.
   *
   * @returns When the scheduler has confirmed it; it waits for one that is out of reach.
   */
  async detach(): Promise<void> {
    this.#queue.session.leave("detach");
    await this.#queue.session.ended;
    await this.close();
  }
}

async function open(
  compute: () => Promise<Computation>,
  options: SharedClusterOptions,
): Promise<SharedParts> {
  const resolved = resolveShared(options);
  const { target, secretFile, shared, onWarning } = resolved.scheduler;
  const [computation, dial] = await Promise.all([compute(), schedulerDialer(target, secretFile)]);
  const { id, format, text, filename } = computation;
  const name = options.name ?? defaultName(computation.name);
  const queue = new SharedQueue({
    target: {
      type: "open",
      cluster: randomBytes(16).toString("hex") as ClusterId,
      name,
      computation: id,
      options: {
        priority: options.priority ?? 0,
        exclusive: options.exclusive ?? false,
        maxOpenJobs: limits.defaultMaxOpenJobs,
        maxOpenBytes: limits.maxOpenBytes,
      },
    },
    shared,
    code: { type: "code", computation: id, code: { format, text, filename } },
    dial,
    onWarning,
    ...(options.keepResults === true && { holdsAck: () => true }),
    ...(options.keepResults === "acknowledged" && { held: new HeldAcks() }),
  });
  await whenReady(queue.session, `Cannot open cluster ${JSON.stringify(name)}`);
  return { name, computation, queue, resolved };
}

const maxDefaultNameChars = 40;

function defaultName(functionName: string): string {
  const readable = functionName.replaceAll(/[^\w.-]/g, "").slice(0, maxDefaultNameChars);
  return `${readable === "" ? "cluster" : readable}-${randomBytes(4).toString("hex")}`;
}
