import process from "node:process";
import { z } from "zod";
import { UsageError } from "../../proto/errors.ts";
import type { JobPolicy } from "../../proto/jobs.ts";
import { limits } from "../../proto/limits.ts";
import type { JobTerms } from "../base_cluster.ts";
import { type NodeTarget, parseSchedulerTarget } from "../node_target.ts";
import { checkOptions } from "../check_options.ts";
import type { ClusterOptions, SubmitOptions } from "../options.ts";
import { policyShape, resolvePolicy, submitSchema } from "../policy_options.ts";

/** How a program reaches a shared scheduler. */
export type SchedulerOptions = {
  /**
   * Where the scheduler is, as `host` or `host:port`; the default port is 7702.
   * @default "127.0.0.1"
   */
  readonly scheduler?: string;
  /**
   * File of the secret.
   * @default `$MUSTER_SECRET_FILE`, or `secret` in the folder of keys; on loopback one is made by itself
   */
  readonly secretFile?: string;
  /**
   * Whether the cluster is everybody's who holds the secret, so that it can be attached to from another host. If not, it
   * is that of this host and user alone.
   * @default false
   */
  readonly shared?: boolean;
  /**
   * Told in one line of what does not stop the jobs, such as a scheduler that is out of reach for now.
   * @default `process.emitWarning`
   */
  readonly onWarning?: (message: string) => void;
};

/** What holds for every job of a cluster at a shared scheduler. */
export type SharedClusterOptions =
  & SchedulerOptions
  & Pick<
    ClusterOptions,
    "reentrant" | "maxLosses" | "timeoutMs" | "retries" | "backoffMs" | "maxBackoffMs"
  >
  & {
    /**
     * What to attach to the cluster by: at most 64 bytes, used by no other cluster of the same owner.
     * @default the function's name and some random digits
     */
    readonly name?: string;
    /**
     * Clusters of a higher priority are served first.
     * @default 0
     */
    readonly priority?: number;
    /**
     * While the cluster has jobs, no other cluster's are begun.
     * @default false
     */
    readonly exclusive?: boolean;
    /**
     * Whether results stay at the scheduler, for whoever attaches to the cluster, although this program gets them as well.
     * It is for programs that submit jobs and leave. `acknowledged`: until the program says that it has put a result away,
     * by {@link SharedJobCluster.acknowledge}; of those that it has not, the scheduler keeps 2048, and forgets the others.
     * @default false
     */
    readonly keepResults?: boolean | "acknowledged";
  };

/** What is known of the scheduler, with the defaults filled in. */
export type ResolvedScheduler = {
  readonly target: NodeTarget;
  readonly secretFile: string | undefined;
  readonly shared: boolean;
  readonly onWarning: (message: string) => void;
};

const callback = z.custom((value) => typeof value === "function", { error: "give a function" });
const clusterName = z.string().min(1).refine(
  (text) => Buffer.byteLength(text) <= limits.maxNameBytes,
  `give at most ${limits.maxNameBytes} bytes`,
);
const schedulerShape = {
  scheduler: z.string().optional(),
  secretFile: z.string().min(1).optional(),
  shared: z.boolean().optional(),
  onWarning: callback.optional(),
};
const schedulerSchema = z.strictObject(schedulerShape);
const { memoryLimit: _memoryLimit, ...sharedPolicyShape } = policyShape;
const clusterSchema = z.strictObject({
  ...schedulerShape,
  ...sharedPolicyShape,
  reentrant: z.boolean().optional(),
  maxLosses: z.number().int().min(0).max(limits.maxRetries).optional(),
  name: clusterName.optional(),
  priority: z.number().optional(),
  exclusive: z.boolean().optional(),
  keepResults: z.union([z.boolean(), z.literal("acknowledged")]).optional(),
});

/**
 * Checks how the scheduler is to be reached.
 *
 * @throws {UsageError} Naming the option and the value seen.
 */
export function resolveScheduler(options: SchedulerOptions): ResolvedScheduler {
  checkOptions(schedulerSchema, options);
  return resolved(options);
}

/**
 * Checks the options of a cluster.
 *
 * @throws {UsageError} Naming the option and the value seen.
 */
export function resolveShared(
  options: SharedClusterOptions,
): { readonly scheduler: ResolvedScheduler; readonly policy: JobPolicy } {
  checkOptions(clusterSchema, options);
  const policy: JobPolicy = {
    ...resolvePolicy(options),
    reentrant: options.reentrant ?? false,
    maxLosses: options.maxLosses ?? limits.defaultMaxLosses,
  };
  return { scheduler: resolved(options), policy };
}

/**
 * Checks what one job asks for; what it leaves open is as in `base`.
 *
 * @throws {UsageError} Naming what cannot be used.
 */
export function resolveSharedJob(options: SubmitOptions, base: JobPolicy): JobTerms {
  checkOptions(submitSchema, options);
  if (options.memoryLimit !== undefined) {
    throw new UsageError("Cannot use option memoryLimit: a shared scheduler does not keep to it");
  }
  return { policy: resolvePolicy(options, base), memoryLimitBytes: undefined };
}

function resolved(
  { scheduler, secretFile, shared, onWarning }: SchedulerOptions,
): ResolvedScheduler {
  return {
    target: parseSchedulerTarget(scheduler ?? "127.0.0.1"),
    secretFile,
    shared: shared ?? false,
    onWarning: onWarning ?? ((message) => process.emitWarning(message, "MusterWarning")),
  };
}
