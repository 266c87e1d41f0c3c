import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import process from "node:process";
import { z } from "zod";
import { isSecretInPlace } from "../net/key_files.ts";
import type { Platform } from "../platform/types.ts";
import { formatByteSize } from "../proto/byte_size.ts";
import { UsageError } from "../proto/errors.ts";
import type { JobPolicy } from "../proto/jobs.ts";
import { limits } from "../proto/limits.ts";
import { type Suite, suiteNames as cipherNames } from "../wire/handshake.ts";
import type { Isolation } from "../slots/local_pool.ts";
import type { Job } from "./job.ts";
import type { AnyIterable, MapOptions } from "./map_jobs.ts";
import { bytesOf, memoryLimitSchema } from "./memory_limit.ts";
import {
  defaultSeedPort,
  type NodeTarget,
  parseListenPlace,
  parseNodeTarget,
} from "./node_target.ts";
import {
  localFacts,
  type Requirements,
  requirementsSchema,
  whyUnsuitable,
} from "./requirements.ts";

/** What holds for every job of a cluster. */
export type ClusterOptions = {
  /**
   * How many local slots; each runs one job at a time. 0 is for nodes alone.
   * @default The number of cores.
   */
  readonly local?: number;
  /**
   * Node daemons to run jobs on as well, as `host` or `host:port`. They and this program share a secret: see
   * `muster keygen`. One that cannot be reached is tried again and again.
   * @default none
   */
  readonly nodes?: readonly string[];
  /**
   * Whether to search the local networks for nodes and run jobs on those that are found, from when they are found.
   * Arguments of jobs that may go to nodes cannot share memory. Where there are local slots, nodes on this machine are
   * not used: they have the same cores.
   * @default true where a secret was put in place (`secretFile`, or by `muster keygen`), else false
   */
  readonly discover?: boolean;
  /**
   * Nodes, as `host` or `host:port`, that tell this program of others where its own search does not reach. The default
   * port is 7700, for UDP.
   * @default none
   */
  readonly join?: readonly string[];
  /**
   * Where to take connections of nodes that dial this program by `muster node --dial`, because it cannot reach them: an
   * address, `address:port`, or a port of 127.0.0.1. The default port is 7703.
   * @default none
   */
  readonly listen?: string | number;
  /**
   * What a node, and this process for its local slots, must be to be given jobs. What does not match is told of by
   * `onWarning`.
   * @default {}
   */
  readonly require?: Requirements;
  /**
   * Files that jobs read: paths, folders with all that is in them, globs, relative to `base`. A node gets each content
   * once, and jobs there find the files at the same relative paths in their working directory, a folder of this
   * cluster's alone. Local slots keep the working directory of the program. See `job.dir` for both. Files in `base`
   * that the code names as `new URL("./name", import.meta.url)` need not be given.
   * @default none
   */
  readonly files?: readonly string[];
  /**
   * The folder that `files` are relative to.
   * @default the working directory
   */
  readonly base?: string;
  /**
   * File of the secret.
   * @default `$MUSTER_SECRET_FILE`, or `secret` in the folder of keys; on loopback one is made by itself
   */
  readonly secretFile?: string;
  /**
   * What large messages to and from nodes are sealed with: AES-256-GCM, which processors have built in, or "nacl", which
   * is XSalsa20-Poly1305 as for all others. A node may take only one of them, and so does this program when it listens.
   * @default "aes" where this program dials, the node's choice where it listens
   */
  readonly cipher?: Suite;
  /**
   * Whether a job may run again elsewhere when its node is lost while it may have begun. If not, it ends `abandoned`.
   * @default false
   */
  readonly reentrant?: boolean;
  /**
   * How many losses of its node a reentrant job survives.
   * @default 5
   */
  readonly maxLosses?: number;
  /**
   * A file to keep account of all jobs in, readable for its owner alone. If this program is killed, nodes finish what
   * they have, and {@link recoverJobs} or `muster recover` brings back every job from the file and the nodes: what it
   * was given, and what became of it. Arguments of jobs cannot share memory then. The file must not hold jobs of an
   * earlier run that nobody has fetched.
   * @default none
   */
  readonly recoverFile?: string;
  /**
   * Told in one line of what does not stop the jobs, such as a node that cannot be reached.
   * @default `process.emitWarning`
   */
  readonly onWarning?: (message: string) => void;
  /**
   * Given what jobs print while they run, within about 100 ms: also by a job that keeps its thread busy. The pieces of a
   * job and stream together are its `stdout` or `stderr`, if it ran once. What it throws is a warning.
   * @default none: output is known when a job has ended
   */
  readonly onOutput?: (output: JobOutput) => void;
  /**
   * What runs jobs: a Web Worker of this process, or a process for each slot. In Deno a busy Worker cannot be stopped;
   * there, Workers refuse `timeoutMs`, cancelling a busy job waits until it ends by itself, and a program with a busy
   * Worker does not end by itself either.
   * On nodes the node decides, but for "process", which they keep to.
   * @default "worker" in Bun and the executable, "process" in Deno or with `memoryLimit`
   */
  readonly isolation?: Isolation;
  /**
   * Limit for one attempt of a job, in milliseconds; then it is stopped.
   * @default none
   */
  readonly timeoutMs?: number;
  /**
   * Memory that one job may use, with the processes it starts: bytes, or a text such as "512MB" or "2GiB". It is looked
   * at 20 times a second; a job that uses more is stopped. A process that does nothing takes about 60 MB of it. Workers
   * share the memory of their process and refuse it.
   * @default none
   */
  readonly memoryLimit?: number | string;
  /**
   * How often a job that threw, crashed, ran too long or used too much memory is run again.
   * @default 0
   */
  readonly retries?: number;
  /**
   * Wait before the first retry, in milliseconds; it doubles with each further one, up to `maxBackoffMs`, and half of it
   * is random.
   * @default 100
   */
  readonly backoffMs?: number;
  /**
   * No wait between retries is longer, in milliseconds.
   * @default 30000
   */
  readonly maxBackoffMs?: number;
};

/** A piece of what a job prints. */
export type JobOutput = {
  readonly job: Job<unknown>;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
};

/** What a single job may have of its own. */
export type SubmitOptions =
  & Pick<
    ClusterOptions,
    "timeoutMs" | "memoryLimit" | "retries" | "backoffMs" | "maxBackoffMs"
  >
  & {
    /** Cancels the job when it is aborted. */
    readonly signal?: AbortSignal;
    /**
     * Among the jobs of its cluster that are not with a slot or node yet, those of a higher priority go first.
     * @default 0
     */
    readonly priority?: number;
    /**
     * Buffers in the arguments that are moved instead of copied: they are empty here afterwards. A job with retries
     * keeps a copy for them.
     * @default none
     */
    readonly transfer?: readonly ArrayBuffer[];
  };

/** Options with their defaults filled in. */
export type ResolvedOptions = {
  /** Local ones. */
  readonly slots: number;
  readonly targets: readonly NodeTarget[];
  readonly listen: NodeTarget | undefined;
  /** The search for nodes, if there is to be one. */
  readonly search: { readonly seeds: readonly NodeTarget[] } | undefined;
  readonly require: Requirements;
  /** What keeps local slots from being used that were asked for. */
  readonly localObstacle: string | undefined;
  /** Patterns. */
  readonly files: readonly string[];
  /** Absolute. */
  readonly base: string;
  readonly secretFile: string | undefined;
  readonly cipher: Suite | undefined;
  /** Absolute. */
  readonly recoverFile: string | undefined;
  readonly onWarning: (message: string) => void;
  readonly onOutput: ((output: JobOutput) => void) | undefined;
  readonly isolation: Isolation;
  /** Whether processes were asked for, and are not just what this runtime prefers. */
  readonly needsProcesses: boolean;
  readonly memoryLimitBytes: number | undefined;
  readonly policy: JobPolicy;
};

const durationMs = z.number().positive().max(limits.maxDurationMs);
const callback = z.custom((value) => typeof value === "function", { error: "give a function" });
/** Options of policies, for the schemas of clusters. */
export const policyShape = {
  timeoutMs: durationMs.optional(),
  memoryLimit: memoryLimitSchema.optional(),
  retries: z.number().int().min(0).max(limits.maxRetries).optional(),
  backoffMs: durationMs.optional(),
  maxBackoffMs: durationMs.optional(),
};
const clusterSchema = z.strictObject({
  local: z.number().int().min(0).max(limits.maxSlots).optional(),
  nodes: z.array(z.string()).max(limits.maxNodes).optional(),
  discover: z.boolean().optional(),
  join: z.array(z.string()).max(limits.maxNodes).optional(),
  listen: z.union([z.string(), z.number()]).optional(),
  require: requirementsSchema.optional(),
  files: z.array(z.string().min(1)).max(limits.maxFiles).optional(),
  base: z.string().min(1).optional(),
  secretFile: z.string().min(1).optional(),
  cipher: z.enum(cipherNames).optional(),
  recoverFile: z.string().min(1).optional(),
  reentrant: z.boolean().optional(),
  maxLosses: z.number().int().min(0).max(limits.maxRetries).optional(),
  onWarning: callback.optional(),
  onOutput: callback.optional(),
  isolation: z.enum(["worker", "process"]).optional(),
  ...policyShape,
});
const signal = z.instanceof(AbortSignal, { error: "give an AbortSignal" }).optional();
/** Options of one job. */
export const submitSchema = z.strictObject({
  ...policyShape,
  signal,
  priority: z.number().optional(),
  transfer: z.array(z.unknown()).optional(),
});
const mapSchema = z.strictObject({
  ordered: z.boolean().optional(),
  window: z.number().int().min(1).optional(),
  signal,
});

/**
 * Checks the options of a cluster and fills in the defaults.
 *
 * @throws {UsageError} Naming the option and the value seen.
 */
export function resolveOptions(options: ClusterOptions, platform: Platform): ResolvedOptions {
  checkOptions(clusterSchema, options);
  const memoryLimitBytes = bytesOf(options.memoryLimit);
  const mayUseWorkers = platform.stopsBusyWorkers && memoryLimitBytes === undefined;
  const isolation = options.isolation ?? (mayUseWorkers ? "worker" : "process");
  const require = options.require ?? {};
  const wantedSlots = options.local ?? availableParallelism();
  const localObstacle = wantedSlots > 0 ? whyUnsuitable(require, localFacts(platform)) : undefined;
  const resolved: ResolvedOptions = {
    slots: localObstacle === undefined ? wantedSlots : 0,
    targets: (options.nodes ?? []).map((text) => parseNodeTarget(text)),
    listen: options.listen === undefined ? undefined : parseListenPlace(options.listen),
    search: resolveSearch(options),
    require,
    localObstacle,
    files: options.files ?? [],
    base: resolve(options.base ?? "."),
    secretFile: options.secretFile,
    cipher: options.cipher,
    recoverFile: options.recoverFile === undefined ? undefined : resolve(options.recoverFile),
    onWarning: options.onWarning ?? ((message) => process.emitWarning(message, "MusterWarning")),
    onOutput: options.onOutput,
    isolation,
    needsProcesses: options.isolation === "process",
    memoryLimitBytes,
    policy: {
      ...resolvePolicy(options),
      reentrant: options.reentrant ?? false,
      maxLosses: options.maxLosses ?? limits.defaultMaxLosses,
    },
  };
  if (resolved.slots === 0 && !mayUseNodes(resolved)) {
    const option = localObstacle === undefined ? "local (0)" : `require here (${localObstacle})`;
    throw new UsageError(
      `Cannot use option ${option}: without nodes, jobs have nowhere to run; name some, or have them ` +
        'found with the secret that "muster keygen" makes',
    );
  }
  if (resolved.slots > 0) checkLocalSlots(resolved, platform);
  return resolved;
}

/** Whether jobs may go to other machines. */
export function mayUseNodes({ targets, listen, search }: ResolvedOptions): boolean {
  return targets.length > 0 || listen !== undefined || search !== undefined;
}

function resolveSearch({ discover, join, secretFile }: ClusterOptions): ResolvedOptions["search"] {
  const seeds = (join ?? []).map((text) => parseNodeTarget(text, defaultSeedPort));
  if (discover === false && seeds.length > 0) {
    throw new UsageError("Cannot use option join with discover: false: nothing is searched then");
  }
  const isWanted = discover ?? (seeds.length > 0 || isSecretInPlace({ secretFile }));
  return isWanted ? { seeds } : undefined;
}

function checkLocalSlots(options: ResolvedOptions, platform: Platform): void {
  const { isolation, policy, memoryLimitBytes } = options;
  const obstacle = isolation === "process" ? platform.whyNoProcesses() : undefined;
  if (obstacle !== undefined) {
    throw new UsageError(
      `Cannot start a process for each slot: ${obstacle}. Allow it, or set isolation: "worker"`,
    );
  }
  checkStoppable(policy, isolation, platform);
  checkMemoryLimit(memoryLimitBytes, isolation);
}

/**
 * The memory limit of one job.
 *
 * @param options Checked.
 * @throws {UsageError} When the local slots cannot keep to it.
 */
export function resolveMemoryLimit(
  options: SubmitOptions,
  base: ResolvedOptions,
): number | undefined {
  const limitBytes = bytesOf(options.memoryLimit) ?? base.memoryLimitBytes;
  if (base.slots > 0) checkMemoryLimit(limitBytes, base.isolation);
  return limitBytes;
}

/** Checks what one job asks for; what it leaves open is as in `base`. */
export function resolveSubmitOptions(
  options: SubmitOptions,
  base: ResolvedOptions,
  platform: Platform,
): JobPolicy {
  checkOptions(submitSchema, options);
  const policy = resolvePolicy(options, base.policy);
  if (base.slots > 0) checkStoppable(policy, base.isolation, platform);
  return policy;
}

/**
 * Checks what a map is given.
 *
 * @throws {UsageError} Naming what cannot be used.
 */
export function checkMapOptions(inputs: AnyIterable<unknown>, options: MapOptions): void {
  const source: Partial<Iterable<unknown> & AsyncIterable<unknown>> = Object(inputs);
  if (source[Symbol.asyncIterator] === undefined && source[Symbol.iterator] === undefined) {
    throw new UsageError(
      `Cannot map over ${describeValue(inputs)}: give an iterable or async iterable`,
    );
  }
  checkOptions(mapSchema, options);
}

/** The policy of a cluster or, over `base`, of one of its jobs. */
export function resolvePolicy(options: SubmitOptions, base?: JobPolicy): JobPolicy {
  return {
    retries: options.retries ?? base?.retries ?? 0,
    backoff: {
      firstMs: options.backoffMs ?? base?.backoff.firstMs ?? 100,
      maxMs: options.maxBackoffMs ?? base?.backoff.maxMs ?? 30_000,
    },
    timeoutMs: options.timeoutMs ?? base?.timeoutMs,
    reentrant: base?.reentrant ?? false,
    maxLosses: base?.maxLosses ?? limits.defaultMaxLosses,
    ...(options.priority !== undefined && { priority: options.priority }),
  };
}

function checkStoppable(policy: JobPolicy, isolation: Isolation, platform: Platform): void {
  if (policy.timeoutMs === undefined || isolation === "process" || platform.stopsBusyWorkers) {
    return;
  }
  throw new UsageError(
    `Cannot keep timeoutMs ${policy.timeoutMs} in a Worker: Deno cannot stop one. Use isolation: "process"`,
  );
}

function checkMemoryLimit(limitBytes: number | undefined, isolation: Isolation): void {
  if (limitBytes === undefined || isolation === "process") return;
  throw new UsageError(
    `Cannot keep memoryLimit ${
      formatByteSize(limitBytes)
    } in a Worker: it shares the memory of this process. Use isolation: "process"`,
  );
}

/**
 * Checks options.
 *
 * @throws {UsageError} Naming the option and the value seen.
 */
export function checkOptions(schema: z.ZodType, options: object): void {
  const result = schema.safeParse(options);
  if (result.success) return;
  const [issue] = result.error.issues;
  const path = issue?.path ?? [];
  const name = path.filter((key) => typeof key === "string").join(".");
  if (issue?.code === "unrecognized_keys") {
    const unknown = name === "" ? issue.keys[0] : `${name}.${issue.keys[0]}`;
    throw new UsageError(`Cannot use option ${unknown}: there is none of that name`);
  }
  const seen = path.reduce<unknown>((value, key) => Object(value)[key], options);
  throw new UsageError(`Cannot use option ${name} (${describeValue(seen)}): ${issue?.message}`);
}

/** A value in a message of one line. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case "number":
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "an array" : "an object";
    case "undefined":
      return "undefined";
    default:
      return `a ${typeof value}`;
  }
}
