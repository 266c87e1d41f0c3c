/** Policies of many jobs: each different one once, and which of them a job has. */
import type { JobPolicy } from "../proto/jobs.ts";
import { limits } from "../proto/limits.ts";
import type { BatchReader, BatchWriter, ColumnItem } from "./batch.ts";
import {
  asChoice,
  asDuration,
  asFinite,
  asFlag,
  asOptionalDuration,
  asRow,
  asUint,
} from "./batch_items.ts";

/** How many columns {@link addPolicies} adds. */
export const policyColumns = 2;

/** Adds the policy of each job. */
export function addPolicies(batch: BatchWriter, policies: readonly JobPolicy[]): void {
  const numbers = new Map<JobPolicy, number>();
  const each = policies.map((policy) => {
    const known = numbers.get(policy);
    if (known !== undefined) return known;
    numbers.set(policy, numbers.size);
    return numbers.size - 1;
  });
  batch.add([...numbers.keys()].map(rowOf));
  batch.addEach(each);
}

/** Reads what {@link addPolicies} added: jobs of one policy share one object. */
export function readPolicies(batch: BatchReader, count: number): readonly JobPolicy[] {
  const policies = batch.list(readPolicy);
  return batch.each(count, asChoice(policies));
}

function rowOf(policy: JobPolicy): ColumnItem {
  const { retries, backoff, timeoutMs, reentrant, maxLosses, priority } = policy;
  const { firstMs, maxMs } = backoff;
  return [retries, firstMs, maxMs, timeoutMs ?? null, reentrant, maxLosses, priority ?? 0];
}

function readPolicy(item: unknown): JobPolicy {
  const [retries, firstMs, maxMs, timeoutMs, reentrant, maxLosses, priority] = asRow(7)(item);
  const known = asFinite(priority);
  return {
    retries: asUint(limits.maxRetries)(retries),
    backoff: { firstMs: asDuration(firstMs), maxMs: asDuration(maxMs) },
    timeoutMs: asOptionalDuration(timeoutMs),
    reentrant: asFlag(reentrant),
    maxLosses: asUint()(maxLosses),
    ...(known !== 0 && { priority: known }),
  };
}
