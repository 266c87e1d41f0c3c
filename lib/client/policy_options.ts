import { z } from "zod";
import type { Platform } from "../platform/types.ts";
import { formatByteSize } from "../proto/byte_size.ts";
import { UsageError } from "../proto/errors.ts";
import type { JobPolicy } from "../proto/jobs.ts";
import { limits } from "../proto/limits.ts";
import type { Isolation } from "../slots/local_pool.ts";
import { memoryLimitSchema } from "./memory_limit.ts";
import type { SubmitOptions } from "./options.ts";

const durationMs = z.number().positive().max(limits.maxDurationMs);
/** Options of policies, for the schemas of clusters. */
export const policyShape = {
  timeoutMs: durationMs.optional(),
  memoryLimit: memoryLimitSchema.optional(),
  retries: z.number().int().min(0).max(limits.maxRetries).optional(),
  backoffMs: durationMs.optional(),
  maxBackoffMs: durationMs.optional(),
};
/** A signal. */
export const signalSchema = z.instanceof(AbortSignal, { error: "give an AbortSignal" }).optional();
/** Options of one job. */
export const submitSchema = z.strictObject({
  ...policyShape,
  signal: signalSchema,
  priority: z.number().optional(),
  transfer: z.array(z.unknown()).optional(),
});
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

/** @throws {UsageError} When what runs the jobs cannot stop one in time. */
export function checkStoppable(policy: JobPolicy, isolation: Isolation, platform: Platform): void {
  if (policy.timeoutMs === undefined || isolation === "process" || platform.stopsBusyWorkers) {
    return;
  }
  throw new UsageError(
    `Cannot keep timeoutMs ${policy.timeoutMs} in a Worker: Deno cannot stop one. Use isolation: "process"`,
  );
}

/** @throws {UsageError} When what runs the jobs cannot keep to the limit. */
export function checkMemoryLimit(limitBytes: number | undefined, isolation: Isolation): void {
  if (limitBytes === undefined || isolation === "process") return;
  throw new UsageError(
    `Cannot keep memoryLimit ${
      formatByteSize(limitBytes)
    } in a Worker: it shares the memory of this process. Use isolation: "process"`,
  );
}
