import type { Backoff } from "../../proto/jobs.ts";

/**
 * Exponential backoff with equal jitter: between half and the whole of `firstMs * 2^(failures - 1)`, capped at `maxMs`.
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * @param backoff Bounds, in milliseconds.
 * @param failures How often the job has failed, from 1.
 * @param random A number in [0, 1).
 * @returns Milliseconds to wait.
 */
export function backoffDelayMs(backoff: Backoff, failures: number, random: number): number {
  const fullMs = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(failures - 1, 52));
  return fullMs / 2 + (fullMs / 2) * random;
}
