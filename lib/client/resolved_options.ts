import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import process from "node:process";
import { z } from "zod";
import { isSecretInPlace } from "../net/key_files.ts";
import type { Platform } from "../platform/types.ts";
import { UsageError } from "../proto/errors.ts";
import type { JobPolicy } from "../proto/jobs.ts";
import { limits } from "../proto/limits.ts";
import type { Isolation } from "../slots/local_pool.ts";
import { type Suite, suiteNames as cipherNames } from "../wire/handshake.ts";
import { checkOptions } from "./check_options.ts";
import { bytesOf } from "./memory_limit.ts";
import {
  defaultSeedPort,
  type NodeTarget,
  parseListenPlace,
  parseNodeTarget,
} from "./node_target.ts";
import type { ClusterOptions, JobOutput, SubmitOptions } from "./options.ts";
import {
  checkMemoryLimit,
  checkStoppable,
  policyShape,
  resolvePolicy,
  submitSchema,
} from "./policy_options.ts";
import {
  localFacts,
  type Requirements,
  requirementsSchema,
  whyUnsuitable,
} from "./requirements.ts";

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

const callback = z.custom((value) => typeof value === "function", { error: "give a function" });
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
