import { computationFromExport, computationFromFunction } from "../code/computation.ts";
import { UsageError } from "../proto/errors.ts";
import { BaseCluster, type BaseClusterParts } from "./base_cluster.ts";
import { assembleCluster, type ClusterParts } from "./cluster_parts.ts";
import type { FileSink, RemoteFile } from "./files/file_fetches.ts";
import { type Job, nodeOf } from "./job.ts";
import { describeValue } from "./check_options.ts";
import type { ClusterOptions } from "./options.ts";
import {
  mayUseNodes,
  type ResolvedOptions,
  resolveMemoryLimit,
  resolveSubmitOptions,
} from "./resolved_options.ts";
import { RecordedQueue } from "./recover/recorded_queue.ts";

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

// What the public class shows to the command line only.
export let fetchFile: (
  cluster: Pick<JobCluster<never, unknown>, "close">,
  job: Job<unknown>,
  file: RemoteFile,
  sink: FileSink,
) => Promise<void>;

/** Has jobs of a cluster with a recover file count as delivered when the function that is returned says so. */
export let takeDeliveries: (
  cluster: Pick<JobCluster<never, unknown>, "close">,
) => (job: Job<unknown>) => void;

const windowPerSlot = 1024;
const slotsGuessedPerNode = 16;
const nodesGuessedToDial = 4;

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
export class JobCluster<Args extends readonly unknown[], Result> extends BaseCluster<Args, Result> {
  readonly #parts: ClusterParts;

  static {
    fetchFile = (cluster, job, file, sink) =>
      (cluster as JobCluster<never, unknown>).#fetchFile(job, file, sink);
    takeDeliveries = (cluster) => (cluster as JobCluster<never, unknown>).#takeDeliveries();
  }

  /** Clusters are made by {@link JobCluster.create} and {@link JobCluster.fromModule}. */
  constructor(parts: ClusterParts) {
    super(baseParts(parts));
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
      await assembleCluster((base) => computationFromFunction(fn, { ...source, base }), rest),
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
    return new JobCluster(
      await assembleCluster((base) => computationFromExport(url, name, base), options),
    );
  }

  /** How many slots it has now: local ones, and those of the nodes it is connected to. */
  get slots(): number {
    const { options, dispatcher } = this.#parts;
    // Local ones count from the start, though the first may be ready before the last.
    return Math.max(options.slots, dispatcher.slots);
  }

  #takeDeliveries(): (job: Job<unknown>) => void {
    const { recorder } = this.#parts;
    recorder?.waitForWord();
    return ({ id }) => recorder?.delivered(id);
  }

  /** Fetches a file from where an ended job ran on a node. */
  async #fetchFile(job: Job<unknown>, file: RemoteFile, sink: FileSink): Promise<void> {
    const id = nodeOf(job);
    const node = id === undefined ? undefined : this.#parts.findNode(id);
    if (node === undefined) throw new Error("the node is lost");
    await node.fetch(file, sink);
  }
}

function baseParts(parts: ClusterParts): BaseClusterParts {
  const { options, platform, dispatcher, providers, computation, recorder } = parts;
  // What goes to another machine, or to a file, is sent, and cannot be shared.
  const isSent = mayUseNodes(options) || recorder !== undefined;
  return {
    queue: recorder === undefined ? dispatcher : new RecordedQueue(dispatcher, recorder),
    computation,
    isolation: isSent ? "process" : options.isolation,
    base: options,
    resolve: (ofJob) => ({
      policy: resolveSubmitOptions(ofJob, options, platform),
      memoryLimitBytes: resolveMemoryLimit(ofJob, options),
    }),
    window: () => windowOf(options, dispatcher.slots),
    delivered: recorder && ((id) => recorder.looked(id)),
    close: async () => {
      await Promise.all(providers.map((provider) => provider.close()));
      dispatcher.endAll({ status: "cancelled" });
      recorder?.close();
    },
  };
}

/** It grows with the nodes that are found. */
function windowOf({ slots, targets, listen }: ResolvedOptions, slotsNow: number): number {
  // What a node will have is not known before it is there.
  const nodes = targets.length + (listen === undefined ? 0 : nodesGuessedToDial);
  return windowPerSlot * Math.max(slots + slotsGuessedPerNode * nodes, slotsNow);
}
