import type { JobPolicy } from "../proto/jobs.ts";

/** Of what a node runs for others: they decide about retries and limits; here each attempt runs once. */
export const runOncePolicy: JobPolicy = {
  retries: 0,
  backoff: { firstMs: 0, maxMs: 0 },
  timeoutMs: undefined,
  reentrant: false,
  maxLosses: 0,
};
