/** What the parties tell each other of a job: what its owner asked for, and how its attempts and itself ended. */
import type { JobId } from "./ids.ts";
import type { FailureReason } from "./states.ts";

/** How long to wait between the attempts of a job that failed. */
export type Backoff = {
  /** Wait before the first retry. */
  readonly firstMs: number;
  /** No wait is longer than this. */
  readonly maxMs: number;
};

/** What the owner of a job asked for. Many jobs share one object. */
export type JobPolicy = {
  /** How often an attempt that threw, crashed or ran too long is repeated. */
  readonly retries: number;
  readonly backoff: Backoff;
  /** Limit for one attempt; undefined = none. */
  readonly timeoutMs: number | undefined;
  /** Whether the job may run again after the node that held it was lost. */
  readonly reentrant: boolean;
  /** How many losses of its node a reentrant job survives. */
  readonly maxLosses: number;
  /** Among jobs of its cluster that no node has yet, those of a higher priority go first; 0 if it is left out. */
  readonly priority?: number;
};

/** How an attempt ended, as the node tells it. `detail` is carried through to the job's owner unread. */
export type Outcome =
  | { readonly kind: "finished"; readonly detail: unknown }
  | { readonly kind: "threw"; readonly detail: unknown }
  | { readonly kind: "crashed"; readonly detail: unknown }
  /** Killed because the scheduler asked for it. */
  | { readonly kind: "stopped" }
  /** Killed by the node itself, which was cut off for too long; it counts as a loss. */
  | { readonly kind: "expired" };

/** How a job ended. */
export type Ending =
  | { readonly status: "finished"; readonly detail: unknown }
  | { readonly status: "terminated"; readonly reason: FailureReason; readonly detail: unknown }
  | { readonly status: "cancelled" }
  | { readonly status: "abandoned" };

/** Names one handing over of a job: the number of the lease, given by the scheduler while it had this epoch. */
export type LeaseRef = { readonly job: JobId; readonly lease: number; readonly epoch: number };

/** Numbers in ascending order as `[first, last, first, last, …]`, both ends included, no two ranges touching. */
export type NumberRanges = readonly number[];
